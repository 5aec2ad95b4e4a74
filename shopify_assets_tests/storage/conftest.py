"""A lake in a folder, and the same in a bucket of a real HTTP server."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from shopify_assets.storage.folder import FolderStore
from shopify_assets.storage.s3 import S3Store
from shopify_assets.storage.store import Store

_BUCKETS = count(1)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The URL of a server which speaks S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_client(s3_server: str) -> Iterator[Any]:
    """A client of that server."""
    client = boto3.client(
        "s3",
        endpoint_url=s3_server,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    yield client
    client.close()


@pytest.fixture
def bucket(s3_client: Any) -> str:
    """The name of an empty bucket."""
    name = f"lake-{next(_BUCKETS)}"
    s3_client.create_bucket(Bucket=name)
    return name


@pytest.fixture
def folder_store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "lake")


@pytest.fixture
def s3_store(s3_client: Any, bucket: str) -> S3Store:
    return S3Store(s3_client, bucket, prefix="some/lake")


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest) -> Store:
    """Each kind of store in turn: what is proven of one is proven of both."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found
