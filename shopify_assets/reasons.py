"""Why something failed, in words that may be shown to anybody.

Charter: from an exception to one line. What is raised on purpose tells itself. Anything
else is told by its type and its place, never by its text, which may hold what a
customer wrote.
"""

from __future__ import annotations

import traceback
from pathlib import Path

import psycopg

from shopify_assets.errors import ShopifyAssetsError, Unforeseen

_PACKAGE = Path(__file__).parent


def is_error(error: BaseException) -> bool:
    """Whether it is about what was being done, and not the end of all work.

    A panic of Polars' is about the data it met; its class is none of `Exception`.
    """
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def as_ours(error: BaseException, *, shop: str, stream: str) -> BaseException:
    """What ended a stream, as one of our errors: what nobody raised on purpose too.

    The error itself is no cause of it, for its text may hold what a customer wrote, and
    whoever shows an error shows its causes. Its trace is the caller's to keep.
    """
    if isinstance(error, ShopifyAssetsError | psycopg.Error):
        return error
    return Unforeseen(f"shop {shop!r}, stream {stream!r}: {reason_of(error)}")


def reason_of(error: BaseException) -> str:
    """Why a part could not be made, told of the error that ended it."""
    if isinstance(error, ShopifyAssetsError):
        return str(error)
    if isinstance(error, psycopg.Error):
        said = error.diag.message_primary or str(error) or type(error).__name__
        return f"the warehouse: {said}"
    return (
        f"{type(error).__name__} in {_place(error)}: an answer of an unforeseen shape, "
        "or a fault of this program; please report it with its trace, which --verbose "
        "and the log of the run show"
    )


def _place(error: BaseException) -> str:
    """The innermost line of ours, such as `proof/sums.py, line 88`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    frame = (ours or frames)[-1]
    path = Path(frame.filename)
    name = path.relative_to(_PACKAGE) if ours else path.name
    return f"{name}, line {frame.lineno}"
