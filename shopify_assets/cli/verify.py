"""`verify`: whether every row is there, and the repair of what is not.

Charter: from options to what is asked of each shop, and how the answer is shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shopify_assets.cli import output, runs
from shopify_assets.cli.names import shops_option, streams_option
from shopify_assets.cli.task import Task
from shopify_assets.defs.names import VERIFY_JOB
from shopify_assets.errors import ShopifyAssetsError
from shopify_assets.proof.verdicts import StreamProof, Verdict, tally
from shopify_assets.proof.wanted import (
    MAX_POINTS,
    MOST_DELETED,
    ROUNDS,
    SAMPLE,
)
from shopify_assets.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shopify_assets.settings import Shop


@click.command()
@shops_option
@streams_option
@click.option("--repair", is_flag=True, help="Fetch what is missing, and prove again.")
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=SAMPLE,
    show_default=True,
    help="Records a stream compared whole beside those whose turn it is.",
)
@click.option(
    "--rounds",
    type=click.IntRange(min=0),
    default=ROUNDS,
    show_default=True,
    help="Proofs within which every record has its turn; 0: none has.",
)
@click.option(
    "--max-points",
    type=click.IntRange(min=1),
    default=MAX_POINTS,
    show_default=True,
    help="Points a stream after which no further record has its turn.",
)
@click.option("--seed", type=int, help="Chooses the sample; another every day if none.")
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
@runs.verbose_option
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def verify(  # noqa: PLR0913 -- a command's options
    *,
    domains: Sequence[str],
    names: Sequence[str],
    sample: int,
    rounds: int,
    max_points: int,
    seed: int | None,
    max_deleted: float,
    page: Path | None,
    repair: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Prove that every row of a shop is in the warehouse; name what is missing."""
    from shopify_assets.cli import proving  # noqa: PLC0415 -- slow import

    settings = load_settings()
    config = {
        "repair": repair,
        "sample": sample,
        "rounds": rounds,
        "max_points": max_points,
        "seed": seed,
        "most_deleted": max_deleted / 100,
    }
    picked = runs.chosen(settings, domains)
    tasks = [_task(shop, names, config) for shop in picked.shops]
    runs.refuse_nothing(tasks)
    closed = runs.left_out(picked, settings)
    proven = proving.Proven()
    try:
        proving.of_all(tasks, settings, closed=closed, proven=proven, verbose=verbose)
    finally:
        # Whatever ended it, Ctrl-C too: what is finished is in the book already.
        _show(proven.in_order(tasks), as_json=as_json)
    if page is not None:
        proving.write_page(page, settings)
    _refuse_unproven(proven.in_order(tasks), picked.faults)


def _task(shop: Shop, names: Sequence[str], config: dict[str, Any]) -> Task:
    streams = tuple(stream.name for stream in runs.selected(shop, names))
    config = {**config, "streams": list(streams)}
    return Task(VERIFY_JOB, shop.domain, streams, config)


def _show(found: Sequence[StreamProof], *, as_json: bool) -> None:
    if as_json:
        output.dump([each.as_json() for each in found])
    else:
        output.proofs(found)


def _refuse_unproven(found: Sequence[StreamProof], faults: Sequence[str]) -> None:
    """Fail if a gap remains, or something could not be decided.

    Raises:
        ShopifyAssetsError: at least one stream has a gap, or is undecided.
    """
    bad = [each for each in found if each.verdict in {Verdict.GAP, Verdict.UNDECIDED}]
    if bad:
        first = max(bad, key=lambda each: each.verdict is Verdict.GAP)
        message = (
            f"{len(bad)} of {len(found)} streams are not proven whole ({tally(bad)}); "
            f"the first is {first.stream} of {first.shop}: {first.why}"
        )
        raise ShopifyAssetsError(message)
    if faults:
        message = f"{len(faults)} entries of the shops file are to be mended"
        raise ShopifyAssetsError(f"{message} (reasons above)")
