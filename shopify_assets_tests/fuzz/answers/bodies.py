"""Bodies that are no answers, and headers that say what cannot be.

Charter: changes of a whole answer; those of its values are `mutations`' business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from shopify_assets_tests.fuzz.answers.recording import (
    Change,
    short,
    with_body,
    with_headers,
)

if TYPE_CHECKING:
    from random import Random

    from shopify_assets_tests.api.server import Scripted

DEEP = 5_000


def of_body(dice: Random) -> Change:
    """Another body altogether."""
    name = dice.choice(sorted(_BODIES))
    return f"the body {name}", _BODIES[name]


def _cut(share: float) -> Callable[[Scripted], Scripted]:
    return lambda answer: with_body(
        answer, answer.body[: int(len(answer.body) * share)]
    )


def _as(body: bytes) -> Callable[[Scripted], Scripted]:
    return lambda answer: with_body(answer, body)


def _before_data(put: bytes) -> Callable[[Scripted], Scripted]:
    mark = b'"data"'
    return lambda answer: with_body(answer, answer.body.replace(mark, put + mark, 1))


_HTML = b"<!DOCTYPE html><html><body>Something went wrong</body></html>"
_BODIES: dict[str, Callable[[Scripted], Scripted]] = {
    "is cut at its half": _cut(0.5),
    "lacks its last byte": lambda a: with_body(a, a.body[:-1]),
    "is empty": _as(b""),
    "is HTML": lambda a: with_headers(with_body(a, _HTML), Content_Type="text/html"),
    "is null": _as(b"null"),
    "is a list": lambda a: with_body(a, b"[" + a.body + b"]"),
    "is a text": _as(b'"text"'),
    "is an empty object": _as(b"{}"),
    "is no UTF-8": lambda a: with_body(a, a.body.replace(b'":"', b'":"\xff\xfe', 3)),
    "begins with a BOM": lambda a: with_body(a, b"\xef\xbb\xbf" + a.body),
    "holds half a pair": _before_data(b'"\\ud83d":1,'),
    "holds a huge number": _before_data(b'"n":1e999,"\\ud83d":' + b"9" * 5000 + b","),
    "is deep": _as(b'{"data":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}"),
    "is a deep list": _as(b"[" * 100_000),
    "holds NaN": _before_data(b'"n":NaN,'),
    "goes on": lambda a: with_body(a, a.body + b"{}"),
    "comes twice": lambda a: with_body(a, a.body + a.body),
    "is UTF-16": lambda a: with_body(a, a.body.decode("utf-8", "replace").encode("utf-16")),  # noqa: E501 -- a line each
}  # fmt: skip

_DATES = (
    "", "yesterday", "Sat, 21 Nov 99999 12:00:00 GMT", "Sat, 00 Nov 2026 99:99:99 GMT",
    "Sat, 21 Nov 0000 12:00:00 +9999", "0", "Mon, 01 Jan 0001 00:00:00 +2359", "\xff",
    "Fri, 31 Dec 9999 23:59:59 -2359", "Sat, 21 Nov 2026 12:00:00 GMT" * 40,
)  # fmt: skip
_AFTER = (
    "soon", "-1", "1e400", "9" * 400, "", "NaN", "inf", "0", "1.5.2", "999999",
    "Sat, 21 Nov 99999 12:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 +2359", "\u0661",
)  # fmt: skip
_STATUSES = (429, 503, 430, 408, 500, 599)


def of_headers(dice: Random) -> Change:
    """An odd header, or a status with one."""
    way = dice.randrange(6)
    if way == 0:
        value = dice.choice(_DATES)
        return f"Date is {short(value)}", lambda a: with_headers(a, Date=value)
    if way in {1, 2}:
        status, after = dice.choice(_STATUSES), dice.choice(_AFTER)
        after = after.encode("utf-8").decode("latin-1")
        return (
            f"HTTP {status}, Retry-After is {short(after)}",
            lambda a: replace(with_headers(a, Retry_After=after), status=status),
        )
    name = dice.choice(sorted(_HEADERS))
    return f"{name} is odd", _HEADERS[name]


def _add(name: str, value: str) -> Callable[[Scripted], Scripted]:
    return lambda answer: with_headers(answer, **{name.replace("-", "_"): value})


def _ended(change: Callable[[Scripted], Scripted]) -> Callable[[Scripted], Scripted]:
    """The change, after which the connection ends: nobody knows where the body does."""
    return lambda answer: replace(change(answer), cut=len(answer.body))


_HEADERS: dict[str, Callable[[Scripted], Scripted]] = {
    "Content-Type text": _add("Content-Type", "text/plain"),
    "Content-Type nonsense": _add("Content-Type", "\xff;;;charset=no-such"),
    "Content-Encoding": _add("Content-Encoding", "gzip"),
    "Content-Encoding unknown": _add("Content-Encoding", "no-such"),
    "Content-Length short": _add("Content-Length", "5"),
    "Content-Length nonsense": _ended(_add("Content-Length", "many")),
    "Content-Length negative": _ended(_add("Content-Length", "-7")),
    "X-Request-Id binary": _add("X-Request-Id", "\x01\x1b[31m\xff\x7f"),
    "X-Request-Id long": _add("X-Request-Id", "r" * 20_000),
    "Deprecated reason": _add("X-Shopify-API-Deprecated-Reason", ",,\xff,,"),
    "Transfer-Encoding": _ended(_add("Transfer-Encoding", "chunked")),
    "Set-Cookie": _add("Set-Cookie", "\xff=\x01; expires=never; domain=.."),
}
