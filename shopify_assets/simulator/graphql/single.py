"""The one record that the arguments of a root field name.

Charter: by id, by a handle or code, by a metafield that is unique. What is there but is
of another type, and what is no id at all, is refused; what is not there is null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql.meaning.reading import Reader
from shopify_assets.simulator.graphql.refusals import invalid_id
from shopify_assets.simulator.world import ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.schema import Field, Schema
    from shopify_assets.simulator.graphql.meaning.reading import Columns
    from shopify_assets.simulator.world.world import Record, World

Arguments = dict[str, Any]

# The arguments that name a record, and the fields they are found in.
_KEYS = {
    "apiKey": ("apiKey",),
    "code": ("codeDiscount.codes.code",),
    "emailAddress": ("defaultEmailAddress.emailAddress",),
    "functionId": ("functionId",),
    "handle": ("handle",),
    "key": ("key",),
    "namespace": ("namespace",),
    "ownerType": ("ownerType",),
    "phoneNumber": ("defaultPhoneNumber.phoneNumber",),
    "token": ("token",),
    "type": ("type",),
}
# Compared without case.
_FOLDED = {"code", "emailAddress", "handle"}
# Ids of something else than what is answered.
_OF_ANOTHER = {"ProductResourceFeedback", "ProductDuplicateJob"}


class Single:
    """Finds single records of one world."""

    def __init__(self, world: World, schema: Schema) -> None:
        self._world = world
        self._schema = schema

    def is_named(self, arguments: Arguments) -> bool:
        """Whether the arguments name a record."""
        return bool(_named(arguments))

    def find(self, field: Field, arguments: Arguments, columns: Columns) -> Any:
        """The record; None when there is none.

        Raises:
            Refused: an id is none, or one of another type.
        """
        kind, named = field.named_type, _named(arguments)
        gid = named.pop("id", None)
        if isinstance(gid, str):
            found = self._by_id(gid, kind)
            if found is None and not field.nullable:
                raise invalid_id(gid)
            return found
        custom = named.pop("customId", None)
        for record in self._records(kind):
            reader = Reader(columns, record)
            if all(_holds(reader, key, named[key]) for key in named) and (
                custom is None or self._has(record, custom)
            ):
                return record
        return None

    def _by_id(self, gid: str, kind: str) -> Record | None:
        if kind == "ShopifyFunction":
            rows = self._records(kind)
            return next((row for row in rows if row.get("id") == gid), None)
        parsed = ids.parse(gid)
        if parsed is None:
            raise invalid_id(gid)
        found = self._world.find(gid)
        if kind in _OF_ANOTHER:
            return None if found is None else {"__typename": kind, "__seed": gid}
        kinds = {kind, *self._schema[kind].possible}
        named = parsed.type if found is None else found["__typename"]
        if named not in kinds and named in self._schema.types:
            raise invalid_id(gid)
        return found

    def _records(self, kind: str) -> Iterator[Record]:
        known = self._schema[kind]
        for name in (kind, *known.possible):
            if name in self._world.tables:
                yield from self._world.records(name)
        yield from self._listed(kind)

    def _listed(self, kind: str) -> Iterator[Record]:
        for name, listing in self._world.listings.items():
            root = self._schema.query.fields.get(name)
            node = self._schema.node_type(root) if root is not None else None
            required = root is not None and any(
                each.required for each in root.args.values()
            )
            if node is not None and node.name == kind and not required:
                yield from listing({})

    def _has(self, record: Record, custom: Arguments) -> bool:
        namespace = custom.get("namespace")
        return any(
            each["key"] == custom["key"]
            and each["value"] == custom["value"]
            and namespace in {None, each["namespace"]}
            for each in self._world.metafields(record)
        )


def _named(arguments: Arguments) -> Arguments:
    """The arguments that name a record, those within others beside them."""
    within = [each for each in arguments.values() if isinstance(each, dict)]
    given = {**arguments}
    for each in within:
        given |= each
    wanted = {"id", "customId", *_KEYS}
    return {
        key: value
        for key, value in given.items()
        if key in wanted
        and value is not None
        and (key == "customId" or not isinstance(value, dict))
    }


def _holds(reader: Reader, key: str, wanted: Any) -> bool:
    values = [str(value) for path in _KEYS[key] for value in reader.values(path)]
    if key in _FOLDED:
        return str(wanted).casefold() in {value.casefold() for value in values}
    return str(wanted) in values
