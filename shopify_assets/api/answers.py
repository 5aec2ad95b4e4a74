"""What the body of a GraphQL answer says.

Charter: reading bodies that came with HTTP 200 and telling what they mean for the
caller: by error code, and only where there is none by the words that stand for it. An
answer with errors is refused as a whole, and so is one whose search filter Shopify only
half understood: it would hold records nobody asked for. Nothing here sends or waits.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from enum import IntEnum, auto
from typing import TYPE_CHECKING, Any

import msgspec

from shopify_assets.api.connections import TooLarge
from shopify_assets.api.decoding import decoded
from shopify_assets.api.retry import InternalError
from shopify_assets.api.throttle import Cost, ThrottleStatus
from shopify_assets.errors import (
    AccessDenied,
    ApiError,
    InvalidId,
    ShopifyAssetsError,
    ShopUnavailable,
    Throttled,
    Unavailable,
)

if TYPE_CHECKING:
    from shopify_assets.api.wire import Reply

# When a throttled answer does not tell what was missing.
_THROTTLED_WAIT = 1.0
_SHOWN = 3
# Values of one answer; the largest usual one, a whole schema, has 300,000.
MOST_VALUES = 8_000_000

Body = dict[str, Any]


class FieldsDenied(AccessDenied):
    """The answer lacks fields the token may not read.

    `fields` holds their paths without list positions, such as `orders.nodes.email`;
    `asked` says by which value they were asked for, where there are several.
    """

    def __init__(
        self, message: str, *, fields: tuple[str, ...], asked: str = ""
    ) -> None:
        super().__init__(message)
        self.fields = fields
        self.asked = asked


class TooExpensive(ApiError):
    """The query asks for more points than one query may: only a smaller one passes."""


@dataclass(frozen=True)
class UnknownPart:
    """A part of a query that the API does not know.

    Attributes:
        owner: the type it was selected on, or that is unknown itself; empty if untold.
        field: the field; empty if the type is unknown.
        argument: the field's argument that is unknown; empty if it is the field.
        path: keys of the query that lead to it, without the operation; may be empty.
    """

    owner: str
    field: str
    argument: str = ""
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        """`Order.risk`, `Order.risk(limit:)` or `Risk`."""
        named = ".".join(each for each in (self.owner, self.field) if each)
        return f"{named}({self.argument}:)" if self.argument else named


class PartsUnknown(AccessDenied):
    """The API does not know parts of the query.

    They are hidden from this app or its shop's plan, or Shopify removed them.
    """

    def __init__(self, message: str, *, parts: tuple[UnknownPart, ...]) -> None:
        super().__init__(message)
        self.parts = parts


@dataclass(frozen=True)
class _Fault:
    """One entry of an answer's `errors`."""

    code: str
    message: str
    path: str
    required: str
    unknown: UnknownPart

    def __str__(self) -> str:
        at = f" at {self.path}" if self.path else ""
        needs = f" (needs {self.required})" if self.required else ""
        return f"{self.code or 'error'}{at}: {self.message}{needs}"


def read_body(reply: Reply, *, shop: str) -> Body:
    """Decode the body.

    Halves of surrogate pairs, which some texts of merchants hold, stay as they came.

    Raises:
        Unavailable: it is not the JSON of a GraphQL answer; HTML and cut JSON come from
            servers in trouble.
        TooLarge: it holds more values, or deeper ones, than fit into memory.
    """
    origin = f"shop {shop!r}"
    _refuse_many_values(reply, origin)
    try:
        body = decoded(reply.body)
    except UnicodeDecodeError as error:
        message = (
            f"{origin}: answer {reply.request_id!r} is no UTF-8, byte {error.start} of "
            f"a text is wrong: {reply.excerpt!r}"
        )
        raise Unavailable(message) from None  # it holds the answer
    except RecursionError:
        message = (
            f"{origin}: answer {reply.request_id!r} is nested deeper than the "
            f"{sys.getrecursionlimit()} levels that Python reads; leave the field out "
            "whose value is that deep"
        )
        raise TooLarge(message) from None
    except ValueError as error:
        message = f"{origin}: no JSON in answer {reply.request_id!r} ({error}): "
        raise Unavailable(message + repr(reply.excerpt)) from None
    if not isinstance(body, dict) or not ("data" in body or body.get("errors")):
        message = f"{origin}: no data, no errors in {reply.request_id!r}: "
        raise Unavailable(message + repr(reply.excerpt))
    return body


def _refuse_many_values(reply: Reply, origin: str) -> None:
    # Of `[],[],` a value has three bytes as text and seventy in memory.
    if len(reply.body) <= MOST_VALUES:
        return
    values = reply.body.count(b",")
    if values > MOST_VALUES:
        raise TooLarge(
            f"{origin}: answer {reply.request_id!r} holds some {values:,} values, and "
            f"{MOST_VALUES:,} are taken of an answer: those of real ones are longer"
        )


class _Status(msgspec.Struct):
    """The bucket as an answer tells it."""

    maximum_available: float = msgspec.field(name="maximumAvailable")
    currently_available: float = msgspec.field(name="currentlyAvailable")
    restore_rate: float = msgspec.field(name="restoreRate")


def cost_of(body: Body) -> Cost | None:
    """Read the query's cost and the bucket's status, as far as the answer tells.

    What is no cost is taken as untold: the bucket is then reckoned as before.
    """
    cost = _object(_extensions(body).get("cost"))
    requested = _points(cost.get("requestedQueryCost"))
    if requested is None:
        return None
    return Cost(
        requested=requested,
        actual=_points(cost.get("actualQueryCost")),
        status=_throttle_status(cost.get("throttleStatus")),
    )


def _points(value: Any) -> float | None:
    """Points of a query; None for what can be none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _MOST_POINTS else None


# Above the largest bucket of any plan by far.
_MOST_POINTS = 10_000_000


def _throttle_status(status: Any) -> ThrottleStatus | None:
    try:
        told = msgspec.convert(status, _Status)
    except msgspec.ValidationError:
        return None
    is_bucket = (
        0 < told.restore_rate <= told.maximum_available <= _MOST_POINTS
        and abs(told.currently_available) <= _MOST_POINTS
    )
    if not is_bucket:
        return None
    return ThrottleStatus(
        maximum=told.maximum_available,
        available=told.currently_available,
        restore_rate=told.restore_rate,
    )


def _object(value: Any) -> dict[str, Any]:
    """An object, or an empty one in place of what is none."""
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    """A list, or an empty one in place of what is none."""
    return value if isinstance(value, list) else []


def refuse_errors(body: Body, *, reply: Reply, shop: str) -> None:
    """Raise what the answer's `errors` mean, by their codes.

    Raises:
        ShopUnavailable, ApiError, TooExpensive, PartsUnknown, Throttled, InternalError,
            FieldsDenied: the first of these that one of the errors stands for.
    """
    faults = _faults(body, reply)
    origin = f"shop {shop!r}, request {reply.request_id!r}"
    if faults:
        raise _worst(faults, origin, cost_of(body))
    if not isinstance(body.get("data"), dict):
        raise InternalError(f"{origin}: neither data nor errors: {reply.excerpt!r}")


def _faults(body: Body, reply: Reply) -> tuple[_Fault, ...]:
    errors = body.get("errors") or []
    # Some refusals come as one text, or as texts by field, instead of GraphQL's list.
    entries = errors if isinstance(errors, list) else [{"message": str(errors)}]
    return tuple(_fault(each, reply) for each in entries)


def _fault(entry: Any, reply: Reply) -> _Fault:
    if not isinstance(entry, dict):
        entry = {"message": str(entry)}
    extensions = _object(entry.get("extensions"))
    steps = tuple(step for step in _list(entry.get("path")) if isinstance(step, str))
    return _Fault(
        code=reply.mask(str(extensions.get("code") or "")),
        message=reply.mask(str(entry.get("message") or "")),
        path=reply.mask(".".join(steps)),
        required=reply.mask(str(extensions.get("requiredAccess") or "")),
        unknown=_unknown_part(extensions, steps),
    )


def _unknown_part(extensions: dict[str, Any], steps: tuple[str, ...]) -> UnknownPart:
    """Read what a failed validation names; an argument's error names no real type."""
    argument = str(extensions.get("argumentName") or "")
    owner = "" if argument else str(extensions.get("typeName") or "")
    field = extensions.get("name") if argument else extensions.get("fieldName")
    path = steps[1:] if steps[:1] and steps[0].startswith(_OPERATIONS) else steps
    if argument and path[1:] and path[-1] == argument:
        path = path[:-1]  # to the field: the argument is named already
    return UnknownPart(owner, str(field or ""), argument, path)


# How a failed validation's path begins: `query`, `query orders`.
_OPERATIONS = ("query", "mutation")


class _Meaning(IntEnum):
    """What an error means; of several, the first one here decides."""

    CLOSED = auto()
    WRONG = auto()
    NO_ID = auto()
    TOO_EXPENSIVE = auto()
    UNKNOWN = auto()
    THROTTLED = auto()
    PASSING = auto()
    DENIED = auto()


_CODES = {
    "SHOP_INACTIVE": _Meaning.CLOSED,
    "RESOURCE_NOT_FOUND": _Meaning.NO_ID,
    "MAX_COST_EXCEEDED": _Meaning.TOO_EXPENSIVE,
    "UNDEFINEDFIELD": _Meaning.UNKNOWN,
    "UNDEFINEDTYPE": _Meaning.UNKNOWN,
    "ARGUMENTNOTACCEPTED": _Meaning.UNKNOWN,
    "THROTTLED": _Meaning.THROTTLED,
    "TOO_MANY_REQUESTS": _Meaning.THROTTLED,
    "ACCESS_DENIED": _Meaning.DENIED,
}
# Codes of servers in trouble, of which no list is complete: SERVICE_UNAVAILABLE, …
_PASSING_CODE = re.compile(r"INTERNAL|UNAVAILABLE|TIME_?D?_?OUT|GATEWAY|OVERLOAD")
# What errors say that come without a code.
_THROTTLED_WORDS = re.compile(r"\bthrottled\b|too many requests", re.IGNORECASE)
_PASSING_WORDS = re.compile(
    r"time(d |[- ])?out|internal (server )?error|something went wrong|unavailable"
    r"|bad gateway|overloaded|try again",
    re.IGNORECASE,
)


def _meaning(fault: _Fault) -> _Meaning:
    code = fault.code.upper()
    if code in _CODES:
        return _CODES[code]
    throttled = not code and _THROTTLED_WORDS.search(fault.message)
    if throttled:
        return _Meaning.THROTTLED
    # The message of an error with a code is for people.
    text, sign = (code, _PASSING_CODE) if code else (fault.message, _PASSING_WORDS)
    return _Meaning.PASSING if sign.search(text) else _Meaning.WRONG


def _worst(
    faults: tuple[_Fault, ...], origin: str, cost: Cost | None
) -> ShopifyAssetsError:
    meaning = min(map(_meaning, faults))
    meant = tuple(fault for fault in faults if _meaning(fault) is meaning)
    told = _told(meant)
    if meaning is _Meaning.UNKNOWN:
        parts = tuple(dict.fromkeys(fault.unknown for fault in meant))
        return PartsUnknown(f"{origin}: {told}", parts=parts)
    if meaning is _Meaning.DENIED:
        fields = tuple(dict.fromkeys(fault.path for fault in meant if fault.path))
        return FieldsDenied(f"{origin}: {told}", fields=fields)
    if meaning is _Meaning.THROTTLED:
        return Throttled(f"{origin}: {told}", wait=_throttled_wait(cost))
    kind, words = _KINDS[meaning]
    return kind(f"{origin}: {words}{told}")


_KINDS: dict[_Meaning, tuple[type[ShopifyAssetsError], str]] = {
    _Meaning.CLOSED: (ShopUnavailable, "the shop is closed to us: "),
    _Meaning.WRONG: (ApiError, "Shopify refused the query: "),
    _Meaning.NO_ID: (InvalidId, "Shopify refused the query: "),
    _Meaning.TOO_EXPENSIVE: (TooExpensive, ""),
    _Meaning.PASSING: (InternalError, ""),
}


def _told(faults: tuple[_Fault, ...]) -> str:
    more = f" … and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return "; ".join(str(each) for each in faults[:_SHOWN]) + more


def _throttled_wait(cost: Cost | None) -> float:
    if cost is None or cost.status is None:
        return _THROTTLED_WAIT
    missing = cost.requested - cost.status.available
    # Another client may have been faster again: never hammer.
    return max(0.1, missing / max(cost.status.restore_rate, 1.0))


def refuse_warnings(body: Body, *, reply: Reply, shop: str) -> None:
    """Raise when Shopify ignored a part of a search filter.

    An unknown or ill-formed filter term matches everything; only a warning tells.

    Raises:
        ApiError: naming the filter and each warning.
    """
    told = [
        f"{warning.get('code')} {warning.get('field')!r}: {warning.get('message')} "
        f"(query {search.get('query')!r}, at {search.get('path')})"
        for search in map(_object, _list(_extensions(body).get("search")))
        for warning in map(_object, _list(search.get("warnings")))
    ]
    if told:
        origin = f"shop {shop!r}, request {reply.request_id!r}"
        shown = reply.mask("; ".join(told[:_SHOWN]))
        raise ApiError(f"{origin}: Shopify ignored part of a search filter: {shown}")


def _extensions(body: Body) -> dict[str, Any]:
    return _object(body.get("extensions"))
