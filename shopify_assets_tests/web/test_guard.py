"""Each attack that needs a request alone, and what the guard leaves as it was."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import requests

from shopify_assets.web.guard import HEADERS, MAX_BODY, POLICY
from shopify_assets_tests.web.stand import MUTATION, NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets_tests.web.stand import Stand

BY_ADDRESS = f"/graphql?query={quote(MUTATION)}"
BY_BODY = json.dumps({"query": MUTATION}).encode()
JSON_HEADER = {"Content_Type": "application/json"}


def answer_to(
    stand: Stand, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, str]:
    """The status and the text of the answer to a request of just these headers."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    answer = requests.request(
        method, f"{stand.ui.url}{path}", data=body, headers=named, timeout=60
    )
    return answer.status_code, answer.text


def spoken(stand: Stand, *lines: str) -> str:
    """The first line of the answer to a request as it is written here."""
    with closing(socket.create_connection(("127.0.0.1", stand.port), 60)) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return connection.makefile("rb").readline().decode().strip()


@pytest.fixture
def unharmed(guarded: Stand) -> Iterator[Stand]:
    """The guarded server, in which an attack has started nothing."""
    before = guarded.runs()
    yield guarded
    assert guarded.runs() == before


def test_a_query_by_get_starts_nothing(unharmed: Stand) -> None:
    status, text = answer_to(unharmed, "GET", BY_ADDRESS)
    assert (status, text) == (405, "refused: GraphQL is asked by POST\n")
    assert answer_to(unharmed, "GET", BY_ADDRESS, Accept="text/html")[0] == 200


@pytest.mark.parametrize(
    "stated", ["text/plain", "text/plain; application/json", "application/graphql", ""]
)
def test_a_post_of_another_type_starts_nothing(unharmed: Stand, stated: str) -> None:
    for path, body in ((BY_ADDRESS, b"x"), ("/graphql", BY_BODY)):
        assert answer_to(unharmed, "POST", path, body, Content_Type=stated)[0] == 415


@pytest.mark.parametrize("origin", ["http://127.0.0.1:1", "http://localhost", "null"])
def test_a_post_of_another_origin_starts_nothing(unharmed: Stand, origin: str) -> None:
    status, text = answer_to(
        unharmed, "POST", "/graphql", BY_BODY, Origin=origin, **JSON_HEADER
    )
    assert (status, text) == (403, "refused: asked by a page of another origin\n")


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_a_post_of_another_site_starts_nothing(unharmed: Stand, site: str) -> None:
    said = {"Sec_Fetch_Site": site, **JSON_HEADER}
    assert answer_to(unharmed, "POST", "/graphql", BY_BODY, **said)[0] == 403


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "0",
        "",
        "*",
    ],
)
def test_a_name_that_leads_here_is_not_ours(unharmed: Stand, host: str) -> None:
    """DNS rebinding: the browser takes the page for the attacker's own."""
    for method, path in (("GET", "/"), ("POST", "/graphql")):
        status, text = answer_to(
            unharmed, method, path, BY_BODY, Host=host, **JSON_HEADER
        )
        assert (status, text) == (400, "Invalid host header")


@pytest.mark.parametrize("host", ["localhost", "[::1]:3000", NAME, f"{NAME}:8443"])
def test_our_own_names_and_those_of_the_setting_are_answered(
    unharmed: Stand, host: str
) -> None:
    assert answer_to(unharmed, "GET", "/server_info", Host=host)[0] == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(unharmed: Stand, method: str) -> None:
    assert answer_to(unharmed, method, BY_ADDRESS, BY_BODY, **JSON_HEADER)[0] == 405


def test_a_body_without_end_is_not_read(unharmed: Stand) -> None:
    """By what it says of its length, and by what comes."""
    large = b'{"query": "' + b"x" * MAX_BODY
    assert answer_to(unharmed, "POST", "/graphql", large, **JSON_HEADER)[0] == 413
    with requests.post(
        f"{unharmed.ui.url}/graphql",
        data=(large[start : start + 65536] for start in range(0, len(large), 65536)),
        headers={"Content-Type": "application/json"},
        timeout=60,
    ) as answer:
        assert answer.status_code == 413


WEBSOCKET = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol: graphql-ws",
)


@pytest.mark.parametrize(
    ("host", "origin", "answer"),
    [
        ("127.0.0.1", "http://127.0.0.1", "HTTP/1.1 101 Switching Protocols"),
        (NAME, f"https://{NAME}", "HTTP/1.1 101 Switching Protocols"),
        ("127.0.0.1", "http://127.0.0.1:8000", "HTTP/1.1 403 Forbidden"),
        ("127.0.0.1", "https://evil.example", "HTTP/1.1 403 Forbidden"),
        ("rebound.example", "http://rebound.example", "HTTP/1.1 400 Bad Request"),
    ],
)
def test_a_websocket_is_opened_to_our_own_pages_alone(
    unharmed: Stand, host: str, origin: str, answer: str
) -> None:
    request = ("GET /graphql HTTP/1.1", f"Host: {host}", f"Origin: {origin}")
    assert spoken(unharmed, *request, *WEBSOCKET) == answer


def test_every_answer_keeps_browsers_from_lending_it_to_others(
    unharmed: Stand,
) -> None:
    """Pages, files, refusals and errors; Dagster's own policy for scripts stays."""
    for path in ("/", "/favicon.png", "/server_info", BY_ADDRESS, "/logs/none/x/out"):
        answer = requests.get(f"{unharmed.ui.url}{path}", timeout=60)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["Content-Security-Policy"].endswith(POLICY)
        assert "server" not in answer.headers
    page = requests.get(unharmed.ui.url, timeout=60)
    assert "script-src 'nonce-" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["../home/dagster.yaml", "..%2Fhome%2Fdagster.yaml"])
def test_files_beside_the_logs_are_not_given(unharmed: Stand, path: str) -> None:
    request = (f"GET /logs/{path} HTTP/1.1", "Host: localhost", "Connection: close")
    assert spoken(unharmed, *request) in {
        *("HTTP/1.1 404 Not Found", "HTTP/1.1 500 Internal Server Error")
    }


def test_a_program_starts_a_run_as_before(guarded: Stand) -> None:
    before = guarded.runs()
    assert guarded.launch() == "LaunchRunSuccess"
    assert guarded.runs() == before + 1
