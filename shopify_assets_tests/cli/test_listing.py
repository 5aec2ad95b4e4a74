"""`streams`: told in brief to people, in full to those who ask, whole to machines."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets_tests.cli.conftest import Called

MISTAKE = 2


def test_machines_are_told_all_of_each_stream(call: Callable[..., Called]) -> None:
    listed = {each["name"]: each for each in call("streams", "--json").json}
    assert list(listed) == [stream.name for stream in STREAMS]

    orders = listed["orders"]
    assert orders["tables"]["orders"]["total_price"] == "numeric"
    assert orders["columns"] == sum(map(len, orders["tables"].values()))
    assert ["read_orders"] in orders["scopes"]
    assert "orders/updated" in orders["webhooks"]
    assert orders["page"]["records"] >= 100
    assert orders["nested_depth"] >= 2

    levels = listed["inventory_items"]
    assert "inventory_levels" in levels["covers"]
    assert levels["bulk_refusal"] is None
    assert levels["replication_key"] is levels["filter"] is levels["lookback"] is None
    assert listed["shop"]["bulk_refusal"] == "shop is not a connection"


def test_a_scope_for_a_part_is_told_apart_from_those_a_stream_needs(
    call: Callable[..., Called],
) -> None:
    """Events are read without any; only who commented is for `read_users`."""
    [events] = call("streams", "--select", "events", "--json").json
    assert (events["required_scopes"], events["scopes"]) == ([], [["read_users"]])
    told = call("streams", "--select", "events").out.splitlines()
    assert "  scopes needed: none" in told
    assert "  scopes to read all of it: read_users" in told


def test_machines_are_told_how_a_stream_advances(call: Callable[..., Called]) -> None:
    def advance(name: str) -> tuple[object, ...]:
        [told] = call("streams", "--select", name, "--json").json
        return tuple(
            told[key] for key in ("replication_key", "filter", "precision", "lookback")
        )

    weeks = timedelta(days=17).total_seconds()
    assert advance("customers") == ("updated_at", "updated_at", "day", 0)
    [tenders] = call("streams", "--select", "tender_transactions", "--json").json
    assert tenders["key_is"] == "time in the world"
    assert tenders["looks_back"] == [
        {"seconds": 24 * 3600, "apart": 0},
        {"seconds": 36 * 24 * 3600, "apart": 20 * 3600},
    ]
    assert advance("bulk_operations") == ("created_at", "created_at", "second", weeks)


def test_people_see_every_stream_in_its_family(call: Callable[..., Called]) -> None:
    told = call("streams")
    assert told.code == 0
    lines = {found[1]: found for found in re.finditer(
        r"^ (\w+) +(\d+) +(\d+) +([\d,]+)", told.out, re.MULTILINE
    )}  # fmt: skip
    families = Counter(stream.family for stream in STREAMS)
    assert {name: int(found[2]) for name, found in lines.items()} == {
        **families,
        "all": len(STREAMS),
    }
    words = set(re.findall(r"\w+", told.out))
    assert {"orders", "inventory_items", "events"} <= words


def test_people_see_one_stream_in_full(call: Callable[..., Called]) -> None:
    told = call("streams", "--select", "bulk_operations").out.splitlines()
    assert told[0].startswith("bulk_operations: ")
    assert "  root: bulkOperations" in told
    assert (
        "  advances by: created_at, a time of change, filtered by created_at to the "
        "second; looks back 17 days every sync"
    ) in told
    assert "  webhooks: bulk_operations/finish" in told
    assert "  bulk operation: yes" in told
    assert "  bulk_operations, one row per shop, id" in told
    assert "    completed_at: timestamptz or null" in told


def test_an_unknown_stream_is_named(call: Callable[..., Called]) -> None:
    told = call("streams", "--select", "order")
    assert told.code == MISTAKE
    assert "stream 'order' is unknown; did you mean orders" in told.err
