"""Definitions built for simulated shops, a warehouse and a lake of the test's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from shopify_assets.defs.build import build, windows
from shopify_assets.defs.launch import Asked, Outcome, launch
from shopify_assets.settings import Settings, load_settings
from shopify_assets.simulator.demo import demo_shops, environment, shops_toml
from shopify_assets.simulator.http.server import Simulator
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shopify_assets.defs.asked import Event

EMBER, YUKI, LUMEN = (f"{name}.myshopify.com" for name in ("ember", "yuki", "lumen"))
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 5, 1, tzinfo=UTC)
HISTORY = Window(START, END)
ORDERS = 30


@dataclass(frozen=True)
class Location:
    """A code location and the instance it works on.

    Attributes:
        simulator: the shops that its shops file lists.
        settings: what it was built from.
        defs: its definitions.
        instance: where its runs are kept, in memory.
    """

    simulator: Simulator
    settings: Settings
    defs: dg.Definitions
    instance: dg.DagsterInstance

    def launch(
        self,
        shop: str = EMBER,
        *,
        streams: tuple[str, ...] = (),
        snapshots: tuple[str, ...] = (),
        named: frozenset[str] = frozenset(),
        tell: Callable[[Event], None] = lambda _: None,
    ) -> list[Outcome]:
        """Run streams of a shop as the command line does."""
        return launch(
            self.defs,
            Asked(shop, streams, snapshots, HISTORY, named=named),
            instance=self.instance,
            windows=windows(self.settings),
            tell=tell,
        )

    def metadata(self, path: str) -> dict[str, Any]:
        """The metadata of an asset's latest materialisation, such as `raw/orders`."""
        event = self.instance.get_latest_materialization_event(
            dg.AssetKey(["shopify", *path.split("/")])
        )
        assert event is not None
        assert event.asset_materialization is not None
        found = event.asset_materialization.metadata
        return {name: each.value for name, each in found.items()}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    shops = [replace(each, end=END) for each in demo_shops(3, ORDERS, start=START)]
    with Simulator(shops) as simulator:
        yield simulator


@pytest.fixture
def location(
    simulator: Simulator,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Location]:
    """A code location for the three shops of the demo."""
    shops_file = tmp_path / "shops.toml"
    entries = shops_toml(simulator.url, start_date=START.date())
    shops_file.write_text(entries, "utf-8")
    for name, value in {
        **environment(),
        "SHOPIFY_ASSETS_HOME": str(tmp_path / "state"),
        "SHOPS_FILE": str(shops_file),
        "WAREHOUSE_URL": database_url,
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    with dg.DagsterInstance.ephemeral() as instance:
        yield Location(simulator, settings, build(settings), instance)
