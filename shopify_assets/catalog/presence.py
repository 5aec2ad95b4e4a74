"""What of a selection every record holds, whatever its type.

Charter: GraphQL answers each key that was asked of a type; only those of fragments may
be missing, for they are asked of some types alone. Who demands them is normalize's
business.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from shopify_assets.catalog.selection import Form

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from shopify_assets.catalog.selection import Selected

Path = tuple[str, ...]

FILLED = "!"
"""At the end of a path: what lies there is never null, if its holder is there."""


class Listing(Enum):
    """What is certain of a list of objects in the element that holds it."""

    OPTIONAL = "its key may be missing: not every type of element has it"
    NULLABLE = "its key is there; it may be null"
    FILLED = "it is a list, though perhaps an empty one"


def present(fields: tuple[Selected, ...], path: Path = ()) -> Iterator[Path]:
    """The paths of what is asked of elements of every type, and which are `FILLED`.

    Below what is asked of some types alone: of what is there if that is.
    """
    alike: dict[str, list[Selected]] = {}
    for each in fields:
        if not each.is_connection:
            alike.setdefault(each.key, []).append(each)
    for key, selected in alike.items():
        of_all = [each for each in selected if each.on is None]
        if of_all:
            yield (*path, key)
            if not any(each.nullable for each in of_all):
                yield (*path, key, FILLED)
        below = [
            set(present(each.children, (*path, key)))
            for each in of_all or selected
            if each.form is Form.OBJECT
        ]
        if below:
            yield from set.intersection(*below)


def listing_of(listed: Selected, path: Path, asked: Collection[Path]) -> Listing:
    """What is certain of a list at a path, of elements of which `asked` is present."""
    if path not in asked:
        return Listing.OPTIONAL
    return Listing.NULLABLE if listed.nullable else Listing.FILLED
