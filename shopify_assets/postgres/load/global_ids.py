"""Which global ids stand behind ids below zero.

Charter: keeping `shopify.global_ids` and reading it. How a stand-in is made is the
catalog's business (`catalog/gids.py`); that no two global ids share one is seen to
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

from psycopg import sql

from shopify_assets.catalog.tables import GLOBAL_IDS
from shopify_assets.errors import DataError
from shopify_assets.postgres.copy.copying import Destination, copy_frames

if TYPE_CHECKING:
    import psycopg

    from shopify_assets.postgres.loads import Load

_STAGE = sql.Identifier("pg_temp", "_global_ids")

_CREATE: LiteralString = """
    CREATE TEMPORARY TABLE _global_ids (shop text, id bigint, gid text) ON COMMIT DROP
"""

# In one order, lest two loads of a shop wait for each other.
_NOTE: LiteralString = """
    INSERT INTO shopify.global_ids (shop, id, gid)
    SELECT DISTINCT shop, id, gid FROM pg_temp._global_ids ORDER BY shop, id
    ON CONFLICT (shop, id) DO NOTHING
"""

_SHARED: LiteralString = """
    SELECT known.id, known.gid, came.gid
    FROM pg_temp._global_ids came JOIN shopify.global_ids known USING (shop, id)
    WHERE came.gid <> known.gid
    LIMIT 1
"""

_READ: LiteralString = "SELECT id, gid FROM shopify.global_ids WHERE shop = %s"


def note_stand_ins(connection: psycopg.Connection, load: Load) -> None:
    """Note what the stand-ins of a batch stand for, in the transaction of its load.

    Raises:
        DataError: two global ids have one stand-in; hardly ever, for it has 63 bits.
    """
    frames = iter(load.stand_ins)
    first = next(frames, None)
    if first is None:
        return
    connection.execute(_CREATE)
    names = tuple(column.name for column in GLOBAL_IDS.columns)
    to = Destination(table=GLOBAL_IDS, relation=_STAGE, columns=names)
    copy_frames(
        connection, (frame for part in ((first,), frames) for frame in part), to=to
    )
    connection.execute(_NOTE)
    shared = connection.execute(_SHARED).fetchone()
    if shared:
        number, known, came = shared
        raise DataError(
            f"shop {load.shop}: the global ids {known!r} and {came!r} have one "
            f"stand-in, {number}; nothing was loaded: this is a bug, report it"
        )


def stand_ins(connection: psycopg.Connection, *, shop: str) -> dict[int, str]:
    """Read which global ids the stand-ins of a shop stand for."""
    with connection.transaction():
        return dict(connection.execute(_READ, (shop,)).fetchall())
