"""Every query of every stream, held against Shopify's schema and its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import (
    FieldNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    validate,
)

from shopify_assets.catalog.cost import MAX_COST
from shopify_assets.simulator.bulk.rules import problems
from shopify_assets.simulator.graphql.execute import prepare
from shopify_assets.simulator.graphql.weighing import Weighing
from shopify_assets.simulator.graphql.wire import executable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.passage import Passage
    from shopify_assets.catalog.queries import Queries
    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.second_step import Asked, Details

WINDOW = "updated_at:>='2026-01-01T00:00:00Z' AND updated_at:<'2026-02-01T00:00:00Z'"
# Shopify's limit for the text of a bulk query.
BULK_BYTES = 65_535
# A page of a connection that is drained.
DRAIN_SIZE = 250


def searches(compiled: CompiledStream) -> tuple[str | None, ...]:
    """What the stream's root is asked by in bulk; a snapshot's by nothing."""
    return (WINDOW, None) if compiled.stream.incremental else (None,)


def texts(compiled: CompiledStream) -> Iterator[str]:
    queries = compiled.queries
    yield queries.paged.text
    yield queries.probe
    yield from (nested.drain for nested in queries.paged.nested)
    for details in queries.details:
        yield details.text
        yield from (nested.drain for nested in details.nested)
    yield from (joined.text for joined in queries.joined)
    for passage in queries.passages:
        yield from (passage.text, passage.walk)
        yield from (nested.drain for nested in passage.nested)
    if queries.count:
        yield queries.count
    if queries.bulk_refusal is None:
        yield from map(queries.bulk, searches(compiled))


def below(queries: Queries) -> tuple[Details | Passage, ...]:
    """The second steps by the ids of records."""
    return (*queries.passages, *queries.details)


def by(asked: Asked | None) -> dict[str, object]:
    """A value for the argument that a query is asked by."""
    return {asked.argument: asked.values[0]} if asked else {}


def points(schema: Schema, text: str, **variables: object) -> int:
    """The cost as the simulator computes it, which shares no code with the catalog."""
    operation = prepare(text, variables, None)
    weighing = Weighing(schema, operation.fragments, operation.variables)
    return weighing.query(operation.node.selection_set).requested()


def test_every_query_is_valid(compiled: CompiledStream) -> None:
    problems = {
        str(error)
        for text in texts(compiled)
        for error in validate(executable(), parse(text))
    }
    assert problems == set()


def test_page_costs_what_the_catalog_says_at_most(
    schema: Schema, compiled: CompiledStream
) -> None:
    """Shopify gives some objects for nothing; a page is never dearer than planned."""
    paged = compiled.queries.paged
    asked = by(compiled.queries.each)
    if compiled.queries.is_connection:
        asked["first"] = paged.first

    assert points(schema, paged.text, **asked) <= paged.cost <= MAX_COST


def test_page_is_as_large_as_it_may_be(compiled: CompiledStream) -> None:
    """Costs grow by the logarithm of the size: small pages are dear ones."""
    assert compiled.queries.paged.first >= 100


def test_reading_on_and_the_second_step_are_affordable(
    schema: Schema, compiled: CompiledStream
) -> None:
    queries = compiled.queries
    drains = [
        *queries.paged.nested,
        *(nested for step in below(queries) for nested in step.nested),
    ]
    costs = [
        points(schema, nested.drain, id="gid://shopify/Any/1", first=DRAIN_SIZE)
        for nested in drains
    ] + [
        points(schema, step.text, ids=["gid://shopify/Any/1"])
        for step in below(queries)
    ]
    costs += [
        points(
            schema,
            joined.text,
            id="gid://shopify/Any/1",
            first=DRAIN_SIZE,
            **by(joined.each),
        )
        for joined in queries.joined
    ]
    assert [cost for cost in costs if cost > MAX_COST] == []


def test_bulk_query_keeps_all_of_shopifys_rules(
    schema: Schema, compiled: CompiledStream
) -> None:
    queries = compiled.queries
    if queries.each is not None:
        return  # a bulk query has no variables
    if queries.bulk_refusal is not None:
        assert problems(_as_bulk(compiled), schema) != []
        return
    for text in map(queries.bulk, searches(compiled)):
        assert problems(text, schema) == []
        assert len(text.encode()) <= BULK_BYTES


def _as_bulk(compiled: CompiledStream) -> str:
    return compiled.queries.bulk(None) if compiled.queries.is_connection else "{ shop }"


def test_nodes_of_every_connection_carry_their_tables_marker(
    compiled: CompiledStream,
) -> None:
    queries = compiled.queries
    written = "".join(queries.texts)
    for marker in {table.marker for table in compiled.tables}:
        assert f"{{ {marker}: __typename" in written


def test_every_table_is_fed_by_the_page_or_by_the_second_step(
    compiled: CompiledStream,
) -> None:
    queries = compiled.queries
    fed = {
        compiled.root.name,
        *(joined.table for joined in queries.joined),
        *(nested.table for nested in queries.paged.nested),
        *(nested.table for step in below(queries) for nested in step.nested),
    }
    assert {table.marker.removeprefix("_") for table in compiled.tables} == fed


def test_bulk_and_page_select_the_same(compiled: CompiledStream) -> None:
    """Whichever way a window is read, its records have one shape."""
    queries = compiled.queries
    if queries.bulk_refusal is None:
        assert _record(queries.bulk(None)) == _record(queries.paged.text)


def _record(text: str) -> list[object]:
    """What a query selects of each record, whichever way connections are written."""
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return _shape(operation.selection_set)


def _shape(selected: SelectionSetNode | None) -> list[object]:
    shape: list[object] = []
    for each in selected.selections if selected else ():
        if isinstance(each, InlineFragmentNode):
            condition = each.type_condition
            shape.append(
                (condition and condition.name.value, _shape(each.selection_set))
            )
        elif isinstance(each, FieldNode) and each.name.value in {
            "nodes",
            "edges",
            "node",
        }:
            shape.extend(_shape(each.selection_set))
        elif isinstance(each, FieldNode) and each.name.value != "pageInfo":
            key = (each.alias or each.name).value
            shape.append((key, _shape(each.selection_set)))
    return shape
