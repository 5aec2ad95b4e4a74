"""Times that a wrong clock has stored are refused, found, and set back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres.books import to_come
from shopify_assets.postgres.books.watermarks import watermark
from shopify_assets.proof.verdicts import Verdict
from shopify_assets.refresh import due
from shopify_assets_tests.pipeline.test_clocks import (
    assert_true,
    change,
    prove,
    sync,
)
from shopify_assets_tests.refresh.syncing import looked
from shopify_assets_tests.stage import EMBER, END, compiled

if TYPE_CHECKING:
    import psycopg

    from shopify_assets_tests.stage import Stage

DRAFTS, LOCATIONS = "draft_orders", "locations"
BOTH = (DRAFTS, LOCATIONS)
TABLES = tuple(compiled(name).tables for name in BOTH)

# What a sync has left whose answers told a time ten years ahead.
OF_BOOKS = (
    """
    UPDATE shopify_assets.loads SET
        extracted_at = extracted_at + interval '10 years',
        window_end = window_end + interval '10 years'
    WHERE id IN (SELECT max(id) FROM shopify_assets.loads GROUP BY stream)
    """,
    """
    UPDATE shopify_assets.watermarks SET
        watermark = watermark + interval '10 years',
        extracted_at = extracted_at + interval '10 years',
        queried_at = queried_at + interval '10 years'
    """,
)
OF_ROWS = (
    """
    UPDATE shopify.draft_orders SET
        _extracted_at = _extracted_at + interval '10 years'
    """,
    """
    UPDATE shopify.draft_order_line_items SET
        _extracted_at = _extracted_at + interval '10 years'
    """,
    """
    UPDATE shopify.locations SET
        _extracted_at = _extracted_at + interval '10 years',
        _deleted_at = _deleted_at + interval '10 years'
    """,
)
OF_THE_LAST_ROWS = (
    """
    UPDATE shopify.draft_orders SET
        _extracted_at = _extracted_at + interval '10 years'
    WHERE _loaded_at = (SELECT max(_loaded_at) FROM shopify.draft_orders)
    """,
)
OF_THE_WATERMARK = (
    "UPDATE shopify_assets.watermarks SET watermark = watermark + interval '10 years'",
)
OF_A_SNAPSHOT = (
    "UPDATE shopify_assets.watermarks SET extracted_at = 'infinity'",
    OF_ROWS[2],
)
POISONS = {
    "all of it": OF_BOOKS + OF_ROWS,
    "books": OF_BOOKS,
    "rows": OF_ROWS,
    "the watermark": OF_THE_WATERMARK,
    "a snapshot": OF_A_SNAPSHOT,
}


def loaded_and_poisoned(
    stage: Stage, postgres: psycopg.Connection, statements: tuple[str, ...]
) -> None:
    """History, then a sync that was dated wrong; then the shop has moved on."""
    for name in BOTH:
        stage.run(name, postgres)
        change(stage, name)
        sync(stage, postgres, name)
    for statement in statements:
        postgres.execute(statement)
    postgres.commit()
    for name in BOTH:
        change(stage, name)


@pytest.mark.parametrize("poison", POISONS)
def test_what_a_wrong_clock_has_left_is_set_back_and_read_again(
    own: Stage, postgres: psycopg.Connection, poison: str
) -> None:
    loaded_and_poisoned(own, postgres, POISONS[poison])
    found = to_come.find(postgres, TABLES, now=own.time())
    assert found
    assert {one.shop for one in found} == {EMBER}
    assert all(one.latest > own.time() for one in found)
    for one in found:
        to_come.mend(postgres, one, compiled(one.stream).tables, now=own.time())
    assert to_come.find(postgres, TABLES, now=own.time()) == ()
    for name in BOTH:
        sync(own, postgres, name)
        assert_true(own, postgres, name)
        assert prove(own, postgres, name).verdict is Verdict.WHOLE


def test_a_sync_is_refused_until_then(own: Stage, postgres: psycopg.Connection) -> None:
    """It read nothing, and said that all was well: for ten years."""
    loaded_and_poisoned(own, postgres, OF_BOOKS + OF_ROWS)
    found, _ = looked(own, postgres, BOTH)
    assert {one.why for one in found.due.values()} == {due.TO_COME}
    for name in BOTH:
        with pytest.raises(ConfigurationError, match=r"2036-.*doctor --repair"):
            sync(own, postgres, name)
        proof = prove(own, postgres, name)
        assert proof.verdict is Verdict.UNDECIDED
        assert "doctor --repair" in proof.why


def test_looking_changes_nothing_and_says_what_would_be_done(
    own: Stage, postgres: psycopg.Connection
) -> None:
    loaded_and_poisoned(own, postgres, OF_BOOKS + OF_THE_LAST_ROWS)
    before = postgres.execute("SELECT * FROM shopify_assets.watermarks").fetchall()
    postgres.commit()
    drafts, locations = to_come.find(postgres, TABLES, now=own.time())
    assert drafts.watermark == END
    assert locations.watermark is None
    assert str(drafts) == (
        f"draft_orders of {EMBER}: up to {drafts.latest:%Y-%m-%d %H:%M}, 1 records "
        "with such times; once they are set back, it is read again from 2026-11-01 "
        "00:00 on"
    )
    assert str(locations).endswith("it is read again as a whole")
    after = postgres.execute("SELECT * FROM shopify_assets.watermarks").fetchall()
    assert after == before


def test_the_watermark_goes_back_to_what_was_read_before(
    own: Stage, postgres: psycopg.Connection
) -> None:
    loaded_and_poisoned(own, postgres, OF_BOOKS)
    for one in to_come.find(postgres, TABLES, now=own.time()):
        to_come.mend(postgres, one, compiled(one.stream).tables, now=own.time())
    assert watermark(postgres, shop=EMBER, stream=DRAFTS) == END


def test_a_warehouse_that_is_well_has_none(
    own: Stage, postgres: psycopg.Connection
) -> None:
    assert to_come.find(postgres, TABLES, now=own.time()) == ()
    for name in BOTH:
        own.run(name, postgres)
    assert to_come.find(postgres, TABLES, now=own.time()) == ()
