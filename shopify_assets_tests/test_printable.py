"""What came from a shop is shown, and does nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.printable import (
    in_description,
    in_html,
    in_markdown,
    printable,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("bell\x07", "bell\\x07"),
        ("two\nlines\r\n", "two\\nlines\\r\\n"),
        ("evil\u202egpj.exe", "evil\\u202egpj.exe"),
        ("\u2066isolated\u2069", "\\u2066isolated\\u2069"),
        ("half \ud83d of a pair", "half \\ud83d of a pair"),
        ("C1 \x9b31m", "C1 \\x9b31m"),
        ("Crème brûlée, 日本語, 👩‍👩‍👧", "Crème brûlée, 日本語, 👩‍👩‍👧"),
    ],
)
def test_what_acts_is_escaped_and_what_is_read_stays(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_our_own_line_breaks_may_stay() -> None:
    assert printable("one\ntwo\x1b", lines=True) == "one\ntwo\\x1b"


@given(st.text(st.characters(), max_size=50))
def test_what_is_shown_can_be_printed_on_one_line(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(mark) < 32 or 127 <= ord(mark) < 160 for mark in shown)
    assert printable(shown) == shown


def test_markdown_and_html_of_strangers_are_words() -> None:
    text = "![x](http://evil/) <img src=x onerror=alert(1)> `a` | b"
    assert "<" not in in_html(text)
    assert in_markdown(text) == (
        "\\!\\[x\\]\\(http://evil/\\) &lt;img src=x onerror=alert\\(1\\)&gt; "
        "\\`a\\` \\| b"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![x](http://evil/)", "!\\[x\\](http://evil/)"),
        ("<img src=x>", "\\<img src=x>"),
        ("*bold* _thin_ `code` ~~gone~~", r"\*bold\* \_thin\_ \`code\` \~\~gone\~\~"),
        # A backslash of theirs undoes none of ours.
        ("\\[x](y)", "\\\\\\[x\\](y)"),
        ("\x1b[31m", "\\x1b\\[31m"),
        ("all 3 shops: tender_transactions (HTTP 503), 50 %", None),
    ],
)
def test_a_description_is_read_and_makes_nothing(text: str, shown: str | None) -> None:
    assert in_description(text) == (text if shown is None else shown)
