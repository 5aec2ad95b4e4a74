"""Each fault happens as often as armed, is seen by the client, and ends."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from shopify_assets.simulator.faults import FAULTS, Fault, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets_tests.simulator.conftest import Asker

ORDERS = "{ orders(first: 2) { nodes { id } } }"
DRAFTS = "{ draftOrders(first: 2) { nodes { id } } }"
NAMES = "{ orders(first: 2) { nodes { name } } }"
LINES = "lineItems(first: 250) { nodes { product { id } variant { id } } }"
DEAR = f"{{ orders(first: 250) {{ nodes {{ {LINES} }} }} }}"
HIDDEN = "{ d: draftOrders(first: 2) { nodes { ... on DraftOrder { t: taxExempt } } } }"
BULK = "{ orders { edges { node { id } } } }"


def stalled(fault: Fault) -> Fault:
    """The fault, over within a test's patience."""
    return Fault(kind=Kind.STALL, seconds=0.1) if fault.kind is Kind.STALL else fault


def code(asker: Asker) -> Any:
    return asker.send(ORDERS).json()["errors"][0]["extensions"]["code"]


def broken_off(asker: Asker) -> bool:
    with pytest.raises(requests.ConnectionError):
        asker.send(ORDERS)
    return True


def cut_short(asker: Asker) -> bool:
    with pytest.raises(requests.exceptions.JSONDecodeError):
        asker.send(ORDERS).json()
    return True


def strange(asker: Asker, fault: Fault) -> bool:
    errors = asker.send(ORDERS).json()["errors"]
    if fault.code == "text":
        return bool(errors == fault.message)
    [error] = errors
    code = error.get("extensions", {}).get("code", "")
    return (error["message"], code) == (fault.message, fault.code)


def dated(asker: Asker, fault: Fault) -> bool:
    date = asker.send(ORDERS).headers.get("Date")
    if fault.date is not None:
        return bool(date == (fault.date or None))
    ahead = (
        parsedate_to_datetime(date or "") - asker.simulator.store(asker.domain).clock()
    )
    return abs(ahead.total_seconds() - fault.ahead) < 5


SEEN: dict[Kind, Callable[[Asker, Fault], Any]] = {
    Kind.CLOCK: dated,
    Kind.THROTTLED: lambda asker, _: code(asker) == "THROTTLED",
    Kind.HTTP_STATUS: lambda asker, fault: (
        (reply := asker.send(ORDERS)).status_code == fault.status
        and reply.headers.get("Retry-After") == fault.retry_after
    ),
    Kind.RESET: lambda asker, _: broken_off(asker),
    Kind.STALL: lambda asker, _: asker.send(ORDERS).status_code == 504,
    Kind.HTML: lambda asker, _: asker.send(ORDERS).text.startswith("<!DOCTYPE html>"),
    Kind.TRUNCATED_JSON: lambda asker, _: cut_short(asker),
    Kind.INTERNAL_ERROR: lambda asker, _: code(asker) == "INTERNAL_SERVER_ERROR",
    Kind.NULL_NODES: lambda asker, _: asker.data(ORDERS)["orders"]["nodes"][0] is None,
    Kind.STRANGE_ERROR: strange,
    Kind.NO_DATA: lambda asker, _: (
        asker.send(ORDERS).json() == {"data": None, "errors": None}
    ),
    Kind.MAX_COST: lambda asker, _: "limit (300)" in asker.send(DEAR).text,
    Kind.HIDDEN_FIELD: lambda asker, _: (
        asker.send(HIDDEN).json()["errors"]
        == [
            {
                "message": "Field 'taxExempt' doesn't exist on type 'DraftOrder'",
                "locations": [{"line": 1, "column": 58}],
                "path": ["query", "d", "nodes", "... on DraftOrder", "t"],
                "extensions": {
                    "code": "undefinedField",
                    "typeName": "DraftOrder",
                    "fieldName": "taxExempt",
                },
            }
        ]
    ),
    Kind.NULL_ROOT: lambda asker, _: (
        asker.send(DRAFTS).json()["data"] == {"draftOrders": None}
    ),
    Kind.HALF_SURROGATE: lambda asker, _: (
        rb'"name":"\ud83d' in asker.send(NAMES).content
    ),
    Kind.INVALID_UTF8: lambda asker, _: (
        b'"name":"\xff\xfe' in asker.send(NAMES).content
    ),
    Kind.EDITED: lambda asker, _: (
        asker.data(ORDERS)["orders"]["nodes"][0].keys() == {"key"}
    ),
    Kind.REVOKED: lambda asker, _: asker.send(ORDERS).status_code == 401,
    Kind.MISSING_SCOPE: lambda asker, _: code(asker) == "ACCESS_DENIED",
    Kind.FALLEN_FORWARD: lambda asker, fault: (
        asker.send(ORDERS).headers["X-Shopify-API-Version"] == fault.version
    ),
    Kind.DEPRECATED: lambda asker, fault: (
        asker.send(ORDERS).headers["X-Shopify-API-Deprecated-Reason"] == fault.reason
    ),
}
REQUESTS = [fault for fault in FAULTS if fault.kind in SEEN]


def name(fault: Fault) -> str:
    return f"{fault.kind}-{fault.status}-{fault.error_code}-{fault.counter}"


@pytest.mark.parametrize("fault", REQUESTS, ids=name)
def test_a_fault_of_requests_is_seen_once_and_then_over(
    own: Asker, clock: Any, fault: Fault
) -> None:
    own.simulator.arm(own.domain, stalled(fault))
    assert SEEN[fault.kind](own, fault)
    clock.forward(60)
    assert len(own.data(ORDERS)["orders"]["nodes"]) == 2


ENDINGS = {
    Kind.BULK_CANCELED: "CANCELED",
    Kind.BULK_EXPIRED: "EXPIRED",
    Kind.BULK_FAILED: "FAILED",
}


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.kind in ENDINGS], ids=name
)
def test_a_bulk_operation_ends_badly_once(own: Asker, fault: Fault) -> None:
    own.simulator.arm(own.domain, fault)
    found = own.run(BULK)
    assert found["status"] == ENDINGS[fault.kind]
    assert found["url"] is None
    if fault.kind is Kind.BULK_FAILED:
        assert found["errorCode"] == fault.error_code
        assert (found["partialDataUrl"] is not None) is fault.partial
    assert own.run(BULK)["status"] == "COMPLETED"


def test_a_bulk_query_for_a_hidden_field_is_invalid(own: Asker) -> None:
    fault = Fault(kind=Kind.HIDDEN_FIELD, field="taxExempt", times=None)
    own.simulator.arm(own.domain, fault)
    query = "{ draftOrders { edges { node { id taxExempt } } } }"
    [error] = own.submit(query)["userErrors"]
    assert error["message"] == (
        "Invalid bulk query: Field 'taxExempt' doesn't exist on type 'DraftOrder'"
    )
    own.simulator.store(own.domain).faults.clear()
    assert own.submit(query)["userErrors"] == []


def test_a_bulk_file_can_hold_half_a_surrogate_pair(own: Asker) -> None:
    query = "{ orders { edges { node { id name } } } }"
    fault = Fault(kind=Kind.HALF_SURROGATE, field="name", times=None)
    own.simulator.arm(own.domain, fault)
    operation = own.run(query)
    content = requests.get(operation["url"], timeout=10).content
    assert content.count(rb'"name":"\ud83d#') == int(operation["rootObjectCount"])
    assert len(content) == int(operation["fileSize"])


def test_partial_data_hold_whole_lines_of_an_incomplete_set(own: Asker) -> None:
    own.simulator.arm(own.domain, Fault(kind=Kind.BULK_FAILED))
    found = own.run(BULK)
    reply = requests.get(found["partialDataUrl"], timeout=10)
    assert len(reply.content.splitlines()) == 20
    assert found["objectCount"] == "40"


@pytest.mark.parametrize("counter", ["objectCount", "rootObjectCount", "fileSize"])
def test_a_counter_can_be_wrong(own: Asker, counter: str) -> None:
    right = own.run(BULK)
    own.simulator.arm(own.domain, Fault(kind=Kind.BULK_COUNTS, counter=counter))
    wrong = own.run(BULK)
    keys = {"objectCount", "rootObjectCount", "fileSize"}
    assert {key for key in keys if right[key] != wrong[key]} == {counter}


def test_a_file_can_be_edited_and_is_counted_as_it_is(own: Asker) -> None:
    fault = Fault(kind=Kind.BULK_EDITED, edits=((r"^(.+)$", r"\1\n\1"),))
    own.simulator.arm(own.domain, fault)
    twice, once = own.run(BULK), own.run(BULK)
    for key in ("objectCount", "rootObjectCount", "fileSize"):
        assert int(twice[key]) == 2 * int(once[key])


def test_a_stuck_operation_stays_running_until_cancelled(own: Asker) -> None:
    own.simulator.arm(own.domain, Fault(kind=Kind.BULK_STUCK))
    gid = own.submit(BULK)["bulkOperation"]["id"]
    while (status := own.operation(gid)["status"]) == "CREATED":
        pass
    assert status == "RUNNING"
    assert own.operation(gid)["objectCount"] == "0"


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=100-"}])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [(Kind.DOWNLOAD_TRUNCATED, "short"), (Kind.DOWNLOAD_RESET, "reset")],
)
def test_a_download_breaks_off_in_the_middle(
    own: Asker, kind: Kind, expected: str, headers: dict[str, str]
) -> None:
    operation = own.run(BULK)
    own.simulator.arm(own.domain, Fault(kind=kind))
    headers = {"Accept-Encoding": "identity", **headers}
    if expected == "reset":
        with pytest.raises(requests.RequestException):
            requests.get(operation["url"], headers=headers, timeout=10)
    else:
        reply = requests.get(operation["url"], headers=headers, timeout=10)
        assert 0 < len(reply.content) < int(operation["fileSize"]) - 100
    assert requests.get(operation["url"], headers=headers, timeout=10).ok


def test_an_expired_url_is_forbidden(own: Asker) -> None:
    operation = own.run(BULK)
    own.simulator.arm(own.domain, Fault(kind=Kind.DOWNLOAD_EXPIRED, times=None))
    for _ in range(3):
        assert requests.get(operation["url"], timeout=10).status_code == 403


def test_every_kind_is_enumerated() -> None:
    assert {fault.kind for fault in FAULTS} == set(Kind)


def test_faults_wait_their_turn_and_choose_their_query(own: Asker) -> None:
    own.simulator.arm(
        own.domain,
        Fault(kind=Kind.HTTP_STATUS, status=502, skip=1, times=2, match="orders"),
    )
    asked = [ORDERS, "{ shop { id } }", ORDERS, ORDERS, ORDERS]
    assert [own.send(query).status_code for query in asked] == [200, 200, 502, 502, 200]


def test_a_fault_may_come_back_every_so_often(own: Asker) -> None:
    own.simulator.arm(
        own.domain, Fault(kind=Kind.HTTP_STATUS, status=502, times=2, every=3)
    )
    statuses = [own.send(ORDERS).status_code for _ in range(5)]
    assert statuses == [502, 200, 200, 502, 200]


def test_faults_are_armed_over_http_too(own: Asker) -> None:
    url = f"{own.simulator.url}/faults"
    body = {"shop": own.domain, "kind": "http_status", "status": 423, "times": None}
    assert requests.post(url, json=body, timeout=10).status_code == 204
    assert own.send(ORDERS).status_code == own.send(ORDERS).status_code == 423
    assert requests.delete(url, timeout=10).status_code == 204
    assert own.send(ORDERS).status_code == 200
    for wrong, status in (
        ({"shop": own.domain, "kind": "no"}, 422),
        ({"kind": "html"}, 404),
    ):
        assert requests.post(url, json=wrong, timeout=10).status_code == status
