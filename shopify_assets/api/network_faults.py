"""What faults of the network mean, told without what they quote.

Charter: from the errors of `requests`, and of what lies below it, to the classes of
`shopify_assets.errors`: by host, never by the url, which may be signed, nor by the
request, which holds a token.
"""

from __future__ import annotations

import ssl
from functools import partial
from http.client import HTTPException
from typing import TYPE_CHECKING

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from shopify_assets.api.confidence import host_of
from shopify_assets.api.connections import TooLarge, headers_too_large
from shopify_assets.api.receiving import has_odd_headers
from shopify_assets.errors import ConfigurationError, Unavailable, Unreachable
from shopify_assets.foreign import told_as

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


def told_as_ours(url: str) -> AbstractContextManager[None]:
    """Tell errors of the network by host; the url may be signed, the request secret."""
    return told_as(partial(_network_fault, url), *_FAULTS)


# What `requests` raises, and what escapes it from below: `http.client` and codecs
# refuse what no header can hold, quoting it.
_FAULTS = (OSError, ValueError, HTTPError, HTTPException)


def _network_fault(
    url: str, error: Exception
) -> Unavailable | ConfigurationError | TooLarge:
    host = host_of(url)
    if isinstance(error, requests.exceptions.InvalidURL):
        return ConfigurationError(f"{host!r} is no valid host: check the base_url")
    causes = list(_causes(error))
    if isinstance(error, (requests.exceptions.InvalidHeader, UnicodeError)):
        return ConfigurationError(
            f"no request to {host} can be made: its token holds what no header can "
            "hold; renew the shop's credentials"
        )
    if has_odd_headers(causes):
        return TooLarge(headers_too_large(host))
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


def _fault_words(error: Exception) -> str:
    """Say what went wrong without the error's text, which may show a signed url."""
    for kind, words in _FAULT_WORDS:
        if isinstance(error, kind):
            return words
    for cause in _causes(error):
        ours = isinstance(cause, requests.RequestException)
        if isinstance(cause, OSError) and not ours and cause.strerror:
            return cause.strerror.lower()
    return "the connection broke off"


def _no_connection(error: Exception) -> str | None:
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
