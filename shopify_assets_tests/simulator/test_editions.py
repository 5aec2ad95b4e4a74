"""Each API version is answered by its own schema, out of one world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from shopify_assets.catalog.schema import PINNED_VERSION, load_schema, pinned_versions
from shopify_assets.simulator.graphql.dialect import dialect
from shopify_assets.simulator.graphql.versions import (
    accessible,
    answered_as,
    schema_version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.schema import Schema, Type
    from shopify_assets_tests.simulator.conftest import Asker, Clock

OTHERS = [each for each in pinned_versions() if each != PINNED_VERSION]


def ask(asker: Asker, version: str, query: str) -> Any:
    """Send a query to a version's endpoint; an empty one is that of no version."""
    spec = asker.simulator.store(asker.domain).spec
    base = f"{asker.simulator.base_url(asker.domain)}/admin/api"
    return asker.session.post(
        f"{base}/{version}/graphql.json" if version else f"{base}/graphql.json",
        json={"query": query},
        headers={"X-Shopify-Access-Token": spec.access_token},
        timeout=10,
    )


@pytest.mark.parametrize(
    ("moment", "stable"),
    [
        ("2026-10-01T16:59:59", "2025-10 2026-01 2026-04 2026-07"),
        ("2026-10-01T17:00:00", "2025-10 2026-01 2026-04 2026-07 2026-10"),
        ("2026-10-16T15:00:00", "2026-01 2026-04 2026-07 2026-10"),
        ("2027-01-01T17:00:00", "2026-01 2026-04 2026-07 2026-10 2027-01"),
        ("2027-01-16T15:00:00", "2026-04 2026-07 2026-10 2027-01"),
    ],
)
def test_versions_come_and_go_by_the_calendar(moment: str, stable: str) -> None:
    listed = accessible(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert " ".join(each.handle for each in listed if each.supported) == stable
    assert [each.name for each in listed][-3:] == [
        f"{stable[-7:]} (Latest)",
        f"{listed[-2].handle} (Release candidate)",
        "unstable",
    ]


@pytest.mark.parametrize("year", [2020, 2040])
def test_the_version_in_use_is_answered_whatever_the_clock(year: int) -> None:
    """An old simulator still stands for the shop its schema was taken from."""
    now = datetime(year, 6, 1, tzinfo=UTC)
    assert answered_as(PINNED_VERSION, now) == PINNED_VERSION


def test_a_version_without_a_schema_is_answered_by_the_newest_before_it() -> None:
    assert [schema_version(each) for each in pinned_versions()] == pinned_versions()
    assert schema_version("2027-01") == "2026-10"
    assert schema_version("2025-10") == "2026-01"


def test_a_version_that_ended_falls_forward_in_its_answers_too(
    own: Asker, clock: Clock
) -> None:
    """`deliverySettings` is in 2026-01 and in no later version."""
    query = "{ deliverySettings { legacyModeProfiles } }"
    for version in ("2026-01", "2025-10", ""):
        reply = ask(own, version, query)
        assert reply.headers["X-Shopify-API-Version"] == "2026-01"
        assert set(reply.json()["data"]["deliverySettings"]) == {"legacyModeProfiles"}

    clock.forward(timedelta(days=80).total_seconds())
    for version in ("2026-01", "2025-10", ""):
        reply = ask(own, version, query)
        assert reply.headers["X-Shopify-API-Version"] == "2026-04"
        [error] = reply.json()["errors"]
        assert error["extensions"]["code"] == "undefinedField"


def test_the_release_candidate_answers_under_its_own_name(ember: Asker) -> None:
    reply = ask(ember, "2027-01", "{ shop { name } }")
    assert reply.headers["X-Shopify-API-Version"] == "2027-01"
    assert reply.json()["data"] == {"shop": {"name": "Ember"}}


def test_the_api_lists_its_versions(ember: Asker) -> None:
    listed = ember.data("{ publicApiVersions { handle displayName supported } }")
    assert listed["publicApiVersions"][-3:] == [
        {"handle": "2026-10", "displayName": "2026-10 (Latest)", "supported": True},
        {
            "handle": "2027-01",
            "displayName": "2027-01 (Release candidate)",
            "supported": False,
        },
        {"handle": "unstable", "displayName": "unstable", "supported": False},
    ]


@pytest.mark.parametrize("version", pinned_versions())
def test_introspection_tells_the_schema_of_the_version(
    ember: Asker, version: str
) -> None:
    query = "{ __schema { types { name fields(includeDeprecated: true) { name } } } }"
    types = ask(ember, version, query).json()["data"]["__schema"]["types"]
    told = {
        each["name"]: {field["name"] for field in each["fields"] or ()}
        for each in types
        if not each["name"].startswith("__")
    }
    pinned = {
        name: set(each.fields) for name, each in load_schema(version).types.items()
    }
    assert told == pinned


def test_values_are_of_the_version_s_types(ember: Asker) -> None:
    query = "{ shop { shopPolicies { createdAt } } }"
    older, newer = (
        [
            policy["createdAt"]
            for policy in ask(ember, version, query).json()["data"]["shop"][
                "shopPolicies"
            ]
        ]
        for version in ("2026-01", "2026-04")
    )
    assert older == [moment[:10] for moment in newer]
    assert len(newer[0]) > len(older[0])


def test_a_value_that_an_enum_lacked_is_shown_as_another(own: Asker) -> None:
    truth = own.simulator.truth(own.domain)
    order = truth.ids("Order")[0]
    truth.update(order, displayFulfillmentStatus="FULFILLMENT_NOT_REQUIRED")
    query = f'{{ order(id: "{order}") {{ displayFulfillmentStatus }} }}'
    shown = {
        version: ask(own, version, query).json()["data"]["order"][
            "displayFulfillmentStatus"
        ]
        for version in ("2026-07", "2026-10")
    }
    assert shown == {"2026-07": "UNFULFILLED", "2026-10": "FULFILLMENT_NOT_REQUIRED"}


def test_deprecations_are_those_of_the_version(ember: Asker) -> None:
    """`Collection.ruleSet` is deprecated since 2026-07."""
    query = "{ collections(first: 1) { nodes { ruleSet { appliedDisjunctively } } } }"
    told = {
        version: ask(ember, version, query).headers.get(
            "X-Shopify-API-Deprecated-Reason"
        )
        for version in ("2026-04", "2026-07")
    }
    assert told == {"2026-04": None, "2026-07": "Collection.ruleSet"}


def test_a_bulk_operation_is_of_the_version_it_was_submitted_in(own: Asker) -> None:
    bulk = "{ deliveryProfiles { edges { node { id legacyMode } } } }"
    query = """mutation { bulkOperationRunQuery(query: "%s") {
        bulkOperation { id } userErrors { message } } }"""
    submitted = {
        version: ask(own, version, query % bulk).json()["data"]["bulkOperationRunQuery"]
        for version in ("2026-01", "2026-04")
    }
    assert submitted["2026-04"]["userErrors"] == [
        {
            "message": "Invalid bulk query: Field 'legacyMode' doesn't exist on type "
            "'DeliveryProfile'"
        }
    ]
    gid = submitted["2026-01"]["bulkOperation"]["id"]
    for thread in own.simulator.store(own.domain)._threads:  # noqa: SLF001 -- its end
        thread.join(10)
    lines = own.lines(own.operation(gid))
    assert lines
    assert all(b'"legacyMode":' in line for line in lines)


def only_in(schema: Schema) -> Iterator[tuple[Type, str]]:
    """Fields that only this version has, on types that both have."""
    native = load_schema()
    for name, kind in schema.types.items():
        if kind.kind == "OBJECT" and name in native.types:
            for field in kind.fields.keys() - native[name].fields.keys():
                yield kind, field


def leaves(schema: Schema, kind: Type) -> str:
    """The scalars and enums of a type that need no argument."""
    if kind.is_abstract:
        return "__typename"
    names = (
        name
        for name, field in kind.fields.items()
        if not schema[field.named_type].is_composite
        and not any(argument.required for argument in field.args.values())
    )
    return " ".join(("__typename", *names))


def roots_only_in(schema: Schema) -> Iterator[str]:
    """Queries for the roots that only this version has."""
    native = load_schema().query.fields
    for name, field in schema.query.fields.items():
        kind, node = schema[field.named_type], schema.node_type(field)
        required = any(each.required for each in field.args.values())
        if name in native or required or not kind.is_composite:
            continue
        if node is None:
            yield f"{{ {name} {{ {leaves(schema, kind)} }} }}"
        elif node.is_composite:
            yield f"{{ {name}(first: 3) {{ nodes {{ {leaves(schema, node)} }} }} }}"


@pytest.mark.parametrize("version", ["2026-01", "unstable"])
def test_roots_of_one_version_answer_with_values_of_its_types(
    own: Asker, version: str
) -> None:
    schema = load_schema(version)
    types = schema.types.values()
    fields = [field for kind in types for field in kind.fields.values()]
    scopes = {scope for kind in types for scope in kind.scopes}
    scopes |= {scope for field in fields for scope in field.scopes}
    own.simulator.grant(own.domain, *scopes)
    queries = list(roots_only_in(schema))
    assert queries
    for query in queries:
        body = ask(own, version, query).json()
        assert "errors" not in body, (query, body["errors"])
        for record in records_in(body["data"]):
            fields_of = schema[record["__typename"]].fields
            assert [
                name
                for name, held in record.items()
                if held is None and not fields_of[name].nullable
            ] == []


def records_in(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in an answer that tell their type."""
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict) and "__typename" in value:
        yield value
    elif isinstance(value, dict | list):
        for each in inner:
            yield from records_in(each)


@pytest.mark.parametrize("version", OTHERS)
def test_what_only_one_version_has_can_be_read_there(version: str) -> None:
    """By the types of both; and what both have keeps the type of the one in use."""
    shown, native = dialect(version), load_schema()
    fields = list(only_in(shown.schema))
    assert fields
    for kind, field in fields:
        assert shown.readable[kind.name].fields[field] == kind.fields[field]
    for name, kind in native.types.items():
        assert kind.fields.items() <= shown.readable[name].fields.items()


def test_no_version_is_made_before_it_is_asked_for(own: Asker) -> None:
    store = own.simulator.store(own.domain)
    made = store._editions._made  # noqa: SLF001 -- what start-up must not cost
    assert made == {}
    assert ask(own, "2026-04", "{ shop { id } }").status_code == requests.codes.ok
    assert list(made) == ["2026-04"]
