"""What people see in the UI: descriptions, columns, tables of figures, links.

Charter: from declarations and results to Dagster's metadata; every number has its unit
in its name.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.catalog.lookback import in_words, schedule
from shopify_assets.catalog.tables import Column, Source, Table
from shopify_assets.refresh import history
from shopify_assets.storage.manifests import Manifest

if TYPE_CHECKING:
    from shopify_assets.pipeline import Loaded, Normalized
    from shopify_assets.postgres.books.spans import Span

_DOCS = "https://shopify.dev/docs/api/admin-graphql/latest/queries"


def reference_url(compiled: CompiledStream) -> str:
    """Shopify's page on the field of QueryRoot that the stream reads."""
    return f"{_DOCS}/{compiled.stream.root.partition('.')[0]}"


def description(compiled: CompiledStream, step: str) -> str:
    """What the asset is, for its page in the UI."""
    return f"{compiled.stream.description}\n\n{step}"


def definition_metadata(compiled: CompiledStream) -> dict[str, Any]:
    """What is known of a stream before it ever ran."""
    stream = compiled.stream
    incremental = stream.incremental
    key = f"{incremental.key}, a {incremental.time.value}" if incremental else None
    scopes = [" or ".join(sorted(each)) for each in compiled.scopes]
    return {
        "replication key": key or "none: a snapshot",
        "looks back": in_words(schedule(incremental)) if incremental else "reads all",
        "access scopes": dg.MetadataValue.md(
            "\n".join(f"- `{each}`" for each in scopes)
        ),
        "webhook topics": ", ".join(stream.webhooks) or "none",
        "tables": dg.MetadataValue.md(_table_list(compiled.tables)),
        "bulk operation": compiled.queries.bulk_refusal or "yes",
        "Shopify's reference": dg.MetadataValue.url(reference_url(compiled)),
    }


def _table_list(tables: Iterable[Table]) -> str:
    return "\n".join(f"- `{each.name}`: {len(each.columns)} columns" for each in tables)


def column_schema(compiled: CompiledStream) -> dict[str, Any]:
    """The columns of the table that holds the stream's records, and its name."""
    principal = compiled.principal
    columns = [
        dg.TableColumn(
            name=each.name,
            type=each.kind.value,
            description=_origin(each),
            constraints=dg.TableColumnConstraints(
                nullable=each.nullable,
                other=["primary key"] if each.name in principal.key else [],
            ),
        )
        for each in principal.columns
    ]
    return {
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "dagster/table_name": f"shopify.{principal.name}",
    }


def _origin(column: Column) -> str:
    """Where Shopify's API has a column's value."""
    if column.source is Source.VALUE:
        return ".".join(column.path)
    source: str = column.source.value
    return source.replace("the path", ".".join(column.path) or "the path")


def extracted_metadata(manifests: Iterable[Manifest]) -> dict[str, Any]:
    """Figures of the raw step."""
    found = list(manifests)
    parts = [(each.plan, part) for each in found for part in each.parts]
    records = [
        dg.TableRecord(
            {
                "shop": plan.shop,
                "part": part.number,
                "mode": part.mode,
                "window": str(part.window) if part.window else "snapshot",
                "records": part.rows,
                "roots": part.roots,
                "bytes": part.bytes,
                "stored bytes": part.stored_bytes,
                "seconds": round(part.seconds, 2),
                "bulk operation": part.operation_id or "",
            }
        )
        for plan, part in parts
    ]
    return {
        "dagster/row_count": sum(each.roots for each in found),
        "records": sum(each.rows for each in found),
        "megabytes": round(sum(each.bytes for each in found) / 1e6, 3),
        "stored megabytes": round(sum(each.stored_bytes for each in found) / 1e6, 3),
        "seconds": round(sum(each.spent.seconds for each in found), 2),
        "query cost (points)": round(sum(each.spent.points for each in found)),
        "bulk operations": sum(part.operation_id is not None for _, part in parts),
        "not there in this shop": ", ".join(_absent(found)) or "nothing",
        "deprecated in the API": ", ".join(deprecations(found)) or "nothing used",
        "API version": ", ".join(sorted({each.api_version for each in found})),
        "extractions": dg.MetadataValue.md(_locations(found)),
        "parts": table(records),
    }


def _absent(manifests: Iterable[Manifest]) -> list[str]:
    """What shops answered by null because they have none of it."""
    return sorted(
        {f"{key} of {each.plan.shop}" for each in manifests for key in each.absent}
    )


def deprecations(manifests: Iterable[Manifest]) -> list[str]:
    """Deprecated things that Shopify says the extractions' queries used."""
    return sorted({name for each in manifests for name in each.spent.deprecations})


def _locations(manifests: Iterable[Manifest]) -> str:
    return "\n".join(f"- {each.extraction}" for each in manifests) or "none"


def normalized_metadata(results: "Iterable[Normalized]") -> dict[str, Any]:
    """Figures of the normalised step."""
    found = list(results)
    rows = _summed(each.rows for each in found)
    return {
        "dagster/row_count": sum(each.records for each in found),
        "rows": sum(rows.values()),
        "seconds": round(sum(each.seconds for each in found), 2),
        "cleaned values": sum(each.cleaned for each in found),
        "records set aside": sum(len(each.aside) for each in found),
        "rows by table": table(
            [
                dg.TableRecord({"table": name, "rows": count})
                for name, count in rows.items()
            ]
        ),
    }


def loaded_metadata(
    results: "Iterable[Loaded]", spans: "Sequence[Span]" = ()
) -> dict[str, Any]:
    """Figures of the warehouse step.

    Args:
        results: what was loaded just now.
        spans: what of the stream's history was ever loaded of the shop.
    """
    found = list(results)
    records = [
        dg.TableRecord(
            {
                "shop": each.shop,
                "table": name,
                "inserted": counts.inserted,
                "updated": counts.updated,
                "deleted": counts.deleted,
                "unchanged": counts.unchanged,
            }
        )
        for each in found
        for name, counts in each.tables.items()
    ]
    return {
        "dagster/row_count": sum(each.records for each in found),
        "rows": sum(each.rows for each in found),
        "rows changed": sum(each.changed for each in found),
        "seconds": round(sum(each.seconds for each in found), 2),
        **loaded_windows(spans),
        "rows by table": table(records),
    }


def loaded_windows(spans: "Sequence[Span]") -> dict[str, Any]:
    """What of a stream's history is loaded of a shop: days, months, windows."""
    if not spans:
        return {}
    rows = [
        dg.TableRecord(
            {
                "from": f"{span.window.start:{_MINUTE}}",
                "to": f"{span.window.end:{_MINUTE}}",
                "days": round(span.days, 1),
                "loads": span.loads,
            }
        )
        for span in spans[:_SPANS]
    ]
    return {
        "days loaded": round(sum(span.days for span in spans), 1),
        "months loaded": dg.MetadataValue.md(_calendar(history.years(spans))),
        "windows loaded": table(rows),
    }


_MINUTE = "%Y-%m-%d %H:%M"
_SPANS = 20  # the newest; of most streams there is one
_YEARS = 12
_MARKS = {
    history.Loaded.WHOLE: "█",
    history.Loaded.PART: "▒",
    history.Loaded.NOTHING: "·",
}


def _calendar(years: Iterable[history.Year]) -> str:
    """A line a year, with a mark a month, for the eye."""
    lines = [
        f"{year.year}  " + " ".join(_MARKS[month] for month in year.months)
        for year in list(years)[:_YEARS]
    ]
    months = "      J F M A M J J A S O N D"
    legend = ", ".join(f"{mark} {loaded.value}" for loaded, mark in _MARKS.items())
    return "\n".join(["```", months, *lines, "```", legend])


def table(records: list[dg.TableRecord]) -> dg.MetadataValue[Any] | str:
    """A table for the UI; Dagster cannot show an empty one."""
    return dg.MetadataValue.table(records) if records else "none"


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0) + count
    return total
