"""Proofs of several shops, side by side.

Charter: the doing of `verify`: connections, and one proof after the other. What is
compared is `proof`'s business; options and output are `verify`'s.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.api.client import connect
from shopify_assets.catalog.fitting import fit
from shopify_assets.cli import output, progress, runs
from shopify_assets.cli.worker import PROGRESS
from shopify_assets.errors import ShopifyAssetsError
from shopify_assets.extract.extraction import Context
from shopify_assets.postgres.books import proofs
from shopify_assets.postgres.connect import connect as connect_warehouse
from shopify_assets.postgres.connect import warehouse_url
from shopify_assets.proof import verify as proving
from shopify_assets.proof.page import page as page_of
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.verdicts import StreamProof
from shopify_assets.settings import load_settings
from shopify_assets.storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import psycopg

    from shopify_assets.catalog.stream import Stream
    from shopify_assets.proof.wanted import Wanted
    from shopify_assets.settings import Settings, Shop

_SHOPS_AT_ONCE = 4
_PROGRESS = logging.getLogger(PROGRESS)


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
        context = Context(client, store, _PROGRESS.info, warn=_PROGRESS.warning)
        began, proofs = time.monotonic(), list[StreamProof]()
        with client.waiter.told_to(_PROGRESS.warning, work="proof"):
            for stream in asked.streams:
                proofs.append(
                    _of_stream(
                        stream, asked, wanted, context=context, connection=connection
                    )
                )
                _tell(proofs, len(asked.streams), seconds=time.monotonic() - began)
        return proofs


def _tell(proofs: Sequence[StreamProof], total: int, *, seconds: float) -> None:
    """One line a stream: how many of how many, and how long the others may take."""
    newest, ended = proofs[-1], len(proofs)
    place = f"{newest.shop} [{ended}/{total}] {newest.stream}"
    remaining = progress.seconds_left(ended, total, seconds)
    left = f"; {progress.left(remaining)}" if ended < total else ""
    # Those are told in one line at the end.
    if not newest.never_loaded:
        output.say(f"{place}: {newest.verdict.value}{left}")


@contextmanager
def told(*, verbose: bool) -> Iterator[None]:
    """Show what proofs say on the way: retries and waits always, the rest if asked."""
    handler = _Teller()
    handler.setLevel(logging.INFO if verbose else logging.WARNING)
    _PROGRESS.setLevel(logging.INFO)
    _PROGRESS.addHandler(handler)
    try:
        yield
    finally:
        _PROGRESS.removeHandler(handler)


class _Teller(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        output.say(record.getMessage())


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
        return _failed(context.client.domain, stream, fitted.refusal or "")
    share = load_settings().max_set_aside
    subject = Subject(fitted.compiled, context, connection, share)
    prove = proving.verify_and_repair if asked.repair else proving.verify
    try:
        found = prove(subject, wanted)
    except ShopifyAssetsError as error:
        # One stream that cannot be looked at does not hide the others.
        connection.rollback()
        found = _failed(context.client.domain, stream, str(error))
    return found


def _failed(domain: str, stream: Stream, reason: str) -> StreamProof:
    return StreamProof(
        shop=domain,
        stream=stream.name,
        proven_at=runs.now(),
        proofs=(),
        failure=reason,
    )


def of_all(
    asked: Sequence[Asked],
    wanted: Wanted,
    settings: Settings,
    *,
    closed: Mapping[str, str],
) -> list[StreamProof]:
    """Prove every shop's streams; `closed` says by domain which cannot be read."""
    url = warehouse_url(settings)

    def prove(each: Asked) -> list[StreamProof]:
        reason = closed.get(each.shop.domain)
        if reason is None:
            return of_shop(each, wanted, settings, url)
        domain = each.shop.domain
        return [_failed(domain, stream, reason) for stream in each.streams]

    pool = ThreadPoolExecutor(_SHOPS_AT_ONCE)
    try:
        return [proof for of_one in pool.map(prove, asked) for proof in of_one]
    finally:
        # A command that is told to end does not wait for its threads.
        pool.shutdown(wait=False, cancel_futures=True)


def write_page(file: Path, settings: Settings) -> None:
    """Write the newest verdicts of all shops to an HTML file."""
    with closing(connect_warehouse(warehouse_url(settings))) as connection:
        file.write_text(page_of(proofs.newest(connection)), "utf-8")
