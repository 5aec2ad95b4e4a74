"""What the simulated Shopify refuses, and what the client takes it for."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.api.answers import FieldsDenied, PartsUnknown
from shopify_assets.api.retry import InternalError
from shopify_assets.errors import ApiError, InvalidId, ShopifyAssetsError
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets_tests.stage import EMBER

if TYPE_CHECKING:
    from shopify_assets_tests.stage import Stage


def refused(stage: Stage, query: str, **variables: Any) -> ShopifyAssetsError:
    """What the client raises for a query."""
    with closing(stage.client()) as client, pytest.raises(ShopifyAssetsError) as raised:
        client.execute(query, variables)
    return raised.value


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("{ shop { nme } }", "Shop.nme"),
        ("{ shop { ... on Ordre { id } } }", "Ordre"),
        ("{ orders(first: 1, age: 2) { nodes { id } } }", "orders(age:)"),
    ],
)
def test_what_is_not_in_the_schema_is_a_part_unknown(
    own: Stage, query: str, part: str
) -> None:
    error = refused(own, query)
    assert isinstance(error, PartsUnknown)
    assert [str(each) for each in error.parts] == [part]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ shop", "PARSE_ERROR: syntax error, unexpected end of file"),
        ("", "Required parameter missing or invalid"),
        ("{ shop }", "selectionMismatch at query.shop: Field must have selections"),
        ("{ order { id } }", "missingRequiredArguments at query.order"),
        ("{ order(id: $i) { id } }", "variableNotDefined at query.order.id"),
        ("query($n: Int!) { orders(first: $n) { nodes { id } } }", "INVALID_VARIABLE"),
        ("{ shop { ...part } }", "useAndDefineFragment"),
        ("query a { shop { id } } query b { shop { id } }", "An operation name is"),
        ("{ orders { nodes { id } } }", "BAD_REQUEST at orders: you must provide one"),
        ('{ node(id: "foo") { id } shop { id } }', "RESOURCE_NOT_FOUND at node"),
        ('mutation { tagsAdd(id: "a", tags: "b") { node { id } } }', "NOT_SIMULATED"),
    ],
)
def test_a_query_that_is_wrong_is_an_api_error_and_not_asked_again(
    own: Stage, query: str, words: str
) -> None:
    """Also where the rest of the data came: half an answer is none."""
    before = own.simulator.requests(EMBER).graphql
    error = refused(own, query)
    assert type(error) in {ApiError, InvalidId}
    assert words in str(error)
    assert own.simulator.requests(EMBER).graphql - before <= 1


def test_a_field_without_its_scope_is_denied_by_its_path(own: Stage) -> None:
    own.simulator.grant(EMBER, "read_orders")
    error = refused(own, "{ shop { name } customers(first: 1) { nodes { id } } }")
    assert isinstance(error, FieldsDenied)
    assert error.fields == ("customers",)


def test_trouble_on_shopify_s_side_is_asked_again(own: Stage) -> None:
    for kind in (Kind.INTERNAL_ERROR, Kind.THROTTLED):
        own.simulator.arm(EMBER, Fault(kind=kind))
    with closing(own.client()) as client:
        assert client.execute("{ shop { name } }").data == {"shop": {"name": "Ember"}}
    own.simulator.arm(EMBER, Fault(kind=Kind.INTERNAL_ERROR, times=None))
    assert isinstance(refused(own, "{ shop { name } }"), InternalError)


def test_a_version_that_ended_is_told_and_not_read(own: Stage) -> None:
    """The simulator answers by the schema it fell forward to, and says so."""
    error = refused(replace(own, api_version="2025-10"), "{ shop { name } }")
    assert "2025-10" in str(error)
    assert "2026-01" in str(error)
