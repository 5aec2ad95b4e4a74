"""Each field that a stream could read is selected, or it is said why it is not."""

from __future__ import annotations

import re

from shopify_assets.catalog.schema import load_schema
from shopify_assets.reference.fields import fields
from shopify_assets.reference.resources import owners
from shopify_assets.reference.unselected import home_of, unselected, without_reason
from shopify_assets.streams import STREAMS
from shopify_assets.streams.fields import KEPT, LEFT_OUT, Kind

# `order_line_items`, or `order_line_items.quantity`; a name has a `_` or a column.
NAMED = re.compile(r"\b([a-z]+(?:_[a-z0-9]+)+|[a-z]+(?=\.[a-z]))(?:\.([a-z0-9_]+))?")


def test_no_field_is_without_a_decision() -> None:
    assert [f"{field.type}.{field.field}" for field in without_reason()] == []


def test_what_is_selected_is_not_told_to_be_left_out() -> None:
    """Of a record's own type; of another's it may be a reference only."""
    by_stream = {
        (field.stream, home_of(field))
        for field in unselected()
        if (field.type, field.field) == ("Order", "name")
    }
    assert ("disputes", "orders") in by_stream
    assert ("orders", "orders") not in by_stream


def test_each_reason_is_needed_by_some_field() -> None:
    """A reason whose field was selected, or is gone, goes too."""
    used = {field.why for field in unselected() if field.kind is Kind.SAID}
    assert [key for key, why in LEFT_OUT.items() if why not in used] == []


def test_types_and_fields_of_reasons_are_shopifys() -> None:
    types = load_schema().types
    for key in LEFT_OUT:
        owner, _, field = key.partition(".")
        if key.startswith(": "):
            assert key.removeprefix(": ") in types
        elif owner != "*":
            assert field == "*" or field in types[owner].fields, key


def test_a_reason_is_a_sentence() -> None:
    reasons = (*LEFT_OUT.values(), *KEPT.values(), *(kind.value for kind in Kind))
    assert [why for why in reasons if not re.fullmatch(r"[A-Za-z`].+\.", why)] == []


def test_tables_and_columns_that_reasons_name_exist() -> None:
    tables = {
        table.name: {column.name for column in table.columns}
        for stream in owners().values()
        for table in stream.tables
    }
    known = tables.keys() | set().union(*tables.values())
    named = {match for why in LEFT_OUT.values() for match in NAMED.findall(why)}
    assert [
        (table, column)
        for table, column in sorted(named)
        if table not in known or (column and column not in tables.get(table, ()))
    ] == []


def test_deprecated_fields_that_are_kept_are_deprecated() -> None:
    types = load_schema().types
    assert all(types[owner].fields[name].deprecated for owner, name in KEPT)


def test_the_page_tells_each_field_at_its_home() -> None:
    section = re.compile(r"^## (\w+)\n\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    sections = dict(section.findall(fields()))
    streams = {stream.name for stream in STREAMS}
    missing = [
        field
        for field in unselected()
        if field.stream == home_of(field)
        if f"`{field.field}`" not in sections[field.stream]
    ]
    assert missing == []
    assert sections.keys() - streams == {"Rules"}
