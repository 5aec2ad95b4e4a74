"""Every sort key of every root: the order, its reverse, and paging by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets_tests.simulator.conftest import EMBER, END, Asker, Clock
from shopify_assets_tests.simulator.expected_filters import FILES
from shopify_assets_tests.simulator.expected_seen import Seen, at, given
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

KEYS = [
    (root, key)
    for root, field in SCHEMA.query.fields.items()
    if "sortKey" in field.args
    and root != "bulkOperations"
    and not any(each.required for each in field.args.values())
    for key in getattr(
        SCHEMA.types.get(field.args["sortKey"].type.strip("!")), "values", ()
    )
]
# No field tells these: rows stay by id.
HELD = {
    ("productVariants", "POPULAR"), ("appInstallations", "INSTALLED_AT"),
    ("carrierServices", "CREATED_AT"), ("carrierServices", "UPDATED_AT"),
    ("discountRedeemCodeSavedSearches", "CODE"), ("markets", "CREATED_AT"),
    ("discountRedeemCodeSavedSearches", "CREATED_AT"), ("markets", "UPDATED_AT"),
    ("inventoryTransfers", "SOURCE_NAME"), ("sellingPlanGroups", "UPDATED_AT"),
}  # fmt: skip
# Sorted by what records hold and do not show.
HIDDEN = {
    ("menus", "UPDATED_AT"): ("Menu", "updatedAt"),
    ("inventoryTransfers", "CREATED_AT"): ("InventoryTransfer", "createdAt"),
}
DECIMALS = {"expectedValue", "numberOfOrders"}


def discounts(path: str) -> dict[str, Seen]:
    names = ("createdAt", "endsAt", "startsAt", "title", "updatedAt")
    keys = ("CREATED_AT", "ENDS_AT", "STARTS_AT", "TITLE", "UPDATED_AT")
    return {key: at(f"{path}{name}") for key, name in zip(keys, names, strict=True)}


SHOWN: dict[str, dict[str, Seen]] = {
    "abandonedCheckouts": {
        "CHECKOUT_ID": at("id"), "CUSTOMER_NAME": at("customer.displayName"),
    },
    "appInstallations": {"APP_TITLE": at("app.title")},
    "articles": {"AUTHOR": at("author.name"), "BLOG_TITLE": at("blog.title")},
    "automaticDiscountNodes": discounts("automaticDiscount."),
    "automaticDiscounts": discounts(""),
    "cashTrackingSessions": {
        f"{key}_{way}": at(path)
        for key, path in (("CLOSING_TIME", "closingTime"),
                          ("OPENING_TIME", "openingTime"),
                          ("TOTAL_DISCREPANCY", "totalDiscrepancy.amount"))
        for way in ("ASC", "DESC")
    },
    "catalogs": {"TYPE": at("__typename")},
    "codeDiscountNodes": discounts("codeDiscount."),
    "companies": {
        "ORDER_COUNT": at("ordersCount.count"), "SINCE_DATE": at("customerSince"),
    },
    "companyLocations": {
        "COMPANY_AND_LOCATION_NAME": given("company.name", "name")(
            lambda node: [f"{node['company']['name']} {node['name']}"]
        ),
        "COMPANY_ID": at("company"),
    },
    "customers": {"LOCATION": at("defaultAddress.city"), "NAME": at("displayName")},
    "deletionEvents": {"CREATED_AT": at("occurredAt")},
    "discountNodes": discounts("discount."),
    "draftOrders": {
        "CUSTOMER_NAME": at("customer.displayName"),
        "NUMBER": given("name")(lambda node: [int(node["name"].strip("#D"))]),
    },
    "files": {
        "FILENAME": FILES,
        "ORIGINAL_UPLOAD_SIZE": at("originalFileSize", "originalSource.fileSize"),
    },
    "giftCards": {
        "AMOUNT_SPENT": given("balance.amount", "initialValue.amount")(
            lambda node: [
                float(node["initialValue"]["amount"]) - float(node["balance"]["amount"])
            ]
        ),
        "CODE": at("lastCharacters"),
        "CUSTOMER_NAME": at("customer.displayName"),
        "DISABLED_AT": at("deactivatedAt"),
    },
    "inventoryTransfers": {
        "DESTINATION_NAME": at("destination.name"),
        "EXPECTED_SHIPMENT_ARRIVAL": at("shipments.tracking.arrivesAt"),
        "ORIGIN_NAME": at("origin.name"),
    },
    "markets": {
        "MARKET_CONDITION_TYPES": at("conditions.conditionTypes"),
        "MARKET_TYPE": at("type"),
    },
    "orders": {
        "CUSTOMER_NAME": at("customer.displayName"),
        "DESTINATION": at("shippingAddress.city"),
        "ORDER_NUMBER": at("number"),
        "TOTAL_ITEMS_QUANTITY": at("subtotalLineItemsQuantity"),
    },
    "productVariants": {
        "FULL_TITLE": at("displayName"),
        "INVENTORY_LEVELS_AVAILABLE": at("inventoryQuantity"),
        "INVENTORY_MANAGEMENT": at("inventoryItem.tracked"),
        "NAME": at("displayName"),
    },
    "products": {"INVENTORY_TOTAL": at("totalInventory")},
    "discountTags": {"TITLE": ((), lambda node: [node])},
}  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> Iterator[Asker]:
    spec = SimulatedShop(
        EMBER, orders=70, products=20, end=END, seed=9, plan="enterprise"
    )
    clock = Clock()
    with Simulator([spec], clock=clock) as simulator:
        yield Asker(simulator, EMBER)


def shown(root: str, key: str) -> tuple[str, Callable[[Json], list[Any]]]:
    """The selection that shows what a key sorts by, and how to read it."""
    declared = SHOWN.get(root, {}).get(key)
    kind = node_of(root)
    own = "id" if kind in SCHEMA.types and "id" in SCHEMA[kind].fields else ""
    if key in {"ID", "RELEVANCE"} or (root, key) in {*HELD, *HIDDEN}:
        return own, lambda _: []
    if declared is None:
        path = alike(root, key)
        assert path is not None, f"{root} {key}: say what shows it"
        return f"{own} {selection(kind, path)}", lambda node: dig(node, path)
    paths, read = declared
    return " ".join([own, *(selection(kind, path) for path in paths)]), read


def rank(root: str, key: str, values: list[Any]) -> tuple[bool, Any]:
    """Nulls and empty texts first; texts without case, amounts as numbers."""
    value = next((each for each in values if each != ""), None)
    if isinstance(value, str) and value.startswith("gid://"):
        value = int(value.rpartition("/")[2])
    path = alike(root, key) or ""
    amount = path.endswith("amount") or path in DECIMALS or "DISCREPANCY" in key
    if amount and value is not None:
        value = float(value)
    return value is not None, value.casefold() if isinstance(value, str) else value


def nodes(root: str, text: str) -> str:
    return "nodes" if node_of(root) == "String" else f"nodes {{ __typename {text} }}"


def paged(asker: Asker, root: str, given: str, text: str, size: int) -> list[Any]:
    """All rows by pages, backward too."""
    found: list[Any] = []
    after = ""
    while True:
        called = f"first: {size}, {given}{after}"
        page = asker.data(
            f"{{ {root}({called}) {{ {nodes(root, text)} "
            "pageInfo { hasNextPage endCursor } } }"
        )[root]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = f', after: "{page["pageInfo"]["endCursor"]}"'


@pytest.mark.parametrize(("root", "key"), KEYS)
def test_rows_come_by_the_key_and_then_by_id_and_none_twice(
    shop: Asker, root: str, key: str
) -> None:
    text, read = shown(root, key)
    truth = shop.simulator.truth(shop.domain)

    def listed(given: str, text: str = text) -> list[Any]:
        query = f"{{ {root}({given}) {{ {nodes(root, text)} }} }}"
        found: list[Any] = truth.select(query)[root]
        return found

    if (root, key) in HIDDEN:
        kind, name = HIDDEN[root, key]
        held = {record["id"]: [record[name]] for record in truth.records(kind)}
        read = lambda node: held[node["id"]]  # noqa: E731 -- the other way to read
    expected = listed("sortKey: ID")
    expected.sort(key=lambda node: rank(root, key, read(node)))
    if key.endswith("_DESC"):
        expected.reverse()
    assert listed(f"sortKey: {key}") == expected
    own = "id" if expected and "id" in expected[0] else text
    size = len(expected) // 3 + 1
    for back in ("", ", reverse: true"):
        if back and "reverse" not in SCHEMA.query.fields[root].args:
            continue
        assert listed(f"sortKey: {key}{back}") == expected
        short = listed(f"sortKey: {key}{back}", own)
        assert paged(shop, root, f"sortKey: {key}{back}", own, size) == short
        expected.reverse()


def test_most_keys_sort_by_a_field() -> None:
    held = [each for each in KEYS if each in HELD or each[1] == "RELEVANCE"]
    assert len(held) < 30 < len(KEYS) - len(held)
