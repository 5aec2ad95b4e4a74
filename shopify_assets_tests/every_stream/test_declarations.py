"""What a declaration may say, checked against what Shopify offers."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from shopify_assets.catalog.selection import Form, Selected, root_field
from shopify_assets.streams import STREAMS
from shopify_assets.streams.fields import KEPT, LEAVING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.schema import Field, Schema
    from shopify_assets.catalog.stream import Stream


def selected_below(field: Selected) -> Iterator[Selected]:
    yield field
    for each in field.children:
        yield from selected_below(each)


@pytest.fixture
def selected(schema: Schema, stream: Stream) -> list[Selected]:
    """Every field the stream selects, its root first."""
    root = root_field(schema, stream.root, stream.selection)
    return [each for each in selected_below(root) if each.name != "__typename"]


def field_of(each: Selected) -> Field:
    """The schema's field."""
    return each.owner.fields[each.name]


def test_an_order_is_wanted_of_tables_whose_rows_have_an_id(
    stream: Stream, compiled: CompiledStream
) -> None:
    tables = {table.name: table for table in compiled.tables}
    assert set(stream.ordered) <= tables.keys()
    for name in stream.ordered:
        key = tables[name].key
        assert "position" in [column.name for column in tables[name].columns]
        assert "position" not in key


def test_names_are_snake_case_and_there_is_one_of_each() -> None:
    names = [stream.name for stream in STREAMS]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []


def test_people_are_told_what_a_row_is(stream: Stream) -> None:
    assert re.fullmatch(r"[A-Z].+\.", stream.description)
    assert re.fullmatch(r"[a-z]+", stream.family)


def test_no_deprecated_field_is_selected(
    selected: list[Selected], compiled: CompiledStream
) -> None:
    deprecated = [
        f"{each.owner.name}.{each.name}"
        for each in selected
        if field_of(each).deprecated and (each.owner.name, each.name) not in KEPT
    ]
    assert deprecated == []
    kept = {f"{owner}.{name}" for owner, name in KEPT}
    assert set(compiled.deprecated) <= kept


def test_no_field_is_selected_that_is_about_to_go(selected: list[Selected]) -> None:
    chosen = {(each.owner.name, each.name) for each in selected}
    assert chosen & LEAVING == set()


def test_arguments_are_the_root_fields_own(
    stream: Stream, selected: list[Selected]
) -> None:
    given = set(re.findall(r"(\w+):", stream.arguments))
    derived = {"first", "after", "last", "before", "query"}
    assert given <= field_of(selected[0]).args.keys() - derived


# Arguments whose default keeps records back, and the value that does not.
HIDING = {
    "include": ("false", "true"),
    "show": ("false", "true"),
    "only": ("true", "false"),
}


def kept_back(field: Field, given: str) -> Iterator[str]:
    """Arguments of the field that keep records back, as it is asked for."""
    for name, argument in field.args.items():
        for prefix, (default, wanted) in HIDING.items():
            hides = name.startswith(prefix) and argument.default == default
            if hides and f"{name}: {wanted}" not in given:
                yield name


def test_streams_that_list_or_count_orders_say_that_old_ones_may_be_hidden(
    compiled: CompiledStream, selected: list[Selected]
) -> None:
    """A single link to an old order is null, and no record of the stream's is lost."""
    lists = [
        each
        for each in selected[1:]
        if each.name == "ordersCount"
        or (each.type.name == "Order" and each.form is not Form.OBJECT)
    ]
    if lists or compiled.queries.node == "Order":
        assert compiled.old_orders is not None


def test_no_default_keeps_records_back(
    stream: Stream, selected: list[Selected]
) -> None:
    root = field_of(selected[0])
    hidden = {stream.root: [*kept_back(root, stream.arguments)]} | {
        f"{each.owner.name}.{each.name}": [*kept_back(field_of(each), each.arguments)]
        for each in selected[1:]
    }
    assert {field: names for field, names in hidden.items() if names} == {}


def test_webhook_topics_are_shopifys(schema: Schema, stream: Stream) -> None:
    known = set(schema["WebhookSubscriptionTopic"].values)
    topics = {topic: re.sub(r"[/.]", "_", topic).upper() for topic in stream.webhooks}

    assert [topic for topic, value in topics.items() if value not in known] == []
    assert len(topics) == len(stream.webhooks)


def test_scopes_are_told_where_shopify_asks_for_any(
    schema: Schema, stream: Stream, compiled: CompiledStream
) -> None:
    root = root_field(schema, stream.root, stream.selection)
    needed = schema.scopes_of(root.owner, root.name)
    told = set(compiled.scopes)

    assert frozenset() not in told
    assert not needed or frozenset(needed) in told
    assert all(
        re.fullmatch(r"(read|write)_[a-z_]+", scope)
        for choice in told
        for scope in choice
    )
