"""Customer data that an app is not approved for is withheld, kind by kind."""

from __future__ import annotations

from typing import Any

import pytest

from shopify_assets.errors import ConfigurationError
from shopify_assets_tests.simulator.conftest import Asker

KINDS = ("customer", "name", "address", "phone", "email")


def approve_all_but(own: Asker, *kinds: str) -> None:
    own.simulator.approve(own.domain, *(each for each in KINDS if each not in kinds))


@pytest.mark.parametrize(
    ("kind", "field", "selected"),
    [
        ("name", "firstName", "firstName"),
        ("phone", "defaultPhoneNumber", "defaultPhoneNumber { phoneNumber }"),
        ("email", "defaultEmailAddress", "defaultEmailAddress { emailAddress }"),
        ("address", "defaultAddress", "defaultAddress { city }"),
    ],
)
def test_a_field_is_null_and_an_error_says_why(
    own: Asker, kind: str, field: str, selected: str
) -> None:
    text = f"{{ customers(first: 20) {{ nodes {{ id note {selected} }} }} }}"
    before = own.data(text)["customers"]["nodes"]
    approve_all_but(own, kind)
    body = own.answer(text)
    assert body["data"]["customers"]["nodes"] == [
        {**each, field: None} for each in before
    ]
    told = [at for at, each in enumerate(before) if each[field] is not None]
    assert told
    assert [each["path"] for each in body["errors"]] == [
        ["customers", "nodes", at, field] for at in told
    ]
    [code] = {each["extensions"]["code"] for each in body["errors"]}
    assert code == "ACCESS_DENIED"
    assert body["errors"][0]["message"].startswith(
        f"This app is not approved to use the {field} field"
    )


def test_a_field_that_may_not_be_null_takes_its_record_along(own: Asker) -> None:
    approve_all_but(own, "name")
    body = own.answer("{ customers(first: 3) { nodes { id displayName } } }")
    assert body["data"] is None
    assert body["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


def test_orders_withhold_addresses_and_customers(own: Asker) -> None:
    text = """{ orders(first: 40) { nodes { id shippingAddress { city }
        email customer { id } } } }"""
    before = own.data(text)["orders"]["nodes"]
    approve_all_but(own, "address", "customer")
    body = own.answer(text)
    assert body["data"]["orders"]["nodes"] == [
        {**each, "shippingAddress": None, "customer": None} for each in before
    ]
    messages = {each["message"].partition(". See")[0] for each in body["errors"]}
    assert messages == {
        "This app is not approved to use the shippingAddress field",
        "This app is not approved to access the Customer object",
    }


def test_customers_are_not_listed_without_approval(own: Asker) -> None:
    approve_all_but(own, "customer")
    body = own.answer("{ shop { id } customers(first: 1) { nodes { id } } }")
    assert body["data"] is None
    [error] = body["errors"]
    assert error["path"] == ["customers"]
    assert "access the Customer object" in error["message"]


@pytest.mark.parametrize("field", ["phone", "multipassIdentifier"])
def test_a_bulk_operation_fails_at_the_first_row_that_has_data(
    own: Asker, field: str
) -> None:
    """What no row holds is not missed: the operation completes."""
    query = "{ orders { edges { node { id phone } } } }"
    if field == "multipassIdentifier":
        query = "{ customers { edges { node { id multipassIdentifier } } } }"
    approve_all_but(own, "phone")
    operation: dict[str, Any] = own.run(query)
    if field == "phone":
        assert (operation["status"], operation["errorCode"]) == (
            "FAILED",
            "ACCESS_DENIED",
        )
    else:
        assert operation["status"] == "COMPLETED"


def test_the_oracle_sees_everything(own: Asker) -> None:
    text = "{ customers { nodes { id displayName defaultAddress { city } } } }"
    truth = own.simulator.truth(own.domain)
    before = truth.select(text)
    own.simulator.approve(own.domain)
    assert truth.select(text) == before


def test_a_kind_of_data_that_does_not_exist_is_named(own: Asker) -> None:
    with pytest.raises(
        ConfigurationError, match=r"'birthday'.*customer, name, address"
    ):
        own.simulator.approve(own.domain, "birthday")
