"""Of an error of a library nothing is left that could quote a secret.

Each error is raised for real: by a request that cannot be made, a host that refuses, a
certificate, a proxy, a redirect, a database, a bucket. Then all is looked at that
anyone could print of it.
"""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
import pytest
from botocore.config import Config
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from shopify_assets.api.auth import FixedToken
from shopify_assets.api.client import ShopifyClient
from shopify_assets.api.grants import TokenEndpoint
from shopify_assets.api.retry import RetryConfig
from shopify_assets.api.wire import Timeouts, Wire
from shopify_assets.defs.alerts import post
from shopify_assets.errors import ConfigurationError, ShopifyAssetsError
from shopify_assets.foreign import empty, told_as
from shopify_assets.postgres.connect import connect
from shopify_assets.settings import Secret, Shop, StoredToken
from shopify_assets.simulator.http.certificates import Certificate
from shopify_assets.storage.s3 import S3Store
from shopify_assets_tests.quoting import all_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DOMAIN = "ember.myshopify.com"
SESAME = "open-sesame-0123456789"
CLOSED = "http://127.0.0.1:9"


def client(
    base_url: str = CLOSED, token: str = SESAME, *, tries: int = 1
) -> ShopifyClient:
    return ShopifyClient(
        Shop(DOMAIN, StoredToken("TOKEN"), base_url),
        api_version="2026-10",
        token=FixedToken(Secret(token)),
        retry=RetryConfig(attempts=tries, first_wait=0.01, jitter=0.0),
        timeouts=Timeouts(connect=1.0, read=1.0),
    )


def ask(base_url: str = CLOSED, token: str = SESAME) -> None:
    client(base_url, token).execute("{ shop { id } }")


def fetch(url: str) -> None:
    with Wire(pool_size=1, timeouts=Timeouts(1.0, 1.0)).open_file(url, start=0):
        pass


def trade(base_url: str = CLOSED, secret: str = SESAME) -> None:
    endpoint = TokenEndpoint(DOMAIN, base_url, Secret("id"), Secret(secret))
    endpoint.by_refresh(None, first=Secret(secret + "refresh"))


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], str]]:
    """Serves one answer to whoever connects; tells where."""
    sockets = []

    def serve(answer: bytes, *, context: ssl.SSLContext | None = None) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        sockets.append(listener)

        def accept() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                    if context:
                        peer = context.wrap_socket(peer, server_side=True)
                    peer.recv(65536)
                    peer.sendall(answer)
                    peer.close()
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        return f"127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for listener in sockets:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def told(attempt: Callable[[], Any]) -> str:
    """What the error tells, with all behind it; it is one of ours."""
    with pytest.raises(ShopifyAssetsError) as raised:
        attempt()
    return texts_of(raised.value)


def refused(attempt: Callable[[], Any]) -> str:
    """The same, and the values of all variables on the way."""
    with pytest.raises(ShopifyAssetsError) as raised:
        attempt()
    # Those of this function, and of the test's own function that was called.
    return all_of(raised.value, own_frames=3)


@pytest.mark.parametrize("odd", ["\r\nX: y", "\n", "é", "\u202e", "\x00", " "])
def test_a_header_that_cannot_be_sent(odd: str) -> None:
    """As if the check at the door were not there."""
    assert SESAME not in refused(lambda: ask(token=f" {odd}{SESAME}"))


def test_a_connection_that_is_refused() -> None:
    assert SESAME not in refused(ask)
    assert SESAME not in refused(trade)


@pytest.mark.parametrize("name", ["X-Goog-Signature", "sig", "X-Amz-Signature"])
def test_a_signed_address_that_does_not_answer(name: str) -> None:
    assert SESAME not in told(lambda: fetch(f"{CLOSED}/file?{name}={SESAME}"))


def test_a_signed_address_that_breaks_off(answering: Callable[[bytes], str]) -> None:
    host = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")

    def read() -> None:
        wire = Wire(pool_size=1, timeouts=Timeouts(1.0, 1.0))
        with wire.open_file(f"http://{host}/f?s={SESAME}", start=0) as reply:
            list(reply.pieces())

    assert SESAME not in told(read)


def test_a_certificate_that_is_not_trusted(
    answering: Callable[..., str], tmp_path: Path
) -> None:
    made = Certificate.made(tmp_path, [DOMAIN])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain)
    host = answering(b"", context=context)
    assert SESAME not in refused(lambda: ask(f"https://{host}"))
    assert SESAME not in refused(lambda: trade(f"https://{host}"))


@pytest.mark.parametrize(
    "location",
    [
        f"https://me:{SESAME}@evil.example/x",
        f"https://evil.example/?token={SESAME}",
        f"https://{SESAME}/",
        f"https://[{SESAME}",
    ],
)
def test_a_redirect(answering: Callable[[bytes], str], location: str) -> None:
    head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    host = answering(head.encode())
    assert SESAME not in refused(lambda: ask(f"http://{host}"))


def test_a_proxy_with_a_password_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{SESAME}@127.0.0.1:9")
    assert SESAME not in refused(lambda: ask("https://ember.example", token="x"))


def test_a_proxy_with_a_password_that_refuses(
    answering: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    host = answering(
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    )
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{SESAME}@{host}")
    assert SESAME not in refused(lambda: ask("https://ember.example", token="x"))


def test_what_goes_to_this_machine_goes_to_no_proxy(
    answering: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not encrypted: the proxy would read the token."""
    proxy = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://{proxy}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert "no connection to 127.0.0.1:9: connection refused" in refused(ask)


@pytest.mark.parametrize(
    "answer",
    [
        b'{"access_token": 7, "expires_in": "%s"}',
        b'{"access_token": ["%s"], "expires_in": []}',
        b'{"access_token": "%s\xff"}',
        b"<html>%s",
        b'{"access_token": "%s\\r\\nX: y", "expires_in": 60, "refresh_token": "x"}',
        b'{"access_token": "x", "expires_in": 60, "refresh_token": "\xc3\xa9%s"}',
    ],
)
def test_a_grant_that_is_none(answering: Callable[[bytes], str], answer: bytes) -> None:
    body = answer.replace(b"%s", SESAME.encode())
    length = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    host = answering(length + body)
    assert SESAME not in told(lambda: trade(f"http://{host}", "another"))


def test_a_wrong_password_of_the_warehouse(database_url: str) -> None:
    parts = conninfo_to_dict(database_url)
    place = f"{parts['host']}:{parts['port']}" if parts.get("port") else parts["host"]
    url = f"postgresql://{parts['user']}:{SESAME}@{place}/{parts['dbname']}"
    if str(parts["host"]).startswith("/"):
        url = make_conninfo(database_url, password=SESAME)
    shown = told(lambda: connect(url))
    assert "password authentication failed" in shown
    assert SESAME not in shown


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:{}@127.0.0.1:9/data",
        "postgresql://me:x/{}@127.0.0.1/data",
        "postgresql://me:12/{}@127.0.0.1/data",
        "postgresql://me:x@{}@127.0.0.1/data",
        "postgresql://me:x?{}@127.0.0.1/data",
        "postgresql://me:x#{}@127.0.0.1/data",
        "postgresql://me:x%{}@127.0.0.1/data",
        "postgresql://me:x:{}@127.0.0.1:9/data",
        "postgresql://{}:9x9/data",
    ],
)
def test_a_warehouse_that_is_none(url: str) -> None:
    """The password is not shown, nor the half of it that libpq takes for a host."""
    assert SESAME not in told(lambda: connect(url.format(SESAME)))


def test_a_wrong_key_of_the_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://me:{SESAME}@127.0.0.1:9")
    bucket = boto3.client(
        "s3",
        endpoint_url="http://bucket.example",
        region_name="us-east-1",
        aws_access_key_id="id",
        aws_secret_access_key=SESAME,
        config=Config(retries={"max_attempts": 1}, connect_timeout=1),
    )
    store = S3Store(bucket, "lake")
    for attempt in (
        lambda: S3Store.reach(bucket, "lake"),
        lambda: store.write("key", b"x"),
        lambda: store.read("key"),
        lambda: store.keys("key"),
    ):
        assert SESAME not in refused(attempt)


def test_an_alert_that_cannot_be_sent() -> None:
    assert SESAME not in told(lambda: post(Secret(f"{CLOSED}/{SESAME}"), "text"))
    unsafe = Secret(f"http://hooks.example/{SESAME}")
    assert SESAME not in told(lambda: post(unsafe, "text"))


def test_an_error_is_emptied_with_all_it_came_from() -> None:
    try:
        try:
            (SESAME + "é").encode("ascii")
        except UnicodeError as cause:
            error = OSError(5, SESAME, SESAME)
            error.add_note(SESAME)
            error.reason = ValueError(SESAME)  # type: ignore[attr-defined]  # as libraries do
            raise error from cause
    except OSError as caught:
        empty(caught)
        with pytest.raises(ConfigurationError, match="ours") as raised:
            _raise_ours(caught)
    assert SESAME not in all_of(raised.value, own_frames=1)


def _raise_ours(foreign: Exception) -> None:
    with told_as(lambda _: ConfigurationError("ours"), OSError):
        raise foreign


def test_what_is_not_foreign_passes() -> None:
    with pytest.raises(KeyError), told_as(lambda _: ConfigurationError(), OSError):
        raise KeyError(1)
    with told_as(lambda _: ConfigurationError(), psycopg.Error):
        pass
