"""A copy that is whole, to be damaged, proven and mended."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.proof.subject import Subject
from shopify_assets.proof.verify import verify, verify_and_repair
from shopify_assets.proof.wanted import Wanted
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, Stage, compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.proof.verdicts import Gap, Kind, Proof, StreamProof, Trouble

EVERYTHING = Wanted(sample=1_000, seed=1)


@dataclass(frozen=True)
class Copy:
    """A shop, its copy in the warehouse, and the way to prove it."""

    stage: Stage
    connection: psycopg.Connection

    def prove(
        self,
        stream: str | CompiledStream,
        wanted: Wanted = EVERYTHING,
        *,
        shop: str = EMBER,
    ) -> StreamProof:
        """Prove a stream, a minute after whatever came before."""
        self.stage.time.sleep(60)
        with self.subject(stream, shop=shop) as subject:
            return verify(subject, wanted)

    def mend(
        self,
        stream: str | CompiledStream,
        wanted: Wanted = EVERYTHING,
        *,
        shop: str = EMBER,
    ) -> StreamProof:
        """Prove a stream, mend it and prove it again."""
        self.stage.time.sleep(60)
        with self.subject(stream, shop=shop) as subject:
            return verify_and_repair(subject, wanted)

    @contextmanager
    def subject(
        self, stream: str | CompiledStream, *, shop: str = EMBER
    ) -> Iterator[Subject]:
        """A stream of the shop, with a client of its own."""
        with closing(self.stage.client(shop)) as client:
            context = self.stage.context(client)
            yield Subject(compiled(stream), context, self.connection)

    def execute(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(query, values)
        found = cursor.fetchall() if cursor.description else []
        self.connection.commit()
        return found

    def is_whole(self, stream: str | CompiledStream, *, shop: str = EMBER) -> bool:
        """Whether every row is as the shop has it."""
        made = compiled(stream)
        expected = expected_rows(self.stage.simulator, shop, made)
        return stored_rows(self.connection, shop, made) == expected


@pytest.fixture
def copy(own: Stage, postgres: psycopg.Connection) -> Copy:
    """A shop of the test's own, and a warehouse with nothing in it yet."""
    return Copy(own, postgres)


def of_kind(result: StreamProof, kind: Kind) -> Proof:
    [found] = [each for each in result.proofs if each.kind is kind]
    return found


def troubles(result: StreamProof, *sought: Trouble) -> list[Gap]:
    return [each for each in result.gaps if each.trouble in sought]
