"""The client of one shop: one question in, one judged answer out.

Charter: this file joins token, cost bucket, wire, judgement and retries, and counts
what it did. Each of those lives in a file of its own; pages and bulk operations stand
on `execute`.
"""

from __future__ import annotations

import copy
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from shopify_assets.api import answers
from shopify_assets.api.auth import token_source
from shopify_assets.api.gate import CostGate
from shopify_assets.api.grants import no_scopes
from shopify_assets.api.portions import Limits
from shopify_assets.api.retry import InternalError, Retrier, RetryConfig, retrying
from shopify_assets.api.shapes import read_as, refuse_misshapen
from shopify_assets.api.waiting import Waiter
from shopify_assets.api.wire import Timeouts, Wire, refuse_status
from shopify_assets.errors import (
    ApiError,
    ConfigurationError,
    ShopUnavailable,
    naming,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from shopify_assets.api.auth import TokenSource
    from shopify_assets.api.throttle import Cost
    from shopify_assets.api.waiting import Watch
    from shopify_assets.api.wire import Reply
    from shopify_assets.settings import Secret, Settings, Shop

# What a query is believed to cost until the caller or an answer says better.
_USUAL_COST = 10

# Shopify runs five bulk operations at a time per app and shop; one is left for others.
MAX_BULK_OPERATIONS = 4

# Seconds for which the scopes of a token are taken as granted.
_SCOPES_KEPT = 60.0

_REJECTED = 401

_SCOPES = "{ currentAppInstallation { accessScopes { handle } } }"
_SHOP = "{ shop { id } }"


@dataclass(frozen=True)
class Answer:
    """What Shopify answered.

    Attributes:
        data: the answer's `data`.
        cost: what it cost, when the answer tells.
        request_id: Shopify's id of the request.
        served_at: the server's clock when it answered (UTC).
    """

    data: dict[str, Any]
    cost: Cost | None
    request_id: str
    served_at: datetime


@dataclass
class _Scopes:
    """What the token may do, and when that was asked."""

    held: frozenset[str] = frozenset()
    asked_at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


class ShopifyClient:
    """Asks one shop's Admin API; threads share one client.

    Every answer is either whole or an error of `shopify_assets.errors`. Passing faults
    are asked again as `retry` says; the cost bucket is waited for, not run into.

    Attributes:
        shop: the shop asked.
        domain: its key.
        api_version: the API version every request names.
        retry: when and how long it waits before asking again.
        limits: what was learnt of queries that cost too much.
        waiter: who waits, and tells; pages and bulk operations wait by it too.
        wire: its connections, which the download of bulk files shares.
        bulk_slots: held by each bulk operation while it runs.
    """

    def __init__(  # noqa: PLR0913 -- keyword-only, and all but two have a default
        self,
        shop: Shop,
        *,
        api_version: str,
        token: TokenSource,
        retry: RetryConfig = RetryConfig(),  # noqa: B008 -- frozen
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        pool_size: int = 8,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 -- frozen
    ) -> None:
        self.shop = shop
        self.domain = shop.domain
        self.retry = retry
        self.waiter = Waiter(clock, sleep)
        self.limits = Limits()
        self.wire = Wire(pool_size=pool_size, timeouts=timeouts)
        self.bulk_slots = threading.BoundedSemaphore(MAX_BULK_OPERATIONS)
        self._url = f"{shop.base_url}/admin/api/{api_version}/graphql.json"
        self.api_version = api_version
        self._token = token
        self._gate = CostGate(
            self.waiter, deadline=retry.deadline, name=f"shop {shop.domain!r}"
        )
        self._lock = threading.Lock()
        self._known_costs: dict[str, float] = {}
        self._served_at: datetime | None = None
        self._points_spent = 0.0
        self._requests_sent = 0
        self._deprecations: Counter[str] = Counter()
        self._scopes = _Scopes()
        self._whole: ShopifyClient = self
        self._given_up = ""

    def view(self) -> ShopifyClient:
        """A client for one of several works on the shop, side by side.

        Token, cost bucket and connections are shared; the figures and the listener are
        its own, and its figures count in this client too. What is closed is this one.
        """
        view = copy.copy(self)
        view.waiter = Waiter(self.waiter.clock, self.waiter.sleep)
        view.limits = Limits()
        view._lock = threading.Lock()  # noqa: SLF001 -- of this class
        view._points_spent, view._requests_sent = 0.0, 0  # noqa: SLF001 -- the same
        view._deprecations = Counter()  # noqa: SLF001 -- the same
        return view

    def execute(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        cost: int | None = None,
        retry: RetryConfig | None = None,
        refuse: Callable[[Answer], object] | None = None,
    ) -> Answer:
        """Ask, and ask again as long as the retry rules allow.

        Args:
            query: the GraphQL document.
            variables: its variables.
            cost: points it is expected to request; they are waited for before sending.
            retry: rules for this question alone.
            refuse: looks at each answer and raises what it lacks; a passing fault is
                asked again.

        Raises:
            ShopUnavailable, AccessDenied, ApiError, Throttled, Unavailable: see there.
        """
        body = msgspec.json.encode({"query": query, "variables": dict(variables or {})})
        doing = f"shop {self.domain!r}, {name_of(query)}"

        def ask() -> Answer:
            known = self._known_costs.get(query, cost or _USUAL_COST)
            answer = self._ask(query, body, known, doing=doing)
            if refuse is not None:
                with naming(self.domain):
                    refuse(answer)
            return answer

        if self.given_up:
            raise ShopUnavailable(self.given_up)
        retrier = Retrier(retry or self.retry)
        return retrying(ask, retrier=retrier, waiter=self.waiter, doing=doing)

    def granted_scopes(self) -> frozenset[str]:
        """The access scopes of the token; `write_x` holds `read_x` as well.

        They are asked for once a minute, however many streams want to know.

        Raises:
            ConfigurationError: it holds none, so that nothing could be read.
        """
        with self._scopes.lock:
            now = self.waiter.clock()
            if now - self._scopes.asked_at >= _SCOPES_KEPT:
                self._scopes.held = self._asked_scopes()
                self._scopes.asked_at = now
            return self._scopes.held

    def _asked_scopes(self) -> frozenset[str]:
        answer = self.execute(_SCOPES, cost=2, refuse=self._refuse_no_installation)
        held = {scope.handle for scope in self._scopes_in(answer)}
        if not held:
            raise ConfigurationError(no_scopes(self.domain))
        implied = {
            f"read_{each.removeprefix('write_')}"
            for each in held
            if each.startswith("write_")
        }
        return frozenset(held | implied)

    def server_time(self) -> datetime:
        """The server's clock (UTC) in its newest answer; asks once if there is none."""
        if self._served_at is None:
            return self.execute(_SHOP, cost=1).served_at
        return self._served_at

    @property
    def points_spent(self) -> float:
        """Query cost points spent so far."""
        return self._points_spent

    @property
    def requests_sent(self) -> int:
        """Requests sent so far, those that failed included."""
        return self._requests_sent

    @property
    def deprecations(self) -> Counter[str]:
        """Deprecated things Shopify says the queries have used, and in how many."""
        with self._lock:
            return self._deprecations.copy()

    @property
    def given_up(self) -> str:
        """Why nothing more is asked; empty as long as questions are asked."""
        return self._whole._given_up  # noqa: SLF001 -- of this class

    def give_up(self, reason: str) -> None:
        """Ask nothing more: every question is refused at once, for this reason."""
        self._whole._given_up = reason  # noqa: SLF001 -- of this class

    def close(self) -> None:
        """Close its connections."""
        self.wire.close()

    def _ask(self, query: str, body: bytes, cost: float, *, doing: str) -> Answer:
        with self._gate.passage(cost) as passage:
            with self.waiter.watching(doing) as watch:
                reply = self._send(body, watch)
            content = answers.read_body(reply, shop=self.domain)
            spent = passage.spent = answers.cost_of(content)
        self._count(query, reply, spent)
        # First of all: another version explains whatever error follows.
        self._refuse_other_version(reply)
        answers.refuse_errors(content, reply=reply, shop=self.domain)
        answers.refuse_warnings(content, reply=reply, shop=self.domain)
        refuse_misshapen(
            content["data"],
            query,
            version=self.api_version,
            origin=f"shop {self.domain!r}, request {reply.request_id!r}",
        )
        return self._answer(content, reply, spent)

    def _send(self, body: bytes, watch: Watch) -> Reply:
        doing, renewing = watch.doing, f"shop {self.domain!r}, its token is renewed"
        watch.doing = renewing
        token = self._token.token()
        watch.doing = doing
        reply = self._post(body, token)
        if reply.status == _REJECTED:
            watch.doing = renewing
            fresh = self._token.renew(token)
            watch.doing = doing
            reply = self._post(body, fresh) if fresh else reply
        refuse_status(reply, shop=self.domain)
        return reply

    def _post(self, body: bytes, token: Secret) -> Reply:
        for each in {self, self._whole}:
            with each._lock:  # noqa: SLF001 -- of this class
                each._requests_sent += 1  # noqa: SLF001 -- the same
        with naming(self.domain):
            return self.wire.post(
                self._url,
                body,
                headers={
                    "X-Shopify-Access-Token": token.reveal(),
                    "Accept": "application/json",
                },
                secrets=(token,),
            )

    def _count(self, query: str, reply: Reply, cost: Cost | None) -> None:
        reasons = reply.headers.get("X-Shopify-API-Deprecated-Reason", "")
        named = {each.strip() for each in reasons.split(",")} - {""}
        for each in {self, self._whole}:
            with each._lock:  # noqa: SLF001 -- of this class
                each._deprecations.update(named)  # noqa: SLF001 -- the same
                if cost is not None:
                    each._points_spent += cost.actual or 0.0  # noqa: SLF001 -- the same
        if cost is not None:
            self._known_costs[query] = cost.requested

    def _refuse_other_version(self, reply: Reply) -> None:
        served = reply.headers.get("X-Shopify-API-Version", self.api_version)
        if served != self.api_version:
            message = (
                f"shop {self.domain!r} answered by API version {served}, not "
                f"{self.api_version} as asked (request {reply.request_id!r}): that "
                "one is not in service; set SHOPIFY_API_VERSION to a supported one"
            )
            raise ApiError(message)

    def _answer(self, content: answers.Body, reply: Reply, cost: Cost | None) -> Answer:
        served_at = reply.served_at
        if served_at is None:
            message = (
                f"shop {self.domain!r}, request {reply.request_id!r}: "
                "the answer has no Date header"
            )
            raise ApiError(message)
        with self._lock:
            newest = self._served_at or served_at
            self._served_at = max(newest, served_at)
        return Answer(content["data"], cost, reply.request_id, served_at)

    def _refuse_no_installation(self, answer: Answer) -> None:
        """Tell a null of the server's from an app that was granted nothing."""
        installation = answer.data.get("currentAppInstallation")
        if installation is None or installation.get("accessScopes") is None:
            message = (
                f"shop {self.domain!r}, request {answer.request_id!r}: the app's "
                "scopes came as null"
            )
            raise InternalError(message)
        self._scopes_in(answer)

    def _scopes_in(self, answer: Answer) -> list[_Scope]:
        scopes: list[_Scope] = read_as(
            list[_Scope],
            answer.data["currentAppInstallation"]["accessScopes"],
            at="data.currentAppInstallation.accessScopes",
            origin=f"shop {self.domain!r}, request {answer.request_id!r}",
        )
        return scopes


class _Scope(msgspec.Struct, frozen=True):
    """A scope of the app's, as an answer tells it."""

    handle: Annotated[str, msgspec.Meta(min_length=1)]


_NAMED = re.compile(r"\s*(query|mutation)\s+(\w+)")
_FIRST_WORD = re.compile(r"\w+")


def name_of(query: str) -> str:
    """What to call a document: `query orders`; one without a name by its first word."""
    named = _NAMED.match(query)
    if named:
        return f"{named[1]} {named[2]}"
    body = query[query.find("{") :]
    word = _FIRST_WORD.search(body)
    return f"query {word[0]}" if word else "query"


def connect(
    shop: Shop,
    *,
    settings: Settings,
    retry: RetryConfig = RetryConfig(),  # noqa: B008 -- frozen
    pool_size: int = 8,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 -- the same
) -> ShopifyClient:
    """Make the client of a shop, with the token its entry in the shops file names.

    Nothing is sent yet.

    Raises:
        ConfigurationError: a secret it needs is not set.
    """
    return ShopifyClient(
        shop,
        api_version=settings.api_version,
        token=token_source(shop, settings=settings),
        retry=retry,
        pool_size=pool_size,
        timeouts=timeouts,
    )
