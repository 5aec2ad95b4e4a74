"""What a request must look like to be answered."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from shopify_assets.errors import ConfigurationError
from shopify_assets.web.rules import names, refusal, refusal_of_socket

HOST = {"host": "127.0.0.1:3000"}
JSON = {"content-type": "application/json"}
OWN = {"origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-origin"}
LINK = {
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
}
HTML = {"accept": "text/html,*/*"}


def status(method: str, path: str, **headers: dict[str, str]) -> int | None:
    sent = {name: value for some in headers.values() for name, value in some.items()}
    refused = refusal(method=method, path=path, headers=Headers({**HOST, **sent}))
    return None if refused is None else refused.status.value


def test_a_program_that_is_no_browser_may_ask() -> None:
    assert status("POST", "/graphql", sent=JSON) is None
    assert status("GET", "/server_info") is None
    assert status("HEAD", "/runs/1") is None


def test_our_own_pages_may_ask() -> None:
    assert status("POST", "/graphql", sent=JSON, said=OWN) is None
    assert status("GET", "/assets/shopify", said=OWN) is None


def test_a_link_elsewhere_may_lead_to_a_page() -> None:
    assert status("GET", "/runs/1", said=LINK, accepted=HTML) is None


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_query_in_an_address_is_never_executed(method: str) -> None:
    """Of any origin: a picture of an older browser says none."""
    for path in ("/graphql", "/graphql/", "/prefix/graphql"):
        assert status(method, path) == 405
        assert status(method, path, said=OWN) == 405
        # The form to write queries in, which executes nothing by itself.
        assert status(method, path, accepted=HTML) is None


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_are_none_of_dagsters(method: str) -> None:
    assert status(method, "/graphql", sent=JSON) == 405


@pytest.mark.parametrize(
    "stated",
    [
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=application/json",
        "application/graphql",
        "application/jsonx",
        "",
    ],
)
def test_what_a_form_can_send_is_not_read(stated: str) -> None:
    """Dagster looks for `application/json` anywhere in the header."""
    assert status("POST", "/graphql", sent={"content-type": stated}) == 415


def test_json_may_state_its_letters() -> None:
    sent = {"content-type": "Application/JSON; charset=utf-8"}
    assert status("POST", "/graphql", sent=sent) is None


@pytest.mark.parametrize(
    "origin",
    [
        "http://127.0.0.1:8000",
        "http://localhost:3000",
        "https://evil.example",
        "http://127.0.0.1:3000.evil.example",
        "http://evil.example#127.0.0.1:3000",
        "chrome-extension://127.0.0.1:3000",
        "file://",
        "null",
        "",
        "http://[::1",
    ],
)
def test_pages_of_another_origin_are_refused(origin: str) -> None:
    """Another port of this machine is one, and so is another name of it."""
    said = {"origin": origin}
    assert status("POST", "/graphql", sent=JSON, said=said) == 403
    assert status("GET", "/server_info", said=said) == 403
    assert refusal_of_socket(Headers({**HOST, **said})) is not None


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("dagster.example.com", "https://dagster.example.com"),
        ("dagster.example.com:8443", "https://dagster.example.com:8443"),
        ("Dagster.Example.com:443", "https://dagster.example.com"),
        ("localhost", "http://localhost"),
        ("[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_the_origin_is_ours_by_whatever_name_we_are_asked(
    host: str, origin: str
) -> None:
    said = {"host": host, "origin": origin}
    assert status("POST", "/graphql", sent=JSON, said=said) is None
    assert refusal_of_socket(Headers(said)) is None


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_other_sites_may_not_fetch_frame_or_post(site: str) -> None:
    """By a form, a picture, a script, a frame or a WebSocket, of whatever origin."""
    said = {"sec-fetch-site": site}
    frame = {**LINK, **said, "sec-fetch-dest": "iframe"}
    picture = {**said, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    assert status("GET", "/", said=frame, accepted=HTML) == 403
    assert status("GET", "/favicon.png", said=picture) == 403
    assert status("POST", "/graphql", sent=JSON, said={**LINK, **said}) == 403
    socket = {**HOST, **said, "sec-fetch-mode": "websocket"}
    assert refusal_of_socket(Headers(socket)) is not None


@pytest.mark.parametrize(
    "name", ["host", "origin", "content-type", "sec-fetch-site", "sec-fetch-mode"]
)
def test_a_header_that_is_there_twice_is_not_chosen_from(name: str) -> None:
    sent = {**HOST, **OWN, **JSON, "sec-fetch-mode": "cors"}
    listed = [(key.encode(), value.encode()) for key, value in sent.items()]
    headers = Headers(raw=[*listed, (name.encode(), b"localhost")])
    refused = refusal(method="POST", path="/graphql", headers=headers)
    assert refused is not None
    assert refused.status == 400


def test_names_of_hosts_are_taken() -> None:
    assert names(["dagster.example.com", " [fd00::1]", ""]) == (
        *("dagster.example.com", "[fd00::1]"),
    )


@pytest.mark.parametrize(
    "listed", ["*", "*.example.com", "https://a.example", "a.example:3000", "a/b", "-a"]
)
def test_what_is_no_name_of_a_host_stops_the_start(listed: str) -> None:
    with pytest.raises(ConfigurationError, match="SHOPIFY_ASSETS_UI_HOSTS"):
        names([listed])
