"""Facts that are looked up: taxonomy, consent policies, Shop Pay receipts.

Charter: small lists and objects of roots that belong to no other subject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.shelves import ref
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.world import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.world.world import World

Json = dict[str, Any]

_BRANCHES, _LEAVES = 4, ids.LEAVES
_POLICIES = (
    ("DE", None), ("FR", None), ("GB", None), ("JP", None), ("US", None),
    ("US", "CA"), ("US", "VA"), ("BR", None),
)  # fmt: skip
_RECEIPTS = 7


def tables() -> list[Table]:
    """Consent policies, and the taxonomy's few branches with their leaves."""
    places = range(_BRANCHES * (_LEAVES + 1))
    return [
        Table("TaxonomyCategory", lambda: places, _category),
        Table("ConsentPolicy", lambda: range(len(_POLICIES)), _policy),
    ]


def _branch(place: int) -> int:
    return place // (_LEAVES + 1) * (_LEAVES + 1)


def _category(place: int) -> Json:
    root = _branch(place)
    name = f"Category {place}"
    below = range(root + 1, root + 1 + _LEAVES) if place == root else ()
    parent = None if place == root else _id(root)
    return {
        "__typename": "TaxonomyCategory",
        "id": _id(place),
        "ancestorIds": [parent] if parent else [],
        "attributes": [],
        "childrenIds": [_id(each) for each in below],
        "fullName": name if place == root else f"Category {root} > {name}",
        "isArchived": False,
        "isLeaf": place != root,
        "isRoot": place == root,
        "level": 1 if place == root else 2,
        "name": name,
        "parentId": parent,
    }


def chosen_categories(arguments: Json) -> Callable[[int], bool] | None:
    """Which categories the arguments choose; without any, those at the top."""
    wanted = arguments.get("childrenOf") or arguments.get("descendantsOf")
    if wanted is not None:
        return lambda place: place != _branch(place) and _id(_branch(place)) == wanted
    sought = arguments.get("search")
    if sought is not None:
        return lambda place: sought.casefold() in _category(place)["name"].casefold()
    return lambda place: place == _branch(place)


def _id(place: int) -> str:
    return ids.word("TaxonomyCategory", place)


def consent_policies(world: World) -> Callable[[Json], list[Json]]:
    """The ConsentPolicies that the arguments choose."""
    names = ("id", "countryCode", "regionCode", "consentRequired",
             "dataSaleOptOutRequired")  # fmt: skip

    def listed(arguments: Json) -> list[Json]:
        asked = {
            name: arguments[name] for name in names if arguments.get(name) is not None
        }
        return [
            each
            for each in world.records("ConsentPolicy")
            if all(each[name] == value for name, value in asked.items())
        ]

    return listed


def _policy(place: int) -> Json:
    country, region = _POLICIES[place]
    return {
        "__typename": "ConsentPolicy",
        "id": ids.gid("ConsentPolicy", place),
        "consentRequired": country in {"DE", "FR", "GB"},
        "countryCode": country,
        "dataSaleOptOutRequired": region is not None,
        "regionCode": region,
        "shopId": ids.gid("Shop", 0),
    }


def receipts(ground: Ground) -> Callable[[Json], list[Json]]:
    """The receipts of Shop Pay's payment requests, told apart by their token."""

    def listed(_: Json) -> list[Json]:
        orders = max(1, ground.scale.orders)
        return [
            {
                "__typename": "ShopPayPaymentRequestReceipt",
                "__seed": ("receipt", at),
                "createdAt": stamp(ground.start + at * 86_400),
                "order": ref("Order", at % orders) if at % 3 else None,
                "sourceIdentifier": f"source-{at}",
                "token": f"{at:04d}-receipt-{ground.spec.seed}",
            }
            for at in range(min(_RECEIPTS, orders))
        ]

    return listed
