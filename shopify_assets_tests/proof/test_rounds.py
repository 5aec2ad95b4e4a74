"""The pure decisions of a rotation: no record is left out, and how sure that makes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopify_assets.postgres.books.rotations import BEGIN, END, Rotation, Through
from shopify_assets.proof import confidence, rotation
from shopify_assets.proof.covered import Covered, figures, proofs_of_a_round
from shopify_assets.proof.rotation import Arc, Pace, Places

NOW = datetime(2026, 11, 29, 3, 30, tzinfo=UTC)


@dataclass
class Shop:
    """Records by their places, compared proof by proof."""

    rounds: int
    least: int = 1
    most: int | None = None  # records a proof, where points end it
    reached: Rotation | None = None
    proofs: list[set[int]] = field(default_factory=list)

    def prove(self, records: set[int]) -> set[int]:
        """Compare the records whose turn it is, in portions of three."""
        places = sorted(records)
        reached = rotation.begun(self.reached, places=Places.ID, now=NOW)
        arc = rotation.due(places, reached, Pace(self.rounds, self.least))
        compared: set[int] = set()
        while arc.records and (self.most is None or len(compared) < self.most):
            size = 3 if self.most is None else min(3, self.most - len(compared))
            portion = rotation.portion(places, arc, most=size)
            inside = {each for each in places if portion.begin <= each < portion.end}
            assert len(inside) == portion.records
            compared |= inside
            reached = rotation.compared(
                reached, portion, records=len(inside), points=0.0
            )
            arc = rotation.rest(arc, portion)
        if not arc.records and arc.end == END:
            reached = replace(reached, position=END)
        self.reached = rotation.ended(
            reached, rounds=self.rounds, sure=0, records=len(places), now=NOW
        )
        self.proofs.append(compared)
        return compared


spots = st.sets(st.integers(-50, 50), max_size=40)


@settings(max_examples=300)
@given(st.lists(spots, min_size=1, max_size=14), st.integers(1, 5), st.integers(0, 9))
def test_a_record_that_stays_is_compared_within_so_many_proofs(
    shops: list[set[int]], rounds: int, least: int
) -> None:
    """Whatever others come and go, and from whichever proof one begins to count."""
    shop = Shop(rounds, least)
    for records in shops:
        shop.prove(records)
    for first in range(len(shops) - rounds + 1):
        stayed = set.intersection(*shops[first : first + rounds])
        compared = set.union(*shop.proofs[first : first + rounds])
        assert stayed <= compared


@settings(max_examples=300)
@given(st.data(), st.integers(1, 4))
def test_a_record_that_moves_on_is_compared_within_its_round(
    data: st.DataObject, rounds: int
) -> None:
    """As when places are times, and whatever changes goes to the end."""
    places = {number: number for number in range(data.draw(st.integers(1, 20)))}
    shop, compared, newest = Shop(rounds), set[int](), len(places)
    for _ in range(rounds):
        now = shop.prove(set(places.values()))
        compared |= {each for each, place in places.items() if place in now}
        for each in data.draw(st.sets(st.sampled_from(sorted(places)), max_size=3)):
            newest += 1
            places[each] = newest
        newest += 1
        places[newest + 1_000] = newest
    assert set(range(1_000)) & places.keys() <= compared


@given(spots, st.integers(1, 6), st.integers(1, 7))
def test_where_points_end_a_proof_a_round_takes_as_many_as_it_needs(
    records: set[int], rounds: int, most: int
) -> None:
    shop = Shop(rounds, most=most)
    needed = max(rounds, math.ceil(len(records) / most))
    for _ in range(needed):
        shop.prove(records)
    assert set.union(*shop.proofs) == records
    assert all(len(compared) <= most for compared in shop.proofs)


@given(st.sets(st.integers(), max_size=50))
def test_fewer_records_than_the_sample_are_compared_at_once(records: set[int]) -> None:
    inside = {each for each in records if BEGIN <= each < END}
    assert Shop(4, least=50).prove(inside) == inside


def test_a_stream_that_outgrows_the_sample_takes_its_four_proofs_again() -> None:
    shop = Shop(4, least=50)
    for _ in range(5):
        assert len(shop.prove(set(range(40)))) == 40
    sizes = [len(shop.prove(set(range(1_000)))) for _ in range(8)]
    assert sizes == [250] * 8


def test_rounds_go_on_after_one_another() -> None:
    shop = Shop(2)
    for _ in range(3):
        shop.prove({1, 2, 3, 4})
    assert shop.proofs == [{1, 2}, {3, 4}, {1, 2}]
    assert shop.reached is not None
    assert (shop.reached.round, shop.reached.proofs) == (2, 1)
    assert shop.reached.last == Through(
        begun_at=NOW, ended_at=NOW, compared=0, records=4
    )


def test_records_of_one_place_are_not_parted() -> None:
    """A window cannot part what changed within a second."""
    places = [1, 5, 5, 5, 9]
    arc = rotation.due(places, Rotation(places="time"), Pace(4))
    assert arc == Arc(BEGIN, 9, 4)
    assert rotation.portion(places, arc, most=1) == Arc(BEGIN, 5, 1)


def test_what_gives_places_changes_with_a_round_only() -> None:
    midway = Rotation(places="id", position=7)
    assert rotation.begun(midway, places=Places.TIME, now=NOW).places == "id"
    through = Rotation(places="id", round=3, position=END)
    begun = rotation.begun(through, places=Places.TIME, now=NOW)
    assert (begun.places, begun.round, begun.position) == ("time", 4, BEGIN)


# ── places ───────────────────────────────────────────────────────────────────────────


@given(st.lists(st.integers(BEGIN, END), unique=True, max_size=30))
def test_every_id_has_a_place_of_its_own(ids: list[int]) -> None:
    places = rotation.places_by_id(pl.Series(ids, dtype=pl.Int64))
    assert places.n_unique() == len(ids)
    assert all(BEGIN <= place < END for place in places)


def test_places_are_the_same_on_every_machine() -> None:
    """They are kept for months."""
    numbers = rotation.places_by_id(pl.Series([1, 2, -5]))
    assert numbers.to_list() == [
        6238072747940578789,
        -2606959012126976886,
        5185122842947594062,
    ]
    texts = rotation.places_by_id(pl.Series(["gid://shopify/Order/1"]))
    assert texts.to_list() == [1083449194270210551]


def test_ids_in_a_row_are_spread_evenly() -> None:
    """So that a part of the places is a fair sample of all records."""
    places = rotation.places_by_id(pl.Series(range(10**12, 10**12 + 40_000)))
    for part in _quarters():
        inside = places.is_between(*part, closed="left").sum()
        assert abs(int(inside) - 10_000) < 400


def _quarters() -> Iterator[tuple[int, int]]:
    width = 2**62
    for number in range(4):
        begin = BEGIN + number * width
        yield begin, min(begin + width, END)


def test_places_by_time_are_whole_seconds() -> None:
    times = [
        datetime(2026, 1, 1, 0, 0, 1, 999_999, UTC),
        datetime(1969, 12, 31, 23, 59, 59, 1, UTC),
    ]
    changed = pl.Series(times, dtype=pl.Datetime("us", "UTC"))
    assert rotation.places_by_time(changed).to_list() == [1767225601, -1]


# ── confidence ───────────────────────────────────────────────────────────────────────


@given(st.data(), st.integers(1, 3_000))
def test_the_confidence_is_the_hypergeometric_one(
    data: st.DataObject, records: int
) -> None:
    compared = data.draw(st.integers(0, records))
    wrong = max(1, records // 1_000)
    alike = Fraction(math.comb(records - wrong, compared), math.comb(records, compared))
    found = confidence.confidence(records=records, compared=compared)
    assert math.isclose(found, 1 - alike, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("records", "compared", "told"),
    [
        (100_000, 50, "4.8 %"),
        (100_000, 25_000, "99.9 %"),
        (100_000, 99_999, "99.9 %"),
        (100_000, 100_000, "100 %"),
        (1_000_000, 2_500, "91.8 %"),
        (30, 29, "96.6 %"),
        (30, 30, "100 %"),
        (0, 0, "100 %"),
        (30, 0, "0.0 %"),
    ],
)
def test_only_when_all_were_compared_it_is_all(
    records: int, compared: int, told: str
) -> None:
    assert confidence.told(records=records, compared=compared) == told


# ── what is said ─────────────────────────────────────────────────────────────────────

MIDWAY = Rotation(
    places="time",
    round=2,
    position=7,
    begun_at=NOW,
    proofs=1,
    compared=25_000,
    points=50.0,
    last=Through(begun_at=NOW, ended_at=NOW, compared=99_990, records=100_000),
)
COVERED = Covered(
    records=100_000,
    compared=25_050,
    in_round=25_050,
    rounds=4,
    rotation=MIDWAY,
)


def test_a_verdict_says_how_much_and_since_when_and_how_sure() -> None:
    said = figures(COVERED)
    assert said["told"] == (
        "25,050 of 100,000 records compared now; 25.0 % of round 2, begun 2026-11-29, "
        "4 proofs a round; the last full round: 2026-11-29 to 2026-11-29, 99,990 of "
        "100,000 compared; 0.1 % of wrong records would have been found with "
        "99.9 %"
    )
    assert said["all compared"] is False


def test_all_is_said_in_a_word() -> None:
    said = figures(replace(COVERED, records=30, compared=30, in_round=30))
    assert said["told"] == "all 30 records compared"
    assert said["all compared"] is True


def test_where_points_end_a_proof_a_verdict_says_how_many_a_round_takes() -> None:
    """At the pace so far: 22,500 records in two proofs."""
    slow = replace(MIDWAY, proofs=2, compared=22_490, missed=10)
    found = replace(COVERED, rotation=slow)
    assert proofs_of_a_round(found) == 9
    assert "9 proofs a round" in str(figures(found)["told"])
