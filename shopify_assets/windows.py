"""Windows of time: the half-open intervals [start, end) by which streams are cut.

Charter: pure arithmetic on windows and nothing else. What a window's times mean (which
replication key), how wide a partition is and where files lie is decided elsewhere; this
module imports nothing of the project but its errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from shopify_assets.errors import ConfigurationError

_SECOND = timedelta(seconds=1)
_LABEL = "%Y%m%dT%H%M%SZ"
_LABEL_LENGTH = 16


@dataclass(frozen=True, order=True)
class Window:
    """The half-open interval [start, end): whole seconds, held in UTC, never empty.

    Times of another zone are accepted and turned into UTC, so that equal windows are
    equal and have one label.

    Raises:
        ConfigurationError: a time has no zone or a fraction of a second, or the window
            is empty or reversed.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            object.__setattr__(self, name, _utc(getattr(self, name), window=self))
        if self.start >= self.end:
            message = f"window {self} is empty or reversed; start must be before end"
            raise ConfigurationError(message)

    def __str__(self) -> str:
        """`[2024-01-01T00:00:00Z, 2025-01-01T00:00:00Z)`."""
        return f"[{_text(self.start)}, {_text(self.end)})"

    @property
    def seconds(self) -> int:
        """Its width; a window of one second cannot be split."""
        return (self.end - self.start) // _SECOND

    @property
    def label(self) -> str:
        """Its name in paths and partitions: `20240101T000000Z_20250101T000000Z`."""
        # zfill: strftime does not pad years before 1000 on every system.
        times = (self.start, self.end)
        return "_".join(f"{each:{_LABEL}}".zfill(_LABEL_LENGTH) for each in times)

    @classmethod
    def from_label(cls, label: str) -> Window:
        """Return the window called `label`.

        Raises:
            ConfigurationError: `label` is not what the property `label` writes.
        """
        try:
            start, end = (
                datetime.strptime(each, _LABEL).replace(tzinfo=UTC)
                for each in label.split("_")
            )
        except ValueError as error:
            message = (
                f"window label {label!r} is not understood; it must look like "
                "20240101T000000Z_20250101T000000Z"
            )
            raise ConfigurationError(message) from error
        return cls(start, end)

    def overlaps(self, other: Window) -> bool:
        """Whether the two share at least one second."""
        return self.start < other.end and other.start < self.end

    def halves(self) -> tuple[Window, Window]:
        """Return its two halves, the earlier first; the later has the odd second.

        Raises:
            ConfigurationError: it is one second wide.
        """
        first, second = self.split(2)
        return first, second

    def split(self, parts: int) -> tuple[Window, ...]:
        """Cut it into `parts` windows whose widths differ by a second at most.

        Raises:
            ConfigurationError: `parts` is less than one, or more than its seconds.
        """
        if not 1 <= parts <= self.seconds:
            message = (
                f"window {self} cannot be cut into {parts} parts of whole seconds; "
                f"it is {self.seconds} seconds wide"
            )
            raise ConfigurationError(message)
        cuts = [
            self.start + self.seconds * each // parts * _SECOND
            for each in range(parts + 1)
        ]
        return tuple(Window(*pair) for pair in pairwise(cuts))

    def cut(self, latest: datetime) -> Window | None:
        """Return the part of it before `latest`; None if it begins then or later."""
        latest = _utc(latest.replace(microsecond=0), window=self)
        if latest <= self.start:
            return None
        return Window(self.start, min(self.end, latest))


def merge_contiguous(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return the fewest windows that cover the same seconds, in order of time."""
    merged: list[Window] = []
    for window in sorted(windows):
        if merged and window.start <= merged[-1].end:
            last = merged.pop()
            merged.append(Window(last.start, max(last.end, window.end)))
        else:
            merged.append(window)
    return tuple(merged)


def gaps(window: Window, covered: Iterable[Window]) -> tuple[Window, ...]:
    """Return the parts of `window` that no window of `covered` holds, in time's order.

    An empty answer is the proof that `covered` covers it.
    """
    found: list[Window] = []
    reached = window.start
    for each in merge_contiguous(covered):
        if reached < min(each.start, window.end):
            found.append(Window(reached, min(each.start, window.end)))
        reached = max(reached, each.end)
    if reached < window.end:
        found.append(Window(reached, window.end))
    return tuple(found)


def _utc(time: datetime, *, window: Window) -> datetime:
    if time.utcoffset() is None or time.microsecond:
        # Not str(window): that would format the very time which is refused.
        message = (
            f"window [{window.start.isoformat()}, {window.end.isoformat()}): "
            f"{time.isoformat()} must have a time zone and whole seconds"
        )
        raise ConfigurationError(message)
    return time.astimezone(UTC)


def _text(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
