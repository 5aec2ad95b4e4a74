"""A small stream for these tests: things, each with one value of each kind, and parts.

A thing has a list of boxes, each with a list of tags; and connections: of notes and
steps that have an id, the steps in an order, and of marks that have none. What a step
takes hangs below it, and a step may hang below several things.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import polars as pl

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import SHOP_COLUMN, Column, Source, Table
from shopify_assets.errors import DataError
from shopify_assets.normalize.run import Normalizer

SHOP = "my-store.myshopify.com"
THEN = datetime(2026, 7, 14, 12, tzinfo=UTC)
THING = "gid://shopify/Thing/1"


def gid(name: str, *path: str, up: int = 0) -> Column:
    return Column(
        name, Kind.BIGINT, nullable=False, source=Source.GID_NUMBER, path=path, up=up
    )


def position(name: str, up: int = 0) -> Column:
    return Column(name, Kind.INTEGER, nullable=False, source=Source.POSITION, up=up)


def value(name: str, kind: Kind, *path: str, up: int = 0) -> Column:
    return Column(name, kind, nullable=True, path=path, up=up)


def table(name: str, *columns: Column, **facts: Any) -> Table:
    facts = {
        "stream": "things",
        "key": ("shop", columns[0].name),
        "root_key": ("shop", columns[0].name),
        "parent": None,
        "parent_key": (),
        "version": None,
        "marker": f"_{name}",
        **facts,
    }
    return Table(name=name, columns=(SHOP_COLUMN, *columns), **facts)


THINGS = table(
    "things",
    gid("id", "id"),
    value("updated_at", Kind.TIMESTAMPTZ, "updatedAt"),
    *(value(kind.name.lower(), kind, kind.name.lower()) for kind in Kind),
    value("price", Kind.NUMERIC, "priceSet", "shopMoney", "amount"),
    version="updated_at",
)
BOXES = table(
    "thing_boxes",
    gid("thing_id", "id", up=1),
    gid("id", "id"),
    value("color", Kind.TEXT, "look", "color"),
    parent="things",
    marker="_things",
    lists=(("boxes",),),
)
TAGS = table(
    "thing_box_tags",
    gid("thing_id", "id", up=2),
    gid("box_id", "id", up=1),
    position("position"),
    value("tag", Kind.TEXT, "tag"),
    parent="thing_boxes",
    marker="_things",
    lists=(("boxes",), ("inner", "tags")),
)
NOTES = table(
    "thing_notes",
    gid("thing_id", "__parentId"),
    gid("id", "id"),
    value("gid", Kind.TEXT, "id"),
    parent="things",
)
STEPS = table(
    "thing_steps",
    gid("thing_id", "__parentId"),
    gid("id", "id"),
    position("position"),
    parent="things",
)
NEEDS = table(
    "thing_step_needs",
    gid("thing_id", "__rootId"),
    gid("step_id", "__parentId"),
    gid("id", "id"),
    position("position"),
    parent="thing_steps",
)
MARKS = table(
    "thing_marks",
    gid("thing_id", "__parentId"),
    position("position"),
    value("mark", Kind.TEXT, "mark"),
    parent="things",
)
SPOTS = table(
    "thing_mark_spots",
    gid("thing_id", "__parentId", up=1),
    position("mark_position", up=1),
    position("position"),
    value("spot", Kind.INTEGER, "spot"),
    parent="thing_marks",
    marker="_thing_marks",
    lists=(("spots",),),
)
TABLES = (THINGS, BOXES, TAGS, NOTES, STEPS, NEEDS, MARKS, SPOTS)


def thing(**values: Any) -> dict[str, Any]:
    """A record of thing 1."""
    return {"_things": "Thing", "id": THING, **values}


def lines(*records: dict[str, Any]) -> bytes:
    return msgspec.json.Encoder().encode_lines(records)


def frames(*blocks: bytes) -> dict[str, pl.DataFrame]:
    """All rows of some blocks of one file, by table.

    Raises:
        DataError: a line was refused; the message is what is told of the first one.
    """
    normalizer = Normalizer(TABLES)
    found = list(
        normalizer.frames(
            blocks, shop=SHOP, extracted_at=THEN, source="lake/part-00001.ndjson.zst"
        )
    )
    if normalizer.aside.entries:
        raise DataError(str(normalizer.aside.entries[0]))
    names = {name for each in found for name in each}
    return {
        name: pl.concat(each[name] for each in found if name in each) for name in names
    }


def rows(*blocks: bytes) -> dict[str, list[dict[str, Any]]]:
    """All rows as dicts, without what is the same in each: shop and time."""
    return {
        name: frame.drop("shop", "_extracted_at").to_dicts()
        for name, frame in frames(*blocks).items()
    }


def column(name: str, values: Iterable[Any]) -> list[Any]:
    """What things get in column `name` for some JSON values of that key."""
    block = lines(*(thing(**{name: each}) for each in values))
    return frames(block)["things"][name].to_list()
