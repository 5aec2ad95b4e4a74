"""The proofs of a shop's streams: each has a verdict, whatever becomes of another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shopify_assets.api.retry import RetryConfig
from shopify_assets.proof.verdicts import StreamProof, Verdict
from shopify_assets.proof.wanted import Wanted
from shopify_assets.refresh.asked import Began
from shopify_assets.refresh.proofs import prove_all
from shopify_assets.refresh.stream import take
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets_tests.refresh.conftest import asked
from shopify_assets_tests.stage import EMBER, compiled

if TYPE_CHECKING:
    from shopify_assets_tests.refresh.conftest import Shopfloor

STREAMS = ("draft_orders", "locations")
BOOK = "SELECT stream, verdict FROM shopify_assets.proofs WHERE kind = 'ids'"


def load(floor: Shopfloor) -> None:
    with floor.place() as place:
        for name in STREAMS:
            assert take(compiled(name), asked(name), place).failure is None
    floor.stage.time.sleep(60)


def prove(floor: Shopfloor, *, read: float = 30.0) -> list[Began | StreamProof]:
    streams = [compiled(name) for name in STREAMS]
    with floor.place(read=read) as place:
        return list(prove_all(streams, Wanted(sample=5, seed=1), place))


def verdicts(events: list[Began | StreamProof]) -> dict[str, Verdict]:
    return {it.stream: it.verdict for it in events if isinstance(it, StreamProof)}


def book(floor: Shopfloor) -> dict[str, str]:
    with floor.connection() as connection:
        return dict(connection.execute(BOOK).fetchall())


def test_each_stream_begins_and_has_its_verdict(floor: Shopfloor) -> None:
    load(floor)
    events = prove(floor)
    assert [type(event) for event in events] == [Began, StreamProof] * 2
    assert verdicts(events) == dict.fromkeys(STREAMS, Verdict.WHOLE)
    assert book(floor) == dict.fromkeys(STREAMS, "whole")


def test_a_stream_that_cannot_be_proven_hides_no_other(floor: Shopfloor) -> None:
    load(floor)
    broken = Fault(
        kind=Kind.STRANGE_ERROR, code="BROKEN", match="query draft_orders", times=None
    )
    floor.stage.simulator.arm(EMBER, broken)
    events = prove(floor)
    assert verdicts(events) == {
        "draft_orders": Verdict.UNDECIDED,
        "locations": Verdict.WHOLE,
    }
    assert book(floor) == {"draft_orders": "undecided", "locations": "whole"}


def test_a_shop_that_keeps_silent_is_asked_for_the_first_stream_alone(
    floor: Shopfloor,
) -> None:
    """What is left of it is undecided for the same reason, and written down."""
    load(floor)
    floor.stage.simulator.arm(EMBER, Fault(kind=Kind.STALL, seconds=60, times=None))
    floor.stage = replace(
        floor.stage, retry=RetryConfig(attempts=2, first_wait=0.1, jitter=0.0)
    )
    asked_before = floor.stage.simulator.requests(EMBER).graphql
    events = prove(floor, read=0.3)
    assert verdicts(events) == dict.fromkeys(STREAMS, Verdict.UNDECIDED)
    assert book(floor) == dict.fromkeys(STREAMS, "undecided")
    proofs = [event for event in events if isinstance(event, StreamProof)]
    assert all("it keeps silent" in proof.why for proof in proofs)
    # Twice for the stream, and once whether the shop is there at all.
    assert floor.stage.simulator.requests(EMBER).graphql - asked_before <= 3


def test_a_shop_that_closes_on_the_way_is_not_asked_any_more(floor: Shopfloor) -> None:
    load(floor)
    closed = Fault(kind=Kind.REVOKED, match="query draft_orders", times=None)
    floor.stage.simulator.arm(EMBER, closed)
    events = prove(floor)
    assert verdicts(events) == dict.fromkeys(STREAMS, Verdict.UNDECIDED)
    proofs = [event for event in events if isinstance(event, StreamProof)]
    assert all("refuses the access token" in proof.why for proof in proofs)
