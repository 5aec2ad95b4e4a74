"""One HTTP exchange: the only place that uses `requests`.

Charter: sending, time-outs, connection reuse, and the meaning of HTTP statuses and of
network faults, told once as the classes of `shopify_assets.errors`. Nothing here waits,
repeats or knows of GraphQL. Secrets travel in headers and bodies, and are masked out of
every text that leaves this file.
"""

from __future__ import annotations

import re
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import NameResolutionError, NewConnectionError

from shopify_assets.api.retry import Forbidden
from shopify_assets.errors import (
    ApiError,
    ConfigurationError,
    ShopifyAssetsError,
    ShopUnavailable,
    Throttled,
    Unavailable,
    Unreachable,
)
from shopify_assets.printable import printable
from shopify_assets.redaction import masked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shopify_assets.settings import Secret

# Shopify's "security rejection": the client looks malicious; minutes, not seconds.
SECURITY_WAIT = 180.0
_THROTTLED_WAIT = 2.0
_LEAST_WAIT = 0.1
_EXCERPT = 300
_PIECE = 64 * 1024

_SECURITY_REJECTION = 430
_CLOSED = {
    401: "refuses the access token: it was revoked, or the app uninstalled; authorise "
    "the app again and renew the shop's credentials",
    402: "is frozen: its owner has to settle the bill with Shopify",
    404: "does not exist or is closed; check its domain in the shops file",
    423: "is locked by Shopify; its owner has to ask Shopify's support",
}


@dataclass(frozen=True)
class Timeouts:
    """Seconds to wait for a connection, and for the next bytes of an answer."""

    connect: float = 10.0
    read: float = 90.0


@dataclass(frozen=True)
class Reply:
    """An HTTP answer, read to its end.

    Attributes:
        status: the HTTP status.
        headers: by name, in any case.
        body: as received.
        secrets: what was sent in confidence, and must not show in any text.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    secrets: tuple[Secret, ...] = ()

    @property
    def request_id(self) -> str:
        """Shopify's id of the request, which its support asks for; '' if none came."""
        return self.header("X-Request-Id")

    def header(self, name: str) -> str:
        """A header as it may be shown: masked, cut, on one line; '' if absent."""
        return self.mask(self.headers.get(name, ""))

    @property
    def served_at(self) -> datetime | None:
        """The server's clock when it answered (UTC)."""
        return _http_date(self.headers.get("Date", ""))

    @property
    def retry_after(self) -> float | None:
        """Seconds the server asks to wait; it may say so as a number or as a date."""
        return _retry_after(self.headers.get("Retry-After", ""), self.served_at)

    @property
    def excerpt(self) -> str:
        """The beginning of the body for an error's text, on one line."""
        return self.mask(self.body[:4000].decode("utf-8", "replace"))

    def mask(self, text: str) -> str:
        """Take every secret out of `text`, make it one short and harmless line."""
        text = masked(text, (secret.reveal() for secret in self.secrets))
        text = printable(" ".join(text.split()))
        return text if len(text) <= _EXCERPT else text[:_EXCERPT] + "…"


class _NoAuth(AuthBase):
    """Keeps `requests` from adding a password it finds in the user's netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Wire:
    """Connections that are kept open and shared by threads."""

    def __init__(self, *, pool_size: int, timeouts: Timeouts = Timeouts()) -> None:
        self._timeouts = (timeouts.connect, timeouts.read)
        self._session = requests.Session()
        self._session.auth = _NoAuth()
        # Shopify sets cookies that an API client has no use for.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers["User-Agent"] = "shopify_assets"
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=pool_size)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str],
        secrets: tuple[Secret, ...],
    ) -> Reply:
        """Send JSON and read the answer to its end; redirects are not followed.

        Raises:
            Unavailable: no whole answer came.
        """
        try:
            response = self._session.post(
                url,
                data=body,
                headers={"Content-Type": "application/json", **headers},
                timeout=self._timeouts,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise _network_fault(url, error) from error
        return Reply(
            response.status_code, response.headers, response.content, secrets=secrets
        )

    @contextmanager
    def open_file(self, url: str, *, start: int) -> Iterator[FileReply]:
        """Open a file for reading from byte `start`. Sends nothing that is secret.

        Raises:
            Unavailable: the file host did not answer.
        """
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        try:
            response = self._session.get(
                url, headers=headers, timeout=self._timeouts, stream=True
            )
        except requests.RequestException as error:
            # Its text would show the url, whose signature opens the file to anyone.
            raise _network_fault(url, error) from None
        with response:
            yield FileReply(response)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()


class FileReply:
    """An answer of a file host, whose body is read piece by piece."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.host = urlsplit(response.url).netloc

    @property
    def retry_after(self) -> float | None:
        """Seconds the host asks to wait."""
        served_at = _http_date(self.headers.get("Date", ""))
        return _retry_after(self.headers.get("Retry-After", ""), served_at)

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes.

        Raises:
            Unavailable: it broke off.
        """
        try:
            yield from self._response.iter_content(_PIECE)
        except requests.RequestException as error:
            # As above: no url in the text.
            raise _network_fault(self._response.url, error) from None


def refuse_status(reply: Reply, *, shop: str) -> None:
    """Raise what an HTTP status other than 200 means for the work on `shop`."""
    if reply.status != HTTPStatus.OK:
        raise _status_error(reply, shop)


def _status_error(reply: Reply, shop: str) -> ShopifyAssetsError:
    status = reply.status
    answer = f"(HTTP {status}, request {reply.request_id!r}: {reply.excerpt!r})"
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return ConfigurationError(_moved(reply, shop))
    if status in _CLOSED:
        return ShopUnavailable(f"shop {shop!r} {_CLOSED[status]} {answer}")
    if status == HTTPStatus.FORBIDDEN:
        return Forbidden(f"shop {shop!r} forbids the request {answer}")
    return _passing_error(reply, f"shop {shop!r}", answer)


def _passing_error(reply: Reply, origin: str, answer: str) -> ShopifyAssetsError:
    status, wait = reply.status, reply.retry_after
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        message = f"{origin} is throttled {answer}"
        # "At once" would be asked for again and again without a pause.
        pause = _THROTTLED_WAIT if wait is None else max(wait, _LEAST_WAIT)
        return Throttled(message, wait=pause)
    if status == _SECURITY_REJECTION:
        message = f"{origin}: Shopify takes us for an attacker {answer}"
        return Unavailable(message, wait=max(wait or 0.0, SECURITY_WAIT))
    if is_passing(status):
        return Unavailable(f"{origin} does not answer for now {answer}", wait=wait)
    return ApiError(f"{origin} refused the request {answer}")


def is_passing(status: int) -> bool:
    """Whether a status tells of a fault of the server's that may pass by itself."""
    if status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}:
        return True
    return (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR
        and status != HTTPStatus.NOT_IMPLEMENTED
    )


def _moved(reply: Reply, shop: str) -> str:
    host = urlsplit(reply.headers.get("Location", "")).netloc or "an unnamed host"
    return (
        f"shop {shop!r} answers with a redirect to {host} (HTTP {reply.status}, "
        f"request {reply.request_id!r}), not followed because it loses the token: if "
        "the shop was renamed, put its new domain in the shops file"
    )


def _network_fault(
    url: str, error: requests.RequestException
) -> Unavailable | ConfigurationError:
    host = urlsplit(url).netloc
    # Whoever prints the chained error must not find the token in its request.
    error.request = None
    if isinstance(error, requests.exceptions.InvalidURL):
        return ConfigurationError(f"{host!r} is no valid host: check the base_url")
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        # It stays what it is however often it is looked at.
        message = (
            f"the certificate of {host} is not trusted, so nothing was sent; check "
            "base_url, the clock of this machine and any proxy that opens TLS (its "
            "authority's file belongs in REQUESTS_CA_BUNDLE)"
        )
        return ConfigurationError(message)
    if (reason := _no_connection(error)) is not None:
        return Unreachable(f"no connection to {host}: {reason}")
    return Unavailable(f"no whole answer from {host}: {_fault_words(error)}")


_FAULT_WORDS: tuple[tuple[type[requests.RequestException], str], ...] = (
    (requests.exceptions.ReadTimeout, "it keeps silent"),
    (requests.exceptions.ContentDecodingError, "the body is not compressed as it says"),
)


def _fault_words(error: requests.RequestException) -> str:
    """Say what went wrong without the error's text, which may show a signed url."""
    for kind, words in _FAULT_WORDS:
        if isinstance(error, kind):
            return words
    for cause in _causes(error):
        ours = isinstance(cause, requests.RequestException)
        if isinstance(cause, OSError) and not ours and cause.strerror:
            return cause.strerror.lower()
    return "the connection broke off"


def _no_connection(error: requests.RequestException) -> str | None:
    """Why no connection came about, in plain words; None if there was one."""
    causes = list(_causes(error))
    for kind, reason in _NO_CONNECTION:
        if any(isinstance(cause, kind) for cause in causes):
            return reason
    return None


# Why no connection came about, by what the libraries raise; the first that fits.
_NO_CONNECTION: tuple[tuple[type[BaseException], str], ...] = (
    (
        requests.exceptions.ConnectTimeout,
        "it does not answer in time; check base_url, firewall and proxy",
    ),
    (
        requests.exceptions.SSLError,
        "TLS could not be agreed on, or broke off; check base_url and the proxy",
    ),
    (requests.exceptions.ProxyError, "the proxy refuses; check HTTPS_PROXY"),
    (
        NameResolutionError,
        "its name is not known; check domain and base_url, and this network",
    ),
    (
        ConnectionRefusedError,
        "connection refused; check base_url, and whether the server runs",
    ),
    (
        NewConnectionError,
        "the network does not lead there; check base_url, firewall and proxy",
    ),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and those it came from: `urllib3` keeps them as arguments."""
    yield error
    inner = (
        error.__cause__,
        error.__context__,
        getattr(error, "reason", None),
        *error.args,
    )
    for cause in inner:
        if isinstance(cause, BaseException):
            yield from _causes(cause)
            return


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        # Without a zone it is meant as UTC.
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _retry_after(text: str, now: datetime | None) -> float | None:
    if re.fullmatch(r"\d{1,6}(\.\d*)?", text.strip()):
        return float(text)
    until = _http_date(text)
    if until is None or now is None:
        return None
    return max(0.0, (until - now).total_seconds())
