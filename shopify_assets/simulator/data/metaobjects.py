"""Metaobjects: their definitions, and entries with typed fields that refer to others.

Charter: custom records. One type has more entries than a page, one has none.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.shelves import ref, refs, times
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.world import Ref, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.data.ground import Ground

Json = dict[str, Any]

_SPREAD = 1024
TYPES = ("author", "ingredient", "lookbook", "app--1234--size_chart")
_ENTRIES = (4, 260, 0, 2)
_FIELDS = (
    ("name", "single_line_text_field", True),
    ("bio", "multi_line_text_field", False),
    ("born", "date", False),
    ("rating", "number_decimal", False),
    ("details", "json", False),
    ("favourites", "list.product_reference", False),
    ("partner", "metaobject_reference", False),
)


def entries() -> list[int]:
    """The places of all metaobjects."""
    return [
        kind * _SPREAD + at
        for kind, count in enumerate(_ENTRIES)
        for at in range(count)
    ]


class Metaobjects:
    """Makes the metaobjects of a shop and their definitions."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        return [
            Table(
                "MetaobjectDefinition",
                lambda: range(len(TYPES)),
                self.definition,
                times(self._made, self._made),
            ),
            Table(
                "Metaobject",
                entries,
                self.metaobject,
                {
                    **times(self._created, self._updated),
                    "type": lambda place: TYPES[place // _SPREAD],
                },
            ),
        ]

    def chosen(self, arguments: Json) -> Callable[[int], bool] | None:
        """Which entries the argument `type` chooses."""
        wanted = arguments.get("type")
        if wanted is None:
            return None
        return lambda place: TYPES[place // _SPREAD] == wanted

    def _made(self, place: int) -> int:
        return self._ground.start + place * 86_400

    def _created(self, place: int) -> int:
        dice = self._ground.dice("metaobject", place)
        return self._ground.later(self._made(place // _SPREAD), dice, 300)

    def _updated(self, place: int) -> int:
        """Most changed in the same second."""
        if place % 4:
            return max(self._created(place), self._ground.end - 5 * 86_400)
        return self._created(place)

    def definition(self, place: int) -> Json:
        """The MetaobjectDefinition of a place."""
        held = [place * _SPREAD + at for at in range(_ENTRIES[place])]
        return {
            "__typename": "MetaobjectDefinition",
            "id": ids.gid("MetaobjectDefinition", place),
            "createdAt": stamp(self._made(place)),
            "updatedAt": stamp(self._made(place)),
            "createdByStaff": None,
            "description": None if place else "People who write",
            "displayNameKey": "name",
            "fieldDefinitions": [_field_definition(each) for each in _FIELDS],
            "hasThumbnailField": False,
            "metaobjects": refs("Metaobject", held),
            "metaobjectsCount": len(held),
            "name": TYPES[place].rpartition("--")[2].replace("_", " ").title(),
            "standardTemplate": None,
            "type": TYPES[place],
        }

    def metaobject(self, place: int) -> Json:
        """The Metaobject of a place."""
        kind = place // _SPREAD
        name = f"{texts.FIRST_NAMES[place % len(texts.FIRST_NAMES)]} {place}"
        values = self._values(place, name)
        fields = [_field(each, values.get(each[0])) for each in _FIELDS]
        return {
            "__typename": "Metaobject",
            "id": ids.gid("Metaobject", place),
            "createdAt": stamp(self._created(place)),
            "updatedAt": stamp(self._updated(place)),
            "createdByStaff": None,
            "definition": ref("MetaobjectDefinition", kind),
            "displayName": name,
            "fields": fields,
            "handle": f"{TYPES[kind]}-{place % _SPREAD}",
            "thumbnailField": None,
            "type": TYPES[kind],
            "values": {each["key"]: each["jsonValue"] for each in fields},
        }

    def _values(self, place: int, name: str) -> dict[str, str]:
        kind, at = divmod(place, _SPREAD)
        count = self._ground.scale.products
        products = sorted({at % count, (at + 3) % count})
        partner = kind * _SPREAD + (at + 1) % _ENTRIES[kind]
        values = {
            "name": name,
            "bio": texts.NOTES[at % 11] or "",
            "born": f"19{70 + at % 30}-02-03",
            "rating": f"{at % 5}.5",
            "details": '{"a":[1,2.50,null],"text":"ünïcode"}',
            "favourites": json.dumps([ids.gid("Product", each) for each in products]),
            "partner": ids.gid("Metaobject", partner),
        }
        # about a fifth is left empty
        empty = list(values)[1 + at % 5] if at % 5 else ""
        return {key: value for key, value in values.items() if key != empty}


def _field_definition(field: tuple[str, str, bool]) -> Json:
    key, kind, required = field
    return {
        "__typename": "MetaobjectFieldDefinition",
        "description": None,
        "key": key,
        "name": key.title(),
        "required": required,
        "type": {
            "__typename": "MetafieldDefinitionType",
            "category": kind.partition("_")[0].upper(),
            "name": kind,
            "supportedValidations": [],
            "supportsDefinitionMigrations": False,
        },
        "validations": [],
    }


def _field(field: tuple[str, str, bool], value: str | None) -> Json:
    key, kind, _ = field
    listed = kind.startswith("list.")
    refers = kind.endswith("_reference") and value is not None
    parsed = json.loads(value) if value and (listed or kind == "json") else value
    return {
        "__typename": "MetaobjectField",
        "definition": _field_definition(field),
        "jsonValue": parsed,
        "key": key,
        "reference": Ref(str(value)) if refers and not listed else None,
        "references": [Ref(each) for each in parsed or ()]
        if refers and listed
        else None,
        "thumbnail": None,
        "type": kind,
        "value": value,
    }
