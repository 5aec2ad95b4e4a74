"""Every null that Shopify's schema allows where a proof reads: undecided, and no more.

The places are found by walking the queries of all streams along the pinned schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import FieldNode, InlineFragmentNode, OperationDefinitionNode, parse

from shopify_assets.catalog.schema import PINNED_VERSION, load_schema
from shopify_assets.proof.sweep import slimmed
from shopify_assets.proof.verdicts import Kind, Verdict
from shopify_assets.simulator.faults import Fault
from shopify_assets.simulator.faults import Kind as FaultKind
from shopify_assets.streams import STREAMS
from shopify_assets_tests.proof.conftest import Copy, of_kind
from shopify_assets_tests.stage import EMBER, compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import SelectionSetNode

    from shopify_assets.proof.verdicts import StreamProof

_SCHEMA = load_schema()
_COUNT = "Count"
# What is null where there is nothing more to say, and is no answer withheld.
_ENDS = "endCursor"


def nullable(text: str) -> Iterator[str]:
    """Where a query's answer may be null: keys joined by dots; no record's values."""
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    yield from _within("QueryRoot", operation.selection_set, ())


def _within(
    owner: str, selected: SelectionSetNode, path: tuple[str, ...]
) -> Iterator[str]:
    for node in selected.selections:
        if isinstance(node, InlineFragmentNode):
            assert node.type_condition is not None
            yield from _within(node.type_condition.name.value, node.selection_set, path)
        if not isinstance(node, FieldNode) or node.name.value == "__typename":
            continue
        field = _SCHEMA[owner].fields[node.name.value]
        here = (*path, node.alias.value if node.alias else node.name.value)
        if field.nullable and here[-1] != _ENDS:
            yield ".".join(here)
        if node.selection_set and not field.type.startswith("["):
            yield from _within(field.named_type, node.selection_set, here)


def places() -> Iterator[tuple[str, str]]:
    """Each place of all proofs' queries, with the first stream that reads it."""
    first: dict[str, str] = {}
    for stream in STREAMS:
        made = compiled(stream.name)
        cut = slimmed(made, PINNED_VERSION).queries
        for text in (made.queries.total, made.queries.count, cut.paged.text, cut.probe):
            for place in nullable(text) if text else ():
                first.setdefault(place, stream.name)
    yield from ((stream, place) for place, stream in first.items())


PLACES = sorted(places())
# The schema has no null there; a server in trouble has.
BEYOND = [
    ("orders", "ordersCount.count"),
    ("orders", "ordersCount.precision"),
    ("locations", "locations.pageInfo"),
    ("locations", "locations.nodes"),
    ("locations", "locations.nodes.0"),
    ("orders", "orders"),
    ("orders", "nodes"),
    ("orders", "currentAppInstallation"),
    ("orders", "currentAppInstallation.accessScopes"),
]


def test_all_counts_that_are_asked_for_are_among_the_places() -> None:
    roots = {
        name
        for name, field in _SCHEMA["QueryRoot"].fields.items()
        if field.named_type == _COUNT
    }
    asked = {place for _, place in PLACES} & roots
    queries = (compiled(each.name).queries for each in STREAMS)
    totals = " ".join(each.total for each in queries if each.total)
    assert asked == {root for root in roots if root in totals}
    assert len(asked) > 15


def verdicts(result: StreamProof) -> dict[Kind, Verdict]:
    return {each.kind: each.verdict for each in result.proofs}


@pytest.mark.parametrize(("stream", "place"), [*PLACES, *BEYOND])
def test_a_null_leaves_its_kind_undecided_and_no_other(
    copy: Copy, stream: str, place: str
) -> None:
    copy.stage.run(stream, copy.connection)
    before = copy.prove(stream)
    assert before.verdict is Verdict.WHOLE
    assert of_kind(before, Kind.IDS).figures["stored"]
    copy.stage.simulator.arm(
        EMBER, Fault(kind=FaultKind.NULL_ROOT, field=place, times=None)
    )
    result = copy.prove(stream)
    assert result.verdict is Verdict.UNDECIDED
    assert result.gaps == ()
    assert all(each.reason for each in result.proofs if _is_undecided(each.verdict))
    assert "Error in" not in "".join(each.reason for each in result.proofs)
    others = {
        kind: verdict
        for kind, verdict in verdicts(result).items()
        if not _is_undecided(verdict)
    }
    assert others.items() <= verdicts(before).items()
    if not place.startswith("currentAppInstallation"):
        assert of_kind(result, Kind.FILES).verdict is Verdict.WHOLE
        assert Kind.WINDOWS in others
    if place.endswith("Count") or "Count." in place:
        assert [each for each in Kind if each not in others] == [Kind.COUNTS]


def _is_undecided(verdict: Verdict) -> bool:
    return verdict is Verdict.UNDECIDED
