"""The warehouse's schema as one SQL file.

Charter: the statements that `postgres.ddl` composes, laid out for reading.
"""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from shopify_assets.postgres.form import ddl
from shopify_assets.reference.streams import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import sql

    from shopify_assets.catalog.tables import Table


def schema() -> str:
    """Write all statements that create an empty warehouse."""
    return "\n\n".join(f"{each};" for each in _statements())


def _statements() -> Iterator[str]:
    for name in (ddl.DATA_SCHEMA, ddl.BOOKS_SCHEMA):
        yield _text(ddl.create_schema(name))
    books = (
        *ddl.CREATE_BOOKS,
        *ddl.CREATE_PROOFS,
        *ddl.CREATE_ROTATIONS,
        *ddl.CREATE_SET_ASIDE,
        *ddl.CREATE_SEALS,
        *ddl.CREATE_CHECKS,
        *ddl.CREATE_SEEN,
    )
    yield from map(_text, (*ddl.CREATE_GLOBAL_IDS, *books))
    for stream in compiled():
        for table in stream.tables:
            yield _create(table)
            yield from (_text(each) for each in ddl.add_indexes(table))


def _create(table: Table) -> str:
    columns = (f"    {_text(each.definition)}" for each in ddl.stored_columns(table))
    key = f"    PRIMARY KEY ({_text(ddl.names(table.key))})"
    lines = ",\n".join((*columns, key))
    return f"CREATE TABLE {_text(ddl.qualified(table))} (\n{lines}\n)"


def _text(statement: sql.Composable) -> str:
    return dedent(statement.as_string()).strip()
