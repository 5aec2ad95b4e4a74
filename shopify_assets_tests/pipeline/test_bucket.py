"""The lake in a bucket: all three steps over a real S3 protocol, by the lake's URL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import dagster as dg
import psycopg
import pytest
from moto.server import ThreadedMotoServer

from shopify_assets.defs.resources import LakeResource, resources
from shopify_assets.settings import load_settings
from shopify_assets.storage.store import Store, open_store
from shopify_assets_tests.stage import Stage


class BucketStage(Stage):
    """A stage whose lake is a bucket, opened as LAKE_URL is."""

    @property
    def store(self) -> Store:  # type: ignore[override]
        return open_store("s3://lake/of/shops")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty bucket at the endpoint the environment names, as in production."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="lake")
    client.close()
    yield
    server.stop()


@pytest.mark.usefixtures("bucket")
def test_orders_travel_through_a_bucket_to_postgres(
    stage: Stage, tmp_path: Path, postgres: psycopg.Connection
) -> None:
    """Nothing is kept on the local disk, and nothing is lost."""
    remote = BucketStage(stage.simulator, tmp_path / "unused", stage.time)
    truth = stage.simulator.truth("ember.myshopify.com")

    remote.extract("orders")
    remote.normalize("orders")
    (loaded,) = remote.load("orders", postgres)

    assert loaded.findings == ()
    rows = postgres.execute("SELECT count(*) FROM shopify.orders").fetchone()
    assert rows == (truth.count("Order"),)
    assert list(tmp_path.rglob("*.zst")) == []


@pytest.mark.usefixtures("bucket")
def test_the_lake_of_the_ui_is_the_bucket_that_lake_url_names() -> None:
    settings = load_settings({"LAKE_URL": "s3://lake/of/shops"})
    with dg.build_resources({"lake": resources(settings)["lake"]}) as opened:
        assert isinstance(opened.lake, LakeResource)
        opened.lake.store().write("a/key", b"data")
    assert open_store("s3://lake/of/shops").read("a/key") == b"data"
