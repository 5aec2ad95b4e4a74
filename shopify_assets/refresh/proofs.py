"""The proofs of one shop's streams, one after the other.

Charter: that each stream has a verdict, whatever becomes of the others, and that it is
written down. What is compared is `proof`'s business; it takes Polars, and is imported
by who proves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shopify_assets.errors import ShopifyAssetsError
from shopify_assets.extract.extraction import Context
from shopify_assets.proof.verdicts import StreamProof, unproven
from shopify_assets.reasons import is_error, reason_of
from shopify_assets.refresh.asked import Began

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.proof.wanted import Wanted
    from shopify_assets.refresh.stream import Workplace


def prove_all(
    streams: Sequence[CompiledStream],
    wanted: Wanted,
    place: Workplace,
    *,
    repair: bool = False,
) -> Iterator[Began | StreamProof]:
    """Prove streams; what a shop that is lost leaves undecided is told as such.

    Args:
        streams: what to prove.
        wanted: how.
        place: the shop, the lake and the warehouse.
        repair: whether what is missing is fetched, and proven again.
    """
    for compiled in streams:
        yield Began(compiled.name)
        if place.client.given_up:
            yield write_down(compiled.name, place.client.given_up, place)
        else:
            yield _prove(compiled, wanted, place, repair=repair)


def _prove(
    compiled: CompiledStream, wanted: Wanted, place: Workplace, *, repair: bool
) -> StreamProof:
    """Prove one, with a connection of its own: one that broke stops no other."""
    from shopify_assets.proof import verify as proving  # noqa: PLC0415 -- see the charter
    from shopify_assets.proof.subject import Subject  # noqa: PLC0415 -- the same

    prove = proving.verify_and_repair if repair else proving.verify
    context = Context(place.client, place.store, place.report, warn=place.warn)
    work = f"proof of stream {compiled.name}"
    try:
        with (
            place.connect() as connection,
            place.client.waiter.told_to(place.warn, work=work),
        ):
            subject = Subject(compiled, context, connection, place.most_set_aside)
            return prove(subject, wanted)
    except BaseException as error:
        if not is_error(error):
            raise
        return write_down(compiled.name, reason_of(error), place)


def write_down(stream: str, reason: str, place: Workplace) -> StreamProof:
    """A stream that nothing could be proven of; that is written down, too."""
    from shopify_assets.proof.verify import record  # noqa: PLC0415 -- see the charter

    proof = unproven(
        place.client.domain, stream, reason, at=place.now().replace(microsecond=0)
    )
    try:
        with place.connect() as connection:
            record(connection, proof)
    except ShopifyAssetsError as error:
        failure = f"{reason}; and the verdict is not written down: {error}"
        return replace(proof, failure=failure)
    return proof
