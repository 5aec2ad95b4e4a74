"""Resources: the shops' API, the lake, the warehouse, each with its settings in the UI.

Charter: Dagster's handles on what lies outside, built from settings. Their fields are
what the UI shows, so none of them is a secret: those are named, never held.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import dagster as dg
import psycopg
from dagster_aws.s3 import S3Resource
from pydantic import Field, PrivateAttr

from shopify_assets.api.client import ShopifyClient
from shopify_assets.api.client import connect as connect_shop
from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres.connect import connect, warehouse_url
from shopify_assets.settings import (
    DEFAULT_MAX_SET_ASIDE,
    Settings,
    Shop,
    load_settings,
    read_shops,
)
from shopify_assets.storage.store import Store, open_store

LOG = logging.getLogger(__name__)

# To a shop: several streams are read side by side, each in several parts.
_CONNECTIONS = 16

# Connections to the warehouse that are kept to be lent again.
_KEPT = 8


class ShopifyResource(dg.ConfigurableResource["ShopifyResource"]):
    """Shopify's Admin API, for every shop of the shops file.

    It authenticates, waits for the cost bucket and retries; see `shopify_assets.api`.
    """

    home: str = Field(description="State folder; rotated token pairs are kept there.")
    shops_file: str = Field(description="The shops and how each is authenticated.")
    api_version: str = Field(description="Admin API version every request names.")

    def shops(self) -> tuple[Shop, ...]:
        """The shops of the shops file, which is read anew at every call.

        An entry that is wrong stops only itself: the log names it.
        """
        found = read_shops(Path(self.shops_file))
        for fault in found.faults:
            LOG.warning("%s", fault.message)
        return found.shops

    def shop(self, domain: str) -> Shop:
        """Look a shop up.

        Raises:
            ConfigurationError: the shops file does not list it, or wrongly.
        """
        found = read_shops(Path(self.shops_file))
        shops = {shop.domain: shop for shop in found.shops}
        for fault in found.faults:
            if fault.domain == domain:
                raise ConfigurationError(fault.message)
        if domain not in shops:
            listed = ", ".join(sorted(shops)) or "none"
            message = (
                f"shop {domain!r} is not in {self.shops_file} (listed: {listed}); "
                "add it with: shopify-assets shops add"
            )
            raise ConfigurationError(message)
        return shops[domain]

    _clients: dict[str, ShopifyClient] = PrivateAttr(default_factory=dict)

    def client(self, domain: str) -> ShopifyClient:
        """The client of a shop; all steps of a run share its connections and token."""
        if domain not in self._clients:
            shop = self.shop(domain)
            self._clients[domain] = connect_shop(
                shop, settings=self._settings(), pool_size=_CONNECTIONS
            )
        return self._clients[domain]

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002 -- Dagster's signature
        """Close the connections."""
        while self._clients:
            self._clients.popitem()[1].close()

    def _settings(self) -> Settings:
        # Secrets are read from the environment of the process that uses them.
        return replace(
            load_settings(),
            home=Path(self.home),
            shops_file=Path(self.shops_file),
            api_version=self.api_version,
        )


class LakeResource(dg.ConfigurableResource["LakeResource"]):
    """The lake of raw and normalised files: a folder, or a bucket of S3."""

    url: str = Field(description="A folder's path or s3://bucket/prefix.")
    max_set_aside: float = Field(
        default=DEFAULT_MAX_SET_ASIDE,
        description="Fraction of a window's records that may be set aside.",
    )
    s3: S3Resource

    def store(self) -> Store:
        """Open it."""
        client = self.s3.get_client() if self.url.startswith("s3://") else None
        return open_store(self.url, s3_client=client)


class WarehouseResource(dg.ConfigurableResource["WarehouseResource"]):
    """The PostgreSQL warehouse: one's own by URL, or the embedded one."""

    home: str = Field(description="Where the embedded PostgreSQL keeps its data.")
    server: str = Field(description="Which one is used; its URL is a secret.")

    _idle: list[psycopg.Connection] = PrivateAttr(default_factory=list)

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """Lend a connection; what it did is kept only if its user committed.

        It is lent again afterwards: a run of many small streams would open hundreds.
        """
        connection = self._taken()
        try:
            yield connection
        finally:
            self._given_back(connection)

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002 -- Dagster's signature
        """Close the connections."""
        while self._idle:
            self._idle.pop().close()

    def _taken(self) -> psycopg.Connection:
        while self._idle:
            connection = self._idle.pop()
            if _still_there(connection):
                return connection
            connection.close()
        settings = replace(load_settings(), home=Path(self.home))
        return connect(warehouse_url(settings))

    def _given_back(self, connection: psycopg.Connection) -> None:
        if connection.closed or len(self._idle) >= _KEPT:
            connection.close()
            return
        try:
            connection.rollback()
        except psycopg.Error:
            connection.close()
        else:
            self._idle.append(connection)


def _still_there(connection: psycopg.Connection) -> bool:
    """Whether the server has not closed it meanwhile, as it does when it restarts."""
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error:
        return False
    return True


def resources(settings: Settings) -> dict[str, object]:
    """Make the resources of the code location from its settings."""
    home = str(settings.home)
    return {
        "shopify": ShopifyResource(
            home=home,
            shops_file=str(settings.shops_file),
            api_version=settings.api_version,
        ),
        "lake": LakeResource(
            url=settings.lake_url,
            max_set_aside=settings.max_set_aside,
            s3=S3Resource(),
        ),
        "warehouse": WarehouseResource(
            home=home,
            server="WAREHOUSE_URL" if settings.warehouse_url else "embedded PostgreSQL",
        ),
    }
