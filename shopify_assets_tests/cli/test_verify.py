"""`verify`, from the command line: verdicts, repair, the page."""

from __future__ import annotations

import html.parser
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import Simulator
from shopify_assets.windows import Window
from shopify_assets_tests.cli.conftest import entry
from shopify_assets_tests.proof.conftest import Copy
from shopify_assets_tests.stage import EMBER, LUMEN, Stage, Time, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import psycopg

    from shopify_assets_tests.cli.conftest import Called

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
SPAN = {"start": TODAY - timedelta(days=40), "end": TODAY - timedelta(days=1)}
SELECTED = ("--select", "draft_orders", "--select", "locations")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Two shops whose short history ends yesterday."""
    with Simulator([shop(each, orders=30, **SPAN) for each in (EMBER, LUMEN)]) as it:
        yield it


@pytest.fixture
def copy(place: Path, simulator: Simulator, postgres: psycopg.Connection) -> Copy:
    """Two streams of one shop, loaded where the command looks for them."""
    begin = SPAN["start"].date()
    entries = [
        entry(simulator, each, f"start_date = {begin}") for each in (EMBER, LUMEN)
    ]
    (place / "shops.toml").write_text("".join(entries), "utf-8")
    time = Time(datetime.now(UTC))
    stage = Stage(simulator, place / ".shopify_assets" / "lake", time)
    for stream in ("draft_orders", "locations"):
        stage.run(stream, postgres, Window(SPAN["start"], TODAY))
    return Copy(stage, postgres)


def test_a_whole_copy_is_proven_and_the_command_succeeds(
    copy: Copy, call: Callable[..., Called]
) -> None:
    done = call("verify", "--shop", EMBER, *SELECTED, "--json")
    assert done.code == 0
    assert [(each["stream"], each["verdict"]) for each in done.json] == [
        ("draft_orders", "whole"),
        ("locations", "whole"),
    ]
    assert "shpat" not in done.out + done.err
    [rows] = copy.execute("SELECT count(DISTINCT stream) FROM shopify_assets.proofs")
    assert rows == (2,)


def test_a_gap_is_named_fails_the_command_and_is_mended(
    copy: Copy, call: Callable[..., Called]
) -> None:
    [(lost,)] = copy.execute("SELECT min(id) FROM shopify.draft_orders")
    copy.execute("DELETE FROM shopify.draft_orders WHERE id = %s", lost)
    done = call("verify", "--shop", EMBER, *SELECTED)
    assert done.code == 1
    assert f"{EMBER}, draft_orders: ids: " in done.out
    assert f"1 missing: {lost}" in done.out
    assert "error: 1 of 2 streams are not proven whole" in done.err
    mended = call("verify", "--shop", EMBER, *SELECTED, "--repair", "--sample", "3")
    assert mended.code == 0
    assert "repair: 1 records fetched by id" in mended.out
    assert copy.is_whole("draft_orders")
    few = ("--sample", "1", "--rounds", "9", "--max-points", "1")
    turned = call("verify", "--shop", EMBER, *SELECTED, *few)
    assert f"{EMBER}, draft_orders: sample: " in turned.out
    assert " records compared now; " in turned.out


def test_a_copy_of_sixty_days_is_proven_as_such(
    copy: Copy, place: Path, call: Callable[..., Called]
) -> None:
    """At the terminal, for machines, in the book and on its page, with the date."""
    scopes = copy.stage.simulator.store(EMBER).scopes()
    copy.stage.simulator.grant(EMBER, *(set(scopes) - {"read_all_orders"}))
    copy.stage.run("orders", copy.connection, Window(SPAN["start"], TODAY))
    since = f"{datetime.now(UTC) - timedelta(days=60):%Y-%m-%d}"
    reason = f"orders made before {since} are not shown to this app; grant read_all_"
    file = place / "proof.html"
    asked = ("verify", "--shop", EMBER, "--select", "orders", "--page", str(file))
    done = call(*asked)
    assert done.code == 0
    assert f"{EMBER}, orders: ids: proven for 60 days: {reason}" in done.out
    assert "1 streams: 1 proven for 60 days" in done.out.splitlines()
    [told] = call(*asked, "--json").json
    assert told["verdict"] == "proven for 60 days"
    assert [each[: len(reason)] for each in told["provisos"]] == [reason]
    book = "SELECT DISTINCT verdict FROM shopify_assets.proofs WHERE kind = 'ids'"
    assert copy.execute(f"{book} AND stream = 'orders'") == [("proven for 60 days",)]
    assert "proven for 60 days" in " ".join(Page(file.read_text("utf-8")).cells)
    assert reason in file.read_text("utf-8")


class Page(html.parser.HTMLParser):
    """The texts of a page's cells, and the names of all its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self.tags.add(tag)
        if tag in {"td", "th"}:
            self._inside = True
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.cells[-1] += data


def test_the_page_is_a_matrix_of_all_that_was_ever_proven(
    copy: Copy, place: Path, call: Callable[..., Called]
) -> None:
    """A shop that was never loaded has gaps; nothing on the page needs a script."""
    copy.execute("UPDATE shopify.draft_orders SET note = 'Ada <ada@example.com>'")
    assert call("verify", "--shop", EMBER, *SELECTED).code == 1
    file = place / "proof.html"
    done = call("verify", "--shop", LUMEN, *SELECTED[2:], "--page", str(file))
    assert done.code == 1
    text = file.read_text("utf-8")
    page = Page(text)
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    assert page.cells == [
        *("stream", EMBER, LUMEN),
        *("draft_orders", f"gap{day}", "never proven"),
        *("locations", f"whole{day}", f"gap{day}"),
    ]
    assert page.tags <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p"),
        *("table", "tr", "th", "td", "small", "ul", "li"),
    }
    assert "note differs" in text
    assert "Ada" not in text
    assert "http" not in text


def test_streams_that_were_never_loaded_are_told_in_one_line(
    copy: Copy, call: Callable[..., Called]
) -> None:
    """They are gaps, and named; but a hundred lines would hide what else there is."""
    assert copy.is_whole("locations")
    done = call("verify", "--shop", EMBER)
    assert done.code == 1
    (line,) = [each for each in done.out.splitlines() if "never loaded" in each]
    assert f"{EMBER}: " in line
    assert "metaobjects, " in line
    assert "; backfill them, or name those you want" in line


def test_a_shop_that_is_closed_does_not_hide_another(
    copy: Copy, simulator: Simulator, call: Callable[..., Called]
) -> None:
    assert copy.is_whole("locations")
    simulator.arm(LUMEN, Fault(kind=Kind.REVOKED, times=None))
    done = call("verify", "--select", "locations", "--json")
    assert done.code == 1
    verdicts = {each["shop"]: each["verdict"] for each in done.json}
    assert verdicts == {EMBER: "whole", LUMEN: "undecided"}
    [failed] = [each for each in done.json if each["shop"] == LUMEN]
    assert "refuses the access token" in failed["failure"]


def test_a_shop_that_closes_on_the_way_is_told_once(
    copy: Copy, call: Callable[..., Called]
) -> None:
    """What is left of it is undecided for the same reason, which is told."""
    lost = Fault(kind=Kind.REVOKED, match="query draft_orders", times=None)
    copy.stage.simulator.arm(EMBER, lost)
    done = call("verify", "--shop", EMBER, *SELECTED)
    assert done.code == 1
    assert "2 streams: 2 undecided" in done.out.splitlines()
    assert done.out.count("refuses the access token") == 2
    lines = [line for line in done.err.splitlines() if line.startswith(EMBER)]
    assert len(lines) == 2
    assert lines[0].startswith(f"{EMBER} [1/2] draft_orders: undecided: ")
    assert "refuses the access token" in lines[0]
    assert lines[1] == f"{EMBER}: 1 more undecided, for the same reason"


def test_a_closed_shop_is_written_down_in_a_warehouse_that_is_empty_yet(
    place: Path,
    simulator: Simulator,
    postgres: psycopg.Connection,
    call: Callable[..., Called],
) -> None:
    (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
    simulator.arm(EMBER, Fault(kind=Kind.REVOKED, times=None))
    done = call("verify", "--select", "locations")
    assert done.code == 1
    book = "SELECT DISTINCT stream, verdict, reason FROM shopify_assets.proofs"
    [(stream, verdict, reason)] = postgres.execute(book).fetchall()
    assert (stream, verdict) == ("locations", "undecided")
    assert "refuses the access token" in reason


def test_a_stream_nobody_knows_is_refused(
    copy: Copy, call: Callable[..., Called]
) -> None:
    del copy
    done = call("verify", "--select", "ordres")
    assert done.code == 2
    assert "stream 'ordres' is unknown" in done.err


def test_a_stream_that_fails_hides_no_other_and_is_written_down(
    copy: Copy, place: Path, call: Callable[..., Called]
) -> None:
    """Undecided, with the reason: at the terminal, on the page, in the exit code."""
    broken = Fault(
        kind=Kind.STRANGE_ERROR,
        code="BROKEN",
        message="Sorry",
        match="query locations",
        times=None,
    )
    copy.stage.simulator.arm(EMBER, broken)
    file = place / "proof.html"
    done = call("verify", "--shop", EMBER, *SELECTED, "--page", str(file))
    assert done.code == 1
    assert "2 streams: 1 whole, 1 undecided" in done.out.splitlines()
    reasons = [each for each in done.out.splitlines() if "BROKEN: Sorry" in each]
    assert [each.partition("undecided: ")[0] for each in reasons] == [
        f"{EMBER}, locations: ids, counts, sample: "
    ]
    assert (
        "1 of 2 streams are not proven whole (1 undecided); the first is locations"
        in done.err
    )
    text = file.read_text("utf-8")
    assert "<p>2 streams of shops: 1 whole, 1 undecided.</p>" in text
    assert f"undecided{datetime.now(UTC):%Y-%m-%d}" in Page(text).cells


def test_what_does_not_apply_is_not_counted_as_whole(
    copy: Copy, simulator: Simulator, place: Path, call: Callable[..., Called]
) -> None:
    """A stream without its scope, never loaded: nothing is known of it."""
    assert copy.is_whole("locations")
    scopes = simulator.store(EMBER).scopes()
    simulator.grant(EMBER, *(set(scopes) - {"read_themes"}))
    file = place / "proof.html"
    asked = ("--select", "locations,themes", "--page", str(file))
    done = call("verify", "--shop", EMBER, *asked)
    assert done.code == 0
    assert "2 streams: 1 whole, 1 not applicable" in done.out.splitlines()
    assert "2 streams of shops: 1 whole, 1 not applicable." in file.read_text("utf-8")


def test_a_signal_leaves_what_is_finished_shown_and_written_down(
    copy: Copy, place: Path
) -> None:
    """The second stream is being proven when Ctrl-C comes."""
    stall = Fault(kind=Kind.STALL, seconds=60, match="query locations", times=None)
    copy.stage.simulator.arm(EMBER, stall)
    command = [sys.executable, "-m", "shopify_assets.cli", "verify", "--shop", EMBER]
    with subprocess.Popen(  # noqa: S603 -- our own words
        [*command, *SELECTED],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as verify:
        assert verify.stderr is not None
        for line in verify.stderr:
            if "draft_orders: whole" in line:
                break
        verify.send_signal(signal.SIGINT)
        out, remarks = verify.communicate(timeout=60)
    assert verify.returncode == 128 + signal.SIGINT
    assert "1 streams: 1 whole" in out.splitlines()
    assert "ended by SIGINT; what is finished is kept" in remarks
    book = "SELECT DISTINCT stream, verdict FROM shopify_assets.proofs"
    assert copy.execute(book) == [("draft_orders", "whole")]
