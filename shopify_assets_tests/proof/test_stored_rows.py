"""Rows damaged in the warehouse, in every table of every stream: named and mended.

What runs in continuous integration is another part every day; `make drill` runs it all.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from shopify_assets.catalog.scalars import Kind as ColumnKind
from shopify_assets.extract import planning
from shopify_assets.proof.verdicts import Kind, Trouble, Verdict
from shopify_assets.proof.wanted import Wanted
from shopify_assets.streams import STREAMS
from shopify_assets_tests.expected import stored_rows
from shopify_assets_tests.proof.conftest import Copy, of_kind
from shopify_assets_tests.stage import EMBER, LUMEN, NEXT_DAY, compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from shopify_assets.catalog.tables import Table
    from shopify_assets_tests.stage import Stage

# No shop has any of them until it was read in bulk.
MADE_BY_READING = "bulk_operations"
NAMES = [stream.name for stream in STREAMS if stream.name != MADE_BY_READING]
_DICE = random.Random(datetime.now(UTC).toordinal())
TODAY = _DICE.sample(NAMES, 8)
ALL_TABLES = Wanted(sample=0, most_deleted=1.0)


class Damage(Enum):
    """What somebody does to a row of the warehouse."""

    DELETED = "deleted"
    ADDED = "added"
    CHANGED = "changed"


# Another value of each kind of column.
OTHERWISE = {
    ColumnKind.TEXT: "coalesce({0}, '') || 'x'",
    ColumnKind.BIGINT: "coalesce({0}, 0) + 1000000007",
    ColumnKind.INTEGER: "coalesce({0}, 0) + 1009",
    ColumnKind.NUMERIC: "coalesce({0}, 0) + 0.01",
    ColumnKind.DOUBLE: "coalesce({0}, 0) + 0.5",
    ColumnKind.BOOLEAN: "NOT coalesce({0}, FALSE)",
    ColumnKind.TIMESTAMPTZ: "coalesce({0}, now()) + interval '1 day'",
    ColumnKind.DATE: "coalesce({0}, current_date) + 1",
    ColumnKind.TEXT_ARRAY: "array_append({0}, 'x')",
    ColumnKind.JSONB: """'{{"drill": 1}}'::jsonb""",
}


@dataclass(frozen=True)
class Drill:
    """Damage of one kind, done to a table."""

    table: Table
    shop: str

    def do(self, damage: Damage, connection: psycopg.Connection, *, place: int) -> bool:
        """Do it to the row at a place in the key's order; false if there is none."""
        statements = {
            Damage.DELETED: self._delete,
            Damage.ADDED: self._add,
            Damage.CHANGED: self._change,
        }
        values = {"shop": self.shop, "place": place}
        done = connection.execute(statements[damage](), values).rowcount
        return done == 1

    @property
    def _name(self) -> sql.Identifier:
        return sql.Identifier("shopify", self.table.name)

    @property
    def _row(self) -> sql.Composed:
        """The row, chosen by the place among all, the last one if there are fewer."""
        return sql.SQL("""
            t.ctid = (SELECT c FROM (
                SELECT ctid AS c, row_number() OVER (ORDER BY {key}) AS n,
                       count(*) OVER () AS of FROM {table} WHERE shop = %(shop)s
            ) numbered WHERE n = 1 + %(place)s %% of)
        """).format(
            key=sql.SQL(", ").join(map(sql.Identifier, self.table.key)),
            table=self._name,
        )

    def _delete(self) -> sql.Composed:
        return sql.SQL("DELETE FROM {} t WHERE {}").format(self._name, self._row)

    def _add(self) -> sql.Composed:
        names = [column.name for column in self.table.columns]
        values = [
            self._otherwise(name)
            if name == self.table.key[-1]
            else sql.Identifier("t", name)
            for name in names
        ]
        return sql.SQL(
            "INSERT INTO {table} ({names}, _extracted_at) "
            "SELECT {values}, t._extracted_at - interval '1 hour' "
            "FROM {table} t WHERE {row}"
        ).format(
            table=self._name,
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            values=sql.SQL(", ").join(values),
            row=self._row,
        )

    def _change(self) -> sql.Composed:
        free = [each.name for each in self.table.columns]
        free = [name for name in free if name not in self.table.key]
        # Another column of each table, the same one every time.
        name = free[len(self.table.name) % len(free)] if free else self.table.key[-1]
        return sql.SQL("UPDATE {} t SET {} = {} WHERE {}").format(
            self._name, sql.Identifier(name), self._otherwise(name), self._row
        )

    def _otherwise(self, name: str) -> sql.Composed:
        form = OTHERWISE[self.table.column(name).kind]
        return sql.SQL(form).format(sql.Identifier("t", name))


def damaged(copy: Copy, name: str, damage: Damage, *, shop: str) -> set[str]:
    """Damage each table of a stream that has rows, each in another record if it can."""
    tables = compiled(name).tables
    # Children first: what hangs on a root that is gone could not be chosen.
    names = {
        table.name
        for place, table in enumerate(reversed(tables))
        if Drill(table, shop).do(damage, copy.connection, place=place)
    }
    copy.connection.commit()
    return names


def named(copy: Copy, name: str) -> Iterator[str]:
    """The tables that the newest proof but one has named."""
    [gaps] = copy.execute(
        "SELECT gaps FROM shopify_assets.proofs WHERE stream = %s AND kind = 'rows' "
        "ORDER BY id DESC OFFSET 1 LIMIT 1",
        name,
    )
    for gap in gaps[0]:
        assert gap["trouble"] == Trouble.ALTERED.value
        yield gap["detail"].partition(":")[0]


def drill(stage: Stage, postgres: psycopg.Connection, name: str, shop: str) -> None:
    """Damage all tables of a stream that have rows, in each of the three ways."""
    copy = Copy(stage, postgres)
    loaded = stored_rows(postgres, shop, compiled(name))
    for damage in Damage:
        touched = damaged(copy, name, damage, shop=shop)
        assert touched
        mended = copy.mend(name, ALL_TABLES, shop=shop)
        assert set(named(copy, name)) >= touched, damage
        assert of_kind(mended, Kind.ROWS).verdict is Verdict.WHOLE, damage
        assert stored_rows(postgres, shop, compiled(name)) == loaded, damage


@pytest.mark.parametrize("name", TODAY)
def test_damage_is_named_and_mended(
    stage: Stage, postgres: psycopg.Connection, name: str
) -> None:
    """A row deleted, one added, a cell changed, in every table of some streams."""
    stage.run(name, postgres, shop=LUMEN)
    drill(stage, postgres, name, LUMEN)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_damage_in_every_stream_is_named_and_mended(
    stage: Stage, postgres: psycopg.Connection, name: str
) -> None:
    """All of them, as `make drill` does it."""
    stage.run(name, postgres, shop=LUMEN)
    drill(stage, postgres, name, LUMEN)


def test_damage_of_what_reading_makes_is_named_and_mended(
    own: Stage, postgres: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    own.run("customers", postgres)
    own.run("inventory_items", postgres)
    own.time.sleep(3_600)
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 10**6)
    own.run(MADE_BY_READING, postgres, NEXT_DAY)
    drill(own, postgres, MADE_BY_READING, EMBER)


def test_the_lake_tells_row_and_column_and_mends_without_asking_shopify(
    copy: Copy,
) -> None:
    copy.stage.run("orders", copy.connection)
    [(order, line)] = copy.execute(
        "DELETE FROM shopify.order_line_items WHERE ctid = ("
        "SELECT ctid FROM shopify.order_line_items ORDER BY order_id, id LIMIT 1) "
        "RETURNING order_id, id"
    )
    copy.execute(
        "UPDATE shopify.orders SET test = NOT test WHERE id = %s",
        order,
    )
    proof = of_kind(copy.prove("orders", ALL_TABLES), Kind.ROWS)
    gid = f"gid://shopify/Order/{order}"
    of_orders, of_lines = sorted(proof.gaps, key=lambda gap: gap.detail, reverse=True)
    assert (of_lines.ids, of_orders.ids) == ((gid,), (gid,))
    assert of_lines.detail == (
        "order_line_items: rows of 1 records are not those that were loaded "
        f"({order}): order_line_items ({order}, {line}): missing"
    )
    assert of_orders.detail.startswith(
        f"orders: rows of 1 records are not those that were loaded ({order}): "
        f"orders ({order}): test is "
    )
    mended = copy.mend("orders", ALL_TABLES)
    assert mended.verdict is Verdict.WHOLE
    [done] = mended.repairs
    assert done.startswith(
        "1 records loaded again from extraction 1 of stream 'orders'"
    )
    assert copy.is_whole("orders")


def test_what_the_lake_does_not_hold_is_fetched(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    for key in list(copy.stage.store.keys("")):
        copy.stage.store.delete(key)
    copy.execute("DELETE FROM shopify.order_line_items")
    mended = copy.mend("orders", ALL_TABLES)
    assert of_kind(mended, Kind.ROWS).verdict is Verdict.WHOLE
    [done] = mended.repairs
    assert "records fetched by id: " in done
    assert copy.is_whole("orders")


def test_what_a_proof_has_found_the_next_load_does_not_believe(copy: Copy) -> None:
    """Without a repair, and without being asked to doubt."""
    copy.stage.run("orders", copy.connection)
    copy.execute("UPDATE shopify.order_line_items SET quantity = quantity + 1")
    copy.stage.load("orders", copy.connection)
    assert not copy.is_whole("orders")
    assert copy.prove("orders", ALL_TABLES).verdict is Verdict.GAP
    copy.stage.load("orders", copy.connection)
    assert copy.is_whole("orders")


def test_what_was_loaded_before_seals_is_undecided(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    copy.execute("TRUNCATE shopify_assets.seals, shopify_assets.seal_forms")
    result = copy.prove("orders", ALL_TABLES)
    proof = of_kind(result, Kind.ROWS)
    assert (proof.verdict, result.gaps) == (Verdict.UNDECIDED, ())
    assert proof.figures["not sealed"] == 30
    assert proof.reason.startswith("30 records were loaded before rows were sealed")
    assert proof.reason.endswith("shopify-assets backfill --distrust")
    copy.stage.load("orders", copy.connection)
    assert copy.prove("orders", ALL_TABLES).verdict is Verdict.WHOLE
