"""The asset specs of streams."""

from collections.abc import Sequence

import dagster as dg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.defs import metadata
from shopify_assets.refresh.asked import RAW, STEPS, TABLES

_KINDS = {
    "raw": {"shopify", "json"},
    "tables": {"polars", "parquet"},
    "warehouse": {"postgres"},
}


def key(step: str, stream: str) -> dg.AssetKey:
    """The asset key of a step of a stream: `shopify/orders_raw`."""
    return dg.AssetKey(["shopify", f"{stream}_{step}"])


def part_of(asset: dg.AssetKey) -> tuple[str, str]:
    """The step and the stream of an asset key."""
    stream, _, step = asset.path[-1].rpartition("_")
    return step, stream


def specs(
    streams: Sequence[CompiledStream], *, partitions: dg.PartitionsDefinition[str]
) -> list[dg.AssetSpec]:
    """All specs."""
    return [
        dg.AssetSpec(
            key(step, compiled.name),
            deps=[]
            if step == RAW
            else [key(RAW if step == TABLES else TABLES, compiled.name)],
            group_name=compiled.stream.family,
            kinds=_KINDS[step],
            owners=["team:data"],
            description=metadata.description(compiled, step),
            metadata=metadata.definition_metadata(compiled)
            | (metadata.column_schema(compiled) if step == "warehouse" else {}),
            partitions_def=partitions,
            skippable=True,
        )
        for compiled in streams
        for step in STEPS
    ]
