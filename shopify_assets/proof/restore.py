"""Damaged rows mended: from the lake where it has them, and by deleting what is none's.

Charter: doing it, and telling what was done and which records are left to be fetched
from Shopify. What is damaged is `stored`'s knowledge, what the lake holds `lake`'s.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from shopify_assets.errors import DataError
from shopify_assets.postgres.books import doubts, seals
from shopify_assets.postgres.books.damage import Fault
from shopify_assets.postgres.form import ddl
from shopify_assets.proof.ids import ID
from shopify_assets.proof.lake import held
from shopify_assets.proof.stored import compare, keys_of
from shopify_assets.proof.subject import gid_of
from shopify_assets.proof.verdicts import Trouble
from shopify_assets.retake import restore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shopify_assets.catalog.tables import Table
    from shopify_assets.postgres.books.damage import Unlike
    from shopify_assets.proof.subject import Seen, Subject
    from shopify_assets.proof.verdicts import Gap

# What wrong rows of a record look like to the proofs.
_OF_ROWS = frozenset({Trouble.ALTERED, Trouble.DIFFERENT, Trouble.SUM})


@dataclass(frozen=True)
class Restored:
    """What was mended of the stored rows.

    Attributes:
        done: what was done, told for people.
        ids: global ids of the records whose rows are as they were loaded once more.
        deleted: those of them that no load brought, and that are gone now.
    """

    done: tuple[str, ...]
    ids: frozenset[str]
    deleted: frozenset[str] = frozenset()

    def left(self, gaps: Iterable[Gap]) -> list[Gap]:
        """The gaps that still have to be mended: of other records, or other kinds."""
        return [gap for gap in gaps if not self._is_mended(gap)]

    def _is_mended(self, gap: Gap) -> bool:
        if gap.trouble is Trouble.DELETED:
            return self.deleted.issuperset(gap.ids)
        # Rows of no record are deleted, and have no ids.
        strays = gap.trouble is Trouble.ALTERED and not gap.ids
        of_rows = gap.trouble in _OF_ROWS and bool(gap.ids)
        return strays or (of_rows and self.ids.issuperset(gap.ids))


def restored(subject: Subject, seen: Seen) -> Restored:
    """Mend rows that are not as they were loaded, without asking Shopify."""
    unlike = compare(subject).unlike
    before = [each for each in unlike if each.fault is not Fault.STRAY]
    done = [
        *_strays_deleted(subject, unlike),
        *_from_the_lake(subject, _to_restore(subject, seen, before)),
    ]
    deleted = _added_deleted(subject, seen)
    if deleted:
        done.append(f"{len(deleted):,} records deleted, which no load brought")
    _forget_lost(subject, seen)
    still = set(keys_of(subject, compare(subject).unlike))
    mended = (key for key in keys_of(subject, before) if key not in still)
    return Restored(
        done=tuple(done),
        ids=frozenset(gid_of(seen, subject, key) for key in mended),
        deleted=frozenset(gid_of(seen, subject, key) for key in deleted),
    )


def _to_restore(
    subject: Subject, seen: Seen, unlike: Sequence[Unlike]
) -> list[int | str]:
    """All but records that are missing: these are fetched in their newest state."""
    missing = set(seen.compared.missing[ID])
    return [key for key in keys_of(subject, unlike) if key not in missing]


def _from_the_lake(subject: Subject, ids: Sequence[int | str]) -> Iterator[str]:
    for each in list(held(subject, ids)) if ids else ():
        root = subject.compiled.root
        connection, shop = subject.connection, subject.shop
        doubts.doubt_records(connection, root, shop=shop, ids=each.ids)
        try:
            loaded = restore(
                subject.compiled,
                each.manifest,
                frozenset(map(str, each.ids)),
                store=subject.context.store,
                connection=connection,
                clock=subject.client.server_time,
                most_set_aside=subject.max_set_aside,
            )
        except DataError as error:
            yield f"{len(each.ids):,} records could not be loaded again: {error}"
        else:
            told = f"{loaded.changed:,} rows changed"
            source = each.manifest.extraction
            yield f"{len(each.ids):,} records loaded again from {source}: {told}"


# ── what is none's ───────────────────────────────────────────────────────────────────


def _strays_deleted(subject: Subject, unlike: Sequence[Unlike]) -> Iterator[str]:
    by_table: dict[str, list[Unlike]] = defaultdict(list)
    for each in unlike:
        if each.fault is Fault.STRAY:
            by_table[each.table].append(each)
    for table in subject.compiled.tables:
        if table.name in by_table:
            ids = keys_of(subject, by_table[table.name])
            deleted = _delete(subject, table, ids)
            yield f"{table.name}: {deleted:,} rows deleted, which no record has"


def _added_deleted(subject: Subject, seen: Seen) -> list[int | str]:
    """Delete records that neither the lake nor the shop has; return their keys."""
    unlike = compare(subject).unlike
    added = [each for each in unlike if each.fault is Fault.ADDED]
    gone = set(seen.compared.surplus[ID])
    ids = [key for key in keys_of(subject, added) if key in gone]
    for table in reversed(subject.compiled.tables) if ids else ():
        _delete(subject, table, ids)
    return ids


def _forget_lost(subject: Subject, seen: Seen) -> None:
    """Forget records that are gone from the warehouse, the lake and the shop."""
    if seen.due.visible is not None:
        return  # the shop may have what it does not show
    unlike = [each for each in compare(subject).unlike if each.fault is Fault.GONE]
    listed = set(seen.swept.records[ID])
    ids = [key for key in keys_of(subject, unlike) if key not in listed]
    if ids:
        with subject.connection.transaction():
            seals.forget(
                subject.connection,
                shop=subject.shop,
                stream=subject.compiled.name,
                ids=ids,
            )


def _delete(subject: Subject, table: Table, ids: Sequence[Any]) -> int:
    delete = sql.SQL("DELETE FROM {} WHERE shop = %s AND {} = ANY (%s)").format(
        ddl.qualified(table), sql.Identifier(table.root_key[1])
    )
    with subject.connection.transaction():
        done = subject.connection.execute(delete, (subject.shop, list(ids)))
        return done.rowcount
