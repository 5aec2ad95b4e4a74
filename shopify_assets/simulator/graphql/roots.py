"""The fields of the query root and the few mutations.

Charter: which records a root field stands for. How they are filtered, cut and selected
is decided elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from shopify_assets.simulator.graphql.refusals import invalid_id, too_many
from shopify_assets.simulator.graphql.rows import Source
from shopify_assets.simulator.graphql.single import Single
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.changes import visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.simulator.graphql.rows import Rows
    from shopify_assets.simulator.graphql.versions import Version
    from shopify_assets.simulator.graphql.walk import Run
    from shopify_assets.simulator.world.world import Record, World

MOST_IDS = 250
_NOT_SIMULATED = {
    "webhookSubscription": None,
    "deletedWebhookSubscriptionId": None,
    "userErrors": [{"field": None, "message": "Webhooks are not simulated"}],
}
# Counted by a root that no list of its own stands beside.
_COUNTED = {"discountCodesCount": "DiscountRedeemCode"}


class BulkOperations(Protocol):
    """The bulk operations of a shop, as its query root shows them."""

    def fields(
        self, arguments: dict[str, Any], schema: Schema
    ) -> dict[str, Callable[[], Any]]:
        """What the root fields about bulk operations give in a version, by name."""

    def find(self, gid: str) -> Record | None:
        """An operation."""

    def listed(self) -> list[Record]:
        """All operations."""


class Roots:
    """Reads root fields of one shop."""

    def __init__(
        self,
        world: World,
        schema: Schema,
        *,
        scopes: Callable[[], Iterable[str]],
        versions: Callable[[], Iterable[Version]] = tuple,
        bulk: BulkOperations | None = None,
    ) -> None:
        self.rows: Rows
        self._world = world
        self._schema = schema
        self._scopes = scopes
        self._accessible = versions
        self._bulk = bulk
        self._single = Single(world, schema)

    def read(self, name: str, arguments: dict[str, Any], run: Run) -> Any:
        """The value of a root field that is no connection."""
        made = self._known(name, arguments)
        if made is not None:
            return made()
        if name in self._schema.mutation.fields:
            return _NOT_SIMULATED
        field = self._schema.query.fields[name]
        if name.endswith("Count") and field.named_type == "Count":
            return self._count(name, arguments, run)
        if field.is_list:
            return self._first_rows(field.named_type)
        return self._one(name, arguments)

    def _known(self, name: str, arguments: dict[str, Any]) -> Callable[[], Any] | None:
        known: dict[str, Callable[[], Any]] = {
            "node": lambda: self._find(arguments["id"]),
            "nodes": lambda: self._nodes(arguments["ids"]),
            "shop": lambda: self._world.record("Shop", 0),
            "currentAppInstallation": self._installation,
            "publicApiVersions": self._versions,
        }
        if self._bulk is not None:
            known |= self._bulk.fields(arguments, self._schema)
        return known.get(name) or self._modelled(name, arguments)

    def _modelled(
        self, name: str, arguments: dict[str, Any]
    ) -> Callable[[], Any] | None:
        listing, made = self._world.listings.get(name), self._world.objects.get(name)
        if listing is not None:
            return lambda: list(listing(arguments))
        if made is None or self._is_count(name):
            return None
        return lambda: made(arguments)

    def _is_count(self, name: str) -> bool:
        field = self._schema.query.fields.get(name)
        return field is not None and field.named_type == "Count"

    def _installation(self) -> Record:
        handles = sorted(self._scopes())
        return {
            **self._world.record("AppInstallation", 0),
            "accessScopes": [
                {"handle": each, "description": each.replace("_", " ")}
                for each in handles
            ],
        }

    def _versions(self) -> list[Record]:
        return [
            {
                "handle": version.handle,
                "displayName": version.name,
                "supported": version.supported,
            }
            for version in self._accessible()
        ]

    def _nodes(self, given: list[str]) -> list[Record | None]:
        if len(given) > MOST_IDS:
            raise too_many(len(given), MOST_IDS)
        return [self._find(each) for each in given]

    def _find(self, gid: str) -> Record | None:
        if ids.parse(gid) is None:
            raise invalid_id(gid)
        found = self._bulk.find(gid) if self._bulk is not None else None
        found = found or self._world.find(gid)
        if found is None or not self._granted(found["__typename"]):
            return None
        is_node = self._schema.is_node(self._schema[found["__typename"]])
        return found if is_node else None

    def _granted(self, kind: str) -> bool:
        if kind not in self._schema.types:
            return False  # another version's
        needed = self._schema[kind].scopes
        return not needed or bool(granted(self._scopes()).intersection(needed))

    def _count(self, name: str, arguments: dict[str, Any], run: Run) -> Record:
        counted = name.removesuffix("Count")
        field = self._schema.query.fields
        node = self._schema.node_type(field[counted]) if counted in field else None
        kind = node.name if node else _COUNTED.get(name, "")
        source = Source("QueryRoot", counted, kind, field[name].filters)
        arguments = {**self._hidden_by_default(counted), **arguments}
        known = self._world.objects.get(name)
        if known is not None and not arguments.get("query"):
            count = int(known(arguments))
        else:
            count = self.rows.count(source, arguments, run) if kind else 0
        limit = arguments.get("limit")
        if limit is not None and count > limit:
            return {"count": limit, "precision": "AT_LEAST"}
        return {"count": count, "precision": "EXACT"}

    def _hidden_by_default(self, listed: str) -> dict[str, bool]:
        """A count leaves out what its list leaves out unless asked otherwise."""
        field = self._schema.query.fields.get(listed)
        return {
            name: each.default == "true"
            for name, each in (field.args.items() if field else ())
            if each.default in {"true", "false"}
        }

    def _first_rows(self, kind: str) -> list[Any]:
        kind = self._concrete(kind)
        if kind in self._world.tables:
            return list(self._world.records(kind))
        return [] if not self._schema[kind].is_composite else [self._made(kind)]

    def _one(self, name: str, arguments: dict[str, Any]) -> Any:
        """The record its arguments name; the only one, when none do."""
        field = self._schema.query.fields[name]
        kind = field.named_type
        if self._single.is_named(arguments):
            return self._single.find(field, arguments, self.rows.columns)
        if not self._schema[kind].is_composite:
            return None
        kind = self._concrete(kind)
        if kind in self._world.tables and self._world.places(kind):
            return self._world.record(kind, self._world.places(kind)[0])
        return self._made(kind)

    def _concrete(self, kind: str) -> str:
        found = self._schema[kind]
        held = kind in self._world.tables or not found.is_abstract
        return kind if held else found.possible[0]

    def _made(self, kind: str) -> Record:
        return {"__typename": kind, "__seed": f"root {kind}"}

    def table(self, name: str) -> str | None:
        """The table a root connection lists, if it lists one."""
        field = self._schema.query.fields.get(name)
        node = self._schema.node_type(field) if field else None
        if node is None or name == "bulkOperations" or name in self._world.listings:
            return None
        return node.name if node.name in self._world.tables else None

    def visible(self, table: str, arguments: dict[str, Any]) -> Callable[[int], bool]:
        """Tells which places of a table the arguments other than `query` show."""
        world = self._world
        choose = world.chosen.get(table)
        chosen = choose(arguments) if choose is not None else None
        if chosen is not None:
            return chosen
        if table == "Location" and "includeInactive" in arguments:
            inactive, legacy = arguments["includeInactive"], arguments["includeLegacy"]
            return lambda place: _location_shown(
                world.record(table, place), inactive=inactive, legacy=legacy
            )
        if table == "FulfillmentOrder" and arguments.get("includeClosed") is False:
            status = world.column(table, "status")
            return lambda place: status[place] not in {"CLOSED", "CANCELLED"}
        return lambda _: True

    def listed(self, name: str, arguments: dict[str, Any]) -> list[Any]:
        """All rows of a root connection that lists no single table."""
        if name == "bulkOperations" and self._bulk is not None:
            return self._bulk.listed()
        listing = self._world.listings.get(name)
        if listing is not None:
            return list(listing(arguments))
        if f"{name}Count" in _COUNTED:
            return self._all(_COUNTED[f"{name}Count"])
        node = self._schema.node_type(self._schema.query.fields[name])
        if node is None or not node.is_composite:
            return [f"{name} {number}" for number in range(4)]
        rows: list[Any] = []
        for kind in node.possible or (node.name,):
            rows.extend(self._all(kind))
        return rows

    def _all(self, kind: str) -> list[Any]:
        if kind in self._world.tables:
            return list(self._world.records(kind))
        owner = ids.OWNERS.get(kind)
        if owner is None:
            return []
        # A product's featured image is one of its media: the same file, listed once.
        found = {
            each["id"]: each
            for record in self._world.records(owner)
            for each in visit(record)
            if each.get("__typename") == kind
        }
        return list(found.values())


def _location_shown(record: Record, *, inactive: bool, legacy: bool) -> bool:
    return (record["isActive"] or inactive) and (
        not record["isFulfillmentService"] or legacy
    )


def granted(scopes: Iterable[str]) -> frozenset[str]:
    """What scopes grant: to write a thing is to read it, too."""
    given = set(scopes)
    given.update(each.replace("write_", "read_", 1) for each in scopes)
    return frozenset(given)
