"""Records that cannot be read: they are set aside, and the others are loaded."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shopify_assets import retake
from shopify_assets.errors import DataError
from shopify_assets.extract import planning
from shopify_assets.postgres.books import aside
from shopify_assets.postgres.load.tombstones import Deletion, tombstone
from shopify_assets.proof.verdicts import Trouble
from shopify_assets.proof.wanted import Wanted
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import Simulator
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.layout import Extent
from shopify_assets.storage.records import RawWriter
from shopify_assets_tests.expected import Row, expected_rows, stored_rows
from shopify_assets_tests.proof.conftest import Copy, troubles
from shopify_assets_tests.stage import (
    EMBER,
    END,
    HISTORY,
    NEXT_DAY,
    Stage,
    Time,
    compiled,
    shop,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import psycopg

    from shopify_assets.postgres.books.aside import Open
    from shopify_assets.retake import Retaken
    from shopify_assets.storage.folder import FolderStore
    from shopify_assets.storage.layout import Extraction

STREAM = "customers"
ROOT = r'^(\{"_customers":"Customer","id":"gid:\\/\\/shopify\\/Customer\\/%s",'


def bad_time(number: str) -> tuple[str, str]:
    return ROOT % number + r'.*?"createdAt":")[^"]*', r"\1no time"


def bad_number(number: str) -> tuple[str, str]:
    return ROOT % number + r'.*?"amount":")[^"]*', r"\1a lot"


def wrong_form(number: str) -> tuple[str, str]:
    return ROOT % number + r'.*?"tags":)\[[^]]*\]', r'\1{"no":"list"}'


def cut_json(number: str) -> tuple[str, str]:
    return ROOT % number + r".{40}).*$", r"\1"


def repeated_key(number: str) -> tuple[str, str]:
    line = (
        r'^(\{"_customer_metafields".*"value":")((?:[^"\\]|\\.)*)'
        rf'(".*"__parentId":"gid:\\/\\/shopify\\/Customer\\/{number}"\}})$'
    )
    return line, r"\1\2\3\n\1another\3"


def missing_parent(number: str) -> tuple[str, str]:
    return ROOT % number + r".*)\n", ""


KINDS = (bad_time, bad_number, wrong_form, cut_json, repeated_key, missing_parent)
REASONS = {
    bad_time: ("customers", "created_at", "'no time' is no timestamptz"),
    bad_number: ("customers", "amount_spent", "'a lot' is no numeric"),
    wrong_form: ("customers", "$.tags", "Expected `array | null`, got `object`"),
    cut_json: ("customers", "", "Input data was truncated"),
    repeated_key: ("customer_metafields", "", "rows with one key"),
    missing_parent: ("customer_metafields", "", "its parent in customers is missing"),
}


def bad_pages(*numbers: str, of: str = "Customer", field: str = "createdAt") -> Fault:
    """Let pages have no time in the records of these numbers."""
    edits = [
        (rf'("id":"gid://shopify/{of}/{number}".*?"{field}":")[^"]*', r"\1no time")
        for number in numbers
    ]
    return Fault(kind=Kind.EDITED, times=None, edits=tuple(edits))


@pytest.fixture
def copy(own: Stage, postgres: psycopg.Connection) -> Copy:
    """A shop of the test's own, and a warehouse with nothing in it yet."""
    return Copy(own, postgres)


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A shop with 1,050 customers, read in bulk."""
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    time = Time()
    with Simulator([shop(orders=1_500)], clock=time) as simulator:
        yield Stage(simulator, tmp_path / "lake", time)


def numbers(stage: Stage) -> list[str]:
    """The ids of customers that have metafields."""
    found = stage.simulator.truth(EMBER).select(
        "{ customers { nodes { id metafields { nodes { id } } } } }"
    )
    return [
        each["id"].rpartition("/")[2]
        for each in found["customers"]
        if each["metafields"]
    ]


def break_some(stage: Stage, count: int) -> dict[str, Any]:
    """Let Shopify write `count` customers unreadably, one kind after the other."""
    chosen = numbers(stage)[:count]
    broken = {number: KINDS[place % len(KINDS)] for place, number in enumerate(chosen)}
    edits = tuple(break_it(number) for number, break_it in broken.items())
    stage.simulator.arm(EMBER, Fault(kind=Kind.BULK_EDITED, edits=edits))
    return broken


def without(rows: dict[str, list[Row]], *, records: set[int]) -> dict[str, list[Row]]:
    """The rows of all but some customers: the second column is the customer's id."""
    return {
        table: [row for row in of_table if row[1] not in records]
        for table, of_table in rows.items()
    }


def read_book(connection: psycopg.Connection) -> tuple[Open, ...]:
    found = aside.entries(connection, shop=EMBER)
    connection.commit()
    return found


@pytest.mark.parametrize("count", [1, 10], ids=["one record", "one per cent"])
def test_all_but_the_records_at_fault_are_loaded(
    large: Stage, postgres: psycopg.Connection, count: int
) -> None:
    """Whole, with nothing of those that are set aside; each is named, with its line."""
    broken = break_some(large, count)
    [loaded] = large.run(STREAM, postgres)
    made = compiled(STREAM)
    expected = expected_rows(large.simulator, EMBER, made)
    left = {int(number) for number in broken}
    assert stored_rows(postgres, EMBER, made) == without(expected, records=left)
    assert loaded.records == 1_050 - count
    entries = {entry.record: entry for entry in read_book(postgres)}
    assert entries.keys() == broken.keys()
    for number, kind in broken.items():
        table, place, reason = REASONS[kind]
        entry = entries[number]
        assert (entry.table, entry.place) == (table, place)
        assert reason in entry.reason
        assert entry.line is not None
        assert entry.file is not None
        assert entry.file.endswith(".ndjson.zst")
    watermark = postgres.execute("SELECT watermark FROM shopify_assets.watermarks")
    assert watermark.fetchone() is not None


def test_more_than_one_per_cent_refuse_the_window(
    large: Stage, postgres: psycopg.Connection
) -> None:
    """For then the stream is misunderstood; how many, ten of them and the setting."""
    break_some(large, 50)
    with pytest.raises(DataError) as raised:
        large.run(STREAM, postgres)
    told = str(raised.value)
    assert re.search(r"50 of 1,04\d records cannot be read and 10 may be set", told)
    assert "SHOPIFY_ASSETS_MAX_SET_ASIDE" in told
    assert told.count("(record ") == 10
    assert read_book(postgres) == ()


# ── taken in later ───────────────────────────────────────────────────────────────────


def mend(
    store: FolderStore, extraction: Extraction, right: Callable[[bytes], bytes]
) -> None:
    """Put raw files right: as if a newer version of ours could read them."""
    extractions = Extractions(store)
    manifest = extractions.manifest(extraction)
    for part in manifest.parts:
        lines = b"".join(extractions.blocks(extraction, part))
        with store.local_temp() as folder, RawWriter(folder / "part") as writer:
            writer.write(right(lines))
            content = writer.finish()
            mended = msgspec.structs.replace(
                part,
                rows=content.rows,
                roots=content.roots,
                bytes=content.bytes,
                stored_bytes=content.stored_bytes,
                sha256=content.sha256,
            )
            extractions.finish(extraction, mended, file=folder / "part")
    extractions.complete(
        manifest.plan, extracted_at=manifest.extracted_at, spent=manifest.spent
    )


def take_in(stage: Stage, connection: psycopg.Connection) -> list[Retaken]:
    """Retry everything, by the present code."""
    done = retake.retake(
        compiled(STREAM),
        read_book(connection),
        store=stage.store,
        connection=connection,
        clock=stage.time,
    )
    return list(done)


def newest(stage: Stage) -> Extraction:
    [manifest] = Extractions(stage.store).find_complete(Extent(STREAM, EMBER, HISTORY))
    return manifest.extraction


def test_records_are_taken_in_later_and_shopify_is_not_asked(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """Those of which nothing newer is known: one changed since, one is gone."""
    own.simulator.arm(EMBER, bad_pages(*numbers(own)[:3]))
    own.run(STREAM, postgres)
    own.simulator.store(EMBER).faults.clear()
    left = {entry.record for entry in read_book(postgres)}
    assert len(left) == 3
    changed, gone, kept = sorted(filter(None, left))
    gid = f"gid://shopify/Customer/{changed}"
    own.simulator.truth(EMBER).update(gid, at=END + timedelta(minutes=5), note="new")
    own.run(STREAM, postgres, NEXT_DAY)
    assert {entry.record for entry in read_book(postgres)} == {gone, kept}
    own.simulator.truth(EMBER).delete(f"gid://shopify/Customer/{gone}")
    tombstone(
        postgres,
        Deletion(
            shop=EMBER,
            tables=compiled(STREAM).tables,
            ids=(int(gone),),
            deleted_at=own.time(),
            reason="told",
        ),
    )
    [entry] = read_book(postgres)
    assert entry.record == kept
    [still] = take_in(own, postgres)
    assert read_book(postgres) == (entry,)
    born = own.simulator.truth(EMBER).record(f"gid://shopify/Customer/{kept}")
    assert born is not None
    mend(
        own.store,
        newest(own),
        lambda lines: lines.replace(b"no time", str(born["createdAt"]).encode()),
    )
    asked = len(own.simulator.requests(EMBER).log)
    [retaken] = take_in(own, postgres)
    assert len(own.simulator.requests(EMBER).log) == asked
    assert (still.changed, retaken.failure, retaken.entries) == (0, "", 1)
    assert retaken.changed > 0
    assert read_book(postgres) == ()
    made = compiled(STREAM)
    expected = expected_rows(own.simulator, EMBER, made)
    assert stored_rows(postgres, EMBER, made) == expected


def test_an_entry_that_is_given_up_stays_so_while_it_is_met_again(
    own: Stage, postgres: psycopg.Connection
) -> None:
    own.simulator.arm(EMBER, bad_pages(numbers(own)[0]))
    own.run(STREAM, postgres)
    [entry] = read_book(postgres)
    given_up = aside.give_up(postgres, shop=EMBER, stream=STREAM, keys=[entry.key])
    own.run(STREAM, postgres)
    [again] = read_book(postgres)
    assert given_up == 1
    assert (again.record, again.since) == (entry.record, entry.since)
    assert again.given_up_at is not None
    assert again.extraction != entry.extraction


# ── proven ───────────────────────────────────────────────────────────────────────────


def test_verify_names_a_record_that_is_set_aside_and_why(copy: Copy) -> None:
    """The sweep that finds it cannot read it either, but for its id."""
    own, truth = copy.stage, copy.stage.simulator.truth(EMBER)
    missing, stale = numbers(own)[:2]
    own.simulator.arm(EMBER, bad_pages(missing))
    own.run(STREAM, copy.connection)
    gids = [f"gid://shopify/Customer/{number}" for number in (missing, stale)]
    truth.update(gids[1], at=END + timedelta(minutes=5), note="new")
    own.simulator.store(EMBER).faults.clear()
    own.simulator.arm(EMBER, bad_pages(missing, stale))
    own.run(STREAM, copy.connection, NEXT_DAY)
    proof = copy.prove(STREAM, Wanted(sample=0))
    found = {gap.ids: gap for gap in troubles(proof, Trouble.MISSING)}
    gap = found[gids[0],]
    assert gap.detail.startswith(f"missing, for it is set aside: record {missing} (")
    assert "'no time' is no timestamptz" in gap.set_aside
    assert {entry.record for entry in read_book(copy.connection)} == {missing, stale}


# ── snapshots ────────────────────────────────────────────────────────────────────────


def living(connection: psycopg.Connection) -> set[int]:
    found = connection.execute(
        "SELECT id FROM shopify.locations WHERE _deleted_at IS NULL"
    ).fetchall()
    connection.commit()
    return {number for (number,) in found}


def test_a_snapshot_buries_no_record_that_is_set_aside(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """What it holds in an older state stays; what is gone is buried all the same."""
    own.run("locations", postgres)
    unreadable, gone, *others = sorted(living(postgres))
    truth = own.simulator.truth(EMBER)
    truth.delete(f"gid://shopify/Location/{gone}")
    own.simulator.arm(EMBER, bad_pages(str(unreadable), of="Location"))
    own.run("locations", postgres)
    [entry] = read_book(postgres)
    assert entry.record == str(unreadable)
    assert living(postgres) == {unreadable, *others}
    own.simulator.store(EMBER).faults.clear()
    own.run("locations", postgres)
    assert read_book(postgres) == ()
    assert living(postgres) == {unreadable, *others}


def test_a_snapshot_with_a_record_of_unknown_id_buries_nothing(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """It may be any of those stored; the next whole snapshot says which are gone."""
    own.run("locations", postgres)
    unreadable, gone, *others = sorted(living(postgres))
    own.simulator.truth(EMBER).delete(f"gid://shopify/Location/{gone}")
    place = rf'"gid://shopify/Location/{unreadable}"'
    fault = Fault(kind=Kind.EDITED, times=None, edits=((place, "null"),))
    own.simulator.arm(EMBER, fault)
    own.run("locations", postgres)
    entries = read_book(postgres)
    assert {entry.record for entry in entries} == {None}
    assert 1 in {entry.line for entry in entries}
    assert living(postgres) == {unreadable, gone, *others}
    own.simulator.store(EMBER).faults.clear()
    own.run("locations", postgres)
    assert read_book(postgres) == ()
    assert living(postgres) == {unreadable, *others}
