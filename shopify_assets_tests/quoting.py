"""All that an error shows to whoever prints, logs or stores it.

Charter: an error, everything chained to it and everything hanging on it, as one text:
what Python, rich with the values of variables, and Dagster would make of it.
"""

from __future__ import annotations

import io
import traceback
from typing import TYPE_CHECKING

from dagster._utils.error import serializable_error_info_from_exc_info
from rich.console import Console
from rich.traceback import Traceback

if TYPE_CHECKING:
    from collections.abc import Iterator


def texts_of(error: BaseException) -> str:
    """Everything but the values of variables: a library takes an address as it is."""
    return "\n".join((*_linked(error), _by_dagster(error)))


def all_of(error: BaseException, *, own_frames: int = 1) -> str:
    """Everything.

    Args:
        error: as it was caught.
        own_frames: frames of the test itself, whose variables hold what is looked for.
    """
    behind = error.__traceback__
    for _ in range(own_frames):
        behind = behind.tb_next if behind else None
    assert behind is not None, "the error came from the test itself"
    error = error.with_traceback(behind)
    return "\n".join((texts_of(error), repr(_variables(error)), _by_rich(error)))


def _linked(error: BaseException) -> Iterator[str]:
    waiting: list[object] = [error]
    seen: list[object] = []
    while waiting:
        found = waiting.pop()
        if any(found is one for one in seen):
            continue
        seen.append(found)
        yield f"{found!s} {found!r}"
        if isinstance(found, BaseException):
            yield "".join(traceback.format_exception(found))
            if found is not error:
                yield repr(_variables(found))
            attributes = (getattr(found, name, None) for name in _OF_ERRORS)
            waiting += [found.__cause__, found.__context__, *attributes]
            waiting += [*found.args, *vars(found).values()]


# What errors keep outside of their arguments and their dictionary.
_OF_ERRORS = ("object", "filename", "filename2", "strerror", "doc", "__notes__")


def _variables(error: BaseException) -> list[dict[str, str]]:
    frames = traceback.StackSummary.extract(
        traceback.walk_tb(error.__traceback__), capture_locals=True
    )
    return [dict(frame.locals or {}) for frame in frames]


def _by_rich(error: BaseException) -> str:
    out = io.StringIO()
    shown = Traceback.from_exception(
        type(error), error, error.__traceback__, show_locals=True, width=1000
    )
    Console(file=out, width=1000).print(shown)
    return out.getvalue()


def _by_dagster(error: BaseException) -> str:
    frames = error.__traceback__
    assert frames is not None
    return str(serializable_error_info_from_exc_info((type(error), error, frames)))
