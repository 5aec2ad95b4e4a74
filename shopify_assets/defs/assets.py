"""The three assets of each stream: raw, normalized, postgres.

Charter: an asset's body is: partitions → one call → metadata and check results. The
calls are in `shopify_assets.pipeline`; what is computed here is only which of them to
make for the partitions a run was given.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar

import dagster as dg

from shopify_assets import pipeline
from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.defs import checks, metadata
from shopify_assets.defs.checks import Check, declare
from shopify_assets.defs.jobs import DISTRUST_TAG, INCREMENTAL, MODE_TAG
from shopify_assets.defs.partitions import Slice, slices
from shopify_assets.defs.resources import (
    LakeResource,
    ShopifyResource,
    WarehouseResource,
)
from shopify_assets.errors import AccessDenied, ShopifyAssetsError
from shopify_assets.extract.extraction import Context
from shopify_assets.postgres.books.aside import Open, entries
from shopify_assets.postgres.loads import Trust
from shopify_assets.storage.layout import Extent

PREFIX = "shopify"
RAW, NORMALIZED, POSTGRES = STEPS = ("raw", "normalized", "postgres")
OWNERS = ["team:data"]

Done = TypeVar("Done")

progress = logging.getLogger("shopify_assets.progress")


def key(step: str, compiled: CompiledStream) -> dg.AssetKey:
    """The asset key of a step of a stream: `shopify/raw/orders`."""
    return dg.AssetKey([PREFIX, step, compiled.name])


# What `dg.asset` makes of a function.
_Decorator = Callable[[Callable[..., Any]], dg.AssetsDefinition]


@dataclass(frozen=True)
class _Step:
    """One step of a stream, and what its asset is declared with."""

    name: str
    compiled: CompiledStream
    partitions: dg.PartitionsDefinition[str]

    @property
    def key(self) -> dg.AssetKey:
        """The asset's key."""
        return key(self.name, self.compiled)

    def asset(
        self,
        text: str,
        *,
        kinds: set[str],
        checks: Sequence[Check],
        after: str | None = None,
        further: dict[str, Any] | None = None,
    ) -> _Decorator:
        """The decorator of the step's asset; `after` names the step it depends on."""
        first = after is None
        decorator: _Decorator = dg.asset(
            key=self.key,
            deps=[] if after is None else [key(after, self.compiled)],
            partitions_def=self.partitions,
            backfill_policy=self._policy,
            group_name=self.compiled.stream.family,
            kinds=kinds,
            owners=OWNERS,
            description=metadata.description(self.compiled, text),
            metadata=metadata.definition_metadata(self.compiled) | (further or {}),
            check_specs=declare(self.key, checks),
            # A run takes one stream to its end before it begins the next.
            op_tags={"dagster/priority": str(STEPS.index(self.name))},
            # A stream without access has no raw files, and no failure either.
            output_required=not first,
        )
        return decorator

    @property
    def _policy(self) -> dg.BackfillPolicy:
        # A range of windows is one run a shop; snapshots are cut by shop, a run each.
        if isinstance(self.partitions, dg.MultiPartitionsDefinition):
            return dg.BackfillPolicy.single_run()
        return dg.BackfillPolicy.multi_run(max_partitions_per_run=1)

    def slices(self, context: dg.AssetExecutionContext) -> tuple[Slice, ...]:
        """What the run is asked for."""
        return slices(context.partition_keys, self.partitions)

    def extent(self, each: Slice) -> Extent:
        """What a slice is called in the lake."""
        return Extent(self.compiled.name, each.shop, each.window)


def assets(
    compiled: CompiledStream, partitions: dg.PartitionsDefinition[str]
) -> list[dg.AssetsDefinition]:
    """Make the assets of a stream."""
    makers = {RAW: _raw, NORMALIZED: _normalized, POSTGRES: _postgres}
    return [make(_Step(name, compiled, partitions)) for name, make in makers.items()]


def _raw(step: _Step) -> dg.AssetsDefinition:
    compiled = step.compiled

    @step.asset(
        "Raw records as Shopify gave them: compressed NDJSON in the lake, with a "
        "manifest that proves each file whole.",
        kinds={"shopify", "json"},
        checks=checks.of_raw(compiled),
    )
    def raw(
        context: dg.AssetExecutionContext,
        shopify: ShopifyResource,
        lake: LakeResource,
        warehouse: WarehouseResource,
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        def extract(each: Slice) -> pipeline.Extracted:
            client = shopify.client(each.shop)
            with warehouse.connection() as connection:
                return pipeline.extract_slice(
                    compiled,
                    each.window,
                    context=Context(
                        client, lake.store(), reporter(context), warn=warner(context)
                    ),
                    connection=connection,
                    incremental=context.run.tags.get(MODE_TAG) == INCREMENTAL,
                )

        try:
            found = each_shop(step.slices(context), extract)
        except AccessDenied as error:
            # Skipped, not failed: the other streams of the shop go on, and the check
            # says what to grant.
            context.log.warning(str(error))
            yield from checks.access_denied(step.key, compiled, error)
            yield checks.version_result(step.key, ())
            return
        manifests = [each.manifest for each in found]
        yield dg.MaterializeResult(
            asset_key=step.key, metadata=metadata.extracted_metadata(manifests)
        )
        yield from checks.access_granted(step.key, compiled, manifests)
        yield checks.version_result(step.key, manifests, kept=compiled.deprecated)

    return raw


def _normalized(step: _Step) -> dg.AssetsDefinition:
    compiled = step.compiled

    @step.asset(
        "The same records as typed tables: Parquet in the lake, a folder a table.",
        kinds={"polars", "parquet"},
        checks=checks.NORMALIZED,
        after=RAW,
    )
    def normalized(
        context: dg.AssetExecutionContext, lake: LakeResource
    ) -> Iterator[dg.MaterializeResult[Any]]:
        def normalize(each: Slice) -> list[pipeline.Normalized]:
            return pipeline.normalize_slice(
                compiled,
                step.extent(each),
                store=lake.store(),
                report=reporter(context),
                most_set_aside=lake.max_set_aside,
            )

        found = chain.from_iterable(each_shop(step.slices(context), normalize))
        results = list(found)
        yield dg.MaterializeResult(
            metadata=metadata.normalized_metadata(results),
            check_results=checks.normalized_results(results),
        )

    return normalized


def _postgres(step: _Step) -> dg.AssetsDefinition:
    compiled = step.compiled

    @step.asset(
        "The tables of the warehouse, schema `shopify`: merged by version, children "
        "with their parents, in one transaction a window.",
        kinds={"postgres"},
        checks=checks.LOADED,
        after=NORMALIZED,
        further=metadata.column_schema(compiled),
    )
    def postgres(
        context: dg.AssetExecutionContext,
        lake: LakeResource,
        warehouse: WarehouseResource,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        left: dict[str, tuple[Open, ...]] = {}

        def load(each: Slice) -> list[pipeline.Loaded]:
            with warehouse.connection() as connection:
                loaded = pipeline.load_slice(
                    compiled,
                    step.extent(each),
                    store=lake.store(),
                    connection=connection,
                    report=reporter(context),
                    trust=_trust(context),
                )
                left[each.shop] = entries(
                    connection, shop=each.shop, stream=compiled.name
                )
                return loaded

        found = chain.from_iterable(each_shop(step.slices(context), load))
        results = list(found)
        yield dg.MaterializeResult(
            metadata=metadata.loaded_metadata(results),
            check_results=[
                *checks.loaded_results(results),
                checks.set_aside_result(chain.from_iterable(left.values())),
            ],
        )

    return postgres


def _trust(context: dg.AssetExecutionContext) -> Trust:
    """What the run believes of the rows that are stored."""
    return Trust.NOTHING if DISTRUST_TAG in context.run.tags else Trust.DIGESTS


def each_shop(asked: tuple[Slice, ...], step: Callable[[Slice], Done]) -> list[Done]:
    """Take a step for every slice; one that fails does not stop the others.

    Raises:
        AccessDenied: scopes are missing, and nothing else failed.
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
        denied = all(isinstance(each, AccessDenied) for each in failed)
        kind = AccessDenied if denied else ShopifyAssetsError
        raise kind("; ".join(str(each) for each in failed))
    return done


def reporter(
    context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext,
) -> Callable[[str], None]:
    """Tell progress to the run's log, and to whoever listens in this process."""

    def report(line: str) -> None:
        context.log.info(line)
        progress.info(line)

    return report


def warner(
    context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext,
) -> Callable[[str], None]:
    """Tell retries and long waits to the run's log, and to whoever listens here."""

    def warn(line: str) -> None:
        context.log.warning(line)
        progress.warning(line)

    return warn
