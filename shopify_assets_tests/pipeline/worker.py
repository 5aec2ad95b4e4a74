"""A process that takes the three steps of orders, to be killed in their midst.

Run with the shop's base URL, the warehouse's URL, the lake's folder, and the end of the
key before whose writing it stops, says so, and waits for its death.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from shopify_assets import pipeline
from shopify_assets.api.auth import FixedToken
from shopify_assets.api.client import ShopifyClient
from shopify_assets.api.retry import RetryConfig
from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.extract import planning
from shopify_assets.extract.extraction import Context
from shopify_assets.postgres.connect import connect
from shopify_assets.settings import Secret, Shop, StoredToken
from shopify_assets.storage.folder import FolderStore
from shopify_assets.storage.layout import Extent
from shopify_assets_tests.stage import EMBER, HISTORY, Time, compiled

STREAM = "orders"
RECORDS_OF_A_PART = 8
STOPPED = "stopped"


class StoppingStore(FolderStore):
    """A lake in which one key is never written."""

    def __init__(self, root: Path, *, before: str) -> None:
        super().__init__(root)
        self._before = before

    def upload(self, key: str, file: Path) -> None:
        if self._before and key.endswith(self._before):
            print(STOPPED, key, flush=True)  # noqa: T201 -- read by the test
            sys.stdin.read()
        super().upload(key, file)


def run(base_url: str, warehouse: str, lake: str, before: str) -> None:
    """Take the three steps."""
    planning.PAGES_AT_MOST, planning.BULK_RECORDS = 0, RECORDS_OF_A_PART
    store = StoppingStore(Path(lake), before=before)
    client = ShopifyClient(
        Shop(EMBER, StoredToken("TOKEN"), base_url),
        api_version=PINNED_VERSION,
        token=FixedToken(Secret("shpat_simulated")),
        retry=RetryConfig(attempts=10_000),
        sleep=lambda seconds: time.sleep(min(seconds, 0.02)),
        now=Time(),
    )
    made, extent = compiled(STREAM), Extent(STREAM, EMBER, HISTORY)
    with connect(warehouse) as connection:
        pipeline.extract_slice(
            made,
            HISTORY,
            context=Context(client, store, quiet, concurrency=1),
            connection=connection,
            incremental=False,
        )
        pipeline.normalize_slice(made, extent, store=store, report=quiet)
        pipeline.load_slice(
            made, extent, store=store, connection=connection, report=quiet
        )


def quiet(_: str) -> None:
    """Tell nobody."""


if __name__ == "__main__":
    run(*sys.argv[1:])
