"""What a check says of all shops: no run hides another's, and nothing is made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from shopify_assets.checks import (
    ACCESS,
    PROVEN,
    SET_ASIDE,
    UNIQUE,
    Looked,
    of_stream,
    results_of_denial,
    results_of_extraction,
    results_of_loads,
    results_of_tables,
)
from shopify_assets.defs import verdicts as shown
from shopify_assets.defs.standing import (
    CheckVerdict,
    Standing,
    proven_verdict,
    step_verdict,
)
from shopify_assets.errors import AccessDenied
from shopify_assets.postgres.books import checks as book
from shopify_assets.postgres.books import proofs
from shopify_assets.postgres.books.aside import entries
from shopify_assets.postgres.books.checks import (
    CheckResult,
    LiveShop,
    Outcome,
    Tally,
)
from shopify_assets.postgres.books.proofs import ProofStanding
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.shops_file import read_shops
from shopify_assets.simulator.http.server import Simulator
from shopify_assets_tests.stage import EMBER, LUMEN, Stage, Time, compiled, shop

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import psycopg

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
A, B, C = (f"{name}.myshopify.com" for name in "abc")
LIVE = [LiveShop(A), LiveShop(B)]
GRANTED = ACCESS.description
# The same where more is told after it.
GRANTED_AND = GRANTED.removesuffix(".")
KEY = dg.AssetKey(["shopify", "orders_raw"])


def result(  # noqa: PLR0913 -- keyword-only from the fourth on
    shop: str,
    outcome: Outcome = Outcome.PASSED,
    reason: str = "",
    *,
    name: str = ACCESS.name,
    at: datetime = NOW,
    rows: int = 0,
) -> CheckResult:
    return CheckResult(
        shop=shop,
        stream="orders",
        name=name,
        outcome=outcome,
        description=reason,
        details=tuple({"table": "orders", "row": number} for number in range(rows)),
        at=at,
    )


def read(
    connection: psycopg.Connection,
    name: str = ACCESS.name,
    live: Iterable[LiveShop] = LIVE,
) -> CheckVerdict:
    """The verdict of one check of the orders, as any run may read it."""
    [verdict] = (
        verdict
        for verdict in shown.verdicts(
            connection, [compiled("orders")], list(live), now=NOW
        )
        if verdict.check.name == name
    )
    return verdict


def told(verdict: CheckVerdict) -> tuple[bool, bool, str]:
    return verdict.passed, verdict.severe, verdict.description


def test_the_last_shop_does_not_win(postgres: psycopg.Connection) -> None:
    """A run that loads one shop cannot hide what another one's found."""
    failed = result(A, Outcome.WARNED, "lacks scope read_orders")
    book.record(postgres, [failed], run="of a")
    book.record(postgres, [result(B, at=NOW + timedelta(hours=1))], run="of b")
    verdict = read(postgres)
    assert told(verdict) == (
        False,
        False,
        f"1 of 2 shops: {A}, warning: lacks scope read_orders",
    )
    assert verdict.counts == {"warning": 1, "passed": 1}
    assert verdict.standings == (
        Standing(A, "warning", NOW, "lacks scope read_orders"),
    )
    mended = result(A, at=NOW + timedelta(hours=2))
    book.record(postgres, [mended], run="of a")
    assert told(read(postgres)) == (True, False, f"all 2 shops: {GRANTED}")


def test_a_shop_that_is_taken_out_of_the_shops_file_has_no_say(
    postgres: psycopg.Connection,
) -> None:
    """Nor one that the stream is not extracted for any more."""
    failed = result(B, Outcome.FAILED, "rows differ", rows=1)
    book.record(postgres, [result(A), failed], run="r1")
    assert not read(postgres).passed
    alone = read(postgres, live=[LiveShop(A)])
    assert told(alone) == (True, False, GRANTED)
    assert (alone.counts, alone.standings, alone.examples) == ({"passed": 1}, (), ())
    other = LiveShop(B, ("products",))
    assert told(read(postgres, live=[LiveShop(A), other])) == (True, False, GRANTED)


def test_a_shop_never_looked_at_is_a_warning_and_no_failure(
    postgres: psycopg.Connection,
) -> None:
    assert told(read(postgres)) == (False, False, f"not evaluated yet: {A}, {B}")
    book.record(postgres, [result(A)], run="r1")
    verdict = read(postgres)
    assert told(verdict) == (
        False,
        False,
        f"1 of 2 shops: {GRANTED_AND}; not evaluated yet: {B}",
    )
    assert verdict.standings == (Standing(B, "not evaluated yet"),)


def test_verdicts_of_all_checks_of_several_streams_come_in_their_order(
    postgres: psycopg.Connection,
) -> None:
    """And each is of its own stream."""
    book.record(postgres, [result(A, name=UNIQUE.name)], run="r1")
    streams = [compiled("orders"), compiled("locations")]
    found = list(shown.verdicts(postgres, streams, [LiveShop(A)], now=NOW))
    assert [(verdict.stream, verdict.check) for verdict in found] == [
        (stream.name, check) for stream in streams for check in of_stream(stream)
    ]
    assert {
        (verdict.stream, verdict.check.name) for verdict in found if verdict.passed
    } == {("orders", "unique_keys")}


def test_of_five_hundred_shops_the_worst_are_shown_and_the_others_counted(
    postgres: psycopg.Connection,
) -> None:
    shops = [f"shop-{number:03d}.myshopify.com" for number in range(500)]
    failed = [
        result(shop, Outcome.FAILED, "rows differ", rows=3) for shop in shops[300:]
    ]
    warned = [result(shop, Outcome.WARNED, "cut") for shop in shops[:100]]
    fine = [result(shop) for shop in shops[100:200]]
    book.record(postgres, [*failed, *warned, *fine], run="r1")
    verdict = read(postgres, live=map(LiveShop, shops))
    assert verdict.counts == {
        "failed": 200,
        "warning": 100,
        "not evaluated yet": 100,
        "passed": 100,
    }
    assert len(verdict.standings) == 50
    assert verdict.standings[0] == Standing(shops[300], "failed", NOW, "rows differ")
    assert verdict.left_out == 350
    assert told(verdict) == (
        False,
        True,
        (
            f"300 of 500 shops: {shops[300]}, failed: rows differ; {shops[301]}, "
            f"failed: rows differ; {shops[302]}, failed: rows differ; failed in 197 "
            f"more; warning in 100 shops; not evaluated yet: {shops[200]}, "
            f"{shops[201]}, {shops[202]} and 97 more"
        ),
    )
    assert len(verdict.examples) == 10
    assert verdict.examples[3] == {"shop": shops[301], "table": "orders", "row": 0}


# ── from the steps and the shops file to the verdict ─────────────────────────────────


def take_steps(stage: Stage, shop: str, connection: psycopg.Connection) -> None:
    """Refresh the locations of a shop as a run does, and write its results down."""
    stream, look = compiled("locations"), Looked(shop, "locations", stage.time())
    try:
        manifest = stage.extract("locations", shop=shop).manifest
    except AccessDenied as error:
        results = results_of_denial(stream, shop, error, at=look.at)
    else:
        tables = stage.normalize("locations", shop=shop)
        loads = stage.load("locations", connection, shop=shop)
        aside = entries(connection, shop=shop, stream="locations")
        results = (
            *results_of_extraction(stream, manifest, at=look.at),
            *results_of_tables(look, tables),
            *results_of_loads(look, loads, aside),
        )
    book.record(connection, results, run=f"of {shop}")


SHOPS_FILE = """
[[shops]]
domain = "ember.myshopify.com"
access_token_env = "TOKEN"

[[shops]]
domain = "lumen.myshopify.com"
access_token_env = "TOKEN"
{}

[[shops]]
domain = "yuki.myshopify.com"
"""


def states(
    connection: psycopg.Connection, file: Path, *, further: str = ""
) -> dict[str, str]:
    """The description of each check that does not pass, for the shops of a file."""
    file.write_text(SHOPS_FILE.format(further), "utf-8")
    live = shown.live_shops(read_shops(file).shops)
    found = shown.verdicts(connection, [compiled("locations")], live, now=NOW)
    return {
        verdict.check.name: verdict.description
        for verdict in found
        if not verdict.passed and verdict.check is not PROVEN
    }


def test_a_shop_without_a_scope_stays_in_sight_until_it_is_granted_or_taken_out(
    tmp_path: Path, postgres: psycopg.Connection
) -> None:
    """A shop whose entry is wrong (it names no token) is no live one."""
    time, file = Time(), tmp_path / "shops.toml"
    with Simulator([shop(EMBER), shop(LUMEN)], clock=time) as simulator:
        stage = Stage(simulator, tmp_path / "lake", time)
        scopes = simulator.store(LUMEN).scopes()
        simulator.grant(LUMEN, "read_orders")
        for domain in (LUMEN, EMBER):
            take_steps(stage, domain, postgres)
        said = states(postgres, file)
        assert said == {
            "access": f"1 of 2 shops: {LUMEN}, warning: shop '{LUMEN}' lacks scope "
            "read_inventory or read_locations or read_markets_home, needed by stream "
            "locations; grant it and authorize the app again"
        }
        assert states(postgres, file, further='streams = ["orders"]') == {}
        simulator.grant(LUMEN, *scopes)
        take_steps(stage, LUMEN, postgres)
        assert states(postgres, file) == {}


# ── decided without a database ───────────────────────────────────────────────────────


def decided(*results: CheckResult, shops: int = 0, missing: int = 0) -> CheckVerdict:
    recorded = [
        book.Recorded(**{**vars(result), "since": result.at, "run": "r"})
        for result in results
    ]
    tallies = [
        Tally("orders", "access", outcome, count, NOW, NOW)
        for outcome in Outcome
        if (count := sum(result.outcome is outcome for result in results))
    ]
    told = [
        result
        for result in recorded
        if result.outcome is not Outcome.PASSED or result.description
    ]
    names = [f"new-{number}" for number in range(missing)]
    shops = shops or len(results) + missing
    return step_verdict("orders", ACCESS, tallies, told, shops=shops, missing=names)


FAILED = result(A, Outcome.FAILED, "rows differ")
WARNED = result(B, Outcome.WARNED, "cut off")
SKIPPED = result(C, Outcome.SKIPPED, "lacks scope")


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (decided(), (True, False, "no shop has this stream")),
        (decided(result(A)), (True, False, GRANTED)),
        (decided(FAILED), (False, True, f"{A}, failed: rows differ")),
        (decided(WARNED), (False, False, f"{B}, warning: cut off")),
        (decided(SKIPPED), (True, False, f"skipped: {C}")),
        (decided(missing=1), (False, False, "not evaluated yet: new-0")),
        (
            decided(result(A), SKIPPED),
            (True, False, f"1 of 2 shops: {GRANTED_AND}; skipped: {C}"),
        ),
        (
            decided(WARNED, FAILED, result(C), missing=5),
            (
                False,
                True,
                (
                    f"2 of 8 shops: {A}, failed: rows differ; {B}, warning: cut off; "
                    "not evaluated yet: new-0, new-1, new-2 and 2 more"
                ),
            ),
        ),
    ],
)
def test_a_verdict_says_which_shops_and_why(
    verdict: CheckVerdict, expected: tuple[bool, bool, str]
) -> None:
    assert told(verdict) == expected


def test_a_note_of_a_shop_that_passes_is_shown_and_takes_nothing_away() -> None:
    verdict = decided(result(A, reason="2 given up"), result(B))
    assert told(verdict) == (True, False, f"all 2 shops: {GRANTED}")
    assert verdict.standings == (Standing(A, "passed", NOW, "2 given up"),)
    assert verdict.left_out == 0


def test_a_long_reason_is_cut_in_the_description_alone() -> None:
    verdict = decided(result(A, Outcome.FAILED, "x" * 1_000))
    assert len(verdict.description) < 400
    assert verdict.description.endswith("…")
    assert verdict.standings[0].reason == "x" * 1_000


# ── proven ───────────────────────────────────────────────────────────────────────────


def proof(shop: str, *verdicts: str, days: int = 1, why: str = "") -> ProofStanding:
    others = tuple(verdict for verdict in verdicts if verdict != "whole")
    return ProofStanding(
        "orders",
        shop,
        NOW - timedelta(days=days),
        "whole" in verdicts,
        others,
        (why,) * len(others),
    )


NEWEST = "newest proof 2026-11-28"
PROVEN_BOTH = f"proven whole for 2 of 2 shops, {NEWEST}"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([proof(A, "whole"), proof(B, "whole", days=9)], (True, False, PROVEN_BOTH)),
        ([], (False, False, f"not proven yet: {A}, {B}")),
        (
            [proof(A, "whole", "not applicable")],
            (
                False,
                False,
                (f"proven whole for 1 of 2 shops, {NEWEST}; not proven yet: {B}"),
            ),
        ),
        (
            [
                proof(A, "undecided", why="silent"),
                proof(B, "whole", "gap", "undecided", why="1 missing"),
            ],
            (
                False,
                True,
                (
                    f"proven whole for 0 of 2 shops, {NEWEST}: "
                    f"{B}, gap: 1 missing; {A}, undecided: silent"
                ),
            ),
        ),
        (
            [proof(A, "whole"), proof(B, "whole", days=16)],
            (
                False,
                False,
                (f"proven whole for 1 of 2 shops, {NEWEST}; proof is old: {B}"),
            ),
        ),
        (
            [proof(A, "not applicable"), proof(B, "proven for 60 days", "whole")],
            (
                True,
                False,
                (
                    f"proven whole for 0 of 2 shops, {NEWEST}; proven for 60 "
                    f"days: {B}; not applicable: {A}"
                ),
            ),
        ),
        (
            [proof(A, "whole"), proof(B, "gap", days=99, why="1 missing")],
            (
                False,
                True,
                (f"proven whole for 1 of 2 shops, {NEWEST}: {B}, gap: 1 missing"),
            ),
        ),
    ],
    ids=[
        "all whole",
        "none",
        "one never",
        "gap",
        "one old",
        "limited",
        "an old gap is a gap",
    ],
)
def test_what_is_proven_of_all_shops(
    known: list[ProofStanding], expected: tuple[bool, bool, str]
) -> None:
    assert told(proven_verdict("orders", [A, B], known, now=NOW)) == expected


@pytest.mark.parametrize(
    ("known", "description"),
    [
        ([proof(A, "whole")], "proven whole on 2026-11-28"),
        (
            [proof(A, "gap", why="1 missing")],
            f"proof of 2026-11-28: {A}, gap: 1 missing",
        ),
        ([proof(A, "whole", days=20)], f"proof of 2026-11-09; proof is old: {A}"),
        ([], f"not proven yet: {A}"),
    ],
)
def test_of_a_single_shop_no_number_is_told(
    known: list[ProofStanding], description: str
) -> None:
    assert proven_verdict("orders", [A], known, now=NOW).description == description


def made(verdict: str, *, reason: str = "", gaps: int = 0) -> dict[str, Any]:
    return {
        "kind": "ids",
        "verdict": verdict,
        "reason": reason,
        "figures": {},
        "gaps": [{"detail": f"gap {number}"} for number in range(gaps)],
    }


def test_proven_is_read_from_the_newest_proof_of_each_shop(
    postgres: psycopg.Connection,
) -> None:
    """Whatever other checks are written, and by a run that proves nothing."""
    migrate(postgres, ())

    def prove(shop: str, *proof: dict[str, Any], days: int) -> None:
        at = NOW - timedelta(days=days)
        proofs.record(postgres, shop=shop, stream="orders", proven_at=at, made=proof)

    prove(A, made("gap", gaps=2), days=8)
    prove(A, made("whole"), made("not applicable", reason="no count"), days=1)
    prove(C, made("gap", gaps=1), days=1)
    live = [*LIVE, LiveShop(C)]
    assert told(read(postgres, "proven", [LiveShop(A)])) == (
        True,
        False,
        "proven whole on 2026-11-28",
    )
    book.record(postgres, [result(A, name=SET_ASIDE.name)], run="a load")
    verdict = read(postgres, "proven", live)
    assert told(verdict) == (
        False,
        True,
        (
            f"proven whole for 1 of 3 shops, {NEWEST}: {C}, gap: gap 0; not "
            f"proven yet: {B}"
        ),
    )
    day = NOW - timedelta(days=1)
    assert verdict.standings == (
        Standing(C, "gap", day, "gap 0"),
        Standing(B, "not proven yet"),
    )
    assert verdict.counts == {"gap": 1, "not proven yet": 1, "whole": 1}


# ── as Dagster shows them ────────────────────────────────────────────────────────────


def test_checks_are_declared_without_partitions_and_block_nothing() -> None:
    [access, proven] = shown.specs(KEY, [ACCESS, PROVEN])
    assert (access.name, access.asset_key) == ("access", KEY)
    assert (access.blocking, access.partitions_def) == (False, None)
    assert proven.description == f"{PROVEN.description} If not: {PROVEN.remedy}."


def records(value: Any) -> list[dict[str, Any]]:
    assert isinstance(value, dg.TableMetadataValue)
    return [dict(record.data) for record in value.records]


def test_the_verdict_of_an_asset_and_of_a_job_are_one_and_the_same() -> None:
    failed = replace(FAILED, details=({"table": "orders", "row": 1},))
    verdict = decided(failed, result(B), missing=1)
    yielded = shown.as_result(verdict, KEY)

    @dg.op
    def load(context) -> None:  # type: ignore[no-untyped-def]
        context.log_event(shown.as_evaluation(verdict, KEY))

    @dg.job
    def sync() -> None:
        load()

    with dg.DagsterInstance.ephemeral() as instance:
        done = sync.execute_in_process(instance=instance)
        logged = [
            event.asset_check_evaluation_data
            for event in done.all_events
            if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
        ]
    [evaluation] = logged
    assert evaluation.asset_check_key == dg.AssetCheckKey(KEY, "access")
    assert yielded.asset_key == KEY
    figures = {"shops": 3, "failed": 1, "not evaluated yet": 1, "passed": 1}
    for one in (yielded, evaluation):
        assert (one.check_name, one.passed) == ("access", False)
        assert one.severity is dg.AssetCheckSeverity.ERROR
        assert one.description == verdict.description
        assert {name: one.metadata[name].value for name in figures} == figures
        assert records(one.metadata["shops to look at"]) == [
            {
                "shop": A,
                "verdict": "failed",
                "since": "2026-11-29 12:00",
                "reason": "rows differ",
            },
            {
                "shop": "new-0",
                "verdict": "not evaluated yet",
                "since": "",
                "reason": "",
            },
        ]
        assert records(one.metadata["examples"]) == [
            {"shop": A, "table": "orders", "row": 1}
        ]
    passed = shown.as_result(decided(result(A)), KEY)
    assert (passed.passed, passed.severity) == (True, dg.AssetCheckSeverity.WARN)
