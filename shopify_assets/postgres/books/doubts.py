"""Stored rows that are not believed: the next load compares them in full.

Charter: forgetting the digests of records. Digests tell what was loaded, not what
became of it since; who has reason to doubt that says so here, before loading again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from shopify_assets.postgres.form import ddl
from shopify_assets.postgres.loads import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from shopify_assets.catalog.tables import Table
    from shopify_assets.windows import Window


def doubt_records(
    connection: psycopg.Connection, root: Table, *, shop: str, ids: Sequence[int | str]
) -> None:
    """Doubt the rows of records, by what identifies them in the root table."""
    which = sql.SQL("{} = ANY (%(ids)s)").format(sql.Identifier(root.key[1]))
    _doubt(connection, root, which, {"shop": shop, "ids": list(ids)})


def doubt_window(
    connection: psycopg.Connection, root: Table, *, shop: str, window: Window
) -> None:
    """Doubt the rows of records whose version lies in a window."""
    which = sql.SQL("{0} >= %(start)s AND {0} < %(end)s").format(
        sql.Identifier(root.version or root.key[1])
    )
    values = {"shop": shop, "start": window.start, "end": window.end}
    _doubt(connection, root, which, values)


def doubt_all(connection: psycopg.Connection, root: Table, *, shop: str) -> None:
    """Doubt all rows of a shop."""
    _doubt(connection, root, sql.SQL("TRUE"), {"shop": shop})


def _doubt(
    connection: psycopg.Connection,
    root: Table,
    which: sql.Composable,
    values: dict[str, object],
) -> None:
    update = sql.SQL("""
        UPDATE {table} SET {digests} = NULL
        WHERE shop = %(shop)s AND {digests} IS NOT NULL AND {which}
    """).format(
        table=ddl.qualified(root), digests=sql.Identifier(ddl.DIGESTS), which=which
    )
    with told(f"doubts of {root.name}"), connection.transaction():
        connection.execute(update, values)
