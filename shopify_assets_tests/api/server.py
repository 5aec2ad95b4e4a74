"""An HTTP server in a thread that answers as a test says, and remembers what came."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VERSION = "2026-10"
DATE = "Sat, 21 Nov 2026 12:00:00 GMT"


@dataclass(frozen=True)
class Request:
    """What a client sent; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def variables(self) -> dict[str, Any]:
        variables: dict[str, Any] = self.json["variables"]
        return variables

    @property
    def token(self) -> str:
        return self.headers.get("x-shopify-access-token", "")


@dataclass(frozen=True)
class Scripted:
    """An answer; `cut` sends so many bytes of the body, then resets the connection."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    silent: bool = False


def graphql(
    data: object = None,
    *,
    errors: list[dict[str, Any]] | None = None,
    extensions: dict[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Scripted:
    """An answer as the Admin API gives it."""
    body = {"data": data, "errors": errors, "extensions": extensions}
    return Scripted(
        body=json.dumps({k: v for k, v in body.items() if v is not None}).encode(),
        headers={"X-Shopify-API-Version": VERSION, **(headers or {})},
    )


def fault(code: str, **more: object) -> dict[str, Any]:
    """One entry of an answer's errors."""
    return {"message": f"words about {code}", "extensions": {"code": code}, **more}


def cost(
    requested: float,
    actual: float | None,
    *,
    available: float = 2000,
    rate: float = 100,
    maximum: float = 2000,
) -> dict[str, Any]:
    """The cost part of an answer's extensions."""
    return {
        "cost": {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": {
                "maximumAvailable": maximum,
                "currentlyAvailable": available,
                "restoreRate": rate,
            },
        }
    }


class Server(ThreadingHTTPServer):
    """Answers by a script, then by a function; anything beyond is a failure."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[Request] = []
        self.connections = 0
        self.script: deque[Scripted] = deque()
        self.answer: Callable[[Request], Scripted] | None = None
        self.closing = threading.Event()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def will_answer(self, *answers: Scripted) -> None:
        """Add answers to the script."""
        self.script.extend(answers)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests; all else is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def answer_to(self, request: Request) -> Scripted:
        with self.lock:
            self.requests.append(request)
            if self.script:
                found = self.script.popleft()
            elif self.answer is not None:
                found = self.answer(request)
            else:
                found = Scripted(418, b"the script of this test is at its end")
            number = len(self.requests)
        headers = {"Date": DATE, "X-Request-Id": f"request-{number}", **found.headers}
        return replace(found, headers=headers)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet; else each answer waits for an acknowledgement.
    wbufsize = -1
    server: Server

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections += 1

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length))
        answer = self.server.answer_to(request)
        if answer.silent:
            self.server.closing.wait(5)
            self.close_connection = True
            return
        self._send(answer)

    do_GET = do_POST = _serve  # noqa: N815 -- the names http.server calls

    def _send(self, answer: Scripted) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if not {"Content-Length", "Transfer-Encoding"} & answer.headers.keys():
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: answer.cut])
        if answer.cut is not None:
            self.wfile.flush()
            _reset(self.connection)
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Tests look at `requests` instead."""


def _reset(connection: socket.socket) -> None:
    """Let closing the connection send a reset."""
    linger = struct.pack("ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.shutdown(socket.SHUT_RD)
