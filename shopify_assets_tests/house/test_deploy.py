"""What is shipped for production is accepted by those who read it."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
import yaml
from dagster._core.storage.tags import PARTITION_NAME_TAG

from shopify_assets.cli import instance as local

if TYPE_CHECKING:
    from pathlib import Path


def read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return content


@dg.job
def nothing() -> None:
    """A run without steps: its events are stored all the same."""


def test_dagster_keeps_its_runs_in_postgres(
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    database_url: str,
) -> None:
    """With the driver that compose.yaml names: an event of a run is told by NOTIFY."""
    services = read(project / "deploy" / "compose.yaml")["services"]
    driver = services["code"]["environment"]["DAGSTER_DATABASE_URL"].partition("://")[0]
    place = database_url.partition("://")[2]
    monkeypatch.setenv("DAGSTER_DATABASE_URL", f"{driver}://{place}")
    shutil.copy(project / "deploy" / "dagster.yaml", tmp_path)

    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert type(instance.run_storage).__name__ == "PooledRunStorage"
        assert type(instance.event_log_storage).__name__ == "PooledEventLogStorage"
        nothing.execute_in_process(instance=instance)
        assert [run.status for run in instance.get_runs()] == [
            dg.DagsterRunStatus.SUCCESS
        ]


def test_runs_of_one_shop_do_not_overlap(project: Path) -> None:
    runs = read(project / "deploy" / "dagster.yaml")["concurrency"]["runs"]
    assert runs["tag_concurrency_limits"] == [
        {
            "key": PARTITION_NAME_TAG,
            "value": {"applyLimitPerUniqueValue": True},
            "limit": 1,
        }
    ]


def test_a_run_is_tried_again_only_if_it_lost_its_process(project: Path) -> None:
    retries = read(project / "deploy" / "dagster.yaml")["run_retries"]
    assert retries["retry_on_asset_or_op_failure"] is False


@pytest.mark.parametrize(
    "part",
    ["run_queue", "backfills", "schedules", "run_monitoring", "retention", "telemetry"],
)
def test_one_machine_is_set_up_as_production_is(project: Path, part: str) -> None:
    assert local.CONFIGURATION[part] == read(project / "deploy" / "dagster.yaml")[part]


def test_workspaces_lead_to_the_definitions(project: Path) -> None:
    (local,) = read(project / "workspace.yaml")["load_from"]
    (remote,) = read(project / "deploy" / "workspace.yaml")["load_from"]
    services = read(project / "deploy" / "compose.yaml")["services"]
    image = (project / "deploy" / "Dockerfile").read_text("utf-8")

    assert local["python_module"]["module_name"] == "shopify_assets.definitions"
    assert remote["grpc_server"]["host"] in services
    assert f'"--port", "{remote["grpc_server"]["port"]}"' in image


def test_image_copies_only_what_the_context_holds(project: Path) -> None:
    """The context leaves out everything but what is named, secrets above all."""
    kept = {
        line.removeprefix("!")
        for line in (project / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    copied = {
        source
        for line in (project / "deploy" / "Dockerfile").read_text("utf-8").splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    assert copied == kept
    assert all((project / name).exists() for name in copied)


def test_only_the_proxy_is_reached_from_elsewhere(project: Path) -> None:
    """Dagster's web server knows no login."""
    services = read(project / "deploy" / "compose.yaml")["services"]
    published = {
        port
        for service in services.values()
        for port in service.get("ports", ())
        if not port.startswith("127.0.0.1:")
    }
    assert published == set(services["proxy"]["ports"]) == {"80:80", "443:443"}
    assert "ports" not in services["webserver"]
    assert services["webserver"]["command"].startswith("shopify-assets webserver ")


@pytest.mark.parametrize("name", ["HOST", "USER", "PASSWORD_HASH"])
def test_there_is_no_login_by_default(project: Path, name: str) -> None:
    """`:?` stops `docker compose` with what is to be set; `:-` would fill it in."""
    proxy = read(project / "deploy" / "compose.yaml")["services"]["proxy"]
    variable = f"DAGSTER_UI_{name}"
    assert proxy["environment"][variable].startswith(f"${{{variable}:?")
    guide = (project / "docs" / "guides" / "operate.md").read_text("utf-8")
    assert f"{variable}=" in guide


def test_the_proxy_sees_no_secret_of_the_shops(project: Path) -> None:
    proxy = read(project / "deploy" / "compose.yaml")["services"]["proxy"]
    assert "env_file" not in proxy
    assert proxy["networks"] == ["front"]
    used = set(re.findall(r"\{\$(\w+)", (project / "deploy" / "Caddyfile").read_text()))
    assert used - {"DAGSTER_UI_UPSTREAM"} == set(proxy["environment"])
