"""Deletions that are told one by one: the record stays, marked, without its children.

Charter: tombstones by id, as webhooks and deletion events tell them. What a snapshot
does not hold any more is `merge`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.postgres.books import aside, seals, watermarks
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.postgres.load import statements
from shopify_assets.postgres.loads import told

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

    from shopify_assets.catalog.tables import Table


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """Records of one stream that are gone.

    Attributes:
        shop: the shop's domain.
        tables: the stream's tables, the root first.
        ids: what identifies the records in the root table: numbers, or GIDs.
        deleted_at: when they were deleted; what was extracted later is not touched.
        reason: how it is known, for `_deleted_reason`.
    """

    shop: str
    tables: tuple[Table, ...]
    ids: tuple[int | str, ...]
    deleted_at: datetime
    reason: str


def tombstone(connection: psycopg.Connection, deletion: Deletion) -> int:
    """Mark records as deleted and remove their children; return how many were marked.

    Records that are not stored, marked already, or extracted later are left alone.

    Raises:
        Unavailable: the warehouse went away; nothing was marked.
    """
    root, *children = deletion.tables
    with told(f"deletions of {root.name} of shop {deletion.shop}"):
        migrate(connection, deletion.tables)
        with connection.transaction():
            watermarks.lock(connection, shop=deletion.shop, stream=root.stream)
            values = {
                "shop": deletion.shop,
                "extracted_at": deletion.deleted_at,
                "reason": deletion.reason,
                "ids": list(deletion.ids),
            }
            statement = statements.tombstone_ids(root)
            marked = connection.execute(statement, values).fetchall()
            values["ids"] = [each for (each,) in marked]
            for table in children:
                delete = statements.delete_children_of_ids(table)
                connection.execute(delete, values)
            seals.forget(
                connection,
                shop=deletion.shop,
                stream=root.stream,
                ids=[each for (each,) in marked],
            )
            aside.close_records(
                connection,
                shop=deletion.shop,
                stream=root.stream,
                records=deletion.ids,
                gone_at=deletion.deleted_at,
            )
    return len(marked)
