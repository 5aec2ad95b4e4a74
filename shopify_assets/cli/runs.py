"""`backfill` and `sync`: runs of the assets, shops side by side.

Charter: from options to what is asked of each shop. Nothing is fetched or loaded here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from shopify_assets.catalog.fitting import unreadable
from shopify_assets.cli import output
from shopify_assets.cli.names import (
    meant,
    refuse_unknown,
    shops_option,
    streams_option,
)
from shopify_assets.cli.task import Task
from shopify_assets.defs.names import BACKFILL_JOB, SYNC_JOB
from shopify_assets.errors import ConfigurationError, ShopifyAssetsError
from shopify_assets.settings import load_settings
from shopify_assets.shops_file import read_shops
from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from shopify_assets.catalog.stream import Stream
    from shopify_assets.refresh.asked import Outcome
    from shopify_assets.settings import Settings, Shop
    from shopify_assets.shops_file import ShopsFile

_json = click.option("--json", "as_json", is_flag=True, help="For machines.")
verbose_option = click.option(
    "--verbose", is_flag=True, help="Tell each step, not only each stream."
)


@click.command()
@shops_option
@streams_option
@click.option(
    "--start-date", type=click.DateTime(["%Y-%m-%d"]), help="Default: shop's."
)
@click.option("--end-date", type=click.DateTime(["%Y-%m-%d"]), help="Default: today.")
@click.option(
    "--distrust",
    is_flag=True,
    help="Compare all stored rows in full, instead of by their records' digests.",
)
@verbose_option
@_json
def backfill(  # noqa: PLR0913 -- a command's options
    domains: Sequence[str],
    names: Sequence[str],
    start_date: datetime | None,
    end_date: datetime | None,
    *,
    distrust: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Load a shop's history, from a date to a date (both included)."""
    settings = load_settings()
    start = start_date.date() if start_date else None
    end = end_date.date() if end_date else datetime.now(UTC).date()
    picked = chosen(settings, domains)
    asked = [
        whole(shop, names, start=start or shop.start_date, end=end, distrust=distrust)
        for shop in picked.shops
    ]
    found = execute(settings, picked, asked, verbose=verbose)
    finish(found, picked, as_json=as_json)


@click.command()
@shops_option
@streams_option
@click.option(
    "--snapshots",
    is_flag=True,
    help="Read snapshots again that were read not long ago.",
)
@verbose_option
@_json
def sync(
    domains: Sequence[str],
    names: Sequence[str],
    *,
    snapshots: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Load what changed since each stream's watermark, and snapshots in turn."""
    settings = load_settings()
    picked = chosen(settings, domains)
    asked = [recent(shop, names, snapshots=snapshots) for shop in picked.shops]
    found = execute(settings, picked, asked, verbose=verbose)
    finish(found, picked, as_json=as_json)


@dataclass(frozen=True)
class Chosen:
    """The shops asked for.

    Attributes:
        shops: those that can be worked on.
        faults: why others of the shops file cannot; the remedy is named.
    """

    shops: tuple[Shop, ...]
    faults: tuple[str, ...] = ()


def chosen(settings: Settings, domains: Sequence[str]) -> Chosen:
    """The shops asked for, and which of them have to be mended first.

    Raises:
        ConfigurationError: there are none that can be worked on, or one is not in the
            shops file.
    """
    found = read_shops(settings.shops_file)
    shops = {shop.domain: shop for shop in found.shops}
    _refuse_unlisted(domains, found, settings.shops_file)
    faults = [
        fault.message
        for fault in found.faults
        if not domains or fault.domain in domains
    ]
    well: list[Shop] = []
    for domain in domains or shops:
        if domain in shops:
            fault = _misspelt(shops[domain])
            well += [] if fault else [shops[domain]]
            faults += [fault] if fault else []
    if not well:
        raise ConfigurationError("\n".join(faults) or _no_shop(settings.shops_file))
    return Chosen(tuple(well), tuple(faults))


def _refuse_unlisted(domains: Sequence[str], found: ShopsFile, file: Path) -> None:
    known = [*(shop.domain for shop in found.shops)]
    known += [fault.domain for fault in found.faults if fault.domain]
    for domain in domains:
        if domain not in known:
            listed = ", ".join(sorted(known)) or "none"
            message = (
                f"shop {domain!r} is not in {file}{meant(domain, known)} "
                f"(listed: {listed}); add it with: shopify-assets shops add"
            )
            raise ConfigurationError(message)


def _no_shop(file: Path) -> str:
    return f"no shop is in {file}; add one with: shopify-assets shops add"


def _misspelt(shop: Shop) -> str | None:
    """What is wrong with the streams that the shop's entry names."""
    try:
        refuse_unknown(shop.streams or (), asked_by=f"shop {shop.domain!r}: ")
    except ConfigurationError as error:
        return str(error)
    return None


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


def whole(
    shop: Shop,
    names: Sequence[str],
    *,
    start: date,
    end: date,
    distrust: bool = False,
) -> Task:
    """Ask for a shop's history from `start` to `end`, both included.

    Raises:
        ConfigurationError: the dates are in the wrong order, or a stream is unknown.
    """
    if start > end:
        message = f"--start-date {start} is after --end-date {end}; exchange them"
        raise ConfigurationError(message)
    config = {
        "start": start.isoformat(),
        "end": (end + timedelta(days=1)).isoformat(),
        "distrust": distrust,
    }
    return _task(BACKFILL_JOB, shop, names, config)


def recent(shop: Shop, names: Sequence[str], *, snapshots: bool) -> Task:
    """Ask for what changed since the watermark, up to now.

    Snapshots that are named now are read however new they are; those that the shop's
    entry names, in turn.
    """
    return _task(SYNC_JOB, shop, names, {"snapshots": snapshots or bool(names)})


def _task(job: str, shop: Shop, names: Sequence[str], config: dict[str, Any]) -> Task:
    streams = [each.name for each in selected(shop, names)]
    # What the shop's entry or the command names must not be missed in silence.
    named = bool(names or shop.streams)
    config = {**config, "streams": streams, "named": named}
    return Task(job, shop.domain, tuple(streams), config)


def execute(
    settings: Settings, picked: Chosen, tasks: Sequence[Task], *, verbose: bool = False
) -> list[Outcome]:
    """Run what is asked of the shops that can be read, telling progress.

    Raises:
        ConfigurationError: nothing is asked for.
    """
    from shopify_assets.cli.running import (  # noqa: PLC0415 -- rich: work begins
        outcomes_of,
    )

    refuse_nothing(tasks)
    closed = left_out(picked, settings)
    found = outcomes_of(tasks, closed, settings, verbose=verbose)
    return [found[task.shop, stream] for task in tasks for stream in task.streams]


def refuse_nothing(tasks: Sequence[Task]) -> None:
    """Refuse to begin without anything to do.

    Raises:
        ConfigurationError: no shop extracts any of the streams asked for.
    """
    if not any(task.total for task in tasks):
        shops = ", ".join(repr(task.shop) for task in tasks)
        message = (
            f"none of the streams asked for is extracted for shop {shops}; name others "
            "or add them to `streams` in the shops file"
        )
        raise ConfigurationError(message)


def left_out(picked: Chosen, settings: Settings) -> dict[str, str]:
    """Find out, and say, which shops cannot be read, and why."""
    from shopify_assets.cli import ready  # noqa: PLC0415 -- requests: work begins

    closed = ready.unreadable(picked.shops, settings)
    for reason in (*picked.faults, *closed.values()):
        output.say(f"left out: {reason}")
    return closed


def finish(found: Sequence[Outcome], picked: Chosen, *, as_json: bool) -> None:
    """Show the outcomes; fail if a stream failed, or a shop was left out.

    Raises:
        ShopifyAssetsError: at least one stream is not complete.
    """
    if as_json:
        output.dump(output.outcomes_json(found))
    else:
        output.outcomes(found)
    failed = [each for each in found if not (each.complete or each.skipped)]
    told = []
    if failed:
        which = output.by_shop(failed, of=found)
        told.append(f"{len(failed)} of {len(found)} streams are not complete: {which}")
    if picked.faults:
        told.append(f"{len(picked.faults)} entries of the shops file are to be mended")
    if told:
        raise ShopifyAssetsError(f"{'; '.join(told)} (reasons above)")


def now() -> datetime:
    """This machine's time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
