"""Columns of global ids: whole columns at once read what each id alone would be."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from shopify_assets.catalog.gids import number_of
from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import Column, Source
from shopify_assets.normalize.values import stand_ins_of, typed

AWKWARD = (
    "gid://shopify/Thing/new",
    "gid://shopify/Thing/007",
    "gid://shopify/Thing/+7",
    "gid://shopify/Thing/-7",
    "gid://shopify/Thing/7?v=1&index=0",
    "gid://shopify/Thing/7?v=1&index=1",
    f"gid://shopify/Thing/{2**63}",
    "gid://shopify/Thing/VGhpbmc+Nz8=",
    "gid://shopify/Thing/a/b",
    "gid://shopify/Other/7",
    "Thing/7",
    "7",
    "",
)


@given(tails=st.lists(st.integers(0, 2**64).map(str) | st.text(max_size=9), max_size=9))
@example(tails=["1", *(gid.removeprefix("gid://shopify/Thing/") for gid in AWKWARD)])
def test_a_column_of_any_ids_is_read_as_each_of_them_alone(tails: list[str]) -> None:
    gids = [f"gid://shopify/Thing/{tail}" for tail in tails] + list(AWKWARD)
    column = Column("id", Kind.BIGINT, nullable=False, source=Source.GID_NUMBER)
    for started in (gids, gids[::-1]):
        numbers = typed([column], [started])["id"]
        assert numbers.to_list() == list(map(number_of, started))
        assert dict(stand_ins_of(started, numbers)) == {
            gid: number_of(gid) for gid in started if number_of(gid) < 0
        }
