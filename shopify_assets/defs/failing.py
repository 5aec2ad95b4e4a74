"""How a run fails: its cause first, in words, and no Python to read.

Charter: the one exception that ends a run. Dagster stores the stack of any exception,
its own functions before ours, and shows it to whoever asks why a run failed; what an
operator can mend is no matter of Python. An error that came from another process is
shown as it was described there, so this one says that it did: that is not public, which
is why it is done here alone, and pinned by tests.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterUserCodeProcessError
from dagster._utils.error import SerializableErrorInfo  # type: ignore[attr-defined]  # it is there


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
        dg.Failure.__init__(self, description, metadata, allow_retries=False)
        self.user_code_process_error_infos = [
            SerializableErrorInfo(message=f"{description}\n", stack=[], cls_name=None)
        ]
