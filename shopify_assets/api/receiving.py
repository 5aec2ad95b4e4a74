"""Receiving: an answer's body within its limit, a file through redirects.

Charter: what lies between `requests` and `wire`: reading a body piece by piece, so that
what unpacks to gigabytes never is in memory, and following redirects by hand, each
judged like the first address. What statuses and faults mean is `wire`'s business.
"""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPException, LineTooLong
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from shopify_assets.api.connections import PACKING, TooLarge
from shopify_assets.errors import ApiError
from shopify_assets.limits import ANSWER, beyond
from shopify_assets.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import requests

    from shopify_assets.api.hosts import Hosts

_UNPACKED = frozenset({"", "identity", PACKING, "x-gzip"})

_PIECE = 256 * 1024
# Of an error's body only the beginning is read: nobody shows more of it.
_ERROR_BODY = 64 * 1024
_REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_SHOWN = 40


def body_of(response: requests.Response, *, limit: int, of: str) -> bytes:
    """Read an answer's body, unpacked; of one that is an error, the beginning.

    Args:
        response: an answer of which only the headers are read.
        limit: bytes of the body, unpacked.
        of: whose answer it is, for messages.

    Raises:
        TooLarge: it is larger.
        ApiError: it is packed in a way that was not asked for.
        requests.RequestException: it broke off, or is not packed as it says.
    """
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    failed = response.status_code != HTTPStatus.OK
    if packing not in _UNPACKED:
        if failed:
            return b""  # its status says enough
        raise ApiError(
            f"{of}: an answer came packed as {printable(packing)[:_SHOWN]!r}, and only "
            f"{PACKING} was asked for; look for a proxy between here and the shop"
        )
    most = _ERROR_BODY if failed else limit
    pieces: list[bytes] = []
    length = 0
    for piece in response.iter_content(_PIECE):
        pieces.append(piece)
        length += len(piece)
        if length > most and failed:
            break
        if length > most:
            raise TooLarge(f"{of}: an answer has {beyond(limit, ANSWER)}")
    return b"".join(pieces)


def opened_file(
    session: requests.Session,
    url: str,
    *,
    headers: Mapping[str, str],
    timeouts: tuple[float, float],
    hosts: Hosts,
) -> requests.Response:
    """Ask for a file, through redirects; only its headers are read.

    Raises:
        HostRefused: the address, or one that it leads to, is none of a public host.
        ApiError: it leads on and on.
        requests.RequestException: a host did not answer.
    """
    for _ in range(1 + _REDIRECTS):
        hosts.refuse_url(url)
        response = session.get(
            url,
            headers=dict(headers),
            timeout=timeouts,
            stream=True,
            allow_redirects=False,
        )
        place = response.headers.get("Location")
        if response.status_code not in _MOVED or place is None:
            return response
        response.close()
        url = urljoin(url, place)
    raise ApiError(
        f"{hosts.of}: the address of a file leads on through more than {_REDIRECTS} "
        "redirects; submit the operation again"
    )


def has_odd_headers(causes: Iterable[BaseException]) -> bool:
    """Whether an exchange failed for headers that are too long or too many."""
    # The second one has no class of its own.
    return any(type(cause) in {LineTooLong, HTTPException} for cause in causes)
