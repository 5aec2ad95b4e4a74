"""`set-aside`: what cannot be read, listed, taken in again or given up.

Charter: from options to entries of the warehouse's book, and how they are shown. What
is done about them is `retake`'s business.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from shopify_assets.catalog.fitting import readable
from shopify_assets.cli import output
from shopify_assets.cli.names import refuse_unknown
from shopify_assets.errors import ConfigurationError, ShopifyAssetsError
from shopify_assets.settings import load_settings
from shopify_assets.storage.store import open_store
from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import psycopg

    from shopify_assets.postgres.books.aside import Open
    from shopify_assets.retake import Retaken
    from shopify_assets.settings import Settings

_shop = click.option("--shop", "domain", help="A shop; all if none.")
_select = click.option("--select", "stream", help="A stream; all if none.")
_json = click.option("--json", "as_json", is_flag=True, help="For machines.")
_all = click.option("--all", "everything", is_flag=True, help="All of them.")
_keys = click.argument("keys", nargs=-1)


@click.group("set-aside")
def set_aside() -> None:
    """Records and windows that cannot be read, while all else is loaded."""


@set_aside.command("list")
@_shop
@_select
@_json
def list_(domain: str | None, stream: str | None, *, as_json: bool) -> None:
    """List them: which record, in which file and line, and why."""
    with closing(_connected(load_settings())) as connection:
        found = _entries(connection, domain, stream)
    if as_json:
        output.dump([_described(entry) for entry in found])
        return
    for entry in found:
        state = ", given up" if entry.given_up_at else ""
        where = f" [{entry.file}, line {entry.line}]" if entry.file else ""
        output.answer(
            f"{entry.shop}, {entry.stream}: {entry}{where}, "
            f"since {entry.since:%Y-%m-%d %H:%M}{state}"
        )
    output.answer(f"{len(found)} set aside")


@set_aside.command()
@_shop
@_select
@_all
@_keys
@_json
def retry(
    domain: str | None,
    stream: str | None,
    keys: Sequence[str],
    *,
    everything: bool,
    as_json: bool,
) -> None:
    """Read them from the raw files again, by the present code; Shopify is not asked.

    KEYS are those of `list`; the other entries of the same extraction come along.
    """
    settings = load_settings()
    with closing(_connected(settings)) as connection:
        chosen = _chosen(connection, domain, stream, keys, everything=everything)
        done = list(_retaken(settings, connection, chosen))
        _restate(connection, chosen)
        left = {(entry.shop, entry.stream, entry.key) for entry in chosen} & {
            (entry.shop, entry.stream, entry.key)
            for entry in _entries(connection, domain, stream)
        }
    if as_json:
        output.dump([asdict(each) for each in done])
    for each in () if as_json else done:
        told = each.failure or f"{each.entries} read, {each.changed:,} rows changed"
        output.answer(f"{each.extraction}: {told}")
    if left:
        message = (
            f"{len(left)} of {len(chosen)} still cannot be read; see set-aside list"
        )
        raise ShopifyAssetsError(message)


@set_aside.command()
@_shop
@_select
@_all
@_keys
def drop(
    domain: str | None, stream: str | None, keys: Sequence[str], *, everything: bool
) -> None:
    """Give them up: no check fails for them any more, and they are told no more."""
    from shopify_assets.postgres.books import aside  # noqa: PLC0415 -- as `_connected`

    with closing(_connected(load_settings())) as connection:
        chosen = _chosen(connection, domain, stream, keys, everything=everything)
        for entry in chosen:
            aside.give_up(
                connection, shop=entry.shop, stream=entry.stream, keys=[entry.key]
            )
            output.answer(f"given up: {entry.shop}, {entry.stream}: {entry}")
        _restate(connection, chosen)
        connection.commit()


def _restate(connection: psycopg.Connection, chosen: Sequence[Open]) -> None:
    """Let the check say what is set aside now: the next load may be long to come."""
    from shopify_assets.checks import Looked, result_of_aside  # noqa: PLC0415 -- slow
    from shopify_assets.postgres.books import aside, checks  # noqa: PLC0415 -- the same

    results = [
        result_of_aside(
            Looked(shop, stream, _now()),
            aside.entries(connection, shop=shop, stream=stream),
        )
        for shop, stream in sorted({(entry.shop, entry.stream) for entry in chosen})
    ]
    checks.record(connection, results, run="set-aside")


def _connected(settings: Settings) -> psycopg.Connection:
    from shopify_assets.postgres.connect import (  # noqa: PLC0415 -- for help, too slow
        connect,
        warehouse_url,
    )
    from shopify_assets.postgres.form.migrate import migrate  # noqa: PLC0415 -- the same

    connection = connect(warehouse_url(settings))
    migrate(connection, ())
    return connection


def _entries(
    connection: psycopg.Connection, domain: str | None, stream: str | None
) -> tuple[Open, ...]:
    from shopify_assets.postgres.books import aside  # noqa: PLC0415 -- as `_connected`

    if stream is not None:
        refuse_unknown([stream])
    return aside.entries(connection, shop=domain, stream=stream)


def _chosen(
    connection: psycopg.Connection,
    domain: str | None,
    stream: str | None,
    keys: Sequence[str],
    *,
    everything: bool,
) -> list[Open]:
    """The entries asked for by their keys, or all.

    Raises:
        ConfigurationError: none is asked for, or one is not set aside.
    """
    if not keys and not everything:
        raise ConfigurationError("name keys of `set-aside list`, or give --all")
    found = _entries(connection, domain, stream)
    unknown = sorted(set(keys) - {entry.key for entry in found})
    if unknown:
        raise ConfigurationError(
            f"{unknown[0]!r} is not set aside; see: shopify-assets set-aside list"
        )
    return [entry for entry in found if everything or entry.key in keys]


def _retaken(
    settings: Settings, connection: psycopg.Connection, chosen: Sequence[Open]
) -> Iterator[Retaken]:
    from shopify_assets.postgres.books import aside  # noqa: PLC0415 -- as `_connected`
    from shopify_assets.retake import Retaken, retake  # noqa: PLC0415 -- slow import

    store = open_store(settings.lake_url)
    compiled = {each.name: each for each in readable(STREAMS, settings.api_version)}
    for shop, stream in sorted({(entry.shop, entry.stream) for entry in chosen}):
        of_stream = [entry for entry in chosen if entry.stream == stream]
        if stream not in compiled:
            where = f"stream {stream!r} of shop {shop!r}"
            failure = "no such stream any more; give it up with: set-aside drop"
            yield Retaken(where, len(of_stream), failure=failure)
            continue
        wanted = {entry.extraction for entry in of_stream}
        yield from retake(
            compiled[stream],
            [
                entry
                for entry in aside.entries(connection, shop=shop, stream=stream)
                if entry.extraction in wanted
            ],
            store=store,
            connection=connection,
            clock=_now,
            most_set_aside=settings.max_set_aside,
        )


def _described(entry: Open) -> dict[str, object]:
    return {**asdict(entry), "whole": entry.is_whole}


def _now() -> datetime:
    return datetime.now(UTC)
