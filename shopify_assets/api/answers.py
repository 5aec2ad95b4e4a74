"""What the body of a GraphQL answer says.

Charter: reading bodies that came with HTTP 200 and telling, by error code, what they
mean for the caller. An answer with errors is refused as a whole, and so is one whose
search filter Shopify only half understood: it would hold records nobody asked for.
Nothing here sends or waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from shopify_assets.api.retry import InternalError
from shopify_assets.api.throttle import Cost, ThrottleStatus
from shopify_assets.errors import (
    AccessDenied,
    ApiError,
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


@dataclass(frozen=True)
class _Fault:
    """One entry of an answer's `errors`."""

    code: str
    message: str
    path: str
    required: str

    def __str__(self) -> str:
        at = f" at {self.path}" if self.path else ""
        needs = f" (needs {self.required})" if self.required else ""
        return f"{self.code or 'error'}{at}: {self.message}{needs}"


def read_body(reply: Reply, *, shop: str) -> Body:
    """Decode the body.

    Raises:
        Unavailable: it is not the JSON of a GraphQL answer; HTML and cut JSON come from
            servers in trouble.
    """
    try:
        body = msgspec.json.decode(reply.body)
    except msgspec.DecodeError as error:
        message = f"shop {shop!r}: no JSON in answer {reply.request_id!r}: "
        raise Unavailable(message + repr(reply.excerpt)) from error
    if not isinstance(body, dict) or not ("data" in body or body.get("errors")):
        message = f"shop {shop!r}: no data, no errors in {reply.request_id!r}: "
        raise Unavailable(message + repr(reply.excerpt))
    return body


def cost_of(body: Body) -> Cost | None:
    """Read the query's cost and the bucket's status, as far as the answer tells."""
    cost = _extensions(body).get("cost")
    if not isinstance(cost, dict) or cost.get("requestedQueryCost") is None:
        return None
    actual = cost.get("actualQueryCost")
    return Cost(
        requested=float(cost["requestedQueryCost"]),
        actual=None if actual is None else float(actual),
        status=_throttle_status(cost.get("throttleStatus")),
    )


def _throttle_status(status: dict[str, Any] | None) -> ThrottleStatus | None:
    if not status:
        return None
    return ThrottleStatus(
        maximum=float(status["maximumAvailable"]),
        available=float(status["currentlyAvailable"]),
        restore_rate=float(status["restoreRate"]),
    )


def refuse_errors(body: Body, *, reply: Reply, shop: str) -> None:
    """Raise what the answer's `errors` mean, by their codes.

    Raises:
        ShopUnavailable, ApiError, Throttled, Unavailable, AccessDenied: the first of
            these that one of the errors stands for.
    """
    faults = _faults(body, reply)
    if faults:
        origin = f"shop {shop!r}, request {reply.request_id!r}"
        raise _worst(faults, origin, cost_of(body))


def _faults(body: Body, reply: Reply) -> tuple[_Fault, ...]:
    errors = body.get("errors") or []
    # Some refusals come as one text, or as texts by field, instead of GraphQL's list.
    entries = errors if isinstance(errors, list) else [{"message": str(errors)}]
    return tuple(_fault(each, reply) for each in entries)


def _fault(entry: Any, reply: Reply) -> _Fault:
    if not isinstance(entry, dict):
        entry = {"message": str(entry)}
    extensions = entry.get("extensions") or {}
    steps = [each for each in entry.get("path") or () if isinstance(each, str)]
    return _Fault(
        code=str(extensions.get("code") or ""),
        message=reply.mask(str(entry.get("message") or "")),
        path=".".join(steps),
        required=reply.mask(str(extensions.get("requiredAccess") or "")),
    )


def _worst(
    faults: tuple[_Fault, ...], origin: str, cost: Cost | None
) -> ShopifyAssetsError:
    if closed := _with_code(faults, _CLOSED):
        return ShopUnavailable(f"{origin}: the shop is closed to us: {_told(closed)}")
    if wrong := tuple(each for each in faults if each.code not in _UNDERSTOOD):
        return ApiError(f"{origin}: Shopify refused the query: {_told(wrong)}")
    if throttled := _with_code(faults, _THROTTLED):
        message = f"{origin}: {_told(throttled)}"
        return Throttled(message, wait=_throttled_wait(cost))
    if internal := _with_code(faults, _INTERNAL):
        return InternalError(f"{origin}: {_told(internal)}")
    fields = tuple(dict.fromkeys(each.path for each in faults if each.path))
    return FieldsDenied(f"{origin}: {_told(faults)}", fields=fields)


_CLOSED = frozenset({"SHOP_INACTIVE"})
_THROTTLED = frozenset({"THROTTLED"})
_INTERNAL = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT"})
_UNDERSTOOD = _CLOSED | _THROTTLED | _INTERNAL | {"ACCESS_DENIED"}


def _with_code(faults: tuple[_Fault, ...], codes: frozenset[str]) -> tuple[_Fault, ...]:
    return tuple(each for each in faults if each.code in codes)


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
        for search in _extensions(body).get("search") or ()
        for warning in search.get("warnings") or ()
    ]
    if told:
        origin = f"shop {shop!r}, request {reply.request_id!r}"
        shown = reply.mask("; ".join(told[:_SHOWN]))
        raise ApiError(f"{origin}: Shopify ignored part of a search filter: {shown}")


def _extensions(body: Body) -> dict[str, Any]:
    extensions = body.get("extensions")
    return extensions if isinstance(extensions, dict) else {}
