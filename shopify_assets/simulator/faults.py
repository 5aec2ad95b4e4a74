"""What can go wrong between a client and Shopify, to be armed by tests.

Charter: the kinds of fault and the rule when an armed one fires. Each kind is carried
out where it happens: `app.py`, `downloads.py`, `store.py` or `bulk.py`.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

YEAR = 365 * 86_400.0


class Kind(StrEnum):
    """The kinds of fault."""

    THROTTLED = "throttled"
    HTTP_STATUS = "http_status"
    RESET = "reset"
    STALL = "stall"
    HTML = "html"
    TRUNCATED_JSON = "truncated_json"
    INTERNAL_ERROR = "internal_error"
    STRANGE_ERROR = "strange_error"
    NO_DATA = "no_data"
    MAX_COST = "max_cost"
    HIDDEN_FIELD = "hidden_field"
    NULL_NODES = "null_nodes"
    NULL_ROOT = "null_root"
    HALF_SURROGATE = "half_surrogate"
    INVALID_UTF8 = "invalid_utf8"
    EDITED = "edited"
    REVOKED = "revoked"
    MISSING_SCOPE = "missing_scope"
    FALLEN_FORWARD = "fallen_forward"
    DEPRECATED = "deprecated"
    DOWNLOAD_TRUNCATED = "download_truncated"
    DOWNLOAD_RESET = "download_reset"
    DOWNLOAD_EXPIRED = "download_expired"
    BULK_STUCK = "bulk_stuck"
    BULK_FAILED = "bulk_failed"
    BULK_CANCELED = "bulk_canceled"
    BULK_EXPIRED = "bulk_expired"
    BULK_COUNTS = "bulk_counts"
    BULK_EDITED = "bulk_edited"
    GRANT_LOST = "grant_lost"
    GRANT_EDITED = "grant_edited"
    CLOCK = "clock"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault, armed for a shop.

    Attributes:
        kind: what goes wrong.
        times: how often it fires; None for ever.
        skip: how many fitting occasions pass unharmed first.
        every: once it has fired, so many occasions later it does so again.
        match: text the query must contain (the URL, for downloads; the kind of grant,
            for tokens); empty fits all.
        status: HTTP status, for `http_status`.
        retry_after: the Retry-After header, if any.
        seconds: how long a stall lasts.
        error_code: the bulk operation's error code.
        partial: whether a failed bulk operation leaves partial data.
        counter: which of a bulk operation's counters is wrong.
        scope: the scope that is missing.
        version: the version an expired one fell forward to.
        reason: what a query is told to have used that is deprecated.
        message: the message of a strange error, which has no code unless `code` is one.
        code: the code of a strange error; `text` lets the message stand alone.
        most: the points one query may ask for, below what the rules say.
        owner: the type a field is hidden on.
        field: the field that is hidden, or whose texts are spoilt; of what is null, the
            keys that lead to it in the answer, joined by dots.
        ahead: seconds by which the header Date of an answer is ahead; below 0: behind.
        date: what that header says instead; empty: it is missing.
        edits: regular expressions, each with what is put in place of what it matches,
            in an answer, a grant or the lines of a bulk operation's file.
    """

    kind: Kind
    times: int | None = 1
    skip: int = 0
    every: int = 1
    match: str = ""
    status: int = 503
    retry_after: str | None = None
    seconds: float = 30.0
    error_code: str = "INTERNAL_SERVER_ERROR"
    partial: bool = True
    counter: str = "objectCount"
    scope: str = "read_orders"
    version: str = "2027-01"
    reason: str = "Shop.products, Shop.orders"
    message: str = "Timeout"
    code: str = ""
    most: int = 300
    owner: str = "DraftOrder"
    field: str = "draftOrders"
    ahead: float = 0.0
    date: str | None = None
    edits: tuple[tuple[str, str], ...] = ((r"\d{4}-\d\d-\d\dT", "no time "),)

    def edited(self, data: bytes) -> bytes:
        """What is served in place of `data`."""
        for pattern, put in self.edits:
            data = re.sub(pattern.encode(), put.encode(), data, flags=re.MULTILINE)
        return data


FAULTS: tuple[Fault, ...] = (
    Fault(kind=Kind.THROTTLED),
    Fault(kind=Kind.HTTP_STATUS, status=429, retry_after="1.0"),
    Fault(kind=Kind.HTTP_STATUS, status=500),
    Fault(kind=Kind.HTTP_STATUS, status=502),
    Fault(kind=Kind.HTTP_STATUS, status=503),
    Fault(kind=Kind.HTTP_STATUS, status=504),
    Fault(kind=Kind.HTTP_STATUS, status=402),
    Fault(kind=Kind.HTTP_STATUS, status=403),
    Fault(kind=Kind.HTTP_STATUS, status=423),
    Fault(kind=Kind.HTTP_STATUS, status=430),
    Fault(kind=Kind.RESET),
    Fault(kind=Kind.STALL),
    Fault(kind=Kind.HTML),
    Fault(kind=Kind.TRUNCATED_JSON),
    Fault(kind=Kind.INTERNAL_ERROR),
    Fault(kind=Kind.STRANGE_ERROR),
    Fault(kind=Kind.STRANGE_ERROR, message="Throttled"),
    Fault(kind=Kind.STRANGE_ERROR, message="Throttled", code="text"),
    Fault(kind=Kind.STRANGE_ERROR, message="Sorry", code="SERVICE_UNAVAILABLE"),
    Fault(kind=Kind.NO_DATA),
    Fault(kind=Kind.MAX_COST),
    Fault(kind=Kind.HIDDEN_FIELD, field="taxExempt"),
    Fault(kind=Kind.NULL_NODES),
    Fault(kind=Kind.NULL_ROOT),
    Fault(kind=Kind.HALF_SURROGATE, field="name"),
    Fault(kind=Kind.INVALID_UTF8, field="name"),
    Fault(kind=Kind.EDITED, edits=(('"id"', '"key"'),)),
    Fault(kind=Kind.REVOKED),
    Fault(kind=Kind.MISSING_SCOPE),
    Fault(kind=Kind.FALLEN_FORWARD),
    Fault(kind=Kind.DEPRECATED),
    Fault(kind=Kind.DOWNLOAD_TRUNCATED),
    Fault(kind=Kind.DOWNLOAD_RESET),
    Fault(kind=Kind.DOWNLOAD_EXPIRED),
    Fault(kind=Kind.BULK_STUCK),
    Fault(kind=Kind.BULK_FAILED),
    Fault(kind=Kind.BULK_FAILED, error_code="ACCESS_DENIED", partial=False),
    Fault(kind=Kind.BULK_FAILED, error_code="TIMEOUT"),
    Fault(kind=Kind.BULK_CANCELED),
    Fault(kind=Kind.BULK_EXPIRED),
    Fault(kind=Kind.BULK_COUNTS, counter="objectCount"),
    Fault(kind=Kind.BULK_COUNTS, counter="rootObjectCount"),
    Fault(kind=Kind.BULK_COUNTS, counter="fileSize"),
    Fault(kind=Kind.BULK_EDITED),
    Fault(kind=Kind.GRANT_LOST),
    Fault(
        kind=Kind.GRANT_EDITED, edits=(('"expires_in": *[^,}]*', '"expires_in":-1'),)
    ),
    Fault(kind=Kind.CLOCK, ahead=10 * YEAR),
    Fault(kind=Kind.CLOCK, ahead=-10 * YEAR),
    Fault(kind=Kind.CLOCK, date=""),
    Fault(kind=Kind.CLOCK, date="Thu, 31 Nov 2026 25:00:00 GMT"),
)


@dataclass
class _Armed:
    fault: Fault
    skip: int
    left: int | None


@dataclass
class Faults:
    """The faults armed for one shop."""

    _armed: list[_Armed] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, fault: Fault) -> None:
        """Let a fault happen from now on."""
        with self._lock:
            self._armed.append(_Armed(fault, fault.skip, fault.times))

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        with self._lock:
            self._armed.clear()

    def fire(self, text: str, *kinds: Kind) -> Fault | None:
        """The fault of one of these kinds that happens to `text` now, if any."""
        with self._lock:
            for armed in self._armed:
                if armed.fault.kind in kinds and armed.fault.match in text:
                    if armed.skip:
                        armed.skip -= 1
                        continue
                    armed.skip = armed.fault.every - 1
                    self._spend(armed)
                    return armed.fault
        return None

    def _spend(self, armed: _Armed) -> None:
        if armed.left is not None:
            armed.left -= 1
            if armed.left <= 0:
                self._armed.remove(armed)
