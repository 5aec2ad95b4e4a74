"""Metafields as columns: what a view of them looks like.

Charter: pure functions from the metafields that a table holds to a view with a typed
column for each, and for parts of it: names and composed SQL. Which type becomes what is
`metafield_types`' business; which views there are, and when they are made anew, that of
`views`.

The view never fails on a value: what does not fit its column's type is null there.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString, NamedTuple

from psycopg import sql

from shopify_assets.catalog.names import MAX_IDENTIFIER
from shopify_assets.postgres.form import ddl
from shopify_assets.postgres.form.metafield_types import Part, Shape, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from shopify_assets.catalog.tables import Table

SUFFIX = "_metafields"
# What a table of metafields has, besides the key of its owner.
_NEEDED = frozenset({"namespace", "key", "type", "value"})

# PostgreSQL allows 1,600 columns; the owner's key takes some.
MOST_COLUMNS = 1_500

# Stands between namespace and key, and occurs in neither.
_BETWEEN = "\x1f"
_DIGEST = 6

# How Shopify writes them. PostgreSQL reads much more ('yes', 'today', 'infinity').
_FORMS: dict[str, LiteralString] = {
    "bigint": r"^-?[0-9]+$",
    "numeric": r"^-?[0-9]+(\.[0-9]+)?$",
    "boolean": r"^(true|false)$",
    "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "timestamptz": (
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
        r"(Z|[+-][0-9]{2}:?[0-9]{2})?$"
    ),
    "jsonb": r"\S",
}
# A global id that is a number; of any other there is none that joins.
_GID_NUMBER: LiteralString = "^gid://shopify/[A-Za-z0-9]+/([0-9]+)$"

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
    def shape(self) -> Shape:
        """What its values become, of whichever of its types they are."""
        return shape_of(self.types)

    @property
    def told(self) -> str:
        """What its column is: where the value is from, and its type."""
        return f"{self.namespace}.{self.key}, {' or '.join(self.types)}"


@dataclass(frozen=True)
class Column:
    """A column of a view: a metafield's value or, if `part` says so, a part of it."""

    name: str
    metafield: Metafield
    part: Part | None = None

    @property
    def type(self) -> LiteralString:
        """Its type in PostgreSQL."""
        return self.part.type if self.part else self.metafield.shape.type

    @property
    def told(self) -> str:
        """What it holds, for people."""
        return f"{self.metafield.told}{f', {self.part.name}' if self.part else ''}"


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
    named = _names(_values(sorted(held)), taken=table.parent_key)
    columns = (Column(name, *value) for value, name in named.items())
    return Wide(table, tuple(sorted(columns, key=lambda column: column.name)))


def fitting_a_view(held: Sequence[Metafield]) -> Sequence[Metafield]:
    """Return the first of these metafields, as many as a view has columns for."""
    count = 0
    for number, field in enumerate(held):
        count += 1 + len(field.shape.parts)
        if count > MOST_COLUMNS:
            return held[:number]
    return held


class _Value(NamedTuple):
    """What a column holds."""

    metafield: Metafield
    part: Part | None


def _values(held: Iterable[Metafield]) -> Iterator[_Value]:
    for field in held:
        for part in (None, *field.shape.parts):
            yield _Value(field, part)


def _names(held: Iterable[_Value], *, taken: Iterable[str]) -> Mapping[_Value, str]:
    """A name for each value, the same whichever others there are.

    Two that would have one name both get a digest of their own: did the first keep the
    plain one, it would go over to another metafield when one sorts before it.
    """
    plain = {value: _plain(value) for value in held}
    count = Counter([*plain.values(), *taken])
    return {
        value: _short(name, whole=_whole(value))
        if count[name] == 1
        else _with_digest(name, whole=_whole(value))
        for value, name in plain.items()
    }


def _key(field: Metafield) -> str:
    return field.namespace + _BETWEEN + field.key


def _whole(value: _Value) -> str:
    part = _BETWEEN + value.part.name if value.part else ""
    return _key(value.metafield) + part


def _plain(value: _Value) -> str:
    field = value.metafield
    part = f"_{value.part.name}" if value.part else ""
    text = f"{field.namespace}_{field.key}{part}".lower()
    text = re.sub("[^a-z0-9_]", "_", text)
    return f"_{text}" if text[:1].isdigit() else text


def _short(name: str, *, whole: str) -> str:
    return name if len(name) <= MAX_IDENTIFIER else _with_digest(name, whole=whole)


def _with_digest(name: str, *, whole: str) -> str:
    digest = hashlib.sha256(whole.encode()).hexdigest()[:_DIGEST]
    return f"{name[: MAX_IDENTIFIER - _DIGEST - 1]}_{digest}"


def _column(column: Column) -> sql.Composed:
    key = sql.Literal(_key(column.metafield))
    value = sql.SQL("held.fields ->> {}").format(key)
    shape = column.metafield.shape
    if column.part is None:
        fitted = _fitted(value, shape.type)
    elif column.part.key is not None:
        inner = sql.Literal(column.part.key)
        text = sql.SQL("({} ->> {})").format(_fitted(value, "jsonb"), inner)
        fitted = _fitted(text, column.part.type)
    else:
        fitted = _numbered(value, column.part.type)
    return sql.SQL(", {} AS {}").format(fitted, sql.Identifier(column.name))


def _fitted(value: sql.Composable, type_: LiteralString) -> sql.Composable:
    """The value in this type; null if it does not fit."""
    if type_.endswith("[]"):
        return _elements(value, _fitted(_ELEMENT, type_.removesuffix("[]")))
    if type_ == "text":
        return value
    return sql.SQL(
        "CASE WHEN ({value}) ~ {form} "
        "THEN shopify_assets.fitting({value}, NULL::{type}) END"
    ).format(value=value, form=sql.Literal(_FORMS[type_]), type=sql.SQL(type_))


def _numbered(value: sql.Composable, type_: LiteralString) -> sql.Composable:
    """The number in a global id, or in each of a list of them."""
    if type_.endswith("[]"):
        return _elements(value, _numbered(_ELEMENT, type_.removesuffix("[]")))
    number = sql.SQL("substring({} from {})").format(value, sql.Literal(_GID_NUMBER))
    return _fitted(number, type_)


_ELEMENT = sql.SQL("element")


def _elements(value: sql.Composable, element: sql.Composable) -> sql.Composable:
    """An array of what each element of a JSON array is; null if it is none."""
    return sql.SQL(
        "CASE WHEN jsonb_typeof({list}) = 'array' THEN ARRAY(SELECT {element} "
        "FROM jsonb_array_elements_text({list}) WITH ORDINALITY "
        "AS listed (element, place) ORDER BY place) END"
    ).format(list=_fitted(value, "jsonb"), element=element)
