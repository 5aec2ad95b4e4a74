"""The one reader of the environment.

Charter: every environment variable is read, checked and given its default here; all
other modules are passed the frozen results, and what a shop is, which the shops file
tells. Secrets are read by name when they are needed, travel as `Secret`, and never show
in a repr or log.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from shopify_assets import addresses, credentials
from shopify_assets.amounts import days, fraction, hours
from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.errors import ConfigurationError
from shopify_assets.limits import USUAL, InputLimits
from shopify_assets.redaction import remember
from shopify_assets.timing import NIGHTLY, WEEKLY, Timing, timing

if TYPE_CHECKING:
    from collections.abc import Mapping


DEFAULT_START_DATE = date(2020, 1, 1)
DEFAULT_MAX_SET_ASIDE = 0.01
DEFAULT_KEEP_RUNS_DAYS = 30
DEFAULT_OWNERS = ("team:data",)
DEFAULT_SNAPSHOT_HOURS = 20.0


class Secret:
    """A value that cannot be printed by accident; `reveal` is for the wire only."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        remember(value)

    def reveal(self) -> str:
        """Return the value itself."""
        return self._value

    def __repr__(self) -> str:
        """Never the value."""
        return "Secret('***')"


@dataclass(frozen=True)
class StoredToken:
    """A non-expiring Admin API token, kept in an environment variable."""

    access_token_env: str


@dataclass(frozen=True)
class ClientCredentials:
    """Id and secret of an app: 24-hour tokens by the client credentials grant."""

    client_id_env: str
    client_secret_env: str


@dataclass(frozen=True)
class RefreshToken:
    """Expiring offline tokens: one-hour access tokens, refresh tokens that rotate.

    `refresh_token_env` names the first refresh token; later pairs are kept in the state
    folder, for a refresh token is dead once its successor is used.
    """

    client_id_env: str
    client_secret_env: str
    refresh_token_env: str


Authentication = StoredToken | ClientCredentials | RefreshToken


@dataclass(frozen=True)
class Shop:
    """One `[[shops]]` entry.

    Attributes:
        domain: the shop's key, such as `my-store.myshopify.com`.
        authentication: how to get a token.
        base_url: where its Admin API answers, without a trailing slash.
        start_date: where its history begins (UTC).
        streams: names of the streams to extract; None means all.
    """

    domain: str
    authentication: Authentication
    base_url: str
    start_date: date = DEFAULT_START_DATE
    streams: tuple[str, ...] | None = None

    def has(self, stream: str) -> bool:
        """Whether the stream is extracted for this shop."""
        return self.streams is None or stream in self.streams


@dataclass(frozen=True)
class Settings:
    """What the environment says; see `.env.example` for every variable.

    Attributes:
        home: the state folder (lake, embedded warehouse, Dagster, token pairs).
        warehouse_url: a PostgreSQL URL, or None for the embedded one.
        lake_url: `s3://bucket/prefix` or a folder's path.
        shops_file: the registry of shops.
        inline: that registry's text, if it has no file of its own.
        api_version: the Admin API version every request names.
        max_set_aside: fraction of a window's records that may be set aside.
        keep_runs_days: for how long Dagster keeps runs that have ended.
        sync: when each shop's changes are loaded.
        verify: when each shop's copy is proven.
        owners: of the assets: `team:name`, or an e-mail address.
        alerts: the URL that is told of failed runs; None: no one is.
        snapshot_hours: hours between two readings of a stream that is read whole.
        ui_hosts: names by which browsers may ask for Dagster's pages.
        limits: of what comes from shops.
    """

    home: Path
    warehouse_url: Secret | None
    lake_url: str
    shops_file: Path
    inline: str = ""
    api_version: str = PINNED_VERSION
    max_set_aside: float = DEFAULT_MAX_SET_ASIDE
    keep_runs_days: int = DEFAULT_KEEP_RUNS_DAYS
    sync: Timing = NIGHTLY
    verify: Timing = WEEKLY
    owners: tuple[str, ...] = DEFAULT_OWNERS
    alerts: Secret | None = None
    snapshot_hours: float = DEFAULT_SNAPSHOT_HOURS
    ui_hosts: tuple[str, ...] = ()
    limits: InputLimits = USUAL
    _environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def secret(self, name: str) -> Secret:
        """Read the secret kept in environment variable `name`.

        Raises:
            ConfigurationError: the variable is unset or empty, or no header could
                carry what it holds.
        """
        value = self._environment.get(name, "")
        if not value:
            message = (
                f"environment variable {name} is not set; it holds a secret of a shop: "
                "put it into .env and load that: set -a; . ./.env; set +a"
            )
            raise ConfigurationError(message)
        named = f"environment variable {name}"
        return Secret(credentials.credential(value, name=named))


def load_settings(
    environment: Mapping[str, str] | None = None, *, folder: Path | None = None
) -> Settings:
    """Read the settings.

    Args:
        environment: where to read; None: the process's own environment.
        folder: what relative paths start from; None: the working directory.

    Raises:
        ConfigurationError: a variable's value is not one of those allowed.
    """
    environment = os.environ if environment is None else environment
    folder = Path.cwd() if folder is None else folder
    home = folder / (environment.get("SHOPIFY_ASSETS_HOME") or ".shopify_assets")
    sync = environment.get("SHOPIFY_ASSETS_SYNC_CRON", "")
    verify = environment.get("SHOPIFY_ASSETS_VERIFY_CRON", "")
    zone = environment.get("SHOPIFY_ASSETS_TIME_ZONE") or "UTC"
    owners = environment.get("SHOPIFY_ASSETS_OWNERS", "").replace(",", " ").split()
    ui_hosts = environment.get("SHOPIFY_ASSETS_UI_HOSTS", "").replace(",", " ").split()
    read = environment.get
    return Settings(
        home=home,
        warehouse_url=_url("WAREHOUSE_URL", environment),
        lake_url=environment.get("LAKE_URL") or str(home / "lake"),
        shops_file=folder / (environment.get("SHOPS_FILE") or "shops.toml"),
        api_version=environment.get("SHOPIFY_API_VERSION") or PINNED_VERSION,
        max_set_aside=fraction(read("SHOPIFY_ASSETS_MAX_SET_ASIDE") or "1"),
        keep_runs_days=days(read("SHOPIFY_ASSETS_KEEP_RUNS_DAYS") or "30"),
        sync=timing(sync, default=NIGHTLY, time_zone=zone),
        verify=timing(verify, default=WEEKLY, time_zone=zone),
        owners=tuple(owners) or DEFAULT_OWNERS,
        alerts=_alert_url(environment),
        snapshot_hours=hours(read("SHOPIFY_ASSETS_SNAPSHOT_HOURS") or "20"),
        ui_hosts=tuple(ui_hosts),
        limits=InputLimits.read(environment),
        _environment=dict(environment),
    )


def _url(name: str, environment: Mapping[str, str]) -> Secret | None:
    url = credentials.without_line_break(environment.get(name, ""))
    credentials.refuse_control_characters(url, name=name)
    return Secret(url) if url else None


def _alert_url(environment: Mapping[str, str]) -> Secret | None:
    name = "SHOPIFY_ASSETS_ALERT_URL"
    if url := _url(name, environment):
        addresses.refuse_unsafe(url.reveal(), name=name)
    return url
