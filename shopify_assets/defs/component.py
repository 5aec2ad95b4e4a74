"""The component: all of this in a Dagster project of one's own, by one `defs.yaml`.

Charter: from the attributes of a `defs.yaml` to settings and options. What is made of
them is `build`'s business.
"""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import dagster as dg
from dagster.components.component_scaffolding import scaffold_component
from dagster.components.utils.translation import TranslationFn, TranslationFnResolver
from pydantic import BaseModel, ConfigDict, Field

from shopify_assets.defs.build import build
from shopify_assets.defs.options import Options
from shopify_assets.defs.translator import ShopifyTranslator, StreamProps
from shopify_assets.errors import ConfigurationError
from shopify_assets.settings import Settings, load_settings
from shopify_assets.shops_file import shops_in
from shopify_assets.timing import Timing

_told = dg.Resolver.default
"""How an attribute is explained in the schema, for editors, `dg` and the UI."""


class ShopEntry(BaseModel):
    """A shop, with the names of the environment variables that hold its secrets.

    Any key is taken here: the reader of the registry refuses an unknown one without
    showing what stands there, which may be a secret. Pydantic would show it.
    """

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    domain: str = Field(
        description="The shop's key, its myshopify domain.",
        examples=["my-store.myshopify.com"],
    )
    access_token_env: str | None = Field(
        default=None,
        description="Variable that holds an Admin API token that does not expire.",
        examples=["MY_STORE_TOKEN"],
    )
    client_id_env: str | None = Field(
        default=None, description="Variable that holds the client id of an app."
    )
    client_secret_env: str | None = Field(
        default=None, description="Variable that holds the app's client secret."
    )
    refresh_token_env: str | None = Field(
        default=None, description="Variable that holds the first refresh token, if any."
    )
    base_url: str | None = Field(
        default=None, description="Where its Admin API answers, if not at its domain."
    )
    start_date: str | None = Field(
        default=None,
        description="Where its history begins (UTC).",
        examples=["2024-01-31"],
    )
    streams: list[str] | None = Field(
        default=None, description="Names of the streams to extract; all by default."
    )


def _filled_in(
    context: dg.ResolutionContext, entries: Sequence[ShopEntry]
) -> list[ShopEntry]:
    """The entries with their templates filled in."""
    given = (entry.model_dump(exclude_none=True) for entry in entries)
    return [ShopEntry(**context.resolve_value(values)) for values in given]


class Schedule(dg.Model, dg.Resolvable):
    """When something is done; what is not set is as the environment has it."""

    cron: Annotated[
        str | None,
        _told(
            description="A cron expression of five fields.",
            examples=["15 2 * * *", "0 */6 * * *"],
        ),
    ] = None
    time_zone: Annotated[
        str | None,
        _told(
            description="The IANA time zone it is read in.", examples=["Europe/Berlin"]
        ),
    ] = None
    enabled: Annotated[
        bool, _told(description="Whether the schedule is on from the start.")
    ] = True

    def over(self, timing: Timing) -> Timing:
        """What is set here, and all else as it was."""
        return Timing(
            cron=self.cron or timing.cron,
            time_zone=self.time_zone or timing.time_zone,
            enabled=self.enabled,
        )


class ScaffoldParams(BaseModel):
    """What `dg scaffold defs` may be told of the first shop."""

    shop: str | None = Field(
        default=None, description="The first shop, such as my-store.myshopify.com."
    )
    access_token_env: str = Field(
        default="MY_STORE_TOKEN", description="Variable that holds its token."
    )


class ShopifyScaffolder(dg.Scaffolder[ScaffoldParams]):
    """Writes a `defs.yaml` that works once the shop's variable is set."""

    @classmethod
    def get_scaffold_params(cls) -> type[ScaffoldParams]:
        """What it may be told."""
        return ScaffoldParams

    def scaffold(self, request: dg.ScaffoldRequest[ScaffoldParams]) -> None:
        """Write it."""
        shop = request.params.shop
        entry = {"domain": shop, "access_token_env": request.params.access_token_env}
        attributes = {"shops": [entry]} if shop else {"shops_file": "shops.toml"}
        scaffold_component(request, attributes)


@dg.scaffold_with(ShopifyScaffolder)
class ShopifyComponent(dg.Component, dg.Model, dg.Resolvable):
    """Shopify's data in your warehouse: assets, jobs, schedules, sensors and checks.

    Where lake and warehouse are, and who may reach them, the environment says, as it
    does without the component (WAREHOUSE_URL, LAKE_URL, SHOPIFY_ASSETS_HOME).
    """

    shops_file: Annotated[
        str | None,
        _told(
            description="The registry of shops, seen from the project's folder.",
            examples=["shops.toml"],
        ),
    ] = None
    shops: Annotated[
        list[ShopEntry] | None,
        dg.Resolver(
            _filled_in,
            model_field_type=list[ShopEntry],
            description="The shops themselves, in place of a registry.",
        ),
    ] = None
    select: Annotated[
        list[str],
        _told(
            description="Streams, or families as family:orders; all by default.",
            examples=[["orders", "customers", "family:products"]],
        ),
    ] = Field(default_factory=list)
    key_prefix: Annotated[
        str | list[str] | None,
        _told(description="What every asset key begins with.", examples=["crm"]),
    ] = None
    group_name: Annotated[
        str | None,
        _told(
            description="The assets' group; {family} and {step} are filled in.",
            examples=["shopify_{family}"],
        ),
    ] = None
    owners: Annotated[
        list[str] | None,
        _told(
            description="Owners of the assets: team:name, or e-mail addresses.",
            examples=[["team:data"]],
        ),
    ] = None
    tags: Annotated[
        dict[str, str], _told(description="Further tags of every asset.")
    ] = Field(default_factory=dict)
    sync: Annotated[
        Schedule | None, _told(description="When each shop's changes are loaded.")
    ] = None
    verify: Annotated[
        Schedule | None, _told(description="When each shop's copy is proven.")
    ] = None
    translation: (
        Annotated[
            TranslationFn[StreamProps],
            TranslationFnResolver(
                template_vars_for_translation_fn=lambda props: {"props": props}
            ),
        ]
        | None
    ) = None
    """Attributes of assets by template; `props` tells of the stream and the step."""

    @classmethod
    def get_spec(cls) -> dg.ComponentTypeSpec:
        """What the component makes, for lists of components."""
        return dg.ComponentTypeSpec(
            description="Shopify's data in a PostgreSQL warehouse, proven whole.",
            tags=["shopify", "etl"],
            produces=["asset", "asset_check", "job", "schedule", "sensor", "resource"],
        )

    def get_asset_spec(self, props: StreamProps) -> dg.AssetSpec:
        """The spec of a step of a stream; a subclass may make another of it."""
        spec = ShopifyTranslator().get_asset_spec(props)
        return self.translation(spec, props) if self.translation else spec

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions.

        Raises:
            ConfigurationError: an attribute is wrong, or contradicts another.
        """
        settings = self.settings(context.project_root, said_in=_file(context.path))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.BetaWarning)
            return build(
                settings,
                options=self.options(settings),
                translator=_Translator(self),
            )

    def settings(self, folder: Path, *, said_in: Path) -> Settings:
        """The environment's settings, with the registry of shops that is named here.

        Args:
            folder: what relative paths start from.
            said_in: the file that the attributes stand in.

        Raises:
            ConfigurationError: a shop is wrong, or a registry is given as well.
        """
        settings = load_settings(folder=folder)
        if self.shops and self.shops_file:
            message = f"{said_in}: give shops or shops_file, not both"
            raise ConfigurationError(message)
        if self.shops:
            inline = _toml(self.shops)
            for fault in shops_in(inline, file=said_in).faults:
                raise ConfigurationError(fault.message)
            return replace(settings, shops_file=said_in, inline=inline)
        if self.shops_file:
            return replace(settings, shops_file=folder / self.shops_file)
        return settings

    def options(self, settings: Settings) -> Options:
        """What is chosen here, and all else as the environment has it."""
        chosen = Options.of(settings)
        prefix = self.key_prefix or chosen.key_prefix
        return Options(
            selection=tuple(self.select),
            key_prefix=(prefix,) if isinstance(prefix, str) else tuple(prefix),
            group=self.group_name or chosen.group,
            owners=chosen.owners if self.owners is None else tuple(self.owners),
            tags=self.tags,
            sync=self.sync.over(chosen.sync) if self.sync else chosen.sync,
            verify=self.verify.over(chosen.verify) if self.verify else chosen.verify,
        )


class _Translator(ShopifyTranslator):
    """Hands on to the component, where subclasses override."""

    def __init__(self, component: ShopifyComponent) -> None:
        self._component = component

    def get_asset_spec(self, props: StreamProps) -> dg.AssetSpec:
        return self._component.get_asset_spec(props)


def _file(path: Path) -> Path:
    return path / "defs.yaml" if path.is_dir() else path


def _toml(shops: Sequence[ShopEntry]) -> str:
    """The entries as a shops file has them: one reader knows what is right."""
    return "\n".join(_entry(shop.model_dump(mode="json")) for shop in shops)


def _entry(values: Mapping[str, Any]) -> str:
    # What JSON writes of texts and lists of them is TOML as well.
    lines = [
        f"{name} = {json.dumps(value)}"
        for name, value in values.items()
        if value is not None
    ]
    return "\n".join(("[[shops]]", *lines, ""))
