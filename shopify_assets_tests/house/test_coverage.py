"""Each resource of Shopify's is in the warehouse, or it is said why it is not."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse

from shopify_assets.catalog.schema import load_schema
from shopify_assets.reference import resources
from shopify_assets.reference.streams import compiled
from shopify_assets.streams import STREAMS
from shopify_assets.streams.coverage import RESOURCES, Resource
from shopify_assets.streams.roots import LEFT_OUT

EVERY = [each for found in RESOURCES.values() for each in found]


def test_each_resource_is_listed_once() -> None:
    names = Counter(each.name for each in EVERY)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("section", RESOURCES)
def test_a_resource_has_tables_or_a_reason_for_none(section: str) -> None:
    undecided = [
        each.name
        for each in RESOURCES[section]
        if bool(each.tables) == bool(each.left_out)
    ]
    assert undecided == []


def test_tables_of_a_resource_exist() -> None:
    named = {name for each in EVERY for name in each.tables}
    assert named - resources.owners().keys() == set()


def test_a_reason_is_a_sentence() -> None:
    reasons = [each.left_out for each in EVERY if each.left_out]
    assert [each for each in reasons if not re.fullmatch(r"[A-Z].+\.", each)] == []


def told(page: str, resource: Resource) -> bool:
    if resource.left_out:
        return f"| {resource.name} | {resource.left_out} |" in page
    return f"| {resource.name} | [" in page


def test_the_page_tells_each_resource_and_each_stream() -> None:
    page = resources.coverage()
    assert [each.name for each in EVERY if not told(page, each)] == []
    linked = set(re.findall(r"\]\(tables/(\w+)\.md\)", page))
    assert linked == {stream.name for stream in STREAMS}


def test_the_page_counts_what_it_tells() -> None:
    page = resources.coverage()
    left_out = sum(bool(each.left_out) for each in EVERY)
    tables = len(resources.owners())
    counted = f"| {len(EVERY) - left_out} | {left_out} | {len(STREAMS)} | {tables} | "
    assert counted in page


def read_by_a_stream() -> set[str]:
    """Root fields that stand in a query."""
    operations = (
        operation
        for stream in compiled()
        for text in stream.queries.texts
        for operation in parse(text).definitions
        if isinstance(operation, OperationDefinitionNode)
    )
    return {
        field.name.value
        for operation in operations
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode)
    }


def test_each_root_field_that_lists_something_is_read_or_it_is_said_why_not() -> None:
    """`nodes` lists what it is told to; the deprecated ones are on their way out."""
    schema = load_schema()
    listing = {
        name
        for name, field in schema.query.fields.items()
        if (schema.node_type(field) or field.is_list) and not field.deprecated
    } - {"nodes"}
    read = read_by_a_stream()
    assert listing - read - LEFT_OUT.keys() == set()
    assert LEFT_OUT.keys() & read == set()
    assert LEFT_OUT.keys() <= listing
