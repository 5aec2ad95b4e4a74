"""What a command asks of one shop: a run of a job.

Charter: the words that a command and the process of a shop exchange, and the module
that is loaded once for the processes of all shops.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Loaded once, in the process that the processes of the shops are copies of. Polars is
# not among what it loads: it has threads from the first moment on, which no copy has.
PRELOADED = "shopify_assets.cli.preloaded"


@dataclass(frozen=True)
class Task:
    """A run of a job for a shop.

    Attributes:
        job: the job's name.
        shop: the shop's domain.
        streams: names of the streams that are asked for.
        config: configuration of the job's op.
    """

    job: str
    shop: str
    streams: tuple[str, ...]
    config: Mapping[str, Any]

    @property
    def total(self) -> int:
        """How many streams these are."""
        return len(self.streams)


@dataclass(frozen=True)
class Line:
    """A line of progress; an urgent one is shown whatever the command was asked."""

    text: str
    urgent: bool


@dataclass(frozen=True)
class Done:
    """The run is over; why it failed as a whole, or None."""

    failure: str | None
