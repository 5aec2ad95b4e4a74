"""Answers that would fill memory or never end: each ends soon, as an error of ours."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
import zlib
from typing import TYPE_CHECKING

import pytest
from msgspec import json

from shopify_assets.api.connections import TooLarge
from shopify_assets.api.wire import Timeouts, Wire
from shopify_assets.errors import ApiError, ShopifyAssetsError, Unavailable
from shopify_assets.limits import InputLimits
from shopify_assets_tests.api.hostile import bomb, head, hostile
from shopify_assets_tests.api.server import Request, Scripted, graphql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.api.wire import Reply
    from shopify_assets_tests.api.server import Server

SHOP = "shop 'my-store.myshopify.com'"
SMALL = InputLimits(answer=2**20)
QUERY = "{ shop { id } }"
PATIENCE = Timeouts(connect=1.0, read=5.0)


def asked(
    pieces: Callable[[], Iterator[bytes]],
    *,
    limits: InputLimits = SMALL,
    timeouts: Timeouts = PATIENCE,
) -> Reply:
    """Ask a hostile server once."""
    with hostile(pieces) as server:
        wire = Wire(pool_size=1, timeouts=timeouts, limits=limits, of=SHOP)
        try:
            return wire.post(server.url, b"{}", headers={}, secrets=())
        finally:
            wire.close()


def refusal(pieces: Callable[[], Iterator[bytes]]) -> ShopifyAssetsError:
    """What it is refused with; of no library's class."""
    with pytest.raises(ShopifyAssetsError) as refused:
        asked(pieces)
    assert SHOP in str(refused.value)
    return refused.value


def test_an_answer_that_unpacks_to_more_than_is_taken_is_refused() -> None:
    packed = bomb(64 * 2**20)
    with pytest.raises(
        TooLarge, match=r"more than the 1.049MB .* SHOPIFY_ASSETS_MAX_A"
    ):
        asked(lambda: iter([head("Content-Encoding: gzip"), packed]))


_PEAK = """
import resource
from shopify_assets.api.connections import TooLarge
from shopify_assets.api.wire import Wire
from shopify_assets_tests.api.hostile import bomb, head, hostile

packed = bomb(500 * 2**20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with hostile(lambda: iter([head("Content-Encoding: gzip"), packed])) as server:
    try:
        Wire(pool_size=1).post(server.url, b"{}", headers={}, secrets=())
    except TooLarge:
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_bomb_of_half_a_gigabyte_takes_no_more_memory_than_the_limit() -> None:
    """By the limits that are usual; in a process of its own, whose peak is its own."""
    run = [sys.executable, "-c", _PEAK]
    peak = int(subprocess.run(run, check=True, capture_output=True).stdout)  # noqa: S603 -- our own text
    assert peak < 150, f"{peak} MiB"


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "zstd", "deflate", "x\x1b[2J"])
def test_a_packing_that_was_not_asked_for_is_refused(packing: str) -> None:
    content = bomb(2**20, layers=2) if "gzip" in packing else zlib.compress(b"{}")
    refused = refusal(lambda: iter([head(f"Content-Encoding: {packing}"), content]))
    assert isinstance(refused, ApiError)
    assert "only gzip was asked for" in str(refused)
    assert "\x1b" not in str(refused)


def test_what_is_packed_by_nobodys_rules_is_a_passing_fault() -> None:
    refused = pytest.raises(Unavailable, match="not compressed as it says")
    wire = Wire(pool_size=1, of=SHOP)
    with (
        hostile(lambda: iter([head("Content-Encoding: gzip"), b"{}"])) as server,
        refused,
    ):
        wire.post(server.url, b"{}", headers={}, secrets=())
    wire.close()


def dribbled(pause: float, *before: bytes) -> Iterator[bytes]:
    yield from before
    while True:
        time.sleep(pause)
        yield b"x"


@pytest.mark.parametrize(
    "before",
    [
        pytest.param((), id="status line"),
        pytest.param((b"HTTP/1.1 200 OK\r\nX-Slow: ",), id="header"),
        pytest.param((head("Content-Length: 1000000"), b"{"), id="body"),
        pytest.param((head("Transfer-Encoding: chunked"),), id="size of a chunk"),
    ],
)
def test_a_dribbled_answer_ends_when_its_time_is_over(
    before: tuple[bytes, ...],
) -> None:
    patience = Timeouts(connect=1.0, read=5.0, total=0.5)
    started = time.monotonic()
    with pytest.raises(
        Unavailable, match=r"within 0.5 s .* SHOPIFY_ASSETS_MAX_ANSWER_SEC"
    ):
        asked(lambda: dribbled(0.05, *before), timeouts=patience)
    assert time.monotonic() - started < 2.0


def test_a_silence_is_no_shorter_than_the_whole() -> None:
    """The time for all is over before that for a silence is."""
    patience = Timeouts(connect=1.0, read=5.0, total=0.3)
    started = time.monotonic()
    with pytest.raises(Unavailable, match=r"within 0.3 s"):
        asked(lambda: dribbled(3.0, head("Content-Length: 9")), timeouts=patience)
    assert time.monotonic() - started < 2.0


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b"X: y\r\n" * 101, b"\r\n"], id="many"),
        pytest.param([b"X: ", b"y" * 70_000, b"\r\n\r\n"], id="a long one"),
        pytest.param([b"X: " + b"y" * 60_000 + b"\r\n"] * 6, id="all of them long"),
        pytest.param([b"\r\n"], id="continued for ever"),
    ],
)
def test_headers_without_an_end_are_refused(pieces: list[bytes]) -> None:
    def answer() -> Iterator[bytes]:
        first = b"HTTP/1.1 200 OK\r\n"
        if pieces == [b"\r\n"]:
            yield from itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        yield from [first, *pieces]

    with pytest.raises(TooLarge, match="more than 100 headers, or 256 KiB of them"):
        asked(answer)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([head(), b"x" * 2**16], id="no length"),
        pytest.param([head("Content-Length: 99999999999"), b"x" * 2**16], id="length"),
        pytest.param(
            [head("Transfer-Encoding: chunked"), b"10000\r\n" + b"x" * 2**16 + b"\r\n"],
            id="chunks",
        ),
        pytest.param(
            [head("Transfer-Encoding: chunked"), b"1\r\nx\r\n" * 2**12],
            id="small chunks",
        ),
        pytest.param(
            [head("Transfer-Encoding: chunked"), b"0\r\n", b"X: y\r\n" * 2**12],
            id="trailers",
        ),
    ],
)
def test_a_body_without_an_end_is_refused(pieces: list[bytes]) -> None:
    *first, last = pieces
    refused = refusal(lambda: itertools.chain(first, itertools.repeat(last)))
    assert isinstance(refused, TooLarge)


def test_a_chunk_that_never_says_its_size_is_a_passing_fault() -> None:
    """The library limits that line itself."""
    pieces = (b"1;", *[b"x" * 2**16] * 64)
    with pytest.raises(Unavailable, match="the connection broke off"):
        asked(lambda: iter([head("Transfer-Encoding: chunked"), *pieces]))


def test_of_an_error_the_beginning_is_read_and_its_status_counts() -> None:
    first = b"HTTP/1.1 503 Oh\r\nContent-Encoding: identity\r\n\r\n"
    answer = asked(lambda: itertools.chain([first], itertools.repeat(b"x" * 2**16)))
    assert answer.status == 503
    assert set(answer.body) == {ord("x")}
    assert len(answer.body) < 2**20


@pytest.mark.parametrize("depth", [1_000, 100_000])
@pytest.mark.parametrize("half", ["", r"\ud83d"])
def test_an_answer_that_is_nested_too_deep_is_refused_at_once(
    client: ShopifyClient, server: Server, depth: int, half: str
) -> None:
    """By either decoder: half a surrogate pair is read by the slower one."""
    nest = "[" * depth + "]" * depth
    deep = f'{{"data":{{"name":"{half}","deep":{nest}}}}}'
    server.will_answer(Scripted(body=deep.encode()))
    with pytest.raises(TooLarge, match=f"{SHOP}: answer 'request-1' is nested deeper"):
        client.execute(QUERY)


@pytest.mark.parametrize("number", ["1" * 5_000, "1" * 1_000_000, "1e" + "9" * 5_000])
def test_a_number_of_a_million_digits_is_no_json(
    make_client: Callable[..., ShopifyClient], server: Server, number: str
) -> None:
    for half in ("", r"\ud83d"):
        body = f'{{"data":{{"name":"{half}","number":{number}}}}}'
        server.will_answer(*[Scripted(body=body.encode())] * 8)
        with pytest.raises(Unavailable, match="no JSON in answer"):
            make_client().execute(QUERY)
        server.script.clear()


def test_an_answer_of_next_to_nothing_many_times_is_refused(
    client: ShopifyClient, server: Server
) -> None:
    server.will_answer(Scripted(body=b'{"data":{"a":[' + b"[]," * 8_100_000 + b"[]]}}"))
    with pytest.raises(
        TooLarge, match=f"{SHOP}: answer 'request-1' holds some 8,100,000"
    ):
        client.execute(QUERY)


def test_a_page_that_is_too_large_is_asked_for_in_halves(
    make_client: Callable[..., ShopifyClient], server: Server
) -> None:
    """A real shop loses nothing by the limit: the records come, fewer at a time."""
    from shopify_assets.api.pages import iter_pages  # noqa: PLC0415 -- the only use

    def answer(request: Request) -> Scripted:
        first = int(request.variables["first"])
        start = int(request.variables["after"] or 0)
        numbers = range(start, min(start + first, 8))
        nodes = [{"id": f"gid://{number}", "note": "n" * 3_000} for number in numbers]
        last = start + first
        info = {"hasNextPage": last < 8, "endCursor": str(last)}
        return graphql({"orders": {"nodes": nodes, "pageInfo": info}})

    server.answer = answer
    client = make_client(input_limits=InputLimits(answer=10_000))
    query = "query($first: Int!, $after: String) { orders }"
    pages = list(iter_pages(client, query, path=("orders",), variables={}, first=8))
    assert [node["id"] for page in pages for node in page.nodes] == [
        f"gid://{number}" for number in range(8)
    ]
    assert max(len(page.nodes) for page in pages) == 2


def test_one_record_that_is_too_large_ends_the_walk_and_names_the_setting(
    make_client: Callable[..., ShopifyClient], server: Server
) -> None:
    from shopify_assets.api.pages import iter_pages  # noqa: PLC0415 -- the only use

    node = {"id": "gid://1", "note": "n" * 20_000}
    connection = {"nodes": [node], "pageInfo": {"hasNextPage": False, "endCursor": "1"}}
    server.answer = lambda _: graphql({"orders": connection})
    client = make_client(input_limits=InputLimits(answer=10_000))
    pages = iter_pages(client, "{ orders }", path=("orders",), variables={}, first=250)
    with pytest.raises(
        TooLarge, match=r"more than the 10KB .* SHOPIFY_ASSETS_MAX_ANSWER"
    ):
        next(pages)
    assert [each.variables["first"] for each in server.requests] == [
        250, 125, 62, 31, 15, 7, 3, 1,
    ]  # fmt: skip


def test_an_answer_of_ten_megabytes_is_nothing_special(
    client: ShopifyClient, server: Server
) -> None:
    """The size of a whole schema, and packed as Shopify packs it."""
    types = [{"name": f"Type{number}"} for number in range(600_000)]
    data = {"__schema": {"types": types}}
    packer = zlib.compressobj(1, wbits=31)
    packed = packer.compress(json.encode({"data": data})) + packer.flush()
    server.will_answer(Scripted(body=packed, headers={"Content-Encoding": "gzip"}))
    assert client.execute("{ __schema { types { name } } }").data == data
