"""Killed at any moment, the same call finishes: nothing twice, nothing missing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from shopify_assets.errors import DataError
from shopify_assets.extract import planning
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.layout import Extent
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.pipeline.worker import RECORDS_OF_A_PART, STOPPED, STREAM
from shopify_assets_tests.stage import EMBER, END, HISTORY, compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shopify_assets_tests.stage import Stage

PATIENCE = 30.0
SECOND_STEP = "query order_refunds("


@contextmanager
def worker(
    stage: Stage, database_url: str, *, stops_before: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """A process at the same work; it is killed at the end."""
    url = stage.simulator.base_url(EMBER)
    module = "shopify_assets_tests.pipeline.worker"
    arguments = (url, database_url, str(stage.folder), stops_before)
    with subprocess.Popen(  # noqa: S603 -- this suite's own module
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not happened():
        assert process.poll() is None, "the worker ended by itself"
        assert time.monotonic() < give_up
        time.sleep(0.02)


def finish(
    stage: Stage, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Take the same steps again, in this process, and compare with the truth."""
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    monkeypatch.setattr(planning, "BULK_RECORDS", RECORDS_OF_A_PART)
    stage.run(STREAM, connection)
    made = compiled(STREAM)
    expected = expected_rows(stage.simulator, EMBER, made)
    assert stored_rows(connection, EMBER, made) == expected


@pytest.mark.parametrize(
    ("before", "lost_operations", "lost_downloads"),
    [
        ("part-00001.pending.json", 1, 0),
        ("part-00001.ndjson.zst", 0, 1),
        ("part-00002.json", 0, 0),
        ("orders/part-00003-0001.parquet", 0, 0),
        ("loaded.json", 0, 0),
    ],
)
def test_a_process_killed_before_a_file_is_written(  # noqa: PLR0913, PLR0917 -- fixtures
    own: Stage,
    postgres: psycopg.Connection,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    before: str,
    lost_operations: int,
    lost_downloads: int,
) -> None:
    """What was finished is not fetched again; what was in flight is, once."""
    with worker(own, database_url, stops_before=before) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(STOPPED)
    requests = own.simulator.requests(EMBER)
    finish(own, postgres, monkeypatch)
    [manifest] = Extractions(own.store).find_complete(Extent(STREAM, EMBER, HISTORY))
    in_bulk = sum(part.mode == "bulk" for part in manifest.parts)
    assert in_bulk > 1
    assert requests.bulk_operations == in_bulk + lost_operations
    assert requests.downloads == in_bulk + lost_downloads
    second_steps = [each for each in requests.log if SECOND_STEP in each.query]
    asked = [gid for each in second_steps for gid in each.variables["ids"]]
    twice = len(asked) - len(set(asked))
    assert (twice > 0) == (before == "part-00002.json")


def test_a_process_killed_before_it_notes_that_nothing_can_be_read(
    own: Stage,
    postgres: psycopg.Connection,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next run reads the same files, notes it, and the one after asks anew."""
    edits = (('"createdAt":"', '"createdAt":"no time '),)
    unreadable = Fault(kind=Kind.BULK_EDITED, times=None, edits=edits)
    own.simulator.arm(EMBER, unreadable)
    with worker(own, database_url, stops_before="refused.json") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(STOPPED)
    own.simulator.store(EMBER).faults.clear()
    submitted = own.simulator.requests(EMBER).bulk_operations
    with pytest.raises(DataError, match="records cannot be read"):
        finish(own, postgres, monkeypatch)
    assert own.simulator.requests(EMBER).bulk_operations == submitted
    finish(own, postgres, monkeypatch)
    assert own.simulator.requests(EMBER).bulk_operations == 2 * submitted


def test_a_process_killed_in_the_midst_of_a_download(
    own: Stage,
    postgres: psycopg.Connection,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The operation is taken up again; its half file never was a raw file."""
    own.simulator.arm(EMBER, Fault(kind=Kind.DOWNLOAD_RESET, times=None))
    requests = own.simulator.requests(EMBER)
    with worker(own, database_url) as process:
        wait_until(lambda: requests.downloads > 2, process)
    assert requests.bulk_operations == 1
    assert not [each for each in own.store.keys("raw/") if each.endswith(".zst")]
    own.simulator.store(EMBER).faults.clear()
    finish(own, postgres, monkeypatch)
    submitted = own.simulator.store(EMBER).bulk.operations.values()
    queries = [each.query for each in submitted]
    assert requests.bulk_operations == len(queries) == len(set(queries))


BLOCKED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
      AND query LIKE %s
"""


def test_a_process_killed_in_the_midst_of_a_load(
    own: Stage,
    postgres: psycopg.Connection,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another holds a child table, so the load stands before its commit and dies."""
    made = compiled(STREAM)
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    own.run(STREAM, postgres)
    truth = own.simulator.truth(EMBER)
    stored = stored_rows(postgres, EMBER, made)
    changed = truth.records("Order")[5]
    truth.update(changed["id"], at=END - timedelta(days=1), note="changed")
    operations = own.simulator.requests(EMBER)
    operations.reset()
    with (
        psycopg.connect(database_url) as watching,
        worker(own, database_url) as process,
    ):
        watching.autocommit = True
        postgres.execute("LOCK TABLE shopify.order_metafields IN ACCESS EXCLUSIVE MODE")

        def blocked() -> bool:
            row = watching.execute(BLOCKED, ["%order_metafields%"]).fetchone()
            return row is not None and row[0] > 0

        wait_until(blocked, process)
    postgres.rollback()
    assert stored_rows(postgres, EMBER, made) == stored
    submitted = operations.bulk_operations
    finish(own, postgres, monkeypatch)
    assert operations.bulk_operations == submitted
