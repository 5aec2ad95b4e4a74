"""The views of metafields as columns: which there are, made anew when they change.

Charter: compares the views that ought to be with those that are, in one transaction.
Only views made here are replaced or dropped; they are known by their comment.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg import sql

from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres.form import ddl
from shopify_assets.postgres.form.wide import (
    FITTING,
    Metafield,
    Wide,
    fitting_a_view,
    is_of_metafields,
    view_name,
    wide,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shopify_assets.catalog.tables import Table

_MARK = "Metafields as columns, made by shopify-assets views; "

_LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"

_STORED: LiteralString = """
    SELECT c.relname, c.relkind IN ('r', 'p'),
           coalesce(obj_description(c.oid, 'pg_class'), ''),
           array(
               SELECT a.attname::text FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               ORDER BY a.attnum
           ),
           array(
               SELECT format_type(a.atttypid, a.atttypmod)
               FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               ORDER BY a.attnum
           )
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""

# The most used first, for there may be more than a view can have columns.
_HELD: LiteralString = """
    SELECT namespace, key, array_agg(DISTINCT type ORDER BY type)
    FROM {} WHERE namespace IS NOT NULL AND key IS NOT NULL AND type IS NOT NULL
    GROUP BY namespace, key ORDER BY count(*) DESC, namespace, key
"""

# As PostgreSQL spells it: as the catalog does.
_SPELLINGS = {
    "timestamp with time zone": "timestamptz",
    "timestamp with time zone[]": "timestamptz[]",
}


class State(Enum):
    """What was done about a view."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DROPPED = "dropped"
    # Something else has its name, and is not ours to touch.
    LEFT = "left alone"


@dataclass(frozen=True)
class Retyped:
    """A column that was made anew: its type before, and its type now; None: gone."""

    column: str
    before: str
    now: str | None


@dataclass(frozen=True)
class View:
    """A view, and what was done about it.

    Attributes:
        name: its name, in the schema of the tables.
        state: what was done.
        made: what it shows; None if it is dropped or was left alone.
        left_out: how many metafields it has no columns for, being too many.
        retyped: columns for whose sake it was dropped and made anew.
    """

    name: str
    state: State
    made: Wide | None = None
    left_out: int = 0
    retyped: tuple[Retyped, ...] = ()


@dataclass(frozen=True)
class _Relation:
    """A relation as it is in the warehouse."""

    is_table: bool
    comment: str
    columns: tuple[tuple[str, str], ...]

    @property
    def is_ours(self) -> bool:
        return self.comment.startswith(_MARK)


def rebuild(
    connection: psycopg.Connection, tables: Iterable[Table]
) -> tuple[View, ...]:
    """Make a view of each of the tables that holds metafields; drop those of before.

    All or nothing; done again, it changes nothing. Opens a transaction of its own.

    Raises:
        ConfigurationError: the user lacks a right, or something depends on a view that
            cannot stay as it is.
    """
    wanted = [each for each in tables if is_of_metafields(each)]
    with connection.transaction():
        connection.execute(_LOCK, ("shopify_assets views",))
        stored = _stored(connection)
        return tuple(_rebuilt(connection, wanted, stored))


def _stored(connection: psycopg.Connection) -> Mapping[str, _Relation]:
    rows = connection.execute(_STORED, (ddl.DATA_SCHEMA,)).fetchall()
    return {
        name: _Relation(
            is_table,
            comment,
            tuple(
                (column, _SPELLINGS.get(kind) or kind)
                for column, kind in zip(columns, kinds, strict=True)
            ),
        )
        for name, is_table, comment, columns, kinds in rows
    }


def _rebuilt(
    connection: psycopg.Connection,
    tables: Iterable[Table],
    stored: Mapping[str, _Relation],
) -> Iterator[View]:
    kept = set()
    for table in tables:
        if table.name not in stored or not stored[table.name].is_table:
            continue
        held = _held(connection, table)
        if held:
            kept.add(view_name(table))
            known = stored.get(view_name(table))
            yield _made(connection, table, held, known)
    for name in sorted(stored.keys() - kept):
        if stored[name].is_ours:
            _drop(connection, name)
            yield View(name, State.DROPPED)


def _held(connection: psycopg.Connection, table: Table) -> list[Metafield]:
    query = sql.SQL(_HELD).format(ddl.qualified(table))
    rows = connection.execute(query).fetchall()
    return [Metafield(namespace, key, tuple(types)) for namespace, key, types in rows]


def _made(
    connection: psycopg.Connection,
    table: Table,
    held: list[Metafield],
    known: _Relation | None,
) -> View:
    shown = fitting_a_view(held)
    made = wide(table, shown)
    left_out = len(held) - len(shown)
    if known is None:
        _create(connection, made)
        return View(made.name, State.CREATED, made, left_out)
    if not known.is_ours:
        return View(made.name, State.LEFT)
    made = made.in_order_of([name for name, _ in known.columns])
    if known.comment == _comment(connection, made):
        return View(made.name, State.UNCHANGED, made, left_out)
    retyped = tuple(_retyped(made, known))
    if retyped:
        _drop(connection, made.name)
    _create(connection, made)
    return View(made.name, State.CHANGED, made, left_out, retyped)


def _retyped(made: Wide, known: _Relation) -> Iterator[Retyped]:
    """Columns that are not as they were: without any, a view only grows at its end."""
    types = {column.name: column.type for column in made.columns}
    for name, before in known.columns[len(made.table.parent_key) :]:
        if types.get(name) != before:
            yield Retyped(name, before, types.get(name))


def _create(connection: psycopg.Connection, made: Wide) -> None:
    with _told(made.name):
        connection.execute(FITTING)
        create = sql.SQL("CREATE OR REPLACE VIEW {} AS {}")
        connection.execute(create.format(made.identifier, made.definition))
        comment = sql.SQL("COMMENT ON VIEW {} IS {}")
        text = sql.Literal(_comment(connection, made))
        connection.execute(comment.format(made.identifier, text))
        for each in made.columns:
            comment = sql.SQL("COMMENT ON COLUMN {} IS {}")
            column = sql.Identifier(ddl.DATA_SCHEMA, made.name, each.name)
            text = sql.Literal(each.told)
            connection.execute(comment.format(column, text))


def _drop(connection: psycopg.Connection, name: str) -> None:
    with _told(name):
        view = sql.Identifier(ddl.DATA_SCHEMA, name)
        connection.execute(sql.SQL("DROP VIEW {}").format(view))


def _comment(connection: psycopg.Connection, made: Wide) -> str:
    """What marks the view as ours, and tells it from one of another form."""
    parts = (
        made.definition.as_string(connection),
        *(each.told for each in made.columns),
    )
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return f"{_MARK}form {digest}"


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.DependentObjectsStillExist as error:
        raise ConfigurationError(
            f"view {ddl.DATA_SCHEMA}.{name} must be dropped, for its columns changed, "
            f"and something depends on it: {error}; drop that, run shopify-assets "
            "views again, and create it anew"
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            f"the warehouse's user may not create or drop view "
            f"{ddl.DATA_SCHEMA}.{name}: {error}; make it the owner of schemas "
            f"{ddl.DATA_SCHEMA} and {ddl.BOOKS_SCHEMA}"
        ) from error
