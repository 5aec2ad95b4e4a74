"""How a stream becomes assets: keys, groups, owners, tags, descriptions, metadata.

Charter: from one step of a stream, and what is chosen, to the spec of its asset. A
project that wants it otherwise subclasses `ShopifyTranslator`. The specs of all streams
are put together in `specs`.
"""

from dataclasses import dataclass
from typing import Any

import dagster as dg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.catalog.names import DATA_SCHEMA
from shopify_assets.defs import freshness, metadata
from shopify_assets.defs.columns import PERSONAL_TAG, Columns
from shopify_assets.defs.options import SOURCE, Options
from shopify_assets.refresh.asked import RAW, TABLES, WAREHOUSE
from shopify_assets.storage.layout import stream_prefixes

_TEXTS = {
    SOURCE: (
        "In Shopify, where it is read from by the Admin API. An event here is a look "
        "at the shop: what is loaded of it was up to date then."
    ),
    RAW: (
        "Raw records as Shopify gave them: compressed NDJSON in the lake, with a "
        "manifest that proves each file whole."
    ),
    TABLES: "The same records as typed tables: Parquet in the lake, a folder a table.",
    WAREHOUSE: (
        f"The tables of the warehouse, schema `{DATA_SCHEMA}`: merged by version, "
        "children with their parents, in one transaction a window."
    ),
}
_KINDS = {
    SOURCE: {"shopify"},
    RAW: {"shopify", "json"},
    TABLES: {"polars", "parquet"},
    WAREHOUSE: {"postgres"},
}


@dataclass(frozen=True)
class Places:
    """Where things lie, as URIs that hold no secret."""

    lake: str
    warehouse: str


@dataclass(frozen=True, kw_only=True)
class StreamProps:
    """What is known of one step of a stream when its asset is declared.

    Attributes:
        compiled: the stream with its tables and queries.
        step: one of `STEPS`, or `SOURCE`.
        options: what the project chose.
        places: where the lake and the warehouse are.
        columns: the columns of its assets.
        partitions: how the assets are partitioned.
        declared: where the stream is declared.
        upstream: the key of the asset it is made from; None of `SOURCE`.
    """

    compiled: CompiledStream
    step: str
    options: Options
    places: Places
    columns: Columns
    partitions: dg.PartitionsDefinition[str] | None = None
    declared: dg.CodeReferencesMetadataValue | None = None
    upstream: dg.AssetKey | None = None

    @property
    def name(self) -> str:
        """The stream's name."""
        return self.compiled.name

    @property
    def family(self) -> str:
        """The family of streams it belongs to."""
        return self.compiled.stream.family

    @property
    def replication(self) -> str:
        """`incremental`, or `snapshot` of a stream that is read whole."""
        return "incremental" if self.compiled.stream.incremental else "snapshot"

    @property
    def is_personal(self) -> bool:
        """Whether its records tell who a person is."""
        return bool(self.columns.personal)

    @property
    def key(self) -> dg.AssetKey:
        """The key that its asset has by default, such as `shopify/orders_raw`."""
        return self.options.key(self.step, self.name)


class ShopifyTranslator:
    """Makes the spec of each asset; subclass it to have them otherwise.

    ```python
    class Mine(ShopifyTranslator):
        def get_asset_spec(self, props: StreamProps) -> dg.AssetSpec:
            spec = super().get_asset_spec(props)
            return spec.replace_attributes(group_name=f"shopify_{props.family}")
    ```

    A key may be changed here, too: what depends on the asset follows.
    """

    def get_asset_spec(self, props: StreamProps) -> dg.AssetSpec:
        """The spec of a step of a stream, or of what is upstream of its raw records."""
        compiled, step = props.compiled, props.step
        return dg.AssetSpec(
            props.key,
            deps=[props.upstream] if props.upstream else [],
            description=metadata.description(compiled, _TEXTS[step]),
            metadata=_metadata(props),
            group_name=props.options.group_of(family=props.family, step=step),
            owners=props.options.owners,
            tags=_tags(props),
            kinds=_KINDS[step],
            partitions_def=props.partitions,
            freshness_policy=(
                freshness.policy(props.options.sync) if step == SOURCE else None
            ),
        )


def _tags(props: StreamProps) -> dict[str, str]:
    return {
        "shopify_assets/step": props.step,
        "shopify_assets/family": props.family,
        "shopify_assets/replication": props.replication,
        PERSONAL_TAG: "true" if props.is_personal else "false",
        **props.options.tags,
    }


def _metadata(props: StreamProps) -> dict[str, Any]:
    compiled, columns = props.compiled, props.columns
    reference: dict[str, Any] = (
        {"dagster/code_references": props.declared} if props.declared else {}
    )
    if props.step == SOURCE:
        return reference | {
            "dagster/uri": metadata.reference_url(compiled),
            "dagster/column_schema": columns.of_records,
        }
    return {
        **metadata.definition_metadata(compiled),
        **reference,
        **_OF_STEP[props.step](props),
    }


def _above(props: StreamProps) -> dg.AssetKey:
    assert props.upstream is not None  # noqa: S101 -- of `SOURCE` alone it is
    return props.upstream


def _of_raw(props: StreamProps) -> dict[str, Any]:
    prefix = stream_prefixes(props.name).raw
    return {
        "dagster/uri": f"{props.places.lake}/{prefix}",
        "dagster/column_schema": props.columns.of_records,
    }


def _of_tables(props: StreamProps) -> dict[str, Any]:
    prefix = stream_prefixes(props.name).normalized
    return {
        "dagster/uri": f"{props.places.lake}/{prefix}",
        "dagster/column_schema": props.columns.of_tables,
        "dagster/column_lineage": props.columns.from_records(_above(props)),
    }


def _of_warehouse(props: StreamProps) -> dict[str, Any]:
    table = f"{DATA_SCHEMA}.{props.compiled.principal.name}"
    return {
        "dagster/uri": f"{props.places.warehouse}#{table}",
        "dagster/table_name": table,
        "dagster/column_schema": props.columns.of_tables,
        "dagster/column_lineage": props.columns.from_same(_above(props)),
    }


_OF_STEP = {RAW: _of_raw, TABLES: _of_tables, WAREHOUSE: _of_warehouse}
