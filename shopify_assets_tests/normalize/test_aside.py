"""Lines that cannot be read set their record aside; all others are read as ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from shopify_assets.normalize.aside import Aside, Owners, SetAside
from shopify_assets.normalize.run import Normalizer
from shopify_assets_tests.normalize.declared import (
    SHOP,
    TABLES,
    THEN,
    lines,
    thing,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def numbered(number: int, **values: object) -> dict[str, object]:
    return {**thing(**values), "id": f"gid://shopify/Thing/{number}"}


def note(number: int, *, of: str) -> dict[str, object]:
    return {
        "_thing_notes": "Note",
        "id": f"gid://shopify/Note/{number}",
        "__parentId": of,
    }


def read(*blocks: bytes) -> tuple[dict[str, list[int]], Sequence[SetAside], Aside]:
    """The ids of the rows of each table, and what was set aside."""
    normalizer = Normalizer(TABLES)
    frames = list(
        normalizer.frames(blocks, shop=SHOP, extracted_at=THEN, source="file")
    )
    found = {
        name: pl.concat(each[name] for each in frames if name in each)["id"].to_list()
        for name in ("things", "thing_boxes", "thing_notes")
        if any(name in each for each in frames)
    }
    return found, normalizer.aside.entries, normalizer.aside


GOOD = lines(*(numbered(number, text="good") for number in range(1, 200)))


@pytest.mark.parametrize("blocks", [1, 2])
def test_all_but_the_lines_at_fault_are_read(blocks: int) -> None:
    """Several kinds in one block, more than one of each: each by its line's number."""
    bad = [
        numbered(1001, timestamptz="no time"),
        numbered(1002, numeric="a lot", boxes=[{"id": "gid://shopify/Box/1"}]),
        numbered(1003, boxes=[{"id": "gid://shopify/Box/2"}, {"id": 3}]),
        numbered(1004, timestamptz="no time either"),
        numbered(1005, integer="2"),
    ]
    right = [numbered(1006, boxes=[{"id": "gid://shopify/Box/4"}])]
    whole = [GOOD, lines(*bad), lines(*right), GOOD]
    data = [b"".join(whole)] if blocks == 1 else whole

    found, entries, aside = read(*data)

    ids = list(range(1, 200))
    assert found == {"things": [*ids, 1006, *ids], "thing_boxes": [4]}
    assert [
        (entry.record, entry.table, entry.line, entry.place)
        for entry in sorted(entries, key=lambda entry: entry.line or 0)
    ] == [
        ("1001", "things", 200, "timestamptz"),
        ("1002", "things", 201, "numeric"),
        ("1003", "things", 202, "$.boxes[1].id"),
        ("1004", "things", 203, "timestamptz"),
        ("1005", "things", 204, "$.integer"),
    ]
    assert (aside.lines, aside.roots, aside.records) == (5, 5, 5)


def test_a_block_of_which_nothing_can_be_read_has_no_rows() -> None:
    found, entries, _ = read(lines(*(numbered(each, date="x") for each in range(500))))

    assert found == {}
    assert len(entries) == 500


def test_a_child_at_fault_names_its_root_and_places_of_others_are_kept() -> None:
    """Marks have no id but their place: those of other things count as before."""
    marks: list[dict[str, Any]] = [
        {"_thing_marks": "Mark", "__parentId": "gid://shopify/Thing/1", "mark": "a"},
        {"_thing_marks": "Mark", "__parentId": "gid://shopify/Thing/2", "mark": 7},
        {"_thing_marks": "Mark", "__parentId": "gid://shopify/Thing/1", "mark": "b"},
    ]
    normalizer = Normalizer(TABLES)
    [frames] = normalizer.frames(
        [lines(*marks)], shop=SHOP, extracted_at=THEN, source="file"
    )

    assert frames["thing_marks"].select("thing_id", "position", "mark").rows() == [
        (1, 0, "a"),
        (1, 1, "b"),
    ]
    [entry] = normalizer.aside.entries
    assert (entry.record, entry.table, entry.line) == ("2", "thing_marks", 2)
    assert (normalizer.aside.lines, normalizer.aside.roots) == (1, 0)


THING = b'{"_things":"Thing","id":"gid://shopify/Thing/7","text":"'
NOTE = b'{"_thing_notes":"Note","id":"gid://shopify/Note/1","text":"x","__parentId":'


@pytest.mark.parametrize(
    ("line", "marker", "gid"),
    [
        (THING + b"cut", "_things", "gid://shopify/Thing/7"),
        (THING.replace(b"/", rb"\/") + b"cut", "_things", "gid://shopify/Thing/7"),
        (b'{"_things":"Thing","id":"gid://shopify/Th', "_things", None),
        # An inner object's id is not the root's.
        (b'{"_things":"Thing","box":{"id":"gid://x/Box/1"},"te', "_things", None),
        # Two records in one line: perhaps of two roots.
        (THING + b'a"}' + THING, "_things", None),
        (NOTE + b'"gid://shopify/Thing/7"', "_thing_notes", "gid://shopify/Thing/7"),
        (NOTE[:-14], "_thing_notes", None),
        (b'{"_thing_notes":"Note","__parentId":null}', "_thing_notes", None),
        (b"garbage", "", None),
    ],
)
def test_the_root_of_a_line_is_told_only_if_it_is_certain(
    line: bytes, marker: str, gid: str | None
) -> None:
    assert Owners(TABLES).gid(line, marker) == gid


def test_lines_of_unknown_records_count_one_each() -> None:
    _, entries, aside = read(GOOD + b"garbage\n" * 3 + GOOD[:-7] + b"\n")

    assert [entry.line for entry in entries] == [200, 201, 202, 401]
    assert [entry.record for entry in entries] == [None, None, None, "199"]
    assert aside.records == 4


def test_details_are_kept_of_no_more_than_may_be_set_aside() -> None:
    aside = Aside(allowed=2)
    normalizer = Normalizer(TABLES, aside)
    block = lines(*(numbered(each, date="x") for each in range(50)))
    list(normalizer.frames([block], shop=SHOP, extracted_at=THEN, source="file"))

    assert (aside.records, len(aside.entries)) == (50, 2)


def test_one_record_with_several_faults_is_one() -> None:
    block = lines(
        numbered(1, date="x", timestamptz="y"),
        note(1, of="gid://shopify/Thing/1"),
        {**note(2, of="gid://shopify/Thing/1"), "id": 3},
    )
    _, entries, aside = read(block)

    [entry] = entries
    assert entry.record == "1"
    assert (aside.records, aside.lines) == (1, 2)


@pytest.mark.parametrize("depth", [1_000, 100_000])
@pytest.mark.parametrize("half", ["", r"\ud83d"])
def test_a_line_nested_too_deep_sets_its_own_record_aside(
    depth: int, half: str
) -> None:
    """Python cannot read it; the others of its block are read."""
    whole = lines(numbered(1001)).rstrip(b"\n")
    nest = f',"deep":["{half}",{"[" * depth}{"]" * depth}]}}\n'
    deep = whole.removesuffix(b"}") + nest.encode()

    found, entries, _ = read(GOOD + deep + lines(numbered(1002)))

    assert found["things"] == [*range(1, 200), 1002]
    assert [(entry.record, entry.line) for entry in entries] == [("1001", 200)]
    assert "recursion depth" in entries[0].reason
