"""What a run against a wrong answer may come to, and what it may not.

Charter: the oracle. All the truth, or an error of ours that names its shop, or less
with a word of it: anything else is a fault.
"""

from __future__ import annotations

import json
import traceback
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import TYPE_CHECKING, Any

from shopify_assets.errors import ShopifyAssetsError
from shopify_assets_tests.fuzz.answers.lines import of_lines
from shopify_assets_tests.fuzz.answers.mutations import mutation
from shopify_assets_tests.stage import EMBER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets_tests.fuzz.answers.recording import Exchange, Mutation
    from shopify_assets_tests.fuzz.answers.runs import Place, Scenario


class Ending(Enum):
    """How a run ended."""

    WHOLE = "all the truth"
    OURS = "an error of ours"
    TOLD = "less, and told"
    FOREIGN = "an exception that is none of ours"
    UNNAMED = "an error of ours that names no shop"
    SILENT = "less than the truth, called whole"
    UNREACHED = "the answer was not asked for"


FAULTS = {Ending.FOREIGN, Ending.UNNAMED, Ending.SILENT}


@dataclass(frozen=True)
class Judged:
    """A run, and how it ended."""

    number: int
    scenario: str
    mutation: str
    ending: Ending
    told: str

    def __str__(self) -> str:
        """For people, with the number that repeats it."""
        return (
            f"#{self.number} {self.scenario}: {self.mutation}\n"
            f"    {self.ending.value}: {self.told[-700:]}"
        )


@dataclass
class Judge:
    """Runs scenarios against wrong answers, chosen by a seed."""

    place: Place
    scenarios: tuple[Scenario, ...]
    endings: Counter[Ending] = field(default_factory=Counter)
    _truth: dict[str, Any] = field(default_factory=dict)
    _exchanges: dict[str, list[Exchange]] = field(default_factory=dict)

    def learn(self) -> None:
        """Run all scenarios unharmed, and remember what they bring."""
        for scenario in self.scenarios:
            # The second time, what goes on upstream has ended.
            for _ in range(2):
                self.place.recorder.begin(None)
                came = scenario.run(self.place)
                assert came.is_whole, f"{scenario.name}: {came.said}"
            self._truth[scenario.name] = came.content
            self._exchanges[scenario.name] = list(self.place.recorder.seen)

    def judge(self, seed: str, count: int, *, first: int = 0) -> Iterator[Judged]:
        """Judge so many changes."""
        for number in range(first, first + count):
            dice = Random(f"{seed} answers {number}")
            scenario = dice.choice(self.scenarios)
            chosen = self.chosen(scenario, dice)
            yield self._judged(number, scenario, chosen)

    def chosen(self, scenario: Scenario, dice: Random) -> Mutation:
        """Choose a change of one of the scenario's answers."""
        exchanges = self._exchanges[scenario.name]
        files = [each for each in exchanges if each.is_file]
        if files and dice.random() < 0.6:
            return of_lines(dice.choice(files), _bulk_query(exchanges), dice)
        others = [each for each in exchanges if not each.is_file]
        return mutation(dice.choice(others), dice)

    def _judged(self, number: int, scenario: Scenario, chosen: Mutation) -> Judged:
        self.place.recorder.begin(chosen)
        ending, told = self._ending(scenario)
        if not self.place.recorder.changed and ending is not Ending.FOREIGN:
            ending = Ending.UNREACHED
        self.endings[ending] += 1
        return Judged(number, scenario.name, chosen.name, ending, told)

    def _ending(self, scenario: Scenario) -> tuple[Ending, str]:
        try:
            came = scenario.run(self.place)
        except ShopifyAssetsError as error:
            told = f"{type(error).__name__}: {error}"
            return (Ending.OURS if EMBER in told else Ending.UNNAMED), told
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            return Ending.FOREIGN, "".join(traceback.format_exception(error))
        if came.content == self._truth[scenario.name]:
            return Ending.WHOLE, came.said
        if not came.is_whole:
            return Ending.TOLD, came.said
        return Ending.SILENT, _difference(came.content, self._truth[scenario.name])


def _bulk_query(exchanges: list[Exchange]) -> str:
    """The query of the one operation that was submitted."""
    [submitted] = [each for each in exchanges if "bulkOperationRunQuery" in each.query]
    return str(json.loads(submitted.variables)["query"])


def _difference(came: Any, truth: Any) -> str:
    if isinstance(came, dict) and isinstance(truth, dict):
        return "; ".join(
            f"{name}: {_difference(came.get(name), truth[name])}"
            for name in truth
            if came.get(name) != truth[name]
        )
    if isinstance(came, list) and isinstance(truth, list):
        missing = [each for each in truth if each not in came]
        surplus = [each for each in came if each not in truth]
        return (
            f"{len(came)} of {len(truth)}, missing {_start(missing)}, "
            f"surplus {_start(surplus)}"
        )
    return f"{_start(came)} instead of {_start(truth)}"


def _start(value: Any) -> str:
    return repr(value)[:150]
