"""The forms that global ids take on the wire: numbers, and all the others.

Charter: between the numbers by which the world finds its records and the ids that
clients see. What goes out is written in the shop's forms; what comes in is understood
in any of them, for each form tells itself apart. Nothing else here knows of ids that
are no numbers.

Shopify's real ids are of these forms, seen in recorded and published answers (`REAL`).
A shop can be told to give any type ids of any form (`SimulatedShop.id_forms`).
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Any

from shopify_assets.simulator.world import ids


class Form(StrEnum):
    """What comes after the type."""

    NUMBER = "number"  # 450789469
    UUID = "uuid"  # 3f0c…-… of 36 characters
    HEX = "hex"  # 32 hexadecimal digits
    BASE64 = "base64"  # of the type and the number, with = + /
    WORD = "word"  # letters
    QUERY = "query"  # <n>?v=1&index=<m>: one n serves several records
    TOKEN = "token"  # noqa: S105 -- <hex>?checkout=<hex>&index=<m>
    HUGE = "huge"  # 2^63 and above
    MANUAL = "manual"  # one fulfilment service is called so, others have numbers
    MIX = "mix"  # of all, by the number


ALL_TYPES = "*"

REAL: Mapping[str, Form] = {
    "AbandonedCheckoutLineItem": Form.TOKEN,
    "AppSubscriptionLineItem": Form.QUERY,
    "BusinessEntity": Form.BASE64,
    "CustomerPaymentMethod": Form.HEX,
    "FulfillmentService": Form.MANUAL,
    "SubscriptionLine": Form.UUID,
    "SubscriptionManualDiscount": Form.UUID,
}

_MIXED = (
    Form.NUMBER, Form.UUID, Form.HEX, Form.BASE64, Form.WORD, Form.QUERY, Form.HUGE,
)  # fmt: skip
_WORD_BITS = 64
# Odd, so that multiplying by it modulo 2^64 can be undone: digits look like chance.
_SCATTER = 0x9E3779B97F4A7C15
_GATHER: int = pow(_SCATTER, -1, 2**_WORD_BITS)
_REST = "b1946ac92492d234"
# How many records share the number of a QUERY id: those of two neighbouring places.
_SHARED = 2 * ids.SPREAD
_BEYOND = 2**63
_MANUAL = ids.number("FulfillmentService", 0)

# A bulk file escapes slashes; a text within JSON ends where its escape begins.
_START = r"(gid:(?:\\?/){2}shopify\\?/)(%s)(\\?/)"
_OUTWARD = r'([0-9]+)(?:\?([^"\\\s]*))?'
_INWARD = re.compile((_START % "[A-Za-z0-9]+" + r'((?:[^"\\\s]|\\/)+)').encode())


class Forms:
    """The forms of one shop's ids."""

    def __init__(self, forms: Mapping[str, str]) -> None:
        self._forms = {kind: Form(form) for kind, form in forms.items()}
        named = "|".join(map(re.escape, self._forms))
        kinds = "[A-Za-z0-9]+" if ALL_TYPES in self._forms else named
        self._numbers = re.compile((_START % kinds + _OUTWARD).encode())

    def outward(self, data: bytes) -> bytes:
        """Write the ids in JSON as clients see them."""
        return self._numbers.sub(self._shown, data) if self._forms else data

    def inward(self, data: bytes) -> bytes:
        """Write the ids in JSON by their numbers; what is no id of ours stays."""
        return _INWARD.sub(_known, data) if self._forms else data

    def outward_id(self, gid: str) -> str:
        """Return an id as clients see it."""
        return self.outward(gid.encode()).decode()

    def inward_id(self, gid: str) -> str:
        """Return an id by its number."""
        return self.inward(gid.encode()).decode()

    def outward_value(self, value: Any) -> Any:
        """Return JSON with all ids in it as clients see them."""
        if isinstance(value, str):
            return self.outward_id(value) if "gid://" in value else value
        if isinstance(value, dict):
            return {key: self.outward_value(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.outward_value(inner) for inner in value]
        return value

    def _shown(self, found: re.Match[bytes]) -> bytes:
        start, kind, slash, digits, query = found.groups()
        name, number = kind.decode(), int(digits)
        form = self._forms.get(name) or self._forms.get(ALL_TYPES, Form.NUMBER)
        if form is Form.MIX:
            form = _MIXED[number // ids.SPREAD % len(_MIXED)]
        if form is Form.NUMBER or number >= _BEYOND:
            return found[0]
        if form is Form.MANUAL and number != _MANUAL:
            return found[0]
        tail = _WRITE[form](name, number)
        if query is not None and form is not Form.MANUAL:
            tail += ("&" if "?" in tail else "?") + query.decode()
        return start + kind + slash + tail.replace("/", slash.decode()).encode()


def _known(found: re.Match[bytes]) -> bytes:
    start, kind, slash, raw = found.groups()
    tail = raw.decode("utf-8", "replace").replace("\\/", "/")
    understood = _number(kind.decode(), tail)
    return (
        found[0] if understood is None else start + kind + slash + understood.encode()
    )


def _number(kind: str, tail: str) -> str | None:
    """The number of an id, with its own query, by what comes after the type."""
    if tail == Form.MANUAL:
        return f"{_MANUAL}?id=true"
    for pattern, read in _READ:
        parts = pattern.fullmatch(tail)
        if parts is not None:
            number = read(kind, parts)
            if number is None:
                continue
            query = parts["query"]
            return f"{number}?{query}" if query else str(number)
    return None


def _scattered(number: int) -> str:
    return f"{number * _SCATTER % (1 << _WORD_BITS):016x}"


def _gathered(text: str) -> int:
    return (int(text, 16) * _GATHER) % (1 << _WORD_BITS)


def _uuid(kind: str, number: int) -> str:
    digits = _scattered(number) + _rest(kind)
    cuts = (0, 8, 12, 16, 20, 32)
    return "-".join(digits[a:b] for a, b in pairwise(cuts))


def _hex(kind: str, number: int) -> str:
    return _scattered(number) + _rest(kind)


def _rest(kind: str) -> str:
    return _REST[len(kind) % 8 :] + _REST[: len(kind) % 8]


def _word(_: str, number: int) -> str:
    digits = []
    while number:
        number, digit = divmod(number, 26)
        digits.append(chr(ord("a") + digit))
    return "w" + "".join(reversed(digits))


def _from_word(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("a")
    return number


def _query(_: str, number: int) -> str:
    return f"{number // _SHARED}?v=1&index={number % _SHARED}"


def _token(kind: str, number: int) -> str:
    return f"{_hex(kind, number)}?checkout={_REST}&index={number % ids.SPREAD}"


def _base64(kind: str, number: int) -> str:
    return b64encode(f"{kind}>{number}?".encode()).decode()


def _from_base64(kind: str, text: str) -> int | None:
    try:
        inner = b64decode(text, validate=True).decode()
    except ValueError:
        return None
    start, _, number = inner.removesuffix("?").partition(">")
    return int(number) if start == kind and number.isdigit() else None


_WRITE: Mapping[Form, Callable[[str, int], str]] = {
    Form.UUID: _uuid,
    Form.HEX: _hex,
    Form.BASE64: _base64,
    Form.WORD: _word,
    Form.QUERY: _query,
    Form.TOKEN: _token,
    Form.HUGE: lambda _, number: str(_BEYOND + number),
    Form.MANUAL: lambda _kind, _number: "manual",
}

_Reader = Callable[[str, "re.Match[str]"], "int | None"]
_OWN = r"(?:\?(?P<query>.*))?"
_READ: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (
        re.compile(r"(\d+)\?v=1&index=(\d+)(?:&(?P<query>.*))?"),
        lambda _, parts: int(parts[1]) * _SHARED + int(parts[2]),
    ),
    (
        re.compile(r"([0-9a-f]{32})\?checkout=[0-9a-f]+&index=\d+(?:&(?P<query>.*))?"),
        lambda _, parts: _gathered(parts[1][:16]),
    ),
    (
        re.compile(rf"(\d{{19,}}){_OWN}"),
        lambda _, parts: int(parts[1]) - _BEYOND if int(parts[1]) >= _BEYOND else None,
    ),
    (
        re.compile(rf"([0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}})-[0-9a-f-]+{_OWN}"),
        lambda _, parts: _gathered(parts[1].replace("-", "")),
    ),
    (
        re.compile(rf"([0-9a-f]{{32}}){_OWN}"),
        lambda _, parts: _gathered(parts[1][:16]),
    ),
    (re.compile(rf"w([a-z]*){_OWN}"), lambda _, parts: _from_word(parts[1])),
    (
        re.compile(rf"([A-Za-z0-9+/]+=*){_OWN}"),
        lambda kind, parts: _from_base64(kind, parts[1]),
    ),
)
