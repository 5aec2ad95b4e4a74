"""What a shop truly holds: the oracle of tests, and their way to change the world.

Charter: reading all records without HTTP, paging or cost, and changing them as
merchants do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql.execute import prepare
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.spec import stamp
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from datetime import datetime

    from shopify_assets.simulator.shop.store import Store

Json = dict[str, Any]


class Truth:
    """The records of one shop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._forms = store.forms

    def records(self, kind: str) -> list[Json]:
        """All records of a modelled type, oldest first, connections as plain lists.

        Links to other records are `{"__typename": …, "id": …}`.
        """
        with self._store.lock:
            return [self._plain(each) for each in self._store.world.records(kind)]

    def record(self, gid: str) -> Json | None:
        """The record with this id, or None."""
        with self._store.all_of_history():
            found = self._store.world.find(self._forms.inward_id(gid))
            return None if found is None else self._plain(found)

    def _plain(self, record: Any) -> Any:
        return self._forms.outward_value(_plain(record))

    def ids(self, kind: str) -> list[str]:
        """The ids of all records of a type."""
        with self._store.lock:
            found = [each["id"] for each in self._store.world.records(kind)]
        return [self._forms.outward_id(gid) for gid in found]

    def count(self, kind: str) -> int:
        """How many records of a type there are."""
        with self._store.lock:
            return len(self._store.world.places(kind))

    def select(self, query: str) -> Json:
        """Execute a query free of cost and scopes; connections come as plain lists.

        Each connection is selected through `nodes` or `edges{node}`, without `first`.
        """
        inward = self._forms.inward_id(query)
        found = self._store.everything(prepare(inward, {}, None))
        return self._forms.outward_value(found)  # type: ignore[no-any-return]  # JSON

    def update(self, gid: str, *, at: datetime | None = None, **fields: Any) -> Json:
        """Change a record; `updatedAt` moves, of it and of the record that holds it."""
        store, gid = self._store, self._forms.inward_id(gid)
        moment = stamp(at or store.clock())
        with store.lock:
            found = store.world.find(gid)
            if found is None:
                message = f"no record {gid!r} in shop {store.spec.domain!r}"
                raise KeyError(message)
            owner = store.world.owner_of(gid)
            times = {"updatedAt": moment} if "updatedAt" in found else {}
            store.world.change(gid, {**times, **fields})
            for moved in {owner, store.world.moved_by(gid)} - {gid, None}:
                store.world.change(str(moved), {"updatedAt": moment})
        updated = self.record(gid)
        assert updated is not None  # noqa: S101 -- it was found above
        return updated

    def delete(self, gid: str, *, at: datetime | None = None) -> None:
        """Let a record vanish; `events` tell of it."""
        with self._store.lock:
            inward = self._forms.inward_id(gid)
            self._store.world.delete(inward, stamp(at or self._store.clock()))

    def create_order(self, *, at: datetime | None = None, **fields: Any) -> Json:
        """Add an order, made at `at` (by default now); `fields` lie over it."""
        store = self._store
        with store.lock:
            place = len(store.subjects.shapes)
            moment = at or store.clock()
            store.subjects.ground.added.append(int(moment.timestamp()))
            store.world.forget()
            gid = ids.gid("Order", place)
            if fields:
                store.world.change(gid, fields)
        made = self.record(self._forms.outward_id(gid))
        assert made is not None  # noqa: S101 -- it was just made
        return made

    def add_orders(self, count: int, *, at: datetime | None = None) -> list[str]:
        """Add orders, all made at the same moment; returns their ids."""
        return [self.create_order(at=at)["id"] for _ in range(count)]

    def pay_late(self, *, processed: datetime, at: datetime | None = None) -> Json:
        """Add a tender transaction with an earlier time; returns it.

        An order is entered at `at` (by default now), as by an import or by hand, whose
        payment was taken at `processed`. Its id is the greatest, for it is new; only
        the index that is sorted by `processedAt` finds it among older ones.
        """
        known = set(self.ids("TenderTransaction"))
        while not (
            paid := [e for e in self.ids("TenderTransaction") if e not in known]
        ):
            self.create_order(at=at)
        return self.update(paid[0], processedAt=stamp(processed))


def _plain(value: Any) -> Any:
    if type(value) is Ref:
        parsed = ids.parse(value.gid)
        return {"__typename": parsed.type if parsed else "", "id": value.gid}
    if type(value) is dict:
        return {
            key: _plain(inner)
            for key, inner in value.items()
            if key == "__typename" or not key.startswith("__")
        }
    if type(value) is list:
        return [_plain(each) for each in value]
    return value
