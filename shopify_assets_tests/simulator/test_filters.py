"""Every documented filter of every root: it means what it says, or it warns."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.simulator.graphql.meaning.unsimulated import UNSIMULATED
from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets_tests.simulator.conftest import EMBER, END, Asker, Clock
from shopify_assets_tests.simulator.expected_filters import APART, FILTERS
from shopify_assets_tests.simulator.surface import (
    SCHEMA,
    alike,
    dig,
    node_of,
    selection,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]

ROOTS = {
    name: field
    for name, field in SCHEMA.query.fields.items()
    if field.filters
    and field.named_type.endswith("Connection")
    and name not in {"bulkOperations", "customerSegmentMembers"}
    and not any(each.required for each in field.args.values())
}
IDLE = [
    (root, name)
    for root, field in ROOTS.items()
    for name in field.filters
    if name in UNSIMULATED.get(node_of(root), {})
]
MEANT = [
    (root, name)
    for root, field in ROOTS.items()
    for name in field.filters
    if (root, name) not in {*IDLE, *APART} and name != "tag_not"
]
# Filters that find words within a text.
_WORDS = {
    "title", "name", "email", "author", "blog_title", "variant_title", "first_name",
    "last_name", "description", "error_message", "address1", "address2", "city",
}  # fmt: skip
WORDED = {
    (root, name)
    for root, name in MEANT
    if name in _WORDS
    and (root, name)
    not in {("orders", "name"), ("orders", "email"), ("staffMembers", "email")}
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Asker]:
    """A shop small enough to be read whole for each filter."""
    spec = SimulatedShop(EMBER, orders=90, products=30, end=END, seed=7,
                         plan="enterprise")  # fmt: skip
    clock = Clock()
    with Simulator([spec], clock=clock) as simulator:
        yield Asker(simulator, EMBER)


def seen(root: str, name: str) -> tuple[str, Callable[[Json], list[Any]]]:
    """The selection that shows what a filter reads, and how to read it."""
    kind = node_of(root)
    if kind == "String":
        return "", lambda node: [node]
    declared = FILTERS.get(root, {}).get(name)
    if declared is not None:
        paths, read = declared
        return " ".join(selection(kind, path) for path in paths), read
    path = alike(root, "id" if name == "ids" else name)
    assert path is not None, f"{root} {name}: say what shows it"
    return selection(kind, path), lambda node: dig(node, path)


def rows(asker: Asker, root: str, shown: str, query: str = "") -> list[Any]:
    args = ROOTS[root].args
    given = [f"query: {json.dumps(query, ensure_ascii=False)}"] if query else []
    given += [
        f"{name}: true"
        for name in ("includeInactive", "includeLegacy", "includeClosed")
        if name in args
    ]
    called = f"({', '.join(given)})" if given else ""
    nodes = f"nodes {{ __typename {shown} }}" if node_of(root) != "String" else "nodes"
    text = f"{{ {root}{called} {{ {nodes} }} }}"
    found: list[Any] = asker.simulator.truth(asker.domain).select(text)[root]
    return found


def quoted(value: Any) -> str:
    """A value as a search is given it."""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if text.startswith("gid://"):
        return text.rpartition("/")[2].partition("?")[0]
    return "'" + re.sub(r"(['\\])", r"\\\1", text) + "'"


def same(value: Any, other: Any) -> bool:
    if isinstance(value, str) and value.startswith("gid://"):
        return quoted(value) == quoted(other)
    try:
        return float(value) == float(other)
    except (TypeError, ValueError):
        return str(value).casefold() == str(other).casefold()


def has_words(text: Any, wanted: Any) -> bool:
    """Whether the words of a value stand in a text, one after the other."""
    words = re.findall(r"\w+", str(wanted).casefold())
    pattern = r"\W+".join(map(re.escape, words))
    return re.search(rf"(?<!\w){pattern}(?!\w)", str(text).casefold()) is not None


def samples(values: list[Any]) -> list[Any]:
    """A few of the values: the least and the greatest."""
    known = {str(each): each for each in values if str(each).strip()}
    held = [known[each] for each in sorted(known)]
    return held[:1] + held[1:][-1:]


@pytest.mark.parametrize(("root", "name"), MEANT)
def test_a_filter_shows_what_has_the_value_and_nothing_else(
    shop: Asker, root: str, name: str
) -> None:
    shown, read = seen(root, name)
    whole = rows(shop, root, shown)
    accepted = [value for node in whole for value in read(node)]
    equal = has_words if (root, name) in WORDED else same
    for value in samples(accepted):
        found = rows(shop, root, shown, f"{name}:{quoted(value)}")
        assert found == [
            node for node in whole if any(equal(each, value) for each in read(node))
        ]
    if accepted:
        query = json.dumps(f"{name}:{quoted(accepted[0])}", ensure_ascii=False)
        body = shop.answer(
            f"{{ {root}(first: 1, query: {query}) {{ edges {{ cursor }} }} }}"
        )
        assert "errors" not in body
        assert "search" not in body["extensions"]


@pytest.mark.parametrize(("root", "name"), IDLE)
def test_a_filter_nothing_answers_says_so(shop: Asker, root: str, name: str) -> None:
    text = f'{{ {root}(first: 1, query: "{name}:1") {{ edges {{ cursor }} }} }}'
    [told] = shop.answer(text)["extensions"]["search"]
    [warning] = told["warnings"]
    assert (warning["field"], warning["code"]) == (name, "invalid_field")
    assert "Not simulated" in warning["message"]


def test_every_reason_names_a_documented_filter() -> None:
    documented = {
        (node_of(root), name) for root, field in ROOTS.items() for name in field.filters
    }
    reasons = {(kind, name) for kind, each in UNSIMULATED.items() for name in each}
    assert reasons <= documented
    assert len(reasons) < 40 < len(MEANT)


def test_codes_are_counted_by_their_use(shop: Asker) -> None:
    kinds = ("Basic", "Bxgy", "FreeShipping", "App")
    codes = " ".join(
        f"... on DiscountCode{kind} {{ codes {{ nodes {{ asyncUsageCount }} }} }}"
        for kind in kinds
    )
    text = f"{{ discountNodes {{ nodes {{ discount {{ {codes} }} }} }} }}"
    nodes = shop.simulator.truth(shop.domain).select(text)["discountNodes"]
    counts = dig(nodes, "discount.codes.asyncUsageCount")
    text = '{ discountCodesCount(query: "times_used:>2", limit: null) { count } }'
    found = shop.data(text)["discountCodesCount"]["count"]
    assert 0 < found == sum(count > 2 for count in counts) < len(counts)


def test_metaobjects_are_filtered_by_their_fields(shop: Asker) -> None:
    truth = shop.simulator.truth(shop.domain)
    kind = truth.records("Metaobject")[3]["type"]
    whole = truth.select(
        f'{{ metaobjects(type: "{kind}") {{ nodes {{ id fields {{ key value }} }} }} }}'
    )["metaobjects"]
    names = {
        node["id"]: field["value"]
        for node in whole
        for field in node["fields"]
        if field["key"] == "name"
    }
    wanted = names[whole[3]["id"]]
    text = f"""query($q: String!) {{
        metaobjects(first: 250, type: "{kind}", query: $q) {{ nodes {{ id }} }} }}"""
    body = shop.answer(text, q=f"fields.name:'{wanted}'")
    assert [node["id"] for node in body["data"]["metaobjects"]["nodes"]] == [
        gid for gid, name in names.items() if name == wanted
    ]
    assert "search" not in body["extensions"]
    [told] = shop.answer(text, q="fields.nowhere:1")["extensions"]["search"]
    assert [each["code"] for each in told["warnings"]] == ["invalid_field"]
