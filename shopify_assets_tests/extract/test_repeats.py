"""Records that pages give twice, word for word, are taken once."""

from __future__ import annotations

from shopify_assets.extract.repeats import Repeats

FIRST = {"id": "gid://shopify/Order/1", "note": "a", "lines": {"nodes": [{"id": "x"}]}}
OTHER = {"id": "gid://shopify/Order/2", "note": "a", "lines": {"nodes": [{"id": "x"}]}}


def test_the_very_same_record_is_a_repeat_and_no_other_is() -> None:
    repeats = Repeats()
    assert [repeats.is_one(node) for node in (FIRST, OTHER, FIRST, OTHER)] == [
        False,
        False,
        True,
        True,
    ]


def test_a_record_that_changed_meanwhile_is_none() -> None:
    repeats = Repeats()
    changed = {**FIRST, "lines": {"nodes": []}}
    assert [repeats.is_one(node) for node in (FIRST, changed, changed)] == [
        False,
        False,
        True,
    ]


def test_records_without_an_id_are_told_by_their_text() -> None:
    repeats = Repeats()
    halves = {"note": "\ud83d"}
    assert [repeats.is_one(node) for node in (halves, {"note": ""}, halves)] == [
        False,
        False,
        True,
    ]
