"""One HTTP exchange: the only place that sends by `requests`.

Charter: sending, time-outs, connection reuse, and the meaning of HTTP statuses, told
once as the classes of `shopify_assets.errors`. Nothing here waits, repeats or knows of
GraphQL; what faults of the network mean is in `network_faults`. Secrets travel in
headers and bodies, and are masked out of every text that leaves this file.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

import requests

from shopify_assets.api.confidence import (
    excerpt,
    host_of,
    proxies,
    revealed,
    revealed_body,
)
from shopify_assets.api.connections import (
    USUAL_RATE,
    Allowance,
    Rate,
    bounded_session,
)
from shopify_assets.api.hosts import Hosts
from shopify_assets.api.http_dates import http_date, retry_after
from shopify_assets.api.network_faults import told_as_ours
from shopify_assets.api.receiving import body_of, opened_file
from shopify_assets.api.retry import Forbidden
from shopify_assets.errors import (
    ApiError,
    ConfigurationError,
    ShopifyAssetsError,
    ShopUnavailable,
    Throttled,
    Unavailable,
)
from shopify_assets.limits import USUAL, InputLimits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from shopify_assets.settings import Secret

# Shopify's "security rejection": the client looks malicious; minutes, not seconds.
SECURITY_WAIT = 180.0
_THROTTLED_WAIT = 2.0
_LEAST_WAIT = 0.1
_PIECE = 64 * 1024
_FRAMES = 2**20

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
    """How long to wait.

    Attributes:
        connect: seconds for a connection.
        read: seconds for the next bytes of an answer.
        total: seconds from sending to an answer's last byte; None: as settings say.
        rate: what has to come of a file.
    """

    connect: float = 10.0
    read: float = 90.0
    total: float | None = None
    rate: Rate = USUAL_RATE


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
    headers: Mapping[str, str] = field(repr=False)
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
        """What the header Date says (UTC); None if it says nothing."""
        return http_date(self.headers.get("Date", ""))

    @property
    def retry_after(self) -> float | None:
        """Seconds the server asks to wait; it may say so as a number or as a date."""
        return retry_after(self.headers.get("Retry-After", ""), self.served_at)

    @property
    def excerpt(self) -> str:
        """The beginning of the body for an error's text, on one line."""
        return self.mask(self.body[:4000].decode("utf-8", "replace"))

    def mask(self, text: str) -> str:
        """Take every secret out of `text`, make it one short and harmless line."""
        return excerpt(text, self.secrets)


class Wire:
    """Connections that are kept open and shared by threads."""

    def __init__(
        self,
        *,
        pool_size: int,
        timeouts: Timeouts = Timeouts(),
        limits: InputLimits = USUAL,
        base_url: str = "",
        of: str = "the shop",
    ) -> None:
        """Make ready; `of` says whose answers they are, `base_url` where they live."""
        self._of = of
        self._limit = limits.answer
        self._timeouts = (timeouts.connect, timeouts.read)
        self._hosts = Hosts(base_url, of)
        total = timeouts.total or limits.answer_seconds
        # What is unpacked is counted as it is read; this bounds the framing as well.
        answers = Allowance(of, size=2 * limits.answer + _FRAMES, total=total)
        self._session = bounded_session(answers, pool_size=pool_size)
        files = Allowance(of, rate=timeouts.rate, hosts=self._hosts)
        self._files = bounded_session(files, pool_size=pool_size)

    def post(
        self,
        url: str,
        body: bytes | Secret,
        *,
        headers: Mapping[str, str | Secret],
        secrets: tuple[Secret, ...],
    ) -> Reply:
        """Send JSON and read the answer to its end; redirects are not followed.

        What is secret stays a `Secret` up to the library: a traceback with the values
        of variables does not show it.

        Raises:
            Unavailable: no whole answer came, or not in time.
            TooLarge: it is larger than what is taken.
            ApiError: it is packed in a way that was not asked for.
        """
        with (
            told_as_ours(url),
            self._session.post(
                url,
                data=revealed_body(body),
                headers={"Content-Type": "application/json", **revealed(headers)},
                timeout=self._timeouts,
                allow_redirects=False,
                proxies=proxies(url),
                stream=True,
            ) as response,
        ):
            content = body_of(response, limit=self._limit, of=self._of)
        return Reply(response.status_code, response.headers, content, secrets=secrets)

    @contextmanager
    def open_file(self, url: str, *, start: int) -> Iterator[FileReply]:
        """Open a file for reading from byte `start`. Sends nothing that is secret.

        Raises:
            Unavailable: the file host did not answer.
            HostRefused: it is no public host, or an address without TLS.
        """
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        with told_as_ours(url):
            response = opened_file(
                self._files,
                url,
                headers=headers,
                timeouts=self._timeouts,
                hosts=self._hosts,
            )
        with response:
            yield FileReply(response)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()
        self._files.close()


class FileReply:
    """An answer of a file host, whose body is read piece by piece."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.host = host_of(response.url)

    def header(self, name: str) -> str:
        """A header as it may be shown: masked, cut, on one line; '' if absent."""
        return excerpt(self.headers.get(name, ""))

    @property
    def retry_after(self) -> float | None:
        """Seconds the host asks to wait."""
        served_at = http_date(self.headers.get("Date", ""))
        return retry_after(self.headers.get("Retry-After", ""), served_at)

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes.

        Raises:
            Unavailable: it broke off.
        """
        with told_as_ours(self._response.url):
            yield from self._response.iter_content(_PIECE)


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
    host = reply.mask(host_of(reply.headers.get("Location", ""))) or "an unnamed host"
    return (
        f"shop {shop!r} answers with a redirect to {host} (HTTP {reply.status}, "
        f"request {reply.request_id!r}), not followed because it loses the token: if "
        "the shop was renamed, put its new domain in the shops file"
    )
