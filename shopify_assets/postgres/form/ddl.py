"""The form of the warehouse: schemas, tables, keys, indexes and comments.

Charter: pure functions from the catalog's tables to composed SQL that creates them, and
the loader's own columns, once. What is already there, and how it grows, is `migrate`'s
business; rows are `merge`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from shopify_assets.catalog import names as sql_names
from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shopify_assets.catalog.tables import Column, Table

DATA_SCHEMA = sql_names.DATA_SCHEMA
BOOKS_SCHEMA = "shopify_assets"

EXTRACTED_AT = "_extracted_at"
LOADED_AT = "_loaded_at"
DELETED_AT = "_deleted_at"
DELETED_REASON = "_deleted_reason"
DIGESTS = "_digests"
DIGESTS_TYPE = "bigint[]"


@dataclass(frozen=True)
class StoredColumn:
    """A column as the warehouse holds it."""

    name: str
    type: str
    nullable: bool
    default: sql.SQL | None = None

    @property
    def definition(self) -> sql.Composed:
        """Its line in CREATE TABLE or ADD COLUMN."""
        parts = [sql.Identifier(self.name), sql.SQL(self.type)]
        if not self.nullable:
            parts.append(sql.SQL("NOT NULL"))
        if self.default:
            parts += [sql.SQL("DEFAULT"), self.default]
        return sql.SQL(" ").join(parts)


_TIME = Kind.TIMESTAMPTZ.value

_OF_EVERY_TABLE = (
    StoredColumn(EXTRACTED_AT, _TIME, nullable=False),
    StoredColumn(LOADED_AT, _TIME, nullable=False, default=sql.SQL("now()")),
)
_OF_ROOTS = (
    StoredColumn(DELETED_AT, _TIME, nullable=True),
    StoredColumn(DELETED_REASON, Kind.TEXT.value, nullable=True),
    StoredColumn(DIGESTS, DIGESTS_TYPE, nullable=True),
)

_MEANINGS = {
    EXTRACTED_AT: "when the extraction began that last changed this row",
    LOADED_AT: "when this row was last written",
    DELETED_AT: "since when the record is known to be gone; null while it exists",
    DELETED_REASON: "how its deletion is known",
    DIGESTS: "hashes of the record's rows in each table of its stream; null: not known",
}


def stored_columns(table: Table) -> tuple[StoredColumn, ...]:
    """All columns of a table, the loader's own last."""
    data = (
        StoredColumn(
            each.name, each.kind.value, each.nullable and each.name not in table.key
        )
        for each in table.columns
    )
    return (*data, *_OF_EVERY_TABLE, *(_OF_ROOTS if table.is_root else ()))


def qualified(table: Table) -> sql.Identifier:
    """The table's name in SQL."""
    return sql.Identifier(DATA_SCHEMA, table.name)


def names(columns: Iterable[str]) -> sql.Composed:
    """Column names, separated by commas."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def create_schema(name: str) -> sql.Composed:
    """The statement that creates a schema."""
    return sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name))


def create_table(table: Table) -> sql.Composed:
    """The statement that creates the table and its key, without other indexes."""
    return sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY ({}))").format(
        qualified(table),
        sql.SQL(", ").join(each.definition for each in stored_columns(table)),
        names(table.key),
    )


def add_indexes(table: Table) -> Iterator[sql.Composed]:
    """The statements that add, where rows have versions, their index."""
    if table.version:
        yield sql.SQL("CREATE INDEX ON {} ({})").format(
            qualified(table), names(("shop", table.version))
        )


def comments(table: Table) -> Iterator[sql.Composed]:
    """The statements that say what the table and its columns are."""
    what = f"Shopify, stream {table.stream}; one row per {', '.join(table.key)}"
    yield sql.SQL("COMMENT ON TABLE {} IS {}").format(
        qualified(table), sql.Literal(what)
    )
    meanings = {each.name: _meaning(each) for each in table.columns if each.path}
    for column in stored_columns(table):
        meaning = _MEANINGS.get(column.name) or meanings.get(column.name)
        if meaning:
            yield sql.SQL("COMMENT ON COLUMN {} IS {}").format(
                sql.Identifier(DATA_SCHEMA, table.name, column.name),
                sql.Literal(meaning),
            )


def _meaning(column: Column) -> str:
    path = ".".join(column.path)
    if column.source is Source.GID_NUMBER:
        return f"{path}; below zero where that is no number: see shopify.global_ids"
    return path


CREATE_GLOBAL_IDS = (
    sql.SQL("""
        CREATE TABLE shopify.global_ids (
            shop text NOT NULL,
            id bigint NOT NULL,
            gid text NOT NULL,
            PRIMARY KEY (shop, id)
        )
    """),
    sql.SQL("""
        COMMENT ON TABLE shopify.global_ids IS
        'Which global id an id below zero stands for: one that is no plain number'
    """),
)

CREATE_BOOKS = (
    sql.SQL("""
        CREATE TABLE shopify_assets.loads (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            shop text NOT NULL,
            stream text NOT NULL,
            extraction text NOT NULL,
            disposition text NOT NULL,
            window_start timestamptz,
            window_end timestamptz,
            extracted_at timestamptz NOT NULL,
            loaded_at timestamptz NOT NULL DEFAULT now(),
            seconds double precision NOT NULL,
            rows jsonb NOT NULL
        )
    """),
    sql.SQL("""
        CREATE TABLE shopify_assets.watermarks (
            shop text,
            stream text,
            watermark timestamptz,
            extracted_at timestamptz NOT NULL,
            extraction text NOT NULL,
            loaded_at timestamptz NOT NULL DEFAULT now(),
            query text,
            queried_at timestamptz,
            looked_at timestamptz,
            PRIMARY KEY (shop, stream)
        )
    """),
    sql.SQL("CREATE INDEX ON shopify_assets.loads (shop, stream, loaded_at)"),
    sql.SQL("""
        COMMENT ON TABLE shopify_assets.loads IS
        'One row per load: what was loaded when, and what it did to each table'
    """),
    sql.SQL("""
        COMMENT ON TABLE shopify_assets.watermarks IS
        'Up to which replication-key value a stream of a shop is loaded'
    """),
)

# Books of before looks were taken lack these.
ADD_LOOKS = sql.SQL("""
    ALTER TABLE shopify_assets.watermarks
        ADD COLUMN query text,
        ADD COLUMN queried_at timestamptz,
        ADD COLUMN looked_at timestamptz
""")

CREATE_SEEN = (
    sql.SQL("""
        CREATE TABLE shopify_assets.seen (
            shop text,
            stream text,
            records jsonb NOT NULL,
            seen_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (shop, stream)
        )
    """),
    sql.SQL("""
        COMMENT ON TABLE shopify_assets.seen IS
        'Records that change without moving their time, as a look saw them last'
    """),
)

CREATE_PROOFS = (
    sql.SQL("""
        CREATE TABLE shopify_assets.proofs (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            shop text NOT NULL,
            stream text NOT NULL,
            kind text NOT NULL,
            proven_at timestamptz NOT NULL,
            verdict text NOT NULL,
            reason text NOT NULL,
            figures jsonb NOT NULL,
            gaps jsonb NOT NULL,
            written_at timestamptz NOT NULL DEFAULT now()
        )
    """),
    sql.SQL("CREATE INDEX ON shopify_assets.proofs (shop, stream, kind, proven_at)"),
    sql.SQL("""
        COMMENT ON TABLE shopify_assets.proofs IS
        'One row per proof: what was compared with the shop when, and what was missing'
    """),
)

CREATE_ROTATIONS = (
    sql.SQL("""
        CREATE TABLE shopify_assets.rotations (
            shop text NOT NULL,
            stream text NOT NULL,
            places text NOT NULL,
            round bigint NOT NULL,
            position bigint NOT NULL,
            ends jsonb NOT NULL,
            begun_at timestamptz,
            proofs integer NOT NULL,
            compared bigint NOT NULL,
            missed bigint NOT NULL,
            points double precision NOT NULL,
            differing text[] NOT NULL,
            last_begun_at timestamptz,
            last_ended_at timestamptz,
            last_compared bigint,
            last_records bigint,
            written_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (shop, stream)
        )
    """),
    sql.SQL("""
        COMMENT ON TABLE shopify_assets.rotations IS
        'How far the comparison of all records has come, proof by proof'
    """),
)

CREATE_SET_ASIDE = (
    sql.SQL("""
        CREATE TABLE shopify_assets.set_aside (
            shop text NOT NULL,
            stream text NOT NULL,
            key text NOT NULL,
            record text,
            table_name text,
            raw_file text,
            line bigint,
            place text,
            reason text NOT NULL,
            extraction text NOT NULL,
            window_start timestamptz,
            window_end timestamptz,
            extracted_at timestamptz NOT NULL,
            since timestamptz NOT NULL DEFAULT now(),
            given_up_at timestamptz,
            PRIMARY KEY (shop, stream, key)
        )
    """),
    sql.SQL("""
        COMMENT ON TABLE shopify_assets.set_aside IS
        'Records, lines and extractions that cannot be read, until they are loaded'
    """),
)

CREATE_SEALS = (
    sql.SQL("""
        CREATE TABLE shopify_assets.seal_forms (
            form bigint PRIMARY KEY,
            hashes bigint NOT NULL,
            tables jsonb NOT NULL,
            since timestamptz NOT NULL DEFAULT now()
        )
    """),
    sql.SQL("""
        CREATE TABLE shopify_assets.seals (
            shop text,
            stream text,
            id text COLLATE "C",
            form bigint NOT NULL,
            sums bigint[] NOT NULL,
            PRIMARY KEY (shop, stream, id)
        )
    """),
    sql.SQL("""
        COMMENT ON TABLE shopify_assets.seal_forms IS
        'Which tables and columns a seal covers, and how its server hashes values'
    """),
    sql.SQL("""
        COMMENT ON TABLE shopify_assets.seals IS
        'One row per living record: hashes of its stored rows, a number a table'
    """),
)

CREATE_CHECKS = (
    sql.SQL("""
        CREATE TABLE shopify_assets.checks (
            shop text NOT NULL,
            stream text NOT NULL,
            name text NOT NULL,
            outcome text NOT NULL,
            description text NOT NULL,
            details jsonb NOT NULL,
            evaluated_at timestamptz NOT NULL,
            since timestamptz NOT NULL,
            run text NOT NULL,
            PRIMARY KEY (stream, name, shop)
        )
    """),
    sql.SQL("""
        COMMENT ON TABLE shopify_assets.checks IS
        'One row per check of a stream of a shop: its newest result, and since when'
    """),
    # Its table is older than this book: a verdict reads each shop's newest proof.
    sql.SQL("CREATE INDEX ON shopify_assets.proofs (stream, shop, written_at)"),
)
