"""All definitions of the code location, from settings and streams.

Charter: the assembly of what the other modules of `defs` make.
"""

from typing import Any

import dagster as dg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.catalog.fitting import fit
from shopify_assets.defs.assets import assets
from shopify_assets.defs.jobs import INCREMENTAL_JOB, PROOF_JOB, SNAPSHOT_JOB
from shopify_assets.defs.partitions import SHOPS, by_shop_and_date, dates
from shopify_assets.defs.proof import proven
from shopify_assets.defs.prune import nightly, prune_job
from shopify_assets.defs.resources import resources
from shopify_assets.defs.schedules import daily, weekly
from shopify_assets.defs.sensors import shops as shops_sensor
from shopify_assets.settings import DEFAULT_START_DATE, Settings, read_shops
from shopify_assets.streams import STREAMS


def compiled_streams(settings: Settings) -> tuple[CompiledStream, ...]:
    """Compile every stream that the API version of the settings can read.

    Raises:
        ConfigurationError: a declaration is not right for the version in use.
    """
    found = fit(STREAMS, settings.api_version)
    return tuple(each.compiled for each in found if each.compiled)


def windows(settings: Settings) -> dg.TimeWindowPartitionsDefinition:
    """The windows of the date partitions, from the earliest shop's start on."""
    found = read_shops(settings.shops_file)
    starts = [shop.start_date for shop in found.shops]
    return dates(min(starts, default=DEFAULT_START_DATE), width=settings.partition)


def build(settings: Settings) -> dg.Definitions:
    """Build the code location's definitions."""
    cut = windows(settings)
    by_date = by_shop_and_date(cut)
    streams = compiled_streams(settings)
    incremental = [
        each
        for one in streams
        if one.stream.incremental
        for each in assets(one, by_date)
    ]
    snapshots = [
        each
        for one in streams
        if not one.stream.incremental
        for each in assets(one, SHOPS)
    ]
    checks = [proven(each) for each in streams]
    pruning = prune_job(settings.keep_runs_days)
    return dg.Definitions(
        assets=[*incremental, *snapshots],
        asset_checks=checks,
        jobs=[*_jobs(incremental, snapshots, checks), pruning],
        schedules=[*daily(cut), weekly(), nightly(pruning)],
        sensors=[shops_sensor],
        resources=resources(settings),
        executor=dg.in_process_executor,
    )


def _jobs(
    incremental: list[dg.AssetsDefinition],
    snapshots: list[dg.AssetsDefinition],
    checks: list[dg.AssetChecksDefinition],
) -> list[Any]:
    # A proof is asked for by itself: a load does not wait for it, nor pay for it.
    proofs = dg.AssetSelection.checks(*checks)
    return [
        dg.define_asset_job(
            INCREMENTAL_JOB,
            selection=dg.AssetSelection.assets(*incremental) - proofs,
            description="Streams cut by time, shop by shop.",
        ),
        dg.define_asset_job(
            SNAPSHOT_JOB,
            selection=dg.AssetSelection.assets(*snapshots) - proofs,
            description="Streams read whole, shop by shop.",
        ),
        dg.define_asset_job(
            PROOF_JOB,
            selection=proofs,
            description="Whether every row of every shop is there; mends nothing.",
        ),
    ]
