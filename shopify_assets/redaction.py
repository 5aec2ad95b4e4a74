"""Secrets taken out of texts that people read.

Charter: the one place that replaces the text of a secret, and the door through which a
text leaves for a terminal, a log, Dagster or a webhook. Whole words are replaced, so
that a short password does not tear the others apart; a token is long enough to be found
anywhere. Every secret this process has read is known here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shopify_assets.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"

_LOOKS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Shopify's tokens and app secrets by their look, should one be echoed to us.
    (re.compile(r"\bshp[a-z]{2}_\w+", re.IGNORECASE), MASK),
    # The password of a URL, but for the one that tells how a URL looks.
    (re.compile(r"(://[^\s/:@]*:)(?!password@)[^\s/@]+(?=@)"), rf"\1{MASK}"),
    # What signs a URL: whoever has it may open what it leads to.
    (
        re.compile(
            r"([?&][\w-]*(?:signature|token|secret|credential)[\w-]*=)[^\s&\"'\\]+",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
)

_LONG = 16  # characters that no word of a message holds by chance
_MOST_KNOWN = 4096  # a token that rotates each hour, for half a year

_known: dict[str, None] = {}


def remember(secret: str) -> None:
    """Let a secret of this process be masked wherever it shows; the newest are kept."""
    if len(secret) >= _LONG and secret not in _known:
        while len(_known) >= _MOST_KNOWN:
            _known.pop(next(iter(_known)), None)
        _known[secret] = None


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace secrets, and whatever looks like one, by asterisks.

    Args:
        text: what is to be shown.
        secrets: what must not show, beside what is known; an empty one hides nothing.
    """
    hidden = {secret for secret in (*secrets, *tuple(_known)) if secret in text}
    # The longest first: one may be a part of another.
    for secret in sorted(filter(None, hidden), key=len, reverse=True):
        text = _where(secret).sub(MASK, text)
    for look, mask in _LOOKS:
        text = look.sub(mask, text)
    return text


def shown(text: str, *, lines: bool = False) -> str:
    """A text as it may leave this process for people: no secret, and nothing that acts.

    Args:
        text: whatever is to be told.
        lines: whether its line breaks are ours and stay.
    """
    return printable(masked(text), lines=lines)


def _where(secret: str) -> re.Pattern[str]:
    exact = re.escape(secret)
    whole_word = rf"(?<!\w){exact}(?!\w)"
    return re.compile(exact if len(secret) >= _LONG else whole_word)


def looks_secret(text: str) -> bool:
    """Whether a text that should be a name is a secret of Shopify's by its look."""
    tokens, _ = _LOOKS[0]
    return bool(tokens.match(text)) or bool(_HEX_SECRET.fullmatch(text))


_HEX_SECRET = re.compile(r"[0-9a-fA-F]{32,}")
