"""Dagster's web server, behind the guard.

Charter: its life in one process. Dagster has no option for what the guard does, and its
own command cannot be given an application; the functions that make one are not public,
which is why they are met here alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__

from shopify_assets.web.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Those of dagster-webserver: milliseconds, seconds, connections.
_STATEMENT_TIMEOUT, _POOL_RECYCLE, _POOL_OVERFLOW = 15_000, 3_600, 20
_POLL = 2_000  # milliseconds between two looks of a page at what is shown live

_LARGEST_MESSAGE = 1024 * 1024  # bytes, of a WebSocket: it carries subscriptions
_LEAVE = 1  # seconds for open connections, when the server ends


def serve(
    workspace: Path,
    *,
    host: str,
    port: int,
    hosts: Sequence[str],
    read_only: bool,
) -> None:
    """Serve Dagster's pages until a signal ends this.

    Args:
        workspace: the file that names the code locations.
        host: the address to listen on.
        port: the port to listen on.
        hosts: names it may be asked by, beside those of this machine itself.
        read_only: nothing can be started or changed from the pages.
    """
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(
            _STATEMENT_TIMEOUT, _POOL_RECYCLE, _POOL_OVERFLOW
        )
        with WorkspaceProcessContext(
            instance,
            WorkspaceFileTarget([str(workspace)]),
            version=__version__,
            read_only=read_only,
            code_server_log_level="WARNING",
        ) as context:
            app = create_app_from_workspace_process_context(
                context, live_data_poll_rate=_POLL
            )
            uvicorn.run(
                guarded(app, hosts=hosts),
                host=host,
                port=port,
                log_level="warning",
                ws_max_size=_LARGEST_MESSAGE,
                server_header=False,
                timeout_graceful_shutdown=_LEAVE,
            )
