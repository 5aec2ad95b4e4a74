"""One stream: whatever ends it is kept, and ends no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl
import psycopg
import pytest

from shopify_assets import pipeline
from shopify_assets.errors import (
    AccessDenied,
    ApiError,
    ConfigurationError,
    DataError,
    ShopifyAssetsError,
    ShopUnavailable,
    Throttled,
    Unavailable,
)
from shopify_assets.refresh.asked import RAW, STEPS, TABLES, WAREHOUSE
from shopify_assets.refresh.stream import take
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets_tests.refresh.conftest import Shopfloor, asked
from shopify_assets_tests.stage import EMBER, compiled

if TYPE_CHECKING:
    from typing import NoReturn

OF_DRAFTS = "query draft_orders"


def test_a_stream_goes_through_all_steps(floor: Shopfloor) -> None:
    with floor.place() as place:
        taken = take(compiled("locations"), asked("locations"), place)
    assert (taken.failure, taken.denied, taken.steps) == (None, None, STEPS)
    assert floor.is_whole("locations")


def of_answers(kind: Kind, **more: object) -> Fault:
    return Fault(kind=kind, match=OF_DRAFTS, times=None, **more)  # type: ignore[arg-type]  # as declared


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (of_answers(Kind.HTTP_STATUS, status=500), Unavailable),
        (of_answers(Kind.HTTP_STATUS, status=429), Throttled),
        (of_answers(Kind.INTERNAL_ERROR), Unavailable),
        (of_answers(Kind.NO_DATA), Unavailable),
        (of_answers(Kind.STRANGE_ERROR, code="BROKEN"), ApiError),
        (of_answers(Kind.INVALID_UTF8, field="name"), Unavailable),
        (of_answers(Kind.FALLEN_FORWARD), ApiError),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else value.__name__,
)
def test_an_answer_that_is_odd_ends_its_stream_alone(
    floor: Shopfloor, fault: Fault, error: type[Exception]
) -> None:
    floor.stage.simulator.arm(EMBER, fault)
    with floor.place() as place:
        odd = take(compiled("draft_orders"), asked("draft_orders"), place)
        assert place.client.given_up == ""
        well = take(compiled("locations"), asked("locations"), place)
    assert isinstance(odd.failure, error)
    assert (odd.failed_step, odd.steps) == (RAW, ())
    assert str(odd.failure) == odd.reason
    assert well.steps == STEPS
    assert floor.is_whole("locations")


def test_what_may_not_be_read_is_no_failure(floor: Shopfloor) -> None:
    scopes = floor.stage.simulator.store(EMBER).scopes()
    floor.stage.simulator.grant(EMBER, *(set(scopes) - {"read_draft_orders"}))
    with floor.place() as place:
        taken = take(compiled("draft_orders"), asked("draft_orders"), place)
    assert isinstance(taken.denied, AccessDenied)
    assert (taken.failure, taken.steps) == (None, ())
    assert not taken.steps_are_done


@pytest.mark.parametrize(
    "raised",
    [
        pl.exceptions.PanicException("index out of bounds"),
        ZeroDivisionError("a bug of ours"),
        RecursionError("the same"),
        MemoryError("too much at once"),
        psycopg.OperationalError("the server closed the connection"),
        DataError("a file is damaged"),
        ConfigurationError("a folder is not writable"),
    ],
    ids=lambda raised: type(raised).__name__,
)
def test_any_error_of_a_step_is_kept_and_ends_its_stream_alone(
    floor: Shopfloor, monkeypatch: pytest.MonkeyPatch, raised: BaseException
) -> None:
    """Polars panics with an error that is none of `Exception`."""

    def broken(*_: object, **__: object) -> NoReturn:
        raise raised

    with floor.place() as place:
        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "normalize_slice", broken)
            odd = take(compiled("draft_orders"), asked("draft_orders"), place)
        well = take(compiled("locations"), asked("locations"), place)
    assert isinstance(odd.failure, ShopifyAssetsError | psycopg.Error)
    foreseen = isinstance(raised, ShopifyAssetsError | psycopg.Error)
    assert (odd.failure is raised, odd.is_unforeseen) == (foreseen, not foreseen)
    if not foreseen:
        told = str(odd.failure)
        place_of_it = (
            rf"shop '{EMBER}', stream 'draft_orders': {type(raised).__name__} in"
        )
        assert re.match(place_of_it, told)
        # Its text may hold what a customer wrote, and so may a cause's.
        assert str(raised) not in told
        assert (odd.failure.__cause__, odd.failure.__context__) == (None, None)
    assert (odd.failed_step, odd.steps) == (TABLES, (RAW,))
    assert type(raised).__name__ in odd.trace
    assert odd.reason
    assert floor.is_whole("locations")
    assert well.failure is None


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit])
def test_the_end_of_all_work_is_no_failure_of_a_stream(
    floor: Shopfloor,
    monkeypatch: pytest.MonkeyPatch,
    raised: type[BaseException],
) -> None:
    def ended(*_: object, **__: object) -> NoReturn:
        raise raised

    monkeypatch.setattr(pipeline, "extract_slice", ended)
    with floor.place() as place, pytest.raises(raised):
        take(compiled("locations"), asked("locations"), place)


@pytest.mark.parametrize("status", [402, 423])
def test_a_lost_shop_is_given_up_after_the_first_stream(
    floor: Shopfloor, status: int
) -> None:
    """The next streams fail for the same reason, and ask nothing."""
    simulator = floor.stage.simulator
    simulator.arm(EMBER, Fault(kind=Kind.HTTP_STATUS, status=status, times=None))
    with floor.place() as place:
        first = take(compiled("draft_orders"), asked("draft_orders"), place)
        sent = place.client.requests_sent
        second = take(compiled("locations"), asked("locations"), place)
        assert place.client.requests_sent == sent
    assert isinstance(first.failure, ShopUnavailable)
    assert isinstance(second.failure, ShopUnavailable)
    assert second.reason == first.reason


def test_a_shop_that_does_not_answer_at_all_is_given_up(floor: Shopfloor) -> None:
    """It is asked once more whether it is there; a stream's own trouble is not that."""
    floor.stage.simulator.arm(
        EMBER, Fault(kind=Kind.HTTP_STATUS, status=503, times=None)
    )
    with floor.place() as place:
        first = take(compiled("draft_orders"), asked("draft_orders"), place)
        assert "503" in place.client.given_up
        sent = place.client.requests_sent
        second = take(compiled("locations"), asked("locations"), place)
        assert place.client.requests_sent == sent
    assert isinstance(first.failure, Unavailable)
    assert isinstance(second.failure, ShopUnavailable)


def test_only_the_steps_that_are_asked_for_are_taken(floor: Shopfloor) -> None:
    """Each goes on from what the ones before it left in the lake."""
    made, want = compiled("draft_orders"), asked("draft_orders")
    with floor.place() as place:
        assert take(made, want, place, steps={RAW}).steps == (RAW,)
        sent = place.client.requests_sent
        assert take(made, want, place, steps={TABLES}).steps == (TABLES,)
        assert take(made, want, place, steps={WAREHOUSE}).steps == (WAREHOUSE,)
        assert place.client.requests_sent == sent
    assert floor.is_whole("draft_orders")


def test_a_step_whose_files_were_never_made_says_so(floor: Shopfloor) -> None:
    with floor.place() as place:
        taken = take(
            compiled("locations"), asked("locations"), place, steps={WAREHOUSE}
        )
    assert isinstance(taken.failure, DataError)
    assert taken.failed_step == WAREHOUSE
    assert "locations_raw" in taken.reason
