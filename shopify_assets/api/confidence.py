"""What of an exchange may be seen, and by whom.

Charter: the last step of a secret towards the library that sends it, and the first one
of a stranger's text towards a message of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shopify_assets.printable import printable
from shopify_assets.redaction import masked
from shopify_assets.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_EXCERPT = 300


def revealed(headers: Mapping[str, str | Secret]) -> dict[str, str]:
    """Headers as they are sent.

    They are secret up to here, so that a traceback with the values of variables does
    not show them.
    """
    return {
        name: value.reveal() if isinstance(value, Secret) else value
        for name, value in headers.items()
    }


def revealed_body(body: bytes | Secret) -> bytes:
    """A body as it is sent."""
    return body.reveal().encode() if isinstance(body, Secret) else body


def proxies(url: str) -> dict[str, Any]:
    """Keep what goes to this machine by `http` from a proxy, which could read it."""
    return {"http": None, "all": None} if url.startswith("http://") else {}


def host_of(url: str) -> str:
    """Host and port of a URL, without user and password; '' if it has none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def excerpt(text: str, secrets: Iterable[Secret] = ()) -> str:
    """A stranger's text in a message: masked, cut, on one line, and harmless."""
    text = masked(text, (secret.reveal() for secret in secrets))
    text = printable(" ".join(text.split()))
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + "…"
