"""Serving the results of bulk operations: whole files, ranges, and broken ones.

Charter: HTTP of downloads as the file store behind Shopify does it: ranges are
honoured, whole files come compressed if the client asks for that.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response, StreamingResponse

from shopify_assets.simulator.faults import Kind
from shopify_assets.simulator.http.cutting import cut

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from shopify_assets.simulator.bulk.operations import Operation
    from shopify_assets.simulator.shop.store import Store

_PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_KINDS = (Kind.DOWNLOAD_TRUNCATED, Kind.DOWNLOAD_RESET, Kind.DOWNLOAD_EXPIRED)
_GZIP = 16 + zlib.MAX_WBITS
_SHOWN = "response-content-disposition"


@dataclass(frozen=True)
class Span:
    """The bytes of a file that are asked for."""

    start: int
    stop: int
    size: int

    @property
    def length(self) -> int:
        """How many they are."""
        return self.stop - self.start

    def half(self) -> Span:
        """The first half of them."""
        return Span(self.start, self.start + self.length // 2, self.size)


async def download(store: Store, operation: Operation, request: Request) -> Response:
    """Answer a request for an operation's file."""
    fault = store.faults.fire(str(request.url), *_KINDS)
    kind = fault.kind if fault else None
    if operation.expired or kind is Kind.DOWNLOAD_EXPIRED:
        return Response("<Error><Code>ExpiredToken</Code></Error>", 403)
    size = operation.file.stat().st_size
    asked = _span(request.headers.get("range"), size)
    if asked is None:
        return Response("", 416, {"Content-Range": f"bytes */{size}"})
    store.requests.downloads += 1
    sent = asked if kind is None else asked.half()
    broken = request if kind is Kind.DOWNLOAD_RESET else None
    body = _pieces(store, operation, sent, broken=broken)
    if "range" in request.headers:
        span = f"bytes {asked.start}-{asked.stop - 1}/{size}"
        length = (asked if broken else sent).length
        return _stream(body, 206, length, span=span, told=request.query_params)
    if kind is None and "gzip" in request.headers.get("accept-encoding", ""):
        return _compressed(body, told=request.query_params)
    length = (asked if broken else sent).length
    return _stream(body, 200, length, told=request.query_params)


def _stream(
    body: AsyncIterator[bytes],
    status: int,
    length: int,
    *,
    told: QueryParams,
    span: str | None = None,
) -> Response:
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(length), **_file(told)}
    if span is not None:
        headers["Content-Range"] = span
    return StreamingResponse(body, status, headers, "application/jsonl")


def _compressed(body: AsyncIterator[bytes], *, told: QueryParams) -> Response:
    headers = {"Content-Encoding": "gzip", **_file(told)}
    return StreamingResponse(_deflated(body), 200, headers, "application/jsonl")


def _file(told: QueryParams) -> dict[str, str]:
    """The file's name as its link says it."""
    return {"Content-Disposition": told[_SHOWN]} if _SHOWN in told else {}


async def _deflated(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(level=1, wbits=_GZIP)
    async for piece in body:
        yield packer.compress(piece)
    yield packer.flush()


def _span(header: str | None, size: int) -> Span | None:
    if header is None:
        return Span(0, size, size)
    found = _RANGE.fullmatch(header)
    if found is None or int(found[1]) >= size:
        return None
    stop = int(found[2]) + 1 if found[2] else size
    return Span(int(found[1]), min(stop, size), size)


async def _pieces(
    store: Store, operation: Operation, span: Span, *, broken: Request | None
) -> AsyncIterator[bytes]:
    with operation.file.open("rb") as opened:
        opened.seek(span.start)
        left = span.length
        while left:
            piece = opened.read(min(_PIECE, left))
            left -= len(piece)
            store.requests.download_bytes += len(piece)
            yield piece
    if broken is not None:
        cut(broken.scope)
