"""What is asked of a proof.

Charter: the options of a proof and their defaults; nothing that costs time to import.
"""

from __future__ import annotations

from dataclasses import dataclass

SAMPLE = 50
MOST_DELETED = 0.1


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked of a proof.

    Attributes:
        sample: how many records are compared whole.
        seed: chooses them; None takes another every day.
        most_deleted: fraction of a table that a repair may mark as deleted at once.
    """

    sample: int = SAMPLE
    seed: int | None = None
    most_deleted: float = MOST_DELETED
