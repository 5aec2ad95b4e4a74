"""Plausible values for everything that is not modelled by hand.

Charter: any field of any type answers with a value that is a function of the record's
identity, the field's name and its type. Records of types without a model get tables of
a few rows; records born inside others carry the way to themselves in their id (see
`ways.py`), so that `node(id:)` finds them without having seen them before.
"""

from __future__ import annotations

from copy import copy
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.metafields import Metafields
from shopify_assets.simulator.graphql.samples import scalar
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.dice import fingerprint
from shopify_assets.simulator.world.money import money
from shopify_assets.simulator.world.ways import Way, Ways
from shopify_assets.simulator.world.world import Record, Ref, Table

if TYPE_CHECKING:
    from shopify_assets.catalog.schema import Field, Schema
    from shopify_assets.simulator.graphql.dialect import Dialect
    from shopify_assets.simulator.world.world import World

_FIRST_NUMBER = 40_000_000_001
_BEYOND_WAYS = 1 << 61
_SIZES = (0, 1, 2, 3, 5)


class Fallback:
    """Makes up what a world does not model."""

    def __init__(self, world: World, schema: Schema) -> None:
        self._world = world
        self._schema = schema
        self._shown = schema.types.keys()
        self._add_tables()
        self._ways = Ways(schema, tuple(world.tables))
        metafields = Metafields(world)
        world.finders = [metafields.find, self.find]
        world.owners = [metafields.owner_of, self.owner_of]
        world.metafields = metafields.of
        world.read_field = self.read

    def shown_in(self, dialect: Dialect) -> Fallback:
        """The same for another API version: what both have keeps its values."""
        other = copy(self)
        other._schema = dialect.readable  # noqa: SLF001 -- a copy of its own class
        other._shown = dialect.schema.types.keys()  # noqa: SLF001 -- the same
        return other

    def _add_tables(self) -> None:
        for field in self._schema.query.fields.values():
            node = self._schema.node_type(field) or self._schema[field.named_type]
            rows = 3 + fingerprint(node.name) % 6
            if not field.named_type.endswith("Connection"):
                asked = any(each.required for each in field.args.values())
                rows = 0 if asked else rows if field.is_list else 1
            if node.is_composite and not field.named_type.endswith("Count") and rows:
                for name in self._concrete(node.name):
                    self._add_table(name, rows)

    def _concrete(self, kind: str) -> tuple[str, ...]:
        if kind in self._world.tables:
            return ()
        return self._schema[kind].possible or (kind,)

    def _add_table(self, kind: str, rows: int) -> None:
        fields = self._schema[kind].fields
        if kind in self._world.tables or kind in ids.OWNERS or kind.endswith("Payload"):
            return
        if "id" not in fields and rows == 1:
            return
        self._world.add(
            Table(
                kind,
                lambda: range(rows),
                lambda place: _born(kind, Way(kind, place), _FIRST_NUMBER + place),
                locate=lambda gid: (
                    gid.number - _FIRST_NUMBER
                    if 0 <= gid.number - _FIRST_NUMBER < rows
                    else None
                ),
            )
        )

    def read(self, record: Record, kind: str, name: str) -> Any:
        """The value of a field that `record`, of type `kind`, does not hold."""
        known, value = self._world.later(record, name)
        if known:
            return value
        field = self._schema[kind].fields[name]
        owner = record.get("__owner")
        if owner is not None and owner[0] == field.named_type and not field.is_list:
            return Ref(owner[1])
        if name == "id":
            return _unfindable(record, kind)
        if name == "legacyResourceId":
            return str(ids.tail(record.get("id", "")))
        if name in {"createdAt", "updatedAt"} and "DateTime" in field.type:
            return self._moment(record, name)
        return self._value(
            field.type, _Spot(self._way(record, kind), record, kind, name)
        )

    def _moment(self, record: Record, name: str) -> str:
        start = int(self._world.scale.start.timestamp())
        end = int(self._world.scale.end.timestamp())
        drawn = fingerprint(_identity(record), "createdAt")
        created = start + drawn % max(1, end - start)
        if name == "createdAt":
            return stamp(created)
        return stamp(created + fingerprint(drawn) % max(1, end - created))

    def _way(self, record: Record, kind: str) -> Way | None:
        known: Way | None = record.get("__way")
        if known is not None or not record.get("id"):
            return known
        table, gid = self._world.tables.get(kind), ids.parse(record["id"])
        place = table.place_of(gid) if table and gid else None
        return None if place is None else Way(kind, place)

    def _value(self, notation: str, spot: _Spot) -> Any:
        if notation.endswith("!"):
            return self._present(notation[:-1], spot)
        if spot.seed % 5 == 0:
            return None
        return self._present(notation, spot)

    def _present(self, notation: str, spot: _Spot) -> Any:
        if notation.startswith("["):
            return self._several(notation[1:-1].removesuffix("!"), spot, spot.seed % 3)
        kind = self._schema[notation]
        if kind.kind == "SCALAR":
            return scalar(notation, spot.name, seed=spot.seed, world=self._world)
        if kind.kind == "ENUM":
            return self._enum(notation, spot)
        field = self._schema[spot.kind].fields[spot.name]
        if self._schema.node_type(field) is not None and notation.endswith(
            "Connection"
        ):
            return self._nodes(field, spot)
        return self._object(notation, spot)

    def _enum(self, notation: str, spot: _Spot) -> str:
        if notation == "CurrencyCode":
            return self._world.spec.currency
        values = self._schema[notation].values
        return values[spot.seed % len(values)]

    def _nodes(self, field: Field, spot: _Spot) -> list[Any]:
        node = self._schema.node_type(field)
        name = node.name if node else "String"
        return self._several(name, spot, _SIZES[spot.seed % len(_SIZES)])

    def _several(self, name: str, spot: _Spot, count: int) -> list[Any]:
        if name in self._world.tables:
            return self._links(name, spot.seed, count)
        made = [self._present(name, spot.item(at)) for at in range(count)]
        linked = dict.fromkeys(each for each in made if type(each) is Ref)
        others = (each for each in made if each is not None and type(each) is not Ref)
        return [*linked, *others]

    def _links(self, name: str, first: int, count: int) -> list[Any]:
        """Links to neighbours in a table, so that none is there twice."""
        places = self._world.places(name)
        return [
            Ref(self._world.record(name, places[(first + at) % len(places)])["id"])
            for at in range(min(count, len(places)))
        ]

    def _object(self, name: str, spot: _Spot) -> Any:
        kind = self._schema[name]
        if kind.is_abstract and name not in self._world.tables:
            name = self._chosen(kind.possible, spot)
            kind = self._schema[name]
        special = self._money(name, spot)
        if special is not None:
            return special
        if name in self._world.tables:
            return next(iter(self._links(name, spot.seed, 1)), None)
        if "id" in kind.fields and spot.way is not None:
            return self._child(name, spot)
        return _embedded(name, spot)

    def _chosen(self, kinds: tuple[str, ...], spot: _Spot) -> str:
        """A concrete type: the same in all versions, unless this one lacks it."""
        name = kinds[spot.seed % len(kinds)]
        if name in self._shown:
            return name
        shown = [kind for kind in kinds if kind in self._shown]
        return shown[spot.seed % len(shown)]

    def _money(self, name: str, spot: _Spot) -> Any:
        currency = self._world.spec.currency
        amount = money(spot.seed % 1_000_000, currency)
        if name == "MoneyV2":
            return {"__typename": name, **amount}
        if name == "MoneyBag":
            return {"shopMoney": amount, "presentmentMoney": amount}
        if name == "Count":
            return {"count": spot.seed % 50, "precision": "EXACT"}
        return None

    def _child(self, name: str, spot: _Spot) -> Record | None:
        way = spot.here()
        number = self._ways.number(way)
        if number is None:
            return _embedded(name, spot)
        child = _born(name, way, number)
        if spot.owner_id:
            child["__owner"] = (spot.kind, spot.owner_id)
        return self._world.touched(child, way.table, way.place)

    def owner_of(self, gid: ids.Gid) -> str | None:
        """The id of the table's record that a born record is part of."""
        packed = self._ways.read(gid.number)
        if packed is None or packed.place not in self._world.places(packed.table):
            return None
        return str(self._world.record(packed.table, packed.place)["id"])

    def find(self, gid: ids.Gid) -> Record | None:
        """The record born inside another one that has this id."""
        packed = self._ways.read(gid.number)
        if packed is None or not self._world.shown(packed.table, packed.place):
            return None
        record: Any = self._world.record(packed.table, packed.place)
        steps = packed.steps
        while steps and record is not None:
            step = self._ways.step(record["__typename"], steps)
            if step is None:
                return None
            hop, steps = step
            record = self._step(record, *hop)
        wanted = f"gid://shopify/{gid.type}/{gid.number}"
        return record if record and record.get("id") == wanted else None

    def _step(self, record: Record, kind: str, name: str, at: int) -> Record | None:
        value = record[name] if name in record else self.read(record, kind, name)
        if type(value) is list:
            here = (kind, name, at)
            value = next((each for each in value if _hop(each) == here), None)
        return value if type(value) is dict else None


class _Spot:
    """Where a value is made up: the owner, the field, the place in a list."""

    __slots__ = ("at", "identity", "kind", "name", "owner_id", "seed", "way")

    def __init__(
        self, way: Way | None, record: Record, kind: str, name: str, at: int = 0
    ) -> None:
        self.way = way
        self.owner_id = record.get("id")
        self.kind = kind
        self.name = name
        self.at = at
        self.identity = _identity(record)
        self.seed = fingerprint(self.identity, kind, name)

    def item(self, at: int) -> _Spot:
        made = object.__new__(_Spot)
        made.way, made.owner_id, made.kind = self.way, self.owner_id, self.kind
        made.identity, made.name, made.at = self.identity, self.name, at
        made.seed = fingerprint(self.seed, at)
        return made

    def here(self) -> Way:
        return (self.way or Way("", 0)).then(self.kind, self.name, self.at)


def _identity(record: Record) -> object:
    return record.get("id") or record.get("__way") or record.get("__seed", "")


def _hop(record: Any) -> tuple[str, str, int] | None:
    way = record.get("__way") if type(record) is dict else None
    return way.hops[-1] if way and way.hops else None


def _unfindable(record: Record, kind: str) -> str:
    """An id of a record too deep to be found: its own, but no way back."""
    digest = blake2b(str(_identity(record)).encode(), digest_size=7).digest()
    return f"gid://shopify/{kind}/{_BEYOND_WAYS | int.from_bytes(digest)}"


def _born(kind: str, way: Way, number: int) -> Record:
    return {"__typename": kind, "id": f"gid://shopify/{kind}/{number}", "__way": way}


def _embedded(name: str, spot: _Spot) -> Record:
    if spot.way is not None:
        return {"__typename": name, "__way": spot.here()}
    seed = (spot.identity, spot.kind, spot.name, spot.at)
    return {"__typename": name, "__seed": seed}
