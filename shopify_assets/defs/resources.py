"""Resources: the shops' API, the lake, the warehouse, each with its settings in the UI.

Charter: Dagster's handles on what lies outside, built from settings. Their fields are
what the UI shows, so none of them is a secret: those are named, never held. What talks
to the outside is imported by who opens it: a code server never does.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field, PrivateAttr

from shopify_assets.errors import ConfigurationError
from shopify_assets.settings import (
    DEFAULT_MAX_SET_ASIDE,
    DEFAULT_SNAPSHOT_HOURS,
    Settings,
    Shop,
    ShopsFile,
    load_settings,
    read_shops,
    shops_in,
)
from shopify_assets.storage.store import Store, is_bucket, open_store

if TYPE_CHECKING:
    import psycopg

    from shopify_assets.api.client import ShopifyClient

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
    inline: str = Field(
        default="", description="The shops, if not in a file of theirs."
    )
    api_version: str = Field(description="Admin API version every request names.")
    snapshot_hours: float = Field(
        default=DEFAULT_SNAPSHOT_HOURS,
        description="Hours between two readings of a stream that is read whole.",
    )

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
                f"shop {domain!r} is not in {self.shops_file} (listed: {listed}); "
                "add it there, or with: shopify-assets shops add"
            )
            raise ConfigurationError(message)
        return shops[domain]

    def _registry(self) -> ShopsFile:
        file = Path(self.shops_file)
        return shops_in(self.inline, file=file) if self.inline else read_shops(file)

    _clients: "dict[str, ShopifyClient]" = PrivateAttr(default_factory=dict)

    def client(self, domain: str) -> "ShopifyClient":
        """The client of a shop; all steps of a run share its connections and token."""
        from shopify_assets.api.client import connect  # noqa: PLC0415 -- see the charter

        if domain not in self._clients:
            shop = self.shop(domain)
            self._clients[domain] = connect(
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
    """The lake of raw and normalised files: a folder, or a bucket; see `bucket`."""

    url: str = Field(description="A folder's path or s3://bucket/prefix.")
    max_set_aside: float = Field(
        default=DEFAULT_MAX_SET_ASIDE,
        description="Fraction of a window's records that may be set aside.",
    )

    def store(self) -> Store:
        """Open it."""
        return open_store(self.url)


class WarehouseResource(dg.ConfigurableResource["WarehouseResource"]):
    """The PostgreSQL warehouse: one's own by URL, or the embedded one."""

    home: str = Field(description="Where the embedded PostgreSQL keeps its data.")
    server: str = Field(description="Which one is used; its URL is a secret.")

    _idle: "list[psycopg.Connection]" = PrivateAttr(default_factory=list)

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

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002 -- Dagster's signature
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
        settings = replace(load_settings(), home=Path(self.home))
        return connect(warehouse_url(settings))

    def _given_back(self, connection: "psycopg.Connection") -> None:
        from shopify_assets.postgres.connect import (  # noqa: PLC0415 -- see the charter
            is_rolled_back,
        )

        if len(self._idle) < _KEPT and is_rolled_back(connection):
            self._idle.append(connection)
        else:
            connection.close()


def resources(settings: Settings) -> dict[str, object]:
    """Make the resources of the code location from its settings."""
    home = str(settings.home)
    return {
        "shopify": ShopifyResource(
            home=home,
            shops_file=str(settings.shops_file),
            inline=settings.inline,
            api_version=settings.api_version,
            snapshot_hours=settings.snapshot_hours,
        ),
        "lake": _lake(settings),
        "warehouse": WarehouseResource(
            home=home,
            server="WAREHOUSE_URL" if settings.warehouse_url else "embedded PostgreSQL",
        ),
    }


def _lake(settings: Settings) -> LakeResource:
    url, most = settings.lake_url, settings.max_set_aside
    if is_bucket(url):
        from shopify_assets.defs.bucket import bucket  # noqa: PLC0415 -- see its charter

        return bucket(url, max_set_aside=most)
    return LakeResource(url=url, max_set_aside=most)
