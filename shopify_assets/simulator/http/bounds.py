"""What the simulator takes of a client: so much, and no longer than so long.

Charter: a layer in front of all routes. What Shopify itself says of bodies that are too
long is `bodies`' business, for those that this layer lets pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from starlette.responses import PlainTextResponse

from shopify_assets.simulator.http.bodies import MOST_BYTES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Above what is answered as Shopify would.
MOST = 2 * MOST_BYTES
SECONDS = 60.0


def bounded(app: ASGIApp, *, most: int = MOST, seconds: float = SECONDS) -> ASGIApp:
    """Refuse requests to `app` whose bodies are long, or long on their way.

    Args:
        app: what answers.
        most: bytes of a body.
        seconds: from a request's headers to the end of its body.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        received: list[Message] | None = None
        with anyio.move_on_after(seconds):
            received = await _received(receive, most)
        if received is None:
            refusal = PlainTextResponse("", 408, {"Connection": "close"})
            await refusal(scope, receive, send)
        elif sum(len(each.get("body", b"")) for each in received) > most:
            refusal = PlainTextResponse("", 413, {"Connection": "close"})
            await refusal(scope, receive, send)
        else:
            await app(scope, _again(received, receive), send)

    return call


async def _received(receive: Receive, most: int) -> list[Message]:
    """The messages of a request, to its end or until they are too much."""
    messages: list[Message] = []
    length = 0
    while True:
        message = await receive()
        messages.append(message)
        length += len(message.get("body", b""))
        if not message.get("more_body", False) or length > most:
            return messages


def _again(messages: list[Message], receive: Receive) -> Receive:
    """Give the messages once more, then what comes after them."""
    waiting = iter(messages)

    async def call() -> Message:
        for message in waiting:
            return message
        return await receive()

    return call
