"""Selections are read as graphql-core reads them; what it would refuse is refused."""

from __future__ import annotations

import pytest
from graphql import parse, print_ast
from hypothesis import given
from hypothesis import strategies as some

from shopify_assets.catalog import syntax
from shopify_assets.errors import ConfigurationError
from shopify_assets.streams import STREAMS


def by_graphql(selection: str) -> str:
    return print_ast(parse(f"{{ {selection} }}"))


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_declaration_is_read_as_graphql_core_reads_it(stream: object) -> None:
    selection = stream.selection  # type: ignore[attr-defined]  # a stream
    ours = syntax.written(syntax.parse(selection))
    assert by_graphql(ours) == by_graphql(selection)


names = some.from_regex(r"[_A-Za-z][_0-9A-Za-z]{0,5}", fullmatch=True)
plain_names = names.filter(lambda name: name not in {"on", "true", "false", "null"})
literals = some.one_of(
    names,
    some.integers().map(str),
    some.sampled_from(["-1.5", "2e10", "-0.25E-3", "true", "null", '""', '"a, b"']),
    some.sampled_from([r'"\"q\" \\ {"', '"# none"', '"}"', '"é"']),
    names.map(lambda name: f"${name}"),
)


def lists_and_objects(values: some.SearchStrategy[str]) -> some.SearchStrategy[str]:
    pairs = some.tuples(names, values).map(lambda pair: f"{pair[0]}:{pair[1]}")
    return some.one_of(
        some.lists(values, max_size=3).map(lambda these: f"[{' '.join(these)}]"),
        some.lists(pairs, max_size=3).map(lambda these: f"{{{','.join(these)}}}"),
    )


values = some.recursive(literals, lists_and_objects, max_leaves=5)
arguments = some.lists(some.tuples(names, values), min_size=1, max_size=3).map(
    lambda these: f"({', '.join(f'{name} : {value}' for name, value in these)})"
)
heads = some.tuples(
    some.one_of(some.just(""), names.map(lambda name: f"{name}: ")),
    names,
    some.one_of(some.just(""), arguments),
).map("".join)
gaps = some.sampled_from([" ", "\n", ", ", "  # a word {\n", ",,\t"])


def with_children(nodes: some.SearchStrategy[str]) -> some.SearchStrategy[str]:
    inner = some.tuples(gaps, nodes, gaps, nodes).map("".join)
    above = some.one_of(
        heads, some.just("..."), plain_names.map(lambda name: f"... on {name}")
    )
    return some.tuples(above, inner).map(lambda pair: f"{pair[0]}{{{pair[1]}}}")


selections = some.recursive(heads, with_children, max_leaves=8)


@given(selections)
def test_any_selection_is_read_as_graphql_core_reads_it(selection: str) -> None:
    ours = syntax.written(syntax.parse(selection))
    assert by_graphql(ours) == by_graphql(selection)


def test_nodes_say_what_is_written() -> None:
    (field, fragment) = syntax.parse("a: b(c: [1 $d], e: {f: X}) { g } ... on H { i }")
    assert field == syntax.Field(
        name="b",
        alias="a",
        arguments=(
            syntax.Argument("c", "[1, $d]"),
            syntax.Argument("e", "{f: X}"),
        ),
        children=(syntax.Field("g"),),
    )
    assert fragment == syntax.Fragment("H", (syntax.Field("i"),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a name is expected at its end"),
        ("a {}", "a name is expected at '}'"),
        ("a { b", "'}' is expected at its end"),
        ("a } b", "a brace closes more than was opened"),
        ("a()", "a name is expected at ')'"),
        ("a(b)", "':' is expected at ')'"),
        ("a(b: )", "a value is expected at ')'"),
        ('a(b: "c)', "a value is expected at '\"'"),
        ("a(b: [c)", "a value is expected at ')'"),
        ("a(b: c", "a name is expected at its end"),
        ("a: 1", "a name is expected at '1'"),
        ("a @include(if: true)", "a name is expected at '@'"),
        ("...Named", "'{' is expected at 'Named'"),
        ("... on { a }", "a name is expected at '{'"),
    ],
)
def test_what_is_no_selection_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        syntax.parse(text)
    assert str(refused.value) == message
