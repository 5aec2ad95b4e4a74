"""A shop whose every text attacks whoever looks at it.

Charter: a server in front of a simulated shop, which puts colours, bells, line breaks,
marks of direction, Markdown and HTML into its answers: messages, codes, names, ids,
values, headers.
"""

from __future__ import annotations

import json
import re
import threading
import unicodedata
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = "![x](http://evil.example/x.png)<img src=x>"
EVIL = f"\x1b[31mEVIL\x07\nFORGED\r\x9b2J\u202egnp\u2066{PICTURE}"
# What a header can hold of it.
EVIL_HEADER = "\x1b[31mEVIL\x07\x9b2J" + PICTURE
# Keys whose texts anyone in the shop may choose.
_TEXTS = frozenset(
    {"name", "title", "key", "namespace", "description", "value", "myshopifyDomain"}
)


@dataclass
class Hostile:
    """What the server does to answers; to be changed while it runs.

    Attributes:
        upstream: where the simulated shops answer.
        texts: what stands before each text.
        refused: part of a query that is answered by an error.
        unreadable: keys whose values are no longer what they should be.
    """

    upstream: str
    texts: str = EVIL
    refused: str = ""
    unreadable: frozenset[str] = field(default_factory=frozenset)
    url: str = ""

    def answer(self, query: bytes, body: bytes) -> bytes:
        """The answer, as the shop lets it come."""
        if self.refused and self.refused.encode() in query:
            return json.dumps({"errors": [_ERROR]}).encode()
        return json.dumps(self._spoilt(json.loads(body))).encode()

    def _spoilt(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self._spoilt(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [self._spoilt(part, key) for part in value]
        if isinstance(value, str) and key in _TEXTS:
            return self.texts + value
        if isinstance(value, str) and key in self.unreadable:
            return EVIL
        return value


_ERROR = {
    "message": EVIL,
    "path": ["query", EVIL],
    "extensions": {"code": EVIL, "requiredAccess": EVIL, "typeName": EVIL},
}


@contextmanager
def hostile(upstream: str) -> Iterator[Hostile]:
    """Serve it until the end of the block."""
    shop = Hostile(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            request = urllib.request.Request(  # noqa: S310 -- to the simulator
                shop.upstream + self.path, data=sent, headers=dict(self.headers)
            )
            request.add_header("Accept-Encoding", "identity")
            with urllib.request.urlopen(request) as reply:  # noqa: S310 -- the same
                headers, body = reply.headers, reply.read()
            body = shop.answer(sent, body)
            self.send_response(200)
            for name in ("Date", "X-Shopify-API-Version", "Content-Type"):
                if name in headers and name != "Date":
                    self.send_header(name, headers[name])
            self.send_header("X-Request-Id", EVIL_HEADER)
            self.send_header("X-Shopify-API-Deprecated-Reason", EVIL_HEADER)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    shop.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def acting(text: str) -> list[str]:
    """The characters that act on whoever looks, but for line breaks."""
    return sorted(
        {
            repr(character)
            for character in text
            if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
            and character not in "\n\u200c\u200d\u00ad"
        }
    )


def forged(text: str) -> list[str]:
    """Lines that the shop, not we, have begun."""
    return [line for line in text.splitlines() if line.lstrip().startswith("FORGED")]


_LIVE_MARKDOWN = re.compile(r"(?<!\\)!\[|(?<!\\)\]\(|(?<!\\)<img")


def live_markdown(text: str) -> list[str]:
    """What Markdown would make a picture, a link or an element of."""
    return _LIVE_MARKDOWN.findall(text)
