"""The assets: raw, tables and warehouse of each stream, taken by one op.

Charter: an op that may be asked for any of them. Why one: the streams of a shop share a
cost bucket and wait for it most of the time, so they are taken side by side, the urgent
ones first, and each is loaded as soon as it is extracted; steps of their own would be
started one by one, at ten times the cost of an idle stream (docs/decisions/0034).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.checks import of_stream
from shopify_assets.defs.carrying import (
    Carried,
    Tools,
    carry_out,
    look_metadata,
    materialized_before,
    refuse_failures,
    step_metadata,
    step_of,
    verdicts_of,
    workplace,
)
from shopify_assets.defs.config import Load, schema_of
from shopify_assets.defs.failing import told_first
from shopify_assets.defs.options import SOURCE
from shopify_assets.defs.resources import (
    LakeResource,
    ShopifyResource,
    WarehouseResource,
)
from shopify_assets.defs.specs import Specs
from shopify_assets.defs.verdicts import as_result
from shopify_assets.defs.verdicts import specs as check_specs
from shopify_assets.refresh.stream import Taken

OP = "shopify"


def assets(streams: Sequence[CompiledStream], specs: Specs) -> dg.AssetsDefinition:
    """Make the assets of all streams."""

    @dg.multi_asset(
        name=OP,
        specs=[
            placed.spec.replace_attributes(skippable=True) for placed in specs.steps
        ],
        check_specs=[
            spec
            for compiled in streams
            for check in of_stream(compiled)
            for spec in check_specs(specs.key(step_of(check), compiled.name), [check])
        ],
        config_schema=schema_of(Load),
        can_subset=True,
        description=__doc__,
    )
    def shopify_streams(
        context: dg.AssetExecutionContext,
        shopify: dg.ResourceParam[ShopifyResource],
        lake: dg.ResourceParam[LakeResource],
        warehouse: dg.ResourceParam[WarehouseResource],
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        config = Load(**context.op_execution_context.op_config)
        tools = Tools(shopify, lake, warehouse)
        keys = _wanted(context, specs)
        chosen = [each for each in streams if each.name in keys]
        now = datetime.now(UTC).replace(microsecond=0)
        names = [each.name for each in chosen]
        with told_first(context):
            asked = config.asked(context.partition_key, names, now=now)
        carried = Carried(context.run.run_id)
        with told_first(context), workplace(context, asked.shop, tools) as place:
            for taken in carry_out(
                chosen, asked, place, carried, steps=lambda name: keys[name]
            ):
                yield from _results(taken, keys[taken.name])
                if taken.loaded is not None and taken.extracted is not None:
                    context.log_event(
                        dg.AssetMaterialization(
                            specs.key(SOURCE, taken.name),
                            partition=asked.shop,
                            metadata=look_metadata(taken),
                        )
                    )
            looked_at = _looked_at(context, streams, specs)
            for verdict in verdicts_of(looked_at, place, tools):
                asset = specs.key(step_of(verdict.check), verdict.stream)
                key = dg.AssetCheckKey(asset, verdict.check.name)
                if key in context.selected_asset_check_keys:
                    yield as_result(verdict, asset)
        refuse_failures(carried, asked, context)

    return shopify_streams


def _looked_at(
    context: dg.AssetExecutionContext,
    streams: Sequence[CompiledStream],
    specs: Specs,
) -> list[CompiledStream]:
    """The streams of the checks that are to be evaluated."""
    keys = {key.asset_key for key in context.selected_asset_check_keys}
    names = {specs.of(key).compiled.name for key in keys}
    return [compiled for compiled in streams if compiled.name in names]


def _wanted(
    context: dg.AssetExecutionContext, specs: Specs
) -> dict[str, dict[str, dg.AssetKey]]:
    """The keys that the run is asked for, by stream and step."""
    wanted: defaultdict[str, dict[str, dg.AssetKey]] = defaultdict(dict)
    done = materialized_before(context)
    for key in context.selected_asset_keys:
        placed = specs.of(key)
        if key not in done:
            wanted[placed.compiled.name][placed.step] = key
    return dict(wanted)


def _results(
    taken: Taken, keys: dict[str, dg.AssetKey]
) -> Iterator[dg.MaterializeResult[Any]]:
    for step in taken.steps:
        yield dg.MaterializeResult(
            asset_key=keys[step], metadata=step_metadata(taken, step)
        )
