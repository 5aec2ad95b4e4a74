"""An error in one kind of proof: it is undecided, all others are made and kept."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import polars as pl
import psycopg
import pytest

from shopify_assets.api.retry import RetryConfig
from shopify_assets.postgres.books import proofs
from shopify_assets.postgres.connect import connect
from shopify_assets.proof import counts, sums, warehouse
from shopify_assets.proof import verify as verifying
from shopify_assets.proof.apart import Failed, Undecided, attempt, given
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.sweep import changed_in
from shopify_assets.proof.verdicts import Kind, Verdict
from shopify_assets.proof.verify import verify
from shopify_assets.simulator.faults import Fault
from shopify_assets.simulator.faults import Kind as FaultKind
from shopify_assets_tests.proof.conftest import EVERYTHING, Copy, of_kind
from shopify_assets_tests.stage import EMBER, compiled

if TYPE_CHECKING:
    from shopify_assets.proof.verdicts import StreamProof

ORDERS_COUNT = "ordersCount(query"


def undecided(result: StreamProof) -> dict[Kind, str]:
    return {
        each.kind: each.reason
        for each in result.proofs
        if each.verdict is Verdict.UNDECIDED
    }


def written(copy: Copy) -> dict[str, str]:
    return {each.kind: each.verdict for each in proofs.newest(copy.connection)}


def test_a_count_that_is_denied_leaves_all_else_proven(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    copy.stage.simulator.arm(
        EMBER,
        Fault(
            kind=FaultKind.STRANGE_ERROR,
            code="ACCESS_DENIED",
            message="Access denied for ordersCount field.",
            match=ORDERS_COUNT,
            times=None,
        ),
    )
    result = copy.prove("orders")
    [(kind, reason)] = undecided(result).items()
    assert kind is Kind.COUNTS
    assert "Access denied for ordersCount field." in reason
    assert result.verdict is Verdict.UNDECIDED
    assert {each.verdict for each in result.proofs if each.kind is not kind} == {
        Verdict.WHOLE
    }
    assert written(copy) == {
        each.kind.value: each.verdict.value for each in result.proofs
    }


def test_a_list_that_fails_leaves_what_needs_no_ids(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    broken = Fault(
        kind=FaultKind.STRANGE_ERROR,
        code="BROKEN",
        message="Sorry",
        match="query orders(",
        times=None,
    )
    copy.stage.simulator.arm(EMBER, broken)
    result = copy.prove("orders")
    assert set(undecided(result)) == {Kind.IDS, Kind.COUNTS, Kind.SAMPLE}
    assert all("Sorry" in reason for reason in undecided(result).values())
    for kind in (Kind.FILES, Kind.ROWS, Kind.WINDOWS, Kind.SUMS):
        assert of_kind(result, kind).verdict is Verdict.WHOLE


def test_a_fault_of_the_program_is_told_by_type_and_place_and_traced(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its text is not: it may hold what a customer wrote."""
    copy.stage.run("orders", copy.connection)

    def wrong(*given: Any, **further: Any) -> Any:
        del given, further
        nothing: dict[str, Any] = {}
        return nothing["Ada <ada@example.com>"]

    monkeypatch.setattr(counts, "first_look", wrong)
    result = copy.prove("orders")
    [(kind, reason)] = undecided(result).items()
    assert kind is Kind.COUNTS
    assert reason.startswith("KeyError in proof/counts.py, line ")
    assert "Ada" not in reason
    [trace] = [each for each in copy.stage.told if "Traceback" in each]
    assert "in _by_window" in trace


def test_an_error_of_the_warehouse_ends_its_own_kind(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next kind finds the connection as if nothing had happened."""
    copy.stage.run("orders", copy.connection)
    step = warehouse.windows

    def failing(connection: psycopg.Connection, **further: str) -> Any:
        connection.execute("SELECT 1 / 0")
        return step(connection, **further)

    monkeypatch.setattr(warehouse, "windows", failing)
    result = copy.prove("orders")
    assert undecided(result) == {Kind.WINDOWS: "the warehouse: division by zero"}
    assert len(result.proofs) == len(written(copy)) == len(Kind)


def test_a_warehouse_that_is_lost_is_said_and_nothing_raised(
    copy: Copy, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.stage.run("orders", copy.connection)
    step = sums.prove_sums
    connection = connect(database_url)

    def lost(subject: Subject, seen: Any) -> Any:
        pid = connection.info.backend_pid
        copy.execute("SELECT pg_terminate_backend(%s, 5000)", pid)
        return step(subject, seen)

    monkeypatch.setattr(verifying, "prove_sums", lost)
    with closing(connection), copy.subject("orders") as whole:
        subject = Subject(whole.compiled, whole.context, connection)
        result = verify(subject, EVERYTHING)
    [(kind, reason)] = undecided(result).items()
    assert kind is Kind.SUMS
    assert reason.startswith("the warehouse: ")
    assert result.failure.startswith("the verdict is not written down: ")
    assert of_kind(result, Kind.IDS).verdict is Verdict.WHOLE


def test_a_panic_of_polars_ends_its_own_kind(copy: Copy) -> None:
    def panics() -> None:
        raise pl.exceptions.PanicException("index out of bounds")

    with copy.subject("orders") as subject:
        made = attempt(subject, panics)
    assert isinstance(made, Failed)
    assert made.reason.startswith("PanicException in ")
    with pytest.raises(Undecided, match="PanicException"):
        given(made)


def test_a_signal_ends_all(copy: Copy) -> None:
    def told_to_end() -> None:
        raise KeyboardInterrupt

    with copy.subject("orders") as subject, pytest.raises(KeyboardInterrupt):
        attempt(subject, told_to_end)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=FaultKind.STALL, seconds=60, times=None),
        Fault(kind=FaultKind.HTTP_STATUS, status=423, times=None),
        Fault(kind=FaultKind.RESET, times=None),
    ],
    ids=lambda fault: fault.kind.value,
)
def test_a_shop_that_is_lost_is_not_asked_on(copy: Copy, fault: Fault) -> None:
    """Its first question is asked patiently, and the others of no stream are."""
    copy.stage.run("locations", copy.connection)
    copy.stage.simulator.arm(EMBER, fault)
    patience = RetryConfig(attempts=2, jitter=0.0)
    copy.stage.retry = patience
    with closing(copy.stage.client(read=0.2)) as client:
        context = copy.stage.context(client)
        asked = []
        for stream in ("locations", "orders", "themes"):
            subject = Subject(compiled(stream), context, copy.connection)
            result = verify(subject, EVERYTHING)
            asked.append(client.requests_sent)
            assert result.verdict is Verdict.UNDECIDED
            assert set(undecided(result)) == set(Kind)
    # The question, once more, and whether the shop is there at all.
    assert asked == [asked[0]] * 3
    assert asked[0] <= 3
    assert set(written(copy).values()) == {"undecided"}


def test_a_shop_lost_on_the_way_keeps_what_needs_no_shop(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.stage.run("orders", copy.connection)

    def lost(*given: Any, **further: Any) -> Any:
        frozen = Fault(kind=FaultKind.HTTP_STATUS, status=402, times=None)
        copy.stage.simulator.arm(EMBER, frozen)
        return changed_in(*given, **further)

    monkeypatch.setattr(counts, "changed_in", lost)
    result = copy.prove("orders")
    assert set(undecided(result)) == {Kind.COUNTS, Kind.SAMPLE}
    assert all("is frozen" in reason for reason in undecided(result).values())
    assert of_kind(result, Kind.SUMS).verdict is Verdict.WHOLE


def test_a_stream_that_fails_for_itself_is_no_lost_shop(copy: Copy) -> None:
    """The shop answers other questions: its other streams are proven."""
    for stream in ("locations", "themes"):
        copy.stage.run(stream, copy.connection)
    broken = Fault(
        kind=FaultKind.HTTP_STATUS, status=502, match="query locations", times=None
    )
    copy.stage.simulator.arm(EMBER, broken)
    with copy.subject("locations") as subject:
        assert verify(subject, EVERYTHING).verdict is Verdict.UNDECIDED
        other = Subject(compiled("themes"), subject.context, copy.connection)
        assert verify(other, EVERYTHING).verdict is Verdict.WHOLE
