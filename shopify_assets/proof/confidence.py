"""With what confidence wrong records would have been found by those compared.

Charter: the formula, and how its result is told. Pure.
"""

from __future__ import annotations

from math import exp, floor, log1p

SHARE = 0.001
"""The share of wrong records that a verdict speaks of."""

_MOST = 99.9  # per cent that is told where not all was compared


def confidence(*, records: int, compared: int, share: float = SHARE) -> float:
    """The probability that at least one wrong record is among those compared.

    Of N records K = max(1, ⌊share · N⌋) are wrong, anywhere; n are compared, none
    twice. All of the n are right with the hypergeometric probability

        C(N - K, n) / C(N, n) = ∏ (1 - n / (N - i)) for i = 0 … K - 1,

    so that at least one is wrong with 1 less that. It holds if it is by chance which
    records are compared, or which ones are wrong.

    Args:
        records: N.
        compared: n, of them.
        share: of wrong records.
    """
    wrong = max(1, floor(records * share))
    if compared >= records or compared > records - wrong:
        return 1.0
    unseen = sum(log1p(-compared / (records - number)) for number in range(wrong))
    return 1 - exp(unseen)


def told(*, records: int, compared: int) -> str:
    """The confidence in per cent, rounded down: `100 %` only if all were compared."""
    if compared >= records:
        return "100 %"
    per_cent = 100 * confidence(records=records, compared=compared)
    return f"{min(_MOST, floor(per_cent * 10) / 10):.1f} %"
