"""Which fields tell who a person is: declared, and complete for what is selected."""

from __future__ import annotations

import re

from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.pruning import paths
from shopify_assets.catalog.schema import load_schema
from shopify_assets.streams import STREAMS
from shopify_assets.streams.personal import PERSONAL, personal_paths

COMPILED = [compile_stream(load_schema(), stream) for stream in STREAMS]

SELECTED = {
    (field.owner.name, field.name)
    for compiled in COMPILED
    for _, field in paths(compiled.selection.children)
    if not field.children
}

# Names that a person's data go by, wherever they stand.
TELLING = re.compile(
    r"(first|last|display)Name|.*(Email|email)(Address)?|.*[pP]hone(Number)?|ip|.*Ip"
    r"|address[12]|zip|city|latitude|longitude|.*(masked|last)(Number|Digits)"
    r"|.*(Owner|Opener|holder)Name|creditCardNumber|accountNumber|taxId|subject|preferredName"
)

# Whose they are then: the business's own, or no person's at all.
OF_NO_PERSON = {
    "ApiVersion": "displayName",
    "BusinessEntity": "displayName",
    "BusinessEntityAddress": "address1 address2 city zip",
    "CompanyLocation": "phone",
    "Customer": "verifiedEmail",  # whether, not which
    "FulfillmentOrderAssignedLocation": "address1 address2 city phone zip",
    "FulfillmentOriginAddress": "address1 address2 city zip",
    "InventoryQuantityName": "displayName",
    "LocationAddress": "address1 address2 city latitude longitude phone zip",
    "LocationSuggestedAddress": "address1 address2 city zip",
    "Metaobject": "displayName",
    "OrderAttribution": "displayName",
    "OrderAttributionDefinition": "displayName",
    "ProductVariant": "displayName",
    "Shop": "contactEmail email",
    "ShopAddress": "address1 address2 city latitude longitude phone zip",
}


def test_what_is_declared_is_selected_by_some_stream() -> None:
    declared = {(owner, name) for owner, names in PERSONAL.items() for name in names}
    assert declared - SELECTED == set()


def test_no_selected_field_that_is_called_like_a_persons_is_forgotten() -> None:
    of_none = {
        (owner, name) for owner, names in OF_NO_PERSON.items() for name in names.split()
    }
    telling = {field for field in SELECTED if TELLING.fullmatch(field[1])}
    declared = {(owner, name) for owner, names in PERSONAL.items() for name in names}
    assert telling - declared == of_none


def test_a_stream_is_personal_by_what_it_selects() -> None:
    personal = {each.name: personal_paths(each) for each in COMPILED}
    assert "billingAddress.firstName" in personal["orders"]
    assert "addresses.zip" in personal["customers"]
    assert personal["staff_members"]
    assert personal["shop"] == ("shopOwnerName",)
    assert personal["products"] == personal["locations"] == ()
