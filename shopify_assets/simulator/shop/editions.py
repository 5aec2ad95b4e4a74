"""A shop as each API version shows it.

Charter: putting together, for one world, what answers a version: its schema, rows and
engine. A version is made when it is asked for first, and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.catalog.schema import PINNED_VERSION, load_schema
from shopify_assets.simulator.graphql.dialect import dialect
from shopify_assets.simulator.graphql.execute import Engine
from shopify_assets.simulator.graphql.fallback import Fallback
from shopify_assets.simulator.graphql.readers import Readers
from shopify_assets.simulator.graphql.roots import Roots
from shopify_assets.simulator.graphql.rows import Rows
from shopify_assets.simulator.graphql.searching import Searching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from shopify_assets.simulator.graphql.roots import BulkOperations
    from shopify_assets.simulator.graphql.versions import Version
    from shopify_assets.simulator.world.world import World


@dataclass(frozen=True)
class Edition:
    """What answers one version."""

    rows: Rows
    engine: Engine


class Editions:
    """Makes and keeps a world's editions."""

    def __init__(
        self,
        world: World,
        *,
        scopes: Callable[[], Iterable[str]],
        versions: Callable[[], Iterable[Version]],
        bulk: BulkOperations,
        clock: Callable[[], datetime],
    ) -> None:
        self._world = world
        self._scopes = scopes
        self._versions = versions
        self._bulk = bulk
        self._clock = clock
        self._fallback = Fallback(world, load_schema())
        self._made: dict[str, Edition] = {}

    def of(self, version: str = PINNED_VERSION) -> Edition:
        """The edition of a pinned version; the shop's lock is held."""
        edition = self._made.get(version)
        if edition is None:
            edition = self._made[version] = self._make(version)
        return edition

    def _make(self, version: str) -> Edition:
        shown, world = dialect(version), self._world
        schema = shown.schema
        roots = Roots(
            world,
            schema,
            scopes=self._scopes,
            versions=self._versions,
            bulk=self._bulk,
        )
        fallback = self._fallback
        if not shown.is_native:
            fallback = fallback.shown_in(shown)
        readers = Readers(world, fallback, roots, shown)
        searching = Searching.of(world, schema, now=self._clock)
        rows = Rows(world, searching, readers=readers, roots=roots)
        roots.rows = rows
        return Edition(rows, Engine(world, schema, readers))
