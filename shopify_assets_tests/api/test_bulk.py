"""The life of a bulk operation, from submission to the last byte of its file."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.api.bulk import (
    BulkRetryable,
    cancel,
    check_counts,
    poll,
    stream,
    submit,
    wait_for,
)
from shopify_assets.api.download import in_chunks
from shopify_assets.api.operations import BulkOperation
from shopify_assets.api.retry import RetryConfig
from shopify_assets.api.wire import Timeouts
from shopify_assets.errors import (
    AccessDenied,
    ApiError,
    IncompleteData,
    ShopifyAssetsError,
    Unavailable,
)
from shopify_assets_tests.api.server import Request, Scripted, fault, graphql

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets_tests.api.conftest import Time
    from shopify_assets_tests.api.server import Server

ID = "gid://shopify/BulkOperation/1"
QUERY = "{ orders { edges { node { id } } } }"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONTENT = bytes(range(256)) * 1024
OPERATION = BulkOperation(
    id=ID,
    status="COMPLETED",
    error_code=None,
    object_count=5,
    root_object_count=2,
    file_size=len(CONTENT),
    url="",
    partial_data_url=None,
    created_at=NOON,
    completed_at=NOON,
)


def submitted(*errors: dict[str, Any], operation: str | None = ID) -> Scripted:
    payload = {
        "bulkOperation": None if errors or not operation else {"id": operation},
        "userErrors": list(errors),
    }
    return graphql({"bulkOperationRunQuery": payload})


def refused(code: str, words: str) -> dict[str, Any]:
    return {"code": code, "field": None, "message": words}


def state(status: str, count: int = 0, **more: Any) -> Scripted:
    """What Shopify tells of the operation."""
    told = {
        "id": ID,
        "status": status,
        "errorCode": None,
        "createdAt": "2026-11-21T12:00:00Z",
        "completedAt": None,
        "objectCount": str(count),
        "rootObjectCount": str(count),
        "fileSize": None,
        "url": None,
        "partialDataUrl": None,
    }
    return graphql({"bulkOperation": {**told, **more}})


# Submission


def test_a_submission_gives_the_id(client: ShopifyClient, server: Server) -> None:
    server.will_answer(submitted())
    assert submit(client, QUERY) == ID
    assert server.requests[0].variables == {"query": QUERY}


@pytest.mark.parametrize("code", ["OPERATION_IN_PROGRESS", "LIMIT_REACHED"])
def test_a_submission_waits_for_a_free_slot(
    client: ShopifyClient, server: Server, time: Time, code: str
) -> None:
    busy = submitted(refused(code, "already in progress: 1, 2, 3, 4, 5"))
    server.will_answer(busy, busy, busy, submitted())
    assert submit(client, QUERY) == ID
    assert time.sleeps == [2, 3, 4.5]


def test_waiting_for_a_slot_ends_at_the_deadline(
    client: ShopifyClient, server: Server, time: Time
) -> None:
    """The running operations, which Shopify names, are named."""
    busy = submitted(refused("OPERATION_IN_PROGRESS", "in progress: 1, 2, 3, 4, 5"))
    server.answer = lambda _: busy
    with pytest.raises(Unavailable, match=r"no free slot.*: 1, 2, 3, 4, 5"):
        submit(client, QUERY, deadline=20)
    assert time.sleeps == [2, 3, 4.5, 6.75]


def test_an_invalid_query_is_told_in_shopifys_words(
    client: ShopifyClient, server: Server
) -> None:
    words = "Bulk queries must contain at least one connection."
    server.will_answer(submitted(refused("INVALID", words)))
    with pytest.raises(ApiError, match=f"INVALID: {words}"):
        submit(client, QUERY)


def test_a_submission_without_operation_or_reason_is_an_error(
    client: ShopifyClient, server: Server
) -> None:
    server.will_answer(submitted(operation=None))
    with pytest.raises(ApiError, match="no reason"):
        submit(client, QUERY)


def listed(*operations: tuple[str, str, str]) -> Scripted:
    nodes = [
        {"id": found, "query": query, "createdAt": created}
        for found, query, created in operations
    ]
    return graphql({"bulkOperations": {"nodes": nodes}})


LOST = graphql(errors=[fault("INTERNAL_SERVER_ERROR")])


def test_after_a_lost_answer_the_operation_is_found_not_doubled(
    client: ShopifyClient, server: Server, time: Time
) -> None:
    """The one with this query, begun since; the server says it is noon."""
    server.will_answer(
        LOST,
        listed(
            ("4", "{ other }", "2026-11-21T12:00:00Z"),
            ("3", QUERY, "2026-11-21T11:59:59Z"),
            ("2", QUERY, "2026-11-21T11:30:00Z"),
        ),
    )
    assert submit(client, QUERY) == "3"
    assert time.sleeps == [1]


def test_after_a_lost_question_it_is_submitted_again(
    client: ShopifyClient, server: Server
) -> None:
    old = ("2", QUERY, "2026-11-21T11:30:00Z")
    server.will_answer(Scripted(502), LOST, listed(old), LOST, listed(), submitted())
    assert submit(client, QUERY) == ID
    assert not server.script


# Waiting


def test_an_operation_is_read_with_all_its_numbers(
    client: ShopifyClient, server: Server
) -> None:
    """They come as text, for they may exceed what a float holds."""
    large = 2**63 + 1
    server.will_answer(
        state(
            "COMPLETED",
            large,
            rootObjectCount="7",
            fileSize="9",
            url="http://files/x",
            completedAt="2026-11-21T12:30:00Z",
        )
    )
    assert poll(client, ID) == BulkOperation(
        id=ID,
        status="COMPLETED",
        error_code=None,
        object_count=large,
        root_object_count=7,
        file_size=9,
        url="http://files/x",
        partial_data_url=None,
        created_at=NOON,
        completed_at=datetime(2026, 11, 21, 12, 30, tzinfo=UTC),
    )
    assert server.requests[0].variables == {"id": ID}


def test_an_unknown_operation_is_to_be_submitted_again(
    client: ShopifyClient, server: Server
) -> None:
    server.will_answer(graphql({"bulkOperation": None}))
    with pytest.raises(BulkRetryable, match=r"does not know .*submit a new one"):
        poll(client, ID)


def test_waiting_shows_progress_and_looks_less_and_less_often(
    client: ShopifyClient, server: Server, time: Time
) -> None:
    """A status that this project does not know is waited for as well."""
    shown: list[tuple[str, int]] = []
    running = [state("RUNNING", count) for count in range(10)]
    completed = state("COMPLETED", 9)
    server.will_answer(state("CREATED"), state("NEW_WORD"), *running, completed)
    operation = wait_for(
        client, ID, on_progress=lambda at: shown.append((at.status, at.object_count))
    )
    assert (operation.status, operation.object_count) == ("COMPLETED", 9)
    assert shown == [
        ("CREATED", 0),
        ("NEW_WORD", 0),
        *(("RUNNING", count) for count in range(10)),
        ("COMPLETED", 9),
    ]
    assert time.sleeps[:4] == [1, 1.5, 2.25, 3.375]
    assert time.sleeps[-3:] == [30, 30, 30]


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (state("FAILED", errorCode="ACCESS_DENIED"), AccessDenied),
        (state("FAILED", errorCode="INTERNAL_SERVER_ERROR"), BulkRetryable),
        (state("FAILED", errorCode="TIMEOUT"), BulkRetryable),
        (state("FAILED", errorCode=None), BulkRetryable),
        (state("CANCELED"), BulkRetryable),
        (state("EXPIRED"), BulkRetryable),
    ],
)
def test_an_operation_that_ends_otherwise_is_told_by_its_remedy(
    client: ShopifyClient,
    server: Server,
    end: Scripted,
    kind: type[ShopifyAssetsError],
) -> None:
    """Its partial data are not offered."""
    server.will_answer(state("RUNNING", 3), end)
    with pytest.raises(kind, match=ID):
        wait_for(client, ID)


def test_an_operation_that_does_not_move_is_cancelled(
    client: ShopifyClient, server: Server, time: Time
) -> None:
    def answer(request: Request) -> Scripted:
        if "bulkOperationCancel" in request.json["query"]:
            return graphql({"bulkOperationCancel": {"userErrors": []}})
        return state("RUNNING", min(len(server.requests), 20))

    server.answer = answer
    with pytest.raises(
        BulkRetryable, match="at 20 objects and has not moved for 600 s"
    ):
        wait_for(client, ID, stall=600)
    assert "bulkOperationCancel" in server.requests[-1].json["query"]
    # Twenty looks that showed progress took 404 seconds.
    assert 1000 < sum(time.sleeps) < 1050


def test_an_operation_that_takes_long_is_left_running(
    client: ShopifyClient, server: Server, time: Time
) -> None:
    server.answer = lambda _: state("RUNNING", len(server.requests))
    with pytest.raises(Unavailable, match=f"{ID}.*it goes on") as raised:
        wait_for(client, ID, deadline=100)
    assert not isinstance(raised.value, BulkRetryable)
    assert sum(time.sleeps) <= 100


def test_what_has_ended_can_be_cancelled_without_harm(
    client: ShopifyClient, server: Server
) -> None:
    words = "A bulk operation cannot be canceled when it is completed"
    errors = [{"field": None, "message": words}]
    server.will_answer(graphql({"bulkOperationCancel": {"userErrors": errors}}))
    cancel(client, ID)
    assert server.requests[0].variables == {"id": ID}


# The file


@pytest.fixture
def operation(server: Server) -> BulkOperation:
    return replace(OPERATION, url=f"{server.url}/file?Signature=secret-signature")


def part(start: int, **more: Any) -> Scripted:
    """The file from byte `start`, as a file host sends it that knows ranges."""
    body = CONTENT[start:]
    told = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
    headers = {"Content-Range": told, **more.pop("headers", {})}
    return Scripted(206, body, headers=headers, **more)


WHOLE = Scripted(200, CONTENT)
HALF = len(CONTENT) // 2


def by_range(server: Server, *, breaks: int, every: int) -> None:
    """A file host whose first `breaks` answers break off after `every` bytes."""

    def answer(request: Request) -> Scripted:
        asked = request.headers.get("range", "bytes=0-")
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        found = part(start) if start else WHOLE
        cut = every if len(server.requests) <= breaks else None
        return replace(found, cut=cut)

    server.answer = answer


def received(client: ShopifyClient, operation: BulkOperation) -> bytes:
    return b"".join(stream(client, operation))


def test_a_file_comes_whole_and_no_token_goes_to_its_host(
    client: ShopifyClient, server: Server, operation: BulkOperation
) -> None:
    server.will_answer(WHOLE)
    assert received(client, operation) == CONTENT
    (request,) = server.requests
    assert request.method == "GET"
    assert request.headers["accept-encoding"] == "identity"
    assert not {"x-shopify-access-token", "authorization"} & request.headers.keys()


def test_chunks_are_as_large_as_asked_for(
    client: ShopifyClient, server: Server, operation: BulkOperation
) -> None:
    server.will_answer(WHOLE)
    chunks = list(stream(client, operation, chunk_size=100_000))
    assert [len(each) for each in chunks] == [131_072, 131_072]


def test_a_broken_connection_is_resumed_where_it_broke(
    client: ShopifyClient, server: Server, operation: BulkOperation
) -> None:
    by_range(server, breaks=3, every=70_000)
    assert received(client, operation) == CONTENT
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "trouble",
    [
        Scripted(500),
        Scripted(503),
        Scripted(429, headers={"Retry-After": "1"}),
        replace(WHOLE, cut=0),
        replace(WHOLE, cut=10),
    ],
)
def test_passing_faults_of_the_file_host_are_asked_again(
    client: ShopifyClient,
    server: Server,
    time: Time,
    operation: BulkOperation,
    trouble: Scripted,
) -> None:
    server.will_answer(trouble, WHOLE)
    assert received(client, operation) == CONTENT
    assert time.sleeps == [1]


def test_a_host_that_falls_silent_is_asked_again(
    make_client: Callable[..., ShopifyClient],
    server: Server,
    operation: BulkOperation,
) -> None:
    client = make_client(timeouts=Timeouts(connect=1.0, read=0.05))
    server.will_answer(Scripted(silent=True), WHOLE)
    assert received(client, operation) == CONTENT


def test_attempts_count_from_the_last_byte_that_came(
    make_client: Callable[..., ShopifyClient],
    server: Server,
    operation: BulkOperation,
) -> None:
    """A line that breaks again and again brings the file all the same.

    So does the deadline.
    """
    client = make_client(retry=RetryConfig(attempts=2, jitter=0, deadline=2))
    by_range(server, breaks=1000, every=66_000)
    assert received(client, operation) == CONTENT


def test_a_host_that_brings_nothing_is_given_up(
    make_client: Callable[..., ShopifyClient],
    server: Server,
    operation: BulkOperation,
) -> None:
    client = make_client(retry=RetryConfig(attempts=3, jitter=0))
    server.answer = lambda _: Scripted(503)
    with pytest.raises(Unavailable, match=f"{ID}.*HTTP 503"):
        received(client, operation)
    assert len(server.requests) == 3


def test_a_host_that_ignores_ranges_does_not_double_the_beginning(
    client: ShopifyClient, server: Server, operation: BulkOperation
) -> None:
    server.will_answer(replace(WHOLE, cut=100_000), WHOLE)
    assert received(client, operation) == CONTENT


@pytest.mark.parametrize("status", [403, 400, 410])
def test_an_expired_address_is_renewed_once(
    client: ShopifyClient, server: Server, operation: BulkOperation, status: int
) -> None:
    """The new one is asked for the rest only."""
    renewed = state("COMPLETED", 5, url=f"{server.url}/renewed")
    by_range(server, breaks=1, every=140_000)
    begun = stream(client, operation, chunk_size=1)
    first = next(begun)
    server.will_answer(Scripted(status), renewed)
    assert first + b"".join(begun) == CONTENT
    last = server.requests[-1]
    assert last.path == "/renewed"
    assert last.headers["range"].removesuffix("-") != "bytes=0"


@pytest.mark.parametrize(
    "answers",
    [
        [Scripted(403), state("COMPLETED", 5, url=None)],
        [Scripted(403), state("EXPIRED", 5)],
        [Scripted(403), graphql({"bulkOperation": None})],
    ],
)
def test_a_file_that_opens_no_more_is_to_be_submitted_again(
    client: ShopifyClient,
    server: Server,
    operation: BulkOperation,
    answers: list[Scripted],
) -> None:
    server.will_answer(*answers)
    with pytest.raises(BulkRetryable, match="submit a new one"):
        received(client, operation)


def test_an_address_is_not_renewed_twice(
    client: ShopifyClient, server: Server, operation: BulkOperation
) -> None:
    renewed = state("COMPLETED", 5, url=f"{server.url}/renewed")
    server.will_answer(Scripted(403), renewed, Scripted(403))
    with pytest.raises(BulkRetryable, match="opens no more"):
        received(client, operation)
    assert not server.script


def shortened(size: int) -> Scripted:
    return Scripted(200, CONTENT[:size])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Scripted(200, CONTENT + b"x"), "goes on"),
        (
            Scripted(206, CONTENT, headers={"Content-Range": "bytes 0-262144/262145"}),
            "has 262145 bytes on the file host",
        ),
        (part(7), "came from byte 7"),
        (Scripted(206, CONTENT), "came from byte -1"),
        (Scripted(416), "ends there"),
    ],
)
def test_a_file_of_another_size_is_refused(
    client: ShopifyClient,
    server: Server,
    operation: BulkOperation,
    answer: Scripted,
    words: str,
) -> None:
    server.will_answer(answer)
    with pytest.raises(IncompleteData, match=rf"{ID}.*{words}"):
        received(client, operation)


@pytest.mark.parametrize("rest", [part(HALF), WHOLE])
def test_a_cut_file_is_resumed(
    client: ShopifyClient, server: Server, operation: BulkOperation, rest: Scripted
) -> None:
    """Though the host announced no more, and answers a range with all of it."""
    server.will_answer(shortened(HALF), rest)
    assert received(client, operation) == CONTENT
    assert server.requests[1].headers["range"] == f"bytes={HALF}-"


@pytest.mark.parametrize("rest", [Scripted(416), shortened(HALF)])
def test_a_file_that_stays_short_is_refused(
    client: ShopifyClient, server: Server, operation: BulkOperation, rest: Scripted
) -> None:
    server.will_answer(shortened(HALF), rest)
    with pytest.raises(IncompleteData, match=rf"{HALF} bytes received.*ends there"):
        received(client, operation)


def chunked(content: bytes) -> Scripted:
    """A body of no announced length."""
    body = f"{len(content):x}\r\n".encode() + content + b"\r\n0\r\n\r\n"
    headers = {"Transfer-Encoding": "chunked"}
    return Scripted(200, body, headers=headers)


def test_bytes_are_counted_where_no_length_is_announced(
    client: ShopifyClient, server: Server, operation: BulkOperation
) -> None:
    """Too many are refused, too few asked for again, and refused if none follow."""
    server.will_answer(chunked(CONTENT + b"x"))
    with pytest.raises(IncompleteData, match="goes on"):
        received(client, operation)
    server.will_answer(chunked(CONTENT[:HALF]), chunked(CONTENT[:HALF]))
    with pytest.raises(
        IncompleteData, match=f"{HALF} bytes received of {len(CONTENT)}"
    ):
        received(client, operation)
    server.will_answer(chunked(CONTENT[:HALF]), part(HALF))
    assert received(client, operation) == CONTENT


def test_a_file_without_promised_size_is_as_long_as_its_host_says(
    client: ShopifyClient, server: Server, operation: BulkOperation
) -> None:
    by_range(server, breaks=2, every=70_000)
    assert received(client, replace(operation, file_size=None)) == CONTENT


def test_a_file_that_changed_meanwhile_is_refused(
    client: ShopifyClient, server: Server, operation: BulkOperation
) -> None:
    other = Scripted(200, CONTENT, headers={"ETag": '"2"'})
    server.will_answer(replace(WHOLE, headers={"ETag": '"1"'}, cut=100_000), other)
    with pytest.raises(IncompleteData, match="changed meanwhile"):
        received(client, operation)


@pytest.mark.parametrize(
    "answer", [Scripted(418), Scripted(200, b"x", headers={"Content-Encoding": "br"})]
)
def test_an_unknown_answer_of_the_file_host_is_an_error(
    client: ShopifyClient, server: Server, operation: BulkOperation, answer: Scripted
) -> None:
    server.will_answer(answer)
    with pytest.raises(ApiError, match="a plain file was asked for"):
        received(client, operation)


def test_an_operation_without_objects_has_no_file(
    client: ShopifyClient, server: Server
) -> None:
    empty = replace(OPERATION, object_count=0, file_size=None, url=None)
    assert received(client, empty) == b""
    assert server.requests == []


@pytest.mark.parametrize(
    "broken",
    [
        replace(OPERATION, url=None),
        replace(OPERATION, status="FAILED", object_count=0, url=None),
        replace(OPERATION, status="FAILED", partial_data_url="http://files/partial"),
    ],
)
def test_what_is_not_completed_gives_no_bytes(
    client: ShopifyClient, server: Server, broken: BulkOperation
) -> None:
    with pytest.raises(IncompleteData, match=ID):
        received(client, broken)
    assert server.requests == []


def test_the_signature_of_an_address_shows_nowhere(
    make_client: Callable[..., ShopifyClient],
    server: Server,
    operation: BulkOperation,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither in the text of our errors nor in the chain behind them."""
    caplog.set_level(logging.DEBUG, logger="shopify_assets")
    client = make_client(retry=RetryConfig(attempts=2, jitter=0, first_wait=6))
    server.shutdown()
    server.server_close()
    with pytest.raises(Unavailable) as raised:
        received(client, operation)
    error = raised.value
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert caplog.records
    shown = [str(error), repr(error), caplog.text, repr(operation)]
    assert not [each for each in shown if "secret-signature" in each]


@pytest.mark.parametrize(
    ("received_counts", "words"),
    [
        ({"lines": 4}, "lines: 5 promised, 4 received"),
        ({"lines": 6}, "lines: 5 promised, 6 received"),
        ({"roots": 3}, "root lines: 2 promised, 3 received"),
        ({"size": 1}, "bytes: 262144 promised, 1 received"),
        ({"lines": 4, "roots": 1}, "lines: 5 .*4 received; root lines: 2 .*1 received"),
    ],
)
def test_counts_that_differ_are_told(
    received_counts: dict[str, int], words: str
) -> None:
    counts = {"lines": 5, "roots": 2, "size": len(CONTENT), **received_counts}
    with pytest.raises(IncompleteData, match=f"{ID}: {words}"):
        check_counts(OPERATION, **counts)


def test_counts_that_agree_pass() -> None:
    check_counts(OPERATION, lines=5, roots=2, size=len(CONTENT))
    empty = replace(OPERATION, object_count=0, root_object_count=0, file_size=None)
    check_counts(empty, lines=0, roots=0, size=0)


@given(st.lists(st.binary(min_size=1, max_size=20)), st.integers(1, 50))
def test_joining_pieces_loses_nothing(pieces: list[bytes], size: int) -> None:
    chunks = list(in_chunks(iter(pieces), size))
    assert b"".join(chunks) == b"".join(pieces)
    assert all(len(each) >= size for each in chunks[:-1])
    assert all(chunks)


# What is told meanwhile


def test_waiting_for_a_slot_is_told_every_time(
    client: ShopifyClient, server: Server
) -> None:
    busy = submitted(refused("LIMIT_REACHED", "in progress: 1, 2"))
    server.will_answer(busy, busy, submitted())
    lines: list[str] = []
    with client.waiter.told_to(lines.append, work="stream orders"):
        submit(client, QUERY)
    until = "until 3600 s have passed"
    told = f"stream orders: shop '{client.domain}': LIMIT_REACHED: in progress: 1, 2"
    assert lines == [
        f"{told}; no free slot for 0 s, submitted again in 2 s: try 2, {until}",
        f"{told}; no free slot for 2 s, submitted again in 3 s: try 3, {until}",
    ]


@pytest.mark.parametrize("status", ["CREATED", "RUNNING"])
def test_an_operation_that_stands_still_is_told_every_half_minute_or_so(
    client: ShopifyClient, server: Server, time: Time, status: str
) -> None:
    """One that moves is shown as progress, and is no warning."""
    moving = [state("RUNNING", count) for count in range(1, 20)]
    server.will_answer(*moving, *[state(status, 19)] * 12, state("COMPLETED", 19))
    told_at: list[float] = []
    with client.waiter.told_to(lambda _: told_at.append(time.now), work=""):
        wait_for(client, ID)
    stood_since = sum(time.sleeps[: len(moving) - 1]) + 1000
    silences = [later - earlier for earlier, later in pairwise([stood_since, *told_at])]
    assert len(told_at) >= 9
    assert all(29 < silence < 60 for silence in silences)


def test_a_long_download_says_how_far_it_is(
    client: ShopifyClient, server: Server, operation: BulkOperation
) -> None:
    client.waiter.silence = 0
    server.will_answer(WHOLE)
    lines: list[str] = []
    with client.waiter.told_to(lines.append, work=""):
        b"".join(stream(client, operation, of="stream 'orders'"))
    assert f"shop '{client.domain}', stream 'orders', bulk operation {ID}" in lines[0]
    assert lines[-1].endswith(f"at byte {len(CONTENT):,} of {len(CONTENT):,}")


def test_a_download_that_is_cut_for_ever_names_what_and_what_to_do(
    client: ShopifyClient, server: Server, operation: BulkOperation
) -> None:
    by_range(server, breaks=1000, every=0)
    lines: list[str] = []
    with (
        client.waiter.told_to(lines.append, work=""),
        pytest.raises(Unavailable) as raised,
    ):
        list(stream(client, operation, of="stream 'orders'"))
    text = str(raised.value)
    assert f"shop '{client.domain}', stream 'orders', bulk operation {ID}" in text
    assert f"at byte 0 of {len(CONTENT):,} given up after 8 failures in 123 s" in text
    assert "run it again within a day" in text
    assert "Error" not in text
    assert len([line for line in lines if "again in" in line]) == 7
