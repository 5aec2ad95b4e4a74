"""Metafield definitions: what the metafields of a kind of owner are meant to be.

Charter: definitions for each kind of owner. They match the metafields that owners have
(see `metafields.py`); metafields of other apps have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.metafields import DEFINED, KEYS, OWNERS
from shopify_assets.simulator.data.shelves import times
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.world import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.world.world import Record, World

Json = dict[str, Any]

_PER_OWNER = 8
_SOME = 20


class Definitions:
    """Makes the metafield definitions of a shop; a place is eight times the owner's."""

    def __init__(self, ground: Ground, world: World) -> None:
        self._ground = ground
        self._world = world

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        return [
            Table(
                "MetafieldDefinition",
                lambda: [
                    owner * _PER_OWNER + at
                    for owner, name in enumerate(OWNERS)
                    if name in DEFINED
                    for at in range(len(KEYS))
                    if at < DEFINED[name]
                ],
                self.definition,
                {
                    **times(self._made, self._made),
                    "ownerType": lambda place: OWNERS[place // _PER_OWNER],
                },
                later={"metafields": self._metafields},
            )
        ]

    def chosen(self, arguments: Json) -> Callable[[int], bool] | None:
        """Which definitions the arguments choose: those of a kind of owner."""
        wanted = arguments.get("ownerType")
        if wanted is None:
            return None
        namespace, key = arguments.get("namespace"), arguments.get("key")

        def shown(place: int) -> bool:
            owner, at = divmod(place, _PER_OWNER)
            fits = OWNERS[owner] == wanted and namespace in {None, KEYS[at].namespace}
            return fits and key in {None, KEYS[at].key}

        return shown

    def _made(self, place: int) -> int:
        return self._ground.start + place * 3600

    def definition(self, place: int) -> Json:
        """The MetafieldDefinition of a place."""
        owner, at = divmod(place, _PER_OWNER)
        made = KEYS[at]
        return {
            "__typename": "MetafieldDefinition",
            "id": ids.gid("MetafieldDefinition", place),
            "createdAt": stamp(self._made(place)),
            "updatedAt": stamp(self._made(place)),
            "constraints": None,
            "description": None if at % 2 else "How to treat it",
            "key": made.key,
            "metafieldsCount": 0,
            "name": made.key.replace("_", " ").title(),
            "namespace": made.namespace,
            "ownerType": OWNERS[owner],
            "pinnedPosition": at if at < 2 else None,
            "standardTemplate": None,
            "type": {
                "__typename": "MetafieldDefinitionType",
                "category": "TEXT" if made.type.endswith("field") else "NUMBER",
                "name": made.type,
                "supportedValidations": [],
                "supportsDefinitionMigrations": False,
            },
            "useAsCollectionCondition": False,
            "validationStatus": "ALL_VALID",
            "validations": [],
        }

    def _metafields(self, record: Record) -> list[Json]:
        """Some of the metafields that follow a definition."""
        kinds = [
            kind for kind, name in OWNERS_OF.items() if name == record["ownerType"]
        ]
        found: list[Json] = []
        for kind in kinds:
            for place in self._world.places(kind)[:_SOME] if self._has(kind) else ():
                held = self._world.metafields(self._world.record(kind, place))
                found += [each for each in held if each["key"] == record["key"]]
        return found

    def _has(self, kind: str) -> bool:
        return kind in self._world.tables


OWNERS_OF = {
    "Article": "ARTICLE", "Blog": "BLOG", "Collection": "COLLECTION",
    "Company": "COMPANY", "CompanyLocation": "COMPANY_LOCATION",
    "Customer": "CUSTOMER", "DiscountNode": "DISCOUNT", "DraftOrder": "DRAFTORDER",
    "Location": "LOCATION", "Market": "MARKET", "Order": "ORDER", "Page": "PAGE",
    "Product": "PRODUCT", "ProductVariant": "PRODUCTVARIANT", "Shop": "SHOP",
}  # fmt: skip
