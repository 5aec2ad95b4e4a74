"""A clock that lies changes nothing: the rows are the shop's, and somebody is told."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shopify_assets import checks
from shopify_assets.errors import ConfigurationError, DataError
from shopify_assets.postgres.books import watermarks
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.verdicts import Verdict
from shopify_assets.proof.verify import verify, verify_and_repair
from shopify_assets.proof.wanted import Wanted
from shopify_assets.simulator.faults import YEAR, Fault, Kind
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.layout import Extent
from shopify_assets.windows import Window
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, END, HISTORY, compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from shopify_assets.proof.verdicts import StreamProof
    from shopify_assets_tests.stage import Stage

DRAFTS, LOCATIONS = "draft_orders", "locations"
TO_COME = Window(END, END + timedelta(days=90))
HOUR = timedelta(hours=1)

LIES: dict[str, dict[str, Any]] = {
    "ahead": {"ahead": 10 * YEAR},
    "behind": {"ahead": -10 * YEAR},
    "missing": {"date": ""},
    "malformed": {"date": "Thu, 31 Nov 2026 25:00:00 GMT"},
    "no zone of this earth": {"date": "Sun, 01 Nov 2026 01:00:00 +9999"},
}


def lie(stage: Stage, name: str, *, times: int | None = 1, every: int = 1) -> None:
    fault = Fault(kind=Kind.CLOCK, times=times, every=every)
    stage.simulator.arm(EMBER, msgspec.structs.replace(fault, **LIES[name]))


def change(stage: Stage, stream: str) -> None:
    """Change the first record, so that there is something new, and let an hour pass."""
    kind = {DRAFTS: "DraftOrder", LOCATIONS: "Location"}[stream]
    gid = stage.simulator.truth(EMBER).ids(kind)[0]
    field = {DRAFTS: "note2", LOCATIONS: "name"}[stream]
    fields: dict[str, Any] = {field: f"at {stage.time():%c}"}
    stage.simulator.truth(EMBER).update(gid, **fields)
    stage.time.sleep(HOUR.total_seconds())


def sync(stage: Stage, postgres: psycopg.Connection, stream: str) -> None:
    stage.run(stream, postgres, TO_COME, incremental=True)


def assert_true(stage: Stage, postgres: psycopg.Connection, stream: str) -> None:
    """The rows are the shop's, and no time that is stored is yet to come."""
    made = compiled(stream)
    expected = expected_rows(stage.simulator, EMBER, made)
    assert stored_rows(postgres, EMBER, made) == expected
    watermarks.refuse_time_to_come(
        postgres, shop=EMBER, stream=stream, now=stage.time()
    )
    rows = postgres.execute(
        "SELECT max(greatest(extracted_at, window_end)) FROM shopify_assets.loads"
    ).fetchone()
    assert rows is not None
    assert rows[0] <= stage.time()
    postgres.rollback()


def clock_check(stage: Stage, stream: str) -> str:
    """How the check of the newest extraction came out."""
    extractions = Extractions(stage.store)
    manifests = [
        extractions.manifest(each) for each in extractions.all_complete(stream, EMBER)
    ]
    newest = max(manifests, key=lambda manifest: manifest.plan.created_at)
    results = checks.results_of_extraction(compiled(stream), newest, at=stage.time())
    [found] = [result for result in results if result.name == "clock"]
    return found.outcome.value


def prove(
    stage: Stage,
    postgres: psycopg.Connection,
    stream: str,
    *,
    by: Callable[[Subject, Wanted], StreamProof] = verify,
) -> StreamProof:
    stage.time.sleep(60)
    with closing(stage.client()) as client:
        subject = Subject(compiled(stream), stage.context(client), postgres)
        return by(subject, Wanted(sample=1_000, seed=1))


@pytest.mark.parametrize("stream", [DRAFTS, LOCATIONS])
@pytest.mark.parametrize("name", LIES)
def test_one_answer_that_lies(
    own: Stage, postgres: psycopg.Connection, stream: str, name: str
) -> None:
    """Ahead, it froze snapshots for ever; behind, a sync read nothing, "whole"."""
    own.run(stream, postgres)
    change(own, stream)
    lie(own, name)
    sync(own, postgres, stream)
    assert_true(own, postgres, stream)
    assert clock_check(own, stream) == "warning"
    assert [line for line in own.warned if "answered with" in line]
    change(own, stream)
    sync(own, postgres, stream)
    assert_true(own, postgres, stream)
    assert clock_check(own, stream) == "passed"


@pytest.mark.parametrize("stream", [DRAFTS, LOCATIONS])
@pytest.mark.parametrize("name", LIES)
def test_every_third_answer_lies(
    own: Stage, postgres: psycopg.Connection, stream: str, name: str
) -> None:
    lie(own, name, times=None, every=3)
    own.run(stream, postgres)
    change(own, stream)
    sync(own, postgres, stream)
    assert_true(own, postgres, stream)
    proof = prove(own, postgres, stream)
    assert proof.verdict is Verdict.WHOLE
    assert proof.proven_at <= own.time()


@pytest.mark.parametrize("stream", [DRAFTS, LOCATIONS])
@pytest.mark.parametrize("name", ["missing", "malformed"])
def test_no_answer_tells_the_time(
    own: Stage, postgres: psycopg.Connection, stream: str, name: str
) -> None:
    """It was an error, and nothing was read; now the time is our own."""
    lie(own, name, times=None)
    own.run(stream, postgres)
    change(own, stream)
    sync(own, postgres, stream)
    assert_true(own, postgres, stream)
    assert clock_check(own, stream) == "warning"
    assert prove(own, postgres, stream).verdict is Verdict.WHOLE


@pytest.mark.parametrize("stream", [DRAFTS, LOCATIONS])
@pytest.mark.parametrize("name", ["ahead", "behind"])
def test_all_answers_tell_another_time_than_we(
    own: Stage, postgres: psycopg.Connection, stream: str, name: str
) -> None:
    """One of the two clocks is wrong, and nobody knows which: nothing is changed."""
    own.run(stream, postgres)
    before = stored_rows(postgres, EMBER, compiled(stream))
    change(own, stream)
    lie(own, name, times=None)
    with pytest.raises(
        ConfigurationError, match=r"says that it is 20[13]6-.*time serv"
    ):
        sync(own, postgres, stream)
    proof = prove(own, postgres, stream)
    assert proof.verdict is Verdict.UNDECIDED
    assert "says that it is" in proof.why
    assert stored_rows(postgres, EMBER, compiled(stream)) == before
    own.simulator.store(EMBER).faults.clear()
    sync(own, postgres, stream)
    assert_true(own, postgres, stream)


def test_seconds_that_jitter_are_no_lie(
    own: Stage, postgres: psycopg.Connection
) -> None:
    for skip, ahead in enumerate((-1.0, 1.0, -2.0, 0.5)):
        fault = Fault(kind=Kind.CLOCK, ahead=ahead, times=None, every=4, skip=skip)
        own.simulator.arm(EMBER, fault)
    own.run(DRAFTS, postgres)
    change(own, DRAFTS)
    sync(own, postgres, DRAFTS)
    assert_true(own, postgres, DRAFTS)
    assert clock_check(own, DRAFTS) == "passed"


def test_a_window_that_begins_in_the_future_is_told(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """It was 0 records, whole."""
    ahead = Window(END + timedelta(days=2), END + timedelta(days=3))
    own.run(DRAFTS, postgres, ahead)
    assert clock_check(own, DRAFTS) == "warning"
    assert [line for line in own.warned if "nothing was read" in line]


def test_records_of_the_future_do_not_move_the_watermark(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """Nor do they stay for ever: what is extracted later takes their place."""
    wrong = (r'"updatedAt":"[^"]+"', '"updatedAt":"2036-01-01T00:00:00Z"')
    fault = Fault(kind=Kind.EDITED, match="query draft_orders(", edits=(wrong,))
    own.simulator.arm(EMBER, fault)
    own.run(DRAFTS, postgres)
    known = watermarks.watermark(postgres, shop=EMBER, stream=DRAFTS)
    assert known is not None
    assert known <= own.time()
    assert future_versions(postgres) > 0
    proof = prove(own, postgres, DRAFTS)
    assert proof.verdict is Verdict.GAP
    mended = prove(own, postgres, DRAFTS, by=verify_and_repair)
    assert mended.verdict is Verdict.WHOLE
    assert_true(own, postgres, DRAFTS)
    assert future_versions(postgres) == 0


def future_versions(postgres: psycopg.Connection) -> int:
    query = "SELECT count(*) FROM shopify.draft_orders WHERE updated_at > '2035-01-01'"
    row = postgres.execute(query).fetchone()
    postgres.rollback()
    assert row is not None
    return int(row[0])


# ── what an earlier version has left ─────────────────────────────────────────────────


def dated(stage: Stage, stream: str, window: Window | None, at: datetime) -> None:
    """Extract, and date it as a clock that lied would have: in the lake alone."""
    stage.extract(stream, window)
    extractions = Extractions(stage.store)
    [manifest] = extractions.find_complete(Extent(stream, EMBER, window))
    plan = msgspec.structs.replace(manifest.plan, created_at=at)
    extractions.begin(plan)
    wrong = msgspec.structs.replace(manifest, plan=plan, extracted_at=at)
    stage.store.write(
        plan.extraction.manifest, msgspec.json.format(msgspec.json.encode(wrong))
    )


@pytest.mark.parametrize(("stream", "window"), [(DRAFTS, HISTORY), (LOCATIONS, None)])
def test_an_extraction_of_a_time_to_come_is_not_loaded_but_made_anew(
    own: Stage, postgres: psycopg.Connection, stream: str, window: Window | None
) -> None:
    dated(own, stream, window, own.time() + timedelta(days=3650))
    own.normalize(stream)
    with pytest.raises(DataError, match=r"dated 2036-.*a wrong clock has dated it"):
        own.load(stream, postgres)
    own.run(stream, postgres)
    assert_true(own, postgres, stream)
    change(own, stream)
    sync(own, postgres, stream)
    assert_true(own, postgres, stream)
