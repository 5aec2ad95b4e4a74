"""A small shop, a lake and a warehouse: what it takes to refresh a shop."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
import pytest

from shopify_assets.postgres.connect import connect
from shopify_assets.refresh.asked import Asked
from shopify_assets.refresh.stream import Workplace
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, HISTORY, Stage, compiled

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Shopfloor:
    """One shop, and what is needed to take its streams.

    Attributes:
        stage: the simulated shop and the lake.
        url: of the warehouse.
        warned: the lines of warning.
    """

    stage: Stage
    url: str
    warned: list[str] = field(default_factory=list)

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        with closing(connect(self.url)) as connection:
            yield connection

    @contextmanager
    def place(self, *, read: float = 30.0) -> Iterator[Workplace]:
        """A workplace; the client of its shop is closed at last."""
        with closing(self.stage.client(read=read)) as client:
            yield Workplace(
                client=client,
                store=self.stage.store,
                connect=self.connection,
                most_set_aside=0.01,
                report=self.stage.told.append,
                warn=self.warned.append,
                now=self.stage.time,
            )

    def is_whole(self, stream: str) -> bool:
        """Whether the warehouse holds each row that the shop has of a stream."""
        made = compiled(stream)
        expected = expected_rows(self.stage.simulator, EMBER, made)
        assert expected[stream]
        with self.connection() as connection:
            return stored_rows(connection, EMBER, made) == expected


@pytest.fixture
def floor(own: Stage, database_url: str) -> Shopfloor:
    return Shopfloor(own, database_url)


def asked(*streams: str, named: bool = False) -> Asked:
    """The whole history of some streams."""
    names = frozenset(streams) if named else frozenset()
    return Asked(EMBER, streams, window=HISTORY, named=names)
