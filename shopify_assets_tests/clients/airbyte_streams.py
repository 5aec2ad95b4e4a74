"""Airbyte's connector: its streams read in full, in bulk, and counted.

Charter: run by a Python that has `airbyte-source-shopify`, not by the project's.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# Streams of bulk operations, and the simulated records each must count.
STREAMS = {
    "products": "Product",
    "product_variants": "ProductVariant",
    "inventory_items": "InventoryItem",
    "inventory_levels": "InventoryLevel",
    "fulfillment_orders": "FulfillmentOrder",
    "customer_address": "MailingAddress",
    "collections": "Collection",
}
CONFIG = {
    "shop": os.environ["SHOP"].removesuffix(".myshopify.com"),
    "start_date": "2024-01-01",
    "bulk_window_in_days": 1000,  # one operation a stream
    "credentials": {"auth_method": "api_password", "api_password": os.environ["TOKEN"]},
}
# The shop's number comes from REST, which simulated shops do not answer.
PROGRAM = """
from source_shopify.run import run
from source_shopify.source import ConnectionCheckTest
ConnectionCheckTest.get_shop_id = lambda self: 1
run()
"""


def said(*arguments: str) -> list[dict[str, Any]]:
    """What the connector says, message by message."""
    done = subprocess.run(  # noqa: S603 -- the client that is tried
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.split("\n") if line.startswith("{")]
    return [json.loads(line) for line in lines]


def catalog(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The streams to read, each in full."""
    (told,) = [each["catalog"] for each in messages if each["type"] == "CATALOG"]
    return {
        "streams": [
            {
                "stream": stream,
                "sync_mode": "full_refresh",
                "destination_sync_mode": "overwrite",
            }
            for stream in told["streams"]
            if stream["name"] in STREAMS
        ]
    }


def main() -> None:
    """Check, discover, read; print how many records came of each stream."""
    with TemporaryDirectory() as folder:
        config, streams = Path(folder, "config.json"), Path(folder, "catalog.json")
        config.write_text(json.dumps(CONFIG), "utf-8")
        checked = [
            each["connectionStatus"]["status"]
            for each in said("check", "--config", str(config))
            if each["type"] == "CONNECTION_STATUS"
        ]
        wanted = catalog(said("discover", "--config", str(config)))
        streams.write_text(json.dumps(wanted), "utf-8")
        messages = said("read", "--config", str(config), "--catalog", str(streams))
    read = Counter(
        each["record"]["stream"] for each in messages if each["type"] == "RECORD"
    )
    faults = [
        each["trace"]["error"]["message"]
        for each in messages
        if each["type"] == "TRACE" and each["trace"]["type"] == "ERROR"
    ]
    print(json.dumps({"check": checked, "read": dict(read), "faults": faults}))  # noqa: T201 -- for __main__


if __name__ == "__main__":
    main()
