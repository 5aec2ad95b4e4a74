"""Streams of a shop side by side: urgent ones first, each told as soon as it ends."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shopify_assets.api.client import MAX_BULK_OPERATIONS
from shopify_assets.extract import planning
from shopify_assets.refresh import side_by_side
from shopify_assets.refresh.asked import RAW, STEPS, Began
from shopify_assets.refresh.side_by_side import take_all, urgent_first
from shopify_assets.refresh.stream import Taken
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import Simulator
from shopify_assets.streams import STREAMS
from shopify_assets_tests.refresh.conftest import Shopfloor, asked
from shopify_assets_tests.stage import EMBER, Stage, Time, compiled, shop

if TYPE_CHECKING:
    from pathlib import Path
    from typing import NoReturn

FEW = ("draft_orders", "locations", "orders")


def take_few(floor: Shopfloor, *names: str, at_once: int = 4) -> list[Began | Taken]:
    streams = [compiled(name) for name in names]
    with floor.place() as place:
        return list(take_all(streams, asked(*names), place, at_once=at_once))


def test_urgent_streams_are_first_and_the_others_as_declared() -> None:
    names = [made.name for made in urgent_first([compiled(it.name) for it in STREAMS])]
    urgent = [stream.name for stream in STREAMS if stream.urgent]
    assert names[: len(urgent)] == urgent
    assert "orders" in urgent
    assert names[len(urgent) :] == [it.name for it in STREAMS if not it.urgent]


def test_each_stream_begins_and_ends_and_is_loaded(floor: Shopfloor) -> None:
    """One at a time: each is told before the next begins, orders before all."""
    events = take_few(floor, *FEW, at_once=1)
    assert [
        ("began", event.stream) if isinstance(event, Began) else ("ended", event.name)
        for event in events
    ] == [
        (what, name)
        for name in ("orders", "draft_orders", "locations")
        for what in ("began", "ended")
    ]
    assert all(floor.is_whole(name) for name in FEW)


def test_streams_run_side_by_side_and_one_that_fails_ends_no_other(
    floor: Shopfloor,
) -> None:
    odd = Fault(
        kind=Kind.STRANGE_ERROR, code="BROKEN", match="query draft_orders", times=None
    )
    floor.stage.simulator.arm(EMBER, odd)
    events = take_few(floor, *FEW)
    taken = {event.name: event for event in events if isinstance(event, Taken)}
    assert {name: it.failure is None for name, it in taken.items()} == {
        "draft_orders": False,
        "locations": True,
        "orders": True,
    }
    assert floor.is_whole("locations")
    assert floor.is_whole("orders")


def test_the_steps_of_each_stream_are_its_own(floor: Shopfloor) -> None:
    streams = [compiled(name) for name in ("draft_orders", "locations")]
    steps = {"draft_orders": {RAW}, "locations": set(STEPS)}
    with floor.place() as place:
        events = list(
            take_all(streams, asked(*steps), place, steps=lambda name: steps[name])
        )
    taken = {event.name: event.steps for event in events if isinstance(event, Taken)}
    assert taken == {"draft_orders": (RAW,), "locations": STEPS}


def test_figures_and_deprecations_are_those_of_the_stream(floor: Shopfloor) -> None:
    """Side by side, and though the client is one; their sum is the client's."""
    told = Fault(
        kind=Kind.DEPRECATED, match="query locations", reason="Location.x", times=None
    )
    floor.stage.simulator.arm(EMBER, told)
    names = ("draft_orders", "locations", "markets")
    streams = [compiled(name) for name in names]
    with floor.place() as place:
        events = list(take_all(streams, asked(*names), place))
        spent = {
            event.name: event.extracted.manifest.spent
            for event in events
            if isinstance(event, Taken) and event.extracted
        }
        total = place.client.points_spent
        assert place.client.deprecations.keys() == {"Location.x"}
    assert {name: it.deprecations for name, it in spent.items()} == {
        "draft_orders": (),
        "locations": ("Location.x",),
        "markets": (),
    }
    assert all(it.points > 0 for it in spent.values())
    assert sum(it.points for it in spent.values()) <= total


def test_the_bucket_is_shared_and_not_run_into(
    tmp_path: Path, database_url: str
) -> None:
    """The smallest plan's bucket: four streams at once wait, and are not throttled."""
    clock = Time()
    with Simulator([shop(orders=30, plan="standard")], clock=clock) as simulator:
        floor = Shopfloor(Stage(simulator, tmp_path / "lake", clock), database_url)
        names = ("draft_orders", "locations", "orders", "products")
        events = take_few(floor, *names)
        taken = [event for event in events if isinstance(event, Taken)]
        assert [it.name for it in taken if it.failure or it.denied] == []
        assert simulator.requests(EMBER).throttled == 0


def test_whoever_stops_reading_ends_the_work(floor: Shopfloor) -> None:
    """A shop that has stalled does not hold the one who leaves; nothing else begins."""
    stall = Fault(kind=Kind.STALL, match="query draft_orders", seconds=20.0, times=None)
    floor.stage.simulator.arm(EMBER, stall)
    streams = [compiled(name) for name in ("draft_orders", "locations", "markets")]
    with floor.place() as place:
        events = take_all(
            streams, asked("draft_orders", "locations", "markets"), place, at_once=1
        )
        assert next(events) == Began("draft_orders")
        left = time.monotonic()
        events.close()  # type: ignore[attr-defined]  # a generator
        assert time.monotonic() - left < 5.0
        assert place.client.given_up == "the run was ended"
    assert list(events) == []


def test_what_ends_all_work_is_raised_where_it_is_read(
    floor: Shopfloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(side_by_side, "take", ended)
    with pytest.raises(KeyboardInterrupt):
        take_few(floor, "locations")


def test_no_more_bulk_operations_than_are_ours_at_once(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many streams: Shopify would refuse a sixth, and another app has one."""
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    clock = Time()
    slow = replace(shop(orders=30), bulk_seconds=0.4)
    with Simulator([slow], clock=clock) as simulator:
        floor = Shopfloor(Stage(simulator, tmp_path / "lake", clock), database_url)
        names = [it.name for it in STREAMS if it.incremental][:10]
        at_once, over = [0], threading.Event()

        def look() -> None:
            operations = simulator.store(EMBER).bulk.operations
            while not over.wait(0.01):
                going = [it for it in list(operations.values()) if it.going]
                at_once.append(len(going))

        looking = threading.Thread(target=look)
        looking.start()
        try:
            events = take_few(floor, *names, at_once=len(names))
        finally:
            over.set()
            looking.join()
        taken = [event for event in events if isinstance(event, Taken)]
        assert [it.reason for it in taken if it.failure] == []
        assert simulator.requests(EMBER).bulk_operations > MAX_BULK_OPERATIONS
    assert max(at_once) == MAX_BULK_OPERATIONS
