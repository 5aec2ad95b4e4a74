"""Proofs of several shops, side by side.

Charter: the doing of `verify`: connections, and one proof after the other. What is
compared is `proof`'s business; options and output are `verify`'s.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.api.client import connect
from shopify_assets.catalog.fitting import fit
from shopify_assets.cli import output, runs
from shopify_assets.errors import ShopifyAssetsError
from shopify_assets.extract.extraction import Context
from shopify_assets.postgres import proofs
from shopify_assets.postgres.connect import connect as connect_warehouse
from shopify_assets.postgres.connect import warehouse_url
from shopify_assets.proof import verify as proving
from shopify_assets.proof.page import page as page_of
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.verdicts import StreamProof
from shopify_assets.settings import load_settings
from shopify_assets.storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import psycopg

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.catalog.stream import Stream
    from shopify_assets.proof.wanted import Wanted
    from shopify_assets.settings import Settings, Shop

_SHOPS_AT_ONCE = 4


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What to prove of a shop, and whether to mend it."""

    shop: Shop
    streams: tuple[Stream, ...]
    repair: bool


def of_shop(
    asked: Asked, wanted: Wanted, settings: Settings, url: str
) -> list[StreamProof]:
    """Prove the streams of one shop, one after the other."""
    with (
        closing(connect_warehouse(url)) as connection,
        closing(connect(asked.shop, settings=settings)) as client,
    ):
        store = open_store(settings.lake_url)
        context = Context(client, store, output.say, warn=output.say)
        with client.waiter.told_to(output.say, work="proof"):
            return [
                _of_stream(each, asked, wanted, context=context, connection=connection)
                for each in asked.streams
            ]


def _of_stream(
    stream: Stream,
    asked: Asked,
    wanted: Wanted,
    *,
    context: Context,
    connection: psycopg.Connection,
) -> StreamProof:
    (fitted,) = fit([stream], context.client.api_version)
    if fitted.compiled is None:
        return _failed(context.client, stream, fitted.refusal or "")
    share = load_settings().max_set_aside
    subject = Subject(fitted.compiled, context, connection, share)
    prove = proving.verify_and_repair if asked.repair else proving.verify
    try:
        found = prove(subject, wanted)
    except ShopifyAssetsError as error:
        # One stream that cannot be looked at does not hide the others.
        connection.rollback()
        found = _failed(context.client, stream, str(error))
    if not found.never_loaded:
        output.say(f"{asked.shop.domain}, {stream.name}: {found.verdict.value}")
    return found


def _failed(client: ShopifyClient, stream: Stream, reason: str) -> StreamProof:
    return StreamProof(
        shop=client.domain,
        stream=stream.name,
        proven_at=runs.now(),
        proofs=(),
        failure=reason,
    )


def of_all(
    asked: Sequence[Asked], wanted: Wanted, settings: Settings
) -> list[StreamProof]:
    """Prove every shop's streams."""
    url = warehouse_url(settings)
    with ThreadPoolExecutor(_SHOPS_AT_ONCE) as pool:
        found = pool.map(lambda each: of_shop(each, wanted, settings, url), asked)
        return [proof for of_one in found for proof in of_one]


def write_page(file: Path, settings: Settings) -> None:
    """Write the newest verdicts of all shops to an HTML file."""
    with closing(connect_warehouse(warehouse_url(settings))) as connection:
        file.write_text(page_of(proofs.newest(connection)), "utf-8")
