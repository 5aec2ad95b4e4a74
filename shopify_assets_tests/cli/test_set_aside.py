"""`set-aside`: what cannot be read, from the run that met it to the retry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.postgres.books import checks
from shopify_assets.postgres.books.checks import Outcome
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.folder import FolderStore
from shopify_assets.storage.layout import Extent
from shopify_assets_tests.cli.conftest import entry
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.pipeline.test_set_aside import bad_pages, mend
from shopify_assets_tests.stage import EMBER, Stage, Time, compiled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psycopg

    from shopify_assets.simulator.http.server import Simulator
    from shopify_assets_tests.cli.conftest import Called

FAILURE, MISTAKE = 1, 2


@pytest.fixture
def unreadable(
    place: Path, simulator: Simulator, postgres: psycopg.Connection
) -> dict[str, Any]:
    """A location that has no time, in a shop whose others were loaded."""
    first = simulator.truth(EMBER).records("Location")[0]
    number = first["id"].rpartition("/")[2]
    (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
    simulator.arm(EMBER, bad_pages(number, of="Location"))
    stage = Stage(
        simulator, place / ".shopify_assets" / "lake", Time(datetime.now(UTC))
    )
    stage.run("locations", postgres)
    return {**first, "number": number}


def test_what_is_set_aside_is_listed_and_doctor_names_it(
    call: Callable[..., Called], unreadable: dict[str, Any]
) -> None:
    listed = call("set-aside", "list", "--json")
    assert listed.code == 0
    [found] = listed.json
    assert found["record"] == found["key"] == unreadable["number"]
    assert (found["table"], found["place"], found["line"]) == (
        "locations",
        "created_at",
        1,
    )
    assert "'no time' is no timestamptz" in found["reason"]
    told = call("set-aside", "list").out
    assert f"locations: record {unreadable['number']} (locations, created_at" in told
    assert "1 set aside" in told
    diagnoses = {each["thing"]: each for each in call("doctor", "--json").json}
    assert diagnoses["set aside"]["well"] is False
    assert f"1 records of locations of {EMBER}" in diagnoses["set aside"]["seen"]


def test_a_retry_reads_the_raw_files_and_asks_nobody(
    call: Callable[..., Called],
    place: Path,
    simulator: Simulator,
    postgres: psycopg.Connection,
    unreadable: dict[str, Any],
) -> None:
    """In vain at first; then, with the raw file as it should be, all is there."""
    asked = len(simulator.requests(EMBER).log)
    in_vain = call("set-aside", "retry", unreadable["number"])
    assert in_vain.code == FAILURE
    assert [result.outcome for result in checks.read(postgres)] == [Outcome.FAILED]
    postgres.commit()
    assert "1 of 1 still cannot be read" in in_vain.err
    store = FolderStore(place / ".shopify_assets" / "lake")
    [manifest] = Extractions(store).find_complete(Extent("locations", EMBER, None))
    time = unreadable["createdAt"].encode()
    mend(store, manifest.extraction, lambda lines: lines.replace(b"no time", time))
    done = call("set-aside", "retry", "--all", "--json")
    assert done.code == 0
    assert [each["failure"] for each in done.json] == [""]
    assert len(simulator.requests(EMBER).log) == asked
    assert call("set-aside", "list", "--json").json == []
    made = compiled("locations")
    expected = expected_rows(simulator, EMBER, made)
    assert stored_rows(postgres, EMBER, made) == expected
    assert [result.outcome for result in checks.read(postgres)] == [Outcome.PASSED]


@pytest.mark.usefixtures("unreadable")
def test_a_stream_that_is_no_more_is_said_to_be_so(
    call: Callable[..., Called], postgres: psycopg.Connection
) -> None:
    postgres.execute("UPDATE shopify_assets.set_aside SET stream = 'places'")
    postgres.commit()
    retried = call("set-aside", "retry", "--all")
    assert retried.code == FAILURE
    assert f"stream 'places' of shop '{EMBER}': no such stream" in retried.out


def test_what_is_given_up_is_told_no_more(
    call: Callable[..., Called],
    unreadable: dict[str, Any],
    postgres: psycopg.Connection,
) -> None:
    """Nor does its check fail until the next load."""
    given_up = call("set-aside", "drop", unreadable["number"])
    assert given_up.code == 0
    assert f"given up: {EMBER}, locations: record" in given_up.out
    diagnoses = {each["thing"]: each for each in call("doctor", "--json").json}
    assert diagnoses["set aside"] == {
        "thing": "set aside",
        "well": True,
        "seen": "nothing",
    }
    [listed] = call("set-aside", "list", "--json").json
    assert listed["given_up_at"] is not None
    [result] = checks.read(postgres)
    assert (result.shop, result.stream, result.name) == (
        EMBER,
        "locations",
        "set_aside",
    )
    assert (result.outcome, result.description) == (Outcome.PASSED, "1 given up")


@pytest.mark.usefixtures("unreadable")
def test_what_is_to_be_taken_must_be_named(call: Callable[..., Called]) -> None:
    for arguments, told in (
        (("retry",), "name keys of `set-aside list`, or give --all"),
        (("drop", "17"), "'17' is not set aside"),
        (("list", "--select", "order"), "stream 'order' is unknown"),
    ):
        refused = call("set-aside", *arguments)
        assert refused.code == MISTAKE
        assert told in refused.err
