"""Where each stream is declared: the file and the line, for Dagster's links to code.

Charter: looking the declarations up in their text. Nothing is imported for it, and a
stream that several declarations make is found by the root field it is made from.
"""

import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import dagster as dg

from shopify_assets import streams as declarations
from shopify_assets.catalog.stream import Stream

# `name="orders",` of a declaration, or `"productSavedSearches",` of a list of roots.
_DECLARED = re.compile(r'^ +(?:name="([a-z_]+)"|"([a-z]+[A-Z][A-Za-z]*)"),$')


def code_references(
    streams: Iterable[Stream],
) -> dict[str, dg.CodeReferencesMetadataValue]:
    """The declaration of each stream, by the stream's name."""
    places = dict(_places(Path(declarations.__file__).parent))
    with warnings.catch_warnings():
        # Code references are beta; what of them is relied upon is tested.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return {
            stream.name: dg.CodeReferencesMetadataValue(
                code_references=[
                    dg.LocalFileCodeReference(
                        file_path=str(file), line_number=line, label="declaration"
                    )
                ]
            )
            for stream in streams
            for file, line in [places.get(stream.name) or places[stream.root]]
        }


def _places(folder: Path) -> Iterator[tuple[str, tuple[Path, int]]]:
    for file in sorted(folder.glob("*.py")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if found := _DECLARED.match(line):
                yield found[1] or found[2], (file, number)
