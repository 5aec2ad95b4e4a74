"""Files come from public hosts, and whole: redirects, names and paces that lie."""

from __future__ import annotations

import itertools
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.api import download
from shopify_assets.api.bulk import stream
from shopify_assets.api.connections import Rate
from shopify_assets.api.hosts import HostRefused, Hosts, kind_of
from shopify_assets.api.wire import Timeouts, Wire
from shopify_assets.errors import ApiError, IncompleteData, Unavailable
from shopify_assets.limits import InputLimits
from shopify_assets_tests.api.hostile import bomb, head, hostile
from shopify_assets_tests.api.server import Scripted
from shopify_assets_tests.api.test_bulk import OPERATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets_tests.api.server import Server

SHOP = "shop 'my-store.myshopify.com'"
PUBLIC = Hosts("https://93.184.216.34", SHOP)
LOCAL = Hosts("http://127.0.0.1:8080", SHOP)


@pytest.mark.parametrize(
    ("kind", "addresses"),
    [
        ("public", "8.8.8.8 2001:4860:4860::8888 ::ffff:8.8.8.8 64:ff9b::808:808"),
        ("loopback", "127.0.0.1 127.9.9.9 0.0.0.0 :: ::1 ::ffff:127.0.0.1"),
        ("loopback", "64:ff9b::7f00:1 64:ff9b:1::7f00:1 2002:7f00:1:: ::127.0.0.1"),
        ("link-local", "169.254.169.254 fe80::1 fe80::1%eth0 ::ffff:169.254.169.254"),
        ("private", "10.0.0.1 172.16.0.1 192.168.1.1 fd00:ec2::254 fec0::1 192.0.2.1"),
        ("reserved", "100.64.0.1 240.0.0.1 255.255.255.255 ::ffff:100.100.100.200"),
        ("multicast", "224.0.0.1 239.1.1.1 ff02::1"),
    ],
)
def test_an_address_is_of_the_kind_that_it_leads_to(kind: str, addresses: str) -> None:
    assert {each: kind_of(each) for each in addresses.split()} == dict.fromkeys(
        addresses.split(), kind
    )


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (
            "http://storage.googleapis.com/f",
            "is told by http; files .* from https only",
        ),
        ("file:///etc/passwd", "is told by file"),
        ("storage.googleapis.com/f", "is told by no scheme"),
        ("https://127.0.0.1/f", "'127.0.0.1', is loopback"),
        ("https://169.254.169.254/latest/meta-data", "is link-local"),
        ("https://[::ffff:10.0.0.1]/f", "is private"),
        ("https://[fe80::1%25eth0]/f", "is link-local"),
        ("https://[::1/f", "is told by no scheme"),
        ("https:///f", "is told by https"),
    ],
)
def test_an_address_that_is_none_of_a_public_host_is_refused(
    url: str, why: str
) -> None:
    with pytest.raises(HostRefused, match=why) as refused:
        PUBLIC.refuse_url(url)
    assert str(refused.value).startswith(f"{SHOP}: the host of a file")
    assert "/f" not in str(refused.value)


def test_where_the_shop_itself_is_local_its_files_may_be() -> None:
    LOCAL.refuse_url("http://127.0.0.1:9999/file")
    LOCAL.refuse_url("https://storage.googleapis.com/file")
    Hosts("http://localhost:1", SHOP).refuse_address("127.0.0.1", host="localhost")
    for elsewhere in ("169.254.169.254", "10.0.0.1"):
        with pytest.raises(HostRefused):
            LOCAL.refuse_url(f"http://{elsewhere}/file")


def resolved(names: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let names lead to addresses, as a name server would; returns what it is asked."""
    real, looked_up = socket.getaddrinfo, []

    def look_up(host: Any, *args: Any, **more: Any) -> Any:
        looked_up.append(host)
        return real(names.get(host, host), *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return looked_up


def test_a_name_that_leads_into_the_own_network_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the address that is connected: no second look-up could differ."""
    with hostile(lambda: iter([head("Content-Length: 0")])) as server:
        port = server.url.rpartition(":")[2]
        looked_up = resolved({"files.example.com": "127.0.0.1"}, monkeypatch)
        wire = Wire(pool_size=1, base_url="https://93.184.216.34", of=SHOP)
        refused = pytest.raises(
            HostRefused, match=r"'files.example.com', is 127\.0\.0\.1, l"
        )
        url = f"https://files.example.com:{port}/file"
        with refused, wire.open_file(url, start=0):
            pass
        wire.close()
        assert server.requests == []
        assert looked_up == ["files.example.com"]


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("http://169.254.169.254/latest/meta-data", "'169.254.169.254', is link-local"),
        ("http://10.0.0.1/", "'10.0.0.1', is private"),
        ("https://[::ffff:a9fe:a9fe]/", "is link-local"),
        ("ftp://127.0.0.1/", "is told by ftp"),
        ("//metadata.internal/", "'metadata.internal', is 10.0.0.1, private"),
    ],
)
def test_a_redirect_into_the_own_network_is_refused(
    client: ShopifyClient,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    why: str,
) -> None:
    """The shop is at 127.0.0.1 here, and so may its files be, but nowhere else."""
    server.will_answer(Scripted(302, headers={"Location": place}))
    if "metadata" in place:
        connected = resolved({"metadata.internal": "127.0.0.1"}, monkeypatch)
        peer = socket.socket.getpeername
        own = ("127.0.0.1", server.server_port)

        def getpeername(self: socket.socket) -> Any:
            # No machine of a test is at 10.0.0.1; the connection says it were.
            return ("10.0.0.1", 80) if "metadata.internal" in connected else peer(self)

        monkeypatch.setattr(socket.socket, "getpeername", getpeername)
        place = f"//metadata.internal:{own[1]}/"
        server.script[0] = Scripted(302, headers={"Location": place})
    operation = replace(OPERATION, url=f"{server.url}/file?signature=s3cret")
    with pytest.raises(HostRefused, match=why) as refused:
        list(stream(client, operation))
    assert SHOP in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert len(server.requests) == 1


def test_a_redirect_from_https_to_http_is_refused() -> None:
    with pytest.raises(HostRefused, match="is told by http"):
        PUBLIC.refuse_url("http://93.184.216.34/file")


def test_redirects_are_followed_with_the_range_but_not_for_ever(
    client: ShopifyClient, server: Server
) -> None:
    operation = replace(OPERATION, url=f"{server.url}/0", file_size=4)
    server.will_answer(
        *(Scripted(307, headers={"Location": f"/{number}"}) for number in range(1, 6)),
        Scripted(body=b"file"),
    )
    assert b"".join(stream(client, operation)) == b"file"
    assert [each.path for each in server.requests] == [f"/{n}" for n in range(6)]
    server.answer = lambda _: Scripted(301, headers={"Location": "/again"})
    with pytest.raises(ApiError, match=f"{SHOP}: .* more than 5 redirects"):
        list(stream(client, operation))


def local(size: int | None, url: str) -> Any:
    return replace(OPERATION, url=f"{url}/file", file_size=size)


def test_a_file_of_no_stated_size_ends_at_the_limit(
    make_client: Callable[..., ShopifyClient],
) -> None:
    client = make_client(input_limits=InputLimits(file=10**6))

    def endless() -> Iterator[bytes]:
        return itertools.chain([head()], itertools.repeat(b"x" * 2**16))

    limit = pytest.raises(
        IncompleteData, match=r"than the 1MB .* SHOPIFY_ASSETS_MAX_FILE"
    )
    with hostile(endless) as server, limit as refused:
        list(stream(client, local(None, server.url)))
    assert SHOP in str(refused.value)


def test_a_file_of_a_stated_size_beyond_the_limit_is_not_begun(
    make_client: Callable[..., ShopifyClient], server: Server
) -> None:
    client = make_client(input_limits=InputLimits(file=10**6))
    with pytest.raises(
        IncompleteData, match=r"0 bytes received of 10000000 .* the 1MB"
    ):
        list(stream(client, local(10**7, server.url)))
    assert server.requests == []


def test_a_host_that_sends_more_than_stated_is_cut_at_once(
    client: ShopifyClient,
) -> None:
    def endless() -> Iterator[bytes]:
        return itertools.chain([head()], itertools.repeat(b"x" * 2**16))

    with hostile(endless) as server, pytest.raises(IncompleteData, match="goes on"):
        list(stream(client, local(1000, server.url)))


@pytest.mark.parametrize("last", [b"X: y\r\n" * 2**12, b"1\r\nx\r\n" * 2**12])
def test_a_file_that_is_all_frames_is_refused(
    client: ShopifyClient, last: bytes
) -> None:
    first = head("Transfer-Encoding: chunked") + (b"0\r\n" if b"X" in last else b"")

    def endless() -> Iterator[bytes]:
        return itertools.chain([first], itertools.repeat(last))

    refused = pytest.raises(ApiError, match=f"{SHOP}: .* hold next to nothing")
    with hostile(endless) as server, refused:
        list(stream(client, local(None, server.url)))


def test_a_file_that_comes_packed_is_refused(client: ShopifyClient) -> None:
    pieces = [head("Content-Encoding: gzip"), bomb(2**20)]
    refused = pytest.raises(
        ApiError, match="encoding 'gzip'; a plain file was asked for"
    )
    with hostile(lambda: iter(pieces)) as server, refused:
        list(stream(client, local(None, server.url)))


def test_a_file_that_comes_by_drops_is_resumed_and_given_up(
    make_client: Callable[..., ShopifyClient],
) -> None:
    """Each attempt brings some bytes, which is not enough to go on for ever."""
    rate = Rate(bytes=1000, seconds=0.2)
    client = make_client(timeouts=Timeouts(connect=1.0, read=5.0, rate=rate))

    def drops() -> Iterator[bytes]:
        yield head("Content-Length: 1000000")
        while True:
            yield b"x"
            time.sleep(0.02)

    given_up = pytest.raises(
        Unavailable, match=r"given up after 8 failures .* are the le"
    )
    started = time.monotonic()
    with hostile(drops) as server, given_up as refused:
        list(stream(client, local(10**6, server.url)))
    assert len(server.requests) == 8
    assert SHOP in str(refused.value)
    assert time.monotonic() - started < 10


def test_attempts_that_bring_little_count(
    client: ShopifyClient, server: Server
) -> None:
    size = download.PROGRESS * 3
    server.answer = lambda request: Scripted(
        206 if "range" in request.headers else 200,
        b"x" * 1000,
        headers={
            "Content-Length": str(size),
            "Content-Range": f"bytes {_start(request.headers)}-{size - 1}/{size}",
        },
        cut=1000,
    )
    with pytest.raises(Unavailable, match="given up after 8 failures"):
        list(stream(client, local(size, server.url)))
    assert len(server.requests) == 8


def _start(headers: Any) -> int:
    return int(headers.get("range", "bytes=0-")[6:-1])
