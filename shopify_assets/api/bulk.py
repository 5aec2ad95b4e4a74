"""Bulk operations: submit, wait, fetch the file, prove it whole.

Charter: the life of one bulk operation as Shopify tells it. How many run at a time,
which window each covers and what its lines mean is the caller's business. The partial
data of an operation are never used: they are no whole of anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from shopify_assets.api.download import Download, File, in_chunks
from shopify_assets.api.operations import (
    BulkOperation,
    newest_in,
    operation_in,
    submission_in,
)
from shopify_assets.api.retry import Retrier, retrying
from shopify_assets.api.waiting import Stretch
from shopify_assets.errors import AccessDenied, ApiError, IncompleteData, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shopify_assets.api.client import Answer, ShopifyClient

_CHUNK = 1024 * 1024
_SUBMISSION_COST = 10

_FIELDS = """
    id status errorCode createdAt completedAt
    objectCount rootObjectCount fileSize url partialDataUrl
"""
_RUN = """
mutation($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: false) {
    bulkOperation { id }
    userErrors { code field message }
  }
}"""
_POLL = f"query($id: ID!) {{ bulkOperation(id: $id) {{ {_FIELDS} }} }}"
_CANCEL = """
mutation($id: ID!) {
  bulkOperationCancel(id: $id) { userErrors { field message } }
}"""
_NEWEST = """{
  bulkOperations(
    first: 20, sortKey: CREATED_AT, reverse: true, query: "operation_type:query"
  ) { nodes { id query createdAt } }
}"""

_BUSY = frozenset({"OPERATION_IN_PROGRESS", "LIMIT_REACHED"})


class BulkRefused(ApiError):
    """Shopify finds a bulk query invalid; only its message says why."""


class BulkRetryable(Unavailable):
    """The operation is lost through no fault of its query: submit a new one."""


@dataclass(frozen=True)
class _Submission:
    """Shopify's answer to a submission: an operation, or that there is no free slot."""

    operation_id: str | None
    refusal: str = ""


def submit(client: ShopifyClient, query: str, *, deadline: float = 3600.0) -> str:
    """Start a bulk operation and return its id; waits while all slots are taken.

    Raises:
        BulkRefused: Shopify finds the query invalid.
        Unavailable: no slot became free within `deadline` seconds.
    """
    waiter = client.waiter
    started, attempt = waiter.clock(), 1
    waits = _growing(2.0, longest=60.0)
    while (submission := _run_once(client, query)).operation_id is None:
        wait, waited = next(waits), waiter.clock() - started
        if waited + wait > deadline:
            message = (
                f"shop {client.domain!r}: no free slot for a bulk operation within "
                f"{deadline:.0f} s: {submission.refusal}"
            )
            raise Unavailable(message)
        attempt += 1
        waiter.tell(
            f"{submission.refusal}; no free slot for {waited:.0f} s, submitted again "
            f"in {wait:.3g} s: try {attempt}, until {deadline:.0f} s have passed"
        )
        waiter.wait_as_told(wait, reason=submission.refusal)
    return submission.operation_id


def _run_once(client: ShopifyClient, query: str) -> _Submission:
    """Submit, and after a lost answer look first whether the operation started."""
    unrepeated = replace(client.retry, attempts=1)
    started = client.waiter.clock()
    lost = False

    def run() -> _Submission:
        nonlocal lost
        if lost and (found := _find(client, query, since=started)):
            return _Submission(found)
        try:
            answer = client.execute(
                _RUN, {"query": query}, cost=_SUBMISSION_COST, retry=unrepeated
            )
            return _submission(client, answer)
        except Unavailable:
            lost = True
            raise

    return retrying(
        run,
        retrier=Retrier(client.retry),
        waiter=client.waiter,
        doing=f"shop {client.domain!r}, submission of a bulk operation",
    )


def _find(client: ShopifyClient, query: str, *, since: float) -> str | None:
    """Return the operation with this query that was started after `since`, if any.

    The two clocks are compared by what passed on ours, never by their readings.
    """
    read = partial(newest_in, shop=client.domain)
    answer = client.execute(_NEWEST, refuse=read)
    passed = timedelta(seconds=client.waiter.clock() - since)
    # The server's clock is told in whole seconds.
    earliest = answer.served_at - passed - timedelta(seconds=1)
    for known in read(answer):
        if known.query == query and known.created_at >= earliest:
            return known.id
    return None


def _submission(client: ShopifyClient, answer: Answer) -> _Submission:
    payload = submission_in(answer, shop=client.domain)
    errors = payload.errors
    told = "; ".join(f"{error.code}: {error.message}" for error in errors)
    if any(error.code in _BUSY for error in errors):
        return _Submission(None, f"shop {client.domain!r}: {told}")
    if errors or payload.operation is None:
        message = (
            f"shop {client.domain!r} refuses the bulk query: {told or 'no reason'}"
        )
        raise BulkRefused(message)
    return _Submission(payload.operation.id)


def poll(client: ShopifyClient, operation_id: str) -> BulkOperation:
    """Look at an operation once.

    Raises:
        BulkRetryable: Shopify does not know it, or no longer.
    """
    read = partial(operation_in, shop=client.domain)
    answer = client.execute(_POLL, {"id": operation_id}, cost=1, refuse=read)
    found = read(answer)
    if found is None:
        message = (
            f"shop {client.domain!r} does not know bulk operation {operation_id} "
            f"(request {answer.request_id!r}); submit a new one"
        )
        raise BulkRetryable(message)
    return found


def wait_for(
    client: ShopifyClient,
    operation_id: str,
    *,
    on_progress: Callable[[BulkOperation], None] | None = None,
    deadline: float = 86_400.0,
    stall: float = 3600.0,
) -> BulkOperation:
    """Wait until the operation is completed.

    Args:
        client: the shop's client.
        operation_id: what `submit` returned.
        on_progress: is shown every look at it.
        deadline: seconds after which it is left running and waited for no longer.
        stall: seconds without progress after which it is cancelled.

    Raises:
        BulkRetryable: it was cancelled, expired, failed on Shopify's side, or stalled.
        AccessDenied: its query needs more than the token may read.
        Unavailable: it still runs after `deadline` seconds.
    """
    started = moved_at = client.waiter.clock()
    seen, waits = None, _growing(1.0, longest=30.0)
    while True:
        operation = poll(client, operation_id)
        if on_progress:
            on_progress(operation)
        if operation.status == "COMPLETED":
            return operation
        refuse_lost(operation, shop=client.domain)
        now, wait = client.waiter.clock(), next(waits)
        if seen != (seen := (operation.status, operation.object_count)):
            moved_at = now
            standstill = Stretch(client.waiter, told=True)
        if now - moved_at > stall:
            cancel(client, operation_id)
            raise BulkRetryable(_stalled(operation, client.domain, stall))
        if now - started + wait > deadline:
            raise Unavailable(_late(operation, client.domain, deadline))
        # Moving is told by `on_progress`; only standing still is worth a warning.
        reason = f"{_told(operation, client.domain)}, without progress"
        standstill.speak(reason=reason, left=stall - (now - moved_at))
        client.waiter.sleep(wait)


def refuse_lost(operation: BulkOperation, *, shop: str) -> None:
    """Raise when the operation will never be completed."""
    told = _told(operation, shop)
    if operation.status == "FAILED" and operation.error_code == "ACCESS_DENIED":
        message = (
            f"{told}; ask its query once with first: 1 to learn which field is denied, "
            "grant its scope or approval, or leave the field out"
        )
        raise AccessDenied(message)
    if operation.status in {"FAILED", "CANCELED", "EXPIRED"}:
        raise BulkRetryable(f"{told}; submit a new one")


def _told(operation: BulkOperation, shop: str) -> str:
    reason = f" ({operation.error_code})" if operation.error_code else ""
    return (
        f"shop {shop!r}: bulk operation {operation.id} is {operation.status}{reason} "
        f"at {operation.object_count} objects"
    )


def _stalled(operation: BulkOperation, shop: str, stall: float) -> str:
    return (
        f"{_told(operation, shop)} and has not moved for {stall:.0f} s; it was "
        "cancelled: submit a new one, over a smaller window if this happens again"
    )


def _late(operation: BulkOperation, shop: str, deadline: float) -> str:
    return (
        f"{_told(operation, shop)} after {deadline:.0f} s; it goes on: wait for it "
        "again by its id"
    )


def cancel(client: ShopifyClient, operation_id: str) -> None:
    """Ask Shopify to cancel an operation; one that has ended stays as it is."""
    client.execute(_CANCEL, {"id": operation_id}, cost=_SUBMISSION_COST)


def stream(
    client: ShopifyClient,
    operation: BulkOperation,
    *,
    chunk_size: int = _CHUNK,
    of: str = "",
) -> Iterator[bytes]:
    """Yield the bytes of a completed operation's JSONL, all of them or an error.

    Args:
        client: the shop's client.
        operation: what `wait_for` returned.
        chunk_size: bytes of a chunk, at least.
        of: what the operation is for, for people: `stream 'orders'`.

    Raises:
        IncompleteData: the bytes are not as many as promised.
        BulkRetryable: its file opens no more, and Shopify gives no other address.
        Unavailable: the file host did not answer in spite of all attempts.
    """
    about = f", {of}" if of else ""
    name = f"shop {client.domain!r}{about}, bulk operation {operation.id}"
    if operation.status != "COMPLETED":
        raise IncompleteData(f"{name} is {operation.status}, not completed")
    if operation.url is None:
        if operation.object_count:
            promised = f"{operation.object_count} objects promised"
            raise IncompleteData(f"{name}: no file, but {promised}; submit a new one")
        return
    renewal = _Renewal(client, operation)
    file = File(name, operation.url, operation.file_size, renewal.url)
    download = Download(
        client.wire,
        file,
        retry=client.retry,
        waiter=client.waiter,
        largest=client.input_limits.file,
    )
    yield from in_chunks(download.pieces(), chunk_size)


class _Renewal:
    """Asks Shopify once for another address of an operation's file."""

    def __init__(self, client: ShopifyClient, operation: BulkOperation) -> None:
        self._client = client
        self._operation = operation
        self._asked = False

    def url(self) -> str:
        if not self._asked:
            self._asked = True
            operation = poll(self._client, self._operation.id)
            refuse_lost(operation, shop=self._client.domain)
            if operation.url is not None:
                return operation.url
        message = (
            f"shop {self._client.domain!r}: the file of bulk operation "
            f"{self._operation.id} opens no more; submit a new one"
        )
        raise BulkRetryable(message)


def check_counts(
    operation: BulkOperation, *, lines: int, roots: int, size: int
) -> None:
    """Prove that what was received is what the operation promised.

    Raises:
        IncompleteData: naming the operation and each number that differs.
    """
    promised_and_received = (
        ("lines", operation.object_count, lines),
        ("root lines", operation.root_object_count, roots),
        ("bytes", size if operation.file_size is None else operation.file_size, size),
    )
    differing = [
        f"{what}: {promised} promised, {received} received"
        for what, promised, received in promised_and_received
        if promised != received
    ]
    if differing:
        told = "; ".join(differing)
        message = f"bulk operation {operation.id}: {told}; submit a new one"
        raise IncompleteData(message)


def _growing(first: float, *, longest: float) -> Iterator[float]:
    wait = first
    while True:
        yield wait
        wait = min(longest, wait * 1.5)
