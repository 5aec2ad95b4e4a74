"""Times in HTTP headers: `Date`, and the two forms of `Retry-After`.

Charter: reading what a server wrote, whatever it wrote; what cannot be a time is None.
Whether a time is believed is decided in `server_clock`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# The longest form takes 33 characters; the reader's work grows with the text.
_LONGEST = 64
# Years within which times can be compared and moved.
_YEARS = range(1970, 9999)
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{0,9})?")
# A longer wait is no statement about this request; ours are taken instead.
LONGEST_STATED = timedelta(days=1).total_seconds()


def http_date(text: str) -> datetime | None:
    """Read a date (UTC); None if it is none, or beyond what a clock can tell."""
    if len(text) > _LONGEST:
        return None
    try:
        moment = parsedate_to_datetime(text)
        # Without a zone it is meant as UTC.
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment = aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in _YEARS else None


def retry_after(text: str, now: datetime | None) -> float | None:
    """Seconds a server asks to wait, at most a day; None if it does not say.

    Args:
        text: seconds or a date, as it came.
        now: the date of the same answer: the two are of one clock, whatever it tells.
    """
    if _SECONDS.fullmatch(text.strip()):
        seconds = float(text)
    else:
        until = http_date(text)
        if until is None or now is None:
            return None
        seconds = max(0.0, (until - now).total_seconds())
    return seconds if seconds <= LONGEST_STATED else None
