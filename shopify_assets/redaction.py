"""Secrets taken out of texts that people read.

Charter: the one place that replaces the text of a secret. Whole words are replaced, so
that a short password does not tear the others apart; a token is long enough to be found
anywhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"

# Shopify's tokens and app secrets by their look, should one be echoed to us.
_LOOKS_SECRET = re.compile(r"\bshp[a-z]{2}_\w+", re.IGNORECASE)

_LONG = 16  # characters that no word of a message holds by chance


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace secrets, and whatever looks like one of Shopify's, by asterisks.

    Args:
        text: what is to be shown.
        secrets: what must not show; an empty one hides nothing.
    """
    # The longest first: one may be a part of another.
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = _where(secret).sub(MASK, text)
    return _LOOKS_SECRET.sub(MASK, text)


def _where(secret: str) -> re.Pattern[str]:
    exact = re.escape(secret)
    whole_word = rf"(?<!\w){exact}(?!\w)"
    return re.compile(exact if len(secret) >= _LONG else whole_word)


def looks_secret(text: str) -> bool:
    """Whether a text that should be a name is a secret of Shopify's by its look."""
    return bool(_LOOKS_SECRET.match(text)) or bool(_HEX_SECRET.fullmatch(text))


_HEX_SECRET = re.compile(r"[0-9a-fA-F]{32,}")
