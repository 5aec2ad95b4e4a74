"""Resources: the shops' API, the lake, the warehouse, each with its settings in the UI.

Charter: Dagster's handles on what lies outside, built from settings alone. No run can
configure them: whoever names another shops file or server would be sent the secrets of
ours. The UI shows their settings, none of which is a secret: those are named, never
held. What talks to the outside is imported by who opens it: a code server never does.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg

from shopify_assets.errors import ConfigurationError
from shopify_assets.settings import Settings, Shop, load_settings
from shopify_assets.shops_file import ShopsFile, read_shops, shops_in
from shopify_assets.storage.store import Store, is_bucket, open_store

if TYPE_CHECKING:
    import psycopg

    from shopify_assets.api.client import ShopifyClient

LOG = logging.getLogger(__name__)

# To a shop: several streams are read side by side, each in several parts.
_CONNECTIONS = 16

# Connections to the warehouse that are kept to be lent again.
_KEPT = 8


class ShopifyResource:
    """Shopify's Admin API, for every shop of the shops file.

    It authenticates, waits for the cost bucket and retries; see `shopify_assets.api`.

    Attributes:
        snapshot_hours: hours between two readings of a stream that is read whole.
    """

    def __init__(self, settings: Settings) -> None:
        self.snapshot_hours = settings.snapshot_hours
        self._settings = settings
        self._clients: dict[str, ShopifyClient] = {}

    def shops(self) -> tuple[Shop, ...]:
        """The shops of the shops file, which is read anew at every call.

        An entry that is wrong stops only itself: the log names it.
        """
        found = self._registry()
        for fault in found.faults:
            LOG.warning("%s", fault.message)
        return found.shops

    def shop(self, domain: str) -> Shop:
        """Look a shop up.

        Raises:
            ConfigurationError: the shops file does not list it, or wrongly.
        """
        found = self._registry()
        shops = {shop.domain: shop for shop in found.shops}
        for fault in found.faults:
            if fault.domain == domain:
                raise ConfigurationError(fault.message)
        if domain not in shops:
            listed = ", ".join(sorted(shops)) or "none"
            message = (
                f"shop {domain!r} is not in {self._settings.shops_file} "
                f"(listed: {listed}); "
                "add it there, or with: shopify-assets shops add"
            )
            raise ConfigurationError(message)
        return shops[domain]

    def _registry(self) -> ShopsFile:
        file, inline = self._settings.shops_file, self._settings.inline
        return shops_in(inline, file=file) if inline else read_shops(file)

    def client(self, domain: str) -> "ShopifyClient":
        """The client of a shop; all steps of a run share its connections and token."""
        from shopify_assets.api.client import connect  # noqa: PLC0415 -- see the charter

        if domain not in self._clients:
            shop = self.shop(domain)
            self._clients[domain] = connect(
                shop, settings=_here(self._settings), pool_size=_CONNECTIONS
            )
        return self._clients[domain]

    def close(self) -> None:
        """Close the connections."""
        while self._clients:
            self._clients.popitem()[1].close()


class LakeResource:
    """The lake of raw and normalised files: a folder, or a bucket; see `bucket`.

    Attributes:
        url: a folder's path, or s3://bucket/prefix.
        max_set_aside: fraction of a window's records that may be set aside.
    """

    def __init__(self, settings: Settings) -> None:
        self.url = settings.lake_url
        self.max_set_aside = settings.max_set_aside

    def store(self) -> Store:
        """Open it."""
        return open_store(self.url)


class WarehouseResource:
    """The PostgreSQL warehouse: one's own by URL, or the embedded one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: list[psycopg.Connection] = []

    @contextmanager
    def connection(self) -> "Iterator[psycopg.Connection]":
        """Lend a connection; what it did is kept only if its user committed.

        It is lent again afterwards: a run of many small streams would open hundreds.
        """
        connection = self._taken()
        try:
            yield connection
        finally:
            self._given_back(connection)

    def close(self) -> None:
        """Close the connections."""
        while self._idle:
            self._idle.pop().close()

    def _taken(self) -> "psycopg.Connection":
        from shopify_assets.postgres.connect import (  # noqa: PLC0415 -- see the charter
            connect,
            is_still_there,
            warehouse_url,
        )

        while self._idle:
            connection = self._idle.pop()
            if is_still_there(connection):
                return connection
            connection.close()
        return connect(warehouse_url(_here(self._settings)))

    def _given_back(self, connection: "psycopg.Connection") -> None:
        from shopify_assets.postgres.connect import (  # noqa: PLC0415 -- see the charter
            is_rolled_back,
        )

        if len(self._idle) < _KEPT and is_rolled_back(connection):
            self._idle.append(connection)
        else:
            connection.close()


def resources(settings: Settings) -> dict[str, dg.ResourceDefinition]:
    """Make the resources of the code location from its settings."""
    fields = _fields(settings)
    return {
        opener.__name__: _frozen(opener, settings, fields[opener.__name__])
        for opener in (shopify, lake, warehouse)
    }


def nothing_stored() -> dg.IOManagerDefinition:
    """What takes the outputs of ops, of which ours have none, and takes no settings.

    Dagster's own lets a run name the folder that it stores into.
    """

    def stored(_context: dg.InitResourceContext) -> dg.InMemoryIOManager:
        return dg.InMemoryIOManager()  # type: ignore[no-untyped-call]

    return dg.IOManagerDefinition(stored, {})


def _fields(settings: Settings) -> dict[str, dict[str, dg.Field]]:
    """What the UI says of each resource: settings with their meaning, and no secret."""
    server = "WAREHOUSE_URL" if settings.warehouse_url else "embedded PostgreSQL"
    home, shops_file = settings.home, settings.shops_file
    set_aside, hours = settings.max_set_aside, settings.snapshot_hours
    return {
        "shopify": {
            "home": _setting(home, "State folder; rotated token pairs are kept there."),
            "shops_file": _setting(shops_file, "The shops and their authentication."),
            "api_version": _setting(settings.api_version, "That every request names."),
            "snapshot_hours": _setting(
                hours, "Between two readings of a stream that is read whole."
            ),
        },
        "lake": {
            "url": _setting(
                settings.lake_url, "A folder's path or s3://bucket/prefix."
            ),
            "max_set_aside": _setting(
                set_aside, "Fraction of a window's records that may be set aside."
            ),
        },
        "warehouse": {
            "home": _setting(home, "Where the embedded PostgreSQL keeps its data."),
            "server": _setting(server, "Which one is used; its URL is a secret."),
        },
    }


def _setting(value: object, description: str) -> dg.Field:
    return dg.Field(dg.String, default_value=str(value), description=description)


def _frozen(
    opener: Callable[[Settings], Iterator[Any]],
    settings: Settings,
    fields: Mapping[str, dg.Field],
) -> dg.ResourceDefinition:
    """A resource whose settings the UI shows, and no run can change.

    Dagster shows the schema that was configured, and takes the one that is left.
    """

    def resource(_context: dg.InitResourceContext) -> Iterator[Any]:
        yield from opener(settings)

    # What Dagster shows as the resource's type.
    resource.__name__ = opener.__name__
    definition = dg.ResourceDefinition(resource, dict(fields), opener.__doc__)
    return definition.configured({}, config_schema={})


def shopify(settings: Settings) -> Iterator[ShopifyResource]:
    """Shopify's Admin API, for every shop of the shops file."""
    with closing(ShopifyResource(settings)) as shopify:
        yield shopify


def lake(settings: Settings) -> Iterator[LakeResource]:
    """The lake of raw and normalised files: a folder, or a bucket."""
    if is_bucket(settings.lake_url):
        from shopify_assets.defs.bucket import BucketResource  # noqa: PLC0415 -- see its charter

        yield BucketResource(settings)
    else:
        yield LakeResource(settings)


def warehouse(settings: Settings) -> Iterator[WarehouseResource]:
    """The PostgreSQL warehouse: one's own by URL, or the embedded one."""
    with closing(WarehouseResource(settings)) as warehouse:
        yield warehouse


def _here(settings: Settings) -> Settings:
    """The settings, with secrets from the environment of the process that uses them."""
    return replace(
        load_settings(),
        home=settings.home,
        shops_file=settings.shops_file,
        api_version=settings.api_version,
    )
