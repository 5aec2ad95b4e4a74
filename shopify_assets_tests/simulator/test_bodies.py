"""Bodies that hold no query, or not as they should: refused, never a 500."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.simulator.http.bodies import MOST_BYTES

if TYPE_CHECKING:
    from shopify_assets_tests.simulator.conftest import Asker

JSON = "application/json"
SHOP = "{ shop { name } }"
EMBER = {"shop": {"name": "Ember"}}
MISSING = {"query": "Required parameter missing or invalid"}
BAD = "Bad Request"


def post(asker: Asker, body: bytes, kind: str | None = JSON) -> Any:
    spec = asker.simulator.store(asker.domain).spec
    base = asker.simulator.base_url(asker.domain)
    headers = {"X-Shopify-Access-Token": spec.access_token}
    return asker.session.post(
        f"{base}/admin/api/2026-10/graphql.json",
        data=body,
        headers=headers if kind is None else {**headers, "Content-Type": kind},
        timeout=10,
    )


def encoded(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (b"", MISSING),
        (b"  ", MISSING),
        (b"[]", MISSING),
        (b'"query"', MISSING),
        (b"1", MISSING),
        (b"null", MISSING),
        (b"{}", MISSING),
        (encoded(query=None), MISSING),
        (encoded(query=""), MISSING),
        (encoded(query=[SHOP]), MISSING),
        (encoded(query={"text": SHOP}), MISSING),
        (json.dumps([{"query": SHOP}, {"query": SHOP}]).encode(), MISSING),
        (b"{", BAD),
        (b"{'query': 1}", BAD),
        (b'{"query": NaN}', BAD),
        (b'{"query": "\xff"}', BAD),
        (b"[" * 100_000, BAD),
        (
            encoded(query=SHOP, variables=[]),
            {"variables": "expected Array to be a Hash"},
        ),
        (
            encoded(query=SHOP, variables="{}"),
            {"variables": "expected String to be a Hash"},
        ),
        (
            encoded(query=SHOP, variables=1),
            {"variables": "expected Integer to be a Hash"},
        ),
    ],
)
def test_a_body_without_a_query_is_a_bad_request(
    ember: Asker, body: bytes, errors: Any
) -> None:
    reply = post(ember, body)
    assert (reply.status_code, reply.json()) == (400, {"errors": errors})
    assert reply.headers["X-Shopify-API-Version"] == "2026-10"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (encoded(query=SHOP), JSON),
        (encoded(query=SHOP), "Application/JSON; charset=utf-8"),
        (encoded(query=SHOP, variables=None, operationName=None), JSON),
        (encoded(query=SHOP, variables={}, operationName=""), JSON),
        (encoded(query=SHOP, extensions={"more": 1}), JSON),
        (SHOP.encode(), "application/graphql"),
        (b"query=%7B+shop+%7B+name+%7D+%7D", "application/x-www-form-urlencoded"),
    ],
)
def test_a_query_is_read_however_it_may_come(
    ember: Asker, body: bytes, kind: str
) -> None:
    assert post(ember, body, kind).json()["data"] == EMBER


@pytest.mark.parametrize("kind", ["text/plain", "text/html", None])
def test_a_body_of_another_kind_holds_no_query(ember: Asker, kind: str | None) -> None:
    reply = post(ember, encoded(query=SHOP), kind)
    assert (reply.status_code, reply.json()) == (400, {"errors": MISSING})


def test_a_body_without_end_is_too_large(ember: Asker) -> None:
    reply = post(ember, encoded(query=SHOP, more="x" * MOST_BYTES))
    assert reply.status_code == 413
    assert reply.json() == {"errors": "Request Entity Too Large"}


def test_half_a_surrogate_pair_is_answered_in_utf_8(ember: Asker) -> None:
    reply = post(ember, b'{"query": "{ shop { \\ud83d } }"}')
    [error] = reply.json()["errors"]
    assert error["extensions"]["code"] == "PARSE_ERROR"


@pytest.mark.parametrize("body", [b"[]", b"1", b"{", b"\xff", b""])
def test_a_request_for_a_token_is_never_a_500(ember: Asker, body: bytes) -> None:
    url = f"{ember.simulator.base_url(ember.domain)}/admin/oauth/access_token"
    for kind in (JSON, "application/x-www-form-urlencoded"):
        reply = ember.session.post(
            url, data=body, headers={"Content-Type": kind}, timeout=10
        )
        assert reply.status_code == 400
