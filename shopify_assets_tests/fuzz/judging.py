"""Sends cases to a simulated shop, and judges what comes back.

Charter: HTTP and the verdict. A problem is a line that begins with the category.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from shopify_assets.catalog.schema import PINNED_VERSION, load_schema, pinned_versions
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets_tests.fuzz.checking import wrong_data, wrong_shape
from shopify_assets_tests.simulator.conftest import EMBER, END, Clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType
    from typing import Self

    from shopify_assets_tests.fuzz.categories import Case

_ANY_COST = Fault(kind=Kind.MAX_COST, most=30_000, times=None)
_REFILLED = 60.0
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Problem:
    """Something wrong with an answer."""

    case: Case
    about: str

    def __str__(self) -> str:
        """The category, the version if it is not the pinned one, and what is wrong."""
        version = self.case.version
        asked = "" if version == PINNED_VERSION else f" {version}"
        return f"{self.case.category}{asked}: {self.about}"


@dataclass
class Figures:
    """What a category came to."""

    queries: int = 0
    refused: int = 0
    server_errors: int = 0
    seconds: float = 0.0


@dataclass
class Shop:
    """One simulated shop that is asked."""

    clock: Clock = field(default_factory=Clock)
    session: requests.Session = field(default_factory=requests.Session)
    figures: dict[str, Figures] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Declare the shop; it is started by `with`."""
        shop = SimulatedShop(EMBER, orders=60, seed=1, end=END, plan="enterprise")
        self.simulator = Simulator([shop], clock=self.clock)

    def __enter__(self) -> Self:
        self.simulator.start()
        self.simulator.arm(EMBER, _ANY_COST)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.close()
        self.simulator.stop()

    def send(self, case: Case) -> requests.Response:
        """Send a case; the bucket is full each time."""
        self.clock.forward(_REFILLED)
        token = self.simulator.store(EMBER).spec.access_token
        return self.session.post(
            f"{self.simulator.base_url(EMBER)}/admin/api/{case.version}/graphql.json",
            data=case.body,
            headers={
                "Content-Type": "application/json",
                "X-Shopify-Access-Token": token,
            },
            timeout=120,
        )

    def report(self) -> Iterator[str]:
        """The figures, a line a category."""
        yield f"{'category':12} {'queries':>8} {'refused':>8} {'500':>5} {'seconds':>8}"
        for category, figures in self.figures.items():
            yield (
                f"{category:12} {figures.queries:8} {figures.refused:8} "
                f"{figures.server_errors:5} {figures.seconds:8.1f}"
            )

    def problems(self, cases: Iterable[Case]) -> Iterator[Problem]:
        """Ask every case, and tell what is wrong with the answers."""
        for case in cases:
            figures = self.figures.setdefault(case.category, Figures())
            started = time.perf_counter()
            reply = self.send(case)
            wrong = sorted(set(judged(case, reply)))
            figures.queries += 1
            figures.server_errors += reply.status_code >= _SERVER_ERROR
            figures.refused += '"errors":' in reply.text[:10_000]
            figures.seconds += time.perf_counter() - started
            if reply.status_code >= _SERVER_ERROR:  # the server hangs up after it
                self.session.close()
            for about in wrong:
                yield Problem(case, about)


def judged(case: Case, reply: requests.Response) -> Iterator[str]:
    """What is wrong with an answer."""
    if reply.status_code >= _SERVER_ERROR:
        yield f"HTTP {reply.status_code}"
        return
    try:
        body = json.loads(reply.content)
    except ValueError:
        yield f"no JSON: {reply.text[:60]!r}"
        return
    if reply.status_code != requests.codes.ok:
        if case.refusals is not None or not _is_told(body.get("errors")):
            yield f"HTTP {reply.status_code}: {reply.text[:80]!r}"
        return
    yield from wrong_shape(body)
    yield from _refusals(case, body)
    if body.get("data") and "errors" not in body and case.raw is None:
        yield from _typed(case, body["data"])


def _is_told(errors: Any) -> bool:
    """Whether an answer that is no HTTP 200 says why: in a text, or one a parameter."""
    told = errors.values() if type(errors) is dict else [errors]
    return bool(told) and all(type(text) is str and text for text in told)


def _typed(case: Case, data: Any) -> Iterator[str]:
    version = case.version if case.version in pinned_versions() else None
    schema = load_schema(version) if version else load_schema()
    places = Counter[str]()
    for line in wrong_data(schema, case.text, data):
        place = line.partition(" (")[2].partition(")")[0] or line
        places[place] += 1
        if places[place] == 1:
            yield line


def _refusals(case: Case, body: dict[str, Any]) -> Iterator[str]:
    if case.refusals is None:
        return
    for error in body.get("errors") or ():
        code = error.get("extensions", {}).get("code")
        if code not in case.refusals:
            yield f"refused: {code}: {error.get('message', '')[:100]}"
