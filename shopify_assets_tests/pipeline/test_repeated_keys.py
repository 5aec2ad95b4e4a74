"""Rows that share a key and differ are never loaded; all the others are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shopify_assets.checks import Looked, results_of_loads, results_of_tables
from shopify_assets.extract import planning
from shopify_assets.postgres.books import aside
from shopify_assets.postgres.books.checks import Outcome
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.pipeline.test_set_aside import (
    ROOT,
    STREAM,
    numbers,
    repeated_key,
    without,
)
from shopify_assets_tests.stage import EMBER, END, compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from shopify_assets.postgres.books.checks import CheckResult
    from shopify_assets_tests.stage import Stage

Edit = tuple[str, str]


def another_version(number: str) -> Edit:
    """The record twice, as if it had changed while it was read."""
    line = ROOT % number + r'.*?"updatedAt":")([^"]*)(.*)$'
    return line, r"\1\2\3\n\g<1>2026-10-31T00:00:00Z\3"


def another_name(number: str) -> Edit:
    """The record twice, of one version, and not the same."""
    line = ROOT % number + r'.*?"firstName":")([^"]*)(.*)$'
    return line, r"\1\2\3\n\1Another\3"


def told_twice(number: str) -> Edit:
    """The record twice, word for word."""
    return ROOT % number + ".*)$", r"\1\n\1"


@pytest.fixture(autouse=True)
def _in_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)


def run(stage: Stage, connection: psycopg.Connection) -> dict[str, CheckResult]:
    """Load the stream once; the results of the checks of its tables and its load."""
    stage.extract(STREAM)
    tables = stage.normalize(STREAM)
    loads = stage.load(STREAM, connection)
    look = Looked(EMBER, STREAM, END)
    entries = aside.entries(connection, shop=EMBER)
    results = (
        *results_of_tables(look, tables),
        *results_of_loads(look, loads, entries),
    )
    return {result.name: result for result in results}


def failed(results: dict[str, CheckResult]) -> set[str]:
    return {
        name for name, result in results.items() if result.outcome is Outcome.FAILED
    }


@pytest.mark.parametrize("broken", [another_version, another_name, repeated_key])
def test_a_record_of_rows_that_share_a_key_and_differ_waits_for_its_next_reading(
    own: Stage, postgres: psycopg.Connection, broken: Callable[[str], Edit]
) -> None:
    """Which of the rows is right cannot be told, nor whose the rows below them are."""
    number = numbers(own)[0]
    own.simulator.arm(EMBER, Fault(kind=Kind.BULK_EDITED, edits=(broken(number),)))
    results = run(own, postgres)
    expected = expected_rows(own.simulator, EMBER, compiled(STREAM))
    others = without(expected, records={int(number)})
    assert stored_rows(postgres, EMBER, compiled(STREAM)) == others
    assert failed(results) == {"unique_keys", "set_aside"}
    unique = results["unique_keys"]
    assert f"(record {number})" in unique.description
    row = unique.details[0]
    assert "rows with one key" in str(row["example"])
    assert "line " in str(row["example"])

    own.simulator.store(EMBER).faults.clear()
    assert failed(run(own, postgres)) == set()
    assert stored_rows(postgres, EMBER, compiled(STREAM)) == expected


def test_an_older_state_that_is_stored_stays(
    own: Stage, postgres: psycopg.Connection
) -> None:
    run(own, postgres)
    before = stored_rows(postgres, EMBER, compiled(STREAM))
    number = numbers(own)[0]
    own.time.sleep(timedelta(hours=1).total_seconds())
    fault = Fault(kind=Kind.BULK_EDITED, edits=(another_version(number),))
    own.simulator.arm(EMBER, fault)
    assert failed(run(own, postgres)) == {"unique_keys", "set_aside"}
    assert stored_rows(postgres, EMBER, compiled(STREAM)) == before


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_a_record_told_twice_word_for_word_is_stored_once_and_is_no_fault(
    own: Stage, postgres: psycopg.Connection, *, known: bool
) -> None:
    if known:
        run(own, postgres)
    number = numbers(own)[0]
    fault = Fault(kind=Kind.BULK_EDITED, edits=(told_twice(number),))
    own.simulator.arm(EMBER, fault)
    assert failed(run(own, postgres)) == set()
    assert stored_rows(postgres, EMBER, compiled(STREAM)) == expected_rows(
        own.simulator, EMBER, compiled(STREAM)
    )
