"""Files, disks and servers that fail: what is said, and that the remedy works."""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from shopify_assets.errors import (
    ConfigurationError,
    DataError,
    IncompleteData,
    Unavailable,
)
from shopify_assets.extract import planning
from shopify_assets.postgres.connect import connect
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, LUMEN, Stage, compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STREAM = "draft_orders"


def raw_file(stage: Stage, stream: str) -> Path:
    [key] = [each for each in stage.store.keys(f"raw/{stream}/") if ".zst" in each]
    return stage.folder / key


def assert_whole(
    stage: Stage, connection: psycopg.Connection, name: str, shop: str = EMBER
) -> None:
    made = compiled(name)
    expected = expected_rows(stage.simulator, shop, made)
    assert stored_rows(connection, shop, made) == expected


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


@pytest.mark.parametrize(
    ("damage", "error", "told"),
    [
        (cut, IncompleteData, "is cut off at byte"),
        (flipped, DataError, "is damaged in the frame at byte 0"),
        (lambda _: b"", IncompleteData, "is cut off at byte 0"),
    ],
    ids=["cut off", "a flipped bit", "empty"],
)
def test_a_damaged_raw_file_is_named_and_fetched_anew_by_the_next_run(
    stage: Stage,
    postgres: psycopg.Connection,
    damage: Callable[[bytes], bytes],
    error: type[DataError],
    told: str,
) -> None:
    stage.extract(STREAM)
    file = raw_file(stage, STREAM)
    file.write_bytes(damage(file.read_bytes()))
    remedy = "delete the folder of its extraction and materialise the raw asset again"
    with pytest.raises(error, match=f"{file} {told}.*{remedy}"):
        stage.normalize(STREAM)
    with pytest.raises(DataError, match=r"could not be normalised.*raw asset again"):
        stage.load(STREAM, postgres)
    stage.run(STREAM, postgres)
    assert_whole(stage, postgres, STREAM)
    assert file.exists()


def test_a_raw_file_that_vanished_is_named(stage: Stage) -> None:
    stage.extract(STREAM)
    file = raw_file(stage, STREAM)
    file.unlink()
    with pytest.raises(DataError, match=f"{file} does not exist; it was deleted"):
        stage.normalize(STREAM)


def test_a_damaged_table_file_is_made_anew(
    stage: Stage, postgres: psycopg.Connection
) -> None:
    stage.extract(STREAM)
    stage.normalize(STREAM)
    [key, *_] = [
        each for each in stage.store.keys("normalized/") if each.endswith(".parquet")
    ]
    file = stage.folder / key
    file.write_bytes(cut(file.read_bytes()))
    with pytest.raises(DataError, match=f"{file} is damaged .*normalised asset again"):
        stage.load(STREAM, postgres)
    stage.run(STREAM, postgres)
    assert_whole(stage, postgres, STREAM)


@pytest.mark.parametrize("stream", ["orders", "locations"])
def test_what_was_never_extracted_is_named(
    stage: Stage, postgres: psycopg.Connection, stream: str
) -> None:
    told = f"no raw files of stream '{stream}' of shop '{EMBER}'.*asset {stream}_raw "
    with pytest.raises(DataError, match=told):
        stage.normalize(stream)
    with pytest.raises(DataError, match=told):
        stage.load(stream, postgres)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 160 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:  # noqa: S603 -- fixed arguments
        pytest.skip("mounting a small file system takes root")
    yield place
    subprocess.run(["umount", str(place)], check=True)  # noqa: S603, S607 -- as above


def test_a_full_disk_is_told_and_room_is_enough_to_go_on(
    stage: Stage,
    postgres: psycopg.Connection,
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    monkeypatch.setattr(planning, "BULK_RECORDS", 4)
    on_disk = replace(stage, folder=small_disk)
    told = f"{small_disk}.* could not be written: the disk has .* bytes free. Make room"
    with pytest.raises(ConfigurationError, match=told):
        on_disk.extract("orders", shop=LUMEN)
    requests = stage.simulator.requests(LUMEN)
    before = requests.bulk_operations
    finished = len([each for each in on_disk.store.keys("raw/") if ".zst" in each])
    assert finished > 0
    larger = ["mount", "-o", "remount,size=64m", str(small_disk)]
    subprocess.run(larger, check=True)  # noqa: S603 -- fixed arguments
    on_disk.run("orders", postgres, shop=LUMEN)
    assert_whole(on_disk, postgres, "orders", LUMEN)
    parts = [each for each in on_disk.store.keys("raw/") if ".zst" in each]
    assert requests.bulk_operations - before < len(parts) // 2


def test_a_warehouse_restarted_in_the_midst_of_a_load(
    stage: Stage, postgres: psycopg.Connection, database_url: str
) -> None:
    """Its connection is cut while it waits for a table; the next call loads all."""
    stage.run(STREAM, postgres, shop=LUMEN)
    stage.extract(STREAM)
    stage.normalize(STREAM)
    raised: list[BaseException] = []
    with closing(connect(database_url)) as loading:
        pid = loading.info.backend_pid

        def load() -> None:
            try:
                stage.load(STREAM, loading)
            except Unavailable as error:
                raised.append(error)

        name = "shopify.draft_order_line_items"
        with postgres.transaction():
            postgres.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
            thread = threading.Thread(target=load)
            thread.start()
            blocked = (
                "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid=%s"
            )
            with closing(psycopg.connect(database_url, autocommit=True)) as watching:
                while watching.execute(blocked, [pid]).fetchone() != (True,):
                    assert thread.is_alive()
                watching.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            thread.join()
    [error] = raised
    assert f"of shop {EMBER}" in str(error)
    assert "nothing was loaded, run it again" in str(error)
    assert stored_rows(postgres, EMBER, compiled(STREAM))[STREAM] == []
    stage.load(STREAM, postgres)
    assert_whole(stage, postgres, STREAM)


def test_a_warehouse_that_is_not_there_is_told_without_its_password(
    stage: Stage,
) -> None:
    del stage
    url = "postgresql://someone:sesame@127.0.0.1:9/data"
    told = "127.0.0.1:9/data as user someone.*check WAREHOUSE_URL"
    with pytest.raises(ConfigurationError, match=f"(?s){told}") as raised:
        connect(url)
    assert "sesame" not in str(raised.value)
