"""Names of shops and streams, as people type them.

Charter: the options that take them, and what is said of a name that is none. Refused
before anything is started, with the nearest that there are.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from shopify_assets.errors import ConfigurationError
from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_NEAREST = 3
_CUTOFF = 0.6
_LEAST = 3  # letters that make a part of a name telling


def listed(
    _context: click.Context, _option: click.Parameter, values: Sequence[str]
) -> tuple[str, ...]:
    """Names separated by commas, of an option that may be repeated; each once."""
    names = (name.strip() for value in values for name in value.split(","))
    return tuple(dict.fromkeys(filter(None, names)))


def _option(flag: str, name: str, text: str) -> Callable[[Any], Any]:
    """An option that takes names: `a,b`, or repeated."""
    return click.option(
        flag, name, multiple=True, callback=listed, metavar="NAMES", help=text
    )


shops_option = _option("--shop", "domains", "Shops, as a,b or repeated; all if none.")
streams_option = _option(
    "--select", "names", "Streams, as a,b or repeated; all if none."
)


def refuse_unknown(names: Iterable[str], *, asked_by: str = "") -> None:
    """Refuse names that are no stream's: a misspelt one would be left out silently.

    Raises:
        ConfigurationError: one is unknown; the message names the nearest ones.
    """
    known = [stream.name for stream in STREAMS]
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    if unknown:
        told = "; ".join(_unknown_stream(name, known) for name in unknown)
        message = f"{told}; all are listed by: shopify-assets streams"
        raise ConfigurationError(asked_by + message)


def _unknown_stream(name: str, known: Sequence[str]) -> str:
    of_family = [stream.name for stream in STREAMS if stream.family == name]
    if of_family:
        return (
            f"stream {name!r} is unknown: it is a family of streams; to have all of "
            f"it: --select {','.join(of_family)}"
        )
    return f"stream {name!r} is unknown{meant(name, known)}"


def meant(name: str, known: Sequence[str]) -> str:
    """Ask for the nearest names, such as `; did you mean orders?`; '' if none is."""
    near = nearest(name, known)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def nearest(name: str, known: Sequence[str]) -> list[str]:
    """The names that a misspelt one may have meant, the nearest first."""
    lower = name.lower()
    alike = get_close_matches(lower, known, n=_NEAREST, cutoff=_CUTOFF)
    holding = [
        each for each in known if len(lower) >= _LEAST and each.startswith(lower)
    ]
    return list(dict.fromkeys([*alike, *holding]))[:_NEAREST]
