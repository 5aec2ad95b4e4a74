"""What is asked of a shop, what is told on the way, and what became of each stream.

Charter: the words that commands, jobs and the refresh of a shop exchange, also across
processes. Nothing here computes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shopify_assets.windows import Window

RAW, TABLES, WAREHOUSE = STEPS = ("raw", "tables", "warehouse")


class Mode(Enum):
    """Where reading begins."""

    WHOLE = "whole"  # at the start of the window, whatever is loaded
    INCREMENTAL = "incremental"  # at the watermark


@dataclass(frozen=True)
class Asked:
    """What to do for a shop.

    Attributes:
        shop: its domain.
        streams: names of its streams, in the order in which they are declared.
        window: what of the streams that are cut by time is read; None: up to now.
        mode: where reading begins.
        named: streams that somebody asked for by name: not to be let read one of them
            is a failure, and a snapshot among them is read however new it is.
        distrust: whether stored rows are compared in full, whatever digests tell.
        snapshots: whether snapshots are read that were read not long ago.
    """

    shop: str
    streams: tuple[str, ...]
    window: Window | None = None
    mode: Mode = Mode.WHOLE
    named: frozenset[str] = frozenset()
    distrust: bool = False
    snapshots: bool = True

    @property
    def total(self) -> int:
        """How many streams these are."""
        return len(self.streams)


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
        idle: why it did not have to be read: nothing is new.
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
    idle: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every step succeeded and every check passed, or nothing is new."""
        if self.failure is not None or self.skipped is not None:
            return False
        return self.idle is not None or (
            bool(self.checks) and all(self.checks.values())
        )


@dataclass(frozen=True)
class Began:
    """A stream of the shop is being worked on."""

    stream: str


@dataclass(frozen=True)
class Ended:
    """A stream of the shop is done with, for good or ill."""

    outcome: Outcome


Event = Began | Ended
