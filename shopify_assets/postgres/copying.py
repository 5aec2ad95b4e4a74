"""How frames travel to PostgreSQL: as binary COPY, checked on their way.

Charter: turns frames into PostgreSQL's binary format and streams them into one table;
remembers of them what the merge must know. What is done with the rows is `merge`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, LiteralString

import polars as pl
import pyarrow as pa
from pgpq import ArrowToPostgresBinaryEncoder
from pgpq.encoders import StringViewEncoderBuilder
from pgpq.schema import Jsonb
from psycopg import sql

from shopify_assets.catalog.scalars import Kind
from shopify_assets.errors import DataError
from shopify_assets.postgres import ddl
from shopify_assets.postgres.scales import narrowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    import psycopg

    from shopify_assets.catalog.tables import Table

_INSTANT = pl.Datetime("us", "UTC")
_ROWS = 5_000  # of one write: some megabytes
_TRAILER = b"\xff\xff"

# The binary format is not converted by the server: a dtype must fit to the bit.
# Equality with `pl.Decimal` ignores its scale, and only that.
_DTYPES: dict[Kind, pl.DataType | type[pl.DataType]] = {
    Kind.TEXT: pl.String,
    Kind.BIGINT: pl.Int64,
    Kind.INTEGER: pl.Int32,
    Kind.DOUBLE: pl.Float64,
    Kind.NUMERIC: pl.Decimal,
    Kind.BOOLEAN: pl.Boolean,
    Kind.TIMESTAMPTZ: _INSTANT,
    Kind.DATE: pl.Date,
    Kind.JSONB: pl.String,
    Kind.TEXT_ARRAY: pl.List(pl.String),
}


@dataclass(frozen=True)
class Destination:
    """Where rows go.

    Attributes:
        table: the table whose rows they are.
        relation: where they are written: the table itself, or its stage.
        shop: the shop whose rows they must be.
        extracted_at: fills that column too; None where there is none.
        options: further options of COPY.
    """

    table: Table
    relation: sql.Composable
    shop: str
    extracted_at: datetime | None = None
    options: LiteralString = ""


@dataclass
class Passed:
    """What is known of a table's rows after they passed.

    Attributes:
        rows: how many there were.
        roots: the distinct values of the column that names the root.
    """

    rows: int = 0
    roots: pl.Series = field(default_factory=pl.Series)
    _keys: list[pl.Series] = field(default_factory=list)
    _roots: list[pl.Series] = field(default_factory=list)

    def note(self, frame: pl.DataFrame, table: Table) -> None:
        """Remember a frame's keys."""
        self.rows += frame.height
        self._keys.append(frame.select(table.key[1:]).hash_rows())
        self._roots.append(frame[table.root_key[1]].unique())

    def end(self) -> Passed:
        """Sum up."""
        if self._roots:
            self.roots = pl.concat(self._roots).unique()
        return self

    @property
    def may_repeat(self) -> bool:
        """Whether a key may have come more than once; a collision does no harm."""
        return bool(self._keys) and pl.concat(self._keys).n_unique() < self.rows


def copy_frames(
    connection: psycopg.Connection,
    frames: Iterable[pl.DataFrame],
    *,
    to: Destination,
) -> Passed:
    """Stream frames into a table.

    Raises:
        DataError: a frame's columns or dtypes are not the table's, or a row is another
            shop's.
    """
    passed = Passed()
    chunks = _binary(_checked(frames, to=to, passed=passed), to.table)
    first = next(chunks, None)
    if first is None:  # binary COPY has no notion of nothing at all
        return passed.end()
    with connection.cursor() as cursor:
        with cursor.copy(_statement(to)) as copy:
            for chunk in chain((first,), chunks):
                copy.write(chunk)
        _check_taken(cursor.rowcount, passed, to.table)
    return passed.end()


def _check_taken(taken: int, passed: Passed, table: Table) -> None:
    """The server reads no further than a trailer, and says nothing."""
    if taken != passed.rows:
        raise DataError(
            f"table {table.name}: {passed.rows} rows were sent, the warehouse took "
            f"{taken}; nothing was loaded: this is a bug, report it"
        )


def _statement(to: Destination) -> sql.Composed:
    names = [each.name for each in to.table.columns]
    stamps = [ddl.EXTRACTED_AT] if to.extracted_at else []
    form = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary" + to.options + ")")
    return form.format(to.relation, ddl.names(names + stamps))


def _checked(
    frames: Iterable[pl.DataFrame], *, to: Destination, passed: Passed
) -> Iterator[pl.DataFrame]:
    names = [each.name for each in to.table.columns]
    at = to.extracted_at
    stamps = [pl.lit(at, _INSTANT).alias(ddl.EXTRACTED_AT)] if at else []
    for frame in frames:
        _check_columns(frame, to.table)
        if not (frame["shop"] == to.shop).all():
            message = f"table {to.table.name}: rows of another shop than {to.shop}"
            raise DataError(message)
        passed.note(frame, to.table)
        yield narrowed(frame.select(*names, *stamps))


def _check_columns(frame: pl.DataFrame, table: Table) -> None:
    schema = frame.schema  # made anew at each look
    for column in table.columns:
        found = schema.get(column.name)
        if found != _DTYPES[column.kind]:
            raise DataError(
                f"table {table.name}: column {column.name} comes as {found}, and "
                f"{column.kind.value} needs {_DTYPES[column.kind]}"
            )


def _binary(frames: Iterable[pl.DataFrame], table: Table) -> Iterator[bytes]:
    encoder, schema = None, None
    for part in chain.from_iterable(each.iter_slices(_ROWS) for each in frames):
        arrow = part.to_arrow(compat_level=pl.CompatLevel.newest())
        if encoder is None or arrow.schema != schema:
            # One COPY has one header and one trailer, however many encoders; each of
            # them holds rows back until it ends.
            held: bytes | None = None
            if encoder is not None:
                held = encoder.finish().removesuffix(_TRAILER)
            encoder, schema = _encoder(arrow.schema, table), arrow.schema
            header = encoder.write_header()
            yield header if held is None else held
        for batch in arrow.to_batches():
            yield encoder.write_batch(batch)
    if encoder is not None:
        yield encoder.finish()


def _encoder(schema: pa.Schema, table: Table) -> ArrowToPostgresBinaryEncoder:
    documents = {each.name for each in table.columns if each.kind is Kind.JSONB}
    infer = ArrowToPostgresBinaryEncoder.infer_encoder
    encoders = {
        each.name: StringViewEncoderBuilder.new_with_output(each, Jsonb())
        if each.name in documents
        else infer(each)
        for each in schema
    }
    return ArrowToPostgresBinaryEncoder.new_with_encoders(schema, encoders)
