"""The attacks: each a name, and what it does to answers or to the environment.

Charter: what is spoilt. `trial.py` runs a command under an attack and judges it.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets_tests.attacks.spoiler import Exchange

_FAR = timedelta(days=3650)
_MIB = 1024 * 1024
_BOMB = 1500  # MiB of spaces, 1.5 MB of gzip
_LEVELS = 200_000


@dataclass(frozen=True)
class Attack:
    """What is done to one command.

    Attributes:
        spoil: changes answers.
        token: what is added to the shop's token.
        settings: of the command.
        succeeds: whether the command is to load everything all the same.
        seconds: at most for it to be over.
    """

    spoil: Callable[[Exchange], None]
    token: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    succeeds: bool = False
    seconds: float = 120.0


def _nothing(_: Exchange) -> None:
    """Pass everything on as it is."""


def _date(*, offset: timedelta, only: int | None = None) -> Callable[[Exchange], None]:
    def spoil(made: Exchange) -> None:
        if only in {None, made.number}:
            lie = datetime.now(UTC) + offset
            made.headers["Date"] = format_datetime(lie, usegmt=True)

    return spoil


def _header(name: str, value: str | None) -> Callable[[Exchange], None]:
    def spoil(made: Exchange) -> None:
        made.headers.pop(name, None)
        if value is not None:
            made.headers[name] = value

    return spoil


def _replaced(pattern: str, new: str, *, word: str = "orders") -> Callable[..., None]:
    def spoil(made: Exchange) -> None:
        if made.asks(word):
            made.body = re.sub(pattern.encode(), new.encode(), made.body)

    return spoil


def _deep(made: Exchange) -> None:
    if made.asks("orders"):
        made.body = b'{"data":%b%b}' % (b"[" * _LEVELS, b"]" * _LEVELS)


def _bomb(made: Exchange) -> None:
    if made.asks("orders"):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        block = b" " * _MIB
        packed = [packer.compress(block) for _ in range(_BOMB)]
        made.body = b"".join([*packed, packer.flush()])
        made.headers["Content-Encoding"] = "gzip"


def _dribble(made: Exchange) -> None:
    if made.asks("orders"):
        made.pause = 1.0


HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m gone\r\nA new line \u202egpj.exe"


def _acting(made: Exchange) -> None:
    if made.asks("orders"):
        error = {"message": HOSTILE, "extensions": {"code": HOSTILE}}
        made.body = json.dumps({"errors": [error]}).encode()
        made.headers["X-Request-Id"] = "\x1b[31mid"


_SPOILT_SECONDS = 240.0  # eight tries, with waits that grow

ATTACKS: dict[str, Attack] = {
    "none": Attack(_nothing, succeeds=True),
    "one Date ten years ahead": Attack(_date(offset=_FAR, only=1), succeeds=True),
    "one Date ten years back": Attack(_date(offset=-_FAR, only=1), succeeds=True),
    "every Date ten years back": Attack(_date(offset=-_FAR)),
    "every Date ten years ahead": Attack(_date(offset=_FAR)),
    "no Date": Attack(_header("Date", None), succeeds=True),
    "a Date that is none": Attack(
        _header("Date", "Thu, 99 Foo 99999 99:99:99 GMT"), succeeds=True
    ),
    "cost that is no number": Attack(
        _replaced('"requestedQueryCost":', '"requestedQueryCost":"a lot","x":'),
        succeeds=True,
    ),
    "nodes as an object": Attack(
        _replaced(r'"nodes":\[', '"nodes":{},"nodez":['), seconds=_SPOILT_SECONDS
    ),
    "nodes null": Attack(
        _replaced(r'"nodes":\[', '"nodes":null,"nodez":['), seconds=_SPOILT_SECONDS
    ),
    "hasNextPage null": Attack(
        _replaced(r'"hasNextPage":(true|false)', '"hasNextPage":null'),
        seconds=_SPOILT_SECONDS,
    ),
    "line items null": Attack(
        _replaced(r'"lineItems":\{', '"lineItems":null,"lineItemz":{'),
        seconds=_SPOILT_SECONDS,
    ),
    "line items missing": Attack(
        _replaced('"lineItems":', '"lineItemz":'), seconds=_SPOILT_SECONDS
    ),
    "JSON 200,000 levels deep": Attack(_deep, seconds=_SPOILT_SECONDS),
    "1.5 GB in 1.5 MB of gzip": Attack(_bomb, seconds=_SPOILT_SECONDS),
    "a byte a second": Attack(
        _dribble,
        settings=(("SHOPIFY_ASSETS_MAX_ANSWER_SECONDS", "5"),),
        seconds=_SPOILT_SECONDS,
    ),
    "texts that act on a terminal": Attack(_acting),
    "a token with a line break": Attack(_nothing, token="\r\nX-Evil: 1"),
}
