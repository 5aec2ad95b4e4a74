"""Additive migrations: the warehouse follows the catalog, and loses nothing.

Charter: compares the tables that are declared with those that are stored, and adds what
is missing. Nothing is ever dropped or narrowed; what only an operator may decide is a
ConfigurationError that names table, column, types and remedy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg import sql

from shopify_assets.catalog.tables import GLOBAL_IDS
from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres.form import ddl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shopify_assets.catalog.tables import Table

Statement = sql.Composed | sql.SQL

# Every value of the left type is a value of each right one.
WIDENINGS = {
    "integer": frozenset({"bigint", "numeric", "double precision"}),
    "bigint": frozenset({"numeric"}),
}

# As PostgreSQL spells it: as the catalog does.
_SPELLINGS = {"timestamp with time zone": "timestamptz"}

_SCHEMAS = (ddl.DATA_SCHEMA, ddl.BOOKS_SCHEMA)
# The tables of the books, with what creates them, in this order.
_BOOKS = (
    (("loads", "watermarks"), ddl.CREATE_BOOKS),
    (("proofs",), ddl.CREATE_PROOFS),
    (("rotations",), ddl.CREATE_ROTATIONS),
    (("set_aside",), ddl.CREATE_SET_ASIDE),
    (("seals",), ddl.CREATE_SEALS),
    (("checks",), ddl.CREATE_CHECKS),
    (("seen",), ddl.CREATE_SEEN),
)

_LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"

_STORED: LiteralString = """
    SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
           NOT a.attnotnull, coalesce(array_position(i.indkey::int2[], a.attnum), -1)
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
    LEFT JOIN pg_catalog.pg_attribute a
        ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p') AND c.relname = ANY (%s)
    ORDER BY c.oid, a.attnum
"""


@dataclass
class _Stored:
    """A table as it is in the warehouse."""

    columns: dict[str, ddl.StoredColumn] = field(default_factory=dict)
    key: dict[int, str] = field(default_factory=dict)


def migrate(
    connection: psycopg.Connection, tables: Iterable[Table]
) -> tuple[Statement, ...]:
    """Bring the warehouse to the declared form; return the statements that did it.

    Any number of processes may do so at once. Opens and ends a transaction of its own.

    Raises:
        ConfigurationError: a column is stored in a type that the declared one cannot
            follow safely, a key differs, or the user lacks a right.
    """
    wanted = tuple(tables)
    try:
        with connection.transaction():
            if not tuple(_missing(connection, wanted)):
                return ()
        with connection.transaction():
            # Looked at once more: another process may have done it while we waited.
            connection.execute(_LOCK, ("shopify_assets migrations",))
            statements = tuple(_missing(connection, wanted))
            # At once: a new table has dozens, and each would be a trip to the server.
            connection.execute(sql.SQL("; ").join(statements))
            return statements
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            f"the warehouse's user may not add a schema, table or column: {error}; let "
            f"it, or make it the owner of schemas {ddl.DATA_SCHEMA} and "
            f"{ddl.BOOKS_SCHEMA}"
        ) from error
    except (
        psycopg.errors.FeatureNotSupported,
        psycopg.errors.DependentObjectsStillExist,
    ) as error:
        raise ConfigurationError(
            f"a view or rule hinders a column's change of type: {error}; drop it, load "
            "again, and create it anew"
        ) from error


def _missing(
    connection: psycopg.Connection, tables: tuple[Table, ...]
) -> Iterator[Statement]:
    books = [name for names, _ in _BOOKS for name in names]
    names = (*books, GLOBAL_IDS.name, *(table.name for table in tables))
    stored = _stored(connection, _SCHEMAS, names)
    missing = list(_missing_tables(tables, stored))
    if missing:
        yield from _missing_schemas(connection)
        yield from missing


def _missing_tables(
    tables: tuple[Table, ...], stored: Mapping[tuple[str, str], _Stored]
) -> Iterator[Statement]:
    for names, create in _BOOKS:
        if any((ddl.BOOKS_SCHEMA, name) not in stored for name in names):
            yield from create
    watermarks = stored.get((ddl.BOOKS_SCHEMA, "watermarks"))
    if watermarks is not None and "looked_at" not in watermarks.columns:
        yield ddl.ADD_LOOKS
    if (ddl.DATA_SCHEMA, GLOBAL_IDS.name) not in stored:
        yield from ddl.CREATE_GLOBAL_IDS
    for table in tables:
        yield from changes(table, stored.get((ddl.DATA_SCHEMA, table.name)))


def _missing_schemas(connection: psycopg.Connection) -> Iterator[sql.Composed]:
    # CREATE SCHEMA IF NOT EXISTS asks for the right to create even if it exists.
    found = connection.execute("SELECT nspname FROM pg_catalog.pg_namespace").fetchall()
    for name in _SCHEMAS:
        if (name,) not in found:
            yield ddl.create_schema(name)


def _stored(
    connection: psycopg.Connection, schemas: tuple[str, ...], tables: tuple[str, ...]
) -> dict[tuple[str, str], _Stored]:
    """The tables of these names in the schemas, by schema and name."""
    found: dict[tuple[str, str], _Stored] = {}
    rows = connection.execute(_STORED, (list(schemas), list(tables))).fetchall()
    for schema, table, name, kind, nullable, place in rows:
        stored = found.setdefault((schema, table), _Stored())
        if name is not None:
            stored.columns[name] = ddl.StoredColumn(
                name, _SPELLINGS.get(kind) or kind, nullable
            )
        if place >= 0:
            stored.key[place] = name
    return found


def stored_types(
    connection: psycopg.Connection, tables: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    """The types of the columns of data tables, as the warehouse has them now."""
    stored = _stored(connection, (ddl.DATA_SCHEMA,), tables)
    return {
        table: {name: column.type for name, column in found.columns.items()}
        for (_, table), found in stored.items()
    }


def changes(table: Table, stored: _Stored | None) -> Iterator[sql.Composed]:
    """Decide the statements that bring a stored table to its declared form.

    Raises:
        ConfigurationError: it cannot be brought there without a loss.
    """
    if stored is None:
        yield ddl.create_table(table)
        yield from ddl.add_indexes(table)
        yield from ddl.comments(table)
        return
    _check_key(table, stored)
    declared = {each.name: each for each in ddl.stored_columns(table)}
    for each in declared.values():
        yield from _column_changes(table, each, stored.columns.get(each.name))
    for name in stored.columns.keys() - declared.keys():
        # A column of an earlier declaration: it stays, and no longer gets values.
        if not stored.columns[name].nullable:
            yield _alter(table, "ALTER COLUMN {} DROP NOT NULL", sql.Identifier(name))


def _column_changes(
    table: Table, wanted: ddl.StoredColumn, stored: ddl.StoredColumn | None
) -> Iterator[sql.Composed]:
    name = sql.Identifier(wanted.name)
    if stored is None:
        # Rows of before have no value for it, whatever Shopify promises of new ones.
        late = ddl.StoredColumn(
            wanted.name, wanted.type, nullable=True, default=wanted.default
        )
        yield _alter(table, "ADD COLUMN {}", late.definition)
        return
    if stored.type != wanted.type:
        if wanted.type not in WIDENINGS.get(stored.type, ()):
            raise ConfigurationError(_no_safe_way(table, wanted, stored))
        kind = sql.SQL(wanted.type)
        yield _alter(table, "ALTER COLUMN {} TYPE {}", name, kind)
    if wanted.nullable and not stored.nullable:
        yield _alter(table, "ALTER COLUMN {} DROP NOT NULL", name)


def _alter(table: Table, action: LiteralString, *parts: sql.Composable) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} " + action).format(ddl.qualified(table), *parts)


def _check_key(table: Table, stored: _Stored) -> None:
    found = tuple(stored.key[place] for place in sorted(stored.key))
    if found != table.key:
        raise ConfigurationError(
            f"table {ddl.DATA_SCHEMA}.{table.name} has the key {found}, stream "
            f"{table.stream} declares {table.key}; rename the table, or drop it and "
            "load the stream anew"
        )


def _no_safe_way(
    table: Table, wanted: ddl.StoredColumn, stored: ddl.StoredColumn
) -> str:
    return (
        f"table {ddl.DATA_SCHEMA}.{table.name}: column {wanted.name!r} is "
        f"{stored.type}, stream {table.stream} declares {wanted.type}, and not every "
        f"value would survive; rename the stored column, or alias it in the selection, "
        "then load again"
    )
