"""What the UI shows before anything ran: each stream's three assets, and the rest."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap

from shopify_assets.defs.build import build
from shopify_assets.defs.names import BACKFILL_JOB, SYNC_JOB, VERIFY_JOB, op_of
from shopify_assets.defs.partitions import SHOPS
from shopify_assets.refresh.asked import STEPS
from shopify_assets.settings import load_settings
from shopify_assets.streams import STREAMS

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

SECRET = "postgresql://loader:hunter2@warehouse.example/shop"
KINDS = {
    "raw": {"shopify", "json"},
    "tables": {"polars", "parquet"},
    "warehouse": {"postgres"},
}
CHECKS = {
    "raw": {"access", "fields_granted", "api_version", "clock"},
    "tables": {"unique_keys", "parents_exist", "not_null", "counts_match"},
    "warehouse": {"rows_accounted", "set_aside", "proven"},
}

# Their records, lists or counts lack old orders, without `read_all_orders`.
OF_ORDERS = {
    *(each.name for each in STREAMS if each.root == "orders"),
    "companies",
    "company_locations",
    "fulfillment_orders",
    "subscription_contracts",
    "tender_transactions",
}


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    folder = tmp_path_factory.mktemp("location")
    return build(load_settings({"WAREHOUSE_URL": SECRET}, folder=folder))


@pytest.fixture(scope="module")
def specs(defs: dg.Definitions) -> dict[str, dg.AssetSpec]:
    found = defs.resolve_all_asset_specs()
    return {each.key.to_user_string(): each for each in found}


@pytest.fixture(scope="module")
def graph(defs: dg.Definitions) -> Any:
    return defs.resolve_asset_graph()


def test_definitions_can_be_loaded(
    defs: dg.Definitions, specs: dict[str, dg.AssetSpec]
) -> None:
    dg.Definitions.validate_loadable(defs)
    # With what is upstream of each stream, in the shop itself.
    assert len(specs) == 4 * len(STREAMS)


@pytest.mark.parametrize("name", [each.name for each in STREAMS])
@pytest.mark.parametrize("step", KINDS)
def test_an_asset_says_what_it_is(
    specs: dict[str, dg.AssetSpec], name: str, step: str
) -> None:
    """Group, kinds, owner, description, what is known of it; a shop is a partition."""
    stream = next(each for each in STREAMS if each.name == name)
    spec = specs[f"shopify/{name}_{step}"]
    assert spec.group_name == stream.family
    assert spec.kinds == KINDS[step]
    assert list(spec.owners) == ["team:data"]
    assert spec.description is not None
    assert spec.description.startswith(stream.description)
    assert {"replication key", "access scopes", "tables"} <= spec.metadata.keys()
    assert spec.partitions_def == SHOPS


@pytest.mark.parametrize("name", [each.name for each in STREAMS])
def test_steps_follow_one_another_and_are_checked(graph: Any, name: str) -> None:
    """Each step depends on the one before, the first on the shop itself.

    Without a backfill policy a backfill is a run a shop, with the shop as its tag.
    """
    before = {dg.AssetKey(["shopify", name])}
    for step, checks in CHECKS.items():
        key = dg.AssetKey(["shopify", f"{name}_{step}"])
        node = graph.get(key)
        assert node.parent_keys == before
        history = {"history_visible"} if step == "raw" and name in OF_ORDERS else set()
        assert {each.name for each in node.check_keys} == checks | history
        assert node.backfill_policy is None
        before = {key}


def test_each_job_takes_one_shop_a_run(defs: dg.Definitions) -> None:
    for name in (BACKFILL_JOB, SYNC_JOB, VERIFY_JOB):
        job = defs.resolve_job_def(name)
        assert job.partitions_def == SHOPS
        assert [node.name for node in job.nodes] == [op_of(name)]


def test_any_steps_of_any_streams_may_be_asked_for(defs: dg.Definitions) -> None:
    """By the one op that has them all; what it takes is documented and typed."""
    whole: Any = defs.resolve_implicit_global_asset_job_def()
    assert len(list(whole.asset_layer.executable_asset_keys)) == len(STEPS) * len(
        STREAMS
    )
    [node] = whole.nodes
    schema: Any = node.definition.config_schema
    fields = schema.config_type.fields
    assert set(fields) == {"start", "end", "distrust"}
    assert all(field.description for field in fields.values())


@pytest.mark.parametrize("job", [BACKFILL_JOB, None], ids=["job", "assets"])
def test_the_launchpad_shows_where_a_window_is_written(
    defs: dg.Definitions, job: str | None
) -> None:
    """It shows fields that have a default, and hides those whose default is None."""
    named = defs.resolve_job_def(job) if job else None
    whole: Any = named or defs.resolve_implicit_global_asset_job_def()
    [node] = whole.nodes
    fields = node.definition.config_schema.config_type.fields
    assert [fields[name].default_value for name in ("start", "end")] == ["", ""]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:dagster.*")
@pytest.mark.filterwarnings("ignore::dagster.SupersessionWarning")
def test_resources_show_their_settings_and_no_secret(defs: dg.Definitions) -> None:
    """What Dagster stores and shows of them, all of it."""
    snapshots = RepositorySnap.from_def(defs.get_repository_def()).resources
    shown = {
        snapshot.name: {
            field.name: field.default_value_as_json_str
            for field in snapshot.config_field_snaps
        }
        for snapshot in snapshots or ()
    }
    assert shown["warehouse"]["server"] == '"WAREHOUSE_URL"'
    assert shown["lake"].keys() == {"url", "max_set_aside"}
    assert shown["shopify"].keys() == {
        *("home", "shops_file", "api_version", "snapshot_hours")
    }
    assert "hunter2" not in repr(snapshots)
