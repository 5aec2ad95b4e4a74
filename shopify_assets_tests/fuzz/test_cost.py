"""The requested cost of tangled queries, against the law written down a second time."""

from __future__ import annotations

from random import Random

from shopify_assets.catalog.schema import load_schema
from shopify_assets.simulator.graphql.execute import prepare
from shopify_assets.simulator.graphql.weighing import Weighing
from shopify_assets.simulator.graphql.wire import executable
from shopify_assets_tests.fuzz import law
from shopify_assets_tests.fuzz.chance import Tangle
from shopify_assets_tests.fuzz.writing import Writer

QUERIES = 240


def test_requested_cost_is_that_of_the_law(dice_seed: str) -> None:
    schema = load_schema()
    compared = set()
    for number in range(QUERIES):
        dice = Random(f"{dice_seed} cost {number}")
        tangle = Tangle(Writer(schema, dice), dice)
        text = tangle.query(depth=dice.choice((1, 2, 2, 3)))
        operation = prepare(text, tangle.variables, None)
        weighing = Weighing(schema, operation.fragments, operation.variables)
        cost = weighing.query(operation.node.selection_set).requested()
        expected = law.requested(executable(), text, tangle.variables)
        assert cost == expected, f"{dice_seed} {number}: {text} {tangle.variables}"
        compared.add(cost)
    assert len(compared) > QUERIES // 4, "costs of hardly any variety prove little"
