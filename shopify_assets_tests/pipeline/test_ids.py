"""No record is refused, merged into another or lost for the form of its id.

The drill: every stream is loaded, merged, verified and repaired with ids of each form.
One form a stream runs with all tests; all forms of all streams by `make drill`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from shopify_assets.proof.verdicts import Verdict
from shopify_assets.simulator.http.server import Simulator
from shopify_assets.simulator.world.forms import Form
from shopify_assets.streams import STREAMS
from shopify_assets_tests.expected import expected_rows, states, stored_rows
from shopify_assets_tests.proof.conftest import Copy
from shopify_assets_tests.stage import LUMEN, Stage, Time, compiled, shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.proof.verdicts import StreamProof

FORMS = (
    Form.MIX, Form.UUID, Form.HEX, Form.BASE64, Form.WORD, Form.QUERY, Form.HUGE,
)  # fmt: skip
NAMES = sorted(stream.name for stream in STREAMS)
ONE_EACH = [(name, FORMS[place % len(FORMS)]) for place, name in enumerate(NAMES)]
# A third of the streams each day; `make drill` takes all, in all forms.
TODAY = datetime.now(UTC).date().toordinal() % 3
ALL = [(name, form) for form in FORMS for name in NAMES]
# Its records come about by reading: a second look finds more of them.
MADE_BY_READING = "bulk_operations"


@pytest.fixture(scope="module")
def shops() -> Iterator[dict[Form, Simulator]]:
    """A shop for each form, in which every id is of it."""
    started: dict[Form, Simulator] = {}
    yield started
    for simulator in started.values():
        simulator.stop()


@pytest.fixture
def odd(shops: dict[Form, Simulator], form: Form, tmp_path: Path) -> Stage:
    """The shop of one form, and a lake of the test's own."""
    if form not in shops:
        made = shop(
            LUMEN,
            orders=12,
            currency="EUR",
            presentment_currencies=("USD", "KWD"),
            seed=7,
            id_forms={"*": form},
        )
        shops[form] = Simulator([made], clock=Time()).start()
    wall = shops[form].store(LUMEN).clock
    return Stage(shops[form], tmp_path / "lake", Time(), wall=wall)


@pytest.mark.parametrize(("name", "form"), ONE_EACH[TODAY::3])
def test_a_stream_takes_ids_of_a_form(
    odd: Stage, postgres: psycopg.Connection, name: str
) -> None:
    drill(odd, postgres, name)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "form"), ALL)
def test_every_stream_takes_ids_of_every_form(
    odd: Stage, postgres: psycopg.Connection, name: str
) -> None:
    drill(odd, postgres, name)


def drill(odd: Stage, postgres: psycopg.Connection, name: str) -> None:
    """Load, merge, verify, lose a record, name it, and have it back."""
    stream, copy = compiled(name), Copy(odd, postgres)
    [loaded] = odd.run(name, postgres, shop=LUMEN)
    assert loaded.findings == ()
    if name == MADE_BY_READING:
        return
    expected = expected_rows(odd.simulator, LUMEN, stream)
    assert stored_rows(postgres, LUMEN, stream) == expected
    before = states(postgres, stream)
    [again] = odd.run(name, postgres, shop=LUMEN)
    assert (again.changed, again.rows) == (0, loaded.rows)
    assert states(postgres, stream) == before
    assert alarms(copy.prove(name, shop=LUMEN)) == []
    if expected[stream.root.name]:
        lose_one(copy, stream)
        named = copy.prove(name, shop=LUMEN)
        assert alarms(named) != []
        mended = copy.mend(name, shop=LUMEN)
        if mended.verdict is Verdict.DUE:
            # The only one of its kind: nothing tells it from one that came late.
            odd.run(name, postgres, shop=LUMEN)
            mended = copy.prove(name, shop=LUMEN)
        assert alarms(mended) == []
        assert stored_rows(postgres, LUMEN, stream) == expected


def lose_one(copy: Copy, stream: CompiledStream) -> None:
    """Remove the rows of one record, behind the loader's back."""
    root = stream.root
    # The oldest: what changed last may rightly come with the next run.
    oldest = sql.SQL("SELECT {} FROM {} ORDER BY {} LIMIT 1").format(
        sql.Identifier(root.key[-1]),
        sql.Identifier("shopify", root.name),
        sql.Identifier(root.version or root.key[-1]),
    )
    [(lost,)] = copy.connection.execute(oldest).fetchall()
    for table in stream.tables:
        delete = sql.SQL("DELETE FROM {} WHERE {} = %s").format(
            sql.Identifier("shopify", table.name), sql.Identifier(table.root_key[-1])
        )
        copy.connection.execute(delete, [lost])
    copy.connection.commit()


def alarms(result: StreamProof) -> list[str]:
    """What a proof says but that all is there; to read in a failure."""
    good = {Verdict.WHOLE, Verdict.NOT_APPLICABLE}
    return [
        f"{proof.kind.value}: {proof.verdict.value} {proof.reason} {proof.gaps}"
        for proof in result.proofs
        if proof.verdict not in good
    ]


def test_what_a_stand_in_stands_for_can_be_read(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """Shopify's own odd ids: one number for two records, a word, and a hash."""
    own.run("abandoned_checkouts", postgres)
    rows = postgres.execute("""
        SELECT line.id < 0, split_part(known.gid, '/', 4), known.gid LIKE '%?checkout=%'
        FROM shopify.abandoned_checkout_line_items line
        JOIN shopify.global_ids known USING (shop, id)
    """).fetchall()
    assert set(rows) == {(True, "AbandonedCheckoutLineItem", True)}
