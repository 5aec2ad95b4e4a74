"""The calendar of API versions, as Shopify keeps it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shopify_assets.catalog.releases import (
    UNSTABLE,
    is_served_beside,
    is_version,
    released,
    served_until,
    shifted,
)


@pytest.mark.parametrize(
    ("version", "quarters", "other"),
    [
        ("2026-10", 1, "2027-01"),
        ("2026-10", -3, "2026-01"),
        ("2026-01", -1, "2025-10"),
        ("2026-07", 0, "2026-07"),
    ],
)
def test_versions_follow_by_quarter(version: str, quarters: int, other: str) -> None:
    assert shifted(version, quarters) == other


def test_a_version_is_served_for_a_year_and_a_fortnight() -> None:
    assert released("2026-04") == datetime(2026, 4, 1, 17, tzinfo=UTC)
    assert served_until("2026-04") == datetime(2027, 4, 16, 15, tzinfo=UTC)
    assert (released(UNSTABLE), served_until(UNSTABLE)) == (None, None)


@pytest.mark.parametrize(
    ("version", "served"),
    [
        ("2025-10", False),
        ("2026-01", True),
        ("2026-10", True),
        ("2027-01", True),
        (UNSTABLE, True),
    ],
)
def test_four_versions_are_served_and_what_is_to_come(
    version: str, *, served: bool
) -> None:
    assert is_served_beside(version, "2026-10") is served


@pytest.mark.parametrize(
    ("name", "known"),
    [("2026-10", True), ("unstable", True), ("2026-02", False), ("latest", False)],
)
def test_versions_are_known_by_their_names(name: str, *, known: bool) -> None:
    assert is_version(name) is known
