"""The one reader of the environment, and of the shops file.

Charter: every environment variable and every key of `shops.toml` is read, checked and
given its default here; all other modules are passed the frozen results. Secrets are
read by name when they are needed, travel as `Secret`, and never show in a repr or log.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shopify_assets import addresses, credentials
from shopify_assets.amounts import days, fraction, hours
from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.entries import entries
from shopify_assets.errors import ConfigurationError
from shopify_assets.limits import USUAL, InputLimits
from shopify_assets.redaction import looks_secret, masked, remember
from shopify_assets.timing import NIGHTLY, WEEKLY, Timing, timing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shopify_assets.entries import Entry, Malformed

DEFAULT_START_DATE = date(2020, 1, 1)
DEFAULT_MAX_SET_ASIDE = 0.01
DEFAULT_KEEP_RUNS_DAYS = 30
DEFAULT_OWNERS = ("team:data",)
DEFAULT_SNAPSHOT_HOURS = 20.0

_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*\.myshopify\.com")


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


@dataclass(frozen=True)
class ShopFault:
    """Why an entry of the shops file cannot be used.

    Attributes:
        message: names the file, the entry, the key and the remedy; never a secret.
        domain: the shop's, if the entry tells it.
    """

    message: str
    domain: str | None = None


@dataclass(frozen=True)
class ShopsFile:
    """The shops that can be extracted, and the entries that are to be mended first."""

    shops: tuple[Shop, ...] = ()
    faults: tuple[ShopFault, ...] = ()


def load_shops(file: Path) -> tuple[Shop, ...]:
    """Read the shops file; a file that does not exist holds no shops.

    Raises:
        ConfigurationError: the file is not TOML, or an entry is wrong; the message
            names the file, the shop, the key and the remedy.
    """
    found = read_shops(file)
    for fault in found.faults:
        raise ConfigurationError(fault.message)
    return found.shops


def read_shops(file: Path) -> ShopsFile:
    """Read the shops file; an entry that is wrong stops only itself.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    return shops_in(_text(file), file=file) if file.exists() else ShopsFile()


def shops_in(text: str, *, file: Path) -> ShopsFile:
    """Read the text of a shops file; `file` is where people find it."""
    listed, malformed = entries(text, name="shops")
    faults = [_malformed(file, part) for part in malformed]
    shops: list[Shop] = []
    for entry in listed:
        try:
            shops.append(_shop(file, entry))
        except ConfigurationError as error:
            faults.append(ShopFault(str(error), _domain(entry)))
    domains = Counter(_domain(entry) for entry in listed)
    twice = {domain for domain, count in domains.items() if domain and count > 1}
    faults += [_listed_twice(file, domain, listed) for domain in sorted(twice)]
    once = tuple(shop for shop in shops if shop.domain not in twice)
    return ShopsFile(once, tuple(faults))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file} is not valid TOML: {error}") from error
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}; mend it, or set SHOPS_FILE"
        raise ConfigurationError(message) from error


def _malformed(file: Path, part: Malformed) -> ShopFault:
    number = f": entry {part.number}" if part.number else ""
    shop = f", shop {part.domain!r}" if part.domain else ""
    return ShopFault(f"{file}{number}{shop}: {part.reason}", part.domain)


def _listed_twice(file: Path, domain: str, listed: list[Entry]) -> ShopFault:
    places = [str(entry.number) for entry in listed if _domain(entry) == domain]
    message = (
        f"{file}: shop {domain!r} is listed more than once (entries "
        f"{' and '.join(places)}); delete all but the one that is right"
    )
    return ShopFault(message, domain)


def _domain(entry: Entry) -> str | None:
    domain = entry.content.get("domain")
    return domain if isinstance(domain, str) else None


def _shop(file: Path, read: Entry) -> Shop:
    entry, domain = read.content, read.content.get("domain")
    known = {"domain", "base_url", "start_date", "streams", *_AUTHENTICATION_KEYS}
    where = f"{file}: entry {read.number}, shop {domain!r}"
    if not isinstance(domain, str) or not _DOMAIN.fullmatch(domain):
        message = f"{where}: domain must look like my-store.myshopify.com"
        raise ConfigurationError(masked(message))
    unknown = sorted(entry.keys() - known)
    if unknown:
        message = f"{where}: unknown key {unknown[0]!r}; known are {sorted(known)}"
        raise ConfigurationError(masked(message))
    return Shop(
        domain=domain,
        authentication=_authentication(where, entry),
        base_url=_base_url(where, entry.get("base_url", f"https://{domain}")),
        start_date=_start_date(where, entry.get("start_date", DEFAULT_START_DATE)),
        streams=_streams(where, entry.get("streams")),
    )


_AUTHENTICATION_KEYS = (
    "access_token_env",
    "client_id_env",
    "client_secret_env",
    "refresh_token_env",
)


def _authentication(where: str, entry: dict[str, Any]) -> Authentication:
    given = {key: entry[key] for key in _AUTHENTICATION_KEYS if key in entry}
    for key, value in given.items():
        _refuse_no_name(where, key, value)
    for kind in (StoredToken, ClientCredentials, RefreshToken):
        if given.keys() == set(kind.__dataclass_fields__):
            return kind(**given)
    message = (
        f"{where}: give access_token_env, or client_id_env and client_secret_env, or "
        f"these two and refresh_token_env; found {sorted(given)}"
    )
    raise ConfigurationError(message)


_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _refuse_no_name(where: str, key: str, value: object) -> None:
    """Refuse what cannot name an environment variable, without showing it.

    Raises:
        ConfigurationError: it is the secret itself, or no name.
    """
    if isinstance(value, str) and looks_secret(value):
        raise ConfigurationError(
            f"{where}: {key} must name an environment variable, but a secret stands "
            "there: put the secret into .env, as MY_STORE_TOKEN=…, name the variable "
            "here, and renew the secret if others could see it"
        )
    if not isinstance(value, str) or not _VARIABLE.fullmatch(value):
        raise ConfigurationError(
            f"{where}: {key} must name an environment variable, such as "
            "MY_STORE_TOKEN: letters, digits and underscores (what stands there is "
            "not shown: it may be a secret)"
        )


def _base_url(where: str, value: object) -> str:
    if not isinstance(value, str):
        message = f"{where}: base_url must look like https://host, not {value!r}"
        raise ConfigurationError(message)
    fault = "must hold no query" if "?" in value else addresses.fault_of(value)
    if fault:
        # It may hold a password.
        message = f"{where}: base_url {fault} (what stands there is not shown)"
        raise ConfigurationError(message)
    return value.rstrip("/")


def _start_date(where: str, value: object) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        message = f"{where}: start_date must look like 2024-01-31, not {value!r}"
        raise ConfigurationError(message) from error


def _streams(where: str, value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        message = f"{where}: streams must be a list of names, not {value!r}"
        raise ConfigurationError(message)
    return tuple(value)
