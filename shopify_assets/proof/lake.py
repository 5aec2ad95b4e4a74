"""Records that are damaged in the warehouse, as the lake has them; and restored.

Charter: finding the newest loaded extraction of a record in the lake, what differs
between the two, and loading it again without asking Shopify. Which records are damaged
is `stored`'s knowledge.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from shopify_assets.errors import TablesError
from shopify_assets.normalize.files import TableReader
from shopify_assets.normalizing import as_read
from shopify_assets.postgres.form import ddl
from shopify_assets.proof.reading import differences, rows_of
from shopify_assets.storage.extractions import Extractions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from shopify_assets.proof.subject import Subject
    from shopify_assets.storage.manifests import Manifest

# Records that are compared cell by cell for the sake of a message.
_MOST_TOLD = 50


@dataclass(frozen=True)
class Held:
    """Records of which an extraction in the lake is the newest.

    Attributes:
        manifest: the extraction.
        ids: what identifies the records in the root table.
    """

    manifest: Manifest
    ids: tuple[Any, ...]


def held(subject: Subject, ids: Sequence[Any]) -> Iterator[Held]:
    """Yield the newest loaded extraction of each record, if the lake still has it.

    One that is older than what is stored is not: the newest was deleted from the lake.
    """
    compiled, store = subject.compiled, subject.context.store
    loaded = Extractions(store).loaded(compiled.name, subject.shop)
    since = _extracted(subject, ids)
    sought = set(ids)
    for manifest in sorted(loaded, key=_made_at, reverse=True):
        if not sought:
            return
        try:
            tables = as_read(compiled, manifest).tables
            reader = TableReader(store, manifest.extraction, tables)
            inside = sought.intersection(reader.root_ids)
        except TablesError:
            # Its tables are not there, and nothing else tells which records it holds.
            return
        sought -= inside
        at = manifest.plan.created_at
        fresh = tuple(sorted(id_ for id_ in inside if since.get(id_, at) <= at))
        if fresh:
            yield Held(manifest, fresh)


def _made_at(manifest: Manifest) -> datetime:
    return manifest.plan.created_at


def _extracted(subject: Subject, ids: Sequence[Any]) -> dict[Any, datetime]:
    """When the stored states of records were extracted."""
    root = subject.compiled.root
    query = sql.SQL(
        "SELECT {id}, _extracted_at FROM {table} WHERE shop = %s AND {id} = ANY (%s)"
    ).format(id=sql.Identifier(root.key[-1]), table=ddl.qualified(root))
    with subject.connection.transaction():
        rows = subject.connection.execute(query, (subject.shop, list(ids)))
        return dict(rows.fetchall())


def told_by_the_lake(
    subject: Subject, ids: Sequence[Any]
) -> Mapping[tuple[str, Any], list[str]]:
    """Tell which rows and columns differ from the lake, by table and record.

    Of the first records only; of those the lake does not hold, nothing.
    """
    told: dict[tuple[str, Any], list[str]] = defaultdict(list)
    store = subject.context.store
    for each in held(subject, list(ids)[:_MOST_TOLD]):
        tables = as_read(subject.compiled, each.manifest).tables
        reader = TableReader(store, each.manifest.extraction, tables)
        rows = rows_of(reader, tables, each.ids)
        for difference in differences(
            subject.connection, tables, rows, each.ids, shop=subject.shop
        ):
            told[difference.table, difference.root].append(str(difference))
    return told
