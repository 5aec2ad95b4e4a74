"""`backfill` and `sync`: runs of the assets, shops side by side.

Charter: from options to what is asked of each shop. Nothing is fetched or loaded here.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import click

from shopify_assets.catalog.fitting import unreadable
from shopify_assets.cli import instance, output, work
from shopify_assets.errors import ConfigurationError, ShopifyAssetsError
from shopify_assets.settings import load_settings, load_shops
from shopify_assets.streams import STREAMS
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shopify_assets.catalog.stream import Stream
    from shopify_assets.defs.launch import Asked, Outcome
    from shopify_assets.settings import Settings, Shop

_shop = click.option("--shop", "domains", multiple=True, help="A shop; all if none.")
_select = click.option(
    "--select", "names", multiple=True, help="A stream; all if none."
)
_json = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.command()
@_shop
@_select
@click.option(
    "--start-date", type=click.DateTime(["%Y-%m-%d"]), help="Default: shop's."
)
@click.option("--end-date", type=click.DateTime(["%Y-%m-%d"]), help="Default: today.")
@_json
def backfill(
    domains: Sequence[str],
    names: Sequence[str],
    start_date: datetime | None,
    end_date: datetime | None,
    *,
    as_json: bool,
) -> None:
    """Load a shop's history: every partition from a date to a date (both included)."""
    settings = load_settings()
    start = start_date.date() if start_date else None
    end = end_date.date() if end_date else datetime.now(UTC).date()
    asked = [
        whole(shop, names, start=start or shop.start_date, end=end)
        for shop in chosen(settings, domains)
    ]
    finish(execute(settings, asked), as_json=as_json)


@click.command()
@_shop
@_select
@_json
def sync(domains: Sequence[str], names: Sequence[str], *, as_json: bool) -> None:
    """Load what changed since each shop's watermark, and the snapshots."""
    settings = load_settings()
    asked = [recent(shop, names) for shop in chosen(settings, domains)]
    finish(execute(settings, asked), as_json=as_json)


def chosen(settings: Settings, domains: Sequence[str]) -> list[Shop]:
    """The shops asked for.

    Raises:
        ConfigurationError: there are none, or one is not in the shops file.
    """
    shops = {shop.domain: shop for shop in load_shops(settings.shops_file)}
    unknown = sorted(set(domains) - shops.keys())
    if unknown or not shops:
        asked = f"shop {unknown[0]!r} is not" if unknown else "no shop is"
        listed = ", ".join(sorted(shops)) or "none"
        message = (
            f"{asked} in {settings.shops_file} (listed: {listed}); "
            "add it with: shopify-assets shops add"
        )
        raise ConfigurationError(message)
    found = [shops[each] for each in domains] if domains else list(shops.values())
    for shop in found:
        refuse_unknown(shop.streams or (), asked_by=f"shop {shop.domain!r}: ")
    return found


def selected(shop: Shop, names: Sequence[str]) -> list[Stream]:
    """The streams asked for that are extracted for a shop; all of its if none is named.

    Raises:
        ConfigurationError: a stream is unknown, or the API version has no such.
    """
    refuse_unknown(names)
    refused = unreadable(STREAMS, load_settings().api_version)
    for each in names:
        if each in refused:
            raise ConfigurationError(f"{refused[each]}; raise SHOPIFY_API_VERSION")
    wanted = [each for each in STREAMS if not names or each.name in names]
    return [each for each in wanted if shop.has(each.name) and each.name not in refused]


def refuse_unknown(names: Sequence[str], *, asked_by: str = "") -> None:
    """Refuse names that are no stream's: a misspelt one would be left out silently.

    Raises:
        ConfigurationError: one is unknown.
    """
    known = [stream.name for stream in STREAMS]
    unknown = sorted(set(names) - set(known))
    if unknown:
        message = f"stream {unknown[0]!r} is unknown; known are {', '.join(known)}"
        raise ConfigurationError(asked_by + message)


def whole(shop: Shop, names: Sequence[str], *, start: date, end: date) -> Asked:
    """Ask for all partitions from `start` to `end`, both included.

    Raises:
        ConfigurationError: the dates are in the wrong order, or a stream is unknown.
    """
    if start > end:
        message = f"--start-date {start} is after --end-date {end}; exchange them"
        raise ConfigurationError(message)
    window = Window(_midnight(start), _midnight(end + timedelta(days=1)))
    return _asked(shop, names, window, incremental=False)


def recent(shop: Shop, names: Sequence[str]) -> Asked:
    """Ask for what changed since the watermark, up to now."""
    moment = now()
    window = Window(moment - timedelta(days=1), moment)
    return _asked(shop, names, window, incremental=True)


def _asked(
    shop: Shop, names: Sequence[str], window: Window, *, incremental: bool
) -> Asked:
    from shopify_assets.defs.launch import Asked, Extent  # noqa: PLC0415 -- slow import

    mine = selected(shop, names)
    return Asked(
        shop=shop.domain,
        streams=tuple(each.name for each in mine if each.incremental),
        snapshots=tuple(each.name for each in mine if not each.incremental),
        window=window,
        extent=Extent.INCREMENTAL if incremental else Extent.WHOLE,
        named=frozenset(names or shop.streams or ()),
    )


def execute(settings: Settings, asked: Sequence[Asked]) -> list[Outcome]:
    """Run what is asked, telling progress.

    Raises:
        ConfigurationError: nothing is asked for.
    """
    if not any(each.streams or each.snapshots for each in asked):
        shops = ", ".join(repr(each.shop) for each in asked)
        message = (
            f"none of the streams asked for is extracted for shop {shops}; name others "
            "or add them to `streams` in the shops file"
        )
        raise ConfigurationError(message)
    instance.prepare(settings.home)
    processes = min(len(asked), max(2, os.cpu_count() or 1))
    return work.run(asked, processes=processes, tell=output.say)


def finish(found: Sequence[Outcome], *, as_json: bool) -> None:
    """Show the outcomes; fail if a stream failed.

    Raises:
        ShopifyAssetsError: at least one stream is not complete.
    """
    if as_json:
        output.dump(output.outcomes_json(found))
    else:
        output.outcomes(found)
    failed = [each for each in found if not (each.complete or each.skipped)]
    if failed:
        first = failed[0]
        message = (
            f"{len(failed)} of {len(found)} streams are not complete; the first is "
            f"{first.stream} of {first.shop}: {first.failure or 'a check failed'}"
        )
        raise ShopifyAssetsError(message)


def now() -> datetime:
    """This machine's time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
