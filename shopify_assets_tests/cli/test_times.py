"""`doctor` sees what a wrong clock has stored, and sets it back when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shopify_assets.cli.times import refuse_apart
from shopify_assets.clocks import NEAR
from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.simulator.faults import YEAR, Fault, Kind
from shopify_assets_tests.cli.conftest import entry
from shopify_assets_tests.stage import EMBER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psycopg

    from shopify_assets.simulator.http.server import Simulator
    from shopify_assets_tests.cli.conftest import Called

FAILURE = 1
POISONED = """
    INSERT INTO shopify_assets.watermarks
        (shop, stream, watermark, extracted_at, extraction, queried_at)
    VALUES (%s, 'orders', '2096-01-01Z', '2096-01-01Z', 'an extraction', '2096-01-01Z')
"""
BOOK = (
    "SELECT watermark, queried_at, extracted_at <= now() FROM shopify_assets.watermarks"
)


def test_doctor_names_times_to_come_and_sets_them_back_when_told(
    call: Callable[..., Called],
    place: Path,
    simulator: Simulator,
    postgres: psycopg.Connection,
) -> None:
    (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
    migrate(postgres, ())
    postgres.execute(POISONED, (EMBER,))
    postgres.commit()
    found = call("doctor")
    assert found.code == FAILURE
    assert (
        "FAIL times: stored by a wrong clock, and yet to come: orders of "
        f"{EMBER}: up to 2096-01-01 00:00; once they are set back, it is read again as "
        "a whole. Do it with: shopify-assets doctor --repair, and then sync"
    ) in found.out
    done = call("doctor", "--repair")
    assert done.code == 0
    assert f"set back: orders of {EMBER}" in " ".join(done.err.split())
    assert "ok   times: none stored that is yet to come" in done.out
    assert postgres.execute(BOOK).fetchall() == [(None, None, True)]


def test_doctor_says_that_a_shop_tells_another_time(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
    simulator.arm(EMBER, Fault(kind=Kind.CLOCK, ahead=-YEAR, times=None))
    found = call("doctor")
    assert found.code == FAILURE
    assert f"FAIL shop {EMBER}: shop {EMBER!r} says that it is" in found.out
    simulator.store(EMBER).faults.clear()
    simulator.arm(EMBER, Fault(kind=Kind.CLOCK, date="", times=None))
    found = call("doctor")
    assert found.code == 0
    assert "but there came 3 answers with no date" in found.out


def test_two_clocks_that_disagree_are_named() -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    refuse_apart(now, now - NEAR)
    with pytest.raises(ConfigurationError, match=r"2026-11-01 00:00:00.*time server"):
        refuse_apart(now, now + NEAR + timedelta(seconds=1))
