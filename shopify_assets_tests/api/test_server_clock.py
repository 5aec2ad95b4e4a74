"""What time it is at a shop: whoever lies, it is told as it is, or not at all."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.api.http_dates import LONGEST_STATED, http_date, retry_after
from shopify_assets.api.server_clock import (
    ALIKE,
    CONFIRMED,
    ENOUGH,
    REMEMBERED,
    Judgement,
    Odd,
    Seen,
    ServerClock,
    judge,
)
from shopify_assets.clocks import NEAR, is_to_come
from shopify_assets.errors import ConfigurationError
from shopify_assets_tests.api.conftest import DOMAIN, NOON
from shopify_assets_tests.api.server import DATE, graphql

if TYPE_CHECKING:
    from random import Random

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets_tests.api.conftest import Time
    from shopify_assets_tests.api.server import Server

SECOND, YEAR = timedelta(seconds=1), timedelta(days=365)
QUERY = "{ shop { id } }"
SHOP = {"shop": {"id": "gid://shopify/Shop/1"}}
ZERO = timedelta()


def seconds(least: float, most: float) -> st.SearchStrategy[timedelta]:
    return st.floats(least, most).map(lambda value: timedelta(seconds=value))


LIES = st.one_of(st.none(), seconds(-4e8, 4e8), seconds(-900, 900))


@given(
    truth=seconds(-NEAR.total_seconds() + 2, NEAR.total_seconds() - 2),
    jitter=st.lists(seconds(-1, 0), min_size=2, max_size=10),
    lies=st.lists(LIES, max_size=5),
    order=st.randoms(use_true_random=False),
)
def test_whatever_a_third_of_the_answers_say_the_others_are_believed(
    truth: timedelta,
    jitter: list[timedelta],
    lies: list[timedelta | None],
    order: Random,
) -> None:
    lies = lies[: len(jitter) // 2]
    offsets: list[timedelta | None] = [*(truth + each for each in jitter), *lies]
    order.shuffle(offsets)
    judged = judge(offsets)
    assert judged.refuted is None
    if len([each for each in offsets if each is not None]) >= ENOUGH:
        assert judged.is_settled
        assert abs(judged.offset - truth) <= ALIKE + SECOND
    elif judged.is_settled:
        assert abs(judged.offset - truth) <= NEAR


@given(st.lists(LIES, max_size=REMEMBERED))
def test_whatever_is_seen_the_time_told_is_near_our_own(
    offsets: list[timedelta | None],
) -> None:
    """So nothing can be stored that is to come, however many lie."""
    judged = judge(offsets)
    assert abs(judged.offset) <= NEAR + ALIKE
    assert judged.is_settled or len(offsets) < ENOUGH
    if judged.refuted is not None:
        assert abs(judged.refuted) > NEAR


@pytest.mark.parametrize(
    ("offsets", "expected"),
    [
        ([], Judgement(is_settled=False)),
        # One answer is confirmed by our own clock, or by two others, or not at all.
        ([-SECOND], Judgement(-SECOND)),
        ([2 * CONFIRMED], Judgement(is_settled=False)),
        ([2 * CONFIRMED] * 2, Judgement(is_settled=False)),
        ([2 * CONFIRMED] * 3, Judgement(2 * CONFIRMED)),
        ([10 * YEAR, ZERO], Judgement(is_settled=False)),
        ([10 * YEAR, ZERO, -SECOND], Judgement(ZERO)),
        ([-10 * YEAR, ZERO, -SECOND], Judgement(ZERO)),
        # Seconds are cut off: the latest of what is alike is nearest to the truth.
        ([-0.9 * SECOND, -0.1 * SECOND, -0.5 * SECOND], Judgement(-0.1 * SECOND)),
        # Without dates our own clock is taken.
        ([None], Judgement(is_settled=False)),
        ([None, None, None], Judgement(ZERO)),
        ([None, 10 * YEAR, None], Judgement(ZERO)),
        # All agree, and not with us.
        ([YEAR, YEAR, YEAR - SECOND], Judgement(refuted=YEAR)),
        # None agrees with any other.
        ([YEAR, 2 * YEAR, 3 * YEAR], Judgement(ZERO)),
    ],
)
def test_who_is_believed(offsets: list[timedelta | None], expected: Judgement) -> None:
    assert judge(offsets) == expected


def test_the_tolerance_is_less_than_what_windows_overlap() -> None:
    assert is_to_come(NOON + NEAR + SECOND, NOON)
    assert not is_to_come(NOON + NEAR, NOON)
    assert not is_to_come(None, NOON)


# ── over HTTP ────────────────────────────────────────────────────────────────────────


def dated(text: str | None) -> object:
    """An answer with this Date; None: without any."""
    return graphql(SHOP, headers={"Date": text or ""})


def ahead(by: timedelta) -> str:
    return format_datetime(NOON + by, usegmt=True)


def test_one_answer_that_lies_changes_nothing_and_is_told(
    client: ShopifyClient, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    year_0 = "Sat, 21 Nov 0000 12:00:00 GMT"
    texts = (DATE, ahead(10 * YEAR), year_0, DATE, DATE, ahead(-YEAR))
    server.will_answer(*(graphql(SHOP, headers={"Date": text}) for text in texts))
    assert [client.execute(QUERY).served_at for _ in texts] == [NOON] * 6
    assert client.server_time() == NOON
    assert len(server.requests) == 6
    told = [line for line in caplog.messages if "answered with" in line]
    assert len(told) == 1
    assert "'Tue, 18 Nov 2036 12:00:00 GMT' (request 'request-2')" in told[0]
    [line] = client.odd_dates.lines()
    assert line.startswith("3 answers with a date far from")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "Sat, 31 Nov 2026 12:00:00 GMT",
        "Sat, 21 Nov 9999 12:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Sat, 21 Nov 99999999999999999999 12:00:00 GMT",
        "Sat, 21 Nov 2026 25:61:61 GMT",
        "Sat, 21 Nov 2026 12:00:00 +9999",
        "1" * 5000,
        "\x1b[31mnow",
    ],
)
def test_a_date_that_is_none_is_no_error(
    client: ShopifyClient,
    server: Server,
    caplog: pytest.LogCaptureFixture,
    text: str,
) -> None:
    """It was: an ApiError, or an exception of Python's. The time is our own."""
    server.will_answer(*[graphql(SHOP, headers={"Date": text})] * 4)
    assert client.execute(QUERY).served_at == NOON
    assert client.server_time() == NOON
    assert client.server_time() == NOON
    assert len(server.requests) == ENOUGH
    [told] = [line for line in caplog.messages if "answered with" in line]
    assert (Odd.UNREADABLE if text else Odd.MISSING) in told
    assert told.isprintable()
    assert len(told) < 700


@pytest.mark.parametrize("by", [timedelta(hours=2), -YEAR])
def test_a_clock_of_ours_that_is_wrong_is_said_by_name(
    client: ShopifyClient, server: Server, time: Time, by: timedelta
) -> None:
    time.ahead = by
    server.will_answer(*[graphql(SHOP)] * ENOUGH)
    both = rf"says that it is 2026-11-21 12:00:00 UTC.*{NOON + by:%Y-%m-%d %H:%M}.*ntp"
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=both):
            client.server_time()
    assert len(server.requests) == ENOUGH


def test_a_clock_of_ours_that_is_minutes_off_is_put_right_by_the_shops(
    client: ShopifyClient, server: Server, time: Time
) -> None:
    time.ahead = timedelta(minutes=9)
    server.will_answer(*[graphql(SHOP)] * ENOUGH)
    assert client.server_time() == NOON
    assert len(server.requests) == ENOUGH


def test_views_see_what_one_another_has_seen_and_note_their_own(
    client: ShopifyClient, server: Server
) -> None:
    view = client.view()
    server.will_answer(graphql(SHOP), graphql(SHOP, headers={"Date": ahead(YEAR)}))
    client.execute(QUERY)
    assert view.execute(QUERY).served_at == NOON
    assert len(view.odd_dates.lines()) == len(client.odd_dates.lines()) == 1
    assert client.view().odd_dates.lines() == ()


def test_a_machine_that_slept_begins_anew() -> None:
    """Its seconds stood still, its time of day did not: what was seen says nothing."""
    now, ticks = NOON, 0.0
    clock = ServerClock(lambda: now, lambda: ticks, shop=DOMAIN)
    for _ in range(REMEMBERED):
        clock.see(DATE)
    now += timedelta(hours=8)
    assert not clock.is_settled
    assert clock.see(format_datetime(now, usegmt=True)) == Seen(now)
    assert clock.is_settled
    assert clock.time() == now


def test_time_goes_on_between_answers_in_whole_seconds() -> None:
    now, ticks = NOON + 0.9 * SECOND, 0.0
    clock = ServerClock(lambda: now, lambda: ticks, shop=DOMAIN)
    assert clock.see(DATE) == Seen(NOON)
    now, ticks = now + 61.05 * SECOND, 61.05
    assert clock.time() == NOON + 61 * SECOND


# ── headers ──────────────────────────────────────────────────────────────────────────


@given(st.text(max_size=80))
def test_no_text_is_more_than_no_date(text: str) -> None:
    found = http_date(text)
    assert found is None or found.utcoffset() == ZERO


@given(st.from_regex(r"(\w{3}, )?\d{1,4} \w{3} \d{1,12} \d\d?:\d\d?(:\d\d?)? [+-]?\w*"))
def test_nearly_a_date_is_a_date_or_none(text: str) -> None:
    found = http_date(text)
    assert found is None or 1970 <= found.year < 9999


@pytest.mark.parametrize(
    "text",
    ["Sat, 21 Nov 2026 12:00:00 GMT", "Saturday, 21-Nov-26 12:00:00 GMT",
     "Sat Nov 21 12:00:00 2026", "Sat, 21 Nov 2026 14:00:00 +0200", f"{DATE}, {DATE}"],
)  # fmt: skip
def test_all_forms_of_http_are_read(text: str) -> None:
    assert http_date(text) == NOON


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", 2.0),
        (" 2.5 ", 2.5),
        ("0", 0.0),
        ("86400", LONGEST_STATED),
        (ahead(30 * SECOND), 30.0),
        (ahead(-30 * SECOND), 0.0),
        *[(wild, None) for wild in ("", "-5", "nan", "inf", "1e400", "9" * 400, "٣")],
        ("86401", None),
        (ahead(YEAR), None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
    ],
)
def test_a_wait_that_is_asked_for_is_a_number_of_seconds_within_reason(
    text: str, expected: float | None
) -> None:
    assert retry_after(text, NOON) == expected


def test_a_date_to_wait_for_is_measured_by_the_answers_own_clock() -> None:
    lying = NOON + 10 * YEAR
    assert retry_after(format_datetime(lying + 5 * SECOND, usegmt=True), lying) == 5.0
    assert retry_after(ahead(SECOND), None) is None
