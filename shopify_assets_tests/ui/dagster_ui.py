"""Dagster's web server, spoken to as its pages do: by GraphQL.

Charter: what a person clicks (launch a backfill) and reads (how its runs went).
"""

from __future__ import annotations

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
_PARTITIONS = """
query Partitions($path: [String!]!) {
  assetNodeOrError(assetKey: {path: $path}) {
    ... on AssetNode {
      assetPartitionStatuses {
        ... on DefaultPartitionStatuses { materializedPartitions failedPartitions }
      }
    }
  }
}
"""
_CHECKS = """
query Checks($path: [String!]!) {
  assetNodeOrError(assetKey: {path: $path}) {
    ... on AssetNode {
      assetChecksOrError {
        ... on AssetChecks {
          checks {
            name
            executionForLatestMaterialization {
              evaluation { success severity description }
            }
          }
        }
      }
    }
  }
}
"""
_WIPE = """
mutation Wipe($assets: [PartitionsByAssetSelector!]!) {
  wipeAssets(assetPartitionRanges: $assets) { __typename }
}
"""
_JOB_RUNS = """
query JobRuns($job: PipelineSelector!) {
  pipelineOrError(params: $job) {
    ... on Pipeline {
      runs(limit: 1000) {
        runId status creationTime startTime endTime tags { key value }
      }
    }
  }
}
"""
_TIMELINE = """
query Timeline($after: Float!) {
  runsOrError(filter: {createdAfter: $after}) {
    ... on Runs {
      results {
        runId status creationTime startTime endTime tags { key value }
        pipelineName repositoryOrigin { repositoryName repositoryLocationName }
      }
    }
  }
}
"""
_SCHEDULE = {
    "start": """
mutation Start($schedule: ScheduleSelector!) {
  startSchedule(scheduleSelector: $schedule) { __typename }
}
""",
    "stop": """
mutation Stop($id: String!) {
  stopRunningSchedule(id: $id) { __typename }
}
""",
    "id": """
query Id($schedule: ScheduleSelector!) {
  scheduleOrError(scheduleSelector: $schedule) {
    ... on Schedule { scheduleState { id } }
  }
}
""",
}
_LOCATION = {
    "repositoryName": "__repository__",
    "repositoryLocationName": "shopify_assets",
}
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
    """A backfill and its runs."""

    status: str
    runs: tuple[Run, ...]

    @property
    def over(self) -> bool:
        """Whether the daemon has seen its end."""
        return self.status in _OVER


@dataclass(frozen=True)
class Evaluation:
    """What a check says."""

    success: bool
    severity: str
    description: str


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
        """Every partition of an asset, such as `shopify/orders_raw`."""
        answer = self.ask(_KEYS, path=path.split("/"))
        return list(answer["assetNodeOrError"]["partitionKeys"])

    def launch(
        self, paths: Iterable[str], keys: Sequence[str], **config: object
    ) -> str:
        """Launch a backfill of assets, their op configured so; return its id."""
        params: dict[str, object] = {
            "assetSelection": [{"path": path.split("/")} for path in paths],
            "partitionNames": list(keys),
        }
        if config:
            params["runConfigData"] = {"ops": {"shopify": {"config": config}}}
        launched = self.ask(_LAUNCH, params=params)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return str(launched["backfillId"])

    def backfill(self, backfill: str) -> Backfill:
        """How far a backfill has come."""
        state = self.ask(_BACKFILL, id=backfill)["partitionBackfillOrError"]
        assert state["error"] is None, state["error"]
        return Backfill(state["status"], tuple(_run(each) for each in state["runs"]))

    def partitions(self, path: str) -> tuple[set[str], set[str]]:
        """The partitions of an asset that are shown as materialised, and as failed."""
        node = self.ask(_PARTITIONS, path=path.split("/"))["assetNodeOrError"]
        statuses = node["assetPartitionStatuses"]
        return set(statuses["materializedPartitions"]), set(
            statuses["failedPartitions"]
        )

    def checks(self, path: str) -> dict[str, Evaluation]:
        """What the checks of an asset say, by name; those that were evaluated."""
        node = self.ask(_CHECKS, path=path.split("/"))["assetNodeOrError"]
        executions = {
            check["name"]: check["executionForLatestMaterialization"]
            for check in node["assetChecksOrError"]["checks"]
        }
        return {
            name: Evaluation(**execution["evaluation"])
            for name, execution in executions.items()
            if execution and execution["evaluation"]
        }

    def wipe(self, paths: Iterable[str]) -> None:
        """Forget what was materialised of assets."""
        assets = [{"assetKey": {"path": path.split("/")}} for path in paths]
        done = self.ask(_WIPE, assets=assets)["wipeAssets"]
        assert done["__typename"] == "AssetWipeSuccess", done

    def runs_of(self, job: str) -> list[Run]:
        """The runs that a job's page lists."""
        selector = {"pipelineName": job, **_LOCATION}
        listed = self.ask(_JOB_RUNS, job=selector)["pipelineOrError"]["runs"]
        return [_run(each) for each in listed]

    def timeline(self, *, after: float) -> dict[str, list[Run]]:
        """The runs that the timeline shows for this code location, by job."""
        found = self.ask(_TIMELINE, after=after)["runsOrError"]["results"]
        shown: dict[str, list[Run]] = {}
        for each in found:
            if each["repositoryOrigin"] == _LOCATION:
                shown.setdefault(each["pipelineName"], []).append(_run(each))
        return shown

    def start_schedule(self, name: str) -> None:
        """Turn a schedule on."""
        selector = {"scheduleName": name, **_LOCATION}
        done = self.ask(_SCHEDULE["start"], schedule=selector)["startSchedule"]
        assert done["__typename"] == "ScheduleStateResult", done

    def stop_schedule(self, name: str) -> None:
        """Turn a schedule off."""
        selector = {"scheduleName": name, **_LOCATION}
        found = self.ask(_SCHEDULE["id"], schedule=selector)["scheduleOrError"]
        state = found["scheduleState"]["id"]
        done = self.ask(_SCHEDULE["stop"], id=state)["stopRunningSchedule"]
        assert done["__typename"] == "ScheduleStateResult", done


def _run(answer: dict[str, Any]) -> Run:
    return Run(
        run_id=answer["runId"],
        status=answer["status"],
        created=answer["creationTime"],
        start=answer["startTime"] or 0,
        end=answer["endTime"] or 0,
        tags={each["key"]: each["value"] for each in answer["tags"]},
    )
