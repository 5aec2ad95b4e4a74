"""Errors of libraries, told as ours, with nothing of theirs behind them.

Charter: the one way in which an error of a library that talks to the outside becomes
one of ours. Its text, its arguments and the frames it came through may hold a header,
a signed address or a password, and whoever prints an error prints what is chained to
it: Dagster stores the chain. So the library's error is emptied before ours is raised.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Foreign = TypeVar("_Foreign", bound=Exception)


@contextmanager
def told_as(
    ours: Callable[[_Foreign], Exception], *kinds: type[_Foreign]
) -> Iterator[None]:
    """Raise `ours(error)` for an error of these kinds; nothing of it is left behind.

    Args:
        ours: tells, in words of our own, what the error means.
        kinds: what is caught.
    """
    try:
        yield
    except kinds as error:
        meant = ours(error)
        empty(error)
        raise meant from None


def empty(error: BaseException) -> None:
    """Take out of an error, and of all it came from, whatever it may quote."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        found = waiting.pop()
        if not any(found is one for one in seen):
            seen.append(found)
            waiting += _behind(found)
    for found in seen:
        found.args = ()
        found.__cause__ = found.__context__ = found.__traceback__ = None
        vars(found).clear()
        for name, nothing in _OF_PYTHON.items():
            # What errors of Python's own keep outside of their arguments.
            with suppress(AttributeError, TypeError):
                setattr(found, name, nothing)


_OF_PYTHON = {"filename": None, "filename2": None, "strerror": None, "object": ""}


def _behind(error: BaseException) -> list[BaseException]:
    """The errors that one came from; some libraries keep them as attributes."""
    linked = (error.__cause__, error.__context__, *error.args, *vars(error).values())
    return [one for one in linked if isinstance(one, BaseException)]
