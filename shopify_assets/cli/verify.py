"""`verify`: whether every row is there, and the repair of what is not.

Charter: from options to proofs, shops side by side, and how they are shown. What is
compared, and how a gap is mended, is `proof`'s business.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopify_assets.api.client import connect
from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.schema import load_schema
from shopify_assets.cli import output, runs
from shopify_assets.errors import ConfigurationError, ShopifyAssetsError
from shopify_assets.extract.extraction import Context
from shopify_assets.postgres import proofs
from shopify_assets.postgres.connect import connect as connect_warehouse
from shopify_assets.postgres.connect import warehouse_url
from shopify_assets.proof import verify as proving
from shopify_assets.proof.page import page as page_of
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.verdicts import StreamProof, Verdict
from shopify_assets.proof.verify import MOST_DELETED, SAMPLE, Wanted
from shopify_assets.settings import load_settings
from shopify_assets.storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.catalog.stream import Stream
    from shopify_assets.settings import Settings, Shop

_SHOPS_AT_ONCE = 4


@click.command()
@click.option("--shop", "domains", multiple=True, help="A shop; all if none.")
@click.option("--select", "names", multiple=True, help="A stream; all if none.")
@click.option("--repair", is_flag=True, help="Fetch what is missing, and prove again.")
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=SAMPLE,
    show_default=True,
    help="Records a stream that are fetched again and compared whole.",
)
@click.option("--seed", type=int, help="Chooses them; another every day if none.")
@click.option(
    "--max-deleted",
    type=click.FloatRange(0, 100),
    default=MOST_DELETED * 100,
    show_default=True,
    help="Per cent of a table that --repair may mark as deleted at once.",
)
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all newest verdicts to this HTML file.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def verify(  # noqa: PLR0913 -- a command's options
    *,
    domains: Sequence[str],
    names: Sequence[str],
    sample: int,
    seed: int | None,
    max_deleted: float,
    page: Path | None,
    repair: bool,
    as_json: bool,
) -> None:
    """Prove that every row of a shop is in the warehouse; name what is missing."""
    settings = load_settings()
    wanted = Wanted(sample=sample, seed=seed, most_deleted=max_deleted / 100)
    asked = [
        _Asked(shop, tuple(runs.selected(shop, names)), repair)
        for shop in runs.chosen(settings, domains)
    ]
    if not any(each.streams for each in asked):
        raise ConfigurationError(
            "none of the streams asked for is extracted for these shops; name others, "
            "or add them to `streams` in the shops file"
        )
    url = warehouse_url(settings)
    with ThreadPoolExecutor(_SHOPS_AT_ONCE) as pool:
        each_shop = pool.map(lambda each: _of_shop(each, wanted, settings, url), asked)
        found = [proof for proofs_of_shop in each_shop for proof in proofs_of_shop]
    if page is not None:
        with closing(connect_warehouse(url)) as connection:
            page.write_text(page_of(proofs.newest(connection)), "utf-8")
        output.say(f"written: {page}")
    _finish(found, as_json=as_json)


@dataclass(frozen=True)
class _Asked:
    """What to prove of a shop, and whether to mend it."""

    shop: Shop
    streams: tuple[Stream, ...]
    repair: bool


def _of_shop(
    asked: _Asked, wanted: Wanted, settings: Settings, url: str
) -> list[StreamProof]:
    with (
        closing(connect_warehouse(url)) as connection,
        closing(connect(asked.shop, settings=settings)) as client,
    ):
        context = Context(client, open_store(settings.lake_url), output.say)
        return [
            _of_stream(each, asked, wanted, context=context, connection=connection)
            for each in asked.streams
        ]


def _of_stream(
    stream: Stream,
    asked: _Asked,
    wanted: Wanted,
    *,
    context: Context,
    connection: psycopg.Connection,
) -> StreamProof:
    compiled = compile_stream(load_schema(context.client.api_version), stream)
    subject = Subject(compiled, context, connection)
    prove = proving.verify_and_repair if asked.repair else proving.verify
    try:
        found = prove(subject, wanted)
    except ShopifyAssetsError as error:
        # One stream that cannot be looked at does not hide the others.
        connection.rollback()
        found = _failed(context.client, stream, error)
    output.say(f"{asked.shop.domain}, {stream.name}: {found.verdict.value}")
    return found


def _failed(
    client: ShopifyClient, stream: Stream, error: ShopifyAssetsError
) -> StreamProof:
    return StreamProof(
        shop=client.domain,
        stream=stream.name,
        proven_at=runs.now(),
        proofs=(),
        failure=str(error),
    )


def _finish(found: Sequence[StreamProof], *, as_json: bool) -> None:
    """Show the proofs; fail if a gap remains, or one could not be made.

    Raises:
        ShopifyAssetsError: at least one stream has a gap, or was not proven.
    """
    if as_json:
        output.dump([each.as_json() for each in found])
    else:
        output.proofs(found)
    bad = [each for each in found if each.verdict is Verdict.GAP or each.failure]
    if bad:
        first = bad[0]
        reason = first.failure or first.gaps[0].detail
        message = (
            f"{len(bad)} of {len(found)} streams are not proven whole; the first is "
            f"{first.stream} of {first.shop}: {reason}"
        )
        raise ShopifyAssetsError(message)
