"""The specs of the assets: keys, tags, metadata, and a translator of one's own."""

import linecache
from datetime import timedelta

import dagster as dg
import pytest

from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.schema import load_schema
from shopify_assets.defs.options import SOURCE, Options
from shopify_assets.defs.specs import Specs, make_specs
from shopify_assets.defs.translator import (
    Places,
    ShopifyTranslator,
    StreamProps,
)
from shopify_assets.errors import ConfigurationError
from shopify_assets.refresh.asked import RAW, STEPS, TABLES, WAREHOUSE
from shopify_assets.streams import STREAMS
from shopify_assets.timing import Timing

COMPILED = [compile_stream(load_schema(), stream) for stream in STREAMS]
NAMES = [compiled.name for compiled in COMPILED]
PLACES = Places(lake="s3://lake/of", warehouse="postgresql://db.example/data")


def made(
    options: Options | None = None, translator: ShopifyTranslator | None = None
) -> Specs:
    return make_specs(
        COMPILED, options=options or Options(), places=PLACES, translator=translator
    )


ALL = made()


def spec(step: str, stream: str, specs: Specs = ALL) -> dg.AssetSpec:
    return specs.of(specs.key(step, stream)).spec


def test_keys_tell_the_steps_apart_and_lead_from_the_shop_to_the_warehouse() -> None:
    keys = [spec(step, "orders").key.to_user_string() for step in (SOURCE, *STEPS)]
    assert keys == [
        "shopify/orders",
        "shopify/orders_raw",
        "shopify/orders_tables",
        "shopify/orders_warehouse",
    ]
    upstream = [
        [dep.asset_key.to_user_string() for dep in spec(step, "orders").deps]
        for step in (SOURCE, *STEPS)
    ]
    assert upstream == [[], *([key] for key in keys[:-1])]


def test_a_key_leads_back_to_the_step_of_its_stream() -> None:
    assert len(ALL.steps) == 3 * len(COMPILED)
    for placed in (*ALL.steps, *ALL.sources):
        assert ALL.key(placed.step, placed.compiled.name) == placed.key
        assert ALL.of(placed.key) is placed


@pytest.mark.parametrize(
    ("stream", "replication", "personal"),
    [
        ("orders", "incremental", "true"),
        ("products", "incremental", "false"),
        ("staff_members", "snapshot", "true"),
    ],
)
def test_tags_say_what_a_stream_is(
    stream: str, replication: str, personal: str
) -> None:
    declared = next(each for each in STREAMS if each.name == stream)
    for step in STEPS:
        tags = spec(step, stream).tags
        own = {name: tag for name, tag in tags.items() if "kind" not in name}
        assert own == {
            "shopify_assets/step": step,
            "shopify_assets/family": declared.family,
            "shopify_assets/replication": replication,
            "shopify_assets/personal_data": personal,
        }
        assert spec(step, stream).group_name == declared.family


def test_uris_and_names_say_where_the_data_are() -> None:
    found = {
        step: spec(step, "returns").metadata["dagster/uri"] for step in (SOURCE, *STEPS)
    }
    assert found == {
        SOURCE: "https://shopify.dev/docs/api/admin-graphql/latest/queries/orders",
        RAW: "s3://lake/of/raw/returns/",
        TABLES: "s3://lake/of/normalized/returns/",
        WAREHOUSE: "postgresql://db.example/data#shopify.returns",
    }
    warehouse = spec(WAREHOUSE, "returns").metadata
    assert warehouse["dagster/table_name"] == "shopify.returns"


@pytest.mark.parametrize("stream", NAMES)
def test_every_column_of_every_table_is_shown_with_its_way(stream: str) -> None:
    compiled = ALL.of(ALL.key(WAREHOUSE, stream)).compiled
    loaded, tables, raw = (
        {
            column.name: column
            for column in spec(step, stream).metadata["dagster/column_schema"].columns
        }
        for step in (WAREHOUSE, TABLES, RAW)
    )
    own = compiled.principal
    assert [name for name in loaded if "." not in name] == [
        column.name for column in own.columns
    ]
    assert len(loaded) == sum(len(table.columns) for table in compiled.tables)
    lineage = {
        step: spec(step, stream).metadata["dagster/column_lineage"].deps_by_column
        for step in (WAREHOUSE, TABLES)
    }
    assert set(lineage[WAREHOUSE]) == set(loaded) == set(tables)
    for name, (dep,) in lineage[WAREHOUSE].items():
        assert (dep.asset_key, dep.column_name) == (ALL.key(TABLES, stream), name)
    # The shop's domain is the one value that no record holds; a position is a list's.
    untold = set(loaded) - set(lineage[TABLES])
    assert {name.rpartition(".")[2] for name in untold} == {"shop"}
    for name, (dep,) in lineage[TABLES].items():
        assert dep.asset_key == ALL.key(RAW, stream)
        assert dep.column_name in raw or name.endswith("position")


def test_columns_that_tell_of_persons_are_marked() -> None:
    columns = spec(WAREHOUSE, "orders").metadata["dagster/column_schema"].columns
    marked = {column.name for column in columns if column.tags}
    assert {
        "email",
        "billing_address_zip",
        "order_transactions.account_number",
    } < marked
    assert not {"id", "updated_at", "total_price", "order_line_items.sku"} & marked


@pytest.mark.parametrize("stream", NAMES)
def test_code_references_lead_to_the_declaration(stream: str) -> None:
    compiled = ALL.of(ALL.key(RAW, stream)).compiled
    (reference,) = spec(RAW, stream).metadata["dagster/code_references"].code_references
    line = linecache.getline(reference.file_path, reference.line_number)
    assert line.strip() in {f'name="{stream}",', f'"{compiled.stream.root}",'}


@pytest.mark.parametrize(
    ("cron", "warn", "fail"),
    [("15 2 * * *", 26, 50), ("0 */6 * * *", 8, 14), ("0 5 * * 1", 170, 338)],
)
def test_a_stream_warns_after_one_missed_sync_and_fails_after_two(
    cron: str, warn: int, fail: int
) -> None:
    specs = made(Options(sync=Timing(cron)))
    policy = spec(SOURCE, "orders", specs).freshness_policy
    assert policy == dg.FreshnessPolicy.time_window(
        warn_window=timedelta(hours=warn), fail_window=timedelta(hours=fail)
    )
    assert spec(RAW, "orders", specs).freshness_policy is None


def test_without_a_scheduled_sync_nothing_is_expected_fresh() -> None:
    specs = made(Options(sync=Timing("15 2 * * *", enabled=False)))
    assert spec(SOURCE, "orders", specs).freshness_policy is None


def test_options_name_prefix_group_owners_and_tags() -> None:
    options = Options(
        key_prefix=("crm", "shop"),
        group="shopify_{family}_{step}",
        owners=("team:sales", "data@example.com"),
        tags={"domain": "sales"},
    )
    orders = spec(TABLES, "orders", made(options))
    assert orders.key == dg.AssetKey(["crm", "shop", "orders_tables"])
    assert orders.group_name == "shopify_orders_tables"
    assert orders.owners == ("team:sales", "data@example.com")
    assert orders.tags["domain"] == "sales"


class Bronze(ShopifyTranslator):
    """Raw assets of a project that calls them otherwise."""

    def get_asset_spec(self, props: StreamProps) -> dg.AssetSpec:
        spec = super().get_asset_spec(props)
        if props.step != RAW:
            return spec
        return spec.replace_attributes(key=["bronze", props.name], group_name="bronze")


def test_a_translator_of_ones_own_renames_and_the_others_follow() -> None:
    specs = made(translator=Bronze())
    key = dg.AssetKey(["bronze", "orders"])
    assert specs.key(RAW, "orders") == key
    assert spec(RAW, "orders", specs).group_name == "bronze"
    tables = spec(TABLES, "orders", specs)
    assert [dep.asset_key for dep in tables.deps] == [key]
    lineage = tables.metadata["dagster/column_lineage"].deps_by_column
    assert lineage["id"] == [dg.TableColumnDep(key, "id")]


class AllAlike(ShopifyTranslator):
    def get_asset_spec(self, props: StreamProps) -> dg.AssetSpec:
        return super().get_asset_spec(props).replace_attributes(key=[props.name])


def test_one_key_for_two_assets_is_refused() -> None:
    told = "gives the key shop to source of shop and to raw of shop and to"
    with pytest.raises(ConfigurationError, match=told):
        made(translator=AllAlike())


def test_streams_and_families_are_selected_by_name() -> None:
    chosen = Options(selection=("orders", "family:customers")).selected(COMPILED)
    assert [compiled.name for compiled in chosen] == [
        "orders",
        "customers",
        "customer_payment_methods",
        "segments",
    ]
    with pytest.raises(ConfigurationError, match="there is no stream 'ordres'"):
        Options(selection=("ordres",)).selected(COMPILED)
