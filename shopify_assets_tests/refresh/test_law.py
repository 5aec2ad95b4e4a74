"""Whatever happens in a shop, and whenever it is synced: what is loaded is the shop's.

A sync that read all streams would end with the same rows, for it ends with the shop's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import hypothesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from shopify_assets.simulator.world.spec import stamp
from shopify_assets_tests.refresh.syncing import (
    MINUTE,
    assert_whole,
    backfill,
    sync,
    wait,
)
from shopify_assets_tests.stage import EMBER, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import psycopg

    from shopify_assets.simulator.shop.truth import Truth

STREAMS = ("customers", "products", "draft_orders", "payouts", "disputes", "pages")

# A change is told at once, or shown by the index so many minutes late. A sync begins 30
# minutes before the end of the last one, so this is what it promises to see.
LATEST = 25


@dataclass(frozen=True)
class Step:
    """A change of the shop, or none, and then a sync after a while, or none."""

    kind: str
    place: int
    text: str
    late: int
    minutes: int
    synced: bool


def _updating(kind: str, field: str) -> Callable[[Truth, Step, Stage], object]:
    def update(truth: Truth, step: Step, stage: Stage) -> object:
        records = truth.records(kind)
        # The newest: those that change in silence are looked back at for some weeks.
        record = records[-1 - step.place % len(records)]
        at = stage.time() - step.late * MINUTE
        # No clock goes back: a record's second change is later than its first.
        if stamp(at) <= record.get("updatedAt", ""):
            at = stage.time()
        return truth.update(record["id"], at=at, **{field: step.text})

    return update


CHANGES: dict[str, Callable[[Truth, Step, Stage], object]] = {
    "nothing": lambda *_: None,
    "customer": _updating("Customer", "note"),
    "product": _updating("Product", "title"),
    "draft order": _updating("DraftOrder", "note2"),
    "page": _updating("Page", "title"),
    "payout": _updating("ShopifyPaymentsPayout", "externalTraceId"),
    "dispute": _updating("ShopifyPaymentsDispute", "status"),
}
STEPS = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(sorted(CHANGES)),
        place=st.integers(0, 1),
        text=st.sampled_from(["WON", "LOST", "NEEDS_RESPONSE"]),
        late=st.integers(0, LATEST),
        minutes=st.integers(0, 90),
        synced=st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@given(steps=STEPS)
@hypothesis.settings(
    max_examples=10,
    # A failure tells its steps; to shorten them would take syncs by the hundred.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    # The shop goes on from one example to the next, as shops do.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def _holds(own: Stage, postgres: psycopg.Connection, steps: Sequence[Step]) -> None:
    truth = own.simulator.truth(EMBER)
    for step in steps:
        CHANGES[step.kind](truth, step, own)
        wait(own, step.minutes * MINUTE)
        if step.synced:
            sync(own, postgres, STREAMS)
    # Until the shop's index shows all, and what changed in silence is looked at.
    wait(own, timedelta(minutes=4))
    sync(own, postgres, STREAMS)
    assert_whole(own, postgres, STREAMS)


def test_syncs_that_look_first_load_all_that_happens(
    own: Stage, postgres: psycopg.Connection
) -> None:
    backfill(own, postgres, STREAMS)
    _holds(own, postgres)
