"""A proxy before a simulated shop that remembers its answers, and changes one.

Charter: real HTTP on both sides. What a request was answered by once, it is answered by
again, so that thousands of runs need no simulator; a request that is new is passed on.
Which answer is changed, and how, is told from outside.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from shopify_assets_tests.api.server import Request, Scripted, Server

if TYPE_CHECKING:
    from collections.abc import Callable

Change = tuple[str, "Callable[[Scripted], Scripted]"]
"""What is changed, and how."""

_SHOWN = 60
_KEPT = ("Date", "X-Request-Id", "X-Shopify-API-Version", "Content-Range", "ETag")


@dataclass(frozen=True)
class Exchange:
    """A request, and how it was answered.

    Attributes:
        query: the GraphQL document; the path for what is no GraphQL.
        variables: its variables.
        nth: how many requests alike came before in this run.
        answer: the answer.
    """

    query: str
    variables: str
    nth: int
    answer: Scripted

    @property
    def is_file(self) -> bool:
        """Whether it is lines of a bulk operation's file."""
        return self.query.startswith("/bulk/")


@dataclass(frozen=True)
class Mutation:
    """One change.

    Attributes:
        name: what is changed, and how.
        query: of the answers that are changed.
        variables: the same; None: whatever they are.
        change: makes the wrong answer of the good one.
        lasts: whether each such answer is changed, or the first one alone.
        companion: of a file's: what becomes of answers that tell of its operation.
    """

    name: str
    query: str
    variables: str | None
    change: Callable[[Scripted], Scripted]
    lasts: bool
    companion: Callable[[Scripted], Scripted] | None = None

    def fits(self, exchange: Exchange) -> bool:
        """Whether it changes this answer."""
        same = self.variables in {None, exchange.variables}
        return self.query == exchange.query and same


@dataclass
class Recorder:
    """Answers in place of a simulated shop.

    Attributes:
        upstream: the simulator's URL.
        seen: the exchanges of this run, as they would have been without a change.
        mutation: what is changed in this run.
        changed: how many answers were changed.
    """

    upstream: str
    server: Server
    seen: list[Exchange] = field(default_factory=list)
    mutation: Mutation | None = None
    changed: int = 0
    _known: dict[tuple[str, str, int], Scripted] = field(default_factory=dict)
    _times: Counter[tuple[str, str]] = field(default_factory=Counter)
    _session: requests.Session = field(default_factory=requests.Session)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, mutation: Mutation | None) -> None:
        """Begin a run."""
        with self._lock:
            self.seen, self.mutation, self.changed = [], mutation, 0
            self._times.clear()

    def answer(self, request: Request) -> Scripted:
        """Answer as before, or as the simulator does; or wrongly, if it is time."""
        with self._lock:
            exchange = self._exchange(request)
            self.seen.append(exchange)
            mutation = self.mutation
            if (
                mutation
                and mutation.companion
                and b'"objectCount"' in exchange.answer.body
            ):
                return mutation.companion(exchange.answer)
            if mutation is None or not mutation.fits(exchange):
                return exchange.answer
            if self.changed and not mutation.lasts:
                return exchange.answer
            self.changed += 1
            return mutation.change(exchange.answer)

    def _exchange(self, request: Request) -> Exchange:
        query, variables = _asked(request)
        nth = self._times[query, variables]
        self._times[query, variables] += 1
        key = (query, variables, nth)
        if key not in self._known:
            # What was answered once is answered for ever, but an operation goes on.
            last = self._known.get((query, variables, nth - 1))
            is_done = last is not None and not _goes_on(last)
            self._known[key] = last if is_done and last else self._passed_on(request)
        return Exchange(query, variables, nth, self._known[key])

    def _passed_on(self, request: Request) -> Scripted:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name not in {"host", "content-length", "accept-encoding"}
        }
        response = self._session.request(
            request.method,
            self.upstream + request.path,
            data=request.body,
            headers={**headers, "Accept-Encoding": "identity"},
            timeout=30,
        )
        kept = {
            name: response.headers[name] for name in _KEPT if name in response.headers
        }
        kind = response.headers.get("Content-Type", "application/json")
        body = response.content.replace(
            self.upstream.encode(), self.server.url.encode()
        )
        return Scripted(response.status_code, body, {**kept, "Content-Type": kind})


def _goes_on(answer: Scripted) -> bool:
    return b'"CREATED"' in answer.body or b'"RUNNING"' in answer.body


def _asked(request: Request) -> tuple[str, str]:
    path = urlsplit(request.path).path
    if not path.endswith("/graphql.json"):
        grant = json.loads(request.body).get("grant_type") if request.body else ""
        return path, request.headers.get("range", "") + grant
    body: dict[str, Any] = json.loads(request.body)
    return body["query"], json.dumps(body["variables"], sort_keys=True)


def with_body(answer: Scripted, body: bytes) -> Scripted:
    """The answer with another body."""
    return replace(answer, body=body)


def with_headers(answer: Scripted, **headers: str) -> Scripted:
    """The answer with other headers; `_` stands for `-` in their names."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(answer, headers={**answer.headers, **given})


def short(value: Any) -> str:
    """A value for people."""
    text = repr(value)
    return text if len(text) < _SHOWN else f"{text[:20]}… ({len(text)} long)"
