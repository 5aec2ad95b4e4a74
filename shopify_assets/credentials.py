"""What a secret may look like, before it is sent anywhere.

Charter: tokens, ids and passwords are looked at where they come in, from the
environment or from Shopify. What no header can carry is refused by the name of its
place; neither it, nor any part of it, is ever quoted.
"""

from __future__ import annotations

import re

from shopify_assets.errors import ConfigurationError

_QUOTES = frozenset("\"'`")
_REMEDY = "write the secret anew: alone, on one line, without quotes"


def credential(value: str, *, name: str) -> str:
    """A token, an id or a secret of an app, as it can be sent in a header.

    Files and secret managers end what they hold with a line break, which is not part
    of it and is taken away; whatever else does not belong there is refused.

    Args:
        value: what came.
        name: of the environment variable, or of the place it came from.

    Raises:
        ConfigurationError: it cannot be a secret of Shopify's.
    """
    value = without_line_break(value)
    if fault := unsendable(value):
        raise ConfigurationError(f"{name} {fault} (it is not shown); {_REMEDY}")
    return value


def unsendable(value: str) -> str | None:
    """Why a header cannot carry a secret, in words that tell nothing of it."""
    for pattern, fault in _FAULTS:
        if pattern.search(value):
            return fault
    # As `docker --env-file` has it, which takes quotes for a part of the value.
    if value[:1] in _QUOTES and value[-1:] == value[:1]:
        return "stands in quotes, which are taken as a part of it"
    return None


_FAULTS = (
    (re.compile(r"[\r\n]"), "holds a line break"),
    (re.compile(r"[\x00-\x1f\x7f]"), "holds a control character"),
    (re.compile(r"[^\x00-\x7f]"), "holds a character that is not ASCII"),
    (re.compile(r" "), "holds a space"),
)


def without_line_break(value: str) -> str:
    """A value without the one line break that ends it."""
    return value.removesuffix("\n").removesuffix("\r")


def refuse_control_characters(value: str, *, name: str) -> None:
    """Refuse a URL that no line can hold.

    Raises:
        ConfigurationError: by its name; the URL may hold a password.
    """
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise ConfigurationError(
            f"{name} holds a line break or a control character (it is not shown); "
            "write it anew, on one line"
        )
