"""A server that answers as no honest one does: any bytes, at any pace, for ever."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from contextlib import closing, contextmanager
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OK = b"HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\n"


class Hostile:
    """Sends every client what `pieces` yields, until that hangs up.

    Attributes:
        url: where it listens.
        requests: first lines and headers of what was asked.
        sent: bytes that clients took.
    """

    def __init__(self, pieces: Callable[[], Iterator[bytes]]) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._pieces = pieces
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.requests: list[bytes] = []
        self.sent = 0
        self.over = threading.Event()

    def run(self) -> None:
        """Serve until the listening socket is closed."""
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(
                target=self._serve, args=(connection,), daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        with closing(connection), connection.makefile("rb") as asked:
            lines = list(takewhile(_goes_on, asked))
            if not lines:
                return  # connected, and nothing was asked
            self.requests.append(b"".join(lines))
            length = [line for line in lines if line.startswith(b"Content-Length:")]
            asked.read(int(length[0].split()[1]) if length else 0)
            try:
                for piece in self._pieces():
                    connection.sendall(piece)
                    self.sent += len(piece)
                    if self.over.is_set():
                        return
                connection.shutdown(socket.SHUT_WR)
                asked.read()
            except OSError:
                return  # the client has hung up, as it should

    def stop(self) -> None:
        """Answer nothing more."""
        self.over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def _goes_on(line: bytes) -> bool:
    return line != b"\r\n"


@contextmanager
def hostile(pieces: Callable[[], Iterator[bytes]]) -> Iterator[Hostile]:
    """A hostile server while the block runs."""
    server = Hostile(pieces)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


def head(*headers: str) -> bytes:
    """A status line and headers."""
    return OK + "".join(f"{header}\r\n" for header in headers).encode() + b"\r\n"


def bomb(size: int, *, layers: int = 1) -> bytes:
    """So many bytes of JSON, packed to a thousandth; more than once, if asked."""
    packer = zlib.compressobj(9, wbits=31)
    text = b" " * 2**20
    packed = packer.compress(b'{"data":{')
    packed += b"".join(packer.compress(text) for _ in range(size // len(text)))
    packed += packer.compress(b"}}") + packer.flush()
    for _ in range(layers - 1):
        packed = gzip.compress(packed)
    return packed
