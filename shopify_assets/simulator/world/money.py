"""Money as Shopify writes it: decimal text with trimmed zeros, in two currencies.

Charter: minor units, rates and the wire forms of amounts. Sums are made of integers in
minor units, so the totals of a record are exact in both currencies.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_DECIMALS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0} | dict.fromkeys(
    ("BHD", "KWD", "JOD", "OMR", "TND"), 3
)
# What one unit is worth in US dollars, in millionths; only plausibility matters.
_WORTH = {
    "USD": 1_000_000, "EUR": 1_080_000, "GBP": 1_270_000, "JPY": 6_600,
    "KWD": 3_250_000, "CAD": 730_000, "BHD": 2_650_000, "KRW": 720,
}  # fmt: skip


def decimals(currency: str) -> int:
    """Number of decimals of the currency's minor unit."""
    return _DECIMALS.get(currency, 2)


@lru_cache(maxsize=1 << 16)
def trimmed(minor: int, currency: str) -> str:
    """The text of a Decimal: `12.5`, `20.0`, `0.0`."""
    places = decimals(currency)
    if not places:
        return f"{minor}.0"
    whole, rest = divmod(abs(minor), 10**places)
    fraction = f"{rest:0{places}d}".rstrip("0") or "0"
    return f"{'-' if minor < 0 else ''}{whole}.{fraction}"


def padded(minor: int, currency: str) -> str:
    """The text of the Money scalar, with at least two decimals: `9.90`."""
    places = decimals(currency)
    whole, rest = divmod(abs(minor), 10**places)
    fraction = f"{rest:0{places}d}" if places else ""
    return f"{'-' if minor < 0 else ''}{whole}.{fraction:0<2}"


def money(minor: int, currency: str) -> dict[str, str]:
    """A MoneyV2."""
    return {"amount": trimmed(minor, currency), "currencyCode": currency}


@dataclass(frozen=True, slots=True)
class Amount:
    """One sum of money in minor units of the shop's and of the buyer's currency."""

    shop: int
    presentment: int

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.shop + other.shop, self.presentment + other.presentment)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.shop - other.shop, self.presentment - other.presentment)

    def __mul__(self, factor: int) -> Amount:
        return Amount(self.shop * factor, self.presentment * factor)

    def share(self, part: int, whole: int) -> Amount:
        """The amount's `part` of `whole`, rounded half up in each currency."""
        if part == whole:
            return self
        half = whole // 2
        return Amount(
            (self.shop * part + half) // whole,
            (self.presentment * part + half) // whole,
        )

    def __bool__(self) -> bool:
        return self.shop != 0 or self.presentment != 0


ZERO = Amount(0, 0)


def total(amounts: list[Amount]) -> Amount:
    """The sum of `amounts`."""
    if not amounts:
        return ZERO
    return Amount(
        sum([each.shop for each in amounts]),
        sum([each.presentment for each in amounts]),
    )


@dataclass(frozen=True, slots=True)
class Till:
    """The two currencies of one order, and how its money is written."""

    shop: str
    presentment: str

    def amount(self, minor: int) -> Amount:
        """Convert a sum in minor units of the shop's currency."""
        if self.shop == self.presentment:
            return Amount(minor, minor)
        top = minor * _worth(self.shop) * 10 ** decimals(self.presentment)
        bottom = _worth(self.presentment) * 10 ** decimals(self.shop)
        return Amount(minor, (top + bottom // 2) // bottom)

    def bag(self, amount: Amount) -> dict[str, Any]:
        """A MoneyBag."""
        paid = money(amount.shop, self.shop)
        if self.shop == self.presentment:
            return {"shopMoney": paid, "presentmentMoney": paid}
        seen = money(amount.presentment, self.presentment)
        return {"shopMoney": paid, "presentmentMoney": seen}


def _worth(currency: str) -> int:
    return _WORTH.get(currency, 1_000_000)


def local(us_cents: int, currency: str) -> int:
    """A price given in US cents, in minor units of `currency`."""
    return max(1, Till("USD", currency).amount(us_cents).presentment)
