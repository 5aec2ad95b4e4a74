"""Decimal text: which texts PostgreSQL's numeric takes, and what they say.

Charter: reads one text exactly, as PostgreSQL does, digits and scale; pure, and without
any other module of the project. How a column is checked is `normalize`'s business, how
a value travels `postgres`'.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# PostgreSQL's own limits.
MOST_BEFORE_POINT = 131_072
MOST_AFTER_POINT = 16_383

NOT_NUMBERS = {
    "nan": "NaN",
    "inf": "Infinity",
    "+inf": "Infinity",
    "infinity": "Infinity",
    "+infinity": "Infinity",
    "-inf": "-Infinity",
    "-infinity": "-Infinity",
}

# What every server takes since 15; later ones read `0x1F` and `1_000` as well.
_FORM = re.compile(
    r"(?P<sign>[+-]?)(?=\.?[0-9])(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]*))?"
    r"(?:[eE](?P<exponent>[+-]?[0-9]+))?"
)
_SPACE = " \t\n\v\f\r"
_EXPONENT = 2**30  # beyond, PostgreSQL says so before it looks at the digits
_DIGITS_OF_EXPONENT = 10


@dataclass(frozen=True)
class Number:
    """A decimal number: `digits` times ten to the power of -`places`.

    Attributes:
        negative: whether it is below zero; a zero may be, and PostgreSQL drops that.
        digits: without leading zeros; empty for zero.
        places: where the point stands, counted from the end; less than zero for a
            number that ends in zeros which were not written.
    """

    negative: bool
    digits: str
    places: int

    @property
    def scale(self) -> int:
        """How many decimals it is shown with."""
        return max(0, self.places)


def read(text: str) -> Number | str:
    """Read a text; what is no number is returned as PostgreSQL writes it.

    Raises:
        ValueError: PostgreSQL's numeric cannot hold it; the message says why.
    """
    text = text.strip(_SPACE)
    special = NOT_NUMBERS.get(text.lower())
    if special is not None:
        return special
    written = _FORM.fullmatch(text)
    if written is None:
        raise ValueError("it must look like 12.50")
    fraction = written["fraction"] or ""
    digits = (written["whole"] + fraction).lstrip("0")
    places = len(fraction) - _exponent(written["exponent"] or "0")
    if places > MOST_AFTER_POINT:
        raise ValueError(f"it has more than {MOST_AFTER_POINT:,} decimals")
    if digits and len(digits) - places > MOST_BEFORE_POINT:
        raise ValueError(
            f"it has more than {MOST_BEFORE_POINT:,} digits before the point"
        )
    return Number(written["sign"] == "-", digits, places)


def _exponent(text: str) -> int:
    sign = "-" if text.startswith("-") else ""
    digits = text.lstrip("+-").lstrip("0") or "0"
    if len(digits) > _DIGITS_OF_EXPONENT or int(digits) >= _EXPONENT:
        raise ValueError("its exponent is too large")
    return int(sign + digits)
