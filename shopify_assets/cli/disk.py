"""Room on the disks that a run writes to.

Charter: how much is free, and whether that is enough to begin.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shopify_assets.postgres.embedded.data_folder import DATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.settings import Settings

# Less is too little to begin with: PostgreSQL stops when its disk is full. Temporary
# files are those of one part at a time.
LEAST = 2**30
LEAST_TEMPORARY = 2**28

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")
_STEP = 1024


@dataclass(frozen=True, kw_only=True)
class Room:
    """The disk below one folder.

    Attributes:
        thing: what the folder is for.
        folder: where it is, or will be.
        setting: the variable that names another place.
        least: bytes that must be free.
        free: bytes that are.
        total: bytes of the whole disk.
        files: whether further files may be made (a disk may run out of inodes).
        writable: whether this user may write there.
    """

    thing: str
    folder: Path
    setting: str
    least: int
    free: int
    total: int
    files: bool = True
    writable: bool = True

    @property
    def enough(self) -> bool:
        """Whether a run may begin."""
        return self.writable and self.files and self.free >= self.least

    @property
    def told(self) -> str:
        """What was seen, and what to do if it is not well."""
        if not self.writable:
            return f"{self.folder} cannot be written by this user; change its owner"
        seen = f"{size(self.free)} free of {size(self.total)} at {self.folder}"
        if self.enough:
            return seen
        lack = f"less than {size(self.least)}" if self.files else "but no inode is free"
        return f"{seen}, {lack}: make room, or let {self.setting} name a larger place"


def rooms(settings: Settings) -> Iterator[Room]:
    """The disks below all folders that a run writes to; S3 has none."""
    home = settings.home
    yield _room("the state folder", home, "SHOPIFY_ASSETS_HOME")
    if settings.warehouse_url is None:
        # As root its data may lie elsewhere.
        data = (home / DATA).resolve()
        yield _room("the embedded PostgreSQL", data, "SHOPIFY_ASSETS_HOME")
    if not settings.lake_url.startswith("s3://"):
        yield _room("the lake", Path(settings.lake_url), "LAKE_URL")
    place = Path(tempfile.gettempdir())
    yield _room("temporary files", place, "TMPDIR", least=LEAST_TEMPORARY)


def _room(thing: str, folder: Path, setting: str, *, least: int = LEAST) -> Room:
    folder = folder.absolute()
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    disk = os.statvfs(existing)
    return Room(
        thing=thing,
        folder=folder,
        setting=setting,
        least=least,
        free=disk.f_bavail * disk.f_frsize,
        total=disk.f_blocks * disk.f_frsize,
        # Some file systems count no inodes at all.
        files=disk.f_favail > 0 or disk.f_files == 0,
        writable=os.access(existing, os.W_OK),
    )


def size(count: float) -> str:
    """Bytes in the largest unit that leaves a number above one."""
    unit = 0
    while count >= _STEP and unit < len(_UNITS) - 1:
        count, unit = count / _STEP, unit + 1
    return f"{count:.{min(unit, 1)}f} {_UNITS[unit]}"
