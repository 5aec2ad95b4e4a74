"""The errors of this project, one class per remedy.

Charter: every exception the project raises on purpose is one of these. They are raised
where the fact is known (at the wire, at the file, at the settings) and carry a message
that names the thing, its value and the remedy. Nothing here knows of HTTP libraries,
databases or Dagster.

    ShopifyAssetsError
    ├── ConfigurationError     the operator mends settings, shops.toml or arguments
    ├── ShopUnavailable        the shop itself is closed to us: stop all its streams
    ├── AccessDenied           we may not, or cannot, read it: skip the stream, say so
    ├── Throttled              wait the stated seconds and ask again
    ├── Unavailable            a passing fault of network or server: ask again
    │   └── Unreachable        no connection came about: nothing was asked yet
    ├── ApiError               a bug of ours or a change of Shopify's: never retried
    │   └── InvalidId          an id that cannot be any record's
    ├── Unforeseen             a bug of ours: the stream ends, all others go on
    └── DataError              the data are not what they should be: never loaded
        ├── TablesError        they are to be normalised again, whatever they are worth
        └── IncompleteData     fewer (or more) rows than promised: never taken for whole
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class ShopifyAssetsError(Exception):
    """Base of all errors raised on purpose; catch it only at the outermost edge."""


class ConfigurationError(ShopifyAssetsError):
    """A setting, argument or file of the operator is wrong; the message says which."""


class ShopUnavailable(ShopifyAssetsError):
    """The shop refuses us as a whole: token revoked, frozen, locked or closed.

    HTTP 401, 402, 404 and 423. All streams of the shop stop; other shops go on.
    """


class AccessDenied(ShopifyAssetsError):
    """The app may not read one stream or field, or the API hides it from the app.

    HTTP 403, the GraphQL code ACCESS_DENIED, and fields the API does not know. The
    stream is skipped with its reason.
    """


class Throttled(ShopifyAssetsError):
    """The cost bucket was empty, or HTTP 429: ask again in `wait` seconds."""

    def __init__(self, message: str, *, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


class Unavailable(ShopifyAssetsError):
    """A passing fault (HTTP 430/5xx, reset, time-out, internal error): ask again.

    `wait` is the number of seconds the server asked us to wait, when it said so.
    """

    def __init__(self, message: str, *, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Unreachable(Unavailable):
    """No connection came about: refused, unknown name, no route. Asked again as any."""


class ApiError(ShopifyAssetsError):
    """Shopify refused a request for a reason that asking again cannot mend."""


class InvalidId(ApiError):
    """One of the ids asked for cannot be any record's, says Shopify."""


class DataError(ShopifyAssetsError):
    """Data do not have the declared shape; the message names file, line and reason."""


class TablesError(DataError):
    """The tables are not there or damaged, whatever the raw files are worth."""


class IncompleteData(DataError):
    """What was received is not the whole that was promised."""


class Unforeseen(ShopifyAssetsError):
    """A bug of ours, met at the border of a stream; what it was is told by its place.

    Its text holds nothing of what was being read: that may be a customer's.
    """


@contextmanager
def naming(shop: str, stream: str = "") -> Iterator[None]:
    """Let errors of ours say which shop, and which stream, they are about.

    Most do where they are raised; those that cannot know it are completed here.
    """
    try:
        yield
    except ShopifyAssetsError as error:
        text = str(error)
        missing = [f"shop {shop!r}"] if shop not in text else []
        of_shop = isinstance(error, ShopUnavailable | ConfigurationError)
        missing += [f"stream {stream!r}"] if stream not in text and not of_shop else []
        if missing:
            error.args = (f"{', '.join(missing)}: {text}", *error.args[1:])
        raise
