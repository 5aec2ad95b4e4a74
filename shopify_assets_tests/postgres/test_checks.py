"""The book of checks: the newest result of each shop, whoever writes first or last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shopify_assets.errors import Unavailable
from shopify_assets.postgres.books import checks
from shopify_assets.postgres.books.checks import (
    CheckResult,
    LiveShop,
    Outcome,
    Recorded,
    Tally,
)
from shopify_assets.postgres.form.migrate import migrate

if TYPE_CHECKING:
    import psycopg

THEN = datetime(2026, 11, 1, tzinfo=UTC)
A, B, C = (f"{name}.myshopify.com" for name in "abc")


def at(days: int) -> datetime:
    return THEN + timedelta(days=days)


def result(
    shop: str = A,
    outcome: Outcome = Outcome.PASSED,
    *,
    days: int = 0,
    name: str = "access",
    stream: str = "orders",
) -> CheckResult:
    """A result; one that is no pass says so, and shows a row."""
    told = outcome is not Outcome.PASSED
    return CheckResult(
        shop=shop,
        stream=stream,
        name=name,
        outcome=outcome,
        description=f"{outcome.value} in {shop}" if told else "",
        details=({"table": stream, "rows": 3},) if told else (),
        at=at(days),
    )


def recorded(result: CheckResult, *, since: int = 0, run: str = "r1") -> Recorded:
    return Recorded(
        shop=result.shop,
        stream=result.stream,
        name=result.name,
        outcome=result.outcome,
        description=result.description,
        details=result.details,
        at=result.at,
        since=at(since),
        run=run,
    )


def test_results_of_several_shops_are_written_and_read_whole(
    postgres: psycopg.Connection,
) -> None:
    """In a warehouse that knew of no such book."""
    given = [
        result(B, Outcome.FAILED),
        result(A),
        result(A, Outcome.WARNED, name="fields_granted"),
        result(A, stream="products"),
    ]
    assert checks.read(postgres) == ()
    checks.record(postgres, given, run="r1")
    assert checks.read(postgres) == (
        recorded(given[1]),
        recorded(given[0]),
        recorded(given[2]),
        recorded(given[3]),
    )
    assert checks.read(postgres, streams=["products"]) == (recorded(given[3]),)
    assert checks.read(postgres, streams=["orders"], shops=[B]) == (recorded(given[0]),)


def test_the_newest_result_counts_and_it_says_since_when_it_is_so(
    postgres: psycopg.Connection,
) -> None:
    first, second = (result(outcome=Outcome.FAILED, days=days) for days in (1, 3))
    checks.record(postgres, [first], run="r1")
    checks.record(postgres, [second], run="r3")
    checks.record(postgres, [result(days=2)], run="r2")  # ended later, looked earlier
    assert checks.read(postgres) == (recorded(second, since=1, run="r3"),)
    mended = result(days=4)
    checks.record(postgres, [mended], run="r4")
    assert checks.read(postgres) == (recorded(mended, since=4, run="r4"),)


def test_a_check_that_was_skipped_resets_nothing(postgres: psycopg.Connection) -> None:
    """It did not look; but of a shop that never was looked at, it says why."""
    failed = result(outcome=Outcome.FAILED)
    skipped = [result(shop, Outcome.SKIPPED, days=1) for shop in (A, B)]
    checks.record(postgres, [failed], run="r1")
    checks.record(postgres, skipped, run="r2")
    assert checks.read(postgres) == (
        recorded(failed),
        recorded(skipped[1], since=1, run="r2"),
    )
    looked = result(B, days=2)
    checks.record(postgres, [looked], run="r3")
    assert checks.read(postgres, shops=[B]) == (recorded(looked, since=2, run="r3"),)


def test_of_one_check_given_twice_the_newer_result_is_written(
    postgres: psycopg.Connection,
) -> None:
    newer = result(outcome=Outcome.FAILED, days=2)
    checks.record(postgres, [newer, result(days=1)], run="r1")
    assert checks.read(postgres) == (recorded(newer, since=2),)


def test_a_reason_may_quote_what_postgresql_cannot_hold(
    postgres: psycopg.Connection,
) -> None:
    odd = replace(
        result(outcome=Outcome.FAILED),
        description="'a\0b\ud83d' is no time",
        details=({"reason": "\ud83d", "rows": 1},),
    )
    checks.record(postgres, [odd], run="r1")
    [stored] = checks.read(postgres)
    assert stored.description == "'a\N{REPLACEMENT CHARACTER}b?' is no time"
    assert stored.details == ({"reason": "?", "rows": 1},)


def test_the_book_is_a_part_of_the_transaction_it_is_written_in(
    postgres: psycopg.Connection,
) -> None:
    migrate(postgres, ())
    postgres.execute("SELECT 1")
    checks.record(postgres, [result()], run="r1")
    postgres.rollback()
    assert checks.read(postgres) == ()


def test_a_warehouse_that_went_away_is_told_as_such(
    postgres: psycopg.Connection,
) -> None:
    postgres.close()
    with pytest.raises(Unavailable, match="results of checks"):
        checks.record(postgres, [result()], run="r1")


# ── in bulk ──────────────────────────────────────────────────────────────────────────


def test_shops_are_counted_by_outcome_and_only_those_that_are_live(
    postgres: psycopg.Connection,
) -> None:
    checks.record(
        postgres,
        [
            result(A, days=1),
            result(B, days=2),
            result(C, Outcome.FAILED),
            result(C, stream="products"),
        ],
        run="r1",
    )
    streams = ["orders", "products"]
    assert checks.tallies(postgres, streams, [LiveShop(A), LiveShop(B)]) == (
        Tally("orders", "access", Outcome.PASSED, 2, at(1), at(2)),
    )
    only_products = LiveShop(C, ("products",))
    assert checks.tallies(postgres, streams, [only_products]) == (
        Tally("products", "access", Outcome.PASSED, 1, at(0), at(0)),
    )
    assert checks.tallies(postgres, ["orders"], [LiveShop(C)]) == (
        Tally("orders", "access", Outcome.FAILED, 1, at(0), at(0)),
    )


def test_what_is_to_be_told_comes_worst_first_and_so_many_of_each_check(
    postgres: psycopg.Connection,
) -> None:
    note = replace(result(A), description="one given up")
    warned, failed = result(B, Outcome.WARNED), result(C, Outcome.FAILED)
    other = result(C, Outcome.SKIPPED, name="fields_granted")
    checks.record(postgres, [note, warned, failed, other, result("d")], run="r1")
    live = [LiveShop(shop) for shop in (A, B, C, "d")]
    assert checks.to_be_told(postgres, ["orders"], live, most=3) == (
        recorded(failed),
        recorded(warned),
        recorded(note),
        recorded(other),
    )
    assert checks.to_be_told(postgres, ["orders"], live, most=1) == (
        recorded(failed),
        recorded(other),
    )


def test_shops_without_a_result_are_named(postgres: psycopg.Connection) -> None:
    wanted = [("orders", "access"), ("products", "access")]
    live = [LiveShop(A), LiveShop(B), LiveShop(C, ("products",))]
    assert checks.not_evaluated(postgres, wanted, live, most=2) == {
        ("orders", "access"): (A, B),
        ("products", "access"): (A, B),
    }
    checks.record(postgres, [result(A), result(B, stream="products")], run="r1")
    assert checks.not_evaluated(postgres, wanted, live, most=2) == {
        ("orders", "access"): (B,),
        ("products", "access"): (A, C),
    }
