"""A patch of JSON objects brings one to the other, whatever they are."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.catalog.merge_patch import difference, merged

LEAVES = st.booleans() | st.integers() | st.text(max_size=3)
KEYS = st.sampled_from("abc")
VALUES = st.recursive(
    LEAVES | st.lists(LEAVES, max_size=3),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=3)


@given(OBJECTS, OBJECTS)
def test_patched_is_what_was_wanted(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    untouched = deepcopy(before)
    assert merged(before, difference(before, after)) == after
    assert before == untouched


@given(OBJECTS)
def test_nothing_differs_from_itself(one: dict[str, Any]) -> None:
    assert difference(one, one) == {}


@pytest.mark.parametrize(
    ("before", "after", "patch"),
    [
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, {"a": None, "b": 3, "c": 4}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}, {"a": {"b": None}}),
        ({"a": [1, 2]}, {"a": [2]}, {"a": [2]}),
        ({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
    ids=["gone, other, new", "inside", "a list is replaced", "an object instead"],
)
def test_patch_says_no_more_than_it_must(
    before: dict[str, Any], after: dict[str, Any], patch: dict[str, Any]
) -> None:
    assert difference(before, after) == patch
