"""The check `proven`: made by its own job for all shops, and by no load."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from shopify_assets.defs.jobs import PROOF_JOB
from shopify_assets.defs.proof import result
from shopify_assets.proof.verdicts import (
    Gap,
    Kind,
    Proof,
    StreamProof,
    Trouble,
    Verdict,
    judged,
    unproven,
)
from shopify_assets.simulator.faults import Fault
from shopify_assets.simulator.faults import Kind as FaultKind
from shopify_assets.streams import STREAMS
from shopify_assets_tests.defs.conftest import EMBER, LUMEN, YUKI

if TYPE_CHECKING:
    import psycopg

    from shopify_assets_tests.defs.conftest import Location

NOW = datetime(2026, 11, 25, tzinfo=UTC)

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    # Dagster's own resources are made with what Dagster will remove.
    pytest.mark.filterwarnings("ignore:InitResourceContext.dagster_run"),
]


def prove(location: Location) -> dict[str, Any]:
    """Run the job; the evaluation of each stream's check."""
    job = location.defs.resolve_job_def(PROOF_JOB)
    result = job.execute_in_process(instance=location.instance)
    assert result.success
    found = [
        each.asset_check_evaluation_data
        for each in result.all_events
        if each.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    assert {each.check_name for each in found} == {"proven"}
    return {each.asset_key.path[-1]: each for each in found}


def verdicts(evaluation: Any) -> dict[str, str]:
    table = evaluation.metadata["shops"]
    return {each.data["shop"]: each.data["verdict"] for each in table.records}


def test_each_stream_is_proven_for_all_shops(
    location: Location, postgres: psycopg.Connection
) -> None:
    """Two shops are loaded; one of them loses a row."""
    for shop in (EMBER, LUMEN):
        location.launch(shop, streams=("draft_orders",), snapshots=("locations",))
    postgres.execute(
        "DELETE FROM shopify.draft_orders WHERE shop = %s AND id IN"
        " (SELECT min(id) FROM shopify.draft_orders WHERE shop = %s)",
        (LUMEN, LUMEN),
    )
    postgres.commit()
    found = prove(location)
    assert set(found) == {each.name for each in STREAMS}
    drafts = found["draft_orders"]
    assert not drafts.passed
    assert not drafts.blocking
    assert verdicts(drafts) == {EMBER: "whole", LUMEN: "gap", YUKI: "gap"}
    gaps = drafts.metadata["gaps"].value
    assert f"{LUMEN}, ids: " in gaps
    assert f"stream 'draft_orders' of shop '{YUKI}' was never loaded" in gaps
    assert verdicts(found["locations"])[EMBER] == "whole"
    query = "SELECT DISTINCT shop, stream FROM shopify_assets.proofs"
    proven = postgres.execute(f"{query} WHERE stream = 'draft_orders'").fetchall()
    assert sorted(proven) == sorted(
        (each, "draft_orders") for each in (EMBER, LUMEN, YUKI)
    )


def test_a_proof_of_sixty_days_passes_and_says_so(location: Location) -> None:
    scopes = location.simulator.store(EMBER).scopes()
    location.simulator.grant(EMBER, *(set(scopes) - {"read_all_orders"}))
    location.launch(EMBER, streams=("orders",))
    orders = prove(location)["orders"]
    assert verdicts(orders)[EMBER] == "proven for 60 days"
    said = f"{EMBER}, proven for 60 days: orders made before 20"
    assert said in orders.metadata["provisos"].value


def test_the_table_says_how_much_was_compared() -> None:
    sample = Proof(
        kind=Kind.SAMPLE,
        verdict=Verdict.WHOLE,
        figures={"told": "5 of 9 records compared now"},
    )
    at = datetime(2026, 11, 29, tzinfo=UTC)
    found = StreamProof(shop=EMBER, stream="orders", proven_at=at, proofs=(sample,))
    spec = dg.AssetCheckSpec("proven", asset="orders")
    table = result(spec, [found]).metadata["shops"]
    assert isinstance(table, dg.TableMetadataValue)
    [record] = table.records
    assert record.data["sample"] == "whole"
    assert record.data["compared"] == "5 of 9 records compared now"


def test_a_load_is_not_kept_waiting_by_a_proof(location: Location) -> None:
    [outcome] = location.launch(EMBER, snapshots=("locations",))
    assert outcome.complete
    assert "proven" not in outcome.checks
    key = dg.AssetKey(["shopify", "postgres", "locations"])
    whole = location.defs.resolve_implicit_global_asset_job_def()
    result = whole.execute_in_process(
        instance=location.instance, asset_selection=[key], partition_key=EMBER
    )
    assert result.success
    made = [
        each.asset_check_evaluation_data.check_name
        for each in result.all_events
        if each.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    assert made == ["rows_accounted", "set_aside"]


SPEC = dg.AssetCheckSpec("proven", asset=dg.AssetKey(["orders"]))


def of_shop(shop: str, verdict: Verdict, reason: str = "") -> StreamProof:
    made = Proof(kind=Kind.IDS, verdict=verdict, reason=reason)
    if verdict is Verdict.GAP:
        made = judged(
            Kind.IDS, [Gap(trouble=Trouble.MISSING, detail=reason)], figures={}
        )
    return StreamProof(shop=shop, stream="orders", proven_at=NOW, proofs=(made,))


WHOLE = of_shop("a", Verdict.WHOLE)
DENIED = of_shop("b", Verdict.NOT_APPLICABLE, "lacks scope read_orders")


@pytest.mark.parametrize(
    ("found", "passed", "severity", "description"),
    [
        ([WHOLE], True, "WARN", "1 shops: 1 whole"),
        ([WHOLE, DENIED], True, "WARN", "2 shops: 1 whole, 1 not applicable"),
        ([DENIED], True, "WARN", "1 shops: 1 not applicable"),
        (
            [WHOLE, unproven("c", "orders", "silent", at=NOW), DENIED],
            False,
            "WARN",
            "3 shops: 1 whole, 1 not applicable, 1 undecided; c, undecided: silent",
        ),
        (
            [of_shop("c", Verdict.UNDECIDED, "it is null"), WHOLE],
            False,
            "WARN",
            "2 shops: 1 whole, 1 undecided; c, undecided: it is null",
        ),
        (
            [
                unproven("c", "orders", "silent", at=NOW),
                of_shop("d", Verdict.GAP, "1 missing"),
            ],
            False,
            "ERROR",
            "2 shops: 1 undecided, 1 gap; d, gap: 1 missing",
        ),
        ([], True, "WARN", "no shop has this stream"),
    ],
)
def test_the_check_says_how_many_shops_are_whole_and_passes_only_if_all_is_decided(
    found: list[StreamProof], *, passed: bool, severity: str, description: str
) -> None:
    checked = result(SPEC, found)
    assert checked.passed == passed
    assert checked.severity.value == severity
    assert checked.description == description
    if found:
        assert verdicts(checked) == {each.shop: each.verdict.value for each in found}


def test_a_shop_that_cannot_be_asked_is_undecided_and_hides_no_other(
    location: Location, postgres: psycopg.Connection
) -> None:
    location.launch(EMBER, snapshots=("locations",))
    location.simulator.arm(YUKI, Fault(kind=FaultKind.REVOKED, times=None))
    made = prove(location)["locations"]
    assert verdicts(made) == {EMBER: "whole", LUMEN: "gap", YUKI: "undecided"}
    assert f"{YUKI}: shop '{YUKI}' refuses the access token" in (
        made.metadata["not proven"].value
    )
    written = postgres.execute(
        "SELECT DISTINCT verdict FROM shopify_assets.proofs WHERE shop = %s", (YUKI,)
    ).fetchall()
    assert written == [("undecided",)]
