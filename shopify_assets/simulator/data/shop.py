"""The shop's own record.

Charter: the one Shop. What an app's installation says of itself is in `roots.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import Ground, stamp
from shopify_assets.simulator.world import ids

if TYPE_CHECKING:
    from shopify_assets.simulator.world.spec import SimulatedShop

Json = dict[str, Any]

_PLANS = {
    "standard": "Basic",
    "advanced": "Advanced",
    "plus": "Plus",
    "enterprise": "Plus",
}


def shop(ground: Ground) -> Json:
    """The Shop."""
    spec = ground.spec
    return {
        "__typename": "Shop",
        "id": ids.gid("Shop", 0),
        "name": spec.name,
        "myshopifyDomain": spec.domain,
        "url": f"https://{spec.domain}",
        "email": f"owner@{spec.domain}",
        "contactEmail": f"hello@{spec.domain}",
        "createdAt": stamp(ground.start - 86_400 * 30),
        "updatedAt": stamp(ground.end - 86_400),
        "currencyCode": spec.currency,
        "enabledPresentmentCurrencies": [spec.currency, *spec.presentment_currencies],
        "taxesIncluded": spec.taxes_included,
        "setupRequired": False,
        "description": None,
        "orderNumberFormatPrefix": "#",
        "orderNumberFormatSuffix": "",
        **_clock(spec),
        **_plan(spec),
    }


def _clock(spec: SimulatedShop) -> Json:
    sign = -1 if spec.utc_offset.startswith("-") else 1
    hours, minutes = (int(each) for each in spec.utc_offset[1:].split(":"))
    return {
        "ianaTimezone": spec.timezone,
        "timezoneAbbreviation": "LOCAL",
        "timezoneOffset": spec.utc_offset.replace(":", ""),
        "timezoneOffsetMinutes": sign * (hours * 60 + minutes),
    }


def _plan(spec: SimulatedShop) -> Json:
    return {
        "plan": {
            "partnerDevelopment": False,
            "publicDisplayName": _PLANS[spec.plan],
            "shopifyPlus": spec.plan in {"plus", "enterprise"},
        },
        "primaryDomain": {
            "__typename": "Domain",
            "id": "gid://shopify/Domain/1",
            "host": spec.domain,
            "sslEnabled": True,
            "url": f"https://{spec.domain}",
        },
    }
