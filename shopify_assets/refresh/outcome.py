"""What became of a stream, in figures and words, from what its steps did.

Charter: pure. Results of checks are made elsewhere and given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.refresh.asked import Outcome

if TYPE_CHECKING:
    from shopify_assets.refresh.asked import Asked
    from shopify_assets.refresh.stream import Taken


def outcome_of(taken: Taken, asked: Asked) -> Outcome:
    """The outcome of a stream that was taken."""
    extracted = taken.extracted.manifest if taken.extracted else None
    loaded, normalized = taken.loaded or [], taken.normalized or []
    denied = str(taken.denied) if taken.denied is not None else None
    named = taken.name in asked.named
    return Outcome(
        shop=asked.shop,
        stream=taken.name,
        extracted=extracted.roots if extracted else 0,
        rows=sum(load.rows for load in loaded),
        changed=sum(load.changed for load in loaded),
        seconds=sum(
            (
                extracted.spent.seconds if extracted else 0.0,
                *(each.seconds for each in normalized),
                *(load.seconds for load in loaded),
            )
        ),
        failure=taken.reason or (denied if named else None),
        skipped=None if named else denied,
    )
