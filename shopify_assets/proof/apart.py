"""Parts of a proof, each by itself: an error in one leaves all others standing.

Charter: which errors end a part and not the whole, how they are told, and when a shop
is not asked any more. What is compared is the business of the parts.

Every error counts, be it the shop's, the warehouse's or one of this program: nobody can
tell from a `KeyError` whether a line of ours is wrong or Shopify's answer is. What is
raised on purpose tells itself. Anything else is told by its type and its place, never
by its text, which may hold what a customer wrote; its trace goes to those who follow
the progress. What is no `Exception`, such as a signal, ends everything as ever.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import polars as pl
import psycopg

from shopify_assets.api.retry import InternalError, RetryConfig
from shopify_assets.errors import ShopifyAssetsError, ShopUnavailable, Unavailable
from shopify_assets.proof.verdicts import Kind, Proof, Verdict
from shopify_assets.reasons import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.proof.subject import Subject

T = TypeVar("T")

# A panic of Polars' is about the data it met; its class is none of `Exception`.
_ERRORS = (Exception, pl.exceptions.PanicException)
# It has been asked patiently before: this is the question whether it is there at all.
_ONCE = RetryConfig(attempts=1)
_SHOP = "{ shop { id } }"


@dataclass(frozen=True)
class Failed:
    """A part that could not be made, and why."""

    reason: str


class Undecided(ShopifyAssetsError):
    """What a part of a proof rests on could not be looked at."""


def given(value: T | Failed) -> T:
    """What another part rests on.

    Raises:
        Undecided: it could not be made.
    """
    if isinstance(value, Failed):
        raise Undecided(value.reason)
    return value


def attempt(subject: Subject, make: Callable[[], T]) -> T | Failed:
    """Make a part of the proof of a subject, or say why it could not be made."""
    try:
        return make()
    except _ERRORS as error:
        _roll_back(subject)
        reason = reason_of(error)
        if not isinstance(error, ShopifyAssetsError | psycopg.Error):
            subject.context.report("".join(traceback.format_exception(error)))
        _give_up_if_lost(subject, error)
        return Failed(reason)


def prove(subject: Subject, kind: Kind, make: Callable[[], Proof]) -> Proof:
    """Make one kind of proof; with an error in it, it is undecided."""
    made = attempt(subject, make)
    if isinstance(made, Failed):
        return Proof(kind=kind, verdict=Verdict.UNDECIDED, reason=made.reason)
    return made


def _roll_back(subject: Subject) -> None:
    """Let the next part find the connection as if nothing had happened."""
    try:
        subject.connection.rollback()
    except psycopg.OperationalError as lost:
        # Each part that needs it is undecided for the same reason.
        subject.context.report(f"the warehouse is lost: {lost}")


def _give_up_if_lost(subject: Subject, error: BaseException) -> None:
    """Ask nothing more of a shop that does not answer: each question takes minutes."""
    client = subject.client
    if isinstance(error, ShopUnavailable):
        client.give_up(str(error))
    elif isinstance(error, Unavailable) and not isinstance(error, InternalError):
        try:
            client.execute(_SHOP, cost=1, retry=_ONCE)
        except (ShopUnavailable, Unavailable) as lost:
            client.give_up(str(lost))
