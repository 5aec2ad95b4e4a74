"""Texts of strangers, made harmless for whoever looks at them.

Charter: the one place that escapes what acts on a terminal or a page instead of being
read: control characters, colours, bells, line breaks, marks that turn the direction of
writing, halves of surrogate pairs. Whatever came from a shop (names, messages, codes,
headers) goes through here before a terminal, a log, Dagster or a page shows it. Secrets
are `redaction`'s business.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

# Of the format characters (Cf), those that text needs: joiners of scripts and emoji.
_HARMLESS = frozenset("\u200c\u200d\u00ad")
# Control, format, surrogate, line and paragraph separator, private use: what may act.
_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Co"})


def printable(text: str, *, lines: bool = False) -> str:
    r"""Show what may act as the escape that stands for it: `\x1b`, `\u202e`.

    Args:
        text: whatever came.
        lines: whether its line breaks are ours and stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if (lines and character == "\n") or not _acts(character)
        else _escaped(character)
        for character in text
    )


def _acts(character: str) -> bool:
    return unicodedata.category(character) in _ACTING and character not in _HARMLESS


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


_MARKDOWN = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]()#+!|~"})


def in_html(text: str) -> str:
    """The text as the content of an HTML element or attribute."""
    return escape(printable(text))


def in_markdown(text: str) -> str:
    """The text as words of Markdown: no link, image, table or HTML of its own."""
    return escape(printable(text), quote=False).translate(_MARKDOWN)


# What makes links, pictures, code, HTML and emphasis; a backslash that would undo the
# escape of what follows it.
_ACTS_IN_MARKDOWN = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|[\[\]<`*~]|(?<!\w)_|_(?!\w)", re.ASCII
)


def in_description(text: str) -> str:
    """The text for what shows it as Markdown here and as plain text there.

    Of Markdown only what acts is escaped, so that sentences stay readable as they are.
    """
    return _ACTS_IN_MARKDOWN.sub(r"\\\g<0>", printable(text))
