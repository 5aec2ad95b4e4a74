"""An extraction that cannot be read is tried once more, and then passed over."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shopify_assets import pipeline, refusals
from shopify_assets.errors import DataError
from shopify_assets.postgres.books import aside, watermarks
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.verdicts import Verdict
from shopify_assets.proof.verify import verify
from shopify_assets.proof.wanted import Wanted
from shopify_assets.retake import retake
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.folder import FolderStore
from shopify_assets.storage.layout import Extent
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.pipeline.test_set_aside import mend, read_book
from shopify_assets_tests.stage import EMBER, END, HISTORY, NEXT_DAY, Stage, compiled

if TYPE_CHECKING:
    import psycopg

    from shopify_assets.pipeline import Loaded
    from shopify_assets.proof.verdicts import StreamProof

STREAM = "customers"


def no_times(stage: Stage) -> None:
    """From now on no page has a time when anything was created."""
    edit = (r'"createdAt":"', r'"createdAt":"no time ')
    stage.simulator.arm(EMBER, Fault(kind=Kind.EDITED, times=None, edits=(edit,)))


def sync(stage: Stage, connection: psycopg.Connection) -> list[Loaded]:
    return stage.run(STREAM, connection, incremental=True)


def unsettled(stage: Stage) -> list[refusals.RefusedExtraction]:
    return list(refusals.unsettled(stage.store, STREAM, EMBER))


def assert_whole(stage: Stage, connection: psycopg.Connection) -> None:
    made = compiled(STREAM)
    expected = expected_rows(stage.simulator, EMBER, made)
    assert stored_rows(connection, EMBER, made) == expected


def test_one_bad_answer_is_asked_for_again_and_nothing_is_left_of_it(
    own: Stage, postgres: psycopg.Connection
) -> None:
    no_times(own)
    with pytest.raises(DataError, match=r"records cannot be read.*extracts it anew"):
        sync(own, postgres)
    own.simulator.store(EMBER).faults.clear()
    asked = len(own.simulator.requests(EMBER).log)
    [loaded] = sync(own, postgres)
    assert len(own.simulator.requests(EMBER).log) > asked
    assert loaded.records > 10
    assert_whole(own, postgres)
    assert (read_book(postgres), unsettled(own)) == ((), [])


def test_what_is_bad_twice_is_set_aside_and_the_next_run_goes_on_after_it(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """It is named, and proven to be missing; taken in later, all is there."""
    no_times(own)
    with pytest.raises(DataError):
        sync(own, postgres)
    assert sync(own, postgres) == []
    [entry] = read_book(postgres)
    assert entry.is_whole
    assert (entry.window_end, entry.record) == (HISTORY.end, None)
    assert "21 of 21 records cannot be read" in entry.reason
    own.simulator.store(EMBER).faults.clear()
    made = compiled(STREAM)
    known = watermarks.watermark(postgres, shop=EMBER, stream=STREAM)
    postgres.commit()
    assert known == HISTORY.end
    truth = own.simulator.truth(EMBER)
    changed = truth.records("Customer")[0]["id"]
    truth.update(changed, at=END + timedelta(minutes=5), note="since")
    own.run(STREAM, postgres, NEXT_DAY, incremental=True)
    there = {row[1] for row in stored_rows(postgres, EMBER, made)[STREAM]}
    assert int(changed.rpartition("/")[2]) in there
    assert len(there) < 21
    assert read_book(postgres) == (entry,)
    proof = prove(own, postgres)
    assert proof.verdict is Verdict.GAP
    assert any("set aside as a whole" in gap.detail for gap in proof.gaps)
    extraction = Extractions(own.store)
    [first, second] = extraction.refused(STREAM, EMBER)
    assert (first.extraction.number, second.extraction.number) == (1, 2)
    mend(own.store, second.extraction, lambda lines: lines.replace(b"no time ", b""))
    asked = len(own.simulator.requests(EMBER).log)
    [done] = retake(made, [entry], store=own.store, connection=postgres, clock=own.time)
    assert (done.failure, len(own.simulator.requests(EMBER).log)) == ("", asked)
    assert (read_book(postgres), unsettled(own)) == ((), [])
    assert_whole(own, postgres)
    assert prove(own, postgres).verdict is Verdict.WHOLE


def prove(stage: Stage, connection: psycopg.Connection) -> StreamProof:
    with closing(stage.client()) as client:
        subject = Subject(compiled(STREAM), stage.context(client), connection)
        return verify(subject, Wanted(sample=0))


def test_a_later_load_of_the_same_time_closes_the_entry(
    own: Stage, postgres: psycopg.Connection
) -> None:
    no_times(own)
    with pytest.raises(DataError):
        own.run(STREAM, postgres)
    assert own.run(STREAM, postgres) == []
    assert len(read_book(postgres)) == 1
    own.simulator.store(EMBER).faults.clear()
    own.run(STREAM, postgres)
    assert (read_book(postgres), unsettled(own)) == ((), [])
    assert_whole(own, postgres)


def test_what_the_warehouse_refuses_is_tried_once_more_and_passed_over_too(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """Such as a key too long for an index: the server's limit, not ours."""
    own.run(STREAM, postgres)
    postgres.execute(
        "ALTER TABLE shopify.customers ADD CHECK (note IS DISTINCT FROM 'refused')"
    )
    postgres.commit()
    truth = own.simulator.truth(EMBER)
    gid = truth.records("Customer")[0]["id"]
    truth.update(gid, at=END + timedelta(minutes=5), note="refused")
    with pytest.raises(DataError, match="the warehouse refused table customers"):
        own.run(STREAM, postgres, NEXT_DAY, incremental=True)
    assert own.run(STREAM, postgres, NEXT_DAY, incremental=True) == []
    [entry] = read_book(postgres)
    assert entry.is_whole
    assert "could not be loaded" in entry.reason


class Dying(FolderStore):
    """A lake whose process dies before it notes that something is set aside."""

    def write(self, key: str, data: bytes) -> None:
        if b'"set_aside_at": "' in data:
            raise KeyboardInterrupt
        super().write(key, data)


def test_a_death_between_warehouse_and_lake_is_made_good_by_the_next_run(
    own: Stage, postgres: psycopg.Connection
) -> None:
    no_times(own)
    with pytest.raises(DataError):
        sync(own, postgres)
    with closing(own.client()) as client:
        pipeline.extract_slice(
            compiled(STREAM),
            HISTORY,
            context=own.context(client),
            connection=postgres,
            incremental=True,
        )
    own.normalize(STREAM)
    extent = Extent(STREAM, EMBER, HISTORY)
    with pytest.raises(KeyboardInterrupt):
        pipeline.load_slice(
            compiled(STREAM),
            extent,
            store=Dying(own.folder),
            connection=postgres,
            report=print,
        )
    [entry] = read_book(postgres)
    own.simulator.store(EMBER).faults.clear()
    own.run(STREAM, postgres, NEXT_DAY, incremental=True)
    assert read_book(postgres) == (entry,)
    assert [each.refusal.set_aside_at is None for each in unsettled(own)] == [
        True,
        False,
    ]
    assert aside.give_up(postgres, shop=EMBER, stream=STREAM, keys=[entry.key]) == 1
