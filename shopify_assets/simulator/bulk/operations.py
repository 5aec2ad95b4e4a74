"""Bulk operations of one shop: submitted, run, cancelled, expired.

Charter: their life and their records. What a query may look like is in `rules.py`,
the lines in `lines.py`; running happens in a thread the shop provides.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from shopify_assets.simulator.bulk.lines import Tally
from shopify_assets.simulator.bulk.rules import problems
from shopify_assets.simulator.faults import Fault, Faults, Kind
from shopify_assets.simulator.graphql.hiding import refusals
from shopify_assets.simulator.spoiling import spoilt
from shopify_assets.simulator.world.spec import stamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shopify_assets.catalog.schema import Schema

MOST_AT_ONCE = 5
_FIRST_NUMBER = 4_000_000_000_001
_SPOILING = {Kind.HALF_SURROGATE, Kind.INVALID_UTF8}
_GOING = {"CREATED", "RUNNING", "CANCELING"}


class Failed(Exception):
    """An operation ended; the text is Shopify's error code."""


@dataclass
class Operation:
    """One bulk operation; `version` is the pinned one it was submitted in."""

    gid: str
    query: str
    version: str
    grouped: bool
    created: datetime
    token: str
    file: Path
    status: str = "CREATED"
    completed: datetime | None = None
    error_code: str | None = None
    objects: int = 0
    roots: int = 0
    size: int | None = None
    url: str | None = None
    partial_url: str | None = None
    expired: bool = False
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def going(self) -> bool:
        """Whether it has not ended."""
        return self.status in _GOING

    def record(self) -> dict[str, Any]:
        """The BulkOperation."""
        return {
            "__typename": "BulkOperation",
            "id": self.gid,
            "query": self.query,
            "type": "QUERY",
            "status": self.status,
            "createdAt": stamp(self.created),
            "completedAt": stamp(self.completed) if self.completed else None,
            "errorCode": self.error_code,
            "objectCount": str(self.objects),
            "rootObjectCount": str(self.roots),
            "fileSize": None if self.size is None else str(self.size),
            "url": self.url,
            "partialDataUrl": self.partial_url,
        }


@dataclass
class BulkOperations:
    """The bulk operations of one shop.

    Attributes:
        clock: tells the time.
        start: begins running an operation in the background.
        faults: what is armed to go wrong.
    """

    clock: Callable[[], datetime]
    start: Callable[[Operation], None]
    faults: Faults
    operations: dict[str, Operation] = field(default_factory=dict)
    _folder: Path = field(default_factory=Path)
    _base_url: str = ""

    def serve(self, folder: Path, base_url: str) -> None:
        """Write results to `folder`, and let their URLs begin with `base_url`."""
        self._folder, self._base_url = folder, base_url

    def fields(
        self, arguments: dict[str, Any], schema: Schema
    ) -> dict[str, Callable[[], Any]]:
        """The root fields and mutations this module answers, in a version."""
        return {
            "bulkOperation": lambda: self.find(arguments["id"]),
            "currentBulkOperation": self._newest,
            "bulkOperationRunQuery": lambda: self._submit(
                arguments["query"], schema, grouped=arguments["groupObjects"]
            ),
            "bulkOperationCancel": lambda: self._cancel(arguments["id"]),
        }

    def find(self, gid: str) -> dict[str, Any] | None:
        """The record of an operation."""
        found = self.operations.get(gid)
        return found.record() if found else None

    def listed(self) -> list[dict[str, Any]]:
        """The records of all operations, oldest first."""
        return [each.record() for each in self.operations.values()]

    def _newest(self) -> dict[str, Any] | None:
        listed = self.listed()
        return listed[-1] if listed else None

    def _submit(self, query: str, schema: Schema, *, grouped: bool) -> dict[str, Any]:
        hidden = self.faults.fire(query, Kind.HIDDEN_FIELD)
        found = problems(query, schema) or [
            f"Invalid bulk query: {error['message']}"
            for error in refusals(query, hidden, schema.version)
        ]
        if found:
            return _refused([("query",)] * len(found), found, code="INVALID")
        going = [each.gid for each in self.operations.values() if each.going]
        if len(going) >= MOST_AT_ONCE:
            message = (
                "A bulk query operation for this app and shop is already in progress: "
                + ", ".join(going)
            )
            return _refused([None], [message], code="OPERATION_IN_PROGRESS")
        operation = self._create(query, schema.version, grouped=grouped)
        made = operation.record()
        self.start(operation)
        return {"bulkOperation": made, "userErrors": []}

    def _create(self, query: str, version: str, *, grouped: bool) -> Operation:
        token = secrets.token_urlsafe(24)
        number = _FIRST_NUMBER + len(self.operations)
        operation = Operation(
            gid=f"gid://shopify/BulkOperation/{number}",
            query=query,
            version=version,
            grouped=grouped,
            created=self.clock(),
            token=token,
            file=self._folder / f"{token}.jsonl",
        )
        self.operations[operation.gid] = operation
        return operation

    def _cancel(self, gid: str) -> dict[str, Any]:
        operation = self.operations.get(gid)
        if operation is None:
            return _refused([("id",)], ["Bulk operation does not exist"], code=None)
        if not operation.going:
            state = operation.status.lower()
            message = f"A bulk operation cannot be canceled when it is {state}"
            refused = _refused([None], [message], code=None)
            return {**refused, "bulkOperation": operation.record()}
        operation.status = "CANCELING"
        made = operation.record()
        operation.cancel.set()
        return {"bulkOperation": made, "userErrors": []}

    def run(self, operation: Operation, write: Callable[[Operation], Tally]) -> None:
        """Run an operation to its end; `write` writes its file."""
        fault = self.faults.fire(
            operation.query,
            Kind.BULK_STUCK,
            Kind.BULK_FAILED,
            Kind.BULK_CANCELED,
            Kind.BULK_EXPIRED,
            Kind.BULK_COUNTS,
            Kind.HALF_SURROGATE,
            Kind.INVALID_UTF8,
            Kind.BULK_EDITED,
        )
        if not operation.cancel.is_set():
            operation.status = "RUNNING"
        if fault is not None and fault.kind is Kind.BULK_STUCK:
            operation.cancel.wait()
        try:
            tally = None if operation.cancel.is_set() else write(operation)
        except Failed as failed:
            self._end(operation, "FAILED", error_code=str(failed))
            return
        if tally is None or operation.cancel.is_set():
            self._end(operation, "CANCELED")
            return
        if fault is not None and fault.kind is Kind.BULK_EDITED:
            tally, fault = _edited(operation.file, fault), None
        operation.objects, operation.roots = tally.objects, tally.roots
        if fault is not None and fault.kind in _SPOILING:
            operation.file.write_bytes(spoilt(operation.file.read_bytes(), fault))
            tally.size, fault = operation.file.stat().st_size, None
        if fault is None or fault.kind is Kind.BULK_COUNTS:
            self._complete(operation, tally, fault)
        else:
            self._spoil(operation, tally, fault)

    def _complete(
        self, operation: Operation, tally: Tally, fault: Fault | None
    ) -> None:
        operation.size = tally.size
        if tally.objects:
            operation.url = self._url(operation)
        if fault is not None:
            _miscount(operation, fault.counter)
        self._end(operation, "COMPLETED")

    def _spoil(self, operation: Operation, tally: Tally, fault: Fault) -> None:
        match fault.kind:
            case Kind.BULK_FAILED:
                if fault.partial and tally.objects:
                    _halve(operation.file)
                    operation.partial_url = self._url(operation)
                self._end(operation, "FAILED", error_code=fault.error_code)
            case Kind.BULK_CANCELED:
                self._end(operation, "CANCELED")
            case _:
                operation.expired = True
                self._end(operation, "EXPIRED")

    def _url(self, operation: Operation) -> str:
        """Where the file lies; its name is told as the storage's links tell it."""
        name = f"bulk-{operation.gid.rpartition('/')[2]}.jsonl"
        shown = f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
        told = {
            "response-content-disposition": shown,
            "response-content-type": "application/jsonl",
        }
        return f"{self._base_url}/bulk/{operation.token}/{name}?{urlencode(told)}"

    def _end(
        self, operation: Operation, status: str, *, error_code: str | None = None
    ) -> None:
        operation.error_code = error_code
        operation.completed = self.clock()
        operation.status = status

    def by_token(self, token: str) -> Operation | None:
        """The operation whose result has this path."""
        found = (each for each in self.operations.values() if each.token == token)
        return next(found, None)

    def stop(self) -> None:
        """Let everything that runs end soon."""
        for operation in self.operations.values():
            operation.cancel.set()


def _miscount(operation: Operation, counter: str) -> None:
    match counter:
        case "objectCount":
            operation.objects += 3
        case "rootObjectCount":
            operation.roots += 1
        case _:
            operation.size = (operation.size or 0) + 7


def _edited(file: Path, fault: Fault) -> Tally:
    """Edit a file's lines; Shopify counts what it wrote, whatever that is."""
    data = fault.edited(file.read_bytes())
    file.write_bytes(data)
    lines = data.splitlines()
    roots = sum(b'"__parentId":' not in line for line in lines)
    return Tally(objects=len(lines), roots=roots, size=len(data))


def _halve(file: Path) -> None:
    lines = file.read_bytes().split(b"\n")[:-1]
    kept = lines[: max(1, len(lines) // 2)]
    file.write_bytes(b"".join(line + b"\n" for line in kept))


def _refused(
    fields: list[Any], messages: list[str], *, code: str | None
) -> dict[str, Any]:
    errors = [
        {"field": list(field) if field else None, "message": message, "code": code}
        for field, message in zip(fields, messages, strict=True)
    ]
    return {"bulkOperation": None, "userErrors": errors}
