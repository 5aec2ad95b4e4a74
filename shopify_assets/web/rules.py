"""What a request to Dagster's pages must look like: decided here, applied in `guard`.

Charter: pure decisions about the headers of a request. A browser says truthfully where
a request comes from (Origin, Sec-Fetch-Site); a program may ask as it likes, for
whoever can start programs on this machine needs no web page to do harm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.datastructures import Headers

# What this machine is called by itself. An attacker's name that leads here (DNS
# rebinding) is in the header `Host`, and is none of these.
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

GRAPHQL = "/graphql"

_READING = frozenset({"GET", "HEAD"})
# Where a request comes from, if not from our own pages or from a person's address bar.
_OWN = frozenset({"same-origin", "none"})
_SAID_ONCE = ("host", "origin", "content-type", "sec-fetch-site", "sec-fetch-mode")
_DEFAULT_PORT = {"http": 80, "https": 443}
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")


@dataclass(frozen=True)
class Refusal:
    """Why a request is not answered.

    Attributes:
        status: of HTTP.
        reason: for whoever sees it; holds nothing of the request.
    """

    status: HTTPStatus
    reason: str


def names(listed: Iterable[str]) -> tuple[str, ...]:
    """Names by which the server may be asked, beside those of this machine itself.

    Raises:
        ConfigurationError: one is no name of a host.
    """
    names = tuple(name.strip() for name in listed if name.strip())
    for name in names:
        if not _NAME.fullmatch(name):
            message = (
                f"SHOPIFY_ASSETS_UI_HOSTS: {name!r} is no name of a host; write "
                "dagster.example.com, without scheme, port or wildcard"
            )
            raise ConfigurationError(message)
    return names


def refusal(*, method: str, path: str, headers: Headers) -> Refusal | None:
    """Why a request over HTTP is not answered; None: it is."""
    return (
        _ambiguous(headers)
        or _of_method(method)
        or _of_origin(headers)
        or _of_site(method, headers)
        or _of_content(method, headers)
        or _of_query(method, path, headers)
    )


def refusal_of_socket(headers: Headers) -> Refusal | None:
    """Why a WebSocket is not opened; None: it is. Browsers always say their origin."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in _OWN:
        return Refusal(HTTPStatus.FORBIDDEN, "asked from another site")
    return _ambiguous(headers) or _of_origin(headers)


def _ambiguous(headers: Headers) -> Refusal | None:
    twice = [name for name in _SAID_ONCE if len(headers.getlist(name)) > 1]
    if twice:
        return Refusal(HTTPStatus.BAD_REQUEST, f"header {twice[0]} is there twice")
    return None


def _of_method(method: str) -> Refusal | None:
    if method in _READING or method == "POST":
        return None
    return Refusal(
        HTTPStatus.METHOD_NOT_ALLOWED, "only GET, HEAD and POST are answered"
    )


def _of_origin(headers: Headers) -> Refusal | None:
    origin, host = headers.get("origin"), headers.get("host", "")
    if origin is None or _authority(origin) in _authorities(host):
        return None
    return Refusal(HTTPStatus.FORBIDDEN, "asked by a page of another origin")


def _authority(origin: str) -> tuple[str, int] | None:
    """Host and port of an origin; None if it is none, such as `null`."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    default = _DEFAULT_PORT.get(parts.scheme)
    if default is None or not parts.hostname:
        return None
    return parts.hostname, port or default


def _authorities(host: str) -> set[tuple[str, int] | None]:
    """What the header `Host` can mean: it does not tell the scheme."""
    return {_authority(f"{scheme}://{host}") for scheme in _DEFAULT_PORT} - {None}


def _of_site(method: str, headers: Headers) -> Refusal | None:
    """Other sites may lead a person to a page here, and no more.

    Another port of this machine is the same *site*, and another origin all the same.
    """
    site = headers.get("sec-fetch-site")
    if site is None or site in _OWN:
        return None
    is_link = (
        method in _READING
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )
    return (
        None
        if is_link
        else Refusal(HTTPStatus.FORBIDDEN, "asked from another site or origin")
    )


def _of_content(method: str, headers: Headers) -> Refusal | None:
    """A form of another page can send three types of content, and this is none."""
    if method in _READING:
        return None
    stated = headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated == "application/json":
        return None
    reason = "what is sent must be of the type application/json"
    return Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason)


def _of_query(method: str, path: str, headers: Headers) -> Refusal | None:
    """A link or picture of another page can be any GET, so none executes anything.

    With `text/html` accepted, Dagster shows a form to write queries in, and executes
    nothing that the address holds.
    """
    is_query = path.rstrip("/").endswith(GRAPHQL)
    if method == "POST" or not is_query or "text/html" in headers.get("accept", ""):
        return None
    return Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "GraphQL is asked by POST")
