"""Roots that need an argument or a way, counts, and keys that are no ids."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.catalog.schema import load_schema
from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets_tests.simulator.conftest import EMBER, END, Asker, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.simulator.shop.truth import Truth

SCHEMA = load_schema()
Json = dict[str, Any]


@pytest.fixture
def truth(shared: Simulator) -> Truth:
    return shared.truth(EMBER)


@pytest.fixture(scope="module")
def large() -> Iterator[Asker]:
    """A shop whose lists are longer than a page."""
    shop = SimulatedShop(
        EMBER, orders=450, products=620, end=END, plan="enterprise", seed=4
    )
    with Simulator([shop], clock=Clock()) as simulator:
        yield Asker(simulator, EMBER)


def drained(asker: Asker, path: str, arguments: str, node: str) -> list[Json]:
    """All nodes of a connection, by pages of 250; `path` has a `%s` for it."""
    found: list[Json] = []
    after = ""
    while True:
        text = f"(first: 250{after}{arguments}) {{ nodes {{ {node} }} {PAGE} }}"
        answer: Any = asker.data(path % text)
        while "nodes" not in answer:
            [answer] = answer.values()
        found += answer["nodes"]
        if not answer["pageInfo"]["hasNextPage"]:
            return found
        after = f', after: "{answer["pageInfo"]["endCursor"]}"'


CODES = """{ discountNodes(first: 1) { nodes { discount { ... on DiscountCodeBasic {
    codes%s } } } } }"""
PAGE = "pageInfo { hasNextPage endCursor }"


def enum(name: str) -> tuple[str, ...]:
    return SCHEMA[name].values


@pytest.mark.parametrize(
    "named",
    [
        ("metafieldDefinitions", "ownerType", "MetafieldOwnerType", "id"),
        (
            "translatableResources",
            "resourceType",
            "TranslatableResourceType",
            "resourceId",
        ),
        (
            "marketLocalizableResources",
            "resourceType",
            "MarketLocalizableResourceType",
            "resourceId",
        ),
    ],
)
def test_each_value_of_an_argument_has_records_of_its_own(
    ember: Asker, truth: Truth, named: tuple[str, str, str, str]
) -> None:
    root, argument, kind, key = named
    found = {}
    for value in enum(kind):
        path, given = f"{{ {root}%s }}", f", {argument}: {value}"
        found[value] = [each[key] for each in drained(ember, path, given, key)]
        text = f"{{ {root}({argument}: {value}) {{ nodes {{ {key} }} }} }}"
        assert [each[key] for each in truth.select(text)[root]] == found[value]
    assert any(found.values())
    assert not all(found.values()) or kind == "MarketLocalizableResourceType"
    for one, other in combinations(found.values(), 2):
        assert not set(one) & set(other)
    everything = [each for some in found.values() for each in some]
    assert len(everything) == len(set(everything))


def test_definitions_match_the_metafields_of_their_owners(truth: Truth) -> None:
    text = """{ metafieldDefinitions(ownerType: PRODUCT) { nodes {
        id namespace key ownerType type { name } } }
        products { nodes { metafields { nodes { namespace key type ownerType
            definition { id } } } } } }"""
    found = truth.select(text)
    defined = {each["id"]: each for each in found["metafieldDefinitions"]}
    held = [each for one in found["products"] for each in one["metafields"]]
    linked = [each for each in held if each["definition"]]
    assert linked
    assert len(linked) < len(held)
    for each in linked:
        definition = defined[each["definition"]["id"]]
        assert each["ownerType"] == definition["ownerType"] == "PRODUCT"
        assert each["type"] == definition["type"]["name"]
        assert (each["namespace"], each["key"]) == (
            definition["namespace"],
            definition["key"],
        )


def test_metaobjects_are_those_of_their_definition(ember: Asker, truth: Truth) -> None:
    text = "{ metaobjectDefinitions { nodes { type metaobjectsCount metaobjects {"
    text += " nodes { id } } } } }"
    lengths = []
    for each in truth.select(text)["metaobjectDefinitions"]:
        given = f', type: "{each["type"]}"'
        node = "id type definition { type } fields { key value reference {"
        node += " ... on Metaobject { id } } } displayName"
        listed = drained(ember, "{ metaobjects%s }", given, node)
        assert [{"id": one["id"]} for one in listed] == each["metaobjects"]
        assert len(listed) == each["metaobjectsCount"]
        for one in listed:
            assert one["type"] == one["definition"]["type"] == each["type"]
            partner = one["fields"][-1]
            assert (partner["reference"] or {}).get("id") == partner["value"]
        lengths.append(len(listed))
    assert min(lengths) == 0
    assert max(lengths) > 250


def test_translations_are_told_by_locale_alike(truth: Truth) -> None:
    text = """{ translatableResources(resourceType: PRODUCT) { nodes { resourceId
            de: translations(locale: "de") { key value locale }
            ja: translations(locale: "ja") { key value locale }
            fr: translations(locale: "fr") { key } translatableContent { key } } }
        products { nodes { id de: translations(locale: "de") {
            key value locale } } } }"""
    found = truth.select(text)
    by_id = {each["resourceId"]: each for each in found["translatableResources"]}
    assert any(each["de"] for each in by_id.values())
    assert not any(each["fr"] for each in by_id.values())
    for product in found["products"]:
        assert by_id[product["id"]]["de"] == product["de"]
    for each in by_id.values():
        assert {one["locale"] for one in each["ja"]} <= {"ja"}


def test_members_of_a_segment_are_customers(large: Asker) -> None:
    truth = large.simulator.truth(EMBER)
    customers = {each["id"].rpartition("/")[2] for each in truth.records("Customer")}
    sizes = []
    for segment in truth.select("{ segments { nodes { id } } }")["segments"]:
        text = "{ customerSegmentMembers(first: 1000, segmentId: %r) { edges { node {"
        text += " id displayName numberOfOrders } } pageInfo { hasNextPage } } }"
        query = text.replace("%r", f'"{segment["id"]}"')
        members = [
            each["node"]
            for each in large.data(query)["customerSegmentMembers"]["edges"]
        ]
        assert all("/CustomerSegmentMember/" in each["id"] for each in members)
        assert {each["id"].rpartition("/")[2] for each in members} <= customers
        whole = query.replace("first: 1000, ", "").replace(PAGE, "")
        assert truth.select(whole)["customerSegmentMembers"] == members
        sizes.append(len(members))
    assert min(sizes) == 0
    assert max(sizes) == len(customers) > 250


def test_billing_cycles_are_those_of_their_contract(truth: Truth) -> None:
    contracts = truth.select(
        "{ subscriptionContracts { nodes { id billingAttempts { nodes { id } } } } }"
    )["subscriptionContracts"]
    empty = 0
    for contract in contracts:
        text = """{ subscriptionBillingCycles(contractId: "%s") { nodes { cycleIndex
            status sourceContract { id } billingAttempts { nodes { id } } } } }"""
        cycles = truth.select(text % contract["id"])["subscriptionBillingCycles"]
        empty += not cycles
        assert [each["cycleIndex"] for each in cycles] == list(
            range(1, len(cycles) + 1)
        )
        attempts = [one for each in cycles for one in each["billingAttempts"]]
        assert attempts == contract["billingAttempts"] or not cycles
        for each in cycles:
            assert each["sourceContract"]["id"] == contract["id"]
            assert bool(each["billingAttempts"]) == (each["status"] == "BILLED")
    assert 0 < empty < len(contracts)


def test_abandonments_are_found_by_their_checkout(ember: Asker, truth: Truth) -> None:
    found = {}
    for checkout in truth.records("AbandonedCheckout"):
        text = """{ abandonmentByAbandonedCheckoutId(abandonedCheckoutId: "%s") { id
            customer { id } abandonedCheckoutPayload { id } } }"""
        made = ember.data(text % checkout["id"])["abandonmentByAbandonedCheckoutId"]
        if made is None:
            assert checkout["customer"] is None
            continue
        assert made["abandonedCheckoutPayload"]["id"] == checkout["id"]
        assert made["customer"]["id"] == checkout["customer"]["id"]
        again = ember.data(f'{{ node(id: "{made["id"]}") {{ id }} }}')
        assert again == {"node": {"id": made["id"]}}
        found[made["id"]] = checkout["id"]
    assert found


def test_consent_policies_are_chosen_by_country(truth: Truth) -> None:
    text = "{ consentPolicy%s { id countryCode regionCode } }"
    whole = truth.select(text % "")["consentPolicy"]
    [german] = truth.select(text % "(countryCode: DE)")["consentPolicy"]
    assert german in whole
    assert truth.select(text % "(countryCode: AQ)")["consentPolicy"] == []
    assert len({each["id"] for each in whole}) == len(whole)


def test_what_can_be_returned_was_shipped(truth: Truth) -> None:
    text = """{ returnableFulfillments(orderId: "%s") { nodes { id fulfillment { id }
        returnableFulfillmentLineItems { nodes { quantity fulfillmentLineItem {
            id } } } } } }"""
    some = 0
    for order in truth.records("Order")[:60]:
        found = truth.select(text % order["id"])["returnableFulfillments"]
        shipped = [{"id": each["id"]} for each in order["fulfillments"]]
        assert [each["fulfillment"] for each in found] == shipped
        some += bool(found)
    assert 0 < some < 60
    assert truth.select(text % "gid://shopify/Order/1") == {
        "returnableFulfillments": []
    }


COUNTED = tuple(
    name
    for name, field in SCHEMA.query.fields.items()
    if name.endswith("Count")
    and name.removesuffix("Count") in SCHEMA.query.fields
    and not any(each.required for each in field.args.values())
)


@pytest.mark.parametrize("name", COUNTED)
def test_counts_agree_with_their_list(ember: Asker, truth: Truth, name: str) -> None:
    listed = name.removesuffix("Count")
    args = SCHEMA.query.fields[name].args
    whole = truth.select(f"{{ {listed} {{ edges {{ node {{ __typename }} }} }} }}")
    no_limit = "(limit: null)" if "limit" in args else ""
    found = ember.data(f"{{ {name}{no_limit} {{ count precision }} }}")[name]
    assert found == {"count": len(whole[listed]), "precision": "EXACT"}
    if "limit" in args and found["count"] > 1:
        some = ember.data(f"{{ {name}(limit: 1) {{ count precision }} }}")[name]
        assert some == {"count": 1, "precision": "AT_LEAST"}


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("time", ["updated_at", "created_at"])
def test_counts_agree_with_their_filter(
    ember: Asker, truth: Truth, name: str, time: str
) -> None:
    listed = name.removesuffix("Count")
    known = SCHEMA.query.fields[name].filters, SCHEMA.query.fields[listed].filters
    if not all(time in each for each in known):
        return
    query = f"{time}:>='2026-03-01T00:00:00Z' AND {time}:<'2026-10-20T00:00:00Z'"
    found = ember.data(f'{{ {name}(query: "{query}") {{ count }} }}')[name]["count"]
    text = f'{{ {listed}(query: "{query}") {{ nodes {{ __typename }} }} }}'
    assert found == len(truth.select(text)[listed])


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("{ shopLocales { key: locale } }", 3),
        ("{ shopPayPaymentRequestReceipts { nodes { key: token } } }", 7),
        ("{ shopifyFunctions { nodes { key: id } } }", 1),
        ("{ themes { nodes { files { nodes { key: filename } } } } }", 300),
        ("{ shop { fulfillmentServices { key: id } } }", 2),
        ("{ shop { shopPolicies { key: id } } }", 5),
    ],
)
def test_natural_keys_are_there_and_told_once(
    truth: Truth, text: str, keys: int
) -> None:
    [found] = truth.select(text).values()
    if isinstance(found, dict):
        [found] = found.values()
    groups = [each["files"] for each in found] if "files" in text else [found]
    for group in groups:
        held = [each["key"] for each in group]
        assert all(held)
        assert len(set(held)) == len(held)
    assert len(groups[0]) >= keys


def test_published_locales_can_be_asked_for(ember: Asker) -> None:
    found = ember.data("{ shopLocales(published: true) { locale published } }")
    assert [each["locale"] for each in found["shopLocales"]] == ["en", "de"]


def test_the_taxonomy_is_read_level_by_level(ember: Asker) -> None:
    text = "{ taxonomy { categories(first: 9%s) { nodes { id parentId level } } } }"
    tops = ember.data(text % "")["taxonomy"]["categories"]["nodes"]
    assert {each["level"] for each in tops} == {1}
    given = f', childrenOf: "{tops[0]["id"]}"'
    below = ember.data(text % given)["taxonomy"]["categories"]["nodes"]
    assert {each["parentId"] for each in below} == {tops[0]["id"]}


@pytest.mark.parametrize(
    ("path", "arguments", "node", "least"),
    [
        ('{ collection(id: "%s") { products%%s } }', "", "id", 600),
        (CODES, "", "id code", 1000),
        ("{ themes(first: 1) { nodes { files%s } } }", "", "filename", 300),
        ("{ priceLists(first: 1) { nodes { prices%s } } }", ", originType: FIXED",
         "variant { id }", 300),
        ("{ articles(first: 1) { nodes { comments%s } } }", "", "id", 260),
        ("{ urlRedirects%s }", "", "id", 260),
    ],
)  # fmt: skip
def test_lists_longer_than_a_page_are_drained(
    large: Asker, path: str, arguments: str, node: str, least: int
) -> None:
    if "collection(" in path:
        path = path % large.simulator.truth(EMBER).ids("Collection")[0]
    found: list[str] = []
    after = ""
    while True:
        text = f"(first: 250{after}{arguments}) {{ nodes {{ {node} }} {PAGE} }}"
        answer: Any = large.data(path % text)
        while "pageInfo" not in answer:
            answer = (
                answer[0] if isinstance(answer, list) else next(iter(answer.values()))
            )
        found += [str(each) for each in answer["nodes"]]
        if not answer["pageInfo"]["hasNextPage"]:
            break
        after = f', after: "{answer["pageInfo"]["endCursor"]}"'
    assert len(found) == len(set(found)) >= least
