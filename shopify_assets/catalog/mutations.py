"""The names of all of Shopify's mutations, by version.

Charter: which mutations there are. The pinned schema holds only those this project
sends; what the others take and give is not pinned, so their names are all that is
known. The file is written by `pin.py` alone.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from importlib.resources.abc import Traversable

MUTATIONS_FILE = "mutations.txt"


@lru_cache(maxsize=8)
def known_mutations(version: str) -> frozenset[str]:
    """The names of a version's mutations; none if the version is not pinned."""
    by_version = read_mutations(resources.files(__package__))
    return frozenset(by_version.get(version, ()))


def read_mutations(folder: Traversable) -> dict[str, set[str]]:
    """Read a folder's file: the names of mutations by version; none without a file."""
    file = folder / MUTATIONS_FILE
    by_version: dict[str, set[str]] = {}
    for line in file.read_text("utf-8").splitlines() if file.is_file() else ():
        name, *versions = line.split()
        for version in versions:
            by_version.setdefault(version, set()).add(name)
    return by_version


def encode_mutations(by_version: Mapping[str, Collection[str]]) -> str:
    """Write names: one mutation a line, and the versions that have it."""
    names = sorted({name for names in by_version.values() for name in names})
    lines = (
        " ".join(
            (
                name,
                *sorted(
                    version for version in by_version if name in by_version[version]
                ),
            )
        )
        for name in names
    )
    return "".join(f"{line}\n" for line in lines)
