"""The component: the attributes of a `defs.yaml`, and the definitions they give."""

import subprocess
import sys
import traceback
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from pydantic import ValidationError

import shopify_assets
from shopify_assets import ShopifyComponent, StreamProps
from shopify_assets.defs.resources import ShopifyResource
from shopify_assets.errors import ConfigurationError
from shopify_assets.settings import ClientCredentials, Shop, StoredToken

# Dagster's own reader of YAML uses what pydantic has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.parse_obj_as. is deprecated")

EMPTY = "{}"
ORDERS = "select: [orders]"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, with nothing set but the state folder."""
    for name in ("SHOPS_FILE", "WAREHOUSE_URL", "LAKE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHOPIFY_ASSETS_HOME", str(tmp_path / "state"))
    return tmp_path


def definitions(
    attributes: str, component: type[ShopifyComponent] = ShopifyComponent
) -> dg.Definitions:
    """What `defs.yaml` with these attributes gives."""
    context = dg.ComponentTree.for_test().load_context
    loaded: ShopifyComponent = component.resolve_from_yaml(attributes)
    return loaded.build_defs(context)


def spec(defs: dg.Definitions, key: str) -> dg.AssetSpec:
    found = {each.key.to_user_string(): each for each in defs.resolve_all_asset_specs()}
    return found[key]


def shops(defs: dg.Definitions) -> tuple[Shop, ...]:
    with dg.build_resources({"shopify": (defs.resources or {})["shopify"]}) as opened:
        shopify: ShopifyResource = opened.shopify
        return shopify.shops()


def test_without_attributes_all_is_as_without_the_component() -> None:
    defs = definitions(EMPTY)
    dg.Definitions.validate_loadable(defs)
    keys = {each.key.to_user_string() for each in defs.resolve_all_asset_specs()}
    assert {"shopify/orders", "shopify/orders_raw", "shopify/shop_warehouse"} < keys
    assert {job.name for job in defs.resolve_all_job_defs()} > {
        "backfill",
        "sync",
        "verify",
    }
    assert shops(defs) == ()


def test_assets_are_named_grouped_owned_and_tagged_as_chosen() -> None:
    defs = definitions(
        """
        select: [orders]
        key_prefix: [crm, shop]
        group_name: "shop_{family}"
        owners: ["team:sales", "data@example.com"]
        tags: {domain: sales}
        """
    )
    dg.Definitions.validate_loadable(defs)
    orders = spec(defs, "crm/shop/orders_warehouse")
    assert (orders.group_name, orders.owners) == (
        "shop_orders",
        ("team:sales", "data@example.com"),
    )
    assert orders.tags["domain"] == "sales"
    assert len(defs.resolve_all_asset_specs()) == 4


def test_a_translation_is_filled_in_from_the_stream() -> None:
    defs = definitions(
        """
        select: [orders]
        translation:
          key: "{{ props.step }}/{{ props.name }}"
          tags: {personal: "{{ props.is_personal }}"}
        """
    )
    tables = spec(defs, "tables/orders")
    assert tables.tags["personal"] == "True"
    assert [dep.asset_key for dep in tables.deps] == [dg.AssetKey(["raw", "orders"])]


class Loud(ShopifyComponent):
    """A component of one's own."""

    def get_asset_spec(self, props: StreamProps) -> dg.AssetSpec:
        spec = super().get_asset_spec(props)
        return spec.replace_attributes(description=props.name.upper())


def test_a_subclass_makes_the_specs_its_own_way() -> None:
    defs = definitions(ORDERS, Loud)
    assert spec(defs, "shopify/orders_raw").description == "ORDERS"


def test_schedules_tick_when_and_where_they_are_told() -> None:
    defs = definitions(
        """
        select: [orders]
        sync: {cron: "0 */6 * * *", time_zone: Europe/Berlin}
        verify: {enabled: false}
        """
    )
    schedules = {
        schedule.name: (
            schedule.cron_schedule,
            schedule.execution_timezone,
            schedule.default_status,
        )
        for schedule in defs.schedules or ()
        if isinstance(schedule, dg.ScheduleDefinition)
    }
    on, off = dg.DefaultScheduleStatus.RUNNING, dg.DefaultScheduleStatus.STOPPED
    assert schedules == {
        "nightly_sync": ("0 */6 * * *", "Europe/Berlin", on),
        "weekly_verify": ("30 3 * * 0", "UTC", off),
        "nightly_prune": ("45 5 * * *", None, on),
    }


def test_shops_are_listed_with_the_names_of_their_variables() -> None:
    defs = definitions(
        """
        select: [orders]
        shops:
          - domain: ember.myshopify.com
            access_token_env: EMBER_TOKEN
            start_date: 2024-01-31
            streams: [orders]
          - domain: yuki.myshopify.com
            client_id_env: YUKI_ID
            client_secret_env: YUKI_SECRET
            base_url: http://127.0.0.1:8080/shops/yuki.myshopify.com
        """
    )
    assert shops(defs) == (
        Shop(
            "ember.myshopify.com",
            StoredToken("EMBER_TOKEN"),
            "https://ember.myshopify.com",
            date(2024, 1, 31),
            ("orders",),
        ),
        Shop(
            "yuki.myshopify.com",
            ClientCredentials("YUKI_ID", "YUKI_SECRET"),
            "http://127.0.0.1:8080/shops/yuki.myshopify.com",
        ),
    )


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("access_token_env", "access_token_env must name an environment variable"),
        ("access_token", "unknown key 'access_token'"),
    ],
)
def test_a_shop_that_is_wrong_is_named_with_its_file_and_without_its_secret(
    key: str, told: str
) -> None:
    secret = "shpat_0123456789abcdef0123456789abcdef"
    with pytest.raises(ConfigurationError, match=told) as wrong:
        definitions(f"shops: [{{domain: ember.myshopify.com, {key}: {secret}}}]")
    assert "entry 1, shop 'ember.myshopify.com'" in str(wrong.value)
    assert secret not in "".join(traceback.format_exception(wrong.value))


def test_a_variable_that_is_filled_in_by_its_secret_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EMBER_TOKEN", "shpat_0123456789abcdef0123456789abcdef")
    entry = "domain: ember.myshopify.com, access_token_env: '{{ env.EMBER_TOKEN }}'"
    with pytest.raises(ConfigurationError, match="but a secret stands there") as wrong:
        definitions(f"shops: [{{{entry}}}]")
    assert "shpat_0" not in str(wrong.value)


def test_a_registry_is_found_from_the_projects_folder(folder: Path) -> None:
    entry = '[[shops]]\ndomain = "ember.myshopify.com"\naccess_token_env = "TOKEN"\n'
    (folder / "mine.toml").write_text(entry, "utf-8")
    component = ShopifyComponent.resolve_from_yaml("shops_file: mine.toml")
    settings = component.settings(folder, said_in=folder / "defs.yaml")
    assert settings.shops_file == folder / "mine.toml"
    assert settings.inline == ""


def test_shops_and_a_registry_contradict_each_other() -> None:
    attributes = """
        shops_file: shops.toml
        shops: [{domain: ember.myshopify.com, access_token_env: TOKEN}]
        """
    with pytest.raises(ConfigurationError, match="give shops or shops_file, not both"):
        definitions(attributes)


def test_an_attribute_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        definitions("selection: [orders]")


def test_a_stream_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="there is no stream 'ordres'"):
        definitions("select: [ordres]")


def test_the_schema_says_what_each_attribute_means() -> None:
    schema = ShopifyComponent.model().model_json_schema()
    untold = [
        name
        for name, attribute in schema["properties"].items()
        if not attribute.get("description")
    ]
    # That of the translation is Dagster's own, whose resolver takes no description.
    assert untold == ["translation"]


def test_importing_the_package_loads_nothing() -> None:
    code = (
        "import sys, shopify_assets; "
        "print([name for name in ('dagster', 'pydantic', 'polars') "
        "if name in sys.modules]); print('ShopifyComponent' in dir(shopify_assets))"
    )
    ran = subprocess.run(  # noqa: S603 -- this interpreter, a text of ours
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == ["[]", "True"]
    with pytest.raises(AttributeError, match="no attribute 'Componnet'"):
        shopify_assets.Componnet  # noqa: B018 -- asked for its error
