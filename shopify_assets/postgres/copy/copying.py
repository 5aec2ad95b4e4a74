"""How frames travel to PostgreSQL: as binary COPY, checked on their way.

Charter: turns frames into PostgreSQL's binary format and streams them into one table,
after they were found to be what it takes. What is done with the rows is `merge`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from shopify_assets.postgres.copy.numerics import on_the_wire
from shopify_assets.postgres.form import ddl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    import psycopg

    from shopify_assets.catalog.tables import Table
    from shopify_assets.postgres.loads import Load

_INSTANT = pl.Datetime("us", "UTC")
_ROWS = 2_500  # of one write: some megabytes
_TRAILER = b"\xff\xff"

# The binary format is not converted by the server: a dtype must fit to the bit.
DTYPES: dict[Kind, pl.DataType | type[pl.DataType]] = {
    Kind.TEXT: pl.String,
    Kind.BIGINT: pl.Int64,
    Kind.INTEGER: pl.Int32,
    Kind.DOUBLE: pl.Float64,
    Kind.NUMERIC: pl.String,  # made what it must be by `on_the_wire`
    Kind.BOOLEAN: pl.Boolean,
    Kind.TIMESTAMPTZ: _INSTANT,
    Kind.DATE: pl.Date,
    Kind.JSONB: pl.String,
    Kind.TEXT_ARRAY: pl.List(pl.String),
}


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where rows go.

    Attributes:
        table: the table whose rows they are.
        relation: where they are written: the table itself, or its stage.
        columns: which of the frames' columns travel.
        extracted_at: fills that column too; None where there is none.
        options: further options of COPY.
    """

    table: Table
    relation: sql.Composable
    columns: tuple[str, ...]
    extracted_at: datetime | None = None
    options: LiteralString = ""


def copy_frames(
    connection: psycopg.Connection,
    frames: Iterable[pl.DataFrame],
    *,
    to: Destination,
) -> int:
    """Stream frames, which were `checked`, into a table; return how many rows it took.

    Raises:
        DataError: the server took fewer or more than were sent.
    """
    heights: list[int] = []
    chunks = _binary(_complete(frames, to=to, heights=heights), to.table)
    first = next(chunks, None)
    if first is None:  # binary COPY has no notion of nothing at all
        return 0
    with connection.cursor() as cursor:
        with cursor.copy(_statement(to)) as copy:
            for chunk in chain((first,), chunks):
                copy.write(chunk)
        _check_taken(cursor.rowcount, sum(heights), to.table)
        return cursor.rowcount


def _check_taken(taken: int, sent: int, table: Table) -> None:
    """The server reads no further than a trailer, and says nothing."""
    if taken != sent:
        raise DataError(
            f"table {table.name}: {sent} rows were sent, the warehouse took "
            f"{taken}; nothing was loaded: this is a bug, report it"
        )


def _statement(to: Destination) -> sql.Composed:
    stamps = [ddl.EXTRACTED_AT] if to.extracted_at else []
    form = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary" + to.options + ")")
    return form.format(to.relation, ddl.names([*to.columns, *stamps]))


def checked(
    frames: Iterable[pl.DataFrame], *, table: Table, shop: str
) -> Iterator[pl.DataFrame]:
    """Pass frames that are what the table takes.

    Raises:
        DataError: a frame's columns or dtypes are not the table's, or a row is another
            shop's.
    """
    for frame in frames:
        _check_columns(frame, table)
        if not (frame["shop"] == shop).all():
            message = f"table {table.name}: rows of another shop than {shop}"
            raise DataError(message)
        yield frame


def _complete(
    frames: Iterable[pl.DataFrame], *, to: Destination, heights: list[int]
) -> Iterator[pl.DataFrame]:
    """Give frames exactly the columns that travel, and note their heights."""
    at = to.extracted_at
    stamps = [pl.Series(ddl.EXTRACTED_AT, [at], dtype=_INSTANT)] if at else []
    for frame in frames:
        heights.append(frame.height)
        data = [frame[each] for each in to.columns]
        data += [each.new_from_index(0, frame.height) for each in stamps]
        yield pl.DataFrame(data)


def _check_columns(frame: pl.DataFrame, table: Table) -> None:
    schema = frame.schema  # made anew at each look
    for column in table.columns:
        found = schema.get(column.name)
        if found != DTYPES[column.kind]:
            raise DataError(
                f"table {table.name}: column {column.name} comes as {found}, and "
                f"{column.kind.value} needs {DTYPES[column.kind]}"
            )


def _binary(frames: Iterable[pl.DataFrame], table: Table) -> Iterator[bytes]:
    encoder, schema = None, None
    for batch in chain.from_iterable(_batches(each, table) for each in frames):
        if encoder is None or batch.schema != schema:
            # One COPY has one header and one trailer, however many encoders; each of
            # them holds rows back until it ends.
            held: bytes | None = None
            if encoder is not None:
                held = encoder.finish().removesuffix(_TRAILER)
            encoder, schema = _encoder(batch.schema, table), batch.schema
            header = encoder.write_header()
            yield header if held is None else held
        yield encoder.write_batch(batch)
    if encoder is not None:
        yield encoder.finish()


def _batches(frame: pl.DataFrame, table: Table) -> list[pa.RecordBatch]:
    numeric = {each.name for each in table.columns if each.kind is Kind.NUMERIC}
    names = [each for each in frame.columns if each in numeric]
    arrow = frame.to_arrow(compat_level=pl.CompatLevel.newest())
    if names and frame.height:
        try:
            wired = on_the_wire([frame[each] for each in names])
        except ValueError as error:
            message = f"table {table.name}: a value is no numeric: {error}"
            raise DataError(message) from error
        for name, values in zip(names, wired, strict=True):
            arrow = arrow.set_column(frame.columns.index(name), name, values)
    batches: list[pa.RecordBatch] = arrow.to_batches(max_chunksize=_ROWS)
    return batches


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


def record_ids(load: Load) -> pl.Series:
    """The ids of the batch's records, each once or more."""
    if load.ids is not None:
        return load.ids
    name = load.root.key[1]
    none = pl.Series(name, dtype=DTYPES[load.root.column(name).kind])
    frames = checked(
        load.frames.get(load.root.name, ()), table=load.root, shop=load.shop
    )
    return pl.concat([none, *(each[name] for each in frames)])
