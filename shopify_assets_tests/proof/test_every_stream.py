"""Every stream, declared or made of the catalog's words, can be proven as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets.proof.verdicts import Kind, Trouble, Verdict
from shopify_assets.streams import STREAMS
from shopify_assets_tests.expected import records
from shopify_assets_tests.pipeline import test_words as words
from shopify_assets_tests.proof.conftest import EVERYTHING, Copy, of_kind, troubles
from shopify_assets_tests.stage import LUMEN, compiled

if TYPE_CHECKING:
    import psycopg

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.proof.verdicts import StreamProof
    from shopify_assets_tests.stage import Stage

WORDS = (words.CARRIED, words.DEEP, words.JOINED, words.PATH, words.NATURAL)


def unproven(result: StreamProof) -> list[tuple[Kind, Verdict, str]]:
    """Proofs that say something else than that all is there; to read in a failure."""
    good = {Verdict.WHOLE, Verdict.NOT_APPLICABLE}
    return [
        (each.kind, each.verdict, each.reason or str(each.gaps))
        for each in result.proofs
        if each.verdict not in good
    ]


@pytest.mark.parametrize(
    "stream",
    [*(each.name for each in STREAMS), *WORDS],
    ids=lambda stream: stream if isinstance(stream, str) else f"of {stream.name}",
)
def test_a_whole_copy_raises_no_alarm(
    stage: Stage, postgres: psycopg.Connection, stream: str | CompiledStream
) -> None:
    """In a shop with two currencies; every record is compared."""
    stage.run(stream, postgres, shop=LUMEN)
    result = Copy(stage, postgres).prove(stream, EVERYTHING, shop=LUMEN)
    assert unproven(result) == []
    assert of_kind(result, Kind.IDS).verdict is Verdict.WHOLE
    assert of_kind(result, Kind.FILES).verdict is Verdict.WHOLE
    held = {each["id"] for each in records(stage.simulator, LUMEN, compiled(stream))}
    assert of_kind(result, Kind.IDS).figures["ids"] == len(held)


@pytest.mark.parametrize("stream", WORDS, ids=lambda stream: f"of {stream.name}")
def test_a_lost_record_is_named_and_mended(copy: Copy, stream: CompiledStream) -> None:
    copy.stage.run(stream, copy.connection)
    table, key = stream.root.name, stream.root.key[-1]
    [(lost,)] = copy.execute(f"SELECT min({key}) FROM shopify.{table}")  # noqa: S608
    copy.execute(f"DELETE FROM shopify.{table} WHERE {key} = %s", lost)  # noqa: S608
    result = copy.prove(stream)
    named = [gid for each in troubles(result, Trouble.MISSING) for gid in each.ids]
    if named:
        [gid] = named
        assert str(lost) in gid
    else:
        # Nothing tells since when it is there: only a new snapshot does.
        assert of_kind(result, Kind.IDS).verdict is Verdict.UNDECIDED
    mended = copy.mend(stream)
    assert unproven(mended) == []
    assert copy.is_whole(stream)
