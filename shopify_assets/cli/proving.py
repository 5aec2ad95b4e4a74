"""Proofs of several shops, side by side.

Charter: the doing of `verify`: connections, and one proof after the other. What is
compared is `proof`'s business; options and output are `verify`'s.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from shopify_assets.api.client import connect
from shopify_assets.catalog.fitting import fit
from shopify_assets.cli import output, progress, runs
from shopify_assets.cli.worker import PROGRESS
from shopify_assets.errors import ShopifyAssetsError, ShopUnavailable
from shopify_assets.extract.extraction import Context
from shopify_assets.postgres.books import proofs
from shopify_assets.postgres.connect import connect as connect_warehouse
from shopify_assets.postgres.connect import warehouse_url
from shopify_assets.proof import verify as proving
from shopify_assets.proof.apart import reason_of
from shopify_assets.proof.page import page as page_of
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.verdicts import StreamProof, unproven
from shopify_assets.settings import load_settings
from shopify_assets.storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

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


@dataclass(frozen=True)
class Proven:
    """The proofs that are finished; of several threads, and read at any time."""

    _proofs: list[StreamProof] = field(default_factory=list)

    def add(self, proof: StreamProof) -> None:
        """Take in a finished one."""
        self._proofs.append(proof)

    def in_order(self, asked: Sequence[Asked]) -> list[StreamProof]:
        """Those that are finished, as they were asked for."""
        finished = {(each.shop, each.stream): each for each in tuple(self._proofs)}
        keys = ((one.shop.domain, each.name) for one in asked for each in one.streams)
        return [finished[key] for key in keys if key in finished]


def of_shop(
    asked: Asked, wanted: Wanted, settings: Settings, *, url: str, proven: Proven
) -> None:
    """Prove the streams of one shop, one after the other.

    Raises:
        ShopUnavailable: the shop is not asked any more; streams are left unproven.
    """
    with closing(connect(asked.shop, settings=settings)) as client:
        store = open_store(settings.lake_url)
        context = Context(client, store, _PROGRESS.info, warn=_PROGRESS.warning)
        began = time.monotonic()
        with client.waiter.told_to(_PROGRESS.warning, work="proof"):
            for number, stream in enumerate(asked.streams, start=1):
                proof = _of_stream(stream, asked, wanted, context=context, url=url)
                proven.add(proof)
                left = len(asked.streams) - number
                if client.given_up and left:
                    _tell_given_up(proof, left, client.given_up)
                    raise ShopUnavailable(client.given_up)
                seconds = time.monotonic() - began
                _tell(proof, number, len(asked.streams), seconds=seconds)


def _tell(newest: StreamProof, ended: int, total: int, *, seconds: float) -> None:
    """One line a stream: how many of how many, and how long the others may take."""
    place = f"{newest.shop} [{ended}/{total}] {newest.stream}"
    remaining = progress.seconds_left(ended, total, seconds)
    left = f"; {progress.left(remaining)}" if ended < total else ""
    # Those are told in one line at the end.
    if not newest.never_loaded:
        output.say(f"{place}: {newest.verdict.value}{left}")


def _tell_given_up(newest: StreamProof, left: int, reason: str) -> None:
    """One line for all that is not asked any more."""
    output.say(
        f"{newest.shop} {newest.stream}: {newest.verdict.value}; the shop is not asked "
        f"any more, which leaves {left:,} more undecided: {reason}"
    )


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
    stream: Stream, asked: Asked, wanted: Wanted, *, context: Context, url: str
) -> StreamProof:
    """Prove one stream, with a connection of its own: one that broke stops no other."""
    (fitted,) = fit([stream], context.client.api_version)
    if fitted.compiled is None:
        return _unproven(context.client.domain, stream, fitted.refusal or "", url=url)
    prove = proving.verify_and_repair if asked.repair else proving.verify
    try:
        with closing(connect_warehouse(url)) as connection:
            share = load_settings().max_set_aside
            subject = Subject(fitted.compiled, context, connection, share)
            return prove(subject, wanted)
    except ShopifyAssetsError as error:
        return _unproven(context.client.domain, stream, str(error), url=url)


def _unproven(domain: str, stream: Stream, reason: str, *, url: str) -> StreamProof:
    """A stream that nothing could be proven of; that is written down, too."""
    proof = unproven(domain, stream.name, reason, at=runs.now())
    try:
        with closing(connect_warehouse(url)) as connection:
            proving.record(connection, proof)
    except ShopifyAssetsError as error:
        failure = f"{reason}; and the verdict is not written down: {error}"
        return replace(proof, failure=failure)
    return proof


def of_all(
    asked: Sequence[Asked],
    wanted: Wanted,
    settings: Settings,
    *,
    closed: Mapping[str, str],
    proven: Proven,
) -> None:
    """Prove every shop's streams, several shops side by side.

    Args:
        asked: what is to be proven of which shop.
        wanted: how.
        settings: where warehouse and lake are.
        closed: by domain, why a shop cannot be read.
        proven: takes in what is finished, as soon as it is.
    """
    url = warehouse_url(settings)

    def prove(each: Asked) -> None:
        reason = closed.get(each.shop.domain, "")
        try:
            if not reason:
                of_shop(each, wanted, settings, url=url, proven=proven)
        except Exception as error:  # noqa: BLE001 -- told; a shop hides no other
            reason = reason_of(error)
        done = {proof.stream for proof in proven.in_order([each])}
        left = [stream for stream in each.streams if stream.name not in done]
        for stream in left:
            proven.add(_unproven(each.shop.domain, stream, reason, url=url))

    pool = ThreadPoolExecutor(_SHOPS_AT_ONCE)
    try:
        for _ in pool.map(prove, asked):
            pass
    finally:
        # A command that is told to end does not wait for its threads.
        pool.shutdown(wait=False, cancel_futures=True)


def write_page(file: Path, settings: Settings) -> None:
    """Write the newest verdicts of all shops to an HTML file."""
    with closing(connect_warehouse(warehouse_url(settings))) as connection:
        file.write_text(page_of(proofs.newest(connection)), "utf-8")
    output.say(f"written: {file}")
