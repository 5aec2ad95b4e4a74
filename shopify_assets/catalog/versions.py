"""What a stream meets in another API version: what breaks, ends, or is not the same.

Charter: from a compiled stream and two pinned schemas to a verdict. The stream's
queries are read as text, as they are sent, and by no code of the compiler; a version on
which nothing is found amiss must compile as well. Nothing here decides what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import parse
from graphql.language.ast import OperationDefinitionNode

from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.pairs import Effect, Kind, Pair, Seen
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.queries import Queries
    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.stream import Stream
    from shopify_assets.catalog.tables import Table

_ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True)
class Verdict:
    """What a stream meets in another version.

    Attributes:
        stream: the stream's name.
        version: the other version.
        refusal: why it does not compile there; None if it does, so that
            `SHOPIFY_API_VERSION` may name the version.
        seen: every difference, worst first; paths begin with the query's name.
    """

    stream: str
    version: str
    refusal: str | None
    seen: tuple[Seen, ...]

    @property
    def effect(self) -> Effect | None:
        """The worst that was found; None if the stream meets nothing new."""
        return self.seen[0].kind.effect if self.seen else None

    def of(self, effect: Effect) -> tuple[Seen, ...]:
        """The differences of one effect."""
        return tuple(each for each in self.seen if each.kind.effect is effect)


def texts(queries: Queries) -> Iterator[str]:
    """Every query of a stream as it is sent, but for the one that counts."""
    yield queries.paged.text
    yield queries.probe
    yield from (nested.drain for nested in queries.paged.nested)
    for details in queries.details:
        yield details.text
        yield from (nested.drain for nested in details.nested)
    yield from (joined.text for joined in queries.joined)
    if queries.bulk_refusal is None:
        yield queries.bulk(None)


def compare(
    compiled: CompiledStream, before: Schema, others: Iterable[Schema]
) -> list[Verdict]:
    """Compare what a stream names in `before`, where it compiles, with other versions.

    A stream that breaks on a later version must be mended before the upgrade; one that
    breaks on an earlier version cannot be read by it, which is no failure.
    """
    operations = [
        each
        for text in texts(compiled.queries)
        for each in parse(text, no_location=True).definitions
        if isinstance(each, OperationDefinitionNode)
    ]
    return [_verdict(compiled, before, each, operations) for each in others]


def check(
    streams: Iterable[Stream], base: Schema, others: Sequence[Schema]
) -> Iterator[Verdict]:
    """Compare every stream with other versions; one that `base` refuses is told so."""
    for stream in streams:
        try:
            compiled = compile_stream(base, stream)
        except ConfigurationError as error:
            seen = _not_compiled(stream.name, error)
            yield Verdict(stream.name, base.version, str(error), (seen,))
        else:
            yield from compare(compiled, base, others)


def lacking(stream: Stream, known: Schema, schema: Schema) -> tuple[Seen, ...]:
    """What a stream selects of a record that exists in `known` and not in `schema`.

    The paths are those of the selection: response keys from the record, a connection's
    own left out; nothing below a lacking field is listed.
    """
    operation = parse(f"{{ {stream.selection} }}", no_location=True).definitions[0]
    if not isinstance(operation, OperationDefinitionNode):
        return ()
    pair = Pair(known, schema)
    found = pair.walk(_record_type(known, stream.root), operation.selection_set)
    return tuple(each for each in found if each.kind.effect is Effect.BREAKS)


def _record_type(schema: Schema, root: str) -> str:
    owner = schema.query
    for name in root.split("."):
        field = owner.fields[name]
        owner = schema.node_type(field) or schema[field.named_type]
    return owner.name


def _verdict(
    compiled: CompiledStream,
    before: Schema,
    after: Schema,
    operations: list[OperationDefinitionNode],
) -> Verdict:
    found: dict[tuple[Kind, str], Seen] = {}
    incremental = compiled.stream.incremental
    pair = Pair(before, after, incremental.field if incremental else None)
    for each in operations:
        path = (each.name.value if each.name else compiled.name,)
        for seen in pair.walk(before.query.name, each.selection_set, path):
            found.setdefault((seen.kind, seen.thing), seen)
    refusal, further = _compiled(compiled, after)
    broken = any(seen.kind.effect is Effect.BREAKS for seen in found.values())
    for seen in further:
        if not (broken and seen.kind is Kind.NOT_COMPILED):
            found[seen.kind, seen.thing] = seen
    seen_ = sorted(found.values(), key=lambda seen: _ORDER[seen.kind])
    return Verdict(compiled.name, after.version, refusal, tuple(seen_))


def _compiled(compiled: CompiledStream, after: Schema) -> tuple[str | None, list[Seen]]:
    """Compile the stream there: why it is refused, and what only compiling shows."""
    name = compiled.name
    try:
        there = compile_stream(after, compiled.stream)
    except ConfigurationError as error:
        return str(error), [_not_compiled(name, error)]
    found = list(_tables(compiled.tables, there.tables))
    if compiled.queries.count and not there.queries.count:
        found.append(Seen(Kind.COUNT_GONE, f"{compiled.stream.root}Count", (name,)))
    return None, found


def _tables(before: Iterable[Table], after: Iterable[Table]) -> Iterator[Seen]:
    """Keys and columns that a warehouse cannot be brought to by additions."""
    others = {each.name: each for each in after}
    for table in before:
        other = others.get(table.name)
        if other is None:
            continue
        if table.key != other.key:
            detail = f"{', '.join(table.key)} → {', '.join(other.key)}"
            yield Seen(Kind.KEY_CHANGED, table.name, (table.name,), detail)
        kinds = {each.name: each.kind.value for each in other.columns}
        for column in table.columns:
            kind = kinds.get(column.name, column.kind.value)
            if kind != column.kind.value:
                path = (table.name, column.name)
                detail = f"{column.kind.value} → {kind}"
                yield Seen(Kind.COLUMN_CHANGED, ".".join(path), path, detail)


def _not_compiled(stream: str, error: ConfigurationError) -> Seen:
    return Seen(Kind.NOT_COMPILED, stream, (stream,), str(error))
