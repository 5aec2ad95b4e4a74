"""Dagster's web server, spoken to as its pages do: by GraphQL.

Charter: what a person clicks (launch a backfill) and reads (how its runs went).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LAUNCH = """
mutation Launch($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
_BACKFILL = """
query Backfill($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill {
      status
      error { message }
      runs(limit: 1000) {
        runId status creationTime startTime endTime tags { key value }
      }
    }
  }
}
"""
_KEYS = """
query Keys($path: [String!]!) {
  assetNodeOrError(assetKey: {path: $path}) { ... on AssetNode { partitionKeys } }
}
"""
_OVER = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"}


@dataclass(frozen=True)
class Run:
    """A run of a backfill; times are seconds since 1970."""

    run_id: str
    status: str
    created: float
    start: float
    end: float
    tags: dict[str, str]


@dataclass(frozen=True)
class Backfill:
    """A backfill that is over."""

    status: str
    runs: tuple[Run, ...]
    seconds: float


class DagsterUI:
    """A web server that answers."""

    def __init__(self, url: str) -> None:
        self.url = url

    def answers(self) -> bool:
        """Whether pages can be opened already."""
        try:
            return requests.get(f"{self.url}/server_info", timeout=5).ok
        except requests.ConnectionError:
            return False

    def ask(self, query: str, **variables: object) -> Any:
        """Return the data of the answer to a GraphQL query."""
        answer = requests.post(
            f"{self.url}/graphql",
            json={"query": query, "variables": variables},
            timeout=60,
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def partition_keys(self, path: str) -> list[str]:
        """Every partition of an asset, such as `shopify/raw/orders`."""
        answer = self.ask(_KEYS, path=path.split("/"))
        return list(answer["assetNodeOrError"]["partitionKeys"])

    def backfill(
        self, paths: Iterable[str], keys: Sequence[str], *, patience: float
    ) -> Backfill:
        """Launch a backfill, and wait until all its runs are over."""
        started = time.monotonic()
        params = {
            "assetSelection": [{"path": path.split("/")} for path in paths],
            "partitionNames": list(keys),
        }
        launched = self.ask(_LAUNCH, params=params)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        while time.monotonic() - started < patience:
            found = self.ask(_BACKFILL, id=launched["backfillId"])
            state = found["partitionBackfillOrError"]
            if state["status"] in _OVER:
                runs = tuple(_run(each) for each in state["runs"])
                return Backfill(state["status"], runs, time.monotonic() - started)
            time.sleep(0.2)
        message = f"the backfill is not over after {patience} s: {state}"
        raise AssertionError(message)


def _run(answer: dict[str, Any]) -> Run:
    return Run(
        run_id=answer["runId"],
        status=answer["status"],
        created=answer["creationTime"],
        start=answer["startTime"] or 0,
        end=answer["endTime"] or 0,
        tags={each["key"]: each["value"] for each in answer["tags"]},
    )
