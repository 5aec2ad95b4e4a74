"""How much was compared, since when all was, and how sure that makes.

Charter: from a rotation's books to figures and to a line for people. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shopify_assets.postgres.books.rotations import END
from shopify_assets.proof import confidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from shopify_assets.postgres.books.rotations import Rotation, Through

TOLD = "told"
"""The figure that says in a line what was compared."""

WHOLE = "all compared"
"""The figure that says whether this proof compared every record."""


@dataclass(frozen=True, kw_only=True)
class Covered:
    """What was compared of a stream.

    Attributes:
        records: how many there are to compare.
        compared: how many were in this proof.
        in_round: how many were in this round; None if no record had its turn.
        rounds: proofs within which every record is to be compared.
        rotation: how far it has come; None if it never began.
    """

    records: int
    compared: int
    in_round: int | None
    rounds: int
    rotation: Rotation | None

    @property
    def confidence(self) -> str:
        """How sure it is that some of a thousandth of wrong records would be found."""
        compared = self.compared if self.in_round is None else self.in_round
        most = max(compared, self.compared)
        return confidence.told(records=self.records, compared=most)


def figures(found: Covered) -> dict[str, Any]:
    """What a verdict says of it, for machines, and in a line for people."""
    rotation, in_round = found.rotation, found.in_round
    numbers: dict[str, Any] = {
        "of": found.records,
        WHOLE: found.compared >= found.records,
        "0.1 % wrong found with": found.confidence,
    }
    if rotation is not None and in_round is not None:
        numbers |= {
            "round": rotation.round,
            "of the round": _per_cent(in_round, found.records),
            "round begun": _day(rotation.begun_at),
            "proofs a round": proofs_of_a_round(found),
        }
    if rotation is not None and rotation.last is not None:
        numbers["last full round"] = _through(rotation.last)
    return {**numbers, TOLD: "; ".join(_told(found))}


def partly(numbers: Mapping[str, Any]) -> bool:
    """Whether a proof with these figures compared some records and not all."""
    return numbers.get(WHOLE) is False


def proofs_of_a_round(found: Covered) -> int:
    """How many proofs a round takes, at its pace so far: more where points end them."""
    rotation = found.rotation
    passed = rotation.compared + rotation.missed if rotation else 0
    if rotation is None or not passed:
        return found.rounds
    return max(found.rounds, round(found.records * rotation.proofs / passed))


def _told(found: Covered) -> Iterator[str]:
    if found.compared >= found.records:
        yield f"all {found.records:,} records compared"
        return
    yield f"{found.compared:,} of {found.records:,} records compared now"
    rotation, in_round = found.rotation, found.in_round
    if rotation is not None and in_round is not None and rotation.position != END:
        yield (
            f"{_per_cent(in_round, found.records)} of round {rotation.round}, begun "
            f"{_day(rotation.begun_at)}, {proofs_of_a_round(found)} proofs a round"
        )
    if rotation is not None and rotation.last is not None:
        yield f"the last full round: {_through(rotation.last)}"
    yield f"0.1 % of wrong records would have been found with {found.confidence}"


def _through(last: Through) -> str:
    days = f"{_day(last.begun_at)} to {_day(last.ended_at)}"
    return f"{days}, {last.compared:,} of {last.records:,} compared"


def _day(time: datetime | None) -> str:
    return "" if time is None else f"{time:%Y-%m-%d}"


def _per_cent(part: int, whole: int) -> str:
    """Rounded down: 100 % is all of it."""
    return f"{1000 * part // whole / 10:.1f} %" if whole else "100.0 %"
