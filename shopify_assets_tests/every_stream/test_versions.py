"""Every query of every stream on every pinned version: valid there, or listed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import requests
from graphql import parse, validate
from graphql import validation as rules

from shopify_assets.catalog.fitting import fit, fitted
from shopify_assets.catalog.pairs import Effect, Kind
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema, pinned_versions
from shopify_assets.catalog.versions import compare, texts
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.simulator.graphql.wire import executable
from shopify_assets.simulator.http.server import Simulator
from shopify_assets.streams import STREAMS
from shopify_assets_tests.every_stream.test_queries import by
from shopify_assets_tests.stage import EMBER, Time, shop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg
    from graphql import ASTValidationRule, DocumentNode

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.tables import Table
    from shopify_assets.catalog.versions import Verdict

OTHERS = [each for each in pinned_versions() if each != PINNED_VERSION]
# What makes a query invalid; other kinds change what its answer means.
INVALID = {
    *(
        Kind.MEMBER_GONE,
        Kind.TYPE_GONE,
        Kind.FIELD_GONE,
        Kind.ARGUMENT_GONE,
        Kind.ARGUMENT_REQUIRED,
    ),
    *(Kind.ARGUMENT_CHANGED, Kind.VALUE_GONE),
}


@pytest.fixture(scope="session")
def verdicts(schema: Schema, compiled: CompiledStream) -> dict[str, Verdict]:
    """What the stream meets in each of the other versions."""
    found = compare(compiled, schema, map(load_schema, OTHERS))
    return {each.version: each for each in found}


# Rules that ask the schema. The others are kept by a text in all versions or in none,
# and `test_queries` asks them all of the version in use.
RULES: tuple[type[ASTValidationRule], ...] = (
    *(rules.FieldsOnCorrectTypeRule, rules.FragmentsOnCompositeTypesRule),
    *(rules.KnownArgumentNamesRule, rules.KnownTypeNamesRule),
    *(rules.OverlappingFieldsCanBeMergedRule, rules.PossibleFragmentSpreadsRule),
    *(rules.ProvidedRequiredArgumentsRule, rules.ScalarLeafsRule),
    *(rules.ValuesOfCorrectTypeRule, rules.VariablesAreInputTypesRule),
    rules.VariablesInAllowedPositionRule,
)


def are_valid(documents: Iterable[DocumentNode], version: str) -> bool:
    """Whether they all are GraphQL of the version, says a judge of its own.

    The first error decides: those that follow take long, for each makes suggestions.
    """
    wire = executable(version)
    return not any(validate(wire, each, RULES, max_errors=1) for each in documents)


def parsed(queries: Iterable[str]) -> list[DocumentNode]:
    return [parse(each, no_location=True) for each in queries]


def test_more_than_one_version_is_looked_at() -> None:
    assert len(OTHERS) >= 4


def test_queries_are_valid_unless_the_comparison_says_they_are_not(
    compiled: CompiledStream, verdicts: dict[str, Verdict]
) -> None:
    """Both ways: nothing that breaks is missed, nothing sound is called broken."""
    sound = {
        version: not ({seen.kind for seen in verdict.seen} & INVALID)
        for version, verdict in verdicts.items()
    }
    documents = parsed(texts(compiled.queries))
    assert {version: are_valid(documents, version) for version in OTHERS} == sound


def test_what_a_version_lacks_is_left_out_and_the_rest_is_valid_there(
    schema: Schema, compiled: CompiledStream, verdicts: dict[str, Verdict]
) -> None:
    """So that any pinned version may be used; what breaks is listed all the same."""
    known = set(texts(compiled.queries))
    tables = {table.name for table in compiled.tables}
    for version, verdict in verdicts.items():
        there = fitted(compiled.stream, schema, load_schema(version))
        listed = {seen.thing for seen in verdict.of(Effect.BREAKS)}
        if there.compiled is None:
            assert there.refusal
            assert listed
            continue
        assert {seen.thing for seen in there.left_out} <= listed
        queries = there.compiled.queries
        changed = {*texts(queries), *filter(None, [queries.count])} - known
        assert are_valid(parsed(changed), version)
        assert {table.name for table in there.compiled.tables} <= tables


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator([shop(orders=25)], clock=Time()) as simulator:
        yield simulator


def first_page(simulator: Simulator, compiled: CompiledStream, version: str) -> Any:
    """The data of a stream's first page, asked for in a version."""
    queries = compiled.queries
    variables = by(queries.each)
    if queries.is_connection:
        variables["first"] = 20
    reply = requests.post(
        f"{simulator.base_url(EMBER)}/admin/api/{version}/graphql.json",
        json={"query": queries.paged.text, "variables": variables},
        headers={"X-Shopify-Access-Token": simulator.store(EMBER).spec.access_token},
        timeout=30,
    )
    body = reply.json()
    assert "errors" not in body, body["errors"]
    assert reply.headers["X-Shopify-API-Version"] == version
    return body["data"]


def differences(one: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    """The values in which two answers differ in what both of them hold."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() & other.keys():
            yield from differences(one[key], other[key])
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for item, another in zip(one, other, strict=True):
            yield from differences(item, another)
    elif one != other:
        yield one, other


def is_shown_as(here: Any, there: Any, lacked: set[str]) -> bool:
    """Whether a version shows a value as another for want of its type or word."""
    if not (isinstance(here, str) and isinstance(there, str)):
        return False
    is_day = len(there) == len("2026-01-01") and here.startswith(f"{there}T")
    return is_day or (here in lacked and there not in lacked)


def lacked_by(other: Schema, native: Schema) -> set[str]:
    """The types, and the values of enums, that another version does not have."""
    values = {
        value
        for name, each in native.types.items()
        if name in other.types
        for value in set(each.values) - set(other.types[name].values)
    }
    return values | (native.types.keys() - other.types.keys())


def test_the_simulator_answers_it_in_every_version_with_the_same_rows(
    simulator: Simulator, schema: Schema, compiled: CompiledStream
) -> None:
    """What both versions have is equal, but for what the other one has no word for."""
    native = first_page(simulator, compiled, PINNED_VERSION)
    for version in OTHERS:
        pinned = load_schema(version)
        there = fitted(compiled.stream, schema, pinned).compiled
        if there is None:
            continue
        answered = first_page(simulator, there, version)
        assert answered.keys() == native.keys()
        lacked = lacked_by(pinned, schema)
        assert [
            (version, here, shown)
            for here, shown in differences(native, answered)
            if not is_shown_as(here, shown, lacked)
        ] == []


@pytest.mark.parametrize("version", [each for each in OTHERS if each < PINNED_VERSION])
def test_tables_of_an_earlier_version_are_brought_to_the_one_in_use(
    postgres: psycopg.Connection, version: str
) -> None:
    """Nothing but additions: new tables and columns, and null where it may be now."""
    before = [each.compiled for each in fit(STREAMS, version) if each.compiled]
    now = [each.compiled for each in fit(STREAMS, PINNED_VERSION) if each.compiled]
    migrate(postgres, _tables(before))
    statements = [each.as_string() for each in migrate(postgres, _tables(now))]

    allowed = re.compile(
        r"CREATE|COMMENT|ALTER TABLE \S+ (ADD|ALTER COLUMN \S+ DROP NOT NULL)"
    )
    assert [each for each in statements if not allowed.match(each.strip())] == []
    assert migrate(postgres, _tables(now)) == ()
    assert _columns(postgres) >= {
        (table.name, column.name)
        for stream in now
        for table in stream.tables
        for column in table.columns
    }


def _tables(streams: Iterable[CompiledStream]) -> list[Table]:
    return [table for stream in streams for table in stream.tables]


def _columns(connection: psycopg.Connection) -> set[tuple[str, str]]:
    found = connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'shopify'"
    )
    return {(table, column) for table, column in found.fetchall()}
