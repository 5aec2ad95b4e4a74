"""What earlier versions left in Dagster's storage: carried over, and cleaned away.

Charter: before shops were the partitions, a stream's assets were `shopify/raw/orders`,
`shopify/normalized/orders` and `shopify/postgres/orders`, by shop and month. Their
events tell of assets that exist no longer, while the warehouse holds what they loaded:
the new assets are shown as materialised by what its books say.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.events import (
    DagsterEventBatchMetadata,
    StepMaterializationData,
    generate_event_batch_id,
)
from dagster._core.instance.utils import RUNLESS_JOB_NAME, RUNLESS_RUN_ID
from dagster_postgres import PostgresEventLogStorage
from sqlalchemy import text

from shopify_assets.defs.partitions import SHOPS
from shopify_assets.postgres.books.watermarks import Loaded
from shopify_assets.refresh.asked import STEPS

_PREFIX = "shopify"
_OLD_STEPS = ("raw", "normalized", "postgres")
_ROWS_AT_ONCE = 10_000

_FORGET = text("""
    WITH gone AS (
        DELETE FROM event_logs WHERE id IN (
            SELECT id FROM event_logs WHERE asset_key = :asset LIMIT :many
        )
        RETURNING id
    ), untagged AS (
        DELETE FROM asset_event_tags USING gone WHERE event_id = gone.id
    )
    SELECT count(*) FROM gone
""")
_FORGET_ASSET = text("DELETE FROM asset_keys WHERE asset_key = :asset")

# The asset key of a step of a stream.
Key = Callable[[str, str], dg.AssetKey]


@dataclass(frozen=True)
class Cleaned:
    """What was done.

    Attributes:
        carried: partitions of new assets that are now shown as materialised.
        assets: old assets that are gone.
        events: their events.
    """

    carried: int
    assets: int
    events: int


def clean(
    instance: dg.DagsterInstance, loaded: Iterable[Loaded], *, key: Key
) -> Cleaned:
    """Carry over what is loaded, then clean away what earlier versions left.

    Twice is as good as once: what is materialised already is left alone.

    Args:
        instance: Dagster's storage.
        loaded: what the warehouse's books say is there.
        key: the asset key of a step of a stream.
    """
    old = [each for each in instance.all_asset_keys() if _is_old(each)]
    shops = set(instance.get_dynamic_partitions(_partitions()))
    there = [each for each in loaded if each.shop in shops]
    carried = list(_carried(instance, there, key))
    _report(instance, carried)
    instance.wipe_assets(old)
    events = sum(_forget(instance, asset) for asset in old)
    return Cleaned(carried=len(carried), assets=len(old), events=events)


def _partitions() -> str:
    name = SHOPS.name
    assert name is not None  # noqa: S101 -- given where it is made
    return name


def _is_old(asset: dg.AssetKey) -> bool:
    path = asset.path
    return len(path) == 3 and path[0] == _PREFIX and path[1] in _OLD_STEPS  # noqa: PLR2004 -- prefix, step, stream


def _carried(
    instance: dg.DagsterInstance, loaded: Sequence[Loaded], key: Key
) -> Iterator[dg.AssetMaterialization]:
    streams = sorted({each.stream for each in loaded})
    for stream in streams:
        for step in STEPS:
            asset = key(step, stream)
            known = instance.get_materialized_partitions(asset)
            for each in loaded:
                if each.stream == stream and each.shop not in known:
                    yield _materialization(asset, each)


def _materialization(asset: dg.AssetKey, loaded: Loaded) -> dg.AssetMaterialization:
    metadata: dict[str, Any] = {
        "carried over": dg.MetadataValue.text(
            "loaded by an earlier version, as the books of the warehouse say"
        ),
        "loaded": dg.MetadataValue.timestamp(loaded.at),
    }
    if loaded.watermark is not None:
        metadata["watermark"] = dg.MetadataValue.timestamp(loaded.watermark)
    return dg.AssetMaterialization(asset, partition=loaded.shop, metadata=metadata)


def _report(
    instance: dg.DagsterInstance, materializations: Sequence[dg.AssetMaterialization]
) -> None:
    """Report them as events without a run; in batches, for they may be many."""
    batch: str = generate_event_batch_id()  # type: ignore[no-untyped-call]
    for number, materialization in enumerate(materializations, start=1):
        event = dg.DagsterEvent(
            event_type_value=dg.DagsterEventType.ASSET_MATERIALIZATION.value,
            event_specific_data=StepMaterializationData(materialization),
            job_name=RUNLESS_JOB_NAME,
        )
        instance.report_dagster_event(
            event,
            run_id=RUNLESS_RUN_ID,
            batch_metadata=DagsterEventBatchMetadata(
                batch, is_end=number == len(materializations)
            ),
        )


def _forget(instance: dg.DagsterInstance, asset: dg.AssetKey) -> int:
    """Delete the events of a wiped asset, which Dagster only hides; how many.

    Other storages than PostgreSQL keep them hidden.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, PostgresEventLogStorage):
        return 0
    values = {"asset": asset.to_string(), "many": _ROWS_AT_ONCE}
    total = 0
    with storage.index_connection() as connection:
        while count := connection.execute(_FORGET, values).scalar_one():
            total += count
        connection.execute(_FORGET_ASSET, {"asset": asset.to_string()})
    return total
