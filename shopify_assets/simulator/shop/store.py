"""One running simulated shop: its world, its bucket, its tokens, its operations.

Charter: holding the parts of a shop together and answering GraphQL for it. HTTP is
`app.py`'s business.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.simulator.bulk.lines import Lines, Tally, Whole, Writer
from shopify_assets.simulator.bulk.operations import BulkOperations, Failed, Operation
from shopify_assets.simulator.data.build import build
from shopify_assets.simulator.faults import Faults, Kind
from shopify_assets.simulator.graphql.cost import MOST, charged
from shopify_assets.simulator.graphql.execute import Outcome, prepare
from shopify_assets.simulator.graphql.hiding import refusals
from shopify_assets.simulator.graphql.introspection import asks_for_schema, introspected
from shopify_assets.simulator.graphql.pages import Pages
from shopify_assets.simulator.graphql.protected import approvals
from shopify_assets.simulator.graphql.refusals import Refused, throttled, too_expensive
from shopify_assets.simulator.graphql.roots import granted
from shopify_assets.simulator.graphql.validation import Invalid
from shopify_assets.simulator.graphql.versions import accessible
from shopify_assets.simulator.graphql.walk import Run
from shopify_assets.simulator.shop.auth import Tokens
from shopify_assets.simulator.shop.bucket import Bucket
from shopify_assets.simulator.shop.counters import Asked, Requests
from shopify_assets.simulator.shop.editions import Editions
from shopify_assets.simulator.world import spec as specs
from shopify_assets.simulator.world.forms import Forms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from shopify_assets.simulator.graphql.execute import Operation as Request
    from shopify_assets.simulator.graphql.walk import Connections
    from shopify_assets.simulator.world.spec import SimulatedShop

_ALL_HISTORY = "read_all_orders"
_WALL = timedelta(days=60)
_BREATH = 0.0005


class Store:
    """One running shop.

    Attributes:
        spec: what it was declared to be.
        forms: how its ids are written.
        world: its records.
        lock: held while records are read or changed.
    """

    def __init__(self, spec: SimulatedShop, *, clock: Callable[[], datetime]) -> None:
        self.spec = spec
        self.clock = clock
        self.forms = Forms(spec.id_forms)
        self.lock = threading.RLock()
        self.faults = Faults()
        self.requests = Requests()
        self.tokens = Tokens(spec)
        rate = specs.RESTORE_RATES[spec.plan]
        self.bucket = Bucket.full(rate, clock().timestamp())
        self.world, self.subjects = build(spec, specs.scale(spec, clock()))
        self.bulk = BulkOperations(clock, self._start, self.faults)
        self._editions = Editions(
            self.world,
            scopes=self.scopes,
            versions=lambda: accessible(clock()),
            bulk=self.bulk,
            clock=clock,
        )
        self._scopes = spec.scopes if spec.scopes is not None else specs.all_scopes()
        self._hidden: frozenset[str] = frozenset()
        self._approved = approvals(spec.protected_data)
        self._threads: list[threading.Thread] = []
        self._raise_wall()

    def scopes(self) -> tuple[str, ...]:
        """The scopes the app holds now."""
        return tuple(each for each in self._scopes if each not in self._hidden)

    def grant(self, *scopes: str) -> None:
        """Let the app hold these scopes only."""
        with self.lock:
            self._scopes = scopes
            self._raise_wall()
            self.world.forget()

    def approve(self, *kinds: str) -> None:
        """Let the app be approved for these kinds of protected data only."""
        with self.lock:
            self._approved = approvals(kinds)

    def _raise_wall(self) -> None:
        if _ALL_HISTORY in self._scopes:
            self.world.wall = None
        else:
            self.world.wall = specs.stamp(self.clock() - _WALL)

    def now(self) -> float:
        """The clock in seconds."""
        return self.clock().timestamp()

    def answer(
        self, body: dict[str, Any], version: str = PINNED_VERSION
    ) -> dict[str, Any]:
        """Answer a GraphQL request by a pinned version's schema."""
        self.requests.graphql += 1
        try:
            request = prepare(
                body.get("query") or "",
                body.get("variables") or {},
                body.get("operationName"),
                version,
            )
        except Invalid as invalid:
            return invalid.answer()
        if asks_for_schema(request):
            return self._answered(introspected(request), 0, 0)
        hidden = self.faults.fire(request.text, Kind.HIDDEN_FIELD)
        if unknown := refusals(request.text, hidden, version):
            return {"errors": unknown}
        with self.lock:
            cost = self._editions.of(version).engine.cost(request)
        requested = cost.requested()
        refused = self._refusal(requested, request.text)
        if refused is not None:
            return self._refused(refused, requested)
        self.requests.executed(
            Asked(tuple(request.root_fields), request.text, dict(request.variables))
        )
        outcome = self.execute(request)
        actual = charged(cost, outcome.data)
        self.bucket.give_back(requested - actual, self.now())
        return self._answered(outcome, requested, actual)

    def _refusal(self, requested: int, text: str) -> Refused | None:
        lower = self.faults.fire(text, Kind.MAX_COST)
        most = lower.most if lower else MOST
        if requested > most:
            return too_expensive(requested, most)
        if self.faults.fire(text, Kind.THROTTLED) is not None:
            self.bucket.drain(self.now())
        if not self.bucket.take(requested, self.now()):
            self.requests.throttled += 1
            return throttled()
        return None

    def _refused(self, refused: Refused, requested: int) -> dict[str, Any]:
        answer: dict[str, Any] = {"errors": [refused.entry()]}
        answer["extensions"] = {"cost": self._cost(requested, None)}
        return answer

    def _cost(self, requested: int, charged: int | None) -> dict[str, Any]:
        return {
            "requestedQueryCost": requested,
            "actualQueryCost": charged,
            "throttleStatus": self.bucket.status(self.now()),
        }

    def _answered(
        self, outcome: Outcome, requested: int, charged: int
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {"data": outcome.data}
        if outcome.errors:
            answer["errors"] = outcome.errors
        extensions: dict[str, Any] = {"cost": self._cost(requested, charged)}
        if outcome.warnings:
            extensions["search"] = outcome.warnings
        answer["extensions"] = extensions
        return answer

    def execute(self, request: Request) -> Outcome:
        """Execute a request, free of charge."""
        missing = self.faults.fire(request.text, Kind.MISSING_SCOPE)
        with self.lock:
            if missing is not None:
                write = missing.scope.replace("read_", "write_", 1)
                self._hidden = frozenset({missing.scope, write})
            scopes = granted(self.scopes()) | self._approved
            edition = self._editions.of(request.version)
            try:
                return edition.engine.execute(request, scopes, Pages(edition.rows))
            finally:
                self._hidden = frozenset()

    def everything(self, request: Request) -> dict[str, Any]:
        """Execute a request without scopes and pages, for the oracle."""
        scopes = granted(specs.all_scopes()) | approvals(specs.KINDS)
        with self.all_of_history():
            edition = self._editions.of(request.version)
            whole: Connections = Whole(edition.rows)
            return edition.engine.execute(request, scopes, whole).data or {}

    @contextmanager
    def all_of_history(self) -> Iterator[None]:
        """Hold the lock, and see old orders even if the app may not."""
        with self.lock:
            wall, self.world.wall = self.world.wall, None
            if wall is not None:
                self.world.forget()
            try:
                yield
            finally:
                self.world.wall = wall
                if wall is not None:
                    self.world.forget()

    def _start(self, operation: Operation) -> None:
        self.requests.bulk_operations += 1
        thread = threading.Thread(
            target=self._run, args=(operation,), name=operation.gid, daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _run(self, operation: Operation) -> None:
        operation.cancel.wait(self.spec.bulk_seconds)
        self.bulk.run(operation, self._write)

    def _write(self, operation: Operation) -> Tally:
        inward = self.forms.inward(operation.query.encode()).decode()
        request = prepare(inward, {}, None, operation.version)
        run = Run(self.world, {})
        with operation.file.open("wb") as file:
            writer = Writer(run, file.write, form=self.forms.outward)
            with self.lock:
                edition = self._editions.of(operation.version)
                scopes = granted(self._scopes) | self._approved
                get = edition.engine.getter(request, scopes, Lines(edition.rows))
            batches = writer.batches(get, grouped=operation.grouped)
            while self._batch(batches, run) and not operation.cancel.is_set():
                operation.objects = writer.tally.objects
                operation.roots = writer.tally.roots
                time.sleep(_BREATH)  # requests wait for the lock, too
        return writer.tally

    def _batch(self, batches: Any, run: Run) -> bool:
        with self.lock:
            try:
                more = next(batches, self) is not self
            except Refused as refused:
                raise Failed("INTERNAL_SERVER_ERROR") from refused
        if run.errors:
            raise Failed(run.errors[0]["extensions"]["code"])
        return more

    def stop(self) -> None:
        """End all that runs in the background."""
        self.bulk.stop()
        for thread in self._threads:
            thread.join(timeout=10)
