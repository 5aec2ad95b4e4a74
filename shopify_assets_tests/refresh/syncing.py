"""Syncs as a refresh does them: a look, then the three steps of what is due."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shopify_assets import pipeline
from shopify_assets.refresh.look import SNAPSHOTS_APART, Effort, Look, look
from shopify_assets.windows import Window
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, END, HISTORY, Stage, compiled

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ALL_TO_COME = Window(END, END + timedelta(days=90))


@dataclass(frozen=True)
class Asked:
    """What something cost: requests, and points requested and spent."""

    requests: int
    requested: float
    spent: float


def backfill(
    stage: Stage, connection: psycopg.Connection, names: Iterable[str]
) -> None:
    """Load all of history."""
    _read(stage, connection, names, HISTORY, incremental=False)


def sync(
    stage: Stage,
    connection: psycopg.Connection,
    names: Iterable[str],
    *,
    named: Iterable[str] = (),
    apart: timedelta = SNAPSHOTS_APART,
) -> Look:
    """Look, and read what is due."""
    found, _ = looked(stage, connection, names, named=named, apart=apart)
    _read(stage, connection, found.due, ALL_TO_COME, incremental=True)
    return found


def looked(  # noqa: PLR0913 -- keyword-only from the third on
    stage: Stage,
    connection: psycopg.Connection,
    names: Iterable[str],
    *,
    named: Iterable[str] = (),
    apart: timedelta = SNAPSHOTS_APART,
    effort: Effort = Effort.CLOSER,
) -> tuple[Look, Asked]:
    """Look, and no more."""
    requests = stage.simulator.store(EMBER).requests
    requests.reset()
    with closing(stage.client()) as client:
        found = look(
            [compiled(name) for name in names],
            client=client,
            connection=connection,
            named=frozenset(named),
            snapshots_apart=apart,
            effort=effort,
        )
        requested = sum(client._known_costs.values())  # noqa: SLF001 -- no other way
        asked = Asked(client.requests_sent, requested, client.points_spent)
    return found, asked


def _read(
    stage: Stage,
    connection: psycopg.Connection,
    names: Iterable[str],
    window: Window,
    *,
    incremental: bool,
) -> None:
    with closing(stage.client()) as client:
        for name in names:
            made = compiled(name)
            pipeline.extract_slice(
                made,
                window if made.stream.incremental else None,
                context=stage.context(client),
                connection=connection,
                incremental=incremental,
            )
            stage.normalize(name, window)
            stage.load(name, connection, window)


def wait(stage: Stage, time: timedelta = HOUR) -> None:
    """Let time pass."""
    stage.time.sleep(time.total_seconds())


def assert_whole(
    stage: Stage, connection: psycopg.Connection, names: Iterable[str]
) -> None:
    """All rows are the shop's."""
    for name in names:
        made = compiled(name)
        assert stored_rows(connection, EMBER, made) == expected_rows(
            stage.simulator, EMBER, made
        ), name
