"""What a token may read of a stream: all, a part, or nothing.

Charter: scopes that are granted against scopes that are needed, and fields that Shopify
refused to give although the scopes are there. What a stream needs follows from its
selection, in the catalog; nothing is asked here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shopify_assets.catalog.compiler import ORDER
from shopify_assets.catalog.stream import OldOrders
from shopify_assets.errors import AccessDenied
from shopify_assets.storage.manifests import Withheld

if TYPE_CHECKING:
    from datetime import datetime

    from shopify_assets.api.answers import FieldsDenied, PartsUnknown, UnknownPart
    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.pruning import Guarded

# Older orders are absent without any error, from lists, counts and reads by id alike.
ALL_ORDERS = "read_all_orders"
VISIBLE = timedelta(days=60)
OLD_ORDERS = Withheld(path="orders older than 60 days", needs=ALL_ORDERS)
GRANT = (
    f"grant {ALL_ORDERS} (it is requested in the Partner Dashboard, under API access), "
    "authorize the app again, then backfill the older months"
)

PROTECTED = "access to protected customer data"
OF_OWNER = "the scope to read what it is about"
UNKNOWN = (
    "nothing that can be granted: Shopify does not know {part}, which is hidden from "
    "this app or from the shop's plan, or was removed from the API"
)

# Names of connections and their inner objects, which no path of a selection holds.
_WRAPPERS = frozenset({"nodes", "edges", "node"})


def denied(compiled: CompiledStream, granted: frozenset[str]) -> list[Guarded]:
    """What a token with these scopes lacks to read the stream at all."""
    return [
        each
        for each in compiled.guarded
        if each.path in compiled.required and not each.scopes & granted
    ]


def require(compiled: CompiledStream, granted: frozenset[str], *, shop: str) -> None:
    """Refuse a stream that the token may not read, before anything is asked.

    Raises:
        AccessDenied: naming the shop, the stream and the scopes to grant.
    """
    for each in denied(compiled, granted):
        message = (
            f"shop {shop!r} lacks scope {_one_of(each)}, needed by stream "
            f"{compiled.name}; grant it and authorize the app again"
        )
        raise AccessDenied(message)


def withheld_by_scopes(
    compiled: CompiledStream, granted: frozenset[str]
) -> tuple[Withheld, ...]:
    """List what a token with these scopes cannot read of a stream that it may read."""
    missing = [each for each in compiled.guarded if not each.scopes & granted]
    found = [
        Withheld(path=each.path, needs=_one_of(each)) for each in _outermost(missing)
    ]
    if compiled.old_orders and ALL_ORDERS not in granted:
        found.append(OLD_ORDERS)
    return tuple(found)


def visible_since(now: datetime) -> datetime:
    """The first moment from which on an app sees orders that may not read all."""
    return now - VISIBLE


def unseen(compiled: CompiledStream, since: datetime) -> str:
    """What the app is not shown of a stream, for people."""
    before = f"made before {since:%Y-%m-%d}"
    if compiled.queries.node == ORDER:
        return f"orders {before} are not shown to this app"
    if compiled.old_orders is OldOrders.RECORDS:
        return f"records of orders {before} may not be shown to this app"
    return f"orders {before} are not shown to this app in lists and counts of orders"


def withheld_by_refusal(
    compiled: CompiledStream, denied: FieldsDenied
) -> tuple[Withheld, ...]:
    """List the parts of the stream that an answer said it may not give.

    Args:
        compiled: the stream as it was asked for.
        denied: with paths in the answer, such as `orders.nodes.customer.email`.
    """
    queries = compiled.queries
    doors = {
        ".".join(path) for path in (queries.root, *(j.path for j in queries.joined))
    }
    if denied.asked and set(denied.fields) <= doors:
        # All that was asked for by this value, and nothing by another one.
        return (Withheld(path=denied.asked, needs=OF_OWNER),)
    found: dict[str, Withheld] = {}
    for each in denied.fields:
        for path in _meant(compiled, each):
            found[path] = Withheld(path=path, needs=PROTECTED)
    return tuple(found.values())


def withheld_as_unknown(
    compiled: CompiledStream, unknown: PartsUnknown
) -> tuple[Withheld, ...]:
    """List the parts of the stream that an answer said Shopify does not know."""
    found: dict[str, Withheld] = {}
    for part in unknown.parts:
        for path in _places(compiled, part):
            found[path] = Withheld(path=path, needs=UNKNOWN.format(part=part))
    return tuple(found.values())


def _places(compiled: CompiledStream, part: UnknownPart) -> list[str]:
    """Where the stream selects what is unknown: by its type everywhere, or by path."""
    path = ".".join(key for key in part.path if not key.startswith("..."))
    if part.argument and path:
        return _meant(compiled, path)
    named = compiled.places(part.owner, part.field, argument=part.argument)
    return list(named) or _meant(compiled, path)


def _meant(compiled: CompiledStream, field: str) -> list[str]:
    """The paths of the selection that a path in an answer may stand for.

    An answer to a second step begins below some list, so its path is an ending.
    """
    keys = [each for each in field.split(".") if each not in _WRAPPERS]
    if keys[: len(compiled.queries.root)] == list(compiled.queries.root):
        keys = keys[len(compiled.queries.root) :]
    path = ".".join(keys)
    if not path or path in compiled.paths:
        return [path] if path else []
    return [each for each in compiled.paths if each.endswith(f".{path}")]


def _outermost(missing: list[Guarded]) -> list[Guarded]:
    """Leave out what lies within something that is missing as a whole."""
    found = {each.path for each in missing}
    return [
        each
        for each in missing
        if not any(each.path.startswith(f"{other}.") for other in found)
    ]


def _one_of(each: Guarded) -> str:
    return " or ".join(sorted(each.scopes))
