"""A process that leaves finishes what must not be cut, and undoes the rest."""

from __future__ import annotations

import threading

import pytest

from shopify_assets.leaving import Departure


def test_what_must_not_be_cut_is_waited_for_and_the_rest_undone() -> None:
    departure = Departure()
    steps: list[str] = []
    began, go_on = threading.Event(), threading.Event()

    def trade() -> None:
        with departure.uncut():
            began.set()
            go_on.wait(10)
            steps.append("stored")

    thread = threading.Thread(target=trade)
    thread.start()
    began.wait(10)
    threading.Timer(0.1, go_on.set).start()
    with departure.undoing(lambda: steps.append("undone")):
        with departure.undoing(lambda: steps.append("never")):
            pass
        departure.prepare(patience=10)
    thread.join()
    assert steps == ["stored", "undone"]


def test_nothing_new_begins_once_the_process_is_leaving() -> None:
    departure = Departure()
    departure.prepare()
    begun = threading.Event()

    def late() -> None:
        with departure.uncut():
            begun.set()

    threading.Thread(target=late, daemon=True).start()
    assert not begun.wait(0.2)


def test_what_cannot_be_undone_does_not_keep_the_rest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    departure = Departure()
    steps: list[str] = []

    def fail() -> None:
        raise OSError("no such disk")

    with departure.undoing(fail), departure.undoing(lambda: steps.append("undone")):
        departure.prepare()
    assert steps == ["undone"]
    assert "no such disk" in capsys.readouterr().err
