"""The three assets of each stream: raw, normalized, postgres.

Charter: an asset's body is: partitions → one call → metadata and check results. The
calls are in `shopify_assets.pipeline`; what is computed here is only which of them to
make for the partitions a run was given.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import dagster as dg

from shopify_assets import pipeline
from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.defs import metadata
from shopify_assets.defs.checks import (
    ACCESS,
    LOADED,
    NORMALIZED,
    access_denied,
    access_granted,
    loaded_results,
    normalized_results,
    specs,
)
from shopify_assets.defs.jobs import INCREMENTAL, MODE_TAG
from shopify_assets.defs.partitions import Slice, slices
from shopify_assets.defs.resources import (
    LakeResource,
    ShopifyResource,
    WarehouseResource,
)
from shopify_assets.errors import AccessDenied, ShopifyAssetsError
from shopify_assets.extract.extraction import Context
from shopify_assets.storage.layout import Extent

PREFIX = "shopify"
OWNERS = ["team:data"]

Done = TypeVar("Done")

progress = logging.getLogger("shopify_assets.progress")


def key(step: str, compiled: CompiledStream) -> dg.AssetKey:
    """The asset key of a step of a stream: `shopify/raw/orders`."""
    return dg.AssetKey([PREFIX, step, compiled.name])


@dataclass(frozen=True)
class _Kit:
    """What every asset of a stream is declared with."""

    compiled: CompiledStream
    partitions: dg.PartitionsDefinition[str]

    def declared(self, step: str, kinds: set[str], text: str) -> dict[str, Any]:
        """Arguments of the asset decorator."""
        return {
            "key": key(step, self.compiled),
            "partitions_def": self.partitions,
            "backfill_policy": self._policy,
            "group_name": self.compiled.stream.family,
            "kinds": kinds,
            "owners": OWNERS,
            "description": metadata.description(self.compiled, text),
            "metadata": metadata.definition_metadata(self.compiled),
        }

    @property
    def _policy(self) -> dg.BackfillPolicy:
        # A range of windows is one run a shop; snapshots are cut by shop, a run each.
        if isinstance(self.partitions, dg.MultiPartitionsDefinition):
            return dg.BackfillPolicy.single_run()
        return dg.BackfillPolicy.multi_run(max_partitions_per_run=1)

    def slices(self, context: dg.AssetExecutionContext) -> tuple[Slice, ...]:
        """What the run is asked for."""
        return slices(context.partition_keys, self.partitions)


def assets(
    compiled: CompiledStream, partitions: dg.PartitionsDefinition[str]
) -> list[dg.AssetsDefinition]:
    """Make the assets of a stream."""
    kit = _Kit(compiled, partitions)
    return [_raw(kit), _normalized(kit), _postgres(kit)]


def _raw(kit: _Kit) -> dg.AssetsDefinition:
    compiled = kit.compiled

    @dg.asset(
        **kit.declared(
            "raw",
            {"shopify", "json"},
            "Raw records as Shopify gave them: compressed NDJSON in the lake, with a "
            "manifest that proves each file whole.",
        ),
        check_specs=specs(key("raw", compiled), [ACCESS]),
        output_required=False,
    )
    def raw(
        context: dg.AssetExecutionContext,
        shopify: ShopifyResource,
        lake: LakeResource,
        warehouse: WarehouseResource,
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        def extract(each: Slice) -> pipeline.Extracted:
            with (
                shopify.client(each.shop) as client,
                warehouse.connection() as connection,
            ):
                return pipeline.extract_slice(
                    compiled,
                    each.window,
                    context=Context(client, lake.store(), reporter(context)),
                    connection=connection,
                    incremental=context.run.tags.get(MODE_TAG) == INCREMENTAL,
                )

        try:
            found = each_shop(kit.slices(context), extract)
        except AccessDenied as error:
            # Skipped, not failed: the other streams of the shop go on, and the check
            # says what to grant.
            context.log.warning(str(error))
            yield access_denied(key("raw", compiled), error)
            return
        yield dg.MaterializeResult(
            asset_key=key("raw", compiled),
            metadata=metadata.extracted_metadata(each.manifest for each in found),
        )
        yield access_granted(key("raw", compiled))

    return raw


def _normalized(kit: _Kit) -> dg.AssetsDefinition:
    compiled = kit.compiled

    @dg.asset(
        **kit.declared(
            "normalized",
            {"polars", "parquet"},
            "The same records as typed tables: Parquet in the lake, one folder a table.",
        ),
        deps=[key("raw", compiled)],
        check_specs=specs(key("normalized", compiled), NORMALIZED),
    )
    def normalized(
        context: dg.AssetExecutionContext, lake: LakeResource
    ) -> Iterator[dg.MaterializeResult[Any]]:
        def normalize(each: Slice) -> list[pipeline.Normalized]:
            return pipeline.normalize_slice(
                compiled,
                Extent(compiled.name, each.shop, each.window),
                store=lake.store(),
                report=reporter(context),
            )

        found = [
            one for shop in each_shop(kit.slices(context), normalize) for one in shop
        ]
        yield dg.MaterializeResult(
            metadata=metadata.normalized_metadata(found),
            check_results=normalized_results(found),
        )

    return normalized


def _postgres(kit: _Kit) -> dg.AssetsDefinition:
    compiled = kit.compiled
    declared = kit.declared(
        "postgres",
        {"postgres"},
        "The tables of the warehouse, schema `shopify`: merged by version, children with "
        "their parents, in one transaction a window.",
    )
    declared["metadata"] |= metadata.column_schema(compiled)

    @dg.asset(
        **declared,
        deps=[key("normalized", compiled)],
        check_specs=specs(key("postgres", compiled), LOADED),
    )
    def postgres(
        context: dg.AssetExecutionContext,
        lake: LakeResource,
        warehouse: WarehouseResource,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        def load(each: Slice) -> list[pipeline.Loaded]:
            with warehouse.connection() as connection:
                return pipeline.load_slice(
                    compiled,
                    Extent(compiled.name, each.shop, each.window),
                    store=lake.store(),
                    connection=connection,
                    report=reporter(context),
                )

        found = [one for shop in each_shop(kit.slices(context), load) for one in shop]
        yield dg.MaterializeResult(
            metadata=metadata.loaded_metadata(found),
            check_results=loaded_results(found),
        )

    return postgres


def each_shop(asked: tuple[Slice, ...], step: Callable[[Slice], Done]) -> list[Done]:
    """Take a step for every slice; one that fails does not stop the others.

    Raises:
        ShopifyAssetsError: the only failure, or one that names them all.
    """
    done: list[Done] = []
    failed: list[ShopifyAssetsError] = []
    for each in asked:
        try:
            done.append(step(each))
        except ShopifyAssetsError as error:
            failed.append(error)
    if len(failed) == 1:
        raise failed[0]
    if failed:
        raise ShopifyAssetsError("; ".join(str(each) for each in failed))
    return done


def reporter(context: dg.AssetExecutionContext) -> Callable[[str], None]:
    """Tell progress to the run's log, and to whoever listens in this process."""

    def report(line: str) -> None:
        context.log.info(line)
        progress.info(line)

    return report
