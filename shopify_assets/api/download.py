"""Downloading one large file whole, over a line that breaks.

Charter: ranges, resuming and the proof that all bytes came. Whose file it is, and where
a new address comes from when the old one no longer opens, is told by the caller.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from shopify_assets.api.retry import Retrier
from shopify_assets.api.wire import is_passing
from shopify_assets.errors import ApiError, IncompleteData, Unavailable
from shopify_assets.limits import FILE, USUAL, beyond

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shopify_assets.api.retry import RetryConfig
    from shopify_assets.api.waiting import Waiter
    from shopify_assets.api.wire import FileReply, Wire

# What an attempt has to bring for failures before it to be forgotten: a file that comes
# by drops would else go on for ever.
PROGRESS = 64 * 1024

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_LENGTH = re.compile(r"\d{1,18}")

_OPENS_NO_MORE = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.GONE,
    }
)


class _LinkExpiredError(Exception):
    """The file host no longer opens the address; never leaves this file."""


@dataclass(frozen=True)
class File:
    """A file to fetch.

    Attributes:
        name: what messages call it.
        url: its address; a signed one opens it to anyone, so it is never shown.
        size: its promised number of bytes; None when nobody promised.
        renew: gives a new address when one no longer opens, or raises.
    """

    name: str
    url: str = field(repr=False)
    size: int | None
    renew: Callable[[], str]


class Download:
    """One file on its way; remembers how much of it came.

    A broken connection is resumed where it broke. The attempts of the retry rules count
    from the last attempt that brought something, their deadline from the last byte.
    """

    def __init__(
        self,
        wire: Wire,
        file: File,
        *,
        retry: RetryConfig,
        waiter: Waiter,
        largest: int = USUAL.file,
    ) -> None:
        self._wire = wire
        self._file = file
        self._retrier = Retrier(retry)
        self._waiter = waiter
        self._url = file.url
        self._received = 0
        self._moved_at = self._spoke_at = waiter.clock()
        self._total = file.size
        self._largest = largest
        self._etag: str | None = None

    def pieces(self) -> Iterator[bytes]:
        """Yield the file's bytes in order, each once.

        Raises:
            IncompleteData: more or fewer bytes than promised, or more than are taken.
            Unavailable: it did not come in spite of all attempts.
        """
        failures = 0
        self._refuse_surplus()
        while True:
            before = self._received
            try:
                yield from self._read_on()
            except _LinkExpiredError:
                self._url = self._file.renew()
            except Unavailable as error:
                failures = 1 if self._has_moved(before) else failures + 1
                self._wait(error, failures)
            else:
                return

    def _has_moved(self, before: int) -> bool:
        """Whether an attempt brought so much that it leads to an end."""
        missing = PROGRESS if self._total is None else self._total - before
        return self._received - before >= min(PROGRESS, max(1, missing // 10))

    def _wait(self, error: Unavailable, failures: int) -> None:
        quiet = self._waiter.clock() - self._moved_at
        wait = self._retrier.wait(error, attempt=failures, elapsed=quiet)
        so_far = self._so_far()
        if wait is None:
            message = (
                f"{self._file.name}: {so_far} given up after {failures} failures in "
                f"{quiet:.0f} s: {error}; run it again within a day: the finished "
                "operation is taken up; if its file breaks off again, look for a proxy "
                "or a firewall between here and the file host"
            )
            # The chain behind it would show the file's signed address.
            raise Unavailable(message) from None
        next_try = self._retrier.next_try(error, attempt=failures)
        doing = f"{self._file.name}: {so_far}"
        self._waiter.tell(f"{doing}: again in {wait:.3g} s, {next_try}: {error}")
        self._waiter.wait_as_told(wait, reason=doing)

    def _so_far(self) -> str:
        promised = "unknown" if self._total is None else f"{self._total:,}"
        return f"download at byte {self._received:,} of {promised}"

    def _speak(self) -> None:
        """Say now and then how far it is: a large file takes minutes."""
        if self._moved_at - self._spoke_at >= self._waiter.silence:
            self._spoke_at = self._moved_at
            self._waiter.tell(f"{self._file.name}: {self._so_far()}")

    def _read_on(self) -> Iterator[bytes]:
        start = self._received
        with self._wire.open_file(self._url, start=start) as reply:
            self._refuse(reply)
            repeated = start if reply.status == HTTPStatus.OK else 0
            for piece in _without_first(reply.pieces(), repeated):
                self._received += len(piece)
                self._moved_at = self._waiter.clock()
                self._refuse_surplus()
                self._speak()
                yield piece
        self._refuse_short(start)

    def _refuse(self, reply: FileReply) -> None:
        status = reply.status
        if status in _OPENS_NO_MORE:
            raise _LinkExpiredError
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise self._incomplete("ends there")
        if is_passing(status):
            message = f"{self._file.name}: {reply.host} answers HTTP {status}"
            raise Unavailable(message, wait=reply.retry_after)
        encoding = reply.headers.get("Content-Encoding", "identity")
        if status not in _FILE or encoding != "identity":
            message = (
                f"{self._file.name}: {reply.host} answers HTTP {status} with encoding "
                f"{reply.header('Content-Encoding')!r}; a plain file was asked for"
            )
            raise ApiError(message)
        self._refuse_other_file(reply)

    def _refuse_other_file(self, reply: FileReply) -> None:
        extent = _extent(reply, self._received)
        if extent.start != self._received:
            raise self._incomplete(f"came from byte {extent.start}")
        total = extent.total
        if None not in {total, self._total} and total != self._total:
            raise self._incomplete(f"has {total} bytes on the file host")
        etag = reply.headers.get("ETag")
        if None not in {etag, self._etag} and etag != self._etag:
            raise self._incomplete("changed meanwhile")
        self._total = self._total or total or extent.announced
        self._etag = self._etag or etag
        self._refuse_surplus()

    def _refuse_surplus(self) -> None:
        if max(self._received, self._total or 0) > self._largest:
            raise self._incomplete(f"has {beyond(self._largest, FILE)}")
        if self._total is not None and self._received > self._total:
            raise self._incomplete("goes on")

    def _refuse_short(self, start: int) -> None:
        if self._total is None or self._received == self._total:
            return
        if self._received == start:
            raise self._incomplete("ends there")
        message = f"{self._file.name} broke off at byte {self._received}"
        raise Unavailable(message)

    def _incomplete(self, what: str) -> IncompleteData:
        promised = "unknown" if self._total is None else str(self._total)
        return IncompleteData(
            f"{self._file.name}: {self._received} bytes received of {promised} "
            f"promised, but the file {what}; submit the operation again"
        )


_FILE = frozenset({HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT})


@dataclass(frozen=True)
class _Extent:
    """What an answer says it brings.

    Attributes:
        start: the first byte of it; a whole file in answer to a range counts as the
            range, for what it repeats is skipped.
        total: the file's size.
        announced: the length of a whole file's body. It is the file's size only for
            want of a better one: what is shorter may have been cut, and is resumed.
    """

    start: int
    total: int | None = None
    announced: int | None = None


def _extent(reply: FileReply, asked: int) -> _Extent:
    if reply.status == HTTPStatus.OK:
        length = _LENGTH.fullmatch(reply.headers.get("Content-Length", ""))
        return _Extent(asked, announced=int(length[0]) if length else None)
    match = _CONTENT_RANGE.fullmatch(reply.headers.get("Content-Range", ""))
    if match is None:
        return _Extent(-1)
    return _Extent(int(match[1]), None if match[3] == "*" else int(match[3]))


def _without_first(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    for piece in pieces:
        if count < len(piece):
            yield piece[count:]
        count = max(0, count - len(piece))


def in_chunks(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Join pieces into chunks of `size` bytes or more; the last holds what is left."""
    waiting: list[bytes] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= size:
            yield b"".join(waiting)
            waiting, length = [], 0
    if waiting:
        yield b"".join(waiting)
