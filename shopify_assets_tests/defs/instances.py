"""A Dagster instance over a database of the test's own.

Charter: instances as `dagster.yaml` makes them; what all tests of storage share.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

URL = "SHOPIFY_ASSETS_TESTS_DAGSTER_URL"

CONFIGURATION = f"""
storage:
  custom:
    module: shopify_assets.defs.storage
    class: PooledPostgresStorage
    config:
      postgres_url: {{env: {URL}}}
telemetry: {{enabled: false}}
"""


def driver(url: str) -> str:
    """The URL as Dagster's storage needs it."""
    return url.replace("postgresql://", "postgresql+psycopg2://", 1)


@contextmanager
def opened(folder: Path) -> Iterator[dg.DagsterInstance]:
    """Open an instance in `folder`; the variable `URL` names its database."""
    (folder / "dagster.yaml").write_text(CONFIGURATION, "utf-8")
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance
