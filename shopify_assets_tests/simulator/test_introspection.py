"""The API tells its schema, and what it tells is what is pinned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import get_introspection_query
from msgspec.structs import replace

from shopify_assets.catalog.pin import facts, with_scopes
from shopify_assets.catalog.schema import Type, load_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shopify_assets_tests.simulator.conftest import Asker


def pinned() -> Mapping[str, Type]:
    """The pinned facts; of abstract types only those members that are pinned."""
    types = load_schema().types
    return {
        name: replace(
            each, possible=tuple(kind for kind in each.possible if kind in types)
        )
        for name, each in types.items()
    }


def test_introspection_gives_the_pinned_facts_again(ember: Asker) -> None:
    """Types, arguments, defaults, deprecations, search fields: all but the scopes."""
    answered = {"data": ember.data(get_introspection_query(descriptions=True))}
    assert with_scopes(facts(answered), pinned()) == pinned()


def test_one_type_is_told_by_name(ember: Asker) -> None:
    query = """query($name: String!) { __type(name: $name) { kind fields {
        name isDeprecated type { kind ofType { name } } } } }"""
    found: dict[str, Any] = ember.data(query, name="DeletionEvent")["__type"]
    assert found["kind"] == "OBJECT"
    assert {
        "name": "subjectId",
        "isDeprecated": False,
        "type": {"kind": "NON_NULL", "ofType": {"name": "ID"}},
    } in found["fields"]


def test_the_schema_costs_nothing_and_deprecates_nothing(ember: Asker) -> None:
    reply = ember.send("{ __schema { queryType { name } } }")
    assert reply.json()["data"] == {"__schema": {"queryType": {"name": "QueryRoot"}}}
    assert reply.json()["extensions"]["cost"]["actualQueryCost"] == 0
    assert "X-Shopify-API-Deprecated-Reason" not in reply.headers


def test_what_no_type_has_is_refused(ember: Asker) -> None:
    errors = ember.answer("{ __schema { tables { name } } }")["errors"]
    assert errors[0]["message"] == "Field 'tables' doesn't exist on type '__Schema'"
