"""The page of proofs, and the book it is made from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.postgres.books import proofs
from shopify_assets.postgres.books.proofs import Proven
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.proof.page import page

if TYPE_CHECKING:
    import psycopg

SOME_DAY = datetime(2026, 11, 25, 12, tzinfo=UTC)


def made(kind: str, verdict: str, *gaps: str, reason: str = "") -> dict[str, Any]:
    told = [{"detail": each} for each in gaps]
    return {
        "kind": kind,
        "verdict": verdict,
        "reason": reason,
        "figures": {"ids": 1},
        "gaps": told,
    }


def test_the_newest_proof_of_each_stream_is_told_as_a_whole(
    postgres: psycopg.Connection,
) -> None:
    """A kind that was made before and not now says nothing any more."""
    migrate(postgres, ())
    entries = (
        ("a", "orders", 0, [made("ids", "gap", "1 missing"), made("sums", "gap")]),
        ("a", "orders", 1, [made("ids", "whole")]),
        ("b", "orders", 0, [made("ids", "whole"), made("counts", "not applicable")]),
    )
    for shop, stream, days, kinds in entries:
        at = SOME_DAY + timedelta(days=days)
        proofs.record(postgres, shop=shop, stream=stream, proven_at=at, made=kinds)
    found = [
        (each.shop, each.stream, each.kind, each.verdict)
        for each in proofs.newest(postgres)
    ]
    assert found == [
        ("a", "orders", "ids", "whole"),
        ("b", "orders", "ids", "whole"),
        ("b", "orders", "counts", "not applicable"),
    ]
    kept = postgres.execute("SELECT count(*) FROM shopify_assets.proofs").fetchone()
    assert kept == (5,)


def test_a_warehouse_of_before_gets_the_book(postgres: psycopg.Connection) -> None:
    migrate(postgres, ())
    postgres.execute("DROP TABLE shopify_assets.proofs")
    postgres.commit()
    assert len(migrate(postgres, ())) == 3
    assert migrate(postgres, ()) == ()
    assert proofs.newest(postgres) == []


def test_all_that_came_from_a_shop_is_escaped() -> None:
    hostile = '<img src=x onerror="alert(1)">'
    row = Proven(
        hostile, "orders", "ids", SOME_DAY, "gap", hostile, {}, [{"detail": hostile}]
    )
    text = page([row])
    assert "<img" not in text
    assert text.count("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;") == 4


@pytest.mark.parametrize("is_all", [True, False])
def test_the_page_says_how_much_was_compared(*, is_all: bool) -> None:
    """In each cell; and by itself where that was not all."""
    figures = {"told": "5 of 9 records compared now", "all compared": is_all}
    row = Proven("a", "orders", "sample", SOME_DAY, "whole", "", figures, [])
    text = page([row])
    assert 'title="sample: whole (5 of 9 records compared now)"' in text
    told = "<li>sample: 5 of 9 records compared now</li>"
    assert (told in text) is not is_all


def test_nothing_proven_is_told_as_such() -> None:
    assert "Newest proof: never" in page([])
