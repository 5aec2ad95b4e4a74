"""Amounts as the environment writes them: per cent, hours, days.

Charter: from text to a number, or the message that names variable, value and remedy.
"""

from __future__ import annotations

from shopify_assets.errors import ConfigurationError

_ALL = 100  # per cent
_YEAR = 8760  # hours


def fraction(value: str) -> float:
    """A fraction, written as per cent.

    Raises:
        ConfigurationError: it is none.
    """
    return _up_to(_ALL, "per cent", "SHOPIFY_ASSETS_MAX_SET_ASIDE", value) / _ALL


def hours(value: str) -> float:
    """Hours, of a year at most.

    Raises:
        ConfigurationError: it is no such number.
    """
    return _up_to(_YEAR, "hours", "SHOPIFY_ASSETS_SNAPSHOT_HOURS", value)


def days(value: str) -> int:
    """Whole days, one at least.

    Raises:
        ConfigurationError: it is no such number.
    """
    if value.isdecimal() and int(value) > 0:
        return int(value)
    message = f"SHOPIFY_ASSETS_KEEP_RUNS_DAYS is {value!r}; it is a number of days"
    raise ConfigurationError(message)


def _up_to(most: int, unit: str, name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    # A comparison with "nan" is false, too.
    if not 0 <= number <= most:
        message = f"{name} is {value!r}; it is a number of {unit}, from 0 to {most}"
        raise ConfigurationError(message)
    return number
