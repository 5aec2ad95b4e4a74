"""A stream as far as a shop lets it be read: asked for, refused in part, asked anew.

Charter: the loop around an extraction. What a refusal means is decided in `access`;
how the rest is fetched is the extraction's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from shopify_assets.api.answers import FieldsDenied, PartsUnknown
from shopify_assets.errors import AccessDenied, ApiError, naming
from shopify_assets.extract.access import (
    require,
    withheld_as_unknown,
    withheld_by_refusal,
    withheld_by_scopes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.extract.extraction import Context
    from shopify_assets.storage.manifests import Withheld

Done = TypeVar("Done")


def as_far_as_readable(
    compiled: CompiledStream,
    *,
    context: Context,
    attempt: Callable[[CompiledStream, tuple[Withheld, ...]], Done],
) -> Done:
    """Attempt a stream without what the shop withholds, as often as it withholds more.

    Args:
        compiled: the stream as declared.
        context: the shop's client, and who is told.
        attempt: reads the stream given, from which this was left out.

    Raises:
        AccessDenied: what the stream cannot be without is withheld or unknown.
        ApiError: Shopify does not know something of which no field is the cause.
    """
    client = context.client
    granted = client.granted_scopes()
    require(compiled, granted, shop=client.domain)
    withheld = withheld_by_scopes(compiled, granted)
    while True:
        asked = compiled.without(part.path for part in withheld)
        try:
            with naming(client.domain, compiled.name):
                return attempt(asked, withheld)
        except FieldsDenied as denied:
            further, why = withheld_by_refusal(asked, denied), "not allowed to read"
            if not further or compiled.needs_one_of(part.path for part in further):
                raise
        except PartsUnknown as unknown:
            further, why = withheld_as_unknown(asked, unknown), "Shopify does not know"
            _refuse_essential(compiled, further, unknown, shop=client.domain)
        paths = ", ".join(part.path for part in further)
        context.report(
            f"shop {client.domain!r}, stream {compiled.name}: {why} {paths}; "
            "going on without"
        )
        withheld += further


def _refuse_essential(
    compiled: CompiledStream,
    further: tuple[Withheld, ...],
    unknown: PartsUnknown,
    *,
    shop: str,
) -> None:
    if not further:
        raise ApiError(str(unknown)) from unknown
    if compiled.needs_one_of(part.path for part in further):
        parts = ", ".join(map(str, unknown.parts))
        message = (
            f"shop {shop!r}: Shopify does not know {parts}, without which stream "
            f"{compiled.name} cannot be read: it is hidden from this app or from the "
            "shop's plan, or was removed from the API; take the stream from the shop's "
            f"list, or a version of shopify_assets that does without ({unknown})"
        )
        raise AccessDenied(message) from unknown
