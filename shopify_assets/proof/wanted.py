"""What is asked of a proof.

Charter: the options of a proof and their defaults; nothing that costs time to import.
"""

from __future__ import annotations

from dataclasses import dataclass

SAMPLE = 50
ROUNDS = 4
# Some 17 minutes of what the smallest plan restores; a quarter of a million orders.
MAX_POINTS = 100_000
MOST_DELETED = 0.1


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked of a proof.

    Attributes:
        sample: how many records are compared whole beside those whose turn it is.
        rounds: proofs within which every record is compared whole; 0: no record has
            its turn.
        max_points: of a stream, after which no further records have their turn.
        seed: chooses the sample; None takes another every day.
        most_deleted: fraction of a table that a repair may mark as deleted at once.
    """

    sample: int = SAMPLE
    rounds: int = ROUNDS
    max_points: int = MAX_POINTS
    seed: int | None = None
    most_deleted: float = MOST_DELETED
