"""What a refusal means: a field, or all that was asked for by one value."""

from __future__ import annotations

import pytest

from shopify_assets.api.answers import FieldsDenied, PartsUnknown, UnknownPart
from shopify_assets.catalog.pruning import paths
from shopify_assets.extract.access import (
    OF_OWNER,
    PROTECTED,
    withheld_as_unknown,
    withheld_by_refusal,
)
from shopify_assets.extract.second_step import told_by_value
from shopify_assets.storage.manifests import Withheld
from shopify_assets_tests.stage import compiled


def denied(*fields: str, asked: str = "") -> FieldsDenied:
    return FieldsDenied("denied", fields=fields, asked=asked)


@pytest.mark.parametrize(
    ("field", "paths"),
    [
        ("orders.nodes.customer", {"customer"}),
        ("nodes.lineItems.nodes.subtotalSet", {"refunds.lineItems.subtotalSet"}),
        ("ordersCount", set()),
    ],
    ids=["of a page", "of a second step", "of another query"],
)
def test_a_refused_field_is_found_in_the_selection(field: str, paths: set[str]) -> None:
    found = withheld_by_refusal(compiled("orders"), denied(field))
    assert set(found) == {Withheld(path=each, needs=PROTECTED) for each in paths}


def test_a_refused_value_is_not_asked_for_again_and_all_others_are() -> None:
    """Definitions of what the token may read are none the worse for the others."""
    whole = compiled("metafield_definitions")
    each = whole.queries.each
    assert each is not None
    refusal = denied("metafieldDefinitions")
    with (
        pytest.raises(FieldsDenied) as raised,
        told_by_value(each, {"ownerType": "DRAFTORDER"}),
    ):
        raise refusal
    (found,) = withheld_by_refusal(whole, raised.value)
    assert found == Withheld(path="ownerType: DRAFTORDER", needs=OF_OWNER)
    left = whole.without([found.path])
    assert left.queries.each is not None
    assert set(left.queries.each.values) == set(each.values) - {"DRAFTORDER"}
    assert left.tables == whole.tables
    assert left.fingerprint != whole.fingerprint


def test_a_refused_field_of_a_value_is_a_field() -> None:
    refusal = denied("metafieldDefinitions.nodes.access", asked="ownerType: ORDER")
    (found,) = withheld_by_refusal(compiled("metafield_definitions"), refusal)
    assert found.path == "access"


UNKNOWN_PARTS = [
    (UnknownPart("LineItem", "vendor"), {"lineItems.vendor"}),
    (
        UnknownPart("MailingAddress", "company"),
        {"billingAddress.company", "shippingAddress.company"},
    ),
    (UnknownPart("LineItemConnection", "pageInfo"), {"lineItems"}),
    (UnknownPart("LineItemEdge", "node"), {"lineItems"}),
    (UnknownPart("MailingAddress", ""), {"billingAddress", "shippingAddress"}),
    (
        UnknownPart(
            "", "shippingLines", "includeRemovals", ("orders", "nodes", "shippingLines")
        ),
        {"shippingLines"},
    ),
    (
        UnknownPart("", "y", "first", ("orders", "nodes", "... on Order", "lineItems")),
        {"lineItems"},
    ),
    (
        UnknownPart(
            "", "", path=("nodes", "... on Refund", "lineItems", "subtotalSet")
        ),
        {"refunds.lineItems.subtotalSet"},
    ),
    (UnknownPart("QueryRoot", "orders"), {""}),
    (UnknownPart("OrderConnection", "nodes"), {""}),
    (UnknownPart("Order", ""), {""}),
    (UnknownPart("Customer", "vendor"), set()),
    (UnknownPart("QueryRoot", "ordersCount"), set()),
]


@pytest.mark.parametrize(
    ("part", "paths"), UNKNOWN_PARTS, ids=[str(part) for part, _ in UNKNOWN_PARTS]
)
def test_what_shopify_does_not_know_is_found_wherever_it_is_selected(
    part: UnknownPart, paths: set[str]
) -> None:
    orders = compiled("orders")
    found = withheld_as_unknown(orders, PartsUnknown("x", parts=(part,)))
    assert {withheld.path for withheld in found} == paths
    assert all(f"does not know {part}," in withheld.needs for withheld in found)
    assert orders.needs_one_of(paths) is ("" in paths)


def test_an_alias_is_found_by_the_name_it_stands_for() -> None:
    orders = compiled("orders")
    aliases = {
        (field.owner.name, field.name): path
        for path, field in paths(orders.selection.children)
        if field.key != field.name
    }
    assert aliases
    for (owner, name), path in aliases.items():
        assert path in orders.places(owner, name)


def test_what_lies_above_the_time_of_a_stream_cannot_be_left_out() -> None:
    discounts = compiled("discounts")
    assert "discount.updatedAt" in discounts.required
    assert discounts.needs_one_of(["discount"])
    assert not discounts.needs_one_of(["discount.title", "disc"])
