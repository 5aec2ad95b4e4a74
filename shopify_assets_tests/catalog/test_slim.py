"""A stream cut down to ids and times, by its own declaration."""

from __future__ import annotations

import pytest

from shopify_assets.catalog.schema import load_schema
from shopify_assets.catalog.slim import cut_down, slim
from shopify_assets.streams import STREAMS
from shopify_assets_tests.pipeline import test_words as words
from shopify_assets_tests.stage import compiled

WORDS = (
    *(words.CARRIED, words.DEEP, words.JOINED),
    *(words.EACH, words.PATH, words.NATURAL),
)


@pytest.mark.parametrize(
    "stream",
    [*(each.name for each in STREAMS), *WORDS],
    ids=lambda each: each if isinstance(each, str) else f"of {each.name}",
)
def test_a_slim_stream_keeps_the_key_and_asks_for_little(stream: object) -> None:
    made = compiled(stream)  # type: ignore[arg-type]  # a name or a stream
    small = slim(made, load_schema())
    [table] = small.tables
    kept = {each.name for each in table.columns}
    assert set(made.root.key) <= kept
    assert table.key == made.root.key
    assert table.version == made.root.version
    assert kept <= {*made.root.key, "id", "gid", "created_at", table.version}
    assert small.queries.paged.cost <= 25
    assert not small.queries.has_second_step


@pytest.mark.parametrize(
    ("selection", "paths", "kept"),
    [
        ("id name updatedAt", {("id",), ("updatedAt",)}, "id updatedAt"),
        ("id: locale name", {("id",)}, "id: locale"),
        ("a { b c } d", {("a", "b")}, "a { b }"),
        ("a { b } d { e }", {("a", "x")}, ""),
        (
            "u { ... on X { at y } ... on Y { y } }",
            {("u", "at")},
            "u { ... on X { at } }",
        ),
        ("a(first: 1) { b(on: X) }", {("a", "b")}, "a(first: 1) { b(on: X) }"),
    ],
)
def test_only_what_is_wanted_is_kept(
    selection: str, paths: set[tuple[str, ...]], kept: str
) -> None:
    assert " ".join(cut_down(selection, frozenset(paths)).split()) == kept
