"""Every query of every stream on every pinned version: valid there, or listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import parse, validate

from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.pairs import Effect, Kind
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema, pinned_versions
from shopify_assets.catalog.versions import compare, lacking, texts
from shopify_assets.simulator.wire import executable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.versions import Verdict

OTHERS = [each for each in pinned_versions() if each != PINNED_VERSION]
# What makes a query invalid; other kinds change what its answer means.
INVALID = {
    *(Kind.TYPE_GONE, Kind.FIELD_GONE, Kind.ARGUMENT_GONE, Kind.ARGUMENT_REQUIRED),
    *(Kind.ARGUMENT_CHANGED, Kind.VALUE_GONE),
}


@pytest.fixture(scope="session")
def verdicts(schema: Schema, compiled: CompiledStream) -> dict[str, Verdict]:
    """What the stream meets in each of the other versions."""
    found = compare(compiled, schema, map(load_schema, OTHERS))
    return {each.version: each for each in found}


def are_valid(queries: Iterable[str], version: str) -> bool:
    """Whether they all are GraphQL of the version, says a judge of its own.

    The first error decides: those that follow take long, for each makes suggestions.
    """
    wire = executable(version)
    return not any(
        validate(wire, parse(each, no_location=True), max_errors=1) for each in queries
    )


def test_more_than_one_version_is_looked_at() -> None:
    assert len(OTHERS) >= 4


@pytest.mark.parametrize("version", OTHERS)
def test_queries_are_valid_unless_the_comparison_says_they_are_not(
    compiled: CompiledStream, verdicts: dict[str, Verdict], version: str
) -> None:
    """Both ways: nothing that breaks is missed, nothing sound is called broken."""
    broken = {seen.kind for seen in verdicts[version].seen} & INVALID
    assert are_valid(texts(compiled.queries), version) == (not broken)


@pytest.mark.parametrize("version", OTHERS)
def test_a_version_may_be_used_if_the_stream_compiles_for_it(
    compiled: CompiledStream, verdicts: dict[str, Verdict], version: str
) -> None:
    """What is sent then is valid there; if it does not, what breaks is listed."""
    verdict = verdicts[version]
    if verdict.refusal is not None:
        assert verdict.of(Effect.BREAKS)
        return
    there = compile_stream(load_schema(version), compiled.stream)
    changed = set(texts(there.queries)) - set(texts(compiled.queries))
    counted = {there.queries.count} - {None}
    assert are_valid([*changed, *map(str, counted)], version)


@pytest.mark.parametrize("version", OTHERS)
def test_what_a_version_lacks_is_named_by_its_path_in_the_selection(
    schema: Schema,
    compiled: CompiledStream,
    verdicts: dict[str, Verdict],
    version: str,
) -> None:
    """So that a query can be made without it: the same things, from the record on."""
    found = lacking(compiled.stream, schema, load_schema(version))
    listed = {seen.thing for seen in verdicts[version].of(Effect.BREAKS)}
    assert {seen.thing for seen in found} <= listed
    assert all(seen.path for seen in found)
