"""What a shop can bear, hides or does not have: asked for less, left out, and said."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace as with_fields

from shopify_assets.errors import AccessDenied, ApiError
from shopify_assets.extract import page_sizes, planning
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.storage.manifests import PageSizes, encode
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, compiled

if TYPE_CHECKING:
    import psycopg

    from shopify_assets_tests.stage import Stage

KEY = f"state/orders/{EMBER}/page-sizes.json"


def pages_asked(stage: Stage) -> list[int]:
    """Sizes of the pages of orders that were answered since the last look."""
    log = stage.simulator.requests(EMBER).log
    sizes = [
        asked.variables["first"]
        for asked in log
        if asked.query.startswith("query orders(") and "lineItems" in asked.query
    ]
    log.clear()
    return sizes


def by_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 10**6)


def in_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)


def test_a_page_size_that_was_learnt_is_begun_with_and_forgotten_after_a_week(
    own: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_pages(monkeypatch)
    own.simulator.arm(EMBER, Fault(kind=Kind.MAX_COST, most=450, times=None))
    own.extract("orders")
    assert set(pages_asked(own)) == {17}
    assert "asking for less from now on (17 at once, 10 below each)" in str(own.warned)
    own.simulator.store(EMBER).faults.clear()
    own.warned.clear()
    for days, size in ((0, 17), (6, 17), (2, 140)):
        own.time.sleep(timedelta(days=days).total_seconds())
        for key in own.store.keys("raw/"):
            own.store.delete(key)
        own.extract("orders")
        assert set(pages_asked(own)) == {size}
    assert own.warned == []
    assert own.store.exists(KEY)
    assert timedelta(days=7) == page_sizes.KEPT


def test_sizes_that_a_wrong_clock_has_dated_are_not_kept_for_years(
    own: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_pages(monkeypatch)
    own.simulator.arm(EMBER, Fault(kind=Kind.MAX_COST, most=450, times=None))
    own.extract("orders")
    own.simulator.store(EMBER).faults.clear()
    sizes = msgspec.json.decode(own.store.read(KEY) or b"", type=PageSizes)
    ahead = {
        name: with_fields(size, learnt_at=size.learnt_at + timedelta(days=3650))
        for name, size in sizes.queries.items()
    }
    own.store.write(KEY, encode(PageSizes(queries=ahead)))
    for key in own.store.keys("raw/"):
        own.store.delete(key)
    pages_asked(own)
    own.extract("orders")
    assert set(pages_asked(own)) == {140}


def test_sizes_that_cannot_be_read_stop_no_stream(own: Stage) -> None:
    own.store.write(KEY, b'{"version": 1, "queries": 7}')
    assert own.extract("orders").manifest.roots == 30
    assert "page-sizes.json cannot be read; page sizes are learnt anew" in own.warned[0]


def test_a_record_too_dear_alone_is_refused_as_such(
    own: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_pages(monkeypatch)
    own.simulator.arm(EMBER, Fault(kind=Kind.MAX_COST, most=20, times=None))
    with pytest.raises(ApiError, match="MAX_COST_EXCEEDED"):
        own.extract("orders")


@pytest.mark.parametrize("read", [by_pages, in_bulk])
def test_a_field_that_the_api_hides_is_left_out_everywhere_and_named(
    own: Stage,
    postgres: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    read: object,
) -> None:
    assert callable(read)
    read(monkeypatch)
    hidden = Fault(
        kind=Kind.HIDDEN_FIELD,
        owner="MailingAddress",
        field="company",
        match="company",
        times=None,
    )
    own.simulator.arm(EMBER, hidden)
    plan = own.extract("orders").manifest.plan
    withheld = {part.path: part.needs for part in plan.withheld}
    assert set(withheld) == {"billingAddress.company", "shippingAddress.company"}
    assert "Shopify does not know MailingAddress.company" in str(withheld)
    own.normalize("orders")
    [loaded] = own.load("orders", postgres)
    assert loaded.findings == ()
    narrow = compiled("orders").without(withheld)
    expected = expected_rows(own.simulator, EMBER, narrow)
    assert stored_rows(postgres, EMBER, narrow) == expected
    assert len(expected["orders"]) == 30


@pytest.mark.parametrize(
    ("owner", "field"), [("QueryRoot", "draftOrders"), ("DraftOrder", "updatedAt")]
)
def test_a_stream_without_its_root_or_its_time_is_refused(
    own: Stage, owner: str, field: str
) -> None:
    hidden = Fault(kind=Kind.HIDDEN_FIELD, owner=owner, field=field, times=None)
    own.simulator.arm(EMBER, hidden)
    told = rf"'{EMBER}': Shopify does not know {owner}.{field}, without which stream"
    with pytest.raises(AccessDenied, match=told):
        own.extract("draft_orders")


def test_a_count_that_is_hidden_costs_no_records(own: Stage) -> None:
    hidden = Fault(
        kind=Kind.HIDDEN_FIELD, owner="QueryRoot", field="draftOrdersCount", times=None
    )
    own.simulator.arm(EMBER, hidden)
    manifest = own.extract("draft_orders").manifest
    assert manifest.roots == own.simulator.truth(EMBER).count("DraftOrder")


@pytest.mark.parametrize("name", ["themes", "web_presences"])
def test_a_list_that_is_null_is_not_there_and_buries_nothing(
    own: Stage, postgres: psycopg.Connection, name: str
) -> None:
    own.run(name, postgres)
    made = compiled(name)
    before = stored_rows(postgres, EMBER, made)
    assert before[made.root.name]
    own.simulator.arm(
        EMBER, Fault(kind=Kind.NULL_ROOT, field=made.stream.root, times=None)
    )
    [loaded] = own.run(name, postgres)
    assert (loaded.rows, loaded.changed) == (0, 0)
    assert any(f"{made.stream.root} is null, which is no error" in x for x in own.told)
    own.simulator.store(EMBER).faults.clear()
    assert stored_rows(postgres, EMBER, made) == before


def test_bytes_that_are_no_utf8_in_a_bulk_file_do_not_hide_what_is_below_them(
    own: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ids are read past them; the lines are the normaliser's to judge."""
    in_bulk(monkeypatch)
    spoilt = Fault(kind=Kind.INVALID_UTF8, field="name", match="edges")
    own.simulator.arm(EMBER, with_fields(spoilt, skip=1))
    lines = b"".join(own.lines(own.extract("orders")))
    expected = expected_rows(own.simulator, EMBER, compiled("orders"))
    assert lines.count(b'"name":"\xff\xfe') >= len(expected["orders"])
    inner = "order_refund_line_items"
    assert lines.count(b'{"_%s"' % inner.encode()) == len(expected[inner]) > 0


@pytest.mark.parametrize("read", [by_pages, in_bulk])
def test_half_a_surrogate_pair_is_replaced_and_counted_and_the_second_step_is_whole(
    own: Stage,
    postgres: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    read: object,
) -> None:
    """In orders, whose refunds are read by the ids of such lines."""
    assert callable(read)
    read(monkeypatch)
    own.simulator.arm(EMBER, Fault(kind=Kind.HALF_SURROGATE, field="name", times=None))
    extracted = own.extract("orders")
    [normalized] = own.normalize("orders")
    own.load("orders", postgres)
    own.simulator.store(EMBER).faults.clear()
    names = postgres.execute("SELECT DISTINCT left(name, 1) FROM shopify.orders")
    assert names.fetchall() == [("\ufffd",)]
    lines = b"".join(own.lines(extracted))
    # Whole pairs, the emoji of other texts, are no halves.
    halves = re.findall(rb"\\ud83d(?!\\ud[c-f])", lines)
    assert normalized.cleaned == len(halves) > 30
    expected = expected_rows(own.simulator, EMBER, compiled("orders"))
    inner = "order_refund_line_items"
    assert stored_rows(postgres, EMBER, compiled("orders"))[inner] == expected[inner]
