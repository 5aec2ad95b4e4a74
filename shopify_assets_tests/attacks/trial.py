"""One command under one attack, from outside, and whether it held.

Charter: `shopify-assets backfill` as a process of its own, on a simulated shop behind a
spoiler; afterwards its output, its files and the warehouse are looked at. It held if
what it calls whole equals the truth, what it refuses is refused in words of ours, and
nothing secret or acting is shown.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import psycopg

from shopify_assets.postgres.connect import connect
from shopify_assets.simulator.http.server import Simulator
from shopify_assets_tests.attacks.spoiler import spoiling
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, compiled, shop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets_tests.attacks.attacks import Attack
    from shopify_assets_tests.expected import Row

STREAM = "orders"
TOKEN = "shpat_under_attack_0123456789abcdef"

# What shows that a fault was not foreseen: Python's own words.
_FOREIGN = re.compile(
    r"Traceback \(most recent|\b(Key|Type|Attribute|Index|Value|Recursion|Memory"
    r"|Assertion|Overflow|UnicodeDecode)Error\b"
)
_MOST_MIB = 700
_ACTING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Trial:
    """What came of an attack.

    Attributes:
        code: the command's exit code; None if it had to be ended.
        seconds: how long it took.
        peak_mib: most memory that one of its processes took.
        loaded: rows in the warehouse.
        promised: rows there are.
        equals_truth: whether they are the same.
        said: what the command printed.
        faults: in which way it did not hold; empty if it did.
    """

    code: int | None
    seconds: float
    peak_mib: int
    loaded: int
    promised: int
    equals_truth: bool
    said: str
    faults: tuple[str, ...] = field(default=())


def attacked(attack: Attack, *, folder: Path, home: Path, warehouse: str) -> Trial:
    """Run the command under the attack.

    Args:
        attack: what is spoilt.
        folder: an empty one; shops file and lake are made in it.
        home: a state folder whose PostgreSQL runs, where Dagster keeps its storage.
        warehouse: the URL of an empty database.
    """
    shops = [shop(EMBER, orders=60, access_token=TOKEN)]
    with (
        Simulator(shops) as simulator,
        spoiling(simulator.base_url(EMBER), attack.spoil) as spoiler,
    ):
        (folder / "shops.toml").write_text(
            f'[[shops]]\ndomain = "{EMBER}"\nbase_url = "{spoiler.url}"\n'
            f'access_token_env = "EMBER_TOKEN"\nstart_date = 2020-01-01\n',
            "utf-8",
        )
        environment = {
            **os.environ,
            "EMBER_TOKEN": TOKEN + attack.token,
            "SHOPS_FILE": str(folder / "shops.toml"),
            "SHOPIFY_ASSETS_HOME": str(home),
            "LAKE_URL": str(folder / "lake"),
            "WAREHOUSE_URL": warehouse,
            **dict(attack.settings),
        }
        code, seconds, peak_mib, said = _run(folder, environment, limit=attack.seconds)
        stream = compiled(STREAM)
        promised = expected_rows(simulator, EMBER, stream)
        with connect(warehouse) as connection:
            loaded = _loaded(connection, stream) or {name: [] for name in promised}
    trial = Trial(
        code,
        seconds,
        peak_mib,
        sum(map(len, loaded.values())),
        sum(map(len, promised.values())),
        loaded == promised,
        said,
    )
    return _judged(trial, attack, (folder / "lake", home / "dagster"))


def _loaded(
    connection: psycopg.Connection, stream: CompiledStream
) -> dict[str, list[Row]] | None:
    """The rows stored; None where the tables were not even made."""
    try:
        return stored_rows(connection, EMBER, stream)
    except psycopg.errors.UndefinedTable:
        return None


def _run(
    folder: Path, environment: Mapping[str, str], *, limit: float
) -> tuple[int | None, float, int, str]:
    """Run the command; return its code, seconds, peak memory in MiB, and its words."""
    started = time.monotonic()
    with (folder / "said").open("w+b") as said:
        process = subprocess.Popen(  # noqa: S603 -- our own command
            [
                sys.executable,
                "-m",
                "shopify_assets.cli",
                "backfill",
                "--select",
                STREAM,
            ],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        timer = threading.Timer(limit, _end, [process])
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        words = said.read().decode("utf-8", "replace")
    code = None if process.returncode == -signal.SIGKILL else process.returncode
    return code, seconds, usage.ru_maxrss // 1024, words


def _end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)


def _judged(trial: Trial, attack: Attack, folders: tuple[Path, ...]) -> Trial:
    """The same, with what is wrong with it."""
    wrong = {
        f"not over within {attack.seconds:.0f} s": trial.code is None,
        "a loss called success": trial.code == 0 and not trial.equals_truth,
        "rows that are none of the shop's": trial.loaded > trial.promised,
        "everything refused": attack.succeeds and trial.code != 0,
        "an exception of nobody's": bool(_FOREIGN.search(trial.said)),
        "characters that act on a terminal": bool(_ACTING.search(trial.said)),
        "the token in its words": TOKEN in trial.said,
        f"memory above {_MOST_MIB} MiB": trial.peak_mib > _MOST_MIB,
    }
    faults = [fault for fault, is_so in wrong.items() if is_so]
    faults += [
        f"the token in {place}"
        for folder in folders
        for place in _places_of(TOKEN, folder)
    ]
    return replace(trial, faults=tuple(faults))


def _places_of(secret: str, folder: Path) -> list[str]:
    return [
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and secret.encode() in file.read_bytes()
    ]
