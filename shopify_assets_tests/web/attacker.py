"""A page of somebody else, open in the browser of whoever runs Dagster.

Charter: serving that page, and all that it tries: what a page can send to another
origin without being asked, and what a name that leads here (DNS rebinding) may send.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import quote

from shopify_assets_tests.web.stand import MUTATION

if TYPE_CHECKING:
    from collections.abc import Iterator

# Names that the browser takes for ones of the internet, and that lead to this machine.
EVIL, REBOUND = "evil.example", "rebound.example"
RESOLVED = (f"--host-resolver-rules=MAP {EVIL} 127.0.0.1,MAP {REBOUND} 127.0.0.1",)

_BY_ADDRESS = f"/graphql?query={quote(MUTATION)}"

# Each is a function of the server's address, done once it has an answer or an error.
_TOOLS = """
const element = (name, attributes) => new Promise(done => {
  const made = document.createElement(name);
  made.onload = made.onerror = () => done(name);
  Object.assign(made, attributes);
  document.body.append(made);
  setTimeout(() => done(name + ' without an answer'), 3000);
});
const form = (action, type, field, text) => new Promise(done => {
  const frame = document.createElement('iframe');
  frame.name = 'frame' + Math.random();
  document.body.append(frame);
  frame.onload = () => done('form');
  const made = document.createElement('form');
  Object.assign(made, {method: 'POST', action, enctype: type, target: frame.name});
  const input = document.createElement('input');
  Object.assign(input, {name: field, value: text});
  made.append(input);
  document.body.append(made);
  made.submit();
  setTimeout(() => done('form without an answer'), 3000);
});
const fetched = (url, options) => fetch(url, options).then(
  answer => answer.type + answer.status, error => String(error));
"""
_BODY = json.dumps(json.dumps({"query": MUTATION}))
# A form of text/plain sends `name=value`: JSON, with the `=` in a field of no use.
_NAME = json.dumps(json.dumps({"query": MUTATION})[:-1] + ', "no": "')
ATTACKS = {
    "picture": "element('img', {src: url + BY_ADDRESS})",
    "script": "element('script', {src: url + BY_ADDRESS})",
    "style": "element('link', {rel: 'stylesheet', href: url + BY_ADDRESS})",
    "frame": "element('iframe', {src: url + BY_ADDRESS})",
    "GET": "fetched(url + BY_ADDRESS, {mode: 'no-cors'})",
    "GET with CORS": "fetched(url + BY_ADDRESS)",
    "POST of text": (
        "fetched(url + BY_ADDRESS, {method: 'POST', mode: 'no-cors', body: 'x'})"
    ),
    "POST of text that says JSON": (
        "fetched(url + '/graphql', {method: 'POST', mode: 'no-cors', "
        "headers: {'Content-Type': 'text/plain; application/json'}, "
        f"body: {_BODY}}})"
    ),
    "POST of JSON": (
        "fetched(url + '/graphql', {method: 'POST', "
        f"headers: {{'Content-Type': 'application/json'}}, body: {_BODY}}})"
    ),
    "form of text": (f"form(url + '/graphql', 'text/plain', {_NAME}, '\"}}')"),
    "form in the address": (
        "form(url + BY_ADDRESS, 'application/x-www-form-urlencoded', 'a', 'b')"
    ),
    "beacon": "Promise.resolve(navigator.sendBeacon(url + BY_ADDRESS, 'x'))",
}


def script(attack: str, url: str) -> str:
    """JavaScript that tries one attack on a server, and returns what it saw."""
    return (
        f"const url = {json.dumps(url)}, BY_ADDRESS = {json.dumps(_BY_ADDRESS)};"
        f"{_TOOLS} return {ATTACKS[attack]};"
    )


def socket_script(url: str) -> str:
    """JavaScript that opens a WebSocket, and returns what it is told first."""
    address = json.dumps(url.replace("http://", "ws://") + "/graphql")
    return (
        "return new Promise(done => {"
        f"const socket = new WebSocket({address}, 'graphql-ws');"
        'socket.onopen = () => socket.send(\'{"type": "connection_init"}\');'
        "socket.onmessage = message => done(JSON.parse(message.data).type);"
        "socket.onerror = () => done('refused');})"
    )


@contextmanager
def page() -> Iterator[int]:
    """Serve the attacker's page; the port of 127.0.0.1 that it is on."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>win a prize</title><body>")

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()
