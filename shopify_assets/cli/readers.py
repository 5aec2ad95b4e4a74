"""Who else on this machine may read what we keep.

Charter: looking at the modes of state folder and lake, and saying what to do. What we
make is closed to others; what an earlier version or somebody else made is left as it
is, for it may be meant that way. Nothing is changed here.
"""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.settings import Settings

_DEMO = "demo"  # a state folder within the state folder


@dataclass(frozen=True)
class Readers:
    """Who may read one thing of ours.

    Attributes:
        thing: what it is.
        by_all: files and folders that every user of the machine may enter or read.
        by_group: those that the users of their group may, and no one else.
    """

    thing: str
    by_all: tuple[Path, ...]
    by_group: tuple[Path, ...]

    @property
    def seen(self) -> str:
        """What was seen, and what to do about it."""
        if self.by_all:
            words = _words(self.by_all)
            return (
                f"every user of this machine may read what is in {words}; close it: "
                f"chmod -R go= {words} (or o= alone, if its group is to read it)"
            )
        if self.by_group:
            return f"its owner, and of {_words(self.by_group)} the users of its group"
        return "its owner alone"


def readers(settings: Settings) -> Iterator[Readers]:
    """Look at the state folder and at a lake on this machine."""
    home = settings.home.absolute()
    yield _of("the state folder", tuple(_entries(home)))
    lake = Path(settings.lake_url).absolute()
    if "://" not in settings.lake_url and not lake.is_relative_to(home):
        yield _of("the lake", (lake,) if lake.exists() else ())


def _entries(home: Path) -> Iterator[Path]:
    """What lies in a state folder, which itself others may have to pass through."""
    readable = os.access(home, os.R_OK | os.X_OK)
    for path in sorted(home.iterdir()) if readable else ():
        if path.name == _DEMO:
            yield from _entries(path)
        elif not path.is_symlink():
            yield path


def _of(thing: str, paths: tuple[Path, ...]) -> Readers:
    by_all = tuple(
        path for path in paths if _mode(path) & stat.S_IRWXO and _reached(path)
    )
    by_group = tuple(
        path for path in paths if _mode(path) & stat.S_IRWXG and path not in by_all
    )
    return Readers(thing, by_all, by_group)


def _reached(path: Path) -> bool:
    """Whether others may pass through all that lies above."""
    return all(_mode(above) & stat.S_IXOTH for above in path.resolve().parents)


def _mode(path: Path) -> int:
    return path.stat().st_mode


def _words(paths: tuple[Path, ...]) -> str:
    return shlex.join(map(str, paths))
