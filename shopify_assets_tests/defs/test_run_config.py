"""Whoever launches a run decides what is read, and nothing about where secrets go.

Each test attacks: by what could be written into the launchpad, or sent by GraphQL.
"""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.defs_state.base import set_defs_state_storage

from shopify_assets.defs.build import build
from shopify_assets.defs.names import BACKFILL_JOB, SYNC_JOB, VERIFY_JOB, op_of
from shopify_assets.defs.options import Options
from shopify_assets.defs.partitions import SHOP
from shopify_assets.defs.resources import nothing_stored
from shopify_assets.settings import load_settings
from shopify_assets_tests.defs.conftest import EMBER

pytestmark = [
    # Dagster's own resources are made with what Dagster will remove.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:dagster.*"),
    pytest.mark.filterwarnings("ignore::dagster.SupersessionWarning"),
]

NAME, VALUE = "MY_STORE_TOKEN", "shpat_1234567890abcdef1234567890abcdef"
ENV = {"env": NAME}
JOBS = (BACKFILL_JOB, SYNC_JOB, VERIFY_JOB, "add_shops", "prune", "__ASSET_JOB")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.Definitions]:
    """The definitions of a project that takes the component in, of one stream."""
    home = tmp_path_factory.mktemp("state")
    # Another test's instance may be gone, and Dagster's memory of it not.
    with pytest.MonkeyPatch.context() as environment, set_defs_state_storage(None):
        environment.setenv(NAME, VALUE)
        environment.setenv("SHOPIFY_ASSETS_HOME", str(home))
        environment.setenv("SHOPS_FILE", str(home / "shops.toml"))
        yield build(load_settings(), options=Options(selection=("locations",)))


@pytest.fixture(scope="module")
def own(project: dg.Definitions) -> dg.Definitions:
    """What `shopify_assets.definitions` holds."""
    stores = dg.Definitions(resources={"io_manager": nothing_stored()})
    return dg.Definitions.merge(project, stores)


@pytest.fixture
def foreign() -> Iterator[tuple[str, list[str]]]:
    """A server of somebody else's, and what it has been sent."""
    heard: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(str(self.headers))
            self.send_error(404)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", heard
        server.shutdown()


def job_of(defs: dg.Definitions, name: str) -> dg.JobDefinition:
    if name == "__ASSET_JOB":
        return defs.resolve_implicit_global_asset_job_def()
    return defs.resolve_job_def(name)


def leaves(field: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[Any, list[str]]]:
    """The type of every value that a run may be given, and where."""
    inner = field.config_type if isinstance(field, dg.Field) else field
    if parts := getattr(inner, "fields", None):
        for name, part in parts.items():
            yield from leaves(part, (*path, name))
    elif part := getattr(inner, "inner_type", None):
        yield from leaves(part, path)
    else:
        yield inner, list(path)


def config_at(path: list[str], value: object) -> dict[str, Any]:
    for name in reversed(path):
        value = {name: value}
    assert isinstance(value, dict)
    return value


def refusal(defs: dg.Definitions, job: str, config: dict[str, Any]) -> str:
    """What is said of a run that is not started for its configuration."""
    with pytest.raises(dg.DagsterInvalidConfigError) as refused:
        dg.validate_run_config(job_of(defs, job), config)
    return str(refused.value)


@pytest.mark.parametrize("job", JOBS)
def test_no_value_of_a_run_is_read_from_the_environment(
    own: dg.Definitions, job: str
) -> None:
    """Dagster's own classes for texts, numbers and switches would do so."""
    schema = job_of(own, job).run_config_schema.run_config_schema_type
    kinds = {".".join(path): type(kind).__name__ for kind, path in leaves(schema)}
    assert kinds != {}
    assert [path for path, kind in kinds.items() if "Source" in kind] == []
    assert [path for path, kind in kinds.items() if kind == "Any"] == []


@pytest.mark.parametrize("job", JOBS)
def test_a_variable_in_any_place_of_a_run_config_is_refused_unread(
    own: dg.Definitions, job: str
) -> None:
    schema = job_of(own, job).run_config_schema.run_config_schema_type
    for _kind, path in leaves(schema):
        for value in (ENV, [ENV]):
            assert VALUE not in refusal(own, job, config_at(path, value))


RESOURCES = [
    *(("shopify", key) for key in ("home", "shops_file", "inline", "api_version")),
    *(("lake", key) for key in ("url", "max_set_aside", "s3")),
    *(("warehouse", key) for key in ("home", "server")),
    ("io_manager", "base_dir"),
]


@pytest.mark.parametrize("job", JOBS)
def test_a_run_cannot_configure_a_resource(own: dg.Definitions, job: str) -> None:
    for resource, key in RESOURCES:
        for value in (ENV, "elsewhere"):
            config = {"resources": {resource: {"config": {key: value}}}}
            assert VALUE not in refusal(own, job, config)


def test_a_foreign_shops_file_is_not_read_and_its_server_hears_nothing(
    own: dg.Definitions, foreign: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, heard = foreign
    shops_file = tmp_path / "other.toml"
    entry = {"domain": EMBER, "base_url": url, "access_token_env": NAME}
    lines = [f"{name} = {json.dumps(text)}" for name, text in entry.items()]
    shops_file.write_text("\n".join(["[[shops]]", *lines]), "utf-8")
    config = {
        "resources": {"shopify": {"config": {"shops_file": str(shops_file)}}},
        "ops": {op_of(SYNC_JOB): {"config": {"streams": ["locations"]}}},
    }
    job = job_of(own, SYNC_JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(SHOP, [EMBER])
        with pytest.raises(dg.DagsterInvalidConfigError):
            job.execute_in_process(
                run_config=config, partition_key=EMBER, instance=instance
            )
    assert heard == []


def test_a_folder_of_dagsters_own_io_manager_is_never_told(
    project: dg.Definitions, capfd: pytest.CaptureFixture[str]
) -> None:
    """A project may have one that takes a folder; nothing of ours is stored there."""
    config = {"resources": {"io_manager": {"config": {"base_dir": ENV}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(SHOP, [EMBER])
        ran = job_of(project, "__ASSET_JOB").execute_in_process(
            run_config=config,
            partition_key=EMBER,
            instance=instance,
            raise_on_error=False,
        )
        logs = [repr(entry) for entry in instance.all_logs(ran.run_id)]
    assert len(logs) > 2
    assert VALUE not in "\n".join([*logs, *capfd.readouterr()])
