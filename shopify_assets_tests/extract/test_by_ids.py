"""Records by their ids: an extraction of its own, whole, and loaded as any other."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from shopify_assets import pipeline
from shopify_assets.errors import ApiError
from shopify_assets.extract import by_ids
from shopify_assets.extract.by_ids import extent_of, extract_ids
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.layout import Extent, digest_of, place
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, HISTORY, Stage, compiled

if TYPE_CHECKING:
    import psycopg

    from shopify_assets.extract.extraction import Extracted

IDS_OF_ORDERS = 7


def some(stage: Stage, kind: str, count: int) -> list[str]:
    return stage.simulator.truth(EMBER).ids(kind)[3 : 3 + count]


def extract(stage: Stage, stream: str, ids: list[str]) -> Extracted:
    with closing(stage.client()) as client:
        return extract_ids(compiled(stream), ids, context=stage.context(client))


def load(
    stage: Stage, connection: psycopg.Connection, stream: str, ids: list[str]
) -> None:
    extent = extent_of(stream, EMBER, ids)
    store, report = stage.store, stage.told.append
    made = compiled(stream)
    pipeline.normalize_slice(made, extent, store=store, report=report)
    pipeline.load_slice(made, extent, store=store, connection=connection, report=report)


def test_chosen_records_come_with_all_below_them(
    own: Stage, postgres: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In several parts, each with its second step."""
    monkeypatch.setattr(by_ids, "IDS_OF_A_PART", 3)
    ids = some(own, "Order", IDS_OF_ORDERS)
    extracted = extract(own, "orders", ids)
    assert [each.mode for each in extracted.manifest.parts] == ["ids", "details"] * 3
    assert sum(
        each.roots for each in extracted.manifest.parts if not each.details_of
    ) == (IDS_OF_ORDERS)
    load(own, postgres, "orders", ids)
    made = compiled("orders")
    numbers = {int(each.rpartition("/")[2]) for each in ids}
    expected = {
        table.name: [
            row
            for row in expected_rows(own.simulator, EMBER, made)[table.name]
            if row[[each.name for each in table.columns].index(table.root_key[1])]
            in numbers
        ]
        for table in made.tables
    }
    assert stored_rows(postgres, EMBER, made) == expected


def test_records_by_id_say_nothing_of_others_and_move_no_watermark(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """They are no snapshot: what they do not hold is not gone."""
    own.run("locations", postgres)
    ids = some(own, "Location", 1)
    own.time.sleep(60)
    extract(own, "locations", ids)
    load(own, postgres, "locations", ids)
    made = compiled("locations")
    expected = expected_rows(own.simulator, EMBER, made)
    assert stored_rows(postgres, EMBER, made) == expected
    own.run("orders", postgres)
    query = "SELECT watermark FROM shopify_assets.watermarks WHERE stream = 'orders'"
    before = postgres.execute(query).fetchone()
    postgres.commit()
    orders = some(own, "Order", 2)
    extract(own, "orders", orders)
    load(own, postgres, "orders", orders)
    assert postgres.execute(query).fetchone() == before


def test_a_record_that_is_gone_is_left_out(own: Stage) -> None:
    ids = own.simulator.truth(EMBER).ids("DraftOrder")[:2]
    own.simulator.truth(EMBER).delete(ids[0])
    extracted = extract(own, "draft_orders", ids)
    assert extracted.manifest.roots == 1


def test_a_slice_does_not_take_records_by_id_for_its_own(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """Those wait for their own load; a snapshot and a window go their way."""
    ids = some(own, "Location", 1)
    extract(own, "locations", ids)
    [loaded] = own.run("locations", postgres)
    assert loaded.records == len(own.simulator.truth(EMBER).ids("Location"))
    extract(own, "orders", some(own, "Order", 1))
    own.extract("orders")
    due = Extractions(own.store).due(Extent("orders", EMBER, HISTORY))
    assert [each.plan.window for each in due] == [HISTORY]


def test_the_same_ids_are_the_same_extraction(own: Stage) -> None:
    """Asked for again before they were loaded, nothing is fetched."""
    ids = some(own, "Order", 3)
    first = extract(own, "orders", ids)
    again = extract(own, "orders", [*reversed(ids), ids[0]])
    assert not first.reused
    assert again.reused
    assert again.manifest == first.manifest


def test_its_place_in_the_lake_is_found_again() -> None:
    extent = extent_of("orders", EMBER, ["gid://shopify/Order/1"])
    key = extent.numbered(2).raw_file(1)
    assert key == (
        f"raw/orders/{EMBER}/ids-{digest_of(['gid://shopify/Order/1'])}"
        "/extraction-0002/part-00001.ndjson.zst"
    )
    found = place(key)
    assert found is not None
    assert found.extraction == extent.numbered(2)
    assert not extent.is_snapshot


def test_what_is_no_node_cannot_be_asked_for(own: Stage) -> None:
    from shopify_assets_tests.pipeline.test_words import NATURAL  # noqa: PLC0415 -- once

    with (
        closing(own.client()) as client,
        pytest.raises(ApiError, match="is no Node: it cannot be asked for by id"),
    ):
        extract_ids(NATURAL, ["en"], context=own.context(client))
