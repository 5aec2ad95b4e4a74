"""Which records' stored rows are unlike rows that were made anew.

Charter: a comparison of whole tables by the server, without a row travelling back; it
writes nothing but stages that go with its transaction. What the rows are compared for
is the caller's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from shopify_assets.postgres.copy.copying import Destination, checked
from shopify_assets.postgres.form import ddl
from shopify_assets.postgres.load import statements
from shopify_assets.postgres.load.stages import fill_stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl
    import psycopg

    from shopify_assets.catalog.tables import Table

_COMPARED = sql.Identifier("pg_temp", "_compared")


def unlike(
    connection: psycopg.Connection,
    table: Table,
    frames: Iterable[pl.DataFrame],
    *,
    shop: str,
    ids: pl.Series,
) -> tuple[int, tuple[Any, ...]]:
    """Compare the rows of a table that belong to chosen root records.

    Args:
        connection: to the warehouse.
        table: the table.
        frames: its rows, as a load takes them; those of other records are passed over.
        shop: the shop's domain.
        ids: what identifies the records in the root table.

    Returns:
        How many rows were compared, and the ids of the records that have a row too few,
        too many, or another one.

    Raises:
        DataError: a frame is not what its table takes.
    """
    of_records = table.root_key[1]
    wanted = (
        frame.filter(frame[of_records].is_in(ids.implode()))
        for frame in checked(frames, table=table, shop=shop)
    )
    columns = tuple(column.name for column in table.columns)
    to = Destination(table=table, relation=statements.stage(table), columns=columns)
    with connection.transaction():
        # A merge or hash of all rows beats a look-up of each, as long as it fits.
        connection.execute("SET LOCAL work_mem = '64MB'")
        connection.execute(statements.create_stage(table))
        rows = fill_stage(connection, (each for each in wanted if each.height), to=to)
        _note(connection, table, ids)
        analyze = sql.SQL("ANALYZE {}")
        connection.execute(analyze.format(statements.stage(table)))
        found = connection.execute(_differing(table), {"shop": shop}).fetchall()
    return rows, tuple(id_ for (id_,) in found)


def _note(connection: psycopg.Connection, table: Table, ids: pl.Series) -> None:
    """Tell the server which records are compared: one may have lost all its rows."""
    kind = table.column(table.root_key[1]).kind.value
    connection.execute(
        sql.SQL("""
            CREATE TEMPORARY TABLE {} ON COMMIT DROP AS
            SELECT DISTINCT unnest(%s::{}[]) AS id
        """).format(_COMPARED, sql.SQL(kind)),
        (ids.to_list(),),
    )
    connection.execute(sql.SQL("ANALYZE {}").format(_COMPARED))


def _differing(table: Table) -> sql.Composed:
    names = [column.name for column in table.columns if column.name not in table.key]
    return sql.SQL("""
        SELECT s.{root} FROM {stage} s LEFT JOIN {table} t ON {same}
        WHERE t.shop IS NULL OR {differs}
        UNION
        SELECT t.{root} FROM {table} t JOIN {compared} c ON t.{root} = c.id
        WHERE t.shop = %(shop)s AND NOT EXISTS (SELECT FROM {stage} s WHERE {same})
    """).format(
        root=sql.Identifier(table.root_key[1]),
        stage=statements.stage(table),
        table=ddl.qualified(table),
        compared=_COMPARED,
        same=statements.same_key(table),
        differs=statements.differs(names),
    )
