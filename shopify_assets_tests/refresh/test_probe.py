"""Probes: their cost is known beforehand, and what is refused spoils nothing else."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shopify_assets.catalog.cost import BUDGET
from shopify_assets.catalog.probing import probe_keys, probe_records
from shopify_assets.refresh.probe import Asking, Refused, Shown, ask, batches, is_cut
from shopify_assets.refresh.window import candidate, first_askings
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.streams import STREAMS
from shopify_assets_tests.stage import EMBER, END, START, Stage, compiled

if TYPE_CHECKING:
    from shopify_assets.catalog.probing import Probe
    from shopify_assets.refresh.probe import Told

INCREMENTAL = [each.name for each in STREAMS if each.incremental]
SILENT = [s.name for s in STREAMS if s.incremental and s.incremental.lookback]


def keys(name: str) -> Probe:
    probe = probe_keys(compiled(name))
    assert probe is not None
    return probe


def asking(name: str, *, first: int = 2) -> Asking:
    field = compiled(name).stream.incremental
    assert field is not None
    words = f"{field.field}:>='2026-01-01T00:00:00Z'"
    return Asking(name, keys(name), first, words)


def told(stage: Stage, *names: str) -> dict[str, Told]:
    with closing(stage.client()) as client:
        return ask(client, [asking(name) for name in names])


def first(hours: int = 1) -> list[Asking]:
    """What a shop is asked whose streams were synced one after the other."""
    candidates = [
        candidate(
            compiled(name),
            END - number * timedelta(seconds=20),
            (),
            begin=START.date(),
            now=END + hours * timedelta(hours=1),
        )
        for number, name in enumerate(INCREMENTAL)
    ]
    return [shared.asking for shared in first_askings([c for c in candidates if c])]


def test_all_streams_that_advance_are_asked_by_one_query_below_100_points(
    stage: Stage,
) -> None:
    """The cost is known beforehand, as Shopify's law has it."""
    lists = first()
    (batch,) = batches(lists)
    with closing(stage.client()) as client:
        answers = ask(client, lists)
        assert client.requests_sent == 1
        (requested,) = client._known_costs.values()  # noqa: SLF001 -- no other way
    assert sum(one.cost for one in batch) == requested < 100
    assert all(isinstance(answer, Shown) for answer in answers.values())
    assert len(answers) < len(INCREMENTAL)


def test_equal_questions_have_one_text() -> None:
    """So that what is learnt of a query's cost is not learnt anew each time."""
    texts = [
        [one.probe.text(one.alias, first=one.first) for one in first(hours)]
        for hours in (1, 2)
    ]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("name", SILENT)
def test_whole_records_cost_what_was_computed(stage: Stage, name: str) -> None:
    probe = probe_records(compiled(name))
    assert probe is not None
    size = next(size for size in (12, 4, 2, 1) if probe.cost(size) <= BUDGET)
    one = Asking(name, probe, size, asking(name).filter)
    with closing(stage.client()) as client:
        answer = ask(client, [one])[name]
        (requested,) = client._known_costs.values()  # noqa: SLF001 -- no other way
    assert isinstance(answer, Shown)
    assert requested == one.cost


def test_what_costs_more_than_one_query_may_is_asked_by_several() -> None:
    dear = [asking(name, first=250) for name in INCREMENTAL] * 3
    cut = list(batches(dear))
    assert [one for batch in cut for one in batch] == dear
    assert len(cut) > 1
    assert all(sum(one.cost for one in batch) <= BUDGET for batch in cut)


def test_what_a_list_is_asked_for_is_shown(stage: Stage) -> None:
    answers = told(stage, "orders", "payouts", "discounts")
    orders = answers["orders"]
    assert isinstance(orders, Shown)
    expected = sorted(
        stage.simulator.truth(EMBER).records("Order"),
        key=lambda order: order["updatedAt"],
    )
    newest = [order["updatedAt"] for order in reversed(expected[-2:])]
    assert [node["updatedAt"] for node in orders.nodes] == newest
    assert not orders.is_whole


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=Kind.MISSING_SCOPE, scope="read_products"),
        Fault(kind=Kind.HIDDEN_FIELD, owner="QueryRoot", field="products"),
        Fault(kind=Kind.NULL_ROOT, field="products", times=None),
        Fault(
            kind=Kind.EDITED,
            edits=((r'("products":{"nodes":\[){.*?}', r"\1null"),),
            times=None,
        ),
        Fault(kind=Kind.INTERNAL_ERROR, match="products(", times=None),
        Fault(kind=Kind.STRANGE_ERROR, match="products(", times=None, message="Sorry"),
    ],
    ids=lambda fault: fault.kind,
)
def test_what_one_list_is_refused_does_not_spoil_the_others(
    own: Stage, fault: Fault
) -> None:
    """Named by the refusal it is left out; else it is found by halves."""
    names = ("orders", "customers", "products", "draft_orders", "pages")
    own.simulator.arm(EMBER, fault)
    answers = told(own, *names)
    refused = {name for name in names if isinstance(answers[name], Refused)}
    assert refused == {"products"}


def test_a_list_that_the_shop_does_not_have_holds_nothing(own: Stage) -> None:
    fault = Fault(kind=Kind.NULL_ROOT, field="payouts", times=None)
    own.simulator.arm(EMBER, fault)
    answers = told(own, "payouts", "orders")
    payouts, orders = answers["payouts"], answers["orders"]
    assert isinstance(payouts, Shown)
    assert isinstance(orders, Shown)
    assert (payouts.nodes, payouts.is_whole, len(orders.nodes)) == ((), True, 2)


@pytest.mark.parametrize(
    ("node", "cut"),
    [
        ({"id": "1", "moments": {"nodes": [], "pageInfo": {"hasNextPage": False}}}, 0),
        ({"id": "1", "moments": {"nodes": [], "pageInfo": {"hasNextPage": True}}}, 1),
        ({"id": "1", "journey": {"moments": {"nodes": [], "pageInfo": None}}}, 1),
        ({"id": "1", "fulfillments": [{"events": {"pageInfo": None}}]}, 1),
        ({"id": "1", "journey": None}, 0),
    ],
)
def test_a_record_of_which_not_all_is_shown_is_known(node: object, cut: int) -> None:
    assert is_cut(node) == bool(cut)
