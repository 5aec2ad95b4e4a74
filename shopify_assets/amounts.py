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
    try:
        per_cent = float(value)
    except ValueError:
        per_cent = -1.0
    if not 0 <= per_cent <= _ALL:
        message = (
            f"SHOPIFY_ASSETS_MAX_SET_ASIDE is {value!r}; it is a number of per cent, "
            "from 0 to 100"
        )
        raise ConfigurationError(message)
    return per_cent / _ALL


def hours(value: str) -> float:
    """Hours, of a year at most.

    Raises:
        ConfigurationError: it is no such number.
    """
    try:
        found = float(value)
    except ValueError:
        found = -1.0
    if not 0 <= found <= _YEAR:
        message = (
            f"SHOPIFY_ASSETS_SNAPSHOT_HOURS is {value!r}; it is a number of hours, "
            f"from 0 to {_YEAR}"
        )
        raise ConfigurationError(message)
    return found


def days(value: str) -> int:
    """Whole days, one at least.

    Raises:
        ConfigurationError: it is no such number.
    """
    if value.isdecimal() and int(value) > 0:
        return int(value)
    message = f"SHOPIFY_ASSETS_KEEP_RUNS_DAYS is {value!r}; it is a number of days"
    raise ConfigurationError(message)
