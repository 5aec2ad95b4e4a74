"""The guard: an ASGI application around Dagster's, that answers or refuses.

Charter: what `rules` decides, applied to HTTP and WebSockets; the headers that keep
browsers from lending our pages to others. No decision is made here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse

from shopify_assets.web.rules import LOOPBACK, refusal, refusal_of_socket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Of what is sent here: the largest is a backfill of all assets of thousands of shops.
MAX_BODY = 4 * 1024 * 1024  # bytes

HEADERS = {
    # No page may hold ours in a frame, where a click is aimed by another.
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
# Beside Dagster's own policy for scripts: a browser obeys both.
POLICY = "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


def guarded(app: ASGIApp, *, hosts: Sequence[str] = ()) -> ASGIApp:
    """Put the guard around an application.

    Args:
        app: what it guards.
        hosts: names it may be asked by, beside those of this machine itself.
    """
    limited = RequestBodyLimitMiddleware(_Guard(app), max_body_size=MAX_BODY)
    trusted = TrustedHostMiddleware(
        limited, allowed_hosts=[*LOOPBACK, *hosts], www_redirect=False
    )
    return _WithHeaders(trusted)


class _Guard:
    """Answers what the rules let pass."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = None
        if scope["type"] == "websocket":
            refused = refusal_of_socket(Headers(scope=scope))
        elif scope["type"] == "http":
            refused = refusal(
                method=scope["method"],
                path=scope["path"],
                headers=Headers(scope=scope),
            )
        if refused is None:
            await self._app(scope, receive, send)
            return
        response = PlainTextResponse(f"refused: {refused.reason}\n", refused.status)
        await response(scope, receive, send)


class _WithHeaders:
    """Adds what tells browsers to keep our pages to themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.append("Content-Security-Policy", POLICY)
            await send(message)

        await self._app(scope, receive, with_headers)
