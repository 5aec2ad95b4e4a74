"""Whatever goes wrong between us and Shopify: all the data, or a clear error."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace as with_fields

from shopify_assets.api.retry import RetryConfig
from shopify_assets.errors import (
    AccessDenied,
    ApiError,
    ShopifyAssetsError,
    ShopUnavailable,
    Throttled,
    Unavailable,
)
from shopify_assets.extract import planning
from shopify_assets.simulator.faults import FAULTS, Fault, Kind
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, compiled

if TYPE_CHECKING:
    import psycopg

    from shopify_assets_tests.stage import Stage

STREAM = "draft_orders"
# Seconds until an answer is not waited for any longer: of a stalled one, few.
PATIENCE, HURRY = 30.0, 0.5

# What ends an extraction at once, and what must be said.
FINAL: dict[Kind | int | str, tuple[type[ShopifyAssetsError], str]] = {
    402: (ShopUnavailable, "is frozen: its owner has to settle the bill"),
    423: (ShopUnavailable, "is locked by Shopify"),
    Kind.REVOKED: (ShopUnavailable, "refuses the access token.*authorise the app"),
    Kind.MISSING_SCOPE: (AccessDenied, "read_draft_orders|scope|access"),
    Kind.FALLEN_FORWARD: (ApiError, "2027-01.*SHOPIFY_API_VERSION"),
    "ACCESS_DENIED": (AccessDenied, "ACCESS_DENIED.*grant its scope"),
}
# What is tried again, but not for ever.
PASSING: dict[Kind | int | str, tuple[type[ShopifyAssetsError], str]] = {
    403: (AccessDenied, 'forbids the request .*\'."errors":"Forbidden"'),
    429: (Throttled, "is throttled"),
    430: (Unavailable, "takes us for an attacker"),
    500: (Unavailable, "does not answer for now"),
    502: (Unavailable, "does not answer for now"),
    503: (Unavailable, "does not answer for now"),
    504: (Unavailable, "does not answer for now"),
    Kind.THROTTLED: (Throttled, "THROTTLED"),
    Kind.RESET: (Unavailable, "no whole answer"),
    Kind.STALL: (Unavailable, "no whole answer"),
    Kind.HTML: (Unavailable, "no JSON in answer"),
    Kind.TRUNCATED_JSON: (Unavailable, "no JSON in answer"),
    Kind.INTERNAL_ERROR: (Unavailable, "INTERNAL_SERVER_ERROR"),
    "Timeout": (Unavailable, "error: Timeout"),
    "Throttled": (Throttled, "error: Throttled"),
    "SERVICE_UNAVAILABLE": (Unavailable, "SERVICE_UNAVAILABLE: Sorry"),
    Kind.NO_DATA: (Unavailable, "neither data nor errors"),
    Kind.NULL_NODES: (Unavailable, "data.draftOrders.nodes.0 is null, not DraftOrder!"),
    Kind.NULL_ROOT: (
        Unavailable,
        "data.draftOrders is null, not DraftOrderConnection!",
    ),
    Kind.INVALID_UTF8: (Unavailable, "shop 'ember.*is no UTF-8"),
    Kind.DOWNLOAD_RESET: (
        Unavailable,
        r"shop 'ember.*stream 'draft_orders'.*operation gid.*at byte .*given up.*again",
    ),
}


def key(fault: Fault) -> Kind | int | str:
    """What tells apart the faults of one kind."""
    if fault.kind is Kind.HTTP_STATUS:
        return fault.status
    if fault.kind is Kind.STRANGE_ERROR:
        return fault.code if fault.code.isupper() else fault.message
    return "ACCESS_DENIED" if fault.error_code == "ACCESS_DENIED" else fault.kind


def name(fault: Fault) -> str:
    detail = {
        Kind.HTTP_STATUS: str(fault.status),
        Kind.BULK_FAILED: fault.error_code,
        Kind.BULK_COUNTS: fault.counter,
        Kind.STRANGE_ERROR: f"{fault.message}-{fault.code}",
    }.get(fault.kind, "")
    return f"{fault.kind}-{detail}".rstrip("-").lower()


def armed(fault: Fault, *, times: int | None) -> Fault:
    """The fault in the midst of an extraction, over within a test's patience."""
    meant = with_fields(fault, times=times, seconds=4 * HURRY)
    if fault.kind is Kind.MISSING_SCOPE:
        meant = with_fields(meant, scope="read_draft_orders")
    if fault.kind in OF_PAGES:
        return with_fields(meant, match="query draft_orders(")
    if fault.kind is Kind.HIDDEN_FIELD:
        return with_fields(meant, match=fault.field)
    return meant


OF_PAGES = {
    Kind.NULL_NODES,
    Kind.NULL_ROOT,
    Kind.INVALID_UTF8,
    Kind.MAX_COST,
    Kind.MISSING_SCOPE,
}
# What changes the data, and has tests of its own (test_set_aside, test_refusals …).
OF_DATA = {Kind.HALF_SURROGATE, Kind.HIDDEN_FIELD, Kind.EDITED, Kind.BULK_EDITED}
WHOLE = [fault for fault in FAULTS if fault.kind not in OF_DATA]


def in_bulk_or_by_pages(monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    """Some are a matter of pages; all else is tried on bulk operations."""
    pages = 4 if fault.kind in OF_PAGES else 0
    monkeypatch.setattr(planning, "PAGES_AT_MOST", pages)


def run(stage: Stage, connection: psycopg.Connection, fault: Fault) -> None:
    read = HURRY if fault.kind is Kind.STALL else PATIENCE
    stage.run(STREAM, connection, read=read)


def assert_whole(stage: Stage, connection: psycopg.Connection) -> None:
    made = compiled(STREAM)
    expected = expected_rows(stage.simulator, EMBER, made)
    assert stored_rows(connection, EMBER, made) == expected
    assert expected[STREAM]


def assert_nothing(stage: Stage, connection: psycopg.Connection) -> None:
    """Nothing is loaded, and nothing is taken for whole."""
    found = connection.execute("SELECT to_regclass('shopify.draft_orders')").fetchone()
    if found != (None,):
        counted = connection.execute("SELECT count(*) FROM shopify.draft_orders")
        assert counted.fetchone() == (0,)
    connection.rollback()
    assert not [each for each in stage.store.keys("raw/") if "/manifest" in each]


def assert_told(
    stage: Stage,
    connection: psycopg.Connection,
    fault: Fault,
    expected: tuple[type[Exception], str],
) -> None:
    error, told = expected
    with pytest.raises(error, match=f"(?s){told}") as raised:
        run(stage, connection, fault)
    assert "shpat" not in str(raised.value)
    assert_nothing(stage, connection)


@pytest.mark.parametrize("fault", WHOLE, ids=name)
def test_a_fault_that_happens_once(
    own: Stage,
    postgres: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
) -> None:
    in_bulk_or_by_pages(monkeypatch, fault)
    own.simulator.arm(EMBER, armed(fault, times=1))
    if key(fault) in FINAL:
        assert_told(own, postgres, fault, FINAL[key(fault)])
    run(own, postgres, fault)
    assert_whole(own, postgres)


LASTING = [each for each in FAULTS if key(each) in PASSING or each.kind in {
    Kind.MAX_COST,
    Kind.BULK_COUNTS, Kind.DOWNLOAD_TRUNCATED, Kind.DOWNLOAD_EXPIRED, Kind.BULK_STUCK
}]  # fmt: skip


@pytest.mark.parametrize("fault", LASTING, ids=name)
def test_a_fault_that_does_not_end(
    own: Stage,
    postgres: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
) -> None:
    """It is given up and told, or another way leads to all the data."""
    in_bulk_or_by_pages(monkeypatch, fault)
    impatient = RetryConfig(attempts=3, jitter=0.0, deadline=60.0)
    stage = replace(own, retry=impatient)
    stage.simulator.arm(EMBER, armed(fault, times=None))
    if key(fault) in PASSING:
        assert_told(stage, postgres, fault, PASSING[key(fault)])
        stage.simulator.store(EMBER).faults.clear()
    run(stage, postgres, fault)
    assert_whole(stage, postgres)
