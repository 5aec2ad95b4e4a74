"""Malformed lines: each is an error that names file and line, or is kept right."""

from __future__ import annotations

import pytest

from shopify_assets.errors import DataError
from shopify_assets.normalize.files import Cleaned
from shopify_assets.normalize.run import Normalizer
from shopify_assets_tests.normalize.declared import (
    SHOP,
    TABLES,
    THEN,
    frames,
    lines,
    rows,
    thing,
)

GOOD = lines(thing(text="good"))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (GOOD[:-5], "truncated"),
        (b'{"_things":"Thing","text":"cut', "truncated"),
        (b"garbage", "no JSON object: .*; it begins 'garbage'"),
        (b"<html><body>502 Bad Gateway</body></html>", "it begins '<html><body>502"),
        (b'{"_things":"Thing","text":"a\x00b"}', "malformed"),
        (b'{"_things":"Thing","double":NaN}', "malformed"),
        (GOOD.strip() * 2, "malformed: trailing characters"),
        (GOOD.strip() + b" " + GOOD.strip(), "malformed: trailing characters"),
        (b"\xef\xbb\xbf" + GOOD.strip(), "no JSON object"),
        (b'{"_things":"Thing","text":"\xff"}', "can't decode byte 0xff"),
        (b'{"_things":"Thing","jsonb":"\xff"}', "column jsonb: .* is no jsonb"),
        (b'{"_things":"Thing","integer":2.5}', r"Expected `int \| null`, got `float`"),
        (b'{"_things":"Thing","integer":"2"}', r"got `str` - at `\$.integer`"),
        (b'{"_things":"Thing","text":2}', r"got `int` - at `\$.text`"),
        (b'{"_things":"Thing","numeric":true}', "column numeric: 'True' is no numeric"),
        (b'{"_things":"Thing","numeric":[1.5]}', "is no numeric"),
        (b'{"_things":"Thing","boxes":{}}', r"got `object` - at `\$.boxes`"),
        (
            b'{"_things":"Thing","boxes":[{"inner":{"tags":[{},null]}}]}',
            r"got `null` - at `\$.boxes\[0\].inner.tags\[1\]`",
        ),
        (b'{"_things":"Thing","text_array":["a",1]}', r"at `\$.text_array\[1\]`"),
        (b"null", "no JSON object: Expected `object`, got `null`"),
        (b"[1]", "no JSON object: Expected `object`, got `array`"),
        (b'{"id":"gid://shopify/Thing/1"}', "of no known table .*_things, _thing_"),
        (b'{"x":1,"_things":"a","_thing_notes":"b"}', "of no known table"),
    ],
)
def test_a_bad_line_is_named(line: bytes, reason: str) -> None:
    """It is counted through all blocks, good lines before and after it."""
    blocks = [GOOD * 2, GOOD + line + b"\n" + GOOD, GOOD]

    with pytest.raises(DataError, match=f"part-00001.ndjson.zst, line 4: .*{reason}"):
        frames(*blocks)


def test_a_whole_block_of_bad_lines_names_the_first() -> None:
    with pytest.raises(DataError, match="line 2: "):
        frames(GOOD + b"x\n" * 3)


def test_a_file_may_lack_its_last_line_end() -> None:
    assert rows(GOOD + GOOD.strip()) == rows(GOOD * 2)


@pytest.mark.parametrize("end", [b"\r\n", b"\n\n", b"\n \n", b" \n"])
def test_line_ends_and_empty_lines_do_not_matter(end: bytes) -> None:
    assert rows(GOOD.strip() + end + GOOD) == rows(GOOD * 2)


@pytest.mark.parametrize(
    "line",
    [
        b'{"text":"good","id":"gid://shopify/Thing/1","_things":"Thing"}\n',
        b'{ "_things" : "Thing" , "text" : "good","id":"gid://shopify/Thing/1"}\n',
        b'{"_things":"Thing","id":"gid:\\/\\/shopify\\/Thing\\/1","text":"\\u0067ood"}\n',
        b'{"_things":"Thing","x":{"y":[1]},"text":"good","id":"gid://shopify/Thing/1"}\n',
        b'{"_things":"Thing","text":"bad","id":"gid://shopify/Thing/1","text":"good"}\n',
    ],
    ids=["marker last", "blanks", "escapes", "unknown key", "key twice: last wins"],
)
def test_other_ways_to_write_a_record_give_the_same_row(line: bytes) -> None:
    assert rows(line) == rows(GOOD)


def test_absent_keys_are_null() -> None:
    bare, full = rows(b'{"_things":"Thing"}\n'), rows(GOOD)

    assert bare.keys() == full.keys() == {"things"}
    assert set(bare["things"][0].values()) == {None}


CLEAN_CASES = [
    (rb"\u0000", "\ufffd"),
    (rb"a\u0000b\u0000", "a\ufffdb\ufffd"),
    (rb"\ud83d", "\ufffd"),
    (rb"\uDE00x", "\ufffdx"),
    (rb"\ud83d\ud83d\ude00", "\ufffd😀"),
    (rb"\uD83D\uDE00", "😀"),
    (rb"\\u0000", r"\u0000"),
    (rb"\\\u0000", "\\\ufffd"),
    (rb"\\ud83d", r"\ud83d"),
    (rb"\u00e9", "é"),
]


@pytest.mark.parametrize(("escaped", "text"), CLEAN_CASES)
def test_what_postgres_cannot_hold_is_replaced(escaped: bytes, text: str) -> None:
    line = b'{"_things":"Thing","text":"%s","text_array":["%s"]}\n' % (escaped, escaped)

    found = rows(line)["things"][0]

    assert (found["text"], found["text_array"]) == (text, [text])


def test_cleaned_values_are_counted_by_column() -> None:
    """Only of columns there are: what is not selected is no finding."""
    block = (
        rb'{"_things":"Thing","text":"a\u0000b\u0000","jsonb":{"x":["\ud83d"],"y":1},'
        rb'"boxes":[{"look":{"color":"\u0000"}},{"look":{"color":"\u0000"}}],'
        rb'"unknown":"\u0000"}' + b"\n"
        rb'{"text":"\ud83d","_things":"Thing","jsonb":"\ud83d\ude00 \\u0000"}' + b"\n"
    )
    normalizer = Normalizer(TABLES)

    found = list(
        normalizer.frames([block, GOOD], shop=SHOP, extracted_at=THEN, source="file")
    )

    assert normalizer.cleaned == (
        Cleaned(table="thing_boxes", column="color", values=2),
        Cleaned(table="things", column="jsonb", values=1),
        Cleaned(table="things", column="text", values=2),
    )
    assert found[0]["things"]["jsonb"].to_list() == [
        '{"x":["\\ufffd"],"y":1}',
        '"\\ud83d\\ude00 \\\\u0000"',
    ]


def test_a_bad_line_with_something_to_clean_is_still_a_bad_line() -> None:
    with pytest.raises(DataError, match="line 1: "):
        frames(rb'{"_things":"Thing","text":"\u0000' + b"\n")
