"""Where the value of a field comes from: the record, a rule with arguments, or chance.

Charter: reading one field of one record. Root fields are in `roots.py`.
"""

from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql import roots

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.graphql.dialect import Dialect
    from shopify_assets.simulator.graphql.fallback import Fallback
    from shopify_assets.simulator.graphql.walk import Run
    from shopify_assets.simulator.world.world import Record, World

    Arguments = Callable[[Run], dict[str, Any]]
    Read = Callable[[Record, Run], Any]
    Given = Callable[[], Any]
    Rule = Callable[[World, Record, Given, dict[str, Any]], Any]

_MISSING = object()


class Readers:
    """Makes the readers of fields for one world, in one API version."""

    def __init__(
        self, world: World, fallback: Fallback, root: roots.Roots, dialect: Dialect
    ) -> None:
        self._world = world
        self._fallback = fallback
        self._root = root
        self._dialect = dialect

    def plain(self, kind: str, name: str) -> Read:
        """A reader of a field without arguments."""
        return self._shown(kind, name, self._held(kind, name))

    def _shown(self, kind: str, name: str, held: Read) -> Read:
        """Read a value as this version shows it."""
        convert = self._dialect.conversion(kind, name)
        return held if convert is None else lambda *given: convert(held(*given))

    def _held(self, kind: str, name: str) -> Read:
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
        plain, world = self._held(kind, name), self._world

        def read(record: Record, run: Run) -> Any:
            return rule(world, record, lambda: plain(record, run), arguments(run))

        return self._shown(kind, name, read)

    def nodes(
        self, kind: str, name: str, record: Record, arguments: dict[str, Any]
    ) -> list[Any]:
        """The nodes of a connection on a record, in the order they are held."""

        def given() -> Any:
            value = record.get(name, _MISSING)
            made_up = value is _MISSING
            return self._fallback.read(record, kind, name) if made_up else value

        rule = _CONNECTIONS.get(name)
        if rule is None:
            return given() or []
        return list(rule(self._world, record, given, arguments))


def _quantities(
    _: World, _level: Record, given: Given, arguments: dict[str, Any]
) -> list[Any]:
    by_name = {each["name"]: each for each in given() or ()}
    return [by_name[name] for name in arguments["names"] if name in by_name]


def _metafields(
    world: World, owner: Record, _: Given, arguments: dict[str, Any]
) -> list[Any]:
    namespace, keys = arguments.get("namespace"), arguments.get("keys")
    return [
        each
        for each in world.metafields(owner)
        if (namespace is None or each["namespace"] == namespace)
        and (not keys or f"{each['namespace']}.{each['key']}" in keys)
    ]


def _metafield(
    world: World, owner: Record, given: Given, arguments: dict[str, Any]
) -> Any:
    namespace = {"namespace": arguments.get("namespace")}
    found = _metafields(world, owner, given, namespace)
    return next((each for each in found if each["key"] == arguments["key"]), None)


def _levels(
    world: World, _: Record, given: Given, arguments: dict[str, Any]
) -> list[Any]:
    refs = given() or []
    if arguments.get("includeInactive"):
        return list(refs)
    levels = ((ref, world.find(ref.gid)) for ref in refs)
    return [ref for ref, level in levels if level is not None and level["isActive"]]


def _shipping_lines(
    _: World, _order: Record, given: Given, arguments: dict[str, Any]
) -> list[Any]:
    lines = given() or []
    if arguments.get("includeRemovals"):
        return list(lines)
    return [line for line in lines if not line.get("isRemoved")]


def _first(
    _: World, _owner: Record, given: Given, arguments: dict[str, Any]
) -> list[Any]:
    return (given() or [])[: arguments.get("first", arguments.get("limit"))]


def _formatted(
    _: World, address: Record, given: Given, arguments: dict[str, Any]
) -> list[str]:
    lines = list(given() or [])
    if arguments.get("withName") and address.get("name"):
        return [address["name"], *lines]
    return lines


def _has_product(
    _: World, collection: Record, _given: Given, arguments: dict[str, Any]
) -> bool:
    return any(each.gid == arguments["id"] for each in collection.get("products", ()))


def _translations(
    _: World, _owner: Record, given: Given, arguments: dict[str, Any]
) -> list[Any]:
    """Those in the language asked for, of the market asked for."""
    locale, market = arguments["locale"], arguments.get("marketId")
    return [
        each
        for each in given() or ()
        if each.get("locale") == locale
        and (each.get("market").gid if each.get("market") else None) == market
    ]


def _field(_: World, owner: Record, _given: Given, arguments: dict[str, Any]) -> Any:
    fields = owner.get("fields", ())
    return next((each for each in fields if each["key"] == arguments["key"]), None)


def _events(
    world: World, subject: Record, _given: Given, _arguments: dict[str, Any]
) -> list[Any]:
    return world.events(subject)


def _published(
    _: World, _owner: Record, given: Given, arguments: dict[str, Any]
) -> list[Any]:
    if not arguments.get("onlyPublished", True):
        return list(given() or ())
    return [each for each in given() or () if each["isPublished"]]


def _of_origin(
    _: World, _owner: Record, given: Given, arguments: dict[str, Any]
) -> list[Any]:
    origin = arguments.get("originType")
    return [each for each in given() or () if origin in {None, each["originType"]}]


def _named_files(
    _: World, _theme: Record, given: Given, arguments: dict[str, Any]
) -> list[Any]:
    patterns = arguments.get("filenames") or ("*",)
    return [
        each
        for each in given() or ()
        if any(fnmatch(each["filename"], pattern) for pattern in patterns)
    ]


def _valid_methods(
    world: World, _: Record, given: Given, arguments: dict[str, Any]
) -> list[Any]:
    refs = given() or ()
    if arguments.get("showRevoked"):
        return list(refs)
    found = ((ref, world.find(ref.gid)) for ref in refs)
    return [ref for ref, method in found if method and method["revokedAt"] is None]


_RULES: dict[str, Rule] = {
    "quantities": _quantities,
    "metafield": _metafield,
    "addresses": _first,
    "transactions": _first,
    "refunds": _first,
    "fulfillments": _first,
    "items": _first,
    "formatted": _formatted,
    "hasProduct": _has_product,
    "translations": _translations,
    "field": _field,
}

_CONNECTIONS: dict[str, Rule] = {
    "metafields": _metafields,
    "inventoryLevels": _levels,
    "shippingLines": _shipping_lines,
    "events": _events,
    "resourcePublications": _published,
    "resourcePublicationsV2": _published,
    "prices": _of_origin,
    "quantityRules": _of_origin,
    "files": _named_files,
    "paymentMethods": _valid_methods,
}
