"""What a load means for the book of what is set aside.

Charter: closing the entries that a load makes good and opening those it brings, as a
part of its transaction. The book itself is `books.aside`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

import polars as pl
from psycopg import sql

from shopify_assets.postgres.books import aside
from shopify_assets.postgres.copy.copying import DTYPES, record_ids
from shopify_assets.postgres.form import ddl
from shopify_assets.postgres.loads import Disposition

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

    from shopify_assets.catalog.tables import Table
    from shopify_assets.postgres.loads import Entry, Load

_KNOWN: LiteralString = """
    SELECT record FROM shopify_assets.set_aside
    WHERE shop = %(shop)s AND stream = %(stream)s AND record IS NOT NULL
"""

_ANY: LiteralString = """
    SELECT EXISTS (
        SELECT FROM shopify_assets.set_aside
        WHERE shop = %(shop)s AND stream = %(stream)s
    )
"""

# Records that are loaded, or gone with a whole snapshot; lines and extractions whose
# window, or the very extraction of which, is loaded.
_CLOSE: LiteralString = """
    DELETE FROM shopify_assets.set_aside
    WHERE shop = %(shop)s AND stream = %(stream)s
      AND extracted_at <= %(extracted_at)s AND key <> ALL (%(kept)s)
      AND (%(snapshot)s OR record = ANY (%(loaded)s) OR record IS NULL
           AND (extraction = %(extraction)s
                OR window_start >= %(start)s AND window_end <= %(end)s))
"""


def settle(connection: psycopg.Connection, load: Load) -> None:
    """Close the entries that a load makes good, and open those it brings.

    It is a part of the load's transaction.
    """
    values = load.parameters
    if not load.aside and connection.execute(_ANY, values).fetchone() != (True,):
        return
    known = [record for (record,) in connection.execute(_KNOWN, values).fetchall()]
    loaded = _loaded(load, known) if known else []
    entries = {entry.key: entry for entry in _not_older(connection, load)}
    values |= {
        "kept": list(entries),
        "loaded": loaded,
        "snapshot": load.disposition is Disposition.REPLACE,
        "extraction": load.extraction,
        "start": load.window.start if load.window else None,
        "end": load.window.end if load.window else None,
    }
    connection.execute(_CLOSE, values)
    for entry in entries.values():
        of_entry = {
            "key": entry.key,
            "record": entry.record,
            "table": entry.table,
            "file": entry.file,
            "line": entry.line,
            "place": entry.place,
            "reason": entry.reason,
        }
        aside.write(connection, {**values, **of_entry})


def _loaded(load: Load, known: list[str]) -> list[str]:
    ids = record_ids(load).cast(pl.String)
    return ids.filter(ids.is_in(known)).to_list()


def _not_older(connection: psycopg.Connection, load: Load) -> list[Entry]:
    """The load's entries, but for records of which something newer is stored."""
    keys = keys_of(load.root, load.aside)
    if keys.is_empty():
        return list(load.aside)
    query = sql.SQL(
        "SELECT {id} FROM {table} WHERE shop = %(shop)s AND {id} = ANY (%(ids)s) "
        "AND _extracted_at > %(extracted_at)s"
    ).format(id=sql.Identifier(load.root.key[1]), table=ddl.qualified(load.root))
    values = {**load.parameters, "ids": keys.to_list()}
    newer = {str(each) for (each,) in connection.execute(query, values).fetchall()}
    return [entry for entry in load.aside if entry.record not in newer]


def keys_of(root: Table, entries: Iterable[Entry]) -> pl.Series:
    """The known records of some entries, as the root table has them in its key."""
    known = [entry.record for entry in entries if entry.record is not None]
    dtype = DTYPES[root.column(root.key[1]).kind]
    return pl.Series(known, dtype=pl.String).cast(dtype)
