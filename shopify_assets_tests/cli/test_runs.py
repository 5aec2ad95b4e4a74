"""`backfill` and `sync`, from the command line to the warehouse."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import Simulator
from shopify_assets_tests.cli.conftest import entry
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, LUMEN, Stage, Time, compiled, shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

# As they are declared, and so as they are told of.
SELECTED = ("locations", "tender_transactions")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Two shops whose short history ends yesterday."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    span = {"start": today - timedelta(days=40), "end": today - timedelta(days=1)}
    with Simulator([shop(each, orders=10, **span) for each in (EMBER, LUMEN)]) as it:
        yield it


def call(*arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """Run a command in a process of its own; its code, its JSON, its remarks."""
    selected = [each for name in SELECTED for each in ("--select", name)]
    command = [sys.executable, "-m", "shopify_assets.cli", *arguments, *selected]
    done = subprocess.run([*command, "--json"], capture_output=True, check=False)  # noqa: S603 -- our own command
    remarks = done.stderr.decode()
    assert done.stdout, f"no answer, code {done.returncode}; remarks: {remarks}"
    return done.returncode, msgspec.json.decode(done.stdout), remarks


def assert_whole(simulator: Simulator, connection: psycopg.Connection, at: str) -> None:
    for name in SELECTED:
        made = compiled(name)
        expected = expected_rows(simulator, at, made)
        assert stored_rows(connection, at, made) == expected
        assert expected[name]


@pytest.fixture
def dagster_home(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Dagster instance of the user's own, which the commands leave as it is."""
    folder = place / "dagster"
    folder.mkdir()
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n", "utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(folder))


@pytest.mark.usefixtures("dagster_home")
def test_a_backfill_and_a_sync_load_each_shop_that_can_be_read(
    place: Path, simulator: Simulator, postgres: psycopg.Connection
) -> None:
    """One shop is closed at first: the other is loaded, and the exit code tells."""
    begin = datetime.now(UTC).date() - timedelta(days=41)
    entries = [
        entry(simulator, each, f"start_date = {begin}") for each in (EMBER, LUMEN)
    ]
    (place / "shops.toml").write_text("".join(entries), "utf-8")
    simulator.arm(EMBER, Fault(kind=Kind.REVOKED, times=None))
    code, outcomes, remarks = call("backfill")
    assert code == 1
    assert [(each["shop"], each["stream"], each["complete"]) for each in outcomes] == [
        (EMBER, "locations", False),
        (EMBER, "tender_transactions", False),
        (LUMEN, "locations", True),
        (LUMEN, "tender_transactions", True),
    ]
    assert "refuses the access token" in outcomes[0]["failure"]
    assert f"error: 2 of 4 streams are not complete: all 2 of {EMBER}" in remarks
    assert remarks.count("refuses the access token") == 1
    assert "reading 1 of 2 shops, 2 streams" in remarks
    assert "shpat" not in remarks
    assert_whole(simulator, postgres, LUMEN)
    simulator.store(EMBER).faults.clear()
    code, outcomes, _ = call("sync")
    assert (code, [each["complete"] for each in outcomes]) == (0, [True] * 4)
    changed = {(each["shop"], each["stream"]): each["changed"] for each in outcomes}
    assert changed[LUMEN, "tender_transactions"] == changed[LUMEN, "locations"] == 0
    for each in (EMBER, LUMEN):
        assert_whole(simulator, postgres, each)


@pytest.mark.usefixtures("dagster_home")
def test_a_backfill_that_distrusts_mends_what_nothing_tells_of(
    place: Path, simulator: Simulator, postgres: psycopg.Connection
) -> None:
    """Rows that somebody changed: the digests of their records are what they were."""
    elsewhere = Stage(simulator, place / "elsewhere", Time(datetime.now(UTC)))
    elsewhere.run("locations", postgres, shop=LUMEN)
    postgres.execute("UPDATE shopify.locations SET name = 'changed'")
    postgres.commit()
    (place / "shops.toml").write_text(
        entry(simulator, LUMEN, f"start_date = {datetime.now(UTC).date()}"), "utf-8"
    )
    code, [locations, _], _ = call("backfill", "--distrust")
    assert (code, locations["complete"]) == (0, True)
    count = postgres.execute("SELECT count(*) FROM shopify.locations").fetchone()
    assert (locations["changed"],) == count
    made = compiled("locations")
    assert stored_rows(postgres, LUMEN, made) == expected_rows(simulator, LUMEN, made)
