"""Whatever is asked: never HTTP 500, and every value of its type.

A part of all queries is asked in every run of the tests, chosen by the day's seed, and
all of them by `make fuzz`. FUZZ_SEED=… repeats what a seed chose.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from shopify_assets.catalog.schema import load_schema
from shopify_assets_tests.fuzz.categories import Asking
from shopify_assets_tests.fuzz.harvest import harvested
from shopify_assets_tests.fuzz.judging import Problem, Shop
from shopify_assets_tests.fuzz.known import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHARE = 0.04
_TOLD = 12


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as running:
        yield running


@pytest.mark.timeout(900)
def test_part_of_all_queries_is_answered_in_form(shop: Shop, dice_seed: str) -> None:
    _assert_none(_news(shop, dice_seed, SHARE), dice_seed)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_every_query_is_answered_in_form(shop: Shop, dice_seed: str) -> None:
    news = list(_news(shop, dice_seed, 1.0))
    print(f"\nFUZZ_SEED={dice_seed}")  # noqa: T201 -- `make fuzz` shows its figures
    for line in shop.report():
        print(line)  # noqa: T201 -- the same
    _assert_none(news, dice_seed)


def test_what_is_known_to_be_wrong_is_wrong_still(shop: Shop) -> None:
    mended = [
        entry.reason
        for entry in KNOWN
        if not any(map(entry.covers, shop.problems([entry.case])))
    ]
    assert mended == [], "no longer wrong: take it off the list in known.py"


def _news(shop: Shop, seed: str, share: float) -> Iterator[Problem]:
    """The problems that are not known."""
    ids = harvested(shop, load_schema())
    asking = Asking(Random(f"{seed} fuzz"), ids, share)
    for problem in shop.problems(asking.cases()):
        if not any(entry.covers(problem) for entry in KNOWN):
            yield problem


def _assert_none(problems: Iterable[Problem], seed: str) -> None:
    lines = [f"{problem}\n    {problem.case.body[:600]!r}" for problem in problems]
    more = f"… {len(lines) - _TOLD} more" if len(lines) > _TOLD else ""
    told = "\n".join((*lines[:_TOLD], more))
    assert not lines, f"FUZZ_SEED={seed}: {len(lines)} problems\n{told}"
