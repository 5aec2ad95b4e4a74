"""What became of a stream, told from what its steps did."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shopify_assets.errors import AccessDenied, DataError, Unavailable
from shopify_assets.postgres.books.checks import CheckResult
from shopify_assets.postgres.books.checks import Outcome as Verdict
from shopify_assets.refresh.asked import RAW, TABLES, WAREHOUSE, Asked, Outcome
from shopify_assets.refresh.outcome import outcome_of, results_of
from shopify_assets.refresh.stream import Taken, take
from shopify_assets_tests.refresh.conftest import Shopfloor, asked
from shopify_assets_tests.stage import EMBER, compiled

AT = datetime(2026, 11, 1, tzinfo=UTC)
NAME = "locations"


def taken(**more: object) -> Taken:
    return Taken(compiled=compiled(NAME), **more)  # type: ignore[arg-type]  # as declared


def result(name: str, outcome: Verdict, description: str = "") -> CheckResult:
    return CheckResult(
        shop=EMBER,
        stream=NAME,
        name=name,
        outcome=outcome,
        description=description,
        at=AT,
    )


def outcome(stream: Taken, want: Asked) -> Outcome:
    return outcome_of(stream, want, results_of(stream, want, at=AT))


def test_a_stream_that_is_loaded_has_figures_of_all_steps(floor: Shopfloor) -> None:
    with floor.place() as place:
        done = take(compiled(NAME), asked(NAME), place)
    found = outcome(done, asked(NAME))
    assert done.extracted is not None
    assert done.loaded is not None
    assert (found.shop, found.stream) == (EMBER, NAME)
    assert found.extracted == done.extracted.manifest.roots > 0
    assert found.rows == sum(load.rows for load in done.loaded) >= found.extracted
    assert found.changed == found.rows
    assert found.seconds > done.extracted.manifest.spent.seconds
    assert all(found.checks.values())
    assert {"access", "unique_keys", "counts_match", "rows_accounted"} <= set(
        found.checks
    )
    assert found.complete


@pytest.mark.parametrize("named", [False, True])
def test_what_may_not_be_read_is_skipped_unless_it_was_asked_for_by_name(
    *, named: bool
) -> None:
    reason = "lacks scope read_locations; grant it"
    found = outcome(taken(denied=AccessDenied(reason)), asked(NAME, named=named))
    assert (found.failure, found.skipped) == (
        (reason, None) if named else (None, reason)
    )
    assert found.checks == {"access": True}  # a check that warns
    assert found.remarks == ()
    assert not found.complete


def test_a_stream_that_did_not_answer_says_nothing_of_its_checks() -> None:
    """What they found before stands: nothing was looked at."""
    away = taken(failure=Unavailable("HTTP 503"), failed_step=RAW)
    assert results_of(away, asked(NAME), at=AT) == ()
    found = outcome(away, asked(NAME))
    assert (found.failure, found.checks) == ("HTTP 503", {})
    assert not found.complete


@pytest.mark.parametrize("step", [TABLES, WAREHOUSE])
def test_data_that_are_refused_fail_their_check(step: str) -> None:
    refused = taken(failure=DataError("a key is repeated"), failed_step=step)
    results = {it.name: it for it in results_of(refused, asked(NAME), at=AT)}
    assert results["set_aside"].outcome is Verdict.FAILED
    assert "a key is repeated" in results["set_aside"].description
    assert results["unique_keys"].outcome is Verdict.SKIPPED
    assert outcome(refused, asked(NAME)).failure == "a key is repeated"


def test_a_bug_is_told_by_its_type_and_never_by_its_text() -> None:
    """Its text may hold what a customer wrote; where it happened is enough."""
    try:
        int("Ada <ada@example.com>")
    except ValueError as error:
        failure = error
    found = outcome(taken(failure=failure, failed_step=TABLES), asked(NAME))
    assert found.failure is not None
    assert "ValueError" in found.failure
    assert "ada@" not in found.failure


def test_a_check_that_fails_is_the_failure_and_a_warning_a_remark() -> None:
    results = [
        result("access", Verdict.PASSED),
        result("parents_exist", Verdict.WARNED, "3 rows have no parent"),
        result("fields_granted", Verdict.WARNED, "3 rows have no parent"),
        result("counts_match", Verdict.FAILED, "9 rows instead of 10"),
        result("unique_keys", Verdict.SKIPPED, "not looked at"),
    ]
    found = outcome_of(taken(), asked(NAME), results)
    assert found.failure == "9 rows instead of 10"
    assert found.remarks == ("3 rows have no parent",)
    assert found.checks == {
        "access": True,
        "parents_exist": True,
        "fields_granted": True,
        "counts_match": False,
    }
    assert not found.complete
