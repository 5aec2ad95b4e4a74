"""Where the value of a field comes from: the record, a rule with arguments, or chance.

Charter: reading one field of one record. Root fields are in `roots.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator import roots

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.fallback import Fallback
    from shopify_assets.simulator.walk import Run
    from shopify_assets.simulator.world import Record, World

    Arguments = Callable[[Run], dict[str, Any]]
    Read = Callable[[Record, Run], Any]
    Rule = Callable[[World, Record, dict[str, Any]], Any]

_MISSING = object()


class Readers:
    """Makes the readers of fields for one world."""

    def __init__(self, world: World, fallback: Fallback, root: roots.Roots) -> None:
        self._world = world
        self._fallback = fallback
        self._root = root

    def plain(self, kind: str, name: str) -> Read:
        """A reader of a field without arguments."""
        if kind == "QueryRoot":
            return lambda _, run: self._root.read(name, {}, run)
        made_up = self._fallback.read

        def read(record: Record, _run: Run) -> Any:
            value = record.get(name, _MISSING)
            return made_up(record, kind, name) if value is _MISSING else value

        return read

    def with_arguments(self, kind: str, name: str, arguments: Arguments) -> Read:
        """A reader of a field with arguments."""
        if kind in {"QueryRoot", "Mutation"}:
            return lambda _, run: self._root.read(name, arguments(run), run)
        rule = _RULES.get(name)
        if rule is None:
            return self.plain(kind, name)
        world = self._world

        def read(record: Record, run: Run) -> Any:
            given = record.get(name, _MISSING)
            if given is _MISSING:
                given = None
            return rule(world, {**record, "__given": given}, arguments(run))

        return read

    def nodes(
        self, kind: str, name: str, record: Record, arguments: dict[str, Any]
    ) -> list[Any]:
        """The nodes of a connection on a record, in the order they are held."""
        rule = _CONNECTIONS.get(name)
        if rule is not None:
            return list(rule(self._world, record, arguments))
        value = record.get(name, _MISSING)
        if value is _MISSING:
            value = self._fallback.read(record, kind, name)
        return value or []


def _quantities(_: World, level: Record, arguments: dict[str, Any]) -> list[Any]:
    by_name = {each["name"]: each for each in level["__given"] or ()}
    return [by_name[name] for name in arguments["names"] if name in by_name]


def _metafields(world: World, owner: Record, arguments: dict[str, Any]) -> list[Any]:
    namespace, keys = arguments.get("namespace"), arguments.get("keys")
    return [
        each
        for each in world.metafields(owner)
        if (namespace is None or each["namespace"] == namespace)
        and (not keys or f"{each['namespace']}.{each['key']}" in keys)
    ]


def _metafield(world: World, owner: Record, arguments: dict[str, Any]) -> Any:
    found = _metafields(world, owner, {"namespace": arguments.get("namespace")})
    return next((each for each in found if each["key"] == arguments["key"]), None)


def _levels(world: World, owner: Record, arguments: dict[str, Any]) -> list[Any]:
    refs = owner.get("inventoryLevels") or []
    if arguments.get("includeInactive"):
        return refs
    levels = ((ref, world.find(ref.gid)) for ref in refs)
    return [ref for ref, level in levels if level is not None and level["isActive"]]


def _shipping_lines(_: World, order: Record, arguments: dict[str, Any]) -> list[Any]:
    lines = order.get("shippingLines") or []
    if arguments.get("includeRemovals"):
        return lines
    return [line for line in lines if not line.get("isRemoved")]


def _transactions(_: World, order: Record, arguments: dict[str, Any]) -> list[Any]:
    return _first(order["__given"], arguments)


def _first(values: list[Any] | None, arguments: dict[str, Any]) -> list[Any]:
    return (values or [])[: arguments.get("first")]


def _formatted(_: World, address: Record, arguments: dict[str, Any]) -> list[str]:
    lines = list(address["__given"] or [])
    if arguments.get("withName") and address.get("name"):
        return [address["name"], *lines]
    return lines


def _has_product(_: World, collection: Record, arguments: dict[str, Any]) -> bool:
    return any(each.gid == arguments["id"] for each in collection.get("products", ()))


_RULES: dict[str, Rule] = {
    "quantities": _quantities,
    "metafield": _metafield,
    "transactions": _transactions,
    "refunds": _transactions,
    "fulfillments": _transactions,
    "formatted": _formatted,
    "hasProduct": _has_product,
}

_CONNECTIONS: dict[str, Rule] = {
    "metafields": _metafields,
    "inventoryLevels": _levels,
    "shippingLines": _shipping_lines,
}
