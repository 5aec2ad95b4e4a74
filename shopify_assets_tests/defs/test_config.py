"""What a person writes into the launchpad, as what is asked of a shop."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shopify_assets.defs.config import Load
from shopify_assets.errors import ConfigurationError
from shopify_assets.refresh.asked import Asked, Mode
from shopify_assets.windows import Window

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SHOP = "ember.myshopify.com"


@pytest.mark.parametrize("start", ["", None])
def test_without_a_window_streams_go_on_from_their_watermarks(
    start: str | None,
) -> None:
    asked = Load(start=start).asked(SHOP, ["orders"], now=NOW)
    assert asked == Asked(SHOP, ("orders",), mode=Mode.INCREMENTAL)


@pytest.mark.parametrize("end", ["", None, "2026-05-01"])
def test_a_window_begins_with_a_day_and_ends_now_or_before_a_day(
    end: str | None,
) -> None:
    asked = Load(start="2026-01-01", end=end).asked(SHOP, ["orders"], now=NOW)
    window = Window(datetime(2026, 1, 1, tzinfo=UTC), NOW)
    assert asked == Asked(SHOP, ("orders",), window=window, mode=Mode.WHOLE)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (Load(end="2026-01-01"), "start is not set; set both, or none"),
        (Load(start="January"), "start is 'January', which is no day or time"),
        (Load(start="2026-04-01", end="2026-03-01"), "start must be before end"),
    ],
    ids=["no start", "no time", "reversed"],
)
def test_what_is_no_window_is_refused_with_the_value(config: Load, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        config.asked(SHOP, ["orders"], now=NOW)
