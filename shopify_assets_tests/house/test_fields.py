"""Each field that a stream could read is selected, or it is said why it is not."""

from __future__ import annotations

import re

from shopify_assets.catalog.schema import load_schema
from shopify_assets.reference.fields import fields
from shopify_assets.reference.resources import owners
from shopify_assets.reference.unselected import home_of, unselected
from shopify_assets.streams import STREAMS
from shopify_assets.streams.fields import KEPT, LEFT_OUT, Kind

# `order_line_items`, or `order_line_items.quantity`; a name has a `_` or a column.
NAMED = re.compile(r"\b([a-z]+(?:_[a-z0-9]+)+|[a-z]+(?=\.[a-z]))(?:\.([a-z0-9_]+))?")


def test_no_field_is_without_a_decision() -> None:
    undecided = {f"{each.type}.{each.field}" for each in unselected() if not each.why}
    assert undecided == set()


def test_what_is_selected_is_not_told_to_be_left_out() -> None:
    """Of a record's own type; of another's it may be a reference only."""
    left_out = {(each.type, each.field) for each in unselected()}
    assert ("Order", "name") in left_out
    assert ("Order", "name") not in {
        (each.type, each.field) for each in unselected() if home_of(each) == each.stream
    }


def test_each_reason_is_needed_by_some_field() -> None:
    """A reason whose field was selected, or is gone, goes too."""
    used = {each.why for each in unselected() if each.kind is Kind.SAID}
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
    assert [each for each in reasons if not re.fullmatch(r"[A-Za-z`].+\.", each)] == []


def test_tables_and_columns_that_reasons_name_exist() -> None:
    tables = {
        table.name: {column.name for column in table.columns}
        for each in owners().values()
        for table in each.tables
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
        each
        for each in unselected()
        if each.stream == home_of(each)
        if f"`{each.field}`" not in sections[each.stream]
    ]
    assert missing == []
    assert sections.keys() - streams == {"Rules"}
