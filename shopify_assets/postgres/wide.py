"""Metafields as columns: what a view of them looks like.

Charter: pure functions from the metafields that a table holds to a view with a typed
column for each: names, kinds and composed SQL. Which views there are, and when they are
made anew, is `views`' business.

The view never fails on a value: what does not fit its column's kind is null there.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

from psycopg import sql

from shopify_assets.catalog.names import MAX_IDENTIFIER
from shopify_assets.catalog.scalars import Kind
from shopify_assets.postgres import ddl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shopify_assets.catalog.tables import Table

SUFFIX = "_metafields"
# What a table of metafields has, besides the key of its owner.
_NEEDED = frozenset({"namespace", "key", "type", "value"})

# PostgreSQL allows 1,600 columns; the owner's key takes some.
MOST_COLUMNS = 1_500

# Stands between namespace and key, and occurs in neither.
_BETWEEN = "\x1f"
_DIGEST = 6

# Shopify's types of metafields; older names of the same beside them. Lists are JSON,
# and any other is text.
_KINDS = {
    "boolean": Kind.BOOLEAN,
    "date": Kind.DATE,
    "date_time": Kind.TIMESTAMPTZ,
    "dimension": Kind.JSONB,
    "integer": Kind.BIGINT,
    "json": Kind.JSONB,
    "json_string": Kind.JSONB,
    "link": Kind.JSONB,
    "money": Kind.JSONB,
    "number_decimal": Kind.NUMERIC,
    "number_integer": Kind.BIGINT,
    "rating": Kind.JSONB,
    "rich_text_field": Kind.JSONB,
    "volume": Kind.JSONB,
    "weight": Kind.JSONB,
}

# How Shopify writes them. PostgreSQL reads much more ('yes', 'today', 'infinity').
_FORMS: dict[Kind, LiteralString] = {
    Kind.BIGINT: r"^-?[0-9]+$",
    Kind.NUMERIC: r"^-?[0-9]+(\.[0-9]+)?$",
    Kind.BOOLEAN: r"^(true|false)$",
    Kind.DATE: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    Kind.TIMESTAMPTZ: (
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
        r"(Z|[+-][0-9]{2}:?[0-9]{2})?$"
    ),
    Kind.JSONB: r"\S",
}

# A metafield's date_time without an offset is in UTC, wherever the session is.
FITTING = sql.SQL("""
    CREATE OR REPLACE FUNCTION shopify_assets.fitting(given text, kind anyelement)
    RETURNS anyelement LANGUAGE plpgsql STABLE
    SET timezone = 'UTC' SET datestyle = 'ISO, YMD' AS $$
    DECLARE
        fitted kind%TYPE;
    BEGIN
        fitted := given;
        RETURN fitted;
    EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
        RETURN NULL;
    END $$
""")


@dataclass(frozen=True, order=True)
class Metafield:
    """A metafield that rows of a table hold: `namespace`.`key`, and the types of it."""

    namespace: str
    key: str
    types: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """The one kind that holds all values of its types."""
        kinds = {_kind_of(each) for each in self.types}
        if len(kinds) == 1:
            return kinds.pop()
        return Kind.NUMERIC if kinds == {Kind.BIGINT, Kind.NUMERIC} else Kind.TEXT

    @property
    def told(self) -> str:
        """What its column is: where the value is from, and its type."""
        return f"{self.namespace}.{self.key}, {' or '.join(self.types)}"


@dataclass(frozen=True)
class Column:
    """A column of a view."""

    name: str
    metafield: Metafield

    @property
    def type(self) -> str:
        """Its type in PostgreSQL."""
        return self.metafield.kind.value


@dataclass(frozen=True)
class Wide:
    """A view of a table of metafields: the owner's key, then a column a metafield."""

    table: Table
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The view's name."""
        return view_name(self.table)

    @property
    def identifier(self) -> sql.Identifier:
        """The view's name in SQL."""
        return sql.Identifier(ddl.DATA_SCHEMA, self.name)

    def in_order_of(self, known: Sequence[str]) -> Wide:
        """Put the columns called `known` first: a view can only grow at its end."""
        place = {name: number for number, name in enumerate(known)}
        ordered = sorted(
            self.columns, key=lambda each: place.get(each.name, len(place))
        )
        return Wide(self.table, tuple(ordered))

    @property
    def definition(self) -> sql.Composed:
        """The view's query."""
        owner = ddl.names(self.table.parent_key)
        return sql.SQL("""
            SELECT {owner}{columns} FROM (
                SELECT {owner}, jsonb_object_agg(namespace || {between} || key, value)
                    AS fields
                FROM {table}
                WHERE namespace IS NOT NULL AND key IS NOT NULL
                GROUP BY {owner}
            ) AS held
        """).format(
            owner=owner,
            columns=sql.SQL("").join(map(_column, self.columns)),
            between=sql.Literal(_BETWEEN),
            table=ddl.qualified(self.table),
        )


def is_of_metafields(table: Table) -> bool:
    """Whether the table's rows are the metafields of some owner."""
    columns = {each.name for each in table.columns}
    return table.name.endswith(SUFFIX) and columns >= _NEEDED and not table.is_root


def view_name(table: Table) -> str:
    """Name the view of a table: `order_metafields` → `order_metafields_wide`."""
    return _short(f"{table.name}_wide", whole=table.name)


def wide(table: Table, held: Iterable[Metafield]) -> Wide:
    """Make the view of a table that holds these metafields, its columns by name."""
    named = _names(sorted(held), taken=table.parent_key)
    columns = (Column(name, each) for each, name in named.items())
    return Wide(table, tuple(sorted(columns, key=lambda each: each.name)))


def _kind_of(type_: str) -> Kind:
    if type_.startswith("list."):
        return Kind.JSONB
    return _KINDS.get(type_, Kind.TEXT)


def _names(
    held: Iterable[Metafield], *, taken: Iterable[str]
) -> Mapping[Metafield, str]:
    """A name for each metafield, the same whichever others there are.

    Two that would have one name both get a digest of their own: did the first keep the
    plain one, it would go over to another metafield when one sorts before it.
    """
    plain = {each: _plain(each) for each in held}
    count = Counter([*plain.values(), *taken])
    return {
        each: _short(name, whole=_whole(each))
        if count[name] == 1
        else _with_digest(name, whole=_whole(each))
        for each, name in plain.items()
    }


def _whole(field: Metafield) -> str:
    return field.namespace + _BETWEEN + field.key


def _plain(field: Metafield) -> str:
    text = re.sub("[^a-z0-9_]", "_", f"{field.namespace}_{field.key}".lower())
    return f"_{text}" if text[:1].isdigit() else text


def _short(name: str, *, whole: str) -> str:
    return name if len(name) <= MAX_IDENTIFIER else _with_digest(name, whole=whole)


def _with_digest(name: str, *, whole: str) -> str:
    digest = hashlib.sha256(whole.encode()).hexdigest()[:_DIGEST]
    return f"{name[: MAX_IDENTIFIER - _DIGEST - 1]}_{digest}"


def _column(column: Column) -> sql.Composed:
    value = sql.SQL("held.fields ->> {}").format(sql.Literal(_whole(column.metafield)))
    kind = column.metafield.kind
    if kind is not Kind.TEXT:
        value = sql.SQL(
            "CASE WHEN ({value}) ~ {form} "
            "THEN shopify_assets.fitting({value}, NULL::{type}) END"
        ).format(
            value=value,
            form=sql.Literal(_FORMS[kind]),
            type=sql.SQL(kind.value),
        )
    return sql.SQL(", {} AS {}").format(value, sql.Identifier(column.name))
