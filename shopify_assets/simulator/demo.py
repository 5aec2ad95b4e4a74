"""Three shops to show everything on, and the settings that reach them.

Charter: the demo's declarations. One shop for each way to authenticate.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shopify_assets.simulator.world.spec import SimulatedShop

if TYPE_CHECKING:
    from datetime import date, datetime

EMBER = SimulatedShop(
    domain="ember.myshopify.com",
    currency="USD",
    seed=11,
    access_token="shpat_ember_simulated",  # noqa: S106 -- opens a simulation only
)
YUKI = SimulatedShop(
    domain="yuki.myshopify.com",
    currency="JPY",
    seed=22,
    timezone="Asia/Tokyo",
    utc_offset="+09:00",
    taxes_included=True,
    plan="plus",
    access_token="shpat_yuki_simulated",  # noqa: S106 -- opens a simulation only
    client_id="yuki-app",
    client_secret="shpss_yuki_simulated",  # noqa: S106 -- opens a simulation only
)
LUMEN = SimulatedShop(
    domain="lumen.myshopify.com",
    currency="EUR",
    presentment_currencies=("USD", "GBP", "KWD"),
    seed=33,
    timezone="Europe/Berlin",
    utc_offset="+01:00",
    taxes_included=True,
    access_token="shpat_lumen_simulated",  # noqa: S106 -- opens a simulation only
    client_id="lumen-app",
    client_secret="shpss_lumen_simulated",  # noqa: S106 -- opens a simulation only
    refresh_token="shprt_lumen_simulated",  # noqa: S106 -- opens a simulation only
)
DEMO_SHOPS = (EMBER, YUKI, LUMEN)

_ENVIRONMENT = {
    "EMBER_ACCESS_TOKEN": EMBER.access_token,
    "YUKI_CLIENT_ID": YUKI.client_id,
    "YUKI_CLIENT_SECRET": YUKI.client_secret,
    "LUMEN_CLIENT_ID": LUMEN.client_id,
    "LUMEN_CLIENT_SECRET": LUMEN.client_secret,
    "LUMEN_REFRESH_TOKEN": LUMEN.refresh_token,
}
_TOML = """\
[[shops]]
domain = "ember.myshopify.com"
base_url = "{url}/shops/ember.myshopify.com"
access_token_env = "EMBER_ACCESS_TOKEN"

[[shops]]
domain = "yuki.myshopify.com"
base_url = "{url}/shops/yuki.myshopify.com"
client_id_env = "YUKI_CLIENT_ID"
client_secret_env = "YUKI_CLIENT_SECRET"

[[shops]]
domain = "lumen.myshopify.com"
base_url = "{url}/shops/lumen.myshopify.com"
client_id_env = "LUMEN_CLIENT_ID"
client_secret_env = "LUMEN_CLIENT_SECRET"
refresh_token_env = "LUMEN_REFRESH_TOKEN"
"""


def demo_shops(
    count: int, orders: int, *, start: datetime | None = None
) -> tuple[SimulatedShop, ...]:
    """The first shops of the demo, with so many orders each; more are made up."""
    further = (
        replace(EMBER, domain=f"shop-{number}.myshopify.com", seed=100 + number)
        for number in range(4, count + 1)
    )
    shops = (*DEMO_SHOPS, *further)[:count]
    return tuple(replace(shop, orders=orders, start=start) for shop in shops)


def shops_toml(simulator_url: str, *, start_date: date | None = None) -> str:
    """The `[[shops]]` entries that reach the demo shops, with their first day."""
    entries = _TOML.format(url=simulator_url)
    if start_date is None:
        return entries
    return entries.replace("[[shops]]\n", f"[[shops]]\nstart_date = {start_date}\n")


def environment() -> dict[str, str]:
    """The secrets those entries name, as environment variables."""
    return dict(_ENVIRONMENT)
