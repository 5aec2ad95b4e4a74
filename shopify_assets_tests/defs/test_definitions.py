"""What the UI shows before anything ran: each stream's three assets, and the rest."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from shopify_assets.defs.build import build, compiled_streams
from shopify_assets.defs.jobs import INCREMENTAL_JOB, SNAPSHOT_JOB
from shopify_assets.settings import load_settings
from shopify_assets.streams import STREAMS

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

SECRET = "postgresql://loader:hunter2@warehouse.example/shop"
KINDS = {
    "raw": {"shopify", "json"},
    "normalized": {"polars", "parquet"},
    "postgres": {"postgres"},
}
CHECKS = {
    "raw": {"access", "fields_granted", "api_version"},
    "normalized": {"unique_keys", "parents_exist", "not_null", "counts_match"},
    "postgres": {"rows_accounted", "set_aside", "proven"},
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


def specs(defs: dg.Definitions) -> dict[str, dg.AssetSpec]:
    found = defs.resolve_all_asset_specs()
    return {each.key.to_user_string(): each for each in found}


def test_definitions_can_be_loaded(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)
    assert len(specs(defs)) == 3 * len(STREAMS)


@pytest.mark.parametrize("name", [each.name for each in STREAMS])
@pytest.mark.parametrize("step", KINDS)
def test_an_asset_says_what_it_is(defs: dg.Definitions, name: str, step: str) -> None:
    """Group, kinds, owner, description, what is known of the stream, its partitions."""
    stream = next(each for each in STREAMS if each.name == name)
    spec = specs(defs)[f"shopify/{step}/{name}"]
    assert spec.group_name == stream.family
    assert spec.kinds == KINDS[step]
    assert spec.owners == ["team:data"]
    assert spec.description is not None
    assert spec.description.startswith(stream.description)
    assert {"replication key", "access scopes", "tables"} <= spec.metadata.keys()
    by_date = isinstance(spec.partitions_def, dg.MultiPartitionsDefinition)
    assert by_date == (stream.incremental is not None)


@pytest.mark.parametrize("name", [each.name for each in STREAMS])
def test_steps_follow_one_another_and_are_checked(
    defs: dg.Definitions, name: str
) -> None:
    """Each step depends on the one before; backfills of ranges are one run."""
    stream = next(each for each in STREAMS if each.name == name)
    graph = defs.resolve_asset_graph()
    before: set[dg.AssetKey] = set()
    for step, checks in CHECKS.items():
        key = dg.AssetKey(["shopify", step, name])
        node = graph.get(key)
        assert node.parent_keys == before
        history = {"history_visible"} if step == "raw" and name in OF_ORDERS else set()
        assert {each.name for each in node.check_keys} == checks | history
        assert node.backfill_policy == (
            dg.BackfillPolicy.single_run()
            if stream.incremental
            else dg.BackfillPolicy.multi_run(max_partitions_per_run=1)
        )
        before = {key}


def test_the_warehouse_asset_has_the_columns_of_its_table(
    defs: dg.Definitions,
) -> None:
    """Every column of the records' table with type, origin, and the key marked."""
    for compiled in compiled_streams(load_settings({})):
        spec = specs(defs)[f"shopify/postgres/{compiled.name}"]
        schema = spec.metadata["dagster/column_schema"]
        assert isinstance(schema, dg.TableSchema)
        assert [each.name for each in schema.columns] == [
            each.name for each in compiled.principal.columns
        ]
        assert all(each.description for each in schema.columns)
        keys = [each.name for each in schema.columns if each.constraints.other]
        assert sorted(keys) == sorted(compiled.principal.key)


def test_every_asset_belongs_to_one_job(defs: dg.Definitions) -> None:
    jobs = [defs.resolve_job_def(each) for each in (INCREMENTAL_JOB, SNAPSHOT_JOB)]
    keys = [set(each.asset_layer.executable_asset_keys) for each in jobs]
    assert keys[0].isdisjoint(keys[1])
    assert len(keys[0] | keys[1]) == 3 * len(STREAMS)


def test_resources_show_no_secret(defs: dg.Definitions) -> None:
    """What Dagster stores and shows of them, all of it."""
    resources: Any = defs.resources
    shown = {name: repr(each) for name, each in resources.items()}
    assert "WAREHOUSE_URL" in shown["warehouse"]
    assert "hunter2" not in "".join(shown.values())
