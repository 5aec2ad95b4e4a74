"""Amounts as the environment writes them: per cent, hours, days, seconds, sizes.

Charter: from text to a number, or the message that names variable, value and remedy.
"""

from __future__ import annotations

import re

from shopify_assets.errors import ConfigurationError

_ALL = 100  # per cent
_YEAR = 8760  # hours
_DAY = 86_400  # seconds


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


def size(name: str, value: str, *, most: int) -> int:
    """Bytes, written as `64MB`, `1.5GiB` or a plain number; one at least.

    Raises:
        ConfigurationError: it is no such size, or more than `most`.
    """
    written = _SIZE.fullmatch(value.strip())
    number = float(written[1]) * _UNITS[written[2].upper()] if written else 0
    if 1 <= number <= most:
        return int(number)
    message = (
        f"{name} is {value!r}; it is a size such as 64MB (units: B, KB, MB, GB, TB, "
        f"and KiB, MiB, GiB, TiB), of {shown_size(most)} at most"
    )
    raise ConfigurationError(message)


def seconds(name: str, value: str) -> float:
    """Seconds, of a day at most.

    Raises:
        ConfigurationError: it is no such number.
    """
    number = _up_to(_DAY, "seconds", name, value)
    if number > 0:
        return number
    raise ConfigurationError(
        f"{name} is {value!r}; it is to be more than no seconds at all"
    )


def shown_size(size: int) -> str:
    """A size as it may be written, such as `64MB`."""
    for unit in ("TB", "GB", "MB", "KB"):
        if size >= _UNITS[unit]:
            return f"{size / _UNITS[unit]:.4g}{unit}"
    return f"{size}B"


_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?) ?((?:[KMGT]i?)?B|)", re.IGNORECASE)
_UNITS = {
    "": 1,
    "B": 1,
    **{f"{letter}B": 1000**power for power, letter in enumerate("KMGT", 1)},
    **{f"{letter}IB": 1024**power for power, letter in enumerate("KMGT", 1)},
}
