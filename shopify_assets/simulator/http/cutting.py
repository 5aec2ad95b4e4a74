"""Cutting connections, as dying servers do.

Charter: reaching the transport beneath an ASGI request, for faults alone.
"""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_TRANSPORT = "simulator.transport"
# Closing with zero linger sends a reset instead of an orderly end.
_RESET = struct.pack("ii", 1, 0)


class Dropped(Exception):
    """The connection was cut on purpose."""


def cut(scope: Scope) -> NoReturn:
    """Reset the connection of a request.

    Raises:
        Dropped: always; nothing can be answered any more.
    """
    transport = scope[_TRANSPORT]
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()
    raise Dropped


def with_transport(app: ASGIApp) -> ASGIApp:
    """Let `cut` work on the requests of `app`."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # uvicorn's `send` is a method of the cycle that owns the transport
            scope[_TRANSPORT] = send.__self__.transport  # type: ignore[attr-defined]  # any ASGI server's is a callable
        try:
            await app(scope, receive, send)
        except Dropped:
            return

    return call
