"""What the simulator takes of a client, over real sockets."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from shopify_assets.simulator.http.bounds import bounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the length of the body."""
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await PlainTextResponse(str(length))(scope, receive, send)


@contextmanager
def listening() -> Iterator[int]:
    """The echo behind small bounds; its port."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        app = bounded(echo, most=1000, seconds=0.3)
        config = uvicorn.Config(app, log_level="error", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        try:
            yield opened.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.mark.parametrize(
    ("announced", "sent", "status", "answer"),
    [
        pytest.param(1000, 1000, b"200 OK", b"1000", id="as much as is taken"),
        pytest.param(1001, 1001, b"413", b"", id="a byte more"),
        pytest.param(10**9, 5000, b"413", b"", id="a gigabyte announced"),
        pytest.param(900, 10, b"408", b"", id="the rest never comes"),
    ],
)
def test_a_body_is_taken_up_to_its_bounds(
    announced: int, sent: int, status: bytes, answer: bytes
) -> None:
    with listening() as port, socket.create_connection(("127.0.0.1", port)) as client:
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {announced}\r\n\r\n"
        client.sendall(head.encode() + b"x" * sent)
        client.settimeout(10)
        received = client.recv(4096)
        assert status in received.splitlines()[0]
        assert received.endswith(answer)
