"""Tokens, grants, scopes, and what stays hidden without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.graphql.versions import accessible
from shopify_assets.simulator.shop.auth import Tokens
from shopify_assets.simulator.world.spec import Reuse, SimulatedShop
from shopify_assets_tests.simulator.conftest import END

if TYPE_CHECKING:
    from shopify_assets_tests.simulator.conftest import Asker, Clock

SHOP = "{ shop { name } }"
UNAUTHORIZED = {
    "errors": "[API] Invalid API key or access token "
    "(unrecognized login or wrong password)"
}


APP = {"client_id": "simulated-app", "client_secret": "shpss_simulated"}


def grant(asker: Asker, **form: str) -> requests.Response:
    base = asker.simulator.base_url(asker.domain)
    return requests.post(
        f"{base}/admin/oauth/access_token", data={**APP, **form}, timeout=10
    )


def test_a_wrong_token_is_unauthorized(ember: Asker) -> None:
    reply = ember.send(SHOP, token="shpat_wrong")
    assert reply.status_code == 401
    assert reply.json() == UNAUTHORIZED


def test_client_credentials_give_a_token_for_a_day(own: Asker, clock: Clock) -> None:
    reply = grant(own, grant_type="client_credentials").json()
    assert reply["expires_in"] == 86_399
    assert "read_orders" in reply["scope"].split(",")
    assert own.send(SHOP, token=reply["access_token"]).status_code == 200
    clock.forward(86_400)
    assert own.send(SHOP, token=reply["access_token"]).status_code == 401


def test_grants_take_json_too(own: Asker) -> None:
    base = own.simulator.base_url(own.domain)
    body = {
        "grant_type": "client_credentials",
        "client_id": "simulated-app",
        "client_secret": "shpss_simulated",
    }
    reply = requests.post(f"{base}/admin/oauth/access_token", json=body, timeout=10)
    assert reply.json()["expires_in"] == 86_399


def renew(asker: Asker, token: str) -> requests.Response:
    return grant(asker, grant_type="refresh_token", refresh_token=token)


def test_a_refresh_token_is_answered_the_same_until_its_successor_is_used(
    own: Asker, clock: Clock
) -> None:
    first = renew(own, "shprt_simulated").json()
    assert first["expires_in"] == 3600
    clock.forward(29 * 86_400)
    assert renew(own, "shprt_simulated").json() == first
    assert own.send(SHOP, token=first["access_token"]).status_code == 200
    second = renew(own, first["refresh_token"]).json()
    again = renew(own, "shprt_simulated")
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert own.send(SHOP, token=first["access_token"]).status_code == 401
    assert own.send(SHOP, token=second["access_token"]).status_code == 200
    clock.forward(3600)
    assert own.send(SHOP, token=second["access_token"]).status_code == 401


@pytest.mark.parametrize(
    ("reuse", "seconds", "taken"),
    [
        (Reuse.UNTIL_USED, 30 * 86_400 - 1, True),
        (Reuse.UNTIL_USED, 30 * 86_400, False),
        (Reuse.HOUR, 3599, True),
        (Reuse.HOUR, 3600, False),
        (Reuse.NEVER, 0, False),
    ],
)
def test_a_traded_refresh_token_is_taken_as_long_as_is_said(
    *, reuse: Reuse, seconds: float, taken: bool
) -> None:
    tokens = Tokens(SimulatedShop("ember.myshopify.com", reuse=reuse))
    form = {**APP, "grant_type": "refresh_token", "refresh_token": "shprt_simulated"}
    first = tokens.grant(form, "read_orders", 0.0)
    again = tokens.grant(form, "read_orders", seconds)
    assert (again == first) is taken
    assert again.status == (200 if taken else 400)


def test_a_refresh_token_may_be_answered_by_another_pair_each_time() -> None:
    """The pair before dies, though nobody has used it."""
    tokens = Tokens(SimulatedShop("ember.myshopify.com", reuse=Reuse.ANEW))
    form = {**APP, "grant_type": "refresh_token", "refresh_token": "shprt_simulated"}
    first, second = (tokens.grant(form, "", now).body for now in (0.0, 1.0))
    assert not tokens.opens(first["access_token"], 1.0)
    assert tokens.opens(second["access_token"], 1.0)
    dead = form | {"refresh_token": first["refresh_token"]}
    assert tokens.grant(dead, "", 1.0).status == 400


def test_the_answer_to_a_trade_may_be_lost(own: Asker) -> None:
    """The connection is cut when the tokens are traded already."""
    own.simulator.arm(own.domain, Fault(kind=Kind.GRANT_LOST, match="refresh_token"))
    with pytest.raises(requests.ConnectionError):
        renew(own, "shprt_simulated")
    assert own.simulator.store(own.domain).tokens.traded is not None
    assert renew(own, "shprt_simulated").status_code == 200


def test_the_answer_to_a_trade_may_be_strange(own: Asker) -> None:
    edits = ((r'"expires_in":\d+', '"expires_in":1e400'),)
    own.simulator.arm(own.domain, Fault(kind=Kind.GRANT_EDITED, edits=edits))
    assert '"expires_in":1e400' in renew(own, "shprt_simulated").text


def test_a_wrong_secret_gets_nothing(own: Asker) -> None:
    reply = grant(own, grant_type="client_credentials", client_secret="guess")
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_client")


def test_the_installation_tells_the_scopes(own: Asker) -> None:
    own.simulator.grant(own.domain, "read_orders", "write_products")
    text = "{ currentAppInstallation { accessScopes { handle } } }"
    found = own.data(text)["currentAppInstallation"]["accessScopes"]
    assert [each["handle"] for each in found] == ["read_orders", "write_products"]


def denied(body: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    return [(each["extensions"]["code"], each["path"]) for each in body["errors"]]


@pytest.mark.parametrize(
    ("query", "data", "path"),
    [
        # most root connections are required: the whole answer goes
        ("{ customers(first: 1) { nodes { id } } shop { name } }", None, ["customers"]),
        # nullable ones leave the rest
        (
            "{ themes(first: 1) { nodes { id } } shop { name } }",
            {"themes": None, "shop": {"name": "Ember"}},
            ["themes"],
        ),
        # a required field of an object takes the object with it
        ("{ shop { accountOwner { id } } }", None, ["shop", "accountOwner"]),
    ],
)
def test_a_missing_scope_denies_the_field(
    own: Asker, query: str, data: Any, path: list[str]
) -> None:
    own.simulator.grant(own.domain, "read_orders", "read_products")
    body = own.answer(query)
    assert body["data"] == data
    assert denied(body) == [("ACCESS_DENIED", path)]


def test_denied_fields_of_records_are_null_one_error_each(own: Asker) -> None:
    own.simulator.grant(own.domain, "read_orders", "read_all_orders")
    body = own.answer(
        "{ orders(first: 2, sortKey: ID) { nodes { name customer { id } } } }"
    )
    assert [row["customer"] for row in body["data"]["orders"]["nodes"]] == [None, None]
    assert {code for code, _ in denied(body)} == {"ACCESS_DENIED"}
    message = body["errors"][0]["message"]
    assert message.startswith("Access denied for customer field.")
    assert "`read_customers` access scope" in message


def test_writing_covers_reading(own: Asker) -> None:
    own.simulator.grant(own.domain, "write_products")
    assert own.data("{ products(first: 1) { nodes { id } } }")["products"]["nodes"]


def test_without_all_of_history_old_orders_do_not_exist(own: Asker) -> None:
    """Silently: in lists, counts, customers and by id."""
    truth = own.simulator.truth(own.domain)
    orders = truth.records("Order")
    recent = {
        each["id"] for each in orders if each["createdAt"] >= "2026-09-02T01:00:00Z"
    }
    own.simulator.grant(own.domain, "read_orders", "read_customers")
    listed = own.data("{ orders(first: 250) { nodes { id } } ordersCount { count } }")
    assert {each["id"] for each in listed["orders"]["nodes"]} == recent
    assert listed["ordersCount"]["count"] == len(recent) < len(orders)
    old = next(each for each in orders if each["id"] not in recent and each["customer"])
    found = own.data(
        """query($order: ID!, $customer: ID!) { order(id: $order) { id }
            nodes(ids: [$order]) { id } customer(id: $customer) { orders(first: 9) {
            nodes { id } } } }""",
        order=old["id"],
        customer=old["customer"]["id"],
    )
    assert (found["order"], found["nodes"]) == (None, [None])
    assert old["id"] not in {
        each["id"] for each in found["customer"]["orders"]["nodes"]
    }


def test_answers_carry_what_clients_log(ember: Asker) -> None:
    headers = ember.send(SHOP).headers
    assert headers["X-Shopify-API-Version"] == "2026-10"  # as asked
    assert len(headers["X-Request-Id"]) > 20
    assert headers["Date"] == "Sun, 01 Nov 2026 01:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        *((each.handle, each.handle) for each in accessible(END)),
        *((each, "2026-01") for each in ("2025-10", "2027-04", "soon")),
    ],
)
def test_an_expired_version_falls_forward(
    ember: Asker, asked: str, answered: str
) -> None:
    base = ember.simulator.base_url(ember.domain)
    token = ember.simulator.store(ember.domain).spec.access_token
    reply = requests.post(
        f"{base}/admin/api/{asked}/graphql.json",
        json={"query": SHOP},
        headers={"X-Shopify-Access-Token": token},
        timeout=10,
    )
    assert reply.headers["X-Shopify-API-Version"] == answered


def test_deprecated_fields_are_named_in_a_header(ember: Asker) -> None:
    reply = ember.send("{ orders(first: 1) { nodes { totalPrice riskLevel name } } }")
    header = reply.headers["X-Shopify-API-Deprecated-Reason"]
    assert header == "Order.totalPrice, Order.riskLevel"
    assert "X-Shopify-API-Deprecated-Reason" not in ember.send(SHOP).headers


def test_an_unknown_shop_is_not_found(ember: Asker) -> None:
    url = (
        f"{ember.simulator.url}/shops/none.myshopify.com/admin/api/2026-10/graphql.json"
    )
    assert requests.post(url, json={"query": SHOP}, timeout=10).status_code == 404
