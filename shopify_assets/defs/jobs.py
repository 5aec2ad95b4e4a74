"""Jobs: `backfill`, `sync` and `verify`, each for one shop a run.

Charter: an op a job, that does for a shop what the command of the same name does, and
logs what it materialised. A run plans nothing before: what has nothing new leaves one
event behind, and no more.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.events import AssetMaterializationPlannedData

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.checks import PROVEN
from shopify_assets.defs.carrying import (
    OUTCOMES,
    PROOFS,
    Carried,
    Tools,
    carry_out,
    listed,
    look_first,
    look_metadata,
    materialized_before,
    refuse_failures,
    refuse_unproven,
    step_metadata,
    step_of,
    steps_to_show,
    streams_of,
    verdicts_of,
    workplace,
)
from shopify_assets.defs.config import Backfill, Sync, Verify, schema_of, window
from shopify_assets.defs.failing import told_first
from shopify_assets.defs.metadata import loaded_windows
from shopify_assets.defs.names import BACKFILL_JOB, SYNC_JOB, VERIFY_JOB, op_of
from shopify_assets.defs.options import SOURCE
from shopify_assets.defs.partitions import SHOPS
from shopify_assets.defs.resources import (
    LakeResource,
    ShopifyResource,
    WarehouseResource,
)
from shopify_assets.defs.standing import CheckVerdict
from shopify_assets.defs.telling import news
from shopify_assets.defs.verdicts import as_evaluation
from shopify_assets.errors import ShopifyAssetsError
from shopify_assets.postgres.books.spans import Span
from shopify_assets.proof.verdicts import StreamProof
from shopify_assets.refresh.asked import STEPS, WAREHOUSE, Asked, Mode
from shopify_assets.refresh.look import Idle
from shopify_assets.refresh.proofs import prove_all
from shopify_assets.refresh.stream import Taken

# Compiles the streams of these names, all if none, when a run asks for them.
Streams = Callable[[Collection[str]], Sequence[CompiledStream]]
# What an op tells, at once: what it only logged would be lost with its failure.
_Told = dg.AssetMaterialization | dg.AssetCheckEvaluation | dg.Output[None]
# The asset key of a step of a stream.
Key = Callable[[str, str], dg.AssetKey]


def jobs(streams: Streams, key: Key) -> list[dg.JobDefinition]:
    """Make all jobs."""
    return [
        backfill_job(streams, key),
        sync_job(streams, key),
        verify_job(streams, key),
    ]


def backfill_job(streams: Streams, key: Key) -> dg.JobDefinition:
    """Make the job that loads a shop's history."""

    @dg.op(
        name=op_of(BACKFILL_JOB),
        out=dg.Out(dg.Nothing),
        config_schema=schema_of(Backfill),
    )
    def backfill(
        context: dg.OpExecutionContext,
        shopify: dg.ResourceParam[ShopifyResource],
        lake: dg.ResourceParam[LakeResource],
        warehouse: dg.ResourceParam[WarehouseResource],
    ) -> Iterator[_Told]:
        """Load a window of a shop's history, whatever is loaded of it."""
        config = Backfill(**context.op_config)
        tools, shop = Tools(shopify, lake, warehouse), context.partition_key
        with told_first(context):
            chosen = streams_of(streams(config.streams), config.streams, tools, shop)
            now = datetime.now(UTC).replace(microsecond=0)
            start = config.start or shopify.shop(shop).start_date.isoformat()
            asked = Asked(
                shop=shop,
                streams=tuple(each.name for each in chosen),
                window=window(start, config.end, now=now),
                named=frozenset(config.streams if config.named else ()),
                distrust=config.distrust,
            )
        yield from _carry_out(context, chosen, asked, tools, key)

    return _job(
        BACKFILL_JOB, backfill, "History of a shop: a window of it, or all of it."
    )


def sync_job(streams: Streams, key: Key) -> dg.JobDefinition:
    """Make the job that loads what is new in a shop."""

    @dg.op(
        name=op_of(SYNC_JOB),
        out=dg.Out(dg.Nothing),
        config_schema=schema_of(Sync),
    )
    def sync(
        context: dg.OpExecutionContext,
        shopify: dg.ResourceParam[ShopifyResource],
        lake: dg.ResourceParam[LakeResource],
        warehouse: dg.ResourceParam[WarehouseResource],
    ) -> Iterator[_Told]:
        """Load what changed since each stream's watermark, and snapshots in turn."""
        config = Sync(**context.op_config)
        tools, shop = Tools(shopify, lake, warehouse), context.partition_key
        with told_first(context):
            chosen = streams_of(streams(config.streams), config.streams, tools, shop)
            asked = Asked(
                shop=shop,
                streams=tuple(each.name for each in chosen),
                mode=Mode.INCREMENTAL,
                named=frozenset(config.streams if config.named else ()),
                snapshots=config.snapshots,
            )
        yield from _carry_out(context, chosen, asked, tools, key, looks=True)

    return _job(SYNC_JOB, sync, "What changed in a shop since it was loaded.")


def verify_job(streams: Streams, key: Key) -> dg.JobDefinition:
    """Make the job that proves that every row is there."""

    @dg.op(
        name=op_of(VERIFY_JOB),
        out=dg.Out(dg.Nothing),
        config_schema=schema_of(Verify),
    )
    def verify(
        context: dg.OpExecutionContext,
        shopify: dg.ResourceParam[ShopifyResource],
        lake: dg.ResourceParam[LakeResource],
        warehouse: dg.ResourceParam[WarehouseResource],
    ) -> Iterator[_Told]:
        """Compare what is stored with what the shop has, stream by stream."""
        config = Verify(**context.op_config)
        tools, shop = Tools(shopify, lake, warehouse), context.partition_key
        proofs: list[StreamProof] = []
        with told_first(context), workplace(context, shop, tools) as place:
            chosen = streams_of(streams(config.streams), config.streams, tools, shop)
            for event in prove_all(
                chosen, config.wanted(), place, repair=config.repair
            ):
                news(event)
                if isinstance(event, StreamProof):
                    proofs.append(event)
            for verdict in verdicts_of(chosen, place, tools):
                if verdict.check is PROVEN:
                    yield _evaluation(verdict, key)
        refuse_unproven(proofs, shop)
        yield dg.Output(None, metadata={PROOFS: listed(proofs)})

    return _job(VERIFY_JOB, verify, "Whether every row of a shop is in the warehouse.")


def _job(name: str, op: dg.OpDefinition, description: str) -> dg.JobDefinition:
    @dg.job(
        name=name,
        description=description,
        partitions_def=SHOPS,
        executor_def=dg.in_process_executor,
    )
    def job() -> None:
        op()

    return job


def _carry_out(  # noqa: PLR0913 -- what a job has, and whether it looks first
    context: dg.OpExecutionContext,
    chosen: Sequence[CompiledStream],
    asked: Asked,
    tools: Tools,
    key: Key,
    *,
    looks: bool = False,
) -> Iterator[_Told]:
    carried = Carried(context.run.run_id)
    with told_first(context), workplace(context, asked.shop, tools) as place:
        done = materialized_before(context)
        due = [each for each in chosen if key(WAREHOUSE, each.name) not in done]
        if looks:
            apart = timedelta(hours=tools.shopify.snapshot_hours)
            with _planned_if_lost(context, due, asked.shop, key):
                seen = look_first(due, asked, place, carried, snapshots_apart=apart)
            due = seen.due
            for idle in seen.idle:
                spans = seen.spans.get(idle.stream, ())
                yield _idle(idle, spans, asked.shop, key)
        for taken in carry_out(due, asked, place, carried):
            yield from _taken(context, taken, asked.shop, key)
        if carried.judged:
            for verdict in verdicts_of(carried.judged, place, tools):
                yield _evaluation(verdict, key)
    refuse_failures(carried, asked, context)
    yield dg.Output(None, metadata={OUTCOMES: listed(carried.outcomes)})


@contextmanager
def _planned_if_lost(
    context: dg.OpExecutionContext,
    streams: Sequence[CompiledStream],
    shop: str,
    key: Key,
) -> Iterator[None]:
    """Let the streams of a shop that does not answer be shown as failed."""
    try:
        yield
    except ShopifyAssetsError:
        for compiled in streams:
            for step in STEPS:
                _plan(context, key(step, compiled.name), shop)
        raise


def _idle(
    idle: Idle, spans: Sequence[Span], shop: str, key: Key
) -> dg.AssetMaterialization:
    """One event for a stream of which nothing is new.

    It is on what stands for the stream in the shop, not on the asset of the warehouse:
    nothing was loaded, and Dagster takes checks of an earlier materialisation for none.
    """
    up_to = idle.window.end if idle.window else idle.at
    return dg.AssetMaterialization(
        key(SOURCE, idle.stream),
        partition=shop,
        metadata={
            "not read": idle.why,
            "looked at": dg.MetadataValue.timestamp(idle.at),
            "up to": dg.MetadataValue.timestamp(up_to),
            **loaded_windows(spans),
        },
    )


def _taken(
    context: dg.OpExecutionContext, taken: Taken, shop: str, key: Key
) -> Iterator[dg.AssetMaterialization]:
    """What was materialised; of what failed, that it was to be."""
    for step in steps_to_show(taken):
        yield dg.AssetMaterialization(
            key(step, taken.name), partition=shop, metadata=step_metadata(taken, step)
        )
    if taken.loaded is not None:
        yield dg.AssetMaterialization(
            key(SOURCE, taken.name), partition=shop, metadata=look_metadata(taken)
        )
    if taken.failure is not None:
        for step in STEPS[STEPS.index(taken.failed_step) :]:
            _plan(context, key(step, taken.name), shop)


def _evaluation(verdict: CheckVerdict, key: Key) -> dg.AssetCheckEvaluation:
    return as_evaluation(verdict, key(step_of(verdict.check), verdict.stream))


def _plan(context: dg.OpExecutionContext, asset: dg.AssetKey, shop: str) -> None:
    """Let Dagster show the partition as failed: the run was to make it, and fails."""
    planned = dg.DagsterEvent.build_asset_materialization_planned_event(
        context.job_name,
        str(context.op_handle),
        AssetMaterializationPlannedData(asset, partition=shop),
    )
    context.instance.report_dagster_event(planned, run_id=context.run.run_id)
