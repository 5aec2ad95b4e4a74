"""The streams of one shop, several side by side.

Charter: which stream is begun when, and handing on what became of each as soon as that
is known. A shop's answers are waited for most of the time, so threads are enough; its
cost bucket, which they share, sets the pace. What is done to a stream is `stream`'s
business.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING

from shopify_assets.refresh.asked import STEPS, Began
from shopify_assets.refresh.stream import take

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.refresh.asked import Asked
    from shopify_assets.refresh.stream import Taken, Workplace

# More wait for the same bucket of points.
AT_ONCE = 4


def urgent_first(streams: Sequence[CompiledStream]) -> list[CompiledStream]:
    """In the order in which they are taken."""
    return sorted(streams, key=lambda compiled: not compiled.stream.urgent)


def take_all(
    streams: Sequence[CompiledStream],
    asked: Asked,
    place: Workplace,
    *,
    steps: Callable[[str], Collection[str]] = lambda _: STEPS,
    at_once: int = AT_ONCE,
) -> Iterator[Began | Taken]:
    """Take all streams; tell when each begins, and what became of it when it ends.

    If nobody wants to know any more (the generator is closed), the shop is asked
    nothing more, and what is begun ends with its next question.

    Args:
        streams: what to take.
        asked: what of the shop is asked for.
        place: where it is read from and written to.
        steps: the steps to take, by a stream's name.
        at_once: how many streams are taken side by side.
    """
    told: SimpleQueue[Began | Taken | BaseException] = SimpleQueue()
    over = threading.Event()

    def one(compiled: CompiledStream) -> None:
        if over.is_set():
            return
        told.put(Began(compiled.name))
        try:
            told.put(take(compiled, asked, place, steps=steps(compiled.name)))
        except BaseException as error:  # noqa: BLE001 -- raised by the one who reads
            told.put(error)

    with _pool(at_once) as pool:
        for compiled in urgent_first(streams):
            pool.submit(one, compiled)
        left = len(streams)
        try:
            while left:
                news = told.get()
                if isinstance(news, BaseException):
                    raise news
                left -= not isinstance(news, Began)
                yield news
        finally:
            over.set()
            if left:
                place.client.give_up("the run was ended")


@contextmanager
def _pool(at_once: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that nobody waits for, if the one who began them leaves."""
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="stream")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
