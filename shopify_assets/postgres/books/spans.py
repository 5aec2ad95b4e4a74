"""Which stretches of its history a shop has loaded, from the windows of all loads.

Charter: reading the loader's books, and nothing else. Windows overlap by design, and a
year of nights has hundreds of them: the server puts them together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, LiteralString

from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

_DAY = timedelta(days=1)

# A span begins where a window begins beyond all that began before it.
_SPANS: LiteralString = """
    WITH windows AS (
        SELECT stream, window_start AS "from", window_end AS "to",
            max(window_end) OVER (
                PARTITION BY stream ORDER BY window_start, window_end
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS reached
        FROM shopify_assets.loads
        WHERE shop = %s AND stream = ANY(%s) AND window_start < window_end
    ), numbered AS (
        SELECT stream, "from", "to",
            count(*) FILTER (WHERE reached IS NULL OR "from" > reached) OVER (
                PARTITION BY stream ORDER BY "from", "to"
            ) AS span
        FROM windows
    )
    SELECT stream, min("from"), max("to"), count(*) FROM numbered
    GROUP BY stream, span ORDER BY stream, span DESC
"""


@dataclass(frozen=True)
class Span:
    """A stretch of time without a gap.

    Attributes:
        window: from when to when.
        loads: of how many loads it is made.
    """

    window: Window
    loads: int

    @property
    def days(self) -> float:
        """Its width."""
        return self.window.seconds / _DAY.total_seconds()


def loaded_spans(
    connection: psycopg.Connection, shop: str, streams: Sequence[str]
) -> Mapping[str, tuple[Span, ...]]:
    """What of a shop's history is loaded, by stream, the newest first; one query.

    A stream of which no window was ever loaded, as a snapshot, has none.
    """
    with connection.transaction():
        rows = connection.execute(_SPANS, (shop, list(streams))).fetchall()
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for stream, begin, end, loads in rows:
        spans[stream].append(Span(Window(begin, end), loads))
    return {stream: tuple(spans[stream]) for stream in streams}
