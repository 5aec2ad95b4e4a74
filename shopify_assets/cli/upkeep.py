"""`dagster`: the upkeep of Dagster's own storage.

Charter: the commands that prune it, and clean away what earlier versions left there.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from shopify_assets.cli import instance, output
from shopify_assets.settings import load_settings


@click.group()
def dagster() -> None:
    """Dagster's own storage: what it can forget, what earlier versions left."""


@dagster.command()
@click.option(
    "--days",
    type=click.IntRange(min=1),
    help="Keep runs that ended at most so many days ago; unset: the setting.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def prune(*, days: int | None, dry_run: bool, as_json: bool) -> None:
    """Delete old runs with their events and logs; what states are read from stays.

    The schedule `nightly_prune` does the same every night.
    """
    from shopify_assets.defs import prune as job  # noqa: PLC0415 -- slow
    from shopify_assets.defs import pruning  # noqa: PLC0415 -- the same

    settings = load_settings()
    kept = days or settings.keep_runs_days
    instance.prepare(settings.home)
    ask = pruning.prunable if dry_run else pruning.prune
    with instance.opened() as opened:
        pruned = ask(opened, days=kept, now=datetime.now(UTC))
    if as_json:
        output.dump(asdict(pruned))
    else:
        would = "would be deleted" if dry_run else "deleted"
        output.answer(f"{would}: {job.told(pruned, days=kept)}")


@dagster.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def clean(*, as_json: bool) -> None:
    """Carry over what earlier versions loaded, and delete what they left in Dagster.

    Once after an upgrade from a version whose assets were partitioned by shop and
    month: what the warehouse holds is then shown as materialised, and the assets and
    events of that version are gone. A second time does nothing.
    """
    from shopify_assets.defs import earlier  # noqa: PLC0415 -- slow
    from shopify_assets.defs.options import Options  # noqa: PLC0415 -- the same
    from shopify_assets.postgres.books.watermarks import (  # noqa: PLC0415 -- slow
        loaded,
    )
    from shopify_assets.postgres.connect import (  # noqa: PLC0415 -- the same
        connect,
        warehouse_url,
    )

    settings = load_settings()
    instance.prepare(settings.home)
    with connect(warehouse_url(settings)) as warehouse:
        there = loaded(warehouse)
    with instance.opened() as opened:
        cleaned = earlier.clean(opened, there, key=Options.of(settings).key)
    if as_json:
        output.dump(asdict(cleaned))
        return
    output.answer(
        f"{cleaned.carried:,} partitions are shown as materialised that the warehouse "
        f"holds; {cleaned.assets:,} assets of an earlier version are gone, with "
        f"{cleaned.events:,} events"
    )
