"""Every root connection: its time filters, its sort keys, its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.catalog.schema import load_schema
from shopify_assets_tests.simulator.conftest import EMBER, Asker

if TYPE_CHECKING:
    from shopify_assets.simulator.http.server import Simulator
    from shopify_assets.simulator.shop.truth import Truth

SCHEMA = load_schema()
Json = dict[str, Any]
TIMES = ("_at", "_on", "_date", "_time")
ROOTS = {
    name: field
    for name, field in SCHEMA.query.fields.items()
    if field.named_type.endswith("Connection")
    and not field.deprecated
    and "nodes" in SCHEMA[field.named_type].fields
    and name != "bulkOperations"
    and not any(each.required for each in field.args.values())
}


def camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(each.title() for each in rest)


def timed(root: str, names: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Those of the names that end as times do and are fields of the root's nodes."""
    node = SCHEMA.node_type(ROOTS[root])
    fields = node.fields if node else {}
    return [
        (root, name, camel(name))
        for name in names
        if name.lower().endswith(TIMES) and camel(name) in fields
    ]


FILTERS = [each for root, field in ROOTS.items() for each in timed(root, field.filters)]
SORTS = [
    each
    for root, field in ROOTS.items()
    if "sortKey" in field.args
    for each in timed(root, SCHEMA[field.args["sortKey"].type.strip("!")].values)
]


@pytest.fixture
def truth(shared: Simulator) -> Truth:
    return shared.truth(EMBER)


def test_most_roots_are_told_by_time() -> None:
    assert len(FILTERS) > 40
    assert len(SORTS) > 25


@pytest.mark.parametrize(("root", "name", "field"), FILTERS)
def test_a_time_filter_shows_what_lies_in_the_window(
    truth: Truth, root: str, name: str, field: str
) -> None:
    whole = truth.select(f"{{ {root} {{ nodes {{ __typename {field} }} }} }}")[root]
    moments = sorted(each[field] for each in whole if each[field])
    if not moments:
        return
    low, high = moments[len(moments) // 4], moments[len(moments) * 3 // 4]
    query = f"{name}:>='{low}' AND {name}:<'{high}'"
    text = f'{{ {root}(query: "{query}") {{ nodes {{ __typename {field} }} }} }}'
    assert truth.select(text)[root] == [
        each for each in whole if each[field] and low <= each[field] < high
    ]


@pytest.mark.parametrize(("root", "key", "field"), SORTS)
def test_a_sort_key_sorts_pages(
    ember: Asker, truth: Truth, root: str, key: str, field: str
) -> None:
    shown = f"nodes {{ __typename {field} }} pageInfo {{ hasNextPage endCursor }}"
    found: list[Json] = []
    after = ""
    while True:
        given = f"first: 100, sortKey: {key}{after}"
        page = ember.data(f"{{ {root}({given}) {{ {shown} }} }}")[root]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = f', after: "{page["pageInfo"]["endCursor"]}"'
    moments = [each[field] or "" for each in found]
    assert moments == sorted(moments)
    whole = truth.select(f"{{ {root} {{ nodes {{ __typename }} }} }}")[root]
    assert len(found) == len(whole)
