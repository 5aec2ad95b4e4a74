"""Every global id has a number, whatever its form, and no two share one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, text

from shopify_assets.catalog.gids import number_of, tail_of, type_of

FORMS = (
    "gid://shopify/FulfillmentService/manual",
    "gid://shopify/BusinessEntity/QnVzaW5lc3MvRW50aXR5Pz8=",
    "gid://shopify/AbandonedCheckoutLineItem/0f3c?checkout=91ab&index=0",
    "gid://shopify/AbandonedCheckoutLineItem/0f3c?checkout=91ab&index=1",
    "gid://shopify/SubscriptionLine/5d7a4b5e-0000-4000-8000-000000000001",
    "gid://shopify/SubscriptionManualDiscount/5d7a4b5e-0000-4000-8000-000000000001",
    "gid://shopify/CustomerPaymentMethod/4c3b2a190f8e7d6c5b4a39281706f5e4",
    "gid://shopify/AppSubscriptionLineItem/17?v=1&index=0",
    "gid://shopify/AppSubscriptionLineItem/17?v=1&index=1",
    "gid://shopify/Order/007",
    "gid://shopify/Order/-7",
    "gid://shopify/Order/+7",
    f"gid://shopify/Order/{2**63}",
    "gid://shopify/Order/٧",
    "gid://shopify/Order/",
    "Order/7",
    "",
)


@pytest.mark.parametrize(
    ("gid", "number"),
    [
        ("gid://shopify/Order/450789469", 450789469),
        ("gid://shopify/Order/0", 0),
        (f"gid://shopify/Order/{2**63 - 1}", 2**63 - 1),
        ("gid://shopify/Model3d/7", 7),
        ("gid://shopify/InventoryLevel/5?inventory_item_id=7", 5),
        ("gid://shopify/MailingAddress/12?model_name=Address", 12),
        ("7", 7),
    ],
)
def test_a_plain_number_is_itself(gid: str, number: int) -> None:
    assert number_of(gid) == number


def test_each_other_form_has_a_stand_in_below_zero_of_its_own() -> None:
    numbers = [number_of(gid) for gid in FORMS]
    assert all(-(2**63) <= number < 0 for number in numbers)
    assert len(set(numbers)) == len(FORMS)


def test_a_stand_in_is_the_same_wherever_it_is_made() -> None:
    """Stored rows refer to each other by it: it may never change."""
    stored = -8216865895105238495
    assert number_of("gid://shopify/FulfillmentService/manual") == stored


@given(lists(text(), unique=True), integers(0, 2**63 - 1))
def test_unlike_ids_have_unlike_numbers(tails: list[str], number: int) -> None:
    gids = {f"gid://shopify/Order/{tail}" for tail in (*tails, str(number))}
    numbers = {number_of(gid) for gid in gids}
    assert len(numbers) == len(gids)
    assert number in numbers


def test_base64_may_hold_slashes() -> None:
    gid = "gid://shopify/BusinessEntity/QnV/z+W5=="
    assert (type_of(gid), tail_of(gid)) == ("BusinessEntity", "QnV/z+W5==")
    assert (type_of("none"), tail_of("none")) == (None, "none")
