"""Results of checks, made of what the steps of a real extraction met."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from shopify_assets import checks
from shopify_assets.checks import Looked
from shopify_assets.errors import AccessDenied, DataError
from shopify_assets.extract.access import require
from shopify_assets.findings import Finding
from shopify_assets.normalize.result import Normalized
from shopify_assets.pipeline import Loaded
from shopify_assets.postgres.books.aside import Open
from shopify_assets.postgres.books.checks import CheckResult, Outcome
from shopify_assets.storage.manifests import Withheld
from shopify_assets_tests.stage import EMBER, compiled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shopify_assets.storage.manifests import Manifest
    from shopify_assets_tests.stage import Stage

NOW = datetime(2026, 11, 29, tzinfo=UTC)
LOOK = Looked(EMBER, "orders", NOW)


def by_name(results: Iterable[CheckResult]) -> dict[str, CheckResult]:
    return {result.name: result for result in results}


def outcomes(results: Iterable[CheckResult]) -> dict[str, str]:
    return {result.name: result.outcome.value for result in results}


def passed(*names: str, stream: str = "orders") -> tuple[CheckResult, ...]:
    return tuple(
        CheckResult(
            shop=EMBER, stream=stream, name=name, outcome=Outcome.PASSED, at=NOW
        )
        for name in names
    )


def of_extraction(stream: str, manifest: Manifest) -> tuple[CheckResult, ...]:
    return checks.results_of_extraction(compiled(stream), manifest, at=NOW)


def test_what_is_all_granted_passes(stage: Stage) -> None:
    manifest = stage.extract("orders").manifest
    assert of_extraction("orders", manifest) == passed(
        "access", "fields_granted", "history_visible", "api_version", "clock"
    )
    # Old orders are no concern of this one.
    locations = stage.extract("locations").manifest
    assert of_extraction("locations", locations) == passed(
        "access", "fields_granted", "api_version", "clock", stream="locations"
    )


def test_what_is_withheld_warns_and_is_listed(own: Stage) -> None:
    own.simulator.grant(EMBER, "read_orders")
    found = by_name(of_extraction("orders", own.extract("orders").manifest))
    assert outcomes(found.values()) == {
        "access": "passed",
        "fields_granted": "warning",
        "history_visible": "warning",
        "api_version": "passed",
        "clock": "passed",
    }
    fields = found["fields_granted"]
    assert "customer (needs read_customers)" in fields.description
    assert {"left out": "customer", "needs": "read_customers"} in fields.details
    history = found["history_visible"]
    assert "are not shown to this app; grant read_all_orders" in history.description
    assert history.details == ({"shown since": "2026-09-02"},)


def test_of_much_that_is_withheld_ten_are_listed(stage: Stage) -> None:
    manifest = stage.extract("locations").manifest
    withheld = tuple(
        Withheld(path=f"field{number:02d}", needs="read_x") for number in range(12)
    )
    plan = msgspec.structs.replace(manifest.plan, withheld=withheld)
    narrow = msgspec.structs.replace(manifest, plan=plan)
    fields = by_name(of_extraction("locations", narrow))["fields_granted"]
    assert fields.description.endswith("field09 (needs read_x) and 2 more")
    assert len(fields.details) == 10


@pytest.mark.parametrize(
    ("kept", "outcome", "description"),
    [
        (
            (),
            "warning",
            "used, and deprecated by Shopify: Order.a, Order.b; select another field",
        ),
        (
            ("Order.a", "Order.b"),
            "passed",
            "deprecated by Shopify, and read on purpose: Order.a, Order.b",
        ),
    ],
)
def test_what_is_deprecated_warns_unless_it_is_read_on_purpose(
    stage: Stage, kept: tuple[str, ...], outcome: str, description: str
) -> None:
    manifest = stage.extract("locations").manifest
    spent = msgspec.structs.replace(manifest.spent, deprecations=("Order.b", "Order.a"))
    used = msgspec.structs.replace(manifest, spent=spent)
    stream = replace(compiled("locations"), deprecated=kept)
    version = by_name(checks.results_of_extraction(stream, used, at=NOW))["api_version"]
    assert (version.outcome.value, version.description) == (outcome, description)


def test_a_stream_that_may_not_be_read_warns_once_and_skips_the_rest() -> None:
    with pytest.raises(AccessDenied) as raised:
        require(compiled("orders"), frozenset(), shop=EMBER)
    results = checks.results_of_denial(compiled("orders"), EMBER, raised.value, at=NOW)
    skipped = {
        check.name: "skipped"
        for check in checks.of_stream(compiled("orders"))
        if check not in {checks.ACCESS, checks.PROVEN}
    }
    assert outcomes(results) == {"access": "warning", **skipped}
    assert {result.description for result in results} == {
        (
            f"shop '{EMBER}' lacks scope read_marketplace_orders or read_orders or "
            "read_quick_sale, needed by stream orders; grant it and authorize the app "
            "again"
        )
    }


# ── tables and loads ─────────────────────────────────────────────────────────────────


def tables(*findings: Finding) -> Normalized:
    return Normalized(
        records=9, rows={"orders": 9}, cleaned=0, seconds=1.0, findings=findings
    )


def loaded(*findings: Finding) -> Loaded:
    return Loaded(
        shop=EMBER,
        records=9,
        rows=9,
        changed=9,
        tables={},
        seconds=1.0,
        findings=findings,
    )


REPEATED = Finding(
    "unique_keys",
    "orders",
    2,
    "table orders: 2 rows repeat a key (shop, id)",
    (
        "part 1, line 3: rows differ (record 7)",
        "part 1, line 9: rows differ (record 8)",
    ),
)
NULL = Finding("not_null", "orders", 1, "table orders: 1 nulls in name")


def test_findings_fail_their_checks_and_name_examples() -> None:
    results = by_name(checks.results_of_tables(LOOK, [tables(REPEATED), tables(NULL)]))
    assert outcomes(results.values()) == {
        "unique_keys": "failed",
        "parents_exist": "passed",
        "not_null": "failed",
        "counts_match": "passed",
    }
    unique = results["unique_keys"]
    assert unique.description == (
        "table orders: 2 rows repeat a key (shop, id), such as part 1, line 3: rows "
        "differ (record 7)"
    )
    assert unique.details == tuple(
        {"table": "orders", "rows": 2, "detail": REPEATED.detail, "example": example}
        for example in REPEATED.examples
    )
    assert results["not_null"].details == (
        {"table": "orders", "rows": 1, "detail": NULL.detail, "example": ""},
    )


def test_several_findings_of_a_check_are_counted() -> None:
    lost = Finding("rows_accounted", "orders", 1, "table orders: 9 expected, 8 found")
    results = checks.results_of_loads(LOOK, [loaded(lost), loaded(lost)], ())
    accounted = by_name(results)["rows_accounted"]
    assert accounted.outcome is Outcome.FAILED
    assert accounted.description == f"{lost.detail}; and 1 more findings"
    assert len(accounted.details) == 2


def test_what_was_not_made_has_no_result() -> None:
    """A run that did not look resets nothing."""
    assert checks.results_of_tables(LOOK, []) == ()
    assert checks.results_of_loads(LOOK, [], ()) == passed("set_aside")


def entry(number: int, *, given_up: bool = False) -> Open:
    return Open(
        shop=EMBER,
        stream="orders",
        key=str(number),
        record=str(number),
        table="orders",
        file="part-00001.ndjson.zst",
        line=number,
        place="created_at",
        reason="'no time' is no timestamptz",
        extraction="x",
        window_start=None,
        window_end=None,
        extracted_at=NOW,
        since=NOW - timedelta(days=1),
        given_up_at=NOW if given_up else None,
    )


def test_what_is_set_aside_fails_and_what_is_given_up_is_a_note() -> None:
    told = checks.result_of_aside(
        LOOK, [*map(entry, range(1, 13)), entry(13, given_up=True)]
    )
    assert told.outcome is Outcome.FAILED
    assert told.description.startswith(
        "12 set aside (1 more given up), for they cannot be read: record 1 (orders, "
        "created_at: 'no time' is no timestamptz); record 2"
    )
    assert len(told.details) == 10
    assert told.details[0] == {
        "what": "1",
        "table": "orders",
        "place": "created_at",
        "reason": "'no time' is no timestamptz",
        "file": "part-00001.ndjson.zst",
        "line": 1,
        "since": "2026-11-28T00:00:00+00:00",
    }
    given_up = checks.result_of_aside(LOOK, [entry(1, given_up=True)])
    assert (given_up.outcome, given_up.description) == (Outcome.PASSED, "1 given up")


def test_a_refused_window_fails_one_check_and_leaves_the_others_as_they_were() -> None:
    results = checks.results_of_refusal(LOOK, DataError("50 of 90 cannot be read"))
    assert outcomes(results) == {
        **{check.name: "skipped" for check in (*checks.OF_TABLES, checks.ACCOUNTED)},
        "set_aside": "failed",
    }
    [row] = results[-1].details
    assert row == {"what": "a window as a whole", "reason": "50 of 90 cannot be read"}
