"""Definitions built for simulated shops, a warehouse and a lake of the test's own."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from shopify_assets.defs.build import build
from shopify_assets.defs.launch import create, execute, failure_of
from shopify_assets.defs.names import BACKFILL_JOB, COMMAND, TRIGGER_TAG
from shopify_assets.proof.verdicts import StreamProof
from shopify_assets.refresh.asked import Ended, Outcome
from shopify_assets.settings import Settings, load_settings
from shopify_assets.simulator.demo import demo_shops, environment, shops_toml
from shopify_assets.simulator.http.server import Simulator
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shopify_assets.refresh.asked import Event

EMBER, YUKI, LUMEN = (f"{name}.myshopify.com" for name in ("ember", "yuki", "lumen"))
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 5, 1, tzinfo=UTC)
HISTORY = Window(START, END)
ORDERS = 30


@dataclass(frozen=True)
class Ran:
    """A run that is over.

    Attributes:
        run: as the instance has it.
        events: what was told of it.
        news: what became of its streams, in the order in which it was told.
    """

    run: dg.DagsterRun
    events: list[dg.DagsterEvent]
    news: list[Any] = field(default_factory=list)

    @property
    def failure(self) -> str | None:
        """Why it failed, as a person reads it first."""
        return failure_of(self.events)

    @property
    def proofs(self) -> dict[str, StreamProof]:
        """The proofs that were made, by stream."""
        return {
            proof.stream: proof for proof in self.news if isinstance(proof, StreamProof)
        }

    def checks(self) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
        """The evaluations of checks, by the asset's name and the check's."""
        found = (
            event.asset_check_evaluation_data
            for event in self.events
            if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
        )
        return {(it.asset_key.path[-1], it.check_name): it for it in found}


@contextmanager
def listening() -> Iterator[list[Any]]:
    """Hear what a run tells a command in its process."""
    told: list[Any] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if (news := getattr(record, "news", None)) is not None:
                told.append(news)

    listener, logger = Listener(), logging.getLogger("shopify_assets.progress")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(listener)
    try:
        yield told
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)


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
        named: bool = False,
        tell: Callable[[Event], None] = lambda _: None,
    ) -> list[Outcome]:
        """Backfill streams of a shop as the command line does, in their order."""
        ran = self.run(
            BACKFILL_JOB,
            shop,
            streams=list(streams),
            start=START.isoformat(),
            end=END.isoformat(),
            named=named,
        )
        for event in ran.news:
            tell(event)
        outcomes = {
            event.outcome.stream: event.outcome
            for event in ran.news
            if isinstance(event, Ended)
        }
        return [outcomes[stream] for stream in streams]

    def run(self, job: str, shop: str = EMBER, **config: Any) -> Ran:
        """Run a job for a shop as a command does."""
        definition = self.defs.resolve_job_def(job)
        tags = {TRIGGER_TAG: COMMAND}
        with listening() as told:
            run = create(definition, shop, config, instance=self.instance, tags=tags)
            events = execute(definition, run, instance=self.instance)
        ended = self.instance.get_run_by_id(run.run_id)
        assert ended is not None
        return Ran(ended, events, told)

    def metadata(self, name: str) -> dict[str, Any]:
        """The metadata of an asset's latest materialisation, such as `orders_raw`."""
        event = self.instance.get_latest_materialization_event(
            dg.AssetKey(["shopify", name])
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
