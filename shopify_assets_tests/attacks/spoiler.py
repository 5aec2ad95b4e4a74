"""A server between a simulated shop and the command, which spoils what it passes on.

Charter: passing requests on and answers back, by HTTP on loopback. What is spoilt, and
how, is told by the attack.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PATIENCE = 60  # seconds for the simulated shop
# Of this connection alone, or told anew.
_OWN = frozenset(
    ("connection", "content-length", "content-encoding", "transfer-encoding", "date")
)


@dataclass
class Exchange:
    """A question and the answer to it, which an attack may change.

    Attributes:
        number: how many came before it, in this attack.
        question: the request's body, as text.
        status: the answer's HTTP status.
        headers: its headers; Content-Length is made of the body.
        body: its bytes, not compressed.
        pause: seconds between two bytes of the body.
    """

    number: int
    question: str
    status: int
    headers: dict[str, str]
    body: bytes
    pause: float = 0.0

    def asks(self, word: str) -> bool:
        """Whether a query by GraphQL holds the word, and data came for it."""
        return word in self.question and self.body.startswith(b'{"data"')


Spoil = "Callable[[Exchange], None]"


@dataclass
class Spoiler:
    """Stands before a simulated shop; `url` is where the shop seems to be."""

    upstream: str
    spoil: Callable[[Exchange], None]
    url: str = ""
    seen: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def exchange(self, handler: BaseHTTPRequestHandler) -> Exchange:
        """Ask the shop, and spoil its answer."""
        length = int(handler.headers.get("Content-Length", 0))
        question = handler.rfile.read(length)
        sent = {"Host", "Connection", "Content-Length", "Accept-Encoding"}
        headers = {k: v for k, v in handler.headers.items() if k not in sent}
        reply = requests.request(
            handler.command,
            self.upstream + handler.path,
            data=question,
            headers=headers,
            timeout=_PATIENCE,
        )
        with self.lock:
            number, self.seen = self.seen, self.seen + 1
        # By names as attacks write them, so that each is there once.
        told = {k.title(): v for k, v in reply.headers.items() if k.lower() not in _OWN}
        told["Date"] = format_datetime(datetime.now(UTC), usegmt=True)
        made = Exchange(
            number,
            question.decode("utf-8", "replace"),
            reply.status_code,
            told,
            reply.content.replace(self.upstream.encode(), self.url.encode()),
        )
        self.spoil(made)
        return made


class _Handler(BaseHTTPRequestHandler):
    """Passes on; the spoiler is the class's, made for each server."""

    protocol_version = "HTTP/1.1"
    spoiler: ClassVar[Spoiler]

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        made = self.spoiler.exchange(self)
        self.send_response_only(made.status)
        for name, value in made.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(made.body)))
        # Whoever was attacked may have hung up, which is his right.
        with suppress(ConnectionError):
            self.end_headers()
            if not made.pause:
                self.wfile.write(made.body)
                return
            for byte in made.body:
                self.wfile.write(bytes([byte]))
                time.sleep(made.pause)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = socket.SOMAXCONN

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of errors, but for a command's that hangs up when it was ended."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def spoiling(upstream: str, spoil: Callable[[Exchange], None]) -> Iterator[Spoiler]:
    """Serve on loopback in front of `upstream`."""
    spoiler = Spoiler(upstream, spoil)
    handler = type("Handler", (_Handler,), {"spoiler": spoiler})
    with _Server(("127.0.0.1", 0), handler) as server:
        spoiler.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield spoiler
        finally:
            server.shutdown()
