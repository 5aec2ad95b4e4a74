"""What Shopify's answers say of bulk operations.

Charter: from answers to typed values, or the error that they are none. When to ask, and
what follows, is `bulk.py`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import msgspec

from shopify_assets.api.shapes import malformed, read_as

if TYPE_CHECKING:
    from shopify_assets.api.client import Answer


@dataclass(frozen=True)
class BulkOperation:
    """What Shopify tells of a bulk operation.

    Attributes:
        id: its global id.
        status: CREATED, RUNNING, COMPLETED, CANCELING, CANCELED, FAILED or EXPIRED.
        error_code: why it failed.
        object_count: lines written so far.
        root_object_count: lines of root records among them.
        file_size: bytes of the result, once there is one.
        url: where to fetch the result; signed, so never shown.
        partial_data_url: where what a failed one wrote can be looked at.
        created_at: when it was submitted.
        completed_at: when it ended.
    """

    id: str
    status: str
    error_code: str | None
    object_count: int
    root_object_count: int
    file_size: int | None
    url: str | None = field(repr=False)
    partial_data_url: str | None = field(repr=False)
    created_at: datetime
    completed_at: datetime | None


_Id = Annotated[str, msgspec.Meta(min_length=1)]
# Unsigned 64-bit numbers come as text.
_Count = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,19}$")]
_Number = Annotated[int, msgspec.Meta(ge=0)]


class Submitted(msgspec.Struct, frozen=True, rename="camel"):
    """One of the newest operations."""

    id: _Id
    query: str
    created_at: datetime


class _Begun(msgspec.Struct, frozen=True):
    """The operation that a submission began."""

    id: _Id


class _UserError(msgspec.Struct, frozen=True):
    """Why a submission is refused."""

    code: str | None
    message: str


class Payload(msgspec.Struct, frozen=True):
    """What a submission is answered by."""

    operation: _Begun | None = msgspec.field(name="bulkOperation")
    errors: list[_UserError] = msgspec.field(name="userErrors")


class _Told(msgspec.Struct, frozen=True, rename="camel"):
    """What a look at an operation is answered by."""

    id: _Id
    status: _Id
    error_code: str | None
    created_at: datetime
    completed_at: datetime | None
    object_count: _Count | _Number
    root_object_count: _Count | _Number
    file_size: _Count | _Number | None
    url: str | None
    partial_url: str | None = msgspec.field(name="partialDataUrl")


def submission_in(answer: Answer, *, shop: str) -> Payload:
    """What a submission was answered by.

    Raises:
        Malformed: it is none of what Shopify's schema has there.
    """
    payload: Payload = read_as(
        Payload,
        answer.data["bulkOperationRunQuery"],
        at="data.bulkOperationRunQuery",
        origin=_of(answer, shop),
    )
    return payload


def newest_in(answer: Answer, *, shop: str) -> list[Submitted]:
    """The newest operations.

    Raises:
        Malformed: one is none of what Shopify's schema has there.
    """
    connection = answer.data["bulkOperations"]
    at = "data.bulkOperations.nodes"
    nodes: list[Submitted] = read_as(
        list[Submitted], connection.get("nodes"), at=at, origin=_of(answer, shop)
    )
    return nodes


def operation_in(answer: Answer, *, shop: str) -> BulkOperation | None:
    """The operation of an answer; None if Shopify does not know it.

    Raises:
        Malformed: it is none of what Shopify's schema has there.
    """
    at, origin = "data.bulkOperation", _of(answer, shop)
    if answer.data["bulkOperation"] is None:
        return None
    told: _Told = read_as(_Told, answer.data["bulkOperation"], at=at, origin=origin)
    if told.url is not None and not _is_address(told.url):
        raise malformed(origin, f"{at}.url is no address of a file")
    return BulkOperation(
        id=told.id,
        status=told.status,
        error_code=told.error_code,
        object_count=int(told.object_count),
        root_object_count=int(told.root_object_count),
        file_size=None if told.file_size is None else int(told.file_size),
        url=told.url,
        partial_data_url=told.partial_url,
        created_at=told.created_at,
        completed_at=told.completed_at,
    )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _of(answer: Answer, shop: str) -> str:
    return f"shop {shop!r}, request {answer.request_id!r}"
