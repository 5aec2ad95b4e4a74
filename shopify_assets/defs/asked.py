"""What is asked of a shop, what is told on the way, and what became of each stream.

Charter: the words that the command line and the runs of a shop exchange, across
processes. Nothing here imports Dagster, which takes seconds.
"""

from dataclasses import dataclass, field
from enum import Enum

from shopify_assets.defs.jobs import INCREMENTAL
from shopify_assets.windows import Window


class Extent(Enum):
    """How much of the partitions is extracted."""

    WHOLE = "whole"
    INCREMENTAL = INCREMENTAL


@dataclass(frozen=True)
class Asked:
    """What to run for a shop.

    Attributes:
        shop: its domain.
        streams: names of streams cut by time.
        snapshots: names of streams read whole.
        window: which partitions of the former to take.
        extent: how much of them.
        named: streams that somebody asked for by name: not to be let read one of them
            is a failure.
        distrust: whether stored rows are compared in full, whatever digests tell.
    """

    shop: str
    streams: tuple[str, ...]
    snapshots: tuple[str, ...]
    window: Window
    extent: Extent = Extent.WHOLE
    named: frozenset[str] = frozenset()
    distrust: bool = False

    @property
    def all_streams(self) -> tuple[str, ...]:
        """The names of both kinds of streams."""
        return (*self.streams, *self.snapshots)

    @property
    def total(self) -> int:
        """How many streams these are."""
        return len(self.all_streams)


@dataclass(frozen=True)
class Outcome:
    """What became of one stream of one shop.

    Attributes:
        extracted: root records extracted.
        rows: rows of all tables that went into the warehouse or were there already.
        changed: rows inserted, updated or deleted.
        seconds: of all steps.
        checks: verdicts by name of the check; one that only warns has passed.
        failure: why a step failed; None if all is well.
        skipped: why the stream was not read, if nobody asked for it by name: a scope is
            not granted.
        remarks: what checks warn of.
    """

    shop: str
    stream: str
    extracted: int = 0
    rows: int = 0
    changed: int = 0
    seconds: float = 0.0
    checks: dict[str, bool] = field(default_factory=dict)
    failure: str | None = None
    skipped: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every step succeeded and every check passed."""
        well = self.failure is None and self.skipped is None
        return well and bool(self.checks) and all(self.checks.values())


@dataclass(frozen=True)
class Began:
    """A stream of the shop is being worked on."""

    stream: str


@dataclass(frozen=True)
class Ended:
    """A stream of the shop is done with, for good or ill."""

    outcome: Outcome


Event = Began | Ended
