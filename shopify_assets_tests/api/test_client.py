"""What the client makes of each kind of answer."""

from __future__ import annotations

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.api.answers import FieldsDenied, PartsUnknown, TooExpensive
from shopify_assets.api.client import Answer
from shopify_assets.api.retry import InternalError, RetryConfig
from shopify_assets.api.throttle import Cost, ThrottleStatus
from shopify_assets.api.wire import Timeouts
from shopify_assets.errors import (
    AccessDenied,
    ApiError,
    ConfigurationError,
    ShopifyAssetsError,
    ShopUnavailable,
    Throttled,
    Unavailable,
    Unreachable,
)
from shopify_assets_tests.api.conftest import DOMAIN, PLAIN, TOKEN, shop_at
from shopify_assets_tests.api.server import (
    VERSION,
    Request,
    Scripted,
    cost,
    fault,
    graphql,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets_tests.api.conftest import Time
    from shopify_assets_tests.api.server import Server

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHOP = {"shop": {"id": "gid://shopify/Shop/1"}}
QUERY = "{ shop { id } }"
FINE = graphql(SHOP)


def test_an_answer_comes_with_its_cost_its_id_and_the_servers_clock(
    client: ShopifyClient, server: Server
) -> None:
    server.will_answer(graphql(SHOP, extensions=cost(3, 2, available=1998)))
    assert client.execute(QUERY, {"a": 1}) == Answer(
        data=SHOP,
        cost=Cost(3, 2, ThrottleStatus(2000, 1998, 100)),
        request_id="request-1",
        served_at=NOON,
    )
    assert (client.points_spent, client.requests_sent) == (2, 1)
    request = server.requests[0]
    assert request.path == f"/admin/api/{VERSION}/graphql.json"
    assert request.json == {"query": QUERY, "variables": {"a": 1}}
    assert request.token == TOKEN
    assert request.headers["content-type"] == "application/json"


def test_an_answer_may_tell_its_cost_without_the_bucket(
    client: ShopifyClient, server: Server
) -> None:
    told = {"cost": {"requestedQueryCost": 3, "actualQueryCost": 2}}
    server.will_answer(graphql(SHOP, extensions=told))
    assert client.execute(QUERY).cost == Cost(3, 2, None)


def test_an_address_that_is_none_is_the_operators_to_mend(
    make_client: Callable[..., ShopifyClient], server: Server
) -> None:
    client = make_client(shop=replace(shop_at(server), base_url="http://a:b"))
    with pytest.raises(ConfigurationError, match="'a:b' is no valid host"):
        client.execute(QUERY)


def test_connections_are_reused(client: ShopifyClient, server: Server) -> None:
    server.will_answer(*[FINE] * 5)
    for _ in range(5):
        client.execute(QUERY)
    assert (len(server.requests), server.connections) == (5, 1)


def test_cookies_of_the_server_are_not_sent_back(
    client: ShopifyClient, server: Server
) -> None:
    server.will_answer(graphql(SHOP, headers={"Set-Cookie": "a=b; Path=/"}), FINE)
    client.execute(QUERY)
    client.execute(QUERY)
    assert "cookie" not in server.requests[1].headers


@pytest.mark.parametrize(
    "trouble",
    [
        Scripted(500),
        Scripted(502, b"<html>Bad gateway</html>"),
        Scripted(503),
        Scripted(520),
        Scripted(524),
        Scripted(540),
        Scripted(408),
        Scripted(200, b"<html>Something went wrong</html>"),
        Scripted(200, b'{"data": {"shop": {"id"'),
        Scripted(200, b'{"data": {}}', headers={"Content-Length": "5000"}, cut=8),
        Scripted(200, b"{}"),
        Scripted(200, b"[]"),
        Scripted(200, b"no gzip", headers={"Content-Encoding": "gzip"}),
        Scripted(200, FINE.body, cut=0),
        graphql(errors=[fault("INTERNAL_SERVER_ERROR")]),
        graphql(errors=[fault("TIMEOUT")]),
        graphql(SHOP, errors=[fault("INTERNAL_SERVER_ERROR"), fault("ACCESS_DENIED")]),
        graphql(errors=[fault("SERVICE_UNAVAILABLE")]),
        graphql(errors=[fault("gateway_timeout")]),
        graphql(errors=[{"message": "Timeout"}]),
        graphql(
            errors=[{"message": "Internal error. Looks like something went wrong"}]
        ),
        Scripted(200, b'{"errors": "Service unavailable, please try again"}'),
        Scripted(200, b'{"data": null}'),
        Scripted(200, b'{"data": null, "errors": null}'),
        Scripted(200, b'{"data": {"name": "\xff\xfe"}}'),
    ],
)
def test_passing_faults_are_asked_again(
    client: ShopifyClient, server: Server, time: Time, trouble: Scripted
) -> None:
    """Two of them, with growing waits, then the answer."""
    server.will_answer(trouble, trouble, FINE)
    assert client.execute(QUERY).data == SHOP
    assert time.sleeps == [1, 2]
    assert client.requests_sent == 3


def test_a_server_that_keeps_silent_is_asked_again(
    make_client: Callable[..., ShopifyClient], server: Server, time: Time
) -> None:
    client = make_client(timeouts=Timeouts(connect=1.0, read=0.05))
    server.will_answer(Scripted(silent=True), FINE)
    assert client.execute(QUERY).data == SHOP
    assert time.sleeps == [1]


def test_a_host_that_is_not_there_is_told_after_all_attempts(
    make_client: Callable[..., ShopifyClient], server: Server, time: Time
) -> None:
    client = make_client(retry=RetryConfig(jitter=0, attempts=3))
    server.shutdown()
    server.server_close()
    refused = "no connection to 127.*connection refused; check base_url"
    with pytest.raises(Unreachable, match=refused) as raised:
        client.execute(QUERY)
    assert raised.value.__notes__ == ["gave up after 3 failures in 3 s"]
    assert time.sleeps == [1, 2]


CLOSED = [
    (401, ShopUnavailable, "revoked"),
    (402, ShopUnavailable, "bill"),
    (404, ShopUnavailable, "check its domain"),
    (423, ShopUnavailable, "locked"),
    (400, ApiError, "refused"),
    (406, ApiError, "refused"),
    (422, ApiError, "refused"),
    (501, ApiError, "refused"),
]


@pytest.mark.parametrize(("status", "kind", "words"), CLOSED)
def test_lasting_faults_are_told_at_once_by_their_remedy(
    client: ShopifyClient,
    server: Server,
    status: int,
    kind: type[ShopifyAssetsError],
    words: str,
) -> None:
    server.will_answer(Scripted(status, b'{"errors":"This store is unavailable"}'))
    with pytest.raises(kind, match=words) as raised:
        client.execute(QUERY)
    text = str(raised.value)
    assert DOMAIN in text
    assert "'request-1'" in text
    assert f"HTTP {status}" in text
    assert "This store is unavailable" in text
    assert len(server.requests) == 1


def test_a_passing_403_is_asked_again_once(
    client: ShopifyClient, server: Server, time: Time
) -> None:
    server.will_answer(Scripted(403), FINE)
    assert client.execute(QUERY).data == SHOP
    assert time.sleeps == [1]


def test_a_lasting_403_says_what_shopify_said_and_names_no_scope(
    client: ShopifyClient, server: Server
) -> None:
    server.answer = lambda _: Scripted(403, b'{"errors":"Forbidden by policy 7"}')
    with pytest.raises(AccessDenied) as raised:
        client.execute(QUERY)
    assert str(raised.value) == (
        "shop 'my-store.myshopify.com' forbids the request (HTTP 403, request "
        """'request-2': '{"errors":"Forbidden by policy 7"}')"""
    )
    assert len(server.requests) == 2


def test_bytes_that_are_no_utf8_are_told_with_shop_and_request(
    client: ShopifyClient, server: Server
) -> None:
    server.answer = lambda _: Scripted(200, b'{"data": {"name": "\xff\xfe"}}')
    with pytest.raises(
        Unavailable, match=r"shop 'my-store\..*'request-8' is no UTF-8"
    ) as raised:
        client.execute(QUERY)
    assert "name" in str(raised.value)


@pytest.mark.parametrize("escape", [r"\ud83d", r"\uDE00", r"x\uD83Dx"])
def test_half_a_surrogate_pair_is_taken_as_it_came(
    client: ShopifyClient, server: Server, escape: str
) -> None:
    held = f'{{"note": "{escape}", "amount": 1.10, "big": 9007199254740993}}'
    data = f'{{"shop": {held}}}'
    body = f'{{"data": {data}}}'
    server.will_answer(Scripted(200, body.encode()))
    assert client.execute(QUERY).data == json.loads(data)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_names_the_new_host(
    client: ShopifyClient, server: Server, status: int
) -> None:
    where = "https://new-name.myshopify.com/admin/api/x/graphql.json"
    server.will_answer(Scripted(status, headers={"Location": where}))
    with pytest.raises(ConfigurationError, match=r"new-name\.myshopify\.com .*renamed"):
        client.execute(QUERY)
    assert len(server.requests) == 1


def busy(status: int, retry_after: str) -> Scripted:
    return Scripted(status, headers={"Retry-After": retry_after})


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (busy(429, "7.5"), 7.5),
        (busy(429, "Sat, 21 Nov 2026 12:00:09 GMT"), 9),
        (busy(429, "soon"), 2),
        (busy(429, "0"), 0.1),
        (Scripted(429), 2),
        (busy(503, "30"), 30),
        (Scripted(503), 1),
        (busy(430, "1"), 180),
        (busy(430, "240"), 240),
        (Scripted(430), 180),
    ],
)
def test_the_wait_the_server_asks_for_beats_our_own(
    client: ShopifyClient,
    server: Server,
    time: Time,
    answer: Scripted,
    wait: float,
) -> None:
    server.will_answer(answer, FINE)
    client.execute(QUERY)
    assert sum(time.sleeps) == wait


def test_it_gives_up_at_once_when_the_wait_would_pass_the_deadline(
    client: ShopifyClient, server: Server, time: Time
) -> None:
    server.will_answer(Scripted(503, headers={"Retry-After": "601"}))
    with pytest.raises(Unavailable):
        client.execute(QUERY)
    assert time.sleeps == []


def test_a_throttled_query_waits_for_what_was_missing(
    client: ShopifyClient, server: Server, time: Time
) -> None:
    """70 requested, 66 there, 50 a second: 0.08 s, but never less than 0.1 s."""
    near = cost(70, None, available=66, rate=50)
    far = cost(570, None, available=70, rate=50)
    refused = [fault("THROTTLED")]
    server.will_answer(
        graphql(errors=refused, extensions=near),
        graphql(errors=refused, extensions=far),
        graphql(errors=refused),
        graphql(SHOP, extensions=cost(570, 500, available=66, rate=50)),
    )
    client.execute(QUERY)
    assert time.sleeps == [0.1, 10, 1]
    assert client.points_spent == 500


def test_being_throttled_ends_at_the_deadline_and_not_before(
    make_client: Callable[..., ShopifyClient], server: Server, time: Time
) -> None:
    client = make_client(retry=RetryConfig(jitter=0, attempts=2, deadline=60))
    server.answer = lambda _: Scripted(429, headers={"Retry-After": "5"})
    with pytest.raises(Throttled):
        client.execute(QUERY)
    assert time.sleeps == [5] * 12


DOWN = (
    "shop 'my-store.myshopify.com' does not answer for now "
    "(HTTP 503, request 'request-1': '')"
)
FULL = "shop 'my-store.myshopify.com', request 'request-2': error: Throttled"


def told_by(client: ShopifyClient) -> list[str]:
    """Ask once, and return what is told meanwhile."""
    lines: list[str] = []
    with client.waiter.told_to(lines.append, work="stream orders"):
        client.execute(QUERY)
    return lines


def test_a_retry_tells_what_why_how_long_and_which_try(
    client: ShopifyClient, server: Server
) -> None:
    server.will_answer(
        Scripted(503, headers={"Retry-After": "70"}),
        graphql(errors=[{"message": "Throttled"}]),
        FINE,
    )
    asked = "shop 'my-store.myshopify.com', query shop"
    assert told_by(client) == [
        f"stream orders: {asked}: again in 70 s, try 2 of 8: {DOWN}",
        f"stream orders: still waiting after 30 s, 40 s more: {asked}",
        f"stream orders: still waiting after 60 s, 10 s more: {asked}",
        f"stream orders: {asked}: again in 1 s, until 600 s have passed: {FULL}",
    ]


def test_who_is_not_listened_to_tells_the_log_of_progress(
    client: ShopifyClient, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.will_answer(Scripted(503), FINE)
    client.execute(QUERY)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("shopify_assets.progress", "WARNING")
    assert "again in 1 s, try 2 of 8" in record.getMessage()


def test_a_server_that_keeps_silent_is_told_while_it_does(
    client: ShopifyClient, server: Server
) -> None:
    """Real time: what blocks cannot be moved on by a clock of the test's own."""
    client.waiter.silence = 0.02

    def slow(_: Request) -> Scripted:
        threading.Event().wait(0.2)
        return FINE

    server.answer = slow
    first, second, *_ = told_by(client)
    asked = "stream orders: shop 'my-store.myshopify.com', query shop"
    assert (first, second) == (
        f"{asked}: 0 s without an end",
        f"{asked}: 0 s without an end",
    )


CODES: list[tuple[list[dict[str, Any]], type[ShopifyAssetsError], str]] = [
    ([fault("SHOP_INACTIVE")], ShopUnavailable, "closed to us"),
    ([fault("MAX_COST_EXCEEDED", cost=2003)], TooExpensive, "MAX_COST_EXCEEDED"),
    ([fault("undefinedField", path=["query", "x"])], PartsUnknown, "undefinedField"),
    ([{**fault("BAD_REQUEST"), "message": "Timeout"}], ApiError, "BAD_REQUEST"),
    ([fault("BAD_REQUEST")], ApiError, "BAD_REQUEST"),
    ([{"message": "no code at all"}], ApiError, "no code at all"),
    ([fault("SOMETHING_NEW")], ApiError, "SOMETHING_NEW"),
    ([fault("THROTTLED"), fault("BAD_REQUEST")], ApiError, "BAD_REQUEST"),
]


@pytest.mark.parametrize(("errors", "kind", "words"), CODES)
def test_errors_with_status_200_are_told_by_their_code(
    client: ShopifyClient,
    server: Server,
    errors: list[dict[str, Any]],
    kind: type[ShopifyAssetsError],
    words: str,
) -> None:
    server.will_answer(graphql(SHOP, errors=errors))
    with pytest.raises(kind, match=words) as raised:
        client.execute(QUERY)
    assert "'request-1'" in str(raised.value)
    assert len(server.requests) == 1


def refused(code: str, path: list[str], **more: str) -> dict[str, Any]:
    return {"message": "x", "path": path, "extensions": {"code": code, **more}}


def test_parts_that_the_api_does_not_know_are_named(
    client: ShopifyClient, server: Server
) -> None:
    orders = ["query orders", "orders", "nodes"]
    errors = [
        refused("undefinedField", [*orders, "r"], typeName="Order", fieldName="risk"),
        refused("undefinedType", [*orders, "... on Gone"], typeName="Gone"),
        refused(
            "argumentNotAccepted",
            [*orders, "tags", "limit"],
            name="tags",
            typeName="Field",
            argumentName="limit",
        ),
    ]
    server.will_answer(graphql(errors=errors))
    with pytest.raises(PartsUnknown) as raised:
        client.execute(QUERY)
    parts = raised.value.parts
    assert [str(part) for part in parts] == ["Order.risk", "Gone", "tags(limit:)"]
    assert parts[0].path == ("orders", "nodes", "r")
    assert parts[2].path == ("orders", "nodes", "tags")


@pytest.mark.parametrize("errors", [b'"Not Found"', b'["Not Found"]'])
def test_a_refusal_in_plain_text_is_an_api_error(
    client: ShopifyClient, server: Server, errors: bytes
) -> None:
    server.will_answer(Scripted(200, b'{"errors": ' + errors + b"}"))
    with pytest.raises(ApiError, match="Not Found"):
        client.execute(QUERY)


def test_denied_fields_are_named_with_the_scope_they_need(
    client: ShopifyClient, server: Server
) -> None:
    """The rest of the answer is not taken for the whole."""
    needs = {"code": "ACCESS_DENIED", "requiredAccess": "`read_customers` scope"}
    email = {"message": "Access denied", "path": ["orders", "nodes", 0, "email"]}
    again = {**email, "path": ["orders", "nodes", 1, "email"]}
    errors = [{**each, "extensions": needs} for each in (email, again)]
    server.will_answer(graphql(SHOP, errors=errors))
    with pytest.raises(
        FieldsDenied, match=r"orders\.nodes\.email.*read_cust"
    ) as raised:
        client.execute(QUERY)
    assert raised.value.fields == ("orders.nodes.email",)


def test_a_search_filter_that_is_ignored_is_an_error(
    client: ShopifyClient, server: Server
) -> None:
    search = {
        "path": ["orders"],
        "query": "updated:>1",
        "parsed": {},
        "warnings": [
            {
                "field": "updated",
                "message": "Invalid search field for this query.",
                "code": "invalid_field",
            }
        ],
    }
    server.will_answer(graphql(SHOP, extensions={"search": [search]}))
    with pytest.raises(ApiError, match=r"invalid_field 'updated'.*updated:>1"):
        client.execute(QUERY)


def test_a_search_report_without_warnings_is_none(
    client: ShopifyClient, server: Server
) -> None:
    search = {"path": ["orders"], "query": "id:>1", "parsed": {}, "warnings": []}
    server.will_answer(graphql(SHOP, extensions={"search": [search]}))
    assert client.execute(QUERY).data == SHOP


def test_an_answer_of_another_api_version_is_refused(
    client: ShopifyClient, server: Server
) -> None:
    """Even when it holds errors, which the other version explains."""
    headers = {"X-Shopify-API-Version": "2026-01"}
    errors = [fault("undefinedField")]
    server.will_answer(graphql(SHOP, errors=errors, headers=headers))
    with pytest.raises(ApiError, match="API version 2026-01, not 2026-10"):
        client.execute(QUERY)


def test_reasons_of_deprecation_are_collected(
    client: ShopifyClient, server: Server
) -> None:
    def deprecated(reasons: str) -> Scripted:
        return graphql(SHOP, headers={"X-Shopify-API-Deprecated-Reason": reasons})

    server.will_answer(deprecated("Shop.a, Shop.b"), FINE, deprecated("Shop.b"))
    assert not client.deprecations
    for _ in range(3):
        client.execute(QUERY)
    assert client.deprecations.keys() == {"Shop.a", "Shop.b"}


def scopes(*handles: str) -> Scripted:
    listed = [{"handle": each} for each in handles]
    return graphql({"currentAppInstallation": {"accessScopes": listed}})


@pytest.mark.parametrize("null", [None, {"accessScopes": None}])
def test_scopes_that_come_as_null_are_asked_for_again(
    client: ShopifyClient, server: Server, null: Any
) -> None:
    server.will_answer(graphql({"currentAppInstallation": null}), scopes("read_orders"))
    assert client.granted_scopes() == {"read_orders"}


def test_the_scope_to_write_holds_the_one_to_read(
    client: ShopifyClient, server: Server
) -> None:
    server.will_answer(scopes("read_orders", "write_products"))
    held = {"read_orders", "read_products", "write_products"}
    assert client.granted_scopes() == held


def test_a_token_without_scopes_fails_at_the_check(
    client: ShopifyClient, server: Server
) -> None:
    server.will_answer(scopes())
    with pytest.raises(ConfigurationError, match="no access scopes"):
        client.granted_scopes()


def test_the_servers_clock_is_asked_once_and_then_read_from_its_answers(
    client: ShopifyClient, server: Server
) -> None:
    earlier = {"Date": "Sat, 21 Nov 2026 11:59:59 GMT"}
    server.will_answer(FINE, graphql(SHOP, headers=earlier))
    assert client.server_time() == NOON
    assert client.server_time() == NOON
    assert len(server.requests) == 1
    client.execute(QUERY)
    assert client.server_time() == NOON


def test_many_threads_share_a_bucket_without_being_throttled(
    make_client: Callable[..., ShopifyClient], server: Server
) -> None:
    """The server keeps the books, and refuses points that are not there: none are.

    5,000 points are spent, 2,000 of them in the bucket at first and 100 restored a
    second; a second lasts ten milliseconds.
    """
    level, seen_at = 2000.0, monotonic() * 100

    def answer(_: Request) -> Scripted:
        nonlocal level, seen_at
        now = monotonic() * 100
        level, seen_at = min(2000.0, level + 100 * (now - seen_at)), now
        if level < 300:
            told = cost(300, None, available=level)
            return graphql(errors=[fault("THROTTLED")], extensions=told)
        level -= 250
        return graphql(SHOP, extensions=cost(300, 250, available=level))

    server.answer = answer
    client = make_client(
        clock=lambda: monotonic() * 100, sleep=lambda seconds: sleep(seconds / 100)
    )
    started = monotonic() * 100
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(client.execute, QUERY, cost=300) for _ in range(20)]
        assert [each.result().data for each in futures] == [SHOP] * 20
    assert (len(server.requests), client.points_spent) == (20, 5000)
    assert 25 < monotonic() * 100 - started < 100


def test_waiting_for_the_bucket_ends_at_the_deadline(
    client: ShopifyClient, server: Server, time: Time
) -> None:
    """A shop whose points others use up is told, not waited for without end."""
    server.will_answer(
        graphql(SHOP, extensions=cost(900, 0, available=0, rate=1)),
    )
    client.execute(QUERY)
    with pytest.raises(Throttled, match="900 points of query cost were not available"):
        client.execute(QUERY)
    assert time.sleeps == []


def test_internal_errors_give_up_as_told(
    make_client: Callable[..., ShopifyClient], server: Server
) -> None:
    client = make_client(retry=RetryConfig(jitter=0, internal_attempts=2))
    server.answer = lambda _: graphql(errors=[fault("INTERNAL_SERVER_ERROR")])
    with pytest.raises(InternalError):
        client.execute(QUERY)
    assert len(server.requests) == 2


OTHER = "shpss_0123456789abcdef"
ECHO = f"{TOKEN} {OTHER}".encode()
LEAKS = [
    Scripted(401, ECHO),
    Scripted(403, b'{"errors": "bad ' + ECHO + b'"}'),
    Scripted(400, ECHO),
    Scripted(301, headers={"Location": "http://x/?token=" + TOKEN}),
    Scripted(502, ECHO),
    Scripted(200, ECHO),
    Scripted(200, b'{"x": "' + ECHO + b'"}'),
    Scripted(200, b'{"data": {}}', headers={"Content-Length": "5000"}, cut=8),
    Scripted(silent=True),
    graphql(errors=[{"message": TOKEN}]),
    graphql(errors=[{**fault("ACCESS_DENIED"), "message": TOKEN}]),
    graphql(SHOP, extensions={"search": [{"query": TOKEN, "warnings": [{}]}]}),
]


@pytest.mark.parametrize("answer", LEAKS)
def test_the_token_shows_in_no_error_and_no_log(
    make_client: Callable[..., ShopifyClient],
    server: Server,
    caplog: pytest.LogCaptureFixture,
    answer: Scripted,
) -> None:
    """Though the server echoes it; in chained errors of the HTTP library neither.

    The same goes for secrets of Shopify's that are not ours.
    """
    caplog.set_level(logging.DEBUG)
    client = make_client(
        retry=RetryConfig(jitter=0, attempts=2),
        timeouts=Timeouts(connect=1.0, read=0.1),
    )
    server.answer = lambda _: answer
    with pytest.raises(ShopifyAssetsError) as raised:
        client.execute(QUERY)
    assert server.requests[0].token == TOKEN
    shown = [repr(client), repr(client.shop), repr(vars(client)), caplog.text]
    error: BaseException | None = raised.value
    while error is not None:
        shown += [str(error), repr(error), repr(vars(error)), *_request_of(error)]
        error = error.__cause__ or error.__context__
    assert not [each for each in shown if TOKEN in each or OTHER in each]


def _request_of(error: BaseException) -> list[str]:
    """The headers an error of the HTTP library may carry."""
    request = getattr(error, "request", None)
    return [] if request is None else [str(request.headers)]


def test_no_password_of_the_users_own_is_added(
    client: ShopifyClient,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`requests` would send what it finds in the user's netrc file."""
    (tmp_path / ".netrc").write_text(
        "machine 127.0.0.1 login me password sesame\n", "utf-8"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server.will_answer(FINE)
    client.execute(QUERY)
    assert "authorization" not in server.requests[0].headers


def test_what_headers_say_is_masked_cut_and_harmless(
    client: ShopifyClient, server: Server
) -> None:
    odd = f"\x1b[31m{TOKEN}{'x' * 400}"
    names = ("X-Request-Id", "X-Shopify-API-Deprecated-Reason", "Retry-After")
    headers = dict.fromkeys(names, odd)
    server.will_answer(graphql(SHOP, headers=headers))
    answer = client.execute(QUERY)
    (reason,) = client.deprecations
    for shown in (answer.request_id, reason):
        assert shown.startswith("\\x1b[31m***xxx")
        assert len(shown) <= 301
    server.will_answer(graphql(SHOP, headers={"X-Shopify-API-Version": odd}))
    with pytest.raises(ApiError, match="API version") as other:
        client.execute(QUERY)
    assert TOKEN not in str(other.value)
    assert "\x1b" not in str(other.value)


def test_numbers_too_large_for_a_float_come_unchanged(
    client: ShopifyClient, server: Server
) -> None:
    data = {"shop": {"id": 2**63 + 1, "larger": 2**70 + 1}}
    body = json.dumps({"data": data}).encode()
    server.will_answer(Scripted(200, body))
    assert client.execute(QUERY).data == data


def test_plain_retries_are_the_default_ones_without_jitter() -> None:
    """So that the waits these tests name are those of production."""
    assert RetryConfig(jitter=0.0) == PLAIN
