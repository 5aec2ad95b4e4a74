"""Records no one modelled, and those born inside others: found, changed, deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.catalog.schema import Type, load_schema
from shopify_assets_tests.simulator.conftest import EMBER, Asker

if TYPE_CHECKING:
    from shopify_assets.simulator.http.server import Simulator

SCHEMA = load_schema()
NODES = frozenset(SCHEMA["Node"].possible)
LATER = datetime(2026, 11, 1, 2, tzinfo=UTC)
Json = dict[str, Any]
# Not asked so deep: every variant again and again would take minutes.
WIDE = {"productVariants", "products", "inventoryItems", "discountNodes"}
ROOTS = tuple(
    name
    for name, field in SCHEMA.query.fields.items()
    if field.named_type.endswith("Connection")
    and name != "bulkOperations"
    and not field.deprecated
    and not any(each.required for each in field.args.values())
)


def selection(kind: Type, depth: int, seen: tuple[str, ...]) -> str:
    """Ids of everything below a type, by connections and lists, each type once."""
    found = ["__typename", *(["id"] if "id" in kind.fields else [])]
    for name, field in kind.fields.items() if depth and not kind.is_abstract else ():
        if field.deprecated or field.named_type not in SCHEMA.types:
            continue
        node = SCHEMA.node_type(field)
        inner = node or SCHEMA[field.named_type]
        listed = node is not None or field.is_list
        required = any(each.required for each in field.args.values())
        if required or not listed or not inner.is_composite or inner.name in seen:
            continue
        below = selection(inner, depth - 1, (*seen, inner.name))
        below = f"edges {{ node {{ {below} }} }}" if node else below
        found.append(f"{kind.name}_{name}: {name} {{ {below} }}")
    return " ".join(found)


def walk(value: Any, found: dict[str, str]) -> None:
    """Gather ids with their types; no list may name one twice."""
    if isinstance(value, list):
        named = [each["id"] for each in value if each and each.get("id")]
        assert len(named) == len(set(named)), named
        for each in value:
            walk(each, found)
    elif isinstance(value, dict):
        if value.get("id") and value["__typename"] in NODES:
            found[value["id"]] = value["__typename"]
        for each in value.values():
            walk(each, found)


@pytest.mark.parametrize("root", ROOTS)
def test_whatever_a_root_leads_to_is_found_by_its_id(own: Asker, root: str) -> None:
    """Three connections deep: unlike ids, below 2^63, each the way back."""
    node = SCHEMA.node_type(SCHEMA.query.fields[root])
    if node is None or not node.is_composite:
        return
    depth = 1 if root in WIDE else 2
    below = selection(node, depth, (node.name,))
    text = f"{{ {root} {{ edges {{ node {{ {below} }} }} }} }}"
    rows = own.simulator.truth(own.domain).select(text)[root]
    found: dict[str, str] = {}
    walk(rows[:12], found)
    inward = own.simulator.store(own.domain).forms.inward_id
    numbers = [int(inward(gid).split("/")[4].partition("?")[0]) for gid in found]
    assert max(numbers, default=0) < 2**63
    held = list(found)
    for at in range(0, len(held), 250):
        page = held[at : at + 250]
        asked = "query($i: [ID!]!) { nodes(ids: $i) { id __typename } }"
        answered = own.data(asked, i=page)["nodes"]
        assert answered == [{"id": gid, "__typename": found[gid]} for gid in page]


def test_four_steps_from_the_root_are_still_found(shared: Simulator) -> None:
    """Root, A, B, C and one more, through types that are made up."""
    text = """{ orders { nodes { id paymentTerms { id paymentSchedules { nodes { id
        paymentTerms { id } } } } } }
        cashTrackingSessions { nodes { id cashTransactions { nodes { id } }
            adjustments { nodes { id } } } }
        marketingActivities { nodes { id marketingEvent { id } } } }"""
    truth = shared.truth(EMBER)
    found: set[str] = set()

    def gather(value: Any) -> None:
        if isinstance(value, dict):
            found.update([value["id"]] if value.get("id") else [])
            value = list(value.values())
        for each in value if isinstance(value, list) else ():
            gather(each)

    gather(truth.select(text))
    assert found
    for gid in found:
        made = truth.record(gid)
        assert made is not None
        assert made["id"] == gid


@pytest.mark.parametrize("way", ["update", "delete"])
def test_a_record_without_a_model_is_changed(own: Asker, way: str) -> None:
    truth = own.simulator.truth(own.domain)
    text = "{ analyticsTargets(first: 50) { nodes { id name } } }"
    before = own.data(text)["analyticsTargets"]["nodes"]
    gid = before[0]["id"]
    if way == "update":
        truth.update(gid, name="renamed")
        expected = [{"id": gid, "name": "renamed"}, *before[1:]]
    else:
        truth.delete(gid)
        expected = before[1:]
    assert own.data(text)["analyticsTargets"]["nodes"] == expected


@pytest.mark.parametrize("way", ["update", "delete"])
def test_a_record_born_inside_another_is_changed(own: Asker, way: str) -> None:
    """It moves the record it is part of, as any child does."""
    truth = own.simulator.truth(own.domain)
    text = """{ draftOrders(first: 50) { nodes { id updatedAt paymentTerms { id
        paymentTermsName } } } }"""
    rows = own.data(text)["draftOrders"]["nodes"]
    [first, *_] = [each for each in rows if each["paymentTerms"]]
    terms = first["paymentTerms"]["id"]
    if way == "update":
        truth.update(terms, at=LATER, paymentTermsName="net 30")
    else:
        truth.delete(terms, at=LATER)
    rows = own.data(text)["draftOrders"]["nodes"]
    [now] = [each for each in rows if each["id"] == first["id"]]
    found = own.data(f'{{ node(id: "{terms}") {{ id }} }}')["node"]
    if way == "update":
        assert now["paymentTerms"] == {"id": terms, "paymentTermsName": "net 30"}
        assert now["updatedAt"] == "2026-11-01T02:00:00Z"
        assert found == {"id": terms}
    else:
        assert (now["paymentTerms"], found) == (None, None)


@pytest.mark.parametrize(
    ("root", "child"),
    [
        ("giftCards", "transactions"),
        ("companies", "contactRoles"),
        ("metaobjects(type: \"author\")", ""),
        ("inventoryTransfers", "lineItems"),
        ("orders", "agreements"),
        ("products", "metafields"),
        ("files", ""),
        ("catalogs", ""),
    ],
)  # fmt: skip
def test_any_record_with_an_id_is_changed_and_deleted(
    own: Asker, root: str, child: str
) -> None:
    truth = own.simulator.truth(own.domain)
    inner = f"{child} {{ nodes {{ id }} }}" if child else "id"
    text = f"{{ {root} {{ nodes {{ id {inner} }} }} }}"

    def held() -> list[str]:
        [rows] = truth.select(text).values()
        if not child:
            return [each["id"] for each in rows]
        return [one["id"] for each in rows for one in each[child]]

    before = held()
    gid = before[0]
    changed = truth.update(gid, note="changed")
    assert (changed["id"], changed["note"]) == (gid, "changed")
    truth.delete(gid)
    assert held() == before[1:]
    assert truth.record(gid) is None


def test_times_filter_what_no_one_modelled(own: Asker) -> None:
    truth = own.simulator.truth(own.domain)
    whole = truth.select("{ scriptTags { nodes { id updatedAt } } }")["scriptTags"]
    middle = sorted(each["updatedAt"] for each in whole)[len(whole) // 2]
    text = f"""{{ scriptTags(first: 50, query: "updated_at:>='{middle}'") {{ nodes {{
        id updatedAt }} }} }}"""
    found = own.data(text)["scriptTags"]["nodes"]
    assert found == [each for each in whole if each["updatedAt"] >= middle]
    assert 0 < len(found) < len(whole)
