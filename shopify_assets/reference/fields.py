"""The page of fields: what each stream could read of its types and does not, and why.

Charter: `unselected`, told to people. A record that several streams read is told once,
at the stream that reads most of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.reference.markdown import code, codes, joined, table
from shopify_assets.reference.streams import compiled
from shopify_assets.reference.unselected import home_of, unselected
from shopify_assets.streams.fields import KEPT, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shopify_assets.reference.unselected import Unselected

_MEANING = """
Every field that a query could read of the types below is selected, or stands here with
its reason. A record that several streams read stands once, at the stream that reads
most of it: an order's customer is told at `customers`. Fields that are not here are
columns.
""".strip()


def fields() -> str:
    """Render the page."""
    shown = [field for field in unselected() if field.stream == home_of(field)]
    by_stream = groupby(shown, key=lambda field: field.stream)
    return joined(
        (
            "# Fields that are not selected",
            f"Admin API {PINNED_VERSION}. {_MEANING}",
            _rules(shown),
            _kept(),
            *(_section(stream, left_out) for stream, left_out in by_stream),
            _complete({field.stream for field in shown}),
        )
    )


def _rules(shown: Iterable[Unselected]) -> str:
    counts = Counter(field.kind for field in shown)
    rows = ((kind.value, str(counts[kind])) for kind in Kind if counts[kind])
    return joined(("## Rules", table(("why", "fields"), rows)))


def _kept() -> str:
    rows = ((code(f"{owner}.{name}"), why) for (owner, name), why in KEPT.items())
    return joined(
        ("## Deprecated, and selected all the same", table(("field", "why"), rows))
    )


def _section(stream: str, left_out: Iterable[Unselected]) -> str:
    by_reason: dict[tuple[str, str], list[str]] = defaultdict(list)
    for unread in left_out:
        by_reason[unread.type, unread.why].append(unread.field)
    rows = (
        (code(type_), codes(names), why) for (type_, why), names in by_reason.items()
    )
    return joined((f"## {stream}", table(("type", "fields", "why"), rows)))


def _complete(listed: set[str]) -> str:
    whole = [stream.name for stream in compiled() if stream.name not in listed]
    text = f"Of what these streams read, no field is left: {codes(whole)}."
    return joined(("## Nothing left", text)) if whole else ""
