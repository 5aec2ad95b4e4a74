"""State folders with an embedded server, of today and as earlier versions left them."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from shopify_assets.postgres.embedded import server
from shopify_assets.postgres.embedded.data_folder import DATA, account_of
from shopify_assets.postgres.embedded.programs import programs_for
from shopify_assets_tests.conftest import TEST_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = TEST_SETTINGS | {"shared_buffers": "16MB", "synchronous_commit": "on"}

_ALL_TO_THE_SUPERUSER = (
    "ALTER DATABASE postgres OWNER TO postgres; DROP ROLE shopify_assets"
)


def start(home: Path) -> str:
    return server.start(home, settings=SETTINGS)


def make_earlier(home: Path) -> None:
    """Make a data folder as an earlier version left it: all files of ours within it."""
    start(home)
    with psycopg.connect(server.administrator(home), autocommit=True) as connection:
        connection.execute(_ALL_TO_THE_SUPERUSER)
    server.stop(home)
    ours, data = home / f"{DATA}.d", home / DATA
    owner = account_of(data)
    shutil.copy(ours / "administrator.pgpass", data / "shopify_assets.pgpass")
    for name in ("shopify_assets.pgpass", "shopify_assets.lock", "server.log"):
        file = data / name
        file.touch(mode=0o600)
        file.chmod(0o600)
        os.chown(file, owner.uid, owner.gid)
    shutil.rmtree(ours)


def start_earlier(home: Path) -> str:
    """Start its server as an earlier version did; the superuser's URL."""
    data = home / DATA
    login = (data / "shopify_assets.pgpass").read_text("utf-8")
    _, port, _, user, password = login.strip().split(":")
    wanted = {**server.SETTINGS, **SETTINGS, "port": port}
    options = " ".join(f"-c {shlex.quote(f'{k}={v}')}" for k, v in wanted.items())
    lock = os.open(data / "shopify_assets.lock", os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        programs_for(account_of(data)).run(
            *("pg_ctl", "start", "-w", "-s", "-D", str(data)),
            *("-l", str(data / "server.log"), "-o", options),
            inherited=(lock,),
        )
    finally:
        os.close(lock)
    return f"postgresql://{user}:{password}@127.0.0.1:{port}/postgres"


def processes(home: Path) -> Iterator[Path]:
    """The entries in /proc of all processes of the server."""
    file = home / DATA / "postmaster.pid"
    first = int(file.read_text("utf-8").splitlines()[0])
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if first in {parent, int(entry.name)}:
            yield entry
