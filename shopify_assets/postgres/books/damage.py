"""Stored rows that are not those that were loaded, as the records' seals tell it.

Charter: the comparison of all seals of a stream of a shop with its rows. What a seal is
lies in `seals`; what is done about damage is `proof`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg import sql

from shopify_assets.postgres.books.seals import Form, Sealed, hashes_of
from shopify_assets.postgres.form.migrate import stored_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import psycopg

    from shopify_assets.catalog.tables import Table

_IN_USE: LiteralString = """
    SELECT form, hashes, tables FROM shopify_assets.seal_forms
    WHERE form IN (
        SELECT form FROM shopify_assets.seals WHERE shop = %s AND stream = %s
    )
    ORDER BY since
"""

_SINCE: LiteralString = "SELECT min(since) FROM shopify_assets.seal_forms"


class Fault(Enum):
    """What is wrong with stored rows."""

    ALTERED = "altered"  # a record's rows in a table are not those that were loaded
    GONE = "gone"  # a record's own row is gone
    ADDED = "added"  # a record's own row came by no load
    STRAY = "stray"  # rows that belong to no living record


@dataclass(frozen=True)
class Unlike:
    """The rows of one record in one table, which are not as they were loaded.

    Attributes:
        table: the table.
        id: what identifies the record in the root table, as text.
        fault: what is wrong.
    """

    table: str
    id: str
    fault: Fault


@dataclass(frozen=True)
class Comparison:
    """What comparing the seals of a stream of a shop with the stored rows found.

    Attributes:
        records: how many seals were compared.
        rows: how many rows of all tables were looked at.
        unsealed: living records that have no seal that can be compared.
        unlike: what is not as it was loaded.
    """

    records: int
    rows: int
    unsealed: int
    unlike: tuple[Unlike, ...]


def compare(
    connection: psycopg.Connection, tables: Sequence[Table], *, shop: str, stream: str
) -> Comparison:
    """Compare all rows of a stream of a shop with what was loaded.

    A difference is looked for twice: rows of a table that was empty are seen as soon as
    they are copied, their seals when the load has ended.
    """
    first = _compared(connection, tables, shop=shop, stream=stream)
    if not first.unlike:
        return first
    again = _compared(connection, tables, shop=shop, stream=stream)
    both = frozenset(first.unlike)
    unlike = tuple(each for each in again.unlike if each in both)
    return Comparison(again.records, again.rows, again.unsealed, unlike)


def _compared(
    connection: psycopg.Connection, tables: Sequence[Table], *, shop: str, stream: str
) -> Comparison:
    with connection.transaction():
        # One state of seals and rows, whatever is loaded meanwhile.
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SET LOCAL work_mem = '64MB'")
        connection.execute("SET LOCAL jit = off")
        # All of it is gone through, which statistics of a new shop do not tell.
        connection.execute("SET LOCAL enable_nestloop = off")
        return _Look(connection, tuple(map(Sealed.of, tables)), shop, stream).compared()


@dataclass(frozen=True)
class _Look:
    """One look at a stream of a shop, within a transaction."""

    connection: psycopg.Connection
    tables: tuple[Sealed, ...]
    shop: str
    stream: str

    def compared(self) -> Comparison:
        """Compare by sums over all records, and by record where these differ."""
        forms = self._comparable()
        unsealed, added = self._without_seal(forms)
        unlike = [Unlike(self.tables[0].name, each, Fault.ADDED) for each in added]
        # Rows without a seal would be in the tables' sums and in no seals'.
        alone = len(forms) == 1 and not unsealed
        differing = {table.name for table in self.tables}
        rows = records = 0
        for form in forms:
            count, sums = self._seals(form)
            records += count
            totals = [self._total(table) for table in form.tables] if alone else []
            rows += sum(count for count, _ in totals)
            for place, table in enumerate(form.tables):
                if alone and totals[place][1] == sums[place]:
                    differing.discard(table.name)
                else:
                    unlike += self._unlike(form, place)
        for table in self.tables[1:]:
            if table.name in differing:
                unlike += self._strays(table)
        return Comparison(records, rows, unsealed, tuple(unlike))

    def _all(self, query: sql.Composed, **values: object) -> list[tuple[Any, ...]]:
        known = {"shop": self.shop, "stream": self.stream}
        return self.connection.execute(query, {**known, **values}).fetchall()

    def _comparable(self) -> list[Form]:
        """Forms whose hashes are this server's, and whose columns are all there."""
        used = self.connection.execute(_IN_USE, (self.shop, self.stream)).fetchall()
        hashes = hashes_of(self.connection)
        forms = [
            Form(number, tuple(map(Sealed.read, tables)))
            for number, made_by, tables in used
            if made_by == hashes
        ]
        names = {table.name for form in forms for table in form.tables}
        stored = stored_types(self.connection, tuple(names))
        return [each for each in forms if _is_stored(each, stored)]

    def _without_seal(self, forms: Sequence[Form]) -> tuple[int, list[str]]:
        """Count living records without a comparable seal; name those nobody loaded.

        What an earlier version of this project loaded is older than the first form.
        """
        root = self.tables[0]
        values = {"forms": [each.number for each in forms], "since": self._since()}
        query = without_seal(root)
        [(unsealed, added)] = self._all(query, **values)
        return unsealed, added

    def _since(self) -> datetime | None:
        row = self.connection.execute(_SINCE).fetchone()
        return row[0] if row else None

    def _seals(self, form: Form) -> tuple[int, list[int]]:
        [(count, *sums)] = self._all(total_of_seals(form), form=form.number)
        return count, sums

    def _total(self, table: Sealed) -> tuple[int, int]:
        [(count, total)] = self._all(total_of_rows(table, root=self.tables[0]))
        return count, total

    def _unlike(self, form: Form, place: int) -> Iterator[Unlike]:
        table = form.tables[place]
        for id_, gone in self._all(unlike(form, place), form=form.number):
            lost = place == 0 and gone
            yield Unlike(table.name, id_, Fault.GONE if lost else Fault.ALTERED)

    def _strays(self, table: Sealed) -> Iterator[Unlike]:
        for (id_,) in self._all(strays(table, root=self.tables[0])):
            yield Unlike(table.name, id_, Fault.STRAY)


def _is_stored(form: Form, stored: dict[str, dict[str, str]]) -> bool:
    return all(
        stored.get(table.name, {}).get(name) == kind
        for table in form.tables
        for name, kind in table.columns
    )


# ── SQL ──────────────────────────────────────────────────────────────────────────────


def _living(table: Sealed, root: Sealed) -> sql.SQL:
    return sql.SQL("AND t._deleted_at IS NULL" if table.name == root.name else "")


def total_of_rows(table: Sealed, *, root: Sealed) -> sql.Composed:
    """Count the rows of a shop in a table, and combine their hashes."""
    return sql.SQL("""
        SELECT count(*), coalesce(bit_xor({hashed}), 0) FROM {table} t
        WHERE t.shop = %(shop)s {living}
    """).format(hashed=table.hashed, table=table.qualified, living=_living(table, root))


def total_of_seals(form: Form) -> sql.Composed:
    """Count the seals of a form, and combine their sums, table by table."""
    sums = sql.SQL(", ").join(
        sql.SQL("coalesce(bit_xor(sums[{}]), 0)").format(sql.Literal(place))
        for place in range(1, len(form.tables) + 1)
    )
    return sql.SQL("""
        SELECT count(*), {sums} FROM shopify_assets.seals
        WHERE shop = %(shop)s AND stream = %(stream)s AND form = %(form)s
    """).format(sums=sums)


def unlike(form: Form, place: int) -> sql.Composed:
    """Name the records whose rows in a table are not as sealed; true: it has none."""
    table, root = form.tables[place], form.tables[0]
    return sql.SQL("""
        SELECT z.id, c.id IS NULL
        FROM shopify_assets.seals z LEFT JOIN (
            SELECT t.{root}::text AS id, bit_xor({hashed}) AS sum FROM {table} t
            WHERE t.shop = %(shop)s {living} GROUP BY 1
        ) c ON c.id = z.id
        WHERE z.shop = %(shop)s AND z.stream = %(stream)s AND z.form = %(form)s
          AND coalesce(c.sum, 0) <> z.sums[{place}]
        ORDER BY z.id
    """).format(
        root=table.root,
        hashed=table.hashed,
        table=table.qualified,
        living=_living(table, root),
        place=sql.Literal(place + 1),
    )


def strays(table: Sealed, *, root: Sealed) -> sql.Composed:
    """Name what has rows in a table and is no living record, nor was one sealed."""
    return sql.SQL("""
        SELECT DISTINCT t.{root_id}::text FROM {table} t
        WHERE t.shop = %(shop)s AND NOT EXISTS (
            SELECT FROM {root} r
            WHERE r.shop = %(shop)s AND r.{id} = t.{root_id} AND r._deleted_at IS NULL
        ) AND NOT EXISTS (
            SELECT FROM shopify_assets.seals z WHERE z.shop = %(shop)s
              AND z.stream = %(stream)s AND z.id = t.{root_id}::text
        ) ORDER BY 1
    """).format(
        root_id=table.root, table=table.qualified, root=root.qualified, id=root.root
    )


def without_seal(root: Sealed) -> sql.Composed:
    """Count living records without a comparable seal, and name what no load brought."""
    return sql.SQL("""
        SELECT count(*) FILTER (WHERE NOT added),
               coalesce(array_agg(id ORDER BY id) FILTER (WHERE added), '{{}}')
        FROM (
            SELECT t.{id}::text AS id,
                   z.id IS NULL AND coalesce(t._loaded_at >= %(since)s, FALSE) AS added
            FROM {root} t LEFT JOIN shopify_assets.seals z
              ON z.shop = %(shop)s AND z.stream = %(stream)s AND z.id = t.{id}::text
            WHERE t.shop = %(shop)s AND t._deleted_at IS NULL
              AND (z.id IS NULL OR z.form <> ALL (%(forms)s::bigint[]))
        ) unsealed
    """).format(id=root.root, root=root.qualified)
