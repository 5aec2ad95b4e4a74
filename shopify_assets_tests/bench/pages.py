"""What the pages of Dagster's UI ask, and how long the answers take.

Charter: one query a page, of what costs the server most on it. The browser's own work
is not measured.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from shopify_assets_tests.ui.dagster_ui import DagsterUI

_PATIENCE = 600  # seconds

_STATUSES = """
  assetPartitionStatuses {
    ... on DefaultPartitionStatuses {
      materializedPartitions failedPartitions unmaterializedPartitions
    }
  }
"""
_PAGES = {
    "catalog": "{ assetNodes { id groupName assetKey { path } tags { key value } } }",
    "graph, live states": """
      query Page($keys: [AssetKeyInput!]!) {
        assetsLatestInfo(assetKeys: $keys) {
          latestMaterialization { timestamp runId } latestRun { id status }
        }
        assetNodes(assetKeys: $keys) {
          partitionStats { numMaterialized numFailed numPartitions }
        }
      }
    """,
    "runs": """
      { runsOrError(limit: 25) { ... on Runs {
        results { id status tags { key value } startTime endTime }
      } } }
    """,
    "timeline": """
      query Page($after: Float!) {
        runsOrError(filter: {updatedAfter: $after}, limit: 500) {
          ... on Runs { results { id status startTime endTime jobName } }
        }
      }
    """,
    "an asset's partitions": f"""
      query Page($key: AssetKeyInput!) {{
        assetNodeOrError(assetKey: $key) {{ ... on AssetNode {{
          partitionKeys {_STATUSES}
        }} }}
      }}
    """,
    "an asset's events": """
      query Page($key: AssetKeyInput!, $shop: String!) {
        assetOrError(assetKey: $key) { ... on Asset {
          assetMaterializations(limit: 100) { timestamp runId partition }
          ofShop: assetMaterializations(limit: 5, partitions: [$shop]) { runId }
        } }
      }
    """,
    "backfill dialog, all assets": f"""
      query Page($keys: [AssetKeyInput!]!) {{
        assetNodes(assetKeys: $keys) {{ partitionKeys {_STATUSES} }}
      }}
    """,
    "sensors and schedules": """
      { instanceOrError: instance { daemonHealth { allDaemonStatuses { healthy } } }
        repositoriesOrError { ... on RepositoryConnection { nodes {
          schedules { name scheduleState { status ticks(limit: 10) { status } } }
          sensors { name sensorState { status ticks(limit: 10) { status } } }
        } } } }
    """,
}


def seconds(ui: DagsterUI, shop: str) -> dict[str, float]:
    """How long each page's question takes."""
    nodes = ui.ask("{ assetNodes { assetKey { path } isMaterializable } }")
    keys = [
        node["assetKey"] for node in nodes["assetNodes"] if node["isMaterializable"]
    ]
    orders = next(key for key in keys if key["path"][-1].startswith("orders_w"))
    values = {
        "keys": keys,
        "key": orders,
        "shop": shop,
        "after": time.time() - 86_400,
    }
    return {name: _asked(ui, query, values) for name, query in _PAGES.items()}


def _asked(ui: DagsterUI, query: str, values: dict[str, Any]) -> float:
    used = {name: value for name, value in values.items() if f"${name}:" in query}
    body = {"query": query, "variables": used}
    began = time.monotonic()
    answer = requests.post(f"{ui.url}/graphql", json=body, timeout=_PATIENCE).json()
    assert "errors" not in answer, answer
    return time.monotonic() - began
