"""Decimal text in the form PostgreSQL's numeric has on the wire.

Charter: from columns of decimal text to Arrow columns of bytes that binary COPY passes
on as they are. Most values are put together from tables, for all of a frame at once;
the others are made one by one. Which texts there may be, `decimals` says.

The form: four 16-bit numbers (how many digits follow, the weight of the first one, the
sign, the scale), then digits to the base of 10,000, all big-endian. The server drops
digits that are zero at either end.
"""

from __future__ import annotations

import struct
from itertools import accumulate
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from shopify_assets import decimals

if TYPE_CHECKING:
    from collections.abc import Sequence

_BASE = 10_000
_WIDTH = 4  # decimal digits of one digit to that base
_POSITIVE, _NEGATIVE = 0x0000, 0x4000
_NOT_NUMBERS = {"NaN": 0xC000, "Infinity": 0xD000, "-Infinity": 0xF000}
_HEAD = ">HhHh"

# The quick way: four digits for every value, put together from tables.
_DIGITS = 4
_BYTES = 16
_PLAIN = r"^-?[0-9]{1,18}$"  # its point removed, it fits 64 bits
_SCALES = 256
_HEADS = pa.array(
    [
        struct.pack(_HEAD, _DIGITS, _DIGITS - 1 - -(-scale // _WIDTH), sign, scale)
        for sign in (_POSITIVE, _NEGATIVE)
        for scale in range(_SCALES)
    ]
)
_FORMS_OF_DIGITS = pa.array([struct.pack(">h", digit) for digit in range(_BASE)])
# What makes whole digits of a number with so many decimals, modulo four; and below
# which amount there are four digits then.
_FACTORS = pa.array([1, 1_000, 100, 10])
_LIMITS = pa.array([_BASE**_DIGITS // factor for factor in (1, 1_000, 100, 10)])


def on_the_wire(columns: Sequence[pl.Series]) -> list[pa.Array]:
    """Turn columns of decimal text into columns of bytes; a null stays one.

    Raises:
        ValueError: a text is none that PostgreSQL's numeric takes.
    """
    newest = pl.CompatLevel.newest()
    # One look at all columns: amounts recur within them, and from one to the next.
    stacked = pa.concat_arrays(each.to_arrow(compat_level=newest) for each in columns)
    recurring = stacked.dictionary_encode()
    forms = _forms(recurring.dictionary.cast(pa.string()))
    starts = accumulate((len(each) for each in columns), initial=0)
    return [
        forms.take(recurring.indices.slice(start, len(each)))
        for start, each in zip(starts, columns, strict=False)
    ]


def _forms(texts: pa.Array) -> pa.Array:
    """The forms of texts, of which none is null."""
    point = pc.find_substring(texts, ".")
    decimals_shown = pc.subtract(pc.subtract(pc.binary_length(texts), point), 1)
    scale = pc.if_else(pc.less(point, 0), 0, decimals_shown)
    without_point = pc.replace_substring(texts, ".", "", max_replacements=1)
    plain = pc.match_substring_regex(without_point, _PLAIN)
    quick = pc.and_(plain, pc.less(scale, _SCALES))
    unscaled = pc.if_else(quick, without_point, "0").cast(pa.int64())
    scale = pc.if_else(quick, scale, 0)
    missing = pc.bit_wise_and(scale, _WIDTH - 1)
    amount = pc.abs(unscaled)
    quick = pc.and_(quick, pc.less(amount, _LIMITS.take(missing)))
    amount = pc.multiply(pc.if_else(quick, amount, 0), _FACTORS.take(missing))
    signs = pc.less(unscaled, 0).cast(pa.int32())
    head = _HEADS.take(pc.add(pc.multiply(signs, _SCALES), scale))
    forms = pc.binary_join_element_wise(head, *_digits(amount), b"")
    if pc.all(quick).as_py():
        return forms.cast(pa.binary(_BYTES))  # of one length: they travel faster
    return _with_slow(forms, texts, quick)


def _digits(amount: pa.Array) -> list[pa.Array]:
    """The forms of an amount's four digits, the first one first."""
    found: list[pa.Array] = []
    for _ in range(_DIGITS):
        higher = pc.divide(amount, _BASE)
        digit = pc.subtract(amount, pc.multiply(higher, _BASE))
        found.insert(0, _FORMS_OF_DIGITS.take(digit))
        amount = higher
    return found


def _with_slow(forms: pa.Array, texts: pa.Array, quick: pa.Array) -> pa.Array:
    slow = pc.invert(quick)
    made = [form(text) for text in texts.filter(slow).to_pylist()]
    return pc.replace_with_mask(forms, slow, pa.array(made, pa.binary()))


def form(text: str) -> bytes:
    """Make the form of one text, whatever its length.

    Raises:
        ValueError: PostgreSQL's numeric does not take it.
    """
    number = decimals.read(text)
    if isinstance(number, str):
        return struct.pack(_HEAD, 0, 0, _NOT_NUMBERS[number], 0)
    if not number.digits:
        return struct.pack(_HEAD, 0, 0, _POSITIVE, number.scale)
    after = number.scale + -number.scale % _WIDTH
    written = number.digits + "0" * (after - number.places)
    written = "0" * (-len(written) % _WIDTH) + written
    starts = range(0, len(written), _WIDTH)
    digits = [int(written[start : start + _WIDTH]) for start in starts]
    weight = len(digits) - after // _WIDTH - 1
    sign = _NEGATIVE if number.negative else _POSITIVE
    return struct.pack(
        f"{_HEAD}{len(digits)}h", len(digits), weight, sign, number.scale, *digits
    )
