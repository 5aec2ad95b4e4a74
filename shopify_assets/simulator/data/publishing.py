"""Publications: which product or collection is to be seen in which channel.

Charter: publications, channels and what is published where; both sides tell the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.catalogue import COLLECTIONS, VARIANTS_MOST
from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.markets import CATALOGS, PUBLICATION_OF
from shopify_assets.simulator.data.shelves import counted, ref, refs
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.world import Record, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.data.ground import Ground

Json = dict[str, Any]

PUBLICATIONS = 5
_CHANNELS = ("Online Store", "Point of Sale")
_FUTURE = 30 * 86_400


class Publishing:
    """Makes the publications of a shop."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        return [
            Table(
                "Publication",
                lambda: range(PUBLICATIONS),
                self.publication,
                later={
                    "includedProducts": self._products,
                    "products": self._products,
                    "productPublicationsV3": self._listed("Product", self._count),
                    "collectionPublicationsV3": self._listed(
                        "Collection", lambda: COLLECTIONS
                    ),
                    "collections": self._collections,
                },
            ),
            Table("Channel", lambda: range(len(_CHANNELS)), self.channel),
        ]

    def relations(self) -> dict[tuple[str, str], Callable[[Record], Any]]:
        """What the goods tell of their publications."""
        made: dict[tuple[str, str], Callable[[Record], Any]] = {}
        for kind in ("Product", "Collection", "ProductVariant"):
            made[kind, "resourcePublications"] = self.of_record
            made[kind, "resourcePublicationsV2"] = self.of_record
            made[kind, "unpublishedPublications"] = self._unpublished
            made[kind, "resourcePublicationsCount"] = self._counted
            made[kind, "availablePublicationsCount"] = self._counted
        return made

    def _count(self) -> int:
        return self._ground.scale.products

    def publication(self, place: int) -> Json:
        """The Publication of a place: two channels, the others for catalogs."""
        catalog = next((at for at, made in PUBLICATION_OF.items() if made == place), 0)
        channels = refs("Channel", [place] if place < len(_CHANNELS) else [])
        return {
            "__typename": "Publication",
            "id": ids.gid("Publication", place),
            "autoPublish": place == 0,
            "catalog": None if place == 1 else ref(CATALOGS[catalog], catalog),
            "channels": channels,
            "name": _CHANNELS[place] if channels else f"Catalog {catalog}",
            "operation": None,
            "supportsFuturePublishing": place == 0,
            "includedProductsCount": counted(len(self._shown("Product", place))),
        }

    def channel(self, place: int) -> Json:
        """The Channel of a place."""
        return {
            "__typename": "Channel",
            "id": ids.gid("Channel", place),
            "handle": _CHANNELS[place].lower().replace(" ", "-"),
            "name": _CHANNELS[place],
            "accountId": None,
            "accountName": None,
            "markets": refs("Market", [place]),
            "products": refs("Product", self._shown("Product", place)),
            "collections": refs("Collection", self._shown("Collection", place)),
            "supportsFuturePublishing": place == 0,
        }

    def _state(self, kind: str, place: int, publication: int) -> bool | None:
        """Whether it is published, yet to be, or (None) not meant to be."""
        if kind == "ProductVariant":
            kind, place = "Product", place // VARIANTS_MOST
        if (place + publication) % 4 == 3:
            return None
        return not (publication == 0 and place % 11 == 5)

    def _shown(self, kind: str, publication: int) -> list[int]:
        count = self._count() if kind == "Product" else COLLECTIONS
        return [at for at in range(count) if self._state(kind, at, publication)]

    def of_record(self, record: Record) -> list[Json]:
        """The publications a record is in, or will be in."""
        kind = record["__typename"]
        place = ids.place(kind, ids.tail(record["id"]))[0]
        made = (self._published(kind, place, each) for each in range(PUBLICATIONS))
        return [each for each in made if each is not None]

    def _published(self, kind: str, place: int, publication: int) -> Json | None:
        state = self._state(kind, place, publication)
        if state is None:
            return None
        moment = self._ground.start + place * 3600 % 8_640_000
        date = moment if state else self._ground.end + _FUTURE
        return {
            "__typename": "ResourcePublicationV2",
            "isPublished": state,
            "publication": ref("Publication", publication),
            "publishDate": stamp(date),
            "publishable": ref(kind, place),
            "channel": ref("Channel", publication % len(_CHANNELS)),
        }

    def _unpublished(self, record: Record) -> list[Any]:
        kind = record["__typename"]
        place = ids.place(kind, ids.tail(record["id"]))[0]
        held = range(PUBLICATIONS)
        return refs(
            "Publication", [at for at in held if not self._state(kind, place, at)]
        )

    def _counted(self, record: Record) -> Json:
        return counted(sum(each["isPublished"] for each in self.of_record(record)))

    def _place(self, record: Record) -> int:
        return ids.place("Publication", ids.tail(record["id"]))[0]

    def _products(self, record: Record) -> list[Any]:
        return refs("Product", self._shown("Product", self._place(record)))

    def _collections(self, record: Record) -> list[Any]:
        return refs("Collection", self._shown("Collection", self._place(record)))

    def _listed(
        self, kind: str, count: Callable[[], int]
    ) -> Callable[[Record], list[Json]]:
        def read(record: Record) -> list[Json]:
            publication = self._place(record)
            made = (self._published(kind, at, publication) for at in range(count()))
            return [each for each in made if each is not None]

        return read
