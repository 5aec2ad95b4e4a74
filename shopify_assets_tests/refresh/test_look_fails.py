"""A look that meets what nobody foresaw spares nothing, and stops nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shopify_assets.defs import carrying
from shopify_assets.defs.carrying import Carried, look_first
from shopify_assets.errors import Unavailable
from shopify_assets_tests.refresh.conftest import Shopfloor, asked
from shopify_assets_tests.stage import EMBER, compiled

if TYPE_CHECKING:
    from typing import NoReturn

STREAMS = [compiled("draft_orders"), compiled("locations")]


def looking(
    floor: Shopfloor, patch: pytest.MonkeyPatch, error: Exception
) -> carrying.LookedAt:
    def broken(*_: object, **__: object) -> NoReturn:
        raise error

    patch.setattr(carrying, "look", broken)
    with floor.place() as place:
        return look_first(
            STREAMS,
            asked("draft_orders"),
            place,
            Carried("run"),
            snapshots_apart=timedelta(),
        )


def test_then_all_streams_are_read(
    floor: Shopfloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = looking(floor, monkeypatch, KeyError("a customer's words"))
    assert (seen.due, seen.idle, seen.spans) == (STREAMS, [], {})
    [line] = floor.warned
    assert f"the look at shop '{EMBER}' came to nothing" in line
    assert "KeyError in " in line
    assert "customer" not in line


def test_what_is_foreseen_ends_the_shops_run(
    floor: Shopfloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unavailable):
        looking(floor, monkeypatch, Unavailable("the shop does not answer"))
