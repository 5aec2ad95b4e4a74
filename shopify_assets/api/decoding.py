"""The JSON of an answer, each part of it taken or none.

Charter: from bytes to Python's objects, quickly, and slowly where texts hold halves of
surrogate pairs. What JSON allows and no answer means is refused: a key that comes
twice, numbers beyond all bounds, thousands of levels. What the objects mean is told
elsewhere.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, NoReturn

import msgspec


def decoded(body: bytes) -> Any:
    """Decode JSON.

    Raises:
        ValueError: it is none, or holds a key twice.
        RecursionError: it is nested beyond all use.
    """
    try:
        content = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        if b"\\u" not in body:
            # What it came from may quote the body.
            raise ValueError(str(error)) from None
        return _slowly_decoded(body)
    try:
        again = msgspec.json.encode(content)
    except UnicodeEncodeError:
        return _slowly_decoded(body)
    # A decoder keeps the last of two values of one key, and says nothing.
    if body.count(_KEY_END) > again.count(_KEY_END):
        raise ValueError(_TWICE)
    return content


# In a text a quote is escaped, here as there, so what else ends in this is a key.
_KEY_END = b'":'
_TWICE = "an object holds a key twice"


def _slowly_decoded(body: bytes) -> Any:
    """Decode what may hold half a surrogate pair, which msgspec does not take."""
    return json.loads(
        body,
        parse_constant=_refuse_constant,
        parse_float=_finite,
        object_pairs_hook=_with_each_key_once,
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("a number is too large")
    return number


def _with_each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError(_TWICE)
    return made
