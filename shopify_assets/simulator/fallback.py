"""Plausible values for everything that is not modelled by hand.

Charter: any field of any type answers with a value that is a function of the record's
identity, the field's name and its type. Records of types without a model get tables of
a few rows; records born inside others carry the way to themselves in their id, so that
`node(id:)` finds them without having seen them before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator import ids
from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.metafields import Metafields
from shopify_assets.simulator.dice import fingerprint
from shopify_assets.simulator.money import money
from shopify_assets.simulator.samples import scalar
from shopify_assets.simulator.world import Record, Ref, Table

if TYPE_CHECKING:
    from shopify_assets.catalog.schema import Field, Schema
    from shopify_assets.simulator.world import World

_FIRST_NUMBER = 40_000_000_001
_FIELD_BITS, _ITEM_BITS, _PLACE_BITS, _KIND_BITS = 9, 4, 22, 9
_HOP_BITS = _FIELD_BITS + _ITEM_BITS
_MARK = 1 << 62
_MOST_HOPS = 2
_SIZES = (0, 1, 2, 3, 5)

# The table and place of a record, and the steps inside it: type, field, item.
Way = tuple[str, int, tuple[tuple[str, str, int], ...]]


class Fallback:
    """Makes up what a world does not model."""

    def __init__(self, world: World, schema: Schema) -> None:
        self._world = world
        self._schema = schema
        self._add_tables()
        self._kinds = sorted(world.tables)
        metafields = Metafields(world)
        world.finders = [metafields.find, self.find]
        world.metafields = metafields.of
        world.read_field = self.read

    def _add_tables(self) -> None:
        for field in self._schema.query.fields.values():
            node = self._schema.node_type(field) or self._schema[field.named_type]
            rows = 3 + fingerprint(node.name) % 6
            if not field.named_type.endswith("Connection"):
                rows = (
                    1 if not any(each.required for each in field.args.values()) else 0
                )
            if node.is_composite and not field.named_type.endswith("Count") and rows:
                for name in node.possible if node.is_abstract else (node.name,):
                    self._add_table(name, rows)

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
                lambda place: _born(kind, (kind, place, ()), _FIRST_NUMBER + place),
                locate=lambda gid: (
                    gid.number - _FIRST_NUMBER
                    if 0 <= gid.number - _FIRST_NUMBER < rows
                    else None
                ),
            )
        )

    def read(self, record: Record, kind: str, name: str) -> Any:
        """The value of a field that `record`, of type `kind`, does not hold."""
        field = self._schema[kind].fields[name]
        owner = record.get("__owner")
        if owner is not None and owner[0] == field.named_type and not field.is_list:
            return Ref(owner[1])
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
        if known is not None or "id" not in record:
            return known
        table, gid = self._world.tables.get(kind), ids.parse(record["id"])
        place = table.place_of(gid) if table and gid else None
        return None if place is None else (kind, place, ())

    def _value(self, notation: str, spot: _Spot) -> Any:
        if notation.endswith("!"):
            return self._present(notation[:-1], spot)
        if spot.seed % 5 == 0:
            return None
        return self._present(notation, spot)

    def _present(self, notation: str, spot: _Spot) -> Any:
        if notation.startswith("["):
            count = spot.seed % 3
            inner = notation[1:-1].removesuffix("!")
            return _once([self._present(inner, spot.item(at)) for at in range(count)])
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
        count = _SIZES[spot.seed % len(_SIZES)]
        if node is None or not node.is_composite:
            name = node.name if node else "String"
            return [
                scalar(name, spot.name, seed=spot.seed + at, world=self._world)
                for at in range(count)
            ]
        return _once([self._object(node.name, spot.item(at)) for at in range(count)])

    def _object(self, name: str, spot: _Spot) -> Any:
        kind = self._schema[name]
        if kind.is_abstract:
            name = kind.possible[spot.seed % len(kind.possible)]
            kind = self._schema[name]
        special = self._money(name, spot)
        if special is not None:
            return special
        if name in self._world.tables:
            return self._link(name, spot)
        if "id" in kind.fields and spot.way is not None and spot.room:
            return self._child(name, spot)
        return _embedded(name, spot)

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

    def _link(self, name: str, spot: _Spot) -> Ref | Record:
        places = self._world.places(name)
        if not places:
            return _embedded(name, spot)
        record = self._world.record(name, places[spot.seed % len(places)])
        return Ref(record["id"])

    def _child(self, name: str, spot: _Spot) -> Record:
        way = spot.here()
        child = _born(name, way, self.number(way))
        if spot.owner_id:
            child["__owner"] = (spot.kind, spot.owner_id)
        return child

    def number(self, way: Way) -> int:
        """The number of a record born inside another one."""
        root, place, hops = way
        number = place
        for kind, name, at in hops:
            step = sorted(self._schema[kind].fields).index(name) << _ITEM_BITS | at
            number = number << _HOP_BITS | step
        number |= len(hops) << (_HOP_BITS * _MOST_HOPS + _PLACE_BITS)
        shift = _HOP_BITS * _MOST_HOPS + _PLACE_BITS + 2
        return _MARK | self._kinds.index(root) << shift | number

    def find(self, gid: ids.Gid) -> Record | None:
        """The record born inside another one that has this id."""
        if not gid.number & _MARK:
            return None
        number = gid.number ^ _MARK
        hops = number >> (_HOP_BITS * _MOST_HOPS + _PLACE_BITS) & 3
        root = number >> (_HOP_BITS * _MOST_HOPS + _PLACE_BITS + 2)
        place = (number & (1 << (_HOP_BITS * _MOST_HOPS + _PLACE_BITS)) - 1) >> (
            _HOP_BITS * hops
        )
        if root >= len(self._kinds) or not 1 <= hops <= _MOST_HOPS:
            return None
        kind = self._kinds[root]
        if place not in self._world.places(kind):
            return None
        record: Any = self._world.record(kind, place)
        for hop in range(hops - 1, -1, -1):
            step = number >> (_HOP_BITS * hop) & (1 << _HOP_BITS) - 1
            record = self._step(record, kind, step)
            if record is None:
                return None
            kind = record["__typename"]
        wanted = f"gid://shopify/{gid.type}/{gid.number}"
        return record if record.get("id") == wanted else None

    def _step(self, record: Record, kind: str, step: int) -> Record | None:
        fields = sorted(self._schema[kind].fields)
        field, at = step >> _ITEM_BITS, step & (1 << _ITEM_BITS) - 1
        if field >= len(fields):
            return None
        name = fields[field]
        value = record[name] if name in record else self.read(record, kind, name)
        if type(value) is list:
            value = value[at] if at < len(value) else None
        return value if type(value) is dict else None


class _Spot:
    """Where a value is made up: the owner, the field, the place in a list."""

    __slots__ = ("at", "kind", "name", "owner_id", "seed", "way")

    def __init__(
        self, way: Way | None, record: Record, kind: str, name: str, at: int = 0
    ) -> None:
        self.way = way
        self.owner_id = record.get("id")
        self.kind = kind
        self.name = name
        self.at = at
        self.seed = fingerprint(_identity(record), kind, name)

    def item(self, at: int) -> _Spot:
        made = object.__new__(_Spot)
        made.way, made.owner_id, made.kind = self.way, self.owner_id, self.kind
        made.name, made.at = self.name, at
        made.seed = fingerprint(self.seed, at)
        return made

    @property
    def room(self) -> bool:
        return self.way is not None and len(self.way[2]) < _MOST_HOPS

    def here(self) -> Way:
        root, place, hops = self.way or ("", 0, ())
        return root, place, (*hops, (self.kind, self.name, self.at))


def _once(found: list[Any]) -> list[Any]:
    """Links to records, each record once; anything else as it is."""
    linked = all(type(each) is Ref for each in found)
    return list(dict.fromkeys(found)) if linked else found


def _identity(record: Record) -> object:
    return record.get("id") or record.get("__way") or record.get("__seed", "")


def _born(kind: str, way: Way, number: int) -> Record:
    return {"__typename": kind, "id": f"gid://shopify/{kind}/{number}", "__way": way}


def _embedded(name: str, spot: _Spot) -> Record:
    made: Record = {"__typename": name, "__seed": spot.seed}
    if spot.way is not None and spot.room:
        made["__way"] = spot.here()
    return made
