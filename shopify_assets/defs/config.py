"""Configuration of runs: typed, with what each field means, for the launchpad.

Charter: from what people write to what is asked of a shop. Nothing that decides where
secrets are sent is configured by a run, and no variable of the environment is read by
one: its value would stand in the first message that quotes it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from dagster import BoolSource, IntSource, StringSource
from pydantic import Field

from shopify_assets.errors import ConfigurationError
from shopify_assets.proof.wanted import (
    MAX_POINTS,
    MOST_DELETED,
    ROUNDS,
    SAMPLE,
    Wanted,
)
from shopify_assets.refresh.asked import Asked, Mode
from shopify_assets.windows import Window

# The launchpad shows what has a default other than None: this is to be seen there.
_UNSET = ""
_STREAMS = "Names of streams, such as orders. None: all that the shop extracts."
_NAMED = "Whether a stream that may not be read is a failure; else it is skipped."

# Dagster lets `{env: NAME}` stand where a class says str, int or bool. These do not.
_PLAIN = {StringSource: dg.String, IntSource: dg.Int, BoolSource: dg.Bool}


def schema_of(config: type[dg.Config]) -> dict[str, dg.Field]:
    """The schema of a class of configuration, whose values are as they are written."""
    fields = config.to_fields_dict()
    return {name: _plain(field) for name, field in fields.items()}


def _plain(field: dg.Field) -> dg.Field:
    default = {"default_value": field.default_value} if field.default_provided else {}
    return dg.Field(
        _plain_type(field.config_type),
        is_required=field.is_required,
        description=field.description,
        **default,
    )


def _plain_type(written: Any) -> Any:
    if isinstance(written, dg.Noneable):
        return dg.Noneable(_plain_type(written.inner_type))
    if isinstance(written, dg.Array):
        return dg.Array(_plain_type(written.inner_type))
    return _PLAIN.get(written, written)


class Load(dg.Config):
    """What of a shop is loaded: a window of its history, or what is new."""

    start: str | None = Field(
        default=_UNSET,
        description=(
            "Begin of the window, a day or a time of ISO 8601 (UTC if it names no "
            "zone), such as 2024-01-01. Empty: go on from each stream's watermark; a "
            "stream that was never loaded begins at the shop's start_date."
        ),
    )
    end: str | None = Field(
        default=_UNSET,
        description="End of the window, which it does not hold. Empty: now.",
    )
    distrust: bool = Field(
        default=False,
        description="Compare all stored rows in full, instead of by their digests.",
    )

    def asked(self, shop: str, streams: Sequence[str], *, now: datetime) -> Asked:
        """What is asked of a shop.

        Raises:
            ConfigurationError: a time is none, or the window is empty.
        """
        if self.end and not self.start:
            message = f"end is {self.end!r} and start is not set; set both, or none"
            raise ConfigurationError(message)
        return Asked(
            shop=shop,
            streams=tuple(streams),
            window=window(self.start, self.end, now=now) if self.start else None,
            mode=Mode.WHOLE if self.start else Mode.INCREMENTAL,
            distrust=self.distrust,
        )


class Backfill(dg.Config):
    """History of a shop: every record of a window, whatever is loaded of it."""

    streams: list[str] = Field(default=[], description=_STREAMS)
    start: str | None = Field(
        default=_UNSET,
        description=(
            "Begin of the window, a day or a time of ISO 8601 (UTC if it names no "
            "zone). Empty: the shop's start_date."
        ),
    )
    end: str | None = Field(
        default=_UNSET,
        description="End of the window, which it does not hold. Empty: now.",
    )
    distrust: bool = Field(
        default=False,
        description="Compare all stored rows in full, instead of by their digests.",
    )
    named: bool = Field(default=False, description=_NAMED)


class Sync(dg.Config):
    """What changed in a shop since it was loaded."""

    streams: list[str] = Field(default=[], description=_STREAMS)
    snapshots: bool = Field(
        default=False,
        description="Read snapshots again that were read not long ago.",
    )
    named: bool = Field(default=False, description=_NAMED)


class Verify(dg.Config):
    """Whether every row of a shop is there."""

    streams: list[str] = Field(default=[], description=_STREAMS)
    repair: bool = Field(
        default=False, description="Fetch what is missing, and prove again."
    )
    sample: int = Field(
        default=SAMPLE,
        ge=0,
        description="Records a stream compared whole beside those whose turn it is.",
    )
    rounds: int = Field(
        default=ROUNDS,
        ge=0,
        description="Proofs within which every record has its turn; 0: none has.",
    )
    max_points: int = Field(
        default=MAX_POINTS,
        ge=1,
        description="Points a stream after which no further record has its turn.",
    )
    seed: int | None = Field(
        default=None, description="Chooses the sample; None: another every day."
    )
    most_deleted: float = Field(
        default=MOST_DELETED,
        ge=0,
        le=1,
        description="Fraction of a table that a repair may mark as deleted at once.",
    )

    def wanted(self) -> Wanted:
        """What is asked of a proof."""
        return Wanted(
            sample=self.sample,
            rounds=self.rounds,
            max_points=self.max_points,
            seed=self.seed,
            most_deleted=self.most_deleted,
        )


def window(start: str, end: str | None, *, now: datetime) -> Window:
    """The window between two times.

    Raises:
        ConfigurationError: a time is none, or the window is empty.
    """
    return Window(_time("start", start), _time("end", end) if end else now)


def _time(name: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{name} is {text!r}, which is no day or time; write 2024-01-31"
        raise ConfigurationError(message) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
