"""Stages: temporary tables that hold rows of a batch, each key once.

Charter: filling them. They go with the transaction; what their rows are compared with
is `changes`' and `merge`'s business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from shopify_assets.postgres.copy.copying import Destination, copy_frames
from shopify_assets.postgres.load import statements

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl


def fill_stage(
    connection: psycopg.Connection, frames: Iterable[pl.DataFrame], *, to: Destination
) -> int:
    """Fill a stage that was created empty; return how many rows it keeps.

    Of rows with one key it keeps that of the highest version, or the last one.
    """
    rows = copy_frames(connection, frames, to=to)
    index = statements.index_stage(to.table, to.relation)
    try:
        with connection.transaction():
            connection.execute(index)
    except psycopg.errors.UniqueViolation:
        delete = statements.deduplicate(to.table, to.relation)
        rows -= connection.execute(delete).rowcount
        connection.execute(index)
    return rows
