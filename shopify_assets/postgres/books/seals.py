"""The book of seals: what the stored rows of each record are, in one number a table.

Charter: what a seal is, which columns it covers, and forgetting it. Seals are written
by `load/seals`, and compared with the rows as they lie in their tables by `damage`.

A seal is made by PostgreSQL of the rows as it stores them: the hashes of a record's
rows in one table, combined by XOR. Each row holds its key, so no two rows are alike and
cancel each other out. It covers the columns that the load had declared, which its
*form* lists: what a shop withholds, or a later declaration adds, is not vouched for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, LiteralString
from weakref import WeakKeyDictionary

from psycopg import sql
from psycopg.types.json import Jsonb

from shopify_assets.postgres.form import ddl

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from shopify_assets.catalog.tables import Table

# A value of each kind of column: a server that hashes one of them differently makes
# seals that cannot be compared with those of another.
_HASHES: LiteralString = """
    SELECT hash_record_extended(ROW(
        1::integer, 2::bigint, 1.50::numeric, 0.1::double precision, true, 'é'::text,
        ARRAY['a', NULL], DATE '2026-01-01', TIMESTAMPTZ '2026-01-01 00:00:00+00',
        '{"a": [1, null]}'::jsonb
    ), 1)
"""

# A connection has one server for life.
_known_hashes: WeakKeyDictionary[psycopg.Connection, int] = WeakKeyDictionary()

_KNOWN: LiteralString = """
    SELECT EXISTS (SELECT FROM shopify_assets.seal_forms WHERE form = %s)
"""

_REGISTER: LiteralString = """
    INSERT INTO shopify_assets.seal_forms (form, hashes, tables) VALUES (%s, %s, %s)
    ON CONFLICT (form) DO NOTHING
"""

_FORGET: LiteralString = """
    DELETE FROM shopify_assets.seals
    WHERE shop = %(shop)s AND stream = %(stream)s AND id = ANY (%(records)s)
"""


@dataclass(frozen=True)
class Sealed:
    """A table as a seal covers it.

    Attributes:
        name: the table's name.
        root_id: its column that identifies the root record.
        columns: name and type of each column that is covered.
    """

    name: str
    root_id: str
    columns: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, table: Table) -> Sealed:
        """A table, by its declaration."""
        columns = tuple((each.name, each.kind.value) for each in table.columns)
        return cls(table.name, table.root_key[1], columns)

    @classmethod
    def read(cls, listed: dict[str, Any]) -> Sealed:
        """A table, as `as_json` wrote it down."""
        columns = tuple((name, kind) for name, kind in listed["columns"])
        return cls(listed["name"], listed["root_id"], columns)

    @property
    def qualified(self) -> sql.Identifier:
        """The table's name in SQL."""
        return sql.Identifier(ddl.DATA_SCHEMA, self.name)

    @property
    def root(self) -> sql.Identifier:
        """The column that identifies the root record."""
        return sql.Identifier(self.root_id)

    @cached_property
    def hashed(self) -> sql.Composed:
        """The hash of one row `t`: an expression."""
        columns = (sql.Identifier("t", name) for name, _ in self.columns)
        return sql.SQL("hash_record_extended(ROW({}), {})").format(
            sql.SQL(", ").join(columns), sql.Literal(_number(self.as_json()))
        )

    def as_json(self) -> dict[str, Any]:
        """It as JSON."""
        return {
            "name": self.name,
            "root_id": self.root_id,
            "columns": [list(each) for each in self.columns],
        }


@dataclass(frozen=True)
class Form:
    """What seals of one number cover.

    Attributes:
        number: identifies it: of the tables, their columns, and the server's hashes.
        tables: the tables, the root first; a seal has a sum for each.
    """

    number: int
    tables: tuple[Sealed, ...]


def registered(connection: psycopg.Connection, tables: Sequence[Table]) -> Form:
    """The form of seals of these tables; it is written down if it is new.

    In a transaction of its own, lest loads of several shops wait for each other.
    """
    sealed = tuple(map(Sealed.of, tables))
    listed = [each.as_json() for each in sealed]
    with connection.transaction():
        hashes = hashes_of(connection)
        form = Form(_number([hashes, listed]), sealed)
        if connection.execute(_KNOWN, (form.number,)).fetchone() != (True,):
            connection.execute(_REGISTER, (form.number, hashes, Jsonb(listed)))
    return form


def hashes_of(connection: psycopg.Connection) -> int:
    """How this server hashes one value of each kind, in one number."""
    if connection not in _known_hashes:
        row = connection.execute(_HASHES).fetchone()
        _known_hashes[connection] = int(row[0]) if row else 0
    return _known_hashes[connection]


def _number(value: Any) -> int:
    digest = blake2b(json.dumps(value).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def forget(
    connection: psycopg.Connection, *, shop: str, stream: str, ids: Sequence[object]
) -> None:
    """Forget the seals of records that are there no more, by their keys."""
    values = {"shop": shop, "stream": stream, "records": [str(each) for each in ids]}
    connection.execute(_FORGET, values)
