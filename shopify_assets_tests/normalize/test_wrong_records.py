"""Records that Shopify's schema does not allow: set aside, never told as less.

The lines are a simulated shop's own, each changed in one place; each kind is one that
the fuzz of answers (`fuzz/answers`) has found.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.extract import planning
from shopify_assets.extract.records import Sought, owners
from shopify_assets.normalize.aside import Aside
from shopify_assets.normalize.rows import as_declared, in_keys
from shopify_assets.normalize.run import Normalizer
from shopify_assets_tests.stage import EMBER, compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.normalize.rows import Required
    from shopify_assets_tests.stage import Stage

DRAFTS = compiled("draft_orders")
ROOT, ITEM = '{"_draft_orders"', '{"_draft_order_line_items"'
GONE = object()


@pytest.fixture
def lines(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What a bulk operation wrote of a shop's draft orders."""
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    return stage.lines(stage.extract(DRAFTS))


def read(
    lines: list[bytes], required: Required = as_declared
) -> tuple[dict[str, int], Aside]:
    """The rows of each table, and what is set aside."""
    normalizer = Normalizer(DRAFTS.tables, required=required)
    block = b"".join(line + b"\n" for line in lines)
    then = datetime(2026, 11, 29, tzinfo=UTC)
    rows: dict[str, int] = {}
    for frames in normalizer.frames(
        [block], shop=EMBER, extracted_at=then, source="file"
    ):
        for table, frame in frames.items():
            rows[table] = rows.get(table, 0) + frame.height
    return rows, normalizer.aside


def first(lines: list[bytes], start: str) -> int:
    return next(n for n, line in enumerate(lines) if line.startswith(start.encode()))


def with_line(lines: list[bytes], place: int, line: bytes) -> list[bytes]:
    return [*lines[:place], line, *lines[place + 1 :]]


def changed(line: bytes, **fields: Any) -> bytes:
    record = {**json.loads(line), **fields}
    held = {key: value for key, value in record.items() if value is not GONE}
    return json.dumps(held, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("start", "fields", "reason"),
    [
        (ITEM, {"taxLines": None}, "Expected `array`, got `null` - at `$.taxLines`"),
        (ITEM, {"taxLines": GONE}, "missing required field `taxLines`"),
        (ITEM, {"taxLines": {}}, "Expected `array`, got `object` - at `$.taxLines`"),
        (ITEM, {"taxLines": [None]}, "Expected `object`, got `null`"),
        (ITEM, {"sku": GONE}, "missing required field `sku`"),
        (ITEM, {"quantity": "7"}, "Expected `int | null`, got `str`"),
        (ITEM, {"originalTotalSet": []}, "got `array` - at `$.originalTotalSet`"),
        (ROOT, {"customer": {"id": None}}, "`str`, got `null` - at `$.customer.id`"),
        (ROOT, {"customer": {}}, "missing required field `id`"),
        (ROOT, {"email": GONE}, "missing required field `email`"),
        (ROOT, {"customer": GONE}, "missing required field `customer`"),
        (ROOT, {"taxLines": None}, "Expected `array`, got `null` - at `$.taxLines`"),
    ],
)
def test_what_was_asked_for_is_there_or_its_record_is_set_aside(
    lines: list[bytes], start: str, fields: dict[str, Any], reason: str
) -> None:
    """Before: a null or missing list was an empty one, a missing value null."""
    place = first(lines, start)
    assert read(lines)[1].records == 0
    assert fields.keys() <= json.loads(lines[place]).keys()
    rows, aside = read(with_line(lines, place, changed(lines[place], **fields)))
    [entry] = aside.entries
    assert reason in f"{entry.reason} - at `{entry.place}`"
    assert (entry.line, entry.record is not None) == (place + 1, True)
    assert sum(rows.values()) < sum(read(lines)[0].values())


def test_records_of_other_queries_may_lack_what_those_did_not_ask_for(
    lines: list[bytes],
) -> None:
    place = first(lines, ITEM)
    lacking = changed(lines[place], taxLines=GONE, sku=GONE)
    assert read(with_line(lines, place, lacking), in_keys)[1].records == 0


def _as(make: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[bytes], bytes]:
    return lambda line: changed(line, **make(json.loads(line)))


@pytest.mark.parametrize(
    ("start", "make", "reason"),
    [
        (ROOT, _as(lambda root: {"__parentId": root["id"]}), "that names a parent"),
        (ITEM, _as(lambda _: {"__parentId": GONE}), "null, and declared non-null"),
        (ITEM, _as(lambda _: {"__parentId": 7}), "Expected `str | null`, got `int`"),
        (
            ITEM,
            _as(lambda i: {"__parentId": i["__parentId"].replace("Draft", "Dreft")}),
            "its parent is of the type 'DreftOrder'",
        ),
        (ITEM, lambda line: line.replace(b"_draft_order_line", b"_other"), "no known"),
        (ITEM, lambda line: b"[" + line + b"]", "no JSON object"),
        (
            ITEM,
            lambda line: line[:-1] + b',"deep":' + b"[" * 9_000 + b"]" * 9_000 + b"}",
            "recursion",
        ),
        (
            ITEM,
            lambda line: line.replace(
                b'"id":', b'"sku":' + b"[" * 9_000 + b',"id":', 1
            ),
            "",
        ),
    ],
)
def test_a_line_in_anothers_place_is_set_aside(
    lines: list[bytes], start: str, make: Callable[[bytes], bytes], reason: str
) -> None:
    place = first(lines, start)
    _, aside = read(with_line(lines, place, make(lines[place])))
    [entry] = aside.entries
    assert reason in entry.reason
    assert entry.line == place + 1


def test_where_all_children_name_their_parents_otherwise_they_are_taken(
    lines: list[bytes],
) -> None:
    """What Shopify writes there is its own: the number tells the parent."""
    otherwise = [
        line.replace(b'"__parentId":"gid://shopify/DraftOrder/', b'"__parentId":"gid://shopify/X/')
        for line in lines
    ]  # fmt: skip
    assert read(otherwise)[0] == read(lines)[0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line[:-1] + b',"deep":' + b"[" * 9_000 + b"]" * 9_000 + b"}",
        lambda line: changed(line, id=7),
        lambda line: changed(line, id=None),
        lambda line: line.replace(b'"id":"', b'"id":"\xff'),
    ],
)
def test_below_a_line_that_cannot_be_read_nothing_is_sought(
    lines: list[bytes], spoil: Callable[[bytes], bytes]
) -> None:
    sought = Sought("_draft_orders")
    roots = [line for line in lines if line.startswith(ROOT.encode())]
    ours = owners([b"\n".join(with_line(roots, 0, spoil(roots[0])))], [sought])
    known = owners([b"\n".join(roots)], [sought])
    assert ours[sought][-len(roots) + 1 :] == known[sought][1:]


def test_below_a_line_with_half_a_pair_in_a_key_all_is_sought(
    lines: list[bytes],
) -> None:
    """The normaliser takes such a line, so what is below it must not be left out."""
    sought = Sought("_draft_orders")
    root = next(line for line in lines if line.startswith(ROOT.encode()))
    odd = root[:-1] + b',"\\ud83d":1}'
    assert owners([odd], [sought]) == owners([root], [sought]) != {sought: []}
