"""The one reader of the shops file.

Charter: every key of `shops.toml` is read, checked and given its default here. An entry
that is wrong stops only itself, and no message shows what may be a secret.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shopify_assets.addresses import fault_of
from shopify_assets.entries import entries
from shopify_assets.errors import ConfigurationError
from shopify_assets.redaction import looks_secret, masked
from shopify_assets.settings import (
    DEFAULT_START_DATE,
    Authentication,
    ClientCredentials,
    RefreshToken,
    Shop,
    StoredToken,
)

if TYPE_CHECKING:
    from shopify_assets.entries import Entry, Malformed

_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*\.myshopify\.com")


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
    fault = "must hold no query" if "?" in value else fault_of(value)
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
