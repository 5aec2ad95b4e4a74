"""How a run fails: its cause first, in words, and no Python to read.

Charter: the one exception that ends a run, and whether the run is tried again. Dagster
stores the stack of any exception, its own functions before ours, and shows it to
whoever asks why a run failed; what an operator can mend is no matter of Python. An
error that came from another process is shown as it was described there, so this one
says that it did: that is not public, so it is done here alone, and pinned by tests.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import dagster as dg
from dagster._core.errors import DagsterUserCodeProcessError
from dagster._utils.error import SerializableErrorInfo  # type: ignore[attr-defined]  # it is there

from shopify_assets.defs.names import COMMAND, TRIGGER_TAG
from shopify_assets.defs.showing import harmless
from shopify_assets.defs.telling import Context
from shopify_assets.errors import (
    ShopifyAssetsError,
    ShopUnavailable,
    Throttled,
    Unavailable,
)
from shopify_assets.redaction import shown

_PASSING = (Unavailable, Throttled)
_RETRIES, _PAUSE = 1, 60.0


class RunFailure(DagsterUserCodeProcessError, dg.Failure):
    """A run failed; trying it again would not help.

    Args:
        description: why, and what to do about it.
        metadata: what else there is to know.
    """

    def __init__(
        self,
        description: str,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        description = shown(description, lines=True)
        known = harmless(metadata or {})
        dg.Failure.__init__(self, description, known, allow_retries=False)
        self.user_code_process_error_infos = [
            SerializableErrorInfo(message=f"{description}\n", stack=[], cls_name=None)
        ]


@contextmanager
def told_first(context: Context) -> Iterator[None]:
    """Let what an operator can mend be the first thing a failed run shows.

    Raises:
        dagster.Failure: with the message; how the program came there helps nobody.
        dagster.RetryRequested: a server was away; a minute later it may be back.
    """
    try:
        yield
    except ShopifyAssetsError as error:
        raise_told(RunFailure(str(error)), [error], context)


def raise_told(
    told: RunFailure, errors: Sequence[BaseException | None], context: Context
) -> NoReturn:
    """End a run, or let it be tried again if that may help.

    Args:
        told: what is told of it.
        errors: what it failed by.
        context: the run's.

    Raises:
        dagster.Failure: nothing but a person, or the next run, can mend it.
        dagster.RetryRequested: a server was away; a minute later it may be back.
    """
    # A shop that did not answer is not asked for its other streams, which fail by that.
    passing = any(isinstance(error, _PASSING) for error in errors) and all(
        isinstance(error, (*_PASSING, ShopUnavailable)) for error in errors
    )
    if passing and _may_try_again(context):
        raise dg.RetryRequested(_RETRIES, _PAUSE) from told
    raise told from None


def _may_try_again(context: Context) -> bool:
    """Whether a run may wait and go on: not if somebody waits for it at a terminal."""
    by_command = context.run.tags.get(TRIGGER_TAG) == COMMAND
    return not by_command and context.retry_number < _RETRIES
