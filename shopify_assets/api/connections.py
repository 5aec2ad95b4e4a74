"""Connections that take no more than they should, from no one they should not.

Charter: what `requests` and `urllib3` cannot be told: how many bytes an exchange may
bring, headers and framing included, how long it may last in all, how slowly a file may
come, and to which addresses a connection may lead. Each is kept where bytes leave the
socket, so that no layer above has to be trusted with it. What is asked, and what an
answer means, is `wire`'s business.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, ClassVar

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from shopify_assets.errors import ApiError, Unavailable
from shopify_assets.limits import ANSWER, ANSWER_SECONDS

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer

    from shopify_assets.api.hosts import Hosts

# Status line and headers: those of Shopify have some 4 KB.
MOST_OF_HEADERS = 256 * 1024

# The one packing that is asked for.
PACKING = "gzip"

_BUFFER = 64 * 1024
# Between the pieces of a body, of which it may be a fourth; and one line of it.
_FRAMING = 2**20
_LONGEST_LINE = 64 * 1024


class TooLarge(ApiError):
    """An answer is larger than what is taken; a smaller portion may pass."""


@dataclass(frozen=True)
class Rate:
    """So many bytes have to come in so many seconds of waiting for them."""

    bytes: int = 60 * 1024
    seconds: float = 60.0


USUAL_RATE = Rate()


@dataclass(frozen=True)
class Allowance:
    """What one exchange may take.

    Attributes:
        of: whose answers they are, for messages.
        size: bytes of the body as they come, framing included; None: the caller counts.
        total: seconds from sending to the last byte; None: as long as `rate` is kept.
        rate: the least.
        hosts: judges where connections lead; None: wherever the operator says.
    """

    of: str
    size: int | None = None
    total: float | None = None
    rate: Rate = USUAL_RATE
    hosts: Hosts | None = None


class _Metered(io.RawIOBase):
    """The bytes of one answer as they leave the socket.

    Attributes:
        in_headers: whether they are still those of its headers.
        total: how many have come.
    """

    def __init__(
        self,
        raw: io.RawIOBase,
        line: socket.socket,
        *,
        allowed: Allowance,
        began: float,
    ) -> None:
        self._raw = raw
        self._socket = line
        self._patience: float | None = line.gettimeout()
        self._allowed = allowed
        self._until = None if allowed.total is None else began + allowed.total
        self.in_headers = True
        self._left: int | None = MOST_OF_HEADERS
        self._waited, self._came = 0.0, 0
        self.total = 0

    def body_begins(self) -> None:
        """Go on with what the body may have."""
        self.in_headers, self._left = False, self._allowed.size

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._raw.close()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        before = time.monotonic()
        self._hurry(before)
        try:
            count = self._raw.readinto(buffer) or 0
        except TimeoutError:
            # Whichever ended first: the patience for silence, or that for the whole.
            self._hurry(time.monotonic())
            raise
        if self._until is None:
            self._refuse_slow(time.monotonic() - before, count)
        self.total += count
        self._refuse_large(count)
        return count

    def _hurry(self, now: float) -> None:
        """Wait for the next bytes no longer than is left for the whole."""
        if self._until is None:
            return
        left = self._until - now
        if left <= 0:
            raise Unavailable(
                f"{self._allowed.of}: no whole answer within {self._allowed.total:g} s "
                "from sending to the last byte; if it really takes longer, raise "
                f"{ANSWER_SECONDS}"
            )
        if self._patience is None or left < self._patience:
            self._socket.settimeout(left)

    def _refuse_slow(self, waited: float, count: int) -> None:
        self._waited += waited
        self._came += count
        least = self._allowed.rate
        if self._waited < least.seconds:
            return
        if self._came < least.bytes:
            raise Unavailable(
                f"{self._allowed.of}: {self._came} bytes of a file came within "
                f"{self._waited:.0f} s, and {least.bytes} are the least"
            )
        self._waited, self._came = 0.0, 0

    def _refuse_large(self, count: int) -> None:
        if self._left is None:
            return
        self._left -= count
        if self._left < 0 and self.in_headers:
            raise TooLarge(headers_too_large(self._allowed.of))
        if self._left < 0:
            raise TooLarge(
                f"{self._allowed.of}: an answer has {self._allowed.size:,} bytes as it "
                f"comes, and goes on; if it is really that large, raise {ANSWER}"
            )


class _Lines(io.BufferedReader):
    """Reads ahead, and keeps what lies between the pieces of a body within bounds.

    `urllib3` reads sizes of chunks, and trailers, as lines of any length and number.
    """

    def __init__(self, metered: _Metered, *, allowed: Allowance) -> None:
        super().__init__(metered, _BUFFER)
        self._metered = metered
        self._of = allowed.of
        self._framing = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        unbounded = size is None or size < 0
        line = super().readline(_LONGEST_LINE if unbounded else size)
        if self._metered.in_headers:
            return line
        self._framing += len(line)
        endless = self._framing > _FRAMING and 4 * self._framing > self._metered.total
        if endless or (unbounded and len(line) == _LONGEST_LINE):
            raise TooLarge(
                f"{self._of}: an answer comes in pieces that hold next to nothing; "
                "look for a proxy between here and the shop"
            )
        return line


class _Response(HTTPResponse):
    """An answer whose bytes are metered, its status line and headers included."""

    def __init__(
        self,
        sock: socket.socket,
        *args: Any,
        allowed: Allowance,
        began: float,
        **more: Any,
    ) -> None:
        super().__init__(sock, *args, **more)
        raw: Any = self.fp.detach()
        self._metered = _Metered(raw, sock, allowed=allowed, began=began)
        self.fp = _Lines(self._metered, allowed=allowed)

    def begin(self) -> None:
        super().begin()
        self._metered.body_begins()


class _Connection(HTTPConnection):
    """A connection that leads only where it may, and takes only what it may."""

    allowed: ClassVar[Allowance]
    _began = 0.0

    def connect(self) -> None:
        self._began = time.monotonic()
        super().connect()

    def request(self, *args: Any, **more: Any) -> None:
        self._began = time.monotonic()
        super().request(*args, **more)

    def response_class(  # type: ignore[override]  # called as the class it stands for
        self, sock: socket.socket, *args: Any, **more: Any
    ) -> _Response:
        """Make the answer that `http.client` reads."""
        return _Response(sock, *args, allowed=self.allowed, began=self._began, **more)

    def _new_conn(self) -> socket.socket:
        line = super()._new_conn()
        # A proxy decides itself where it connects.
        if self.allowed.hosts is not None and self.proxy is None:
            try:
                # Of the connection that is used, so that no second look-up can differ.
                address = str(line.getpeername()[0])
                self.allowed.hosts.refuse_address(address, host=self.host)
            except BaseException:
                line.close()
                raise
        return line


class _TlsConnection(_Connection, HTTPSConnection):
    """The same, by TLS."""


class _BoundedAdapter(HTTPAdapter):
    """What `requests` sends by, with an allowance for each exchange."""

    def __init__(self, allowed: Allowance, *, pool_size: int) -> None:
        self._pools = _pools(allowed)
        super().__init__(pool_connections=4, pool_maxsize=pool_size)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """Make the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **more)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = self._pools
        return manager


class _NoAuth(AuthBase):
    """Keeps `requests` from adding a password it finds in the user's netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def bounded_session(allowed: Allowance, *, pool_size: int) -> requests.Session:
    """Make a session each of whose exchanges has this allowance."""
    session = requests.Session()
    session.auth = _NoAuth()
    # Shopify sets cookies that an API client has no use for.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "shopify_assets"
    session.headers["Accept-Encoding"] = PACKING
    adapter = _BoundedAdapter(allowed, pool_size=pool_size)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _pools(allowed: Allowance) -> dict[str, type[HTTPConnectionPool]]:
    members = {"allowed": allowed}
    plain, tls = (
        type("Plain", (_Connection,), members),
        type("Tls", (_TlsConnection,), members),
    )
    return {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
    }


def headers_too_large(of: str) -> str:
    """Say that the headers of an answer are not those of an API."""
    return (
        f"{of}: an answer has more than 100 headers, or {MOST_OF_HEADERS // 1024} KiB "
        "of them, or 64 KiB of one; look for a proxy between here and the shop, and "
        "check its base_url"
    )
