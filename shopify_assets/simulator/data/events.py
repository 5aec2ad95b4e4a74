"""Events: what the shop's history tells of its records.

Charter: who made what when, and what was destroyed. Events are kept for a year; those
of records that are gone stay.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.shelves import DAY, ref
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.changes import DELETIONS
from shopify_assets.simulator.world.world import Record, Ref, Table

if TYPE_CHECKING:
    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.world.world import World

Json = dict[str, Any]

SUBJECTS = ("Order", "Product", "Customer", "DraftOrder", "Article", "Blog", "Page",
            "Comment", "Company", "CompanyLocation", "DiscountNode",
            "InventoryTransfer", "Collection")  # fmt: skip
_COMMENTED = ("Order", "Customer", "DraftOrder", "Company")
# Each record has its making, its last change (every third) and a comment (a few).
_PER_RECORD = 4
_MADE, _CHANGED, _COMMENT = range(3)
_PER_KIND = 1 << 32
# What was destroyed before the first look at the shop: records nobody has seen.
_LONG_GONE = ("Product", "Order", "DraftOrder", "Customer")
_GONE_FROM = 1 << 45
_YEAR = 365 * DAY
_CAPITAL = re.compile(r"(?<!^)([A-Z])")


class Events:
    """Makes the events of a shop; a place tells subject and kind."""

    def __init__(self, ground: Ground, world: World) -> None:
        self._ground = ground
        self._world = world
        self._since = stamp(ground.end - _YEAR)

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        return [
            Table(
                "Event",
                self._places,
                self._event,
                {
                    "createdAt": self._created,
                    "action": lambda place: self._event(place)["action"],
                },
                types=("BasicEvent", "CommentEvent"),
            )
        ]

    def _places(self) -> list[int]:
        held = [
            kind * _PER_KIND + place * _PER_RECORD + part
            for kind, name in enumerate(SUBJECTS)
            for place in self._world.tables[name].places()
            for part in _parts(name, place)
        ]
        kept = [each for each in held if self._created(each) >= self._since]
        gone = [_GONE_FROM + each for each in range(len(_LONG_GONE))]
        made = [DELETIONS + each for each in range(len(self._world.deletions))]
        return kept + gone + made

    def _created(self, place: int) -> str:
        if place >= DELETIONS:
            return str(self._world.deletions[place - DELETIONS]["createdAt"])
        if place >= _GONE_FROM:
            return stamp(self._ground.end - (10 + place - _GONE_FROM) * DAY)
        kind, rest = divmod(place, _PER_KIND)
        at, part = divmod(rest, _PER_RECORD)
        columns = self._world.tables[SUBJECTS[kind]].columns
        names = ("createdAt", "updatedAt") if part == _MADE else ("updatedAt",)
        tell = next(columns[name] for name in (*names, "updatedAt", "createdAt")
                    if name in columns)  # fmt: skip
        return str(tell(at))

    def _event(self, place: int) -> Json:
        if place >= DELETIONS:
            return {**_plain(), **self._world.deletions[place - DELETIONS]}
        if place >= _GONE_FROM:
            return self._long_gone(place)
        kind, rest = divmod(place, _PER_KIND)
        at, part = divmod(rest, _PER_RECORD)
        name = SUBJECTS[kind]
        if part == _COMMENT:
            return self._comment(place, name, at)
        action = "create" if part == _MADE else "update"
        return self._basic(place, ids.gid(name, at), action)

    def _basic(self, place: int, subject: str, action: str) -> Json:
        parsed = ids.parse(subject)
        kind = parsed.type if parsed else ""
        return {
            **_plain(),
            "id": ids.gid("BasicEvent", place),
            "action": action,
            "author": "Ada" if place % 5 else None,
            "createdAt": self._created(place),
            "message": f"{kind} was {action}d",
            "subject": Ref(subject),
            "subjectId": subject,
            "subjectType": _CAPITAL.sub(r"_\1", kind).upper(),
        }

    def _long_gone(self, place: int) -> Json:
        at = place - _GONE_FROM
        kind = _LONG_GONE[at]
        number = ids.number(kind, 0) - ids.SPREAD * (at + 1)
        made = self._basic(place, f"gid://shopify/{kind}/{number}", "destroy")
        return {**made, "subject": None, "message": f"{kind} was deleted."}

    def _comment(self, place: int, name: str, at: int) -> Json:
        return {
            "__typename": "CommentEvent",
            "id": ids.gid("CommentEvent", place),
            "action": "comment",
            "appTitle": None,
            "attributeToApp": False,
            "attributeToUser": True,
            "attachments": [],
            "author": ref("StaffMember", at % 3),
            "canDelete": True,
            "canEdit": True,
            "createdAt": self._created(place),
            "criticalAlert": False,
            "edited": False,
            "embed": None,
            "message": "Called the customer",
            "rawMessage": "Called the customer",
            "subject": ref(name, at),
        }

    def of_record(self, record: Record) -> list[Any]:
        """The events that tell of a record."""
        parsed = ids.parse(record.get("id") or "")
        if parsed is None or parsed.type not in SUBJECTS:
            return []
        place = self._world.tables[parsed.type].place_of(parsed)
        if place is None:
            return []
        first = SUBJECTS.index(parsed.type) * _PER_KIND + place * _PER_RECORD
        made = [first + part for part in _parts(parsed.type, place)]
        return [
            self._world.record("Event", each)
            for each in made
            if self._created(each) >= self._since
        ]

    def deleted(self, _: Json) -> list[Json]:
        """The DeletionEvents: of products and collections only."""
        return [
            {
                "__typename": "DeletionEvent",
                "occurredAt": each["createdAt"],
                "subjectId": each["subjectId"],
                "subjectType": each["subjectType"],
            }
            for each in self._destroyed()
            if each["subjectType"] in {"PRODUCT", "COLLECTION"}
        ]

    def _destroyed(self) -> list[Json]:
        gone = (self._long_gone(_GONE_FROM + at) for at in range(len(_LONG_GONE)))
        return [*gone, *self._world.deletions]


def _parts(kind: str, place: int) -> list[int]:
    made = [_MADE]
    if place % 3 == 0:
        made.append(_CHANGED)
    if kind in _COMMENTED and place % 20 == 2:
        made.append(_COMMENT)
    return made


def _plain() -> Json:
    return {
        "__typename": "BasicEvent",
        "additionalContent": None,
        "additionalData": None,
        "appTitle": None,
        "arguments": None,
        "attributeToApp": False,
        "attributeToUser": True,
        "author": None,
        "criticalAlert": False,
        "hasAdditionalContent": False,
        "secondaryMessage": None,
        "subject": None,
    }
