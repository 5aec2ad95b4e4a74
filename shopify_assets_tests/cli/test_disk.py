"""Room on the disks: what is enough, and what is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shopify_assets.cli.disk import LEAST, Room, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets_tests.cli.conftest import Called

ROOM = Room(
    thing="the lake",
    folder=Path("/lake"),
    setting="LAKE_URL",
    least=LEAST,
    free=LEAST,
    total=200 * LEAST,
)


@pytest.mark.parametrize(
    ("room", "enough", "told"),
    [
        (ROOM, True, "1.0 GiB free of 200.0 GiB at /lake"),
        (
            replace(ROOM, free=LEAST - 2**20),
            False,
            (
                "1023.0 MiB free of 200.0 GiB at /lake, less than 1.0 GiB: make room, "
                "or let LAKE_URL name a larger place"
            ),
        ),
        (
            replace(ROOM, files=False),
            False,
            (
                "1.0 GiB free of 200.0 GiB at /lake, but no inode is free: make room, "
                "or let LAKE_URL name a larger place"
            ),
        ),
        (
            replace(ROOM, writable=False),
            False,
            "/lake cannot be written by this user; change its owner",
        ),
    ],
)
def test_a_disk_that_is_nearly_full_is_too_little(
    room: Room, told: str, *, enough: bool
) -> None:
    assert (room.enough, room.told) == (enough, told)


def test_bytes_are_told_with_their_unit() -> None:
    counts = (0, 1023, 1024, 5 * 2**30, 2**60)
    assert [size(each) for each in counts] == [
        "0 bytes",
        "1023 bytes",
        "1.0 KiB",
        "5.0 GiB",
        "1024.0 PiB",
    ]


def test_doctor_finds_a_disk_without_room(
    call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's own file system is one that no file fits on."""
    monkeypatch.setenv("LAKE_URL", "/proc/lake")
    found = call("doctor", "--json")
    assert found.code == 1
    ill = [each["thing"] for each in found.json if not each["well"]]
    assert "disk of the lake" in ill
    assert "disk of the state folder" not in ill
