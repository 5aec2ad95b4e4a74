"""All that searching one shop by one schema needs, put together.

Charter: wiring only. The API version of the schema decides which rules hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.simulator.graphql.filters import Filters
from shopify_assets.simulator.graphql.meaning.custom import Custom
from shopify_assets.simulator.graphql.meaning.kinds import Clock
from shopify_assets.simulator.graphql.meaning.meanings import Meanings
from shopify_assets.simulator.graphql.meaning.reading import Columns

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.simulator.world.world import World


@dataclass(frozen=True)
class Searching:
    """How the records of a shop are searched and sorted.

    Attributes:
        columns: their values.
        meanings: what filters and sort keys mean.
        filters: makes searches ready.
    """

    columns: Columns
    meanings: Meanings
    filters: Filters

    @classmethod
    def of(
        cls, world: World, schema: Schema, *, now: Callable[[], datetime]
    ) -> Searching:
        """Put it together for one shop and the version of a schema."""
        columns = Columns(world, schema)
        meanings = Meanings(schema, world.tables)
        clock = Clock(world.spec.utc_offset, now)
        custom = Custom(columns)
        filters = Filters(meanings, clock, custom, version=schema.version)
        return cls(columns, meanings, filters)
