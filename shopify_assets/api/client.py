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
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from shopify_assets.api import answers
from shopify_assets.api.auth import token_source
from shopify_assets.api.gate import CostGate
from shopify_assets.api.portions import Limits
from shopify_assets.api.retry import Retrier, RetryConfig, retrying
from shopify_assets.api.scopes import SCOPES, Scopes
from shopify_assets.api.server_clock import ENOUGH, OddDates, ServerClock
from shopify_assets.api.shapes import refuse_misshapen
from shopify_assets.api.waiting import Waiter, warning_to
from shopify_assets.api.wire import Timeouts, Wire, refuse_status
from shopify_assets.errors import (
    ApiError,
    ShopUnavailable,
    naming,
)
from shopify_assets.limits import USUAL, InputLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shopify_assets.api.auth import TokenSource
    from shopify_assets.api.scopes import Answered
    from shopify_assets.api.server_clock import Odd
    from shopify_assets.api.throttle import Cost
    from shopify_assets.api.waiting import Watch
    from shopify_assets.api.wire import Reply
    from shopify_assets.settings import Secret, Settings, Shop

# What a query is believed to cost until the caller or an answer says better.
_USUAL_COST = 10

# Shopify runs five bulk operations at a time per app and shop; one is left for others.
MAX_BULK_OPERATIONS = 4

# Deprecated things of one answer that are taken note of.
_REASONS = 100

_REJECTED = 401

_SHOP = "{ shop { id } }"


@dataclass(frozen=True)
class Answer:
    """What Shopify answered.

    Attributes:
        data: the answer's `data`.
        cost: what it cost, when the answer tells.
        request_id: Shopify's id of the request.
        served_at: the shop's time when it answered (UTC), as `server_time` tells it.
    """

    data: dict[str, Any]
    cost: Cost | None
    request_id: str
    served_at: datetime


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
        input_limits: how much is taken of what comes.
        waiter: who waits, and tells; pages and bulk operations wait by it too.
        wire: its connections, which the download of bulk files shares.
        bulk_slots: held by each bulk operation while it runs.
        odd_dates: answers whose dates could not be taken for the time.
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
        now: Callable[[], datetime] = partial(datetime.now, UTC),  # noqa: B008 -- no state
        pool_size: int = 8,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 -- frozen
        input_limits: InputLimits = USUAL,
    ) -> None:
        self.shop = shop
        self.domain = shop.domain
        self.retry = retry
        self.waiter = Waiter(clock, sleep)
        self.limits = Limits()
        self.input_limits = input_limits
        self.wire = _wire_to(
            shop, pool_size=pool_size, timeouts=timeouts, limits=input_limits
        )
        self.bulk_slots = threading.BoundedSemaphore(MAX_BULK_OPERATIONS)
        self._url = f"{shop.base_url}/admin/api/{api_version}/graphql.json"
        self.api_version = api_version
        self._token = token
        self._gate = CostGate(
            self.waiter, deadline=retry.deadline, name=f"shop {shop.domain!r}"
        )
        self._lock = threading.Lock()
        self._known_costs: dict[str, float] = {}
        self._server_clock = ServerClock(now, clock, shop=shop.domain)
        self.odd_dates = OddDates()
        self._points_spent = 0.0
        self._requests_sent = 0
        self._deprecations: Counter[str] = Counter()
        self._scopes = Scopes(shop.domain)
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
        view.odd_dates = OddDates()
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

        def ask(refuse: Callable[[Answered], None]) -> Answered:
            return self.execute(SCOPES, cost=2, refuse=refuse)

        return self._scopes.held(ask, now=self.waiter.clock())

    def server_time(self) -> datetime:
        """The shop's time (UTC, whole seconds): what its answers agree on, near ours.

        It asks as often as it takes to be sure, if there were too few answers.

        Raises:
            ConfigurationError: they agree on a time far from this machine's clock.
        """
        for _ in range(ENOUGH):
            if self._server_clock.is_settled:
                break
            self.execute(_SHOP, cost=1)
        return self._server_clock.time()

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
        with warning_to(self.waiter.tell):
            token = self._token.token()
        watch.doing = doing
        reply = self._post(body, token)
        if reply.status == _REJECTED:
            watch.doing = renewing
            with warning_to(self.waiter.tell):
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
                    "X-Shopify-Access-Token": token,
                    "Accept": "application/json",
                },
                secrets=(token,),
            )

    def _count(self, query: str, reply: Reply, cost: Cost | None) -> None:
        reasons = reply.headers.get("X-Shopify-API-Deprecated-Reason", "")
        named = {reply.mask(reason) for reason in reasons.split(",")[:_REASONS]} - {""}
        for each in {self, self._whole}:
            with each._lock:  # noqa: SLF001 -- of this class
                each._deprecations.update(named)  # noqa: SLF001 -- the same
                if cost is not None:
                    each._points_spent += cost.actual or 0.0  # noqa: SLF001 -- the same
        if cost is not None:
            self._known_costs[query] = cost.requested

    def _refuse_other_version(self, reply: Reply) -> None:
        served = reply.header("X-Shopify-API-Version") or self.api_version
        if served != self.api_version:
            message = (
                f"shop {self.domain!r} answered by API version {served}, not "
                f"{self.api_version} as asked (request {reply.request_id!r}): that "
                "one is not in service; set SHOPIFY_API_VERSION to a supported one"
            )
            raise ApiError(message)

    def _answer(self, content: answers.Body, reply: Reply, cost: Cost | None) -> Answer:
        seen = self._server_clock.see(reply.headers.get("Date", ""))
        if seen.odd:
            self._note(seen.odd, reply)
        return Answer(content["data"], cost, reply.request_id, seen.at)

    def _note(self, odd: Odd, reply: Reply) -> None:
        date = reply.header("Date")
        example = f"{date!r} (request {reply.request_id!r})"
        for each in {self, self._whole}:
            is_first = each.odd_dates.note(odd, example)
            if is_first and each is self:
                self.waiter.tell(
                    f"shop {self.domain!r} answered with {odd}: {example}; the time is "
                    "taken from its other answers, or from this machine"
                )


def _wire_to(
    shop: Shop, *, pool_size: int, timeouts: Timeouts, limits: InputLimits
) -> Wire:
    return Wire(
        pool_size=pool_size,
        timeouts=timeouts,
        limits=limits,
        base_url=shop.base_url,
        of=f"shop {shop.domain!r}",
    )


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
        input_limits=settings.limits,
    )
