"""Stores: a key's bytes are seen whole or not at all, in a folder and in a bucket."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config

from shopify_assets.errors import ConfigurationError, DataError, Unavailable
from shopify_assets.storage.folder import FolderStore
from shopify_assets.storage.s3 import S3Store
from shopify_assets.storage.store import Store, open_store


def test_what_was_written_is_read(store: Store) -> None:
    store.write("a/b.json", b"first")
    store.write("a/b.json", b"second")

    assert store.read("a/b.json") == b"second"
    assert store.size("a/b.json") == 6
    assert store.exists("a/b.json")


def test_what_is_missing_is_none_and_no_stream(store: Store) -> None:
    assert store.read("a") is None
    assert store.size("a") is None
    assert not store.exists("a")
    with pytest.raises(DataError, match=r"a does not exist; it was deleted or moved"):
        store.open("a")


def test_keys_are_listed_by_prefix_in_order(store: Store) -> None:
    for key in ("raw/b/2", "raw/b/1", "raw/bc/1", "raw/a/x/1", "other"):
        store.write(key, b"")

    assert store.keys("raw/b/") == ["raw/b/1", "raw/b/2"]
    assert store.keys("raw/b") == ["raw/b/1", "raw/b/2", "raw/bc/1"]
    assert store.keys("") == ["other", "raw/a/x/1", "raw/b/1", "raw/b/2", "raw/bc/1"]
    assert store.keys("nothing/") == []


def test_deleting_twice_is_deleting(store: Store) -> None:
    store.write("a", b"x")

    store.delete("a")
    store.delete("a")

    assert store.keys("") == []


def test_an_uploaded_file_is_a_key_and_gone_locally(store: Store) -> None:
    with store.local_temp() as folder:
        file = folder / "made"
        file.write_bytes(b"content")
        store.upload("raw/made", file)
        left = list(folder.iterdir())
        during = store.keys("")

    assert left == []
    assert during == ["raw/made"]
    assert store.read("raw/made") == b"content"
    assert not folder.exists()


@pytest.mark.parametrize("size", [0, 1, 8 * 2**20, 8 * 2**20 + 1, 20 * 2**20])
def test_a_stream_gives_all_bytes_in_the_sizes_asked_for(
    store: Store, size: int
) -> None:
    data = (b"0123456789abcde\n" * (size // 16 + 1))[:size]
    with store.local_temp() as folder:
        (folder / "large").write_bytes(data)
        store.upload("large", folder / "large")

    with store.open("large") as stream:
        read = [stream.read(3), *iter(lambda: stream.read(2**20), b"")]

    assert b"".join(read) == data


def test_a_location_is_what_a_person_would_look_for(
    folder_store: FolderStore, s3_store: S3Store, tmp_path: Path, bucket: str
) -> None:
    assert folder_store.location("raw/a") == str(tmp_path / "lake/raw/a")
    assert s3_store.location("raw/a") == f"s3://{bucket}/some/lake/raw/a"


def test_a_full_disk_leaves_the_old_bytes_and_says_what_to_do(
    folder_store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_store.write("raw/a", b"old")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ConfigurationError, match=r"raw/a .* \d+ bytes free"):
            folder_store.write("raw/a", b"new and longer")

    assert folder_store.read("raw/a") == b"old"
    assert folder_store.keys("") == ["raw/a"]


def test_other_errors_of_the_disk_stay_what_they_are(
    folder_store: FolderStore, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        folder_store.upload("a", tmp_path / "never made")


def test_a_lake_url_is_a_folder_or_a_bucket(
    tmp_path: Path, s3_client: Any, bucket: str
) -> None:
    folder = open_store(str(tmp_path / "new" / "lake"))
    top = open_store(f"s3://{bucket}", s3_client=s3_client)
    below = open_store(f"s3://{bucket}/a/b/", s3_client=s3_client)

    assert folder.location("x") == str(tmp_path / "new/lake/x")
    assert top.location("x") == f"s3://{bucket}/x"
    assert below.location("x") == f"s3://{bucket}/a/b/x"


@pytest.mark.parametrize("url", ["", "gs://bucket/lake", "file:///lake", "s3://"])
def test_another_lake_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="give a folder's path or s3://"):
        open_store(url)


def test_a_lake_which_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="cannot be a folder: Not a dir"):
        open_store(str(tmp_path / "file" / "lake"))


def test_a_bucket_which_is_not_there_is_refused_at_once(s3_client: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"s3://no-such-bucket/ cannot be"):
        open_store("s3://no-such-bucket", s3_client=s3_client)


@pytest.fixture
def dead_client() -> Iterator[Any]:
    """A client of a server that is not there."""
    client = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:1",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 0}),
    )
    yield client
    client.close()


def test_a_server_which_is_away_is_asked_again_later(
    dead_client: Any, tmp_path: Path
) -> None:
    store = S3Store(dead_client, "lake")
    (tmp_path / "file").write_bytes(b"x")

    with pytest.raises(ConfigurationError, match="cannot be reached"):
        open_store("s3://lake", s3_client=dead_client)
    with pytest.raises(Unavailable, match="s3://lake/a cannot be reached just now"):
        store.read("a")
    with pytest.raises(Unavailable, match="s3://lake/a cannot be reached just now"):
        store.upload("a", tmp_path / "file")


def test_a_bucket_lost_under_way_is_the_operators_to_mend(s3_client: Any) -> None:
    store = S3Store(s3_client, "lost-bucket")

    with pytest.raises(ConfigurationError, match="s3://lost-bucket/a is refused"):
        store.write("a", b"x")


def test_a_key_replaced_while_it_is_read_is_no_stream(s3_store: S3Store) -> None:
    """Two versions of a file never become one stream."""
    s3_store.write("a", b"x" * (9 * 2**20))

    with s3_store.open("a") as stream:
        stream.read(1)
        s3_store.write("a", b"y" * (9 * 2**20))
        with pytest.raises(DataError, match="was replaced while it was read"):
            stream.read()


class _BreakingServer(ThreadingHTTPServer):
    """Serves one object; the first answers to GET break off half-way."""

    data = b"0123456789" * 1000

    def __init__(self, breaks: int) -> None:
        super().__init__(("127.0.0.1", 0), _BreakingHandler)
        self.breaks = breaks


class _BreakingHandler(BaseHTTPRequestHandler):
    server: _BreakingServer

    def do_HEAD(self) -> None:
        self._head()

    def do_GET(self) -> None:
        self._head()
        data = self.server.data
        if self.server.breaks:
            self.server.breaks -= 1
            data = data[: len(data) // 2]
        self.wfile.write(data)
        self.close_connection = True

    def _head(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.data)))
        self.send_header("ETag", '"one"')
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its base's name
        """Say nothing."""


@contextmanager
def breaking_store(breaks: int) -> Iterator[S3Store]:
    with _BreakingServer(breaks) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        yield S3Store(client, "lake")
        client.close()
        server.shutdown()


def test_a_connection_that_breaks_while_reading_is_made_again() -> None:
    with breaking_store(breaks=3) as store, store.open("a") as stream:
        assert stream.read() == _BreakingServer.data


def test_a_connection_that_breaks_each_time_is_given_up() -> None:
    with (
        breaking_store(breaks=99) as store,
        pytest.raises(Unavailable, match="s3://lake/a cannot be reached just now"),
    ):
        store.read("a")
