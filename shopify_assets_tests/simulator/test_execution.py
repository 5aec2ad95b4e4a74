"""GraphQL: validated against the pinned schema, and any valid selection answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.catalog.schema import load_schema
from shopify_assets.simulator.graphql.execute import prepare

if TYPE_CHECKING:
    from shopify_assets.catalog.schema import Type
    from shopify_assets_tests.simulator.conftest import Asker

SCHEMA = load_schema()


def selection(kind: Type, depth: int) -> str:
    """Every field of a type that needs no argument, to some depth."""
    if kind.is_abstract:
        inner = (
            f"... on {each} {{ {selection(SCHEMA[each], depth)} }}"
            for each in kind.possible[:5]
        )
        return " ".join(("__typename", *inner))
    found = ["__typename"]
    for name, field in kind.fields.items():
        if any(each.required for each in field.args.values()):
            continue
        named, node = SCHEMA[field.named_type], SCHEMA.node_type(field)
        key = f"{kind.name}_{name}: {name}"
        if not named.is_composite:
            found.append(key)
        elif depth and node is None:
            found.append(f"{key} {{ {selection(named, depth - 1)} }}")
        elif (
            depth and node is not None and node.is_composite and "nodes" in named.fields
        ):
            found.append(
                f"{key}(first: 3) {{ nodes {{ {selection(node, depth - 1)} }} }}"
            )
    return " ".join(found)


def roots() -> list[str]:
    fields = SCHEMA.query.fields.items()
    return [
        name
        for name, field in fields
        if not any(each.required for each in field.args.values())
        and SCHEMA[field.named_type].is_composite
    ]


def execute(asker: Asker, text: str) -> Any:
    """Execute without regard to cost."""
    outcome = asker.simulator.store(asker.domain).execute(prepare(text, {}, None))
    assert outcome.errors == []
    assert outcome.data is not None
    return outcome.data


@pytest.mark.parametrize("name", roots())
def test_every_root_answers_with_every_field(ember: Asker, name: str) -> None:
    """Also those no one modelled; every list of a root has rows."""
    field = SCHEMA.query.fields[name]
    named, node = SCHEMA[field.named_type], SCHEMA.node_type(field)
    if node is None:
        execute(ember, f"{{ {name} {{ {selection(named, 1)} }} }}")
        return
    inner = f"{{ {selection(node, 1)} }}" if node.is_composite else ""
    data = execute(ember, f"{{ {name}(first: 2) {{ edges {{ node {inner} }} }} }}")
    if name != "bulkOperations":
        assert data[name]["edges"]


def test_aliases_fragments_directives_and_variables_work(ember: Asker) -> None:
    text = """query($with: Boolean!, $n: Int!) {
        first: orders(first: $n, sortKey: ID) { edges { node { ...named } } }
        shop { name @skip(if: $with) url @include(if: $with) } }
        fragment named on Order { key: id ... on Node { id } number }"""
    found = ember.data(text, **{"with": True, "n": 1})
    [edge] = found["first"]["edges"]
    assert edge["node"]["key"] == edge["node"]["id"]
    assert edge["node"]["number"] == 1
    assert found["shop"] == {"url": "https://ember.myshopify.com"}
    assert ember.data(text, **{"with": False, "n": 1})["shop"] == {"name": "Ember"}


def test_one_document_may_hold_several_operations(ember: Asker) -> None:
    text = "query a { shop { id } } query b { shop { name } }"
    store = ember.simulator.store(ember.domain)
    answer = store.answer({"query": text, "operationName": "b"})
    assert answer["data"] == {"shop": {"name": "Ember"}}


def test_quantities_come_by_name_and_inactive_levels_on_request(ember: Asker) -> None:
    text = """{ inventoryItems(first: 250) { nodes {
        all: inventoryLevels(first: 9, includeInactive: true) { nodes { isActive
            quantities(names: ["on_hand", "available"]) { name quantity } } }
        active: inventoryLevels(first: 9) { nodes { isActive } } } } }"""
    items = ember.data(text)["inventoryItems"]["nodes"]
    levels = [level for item in items for level in item["all"]["nodes"]]
    for level in levels:
        assert [each["name"] for each in level["quantities"]] == [
            "on_hand",
            "available",
        ]
    assert not all(level["isActive"] for level in levels)
    assert all(level["isActive"] for item in items for level in item["active"]["nodes"])
