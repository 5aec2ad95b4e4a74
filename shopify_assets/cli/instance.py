"""The Dagster instance of a machine without one, in the embedded server.

Charter: DAGSTER_HOME and its dagster.yaml, when the user has set none. Events of a run
over many partitions are many, and Dagster's SQLite files cost several commits for each:
measured, a tenth of the time in PostgreSQL, stored in batches.
"""

from __future__ import annotations

import json
import os
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from shopify_assets.postgres import embedded

if TYPE_CHECKING:
    from pathlib import Path

DAGSTER_HOME = "DAGSTER_HOME"
DATABASE = "dagster"

_BATCH = "DAGSTER_EVENT_BATCH_SIZE"


def prepare(home: Path) -> None:
    """Point this process and its children at a Dagster instance in the state folder.

    A DAGSTER_HOME that is set already is the user's choice and stays.
    """
    os.environ.setdefault(_BATCH, "100")
    if os.environ.get(DAGSTER_HOME):
        return
    folder = home.resolve() / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "dagster.yaml", _configuration(_database(home)))
    os.environ[DAGSTER_HOME] = str(folder)


def _database(home: Path) -> str:
    """Make sure that the embedded server runs and has Dagster's database."""
    url = embedded.start(home)
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        )
        if known.fetchone() is None:
            name = sql.Identifier(DATABASE)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
            # An event lost by a power cut is a line of a log; a commit for each of
            # them that waits for the disk is minutes of a backfill.
            relaxed = sql.SQL("ALTER DATABASE {} SET synchronous_commit TO off")
            connection.execute(relaxed.format(name))
    place = url.removeprefix("postgresql://").rpartition("/")[0]
    # SQLAlchemy takes another driver for a bare postgresql://, which Dagster's storage
    # does not work with.
    return f"postgresql+psycopg2://{place}/{DATABASE}"


def _configuration(url: str) -> dict[str, object]:
    one_run_a_shop = {
        "key": "shopify_assets/shop",
        "value": {"applyLimitPerUniqueValue": True},
        "limit": 1,
    }
    return {
        "storage": {"postgres": {"postgres_url": url}},
        "concurrency": {
            "runs": {
                "max_concurrent_runs": 4,
                "tag_concurrency_limits": [one_run_a_shop],
            }
        },
        "telemetry": {"enabled": False},
    }


def _write(file: Path, configuration: dict[str, object]) -> None:
    """Write dagster.yaml, for its owner alone: the URL holds a password."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    # JSON is YAML.
    file.write_text(json.dumps(configuration, indent=2) + "\n", "utf-8")
