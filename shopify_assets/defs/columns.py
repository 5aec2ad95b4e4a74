"""The columns of a stream's assets, and where each comes from, as Dagster shows them.

Charter: from compiled tables to Dagster's table schemas and column lineage. Dagster's
schema is flat: columns of the stream's own table go by their names, those of its child
tables by `table.column`; the columns of raw records are paths.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import dagster as dg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.catalog.origins import origins
from shopify_assets.catalog.pruning import paths
from shopify_assets.catalog.selection import Selected
from shopify_assets.catalog.tables import Column, Source, Table
from shopify_assets.streams.personal import personal_paths

PERSONAL_TAG = "shopify_assets/personal_data"

# Shared: Dagster checks each that is made, and there are thousands of columns.
_CONSTRAINTS = {
    (nullable, key): dg.TableColumnConstraints(
        nullable=nullable, other=["primary key"] if key else []
    )
    for nullable in (True, False)
    for key in (True, False)
}
_PERSONAL = {PERSONAL_TAG: "true"}


@dataclass(frozen=True)
class Columns:
    """The columns of all three assets of a stream, each made once."""

    compiled: CompiledStream

    @cached_property
    def personal(self) -> frozenset[str]:
        """Paths of the record that tell who a person is."""
        return frozenset(personal_paths(self.compiled))

    @cached_property
    def of_records(self) -> dg.TableSchema:
        """What is in a raw record, by path, with the types of Shopify's schema."""
        return dg.TableSchema(
            [
                dg.TableColumn(
                    path,
                    field.type.name,
                    constraints=_CONSTRAINTS[field.nullable, False],
                    tags=_PERSONAL if path in self.personal else None,
                )
                for path, field in _leaves(self.compiled)
            ]
        )

    @cached_property
    def of_tables(self) -> dg.TableSchema:
        """The columns of all tables, the stream's own first."""
        return dg.TableSchema(
            [
                dg.TableColumn(
                    name,
                    column.kind.value,
                    description=self._description(table, column),
                    constraints=_CONSTRAINTS[column.nullable, column.name in table.key],
                    tags=_PERSONAL if self._is_personal(table, column) else None,
                )
                for name, table, column in self._named
            ]
        )

    def from_records(self, raw: dg.AssetKey) -> dg.TableColumnLineage:
        """Where in the raw records each column of the tables comes from."""
        return dg.TableColumnLineage(
            {
                name: [dg.TableColumnDep(raw, path)]
                for name, table, column in self._named
                if (path := self._origins.get((table.name, column.name)))
            }
        )

    def from_same(self, upstream: dg.AssetKey) -> dg.TableColumnLineage:
        """Each column of the tables as it comes from an asset that has them all."""
        return dg.TableColumnLineage(
            {name: [dg.TableColumnDep(upstream, name)] for name, _, _ in self._named}
        )

    @cached_property
    def _origins(self) -> Mapping[tuple[str, str], str]:
        return origins(self.compiled)

    @cached_property
    def _named(self) -> list[tuple[str, Table, Column]]:
        own = self.compiled.principal
        others = [table for table in self.compiled.tables if table is not own]
        return [
            (
                column.name if table is own else f"{table.name}.{column.name}",
                table,
                column,
            )
            for table in (own, *others)
            for column in table.columns
        ]

    def _description(self, table: Table, column: Column) -> str:
        path = self._origins.get((table.name, column.name))
        if path is None or column.source is Source.VALUE:
            return path or column.source.value
        source: str = column.source.value
        return source.replace("the path", path)

    def _is_personal(self, table: Table, column: Column) -> bool:
        return self._origins.get((table.name, column.name)) in self.personal


def _leaves(compiled: CompiledStream) -> Iterator[tuple[str, Selected]]:
    """All that has a value of its own; what stands in several fragments comes once."""
    seen: set[str] = set()
    for path, field in paths(compiled.selection.children):
        if not field.children and path not in seen:
            seen.add(path)
            yield path, field
