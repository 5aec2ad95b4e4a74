"""What a run does to one shop, and how Dagster is told of it.

Charter: between the refresh of a shop, which knows nothing of Dagster, and the two ways
of telling what came of it: results that the op of the assets yields, and events that an
op of a job logs. The latter are not planned before: a job cannot know which streams
will have anything new.
"""

import traceback
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import msgspec

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.checks import OF_TABLES, OF_WAREHOUSE, Check
from shopify_assets.defs import metadata
from shopify_assets.defs.failing import RunFailure, raise_told
from shopify_assets.defs.resources import (
    LakeResource,
    ShopifyResource,
    WarehouseResource,
)
from shopify_assets.defs.showing import harmless
from shopify_assets.defs.standing import CheckVerdict
from shopify_assets.defs.telling import Context, news, reporter, warner
from shopify_assets.defs.verdicts import live_shops, verdicts
from shopify_assets.errors import (
    ConfigurationError,
)
from shopify_assets.postgres.books import checks as book
from shopify_assets.postgres.books.checks import CheckResult
from shopify_assets.postgres.books.spans import Span, loaded_spans
from shopify_assets.proof.verdicts import StreamProof, Verdict, tally
from shopify_assets.reasons import as_ours, is_error, reason_of
from shopify_assets.refresh.asked import (
    RAW,
    STEPS,
    TABLES,
    WAREHOUSE,
    Asked,
    Began,
    Ended,
    Outcome,
)
from shopify_assets.refresh.look import Idle, look
from shopify_assets.refresh.outcome import outcome_of, results_of
from shopify_assets.refresh.side_by_side import take_all
from shopify_assets.refresh.stream import Taken, Workplace


@dataclass(frozen=True)
class Tools:
    """The resources of a run."""

    shopify: ShopifyResource
    lake: LakeResource
    warehouse: WarehouseResource


@contextmanager
def workplace(context: Context, shop: str, tools: Tools) -> Iterator[Workplace]:
    """Where a shop is read from and written to, as the run's resources have it."""
    warn = warner(context)
    client = tools.shopify.client(shop)
    place = Workplace(
        client=client,
        store=tools.lake.store(),
        connect=tools.warehouse.connection,
        most_set_aside=tools.lake.max_set_aside,
        report=reporter(context),
        warn=warn,
        now=lambda: datetime.now(UTC),
    )
    with client.waiter.told_to(warn, work=f"shop {shop}"):
        yield place


@dataclass
class Carried:
    """What came of the streams of a shop in one run.

    Attributes:
        run: the run's id.
        outcomes: of the streams that have ended.
        failures: the streams of which a step failed. A check that fails does not make
            the run a failure: what could be loaded is loaded, and the check says it.
    """

    run: str
    outcomes: list[Outcome] = field(default_factory=list)
    failures: list[tuple[Taken, Outcome]] = field(default_factory=list)
    judged: list[CompiledStream] = field(default_factory=list)


def carry_out(
    streams: Sequence[CompiledStream],
    asked: Asked,
    place: Workplace,
    carried: Carried,
    *,
    steps: Callable[[str], Collection[str]] = lambda _: STEPS,
) -> Iterator[Taken]:
    """Take the streams of a shop; take note of each, tell of it and hand it on."""
    for event in take_all(streams, asked, place, steps=steps):
        if isinstance(event, Began):
            news(event)
            continue
        results = results_of(event, asked, at=place.now())
        if _entered(results, event, place, run=carried.run):
            carried.judged.append(event.compiled)
        outcome = outcome_of(event, asked, results)
        carried.outcomes.append(outcome)
        if outcome.failure is not None and not event.steps_are_done:
            carried.failures.append((event, outcome))
        if outcome.failure is not None:
            place.warn(f"stream {event.name}: {outcome.failure}")
        if event.is_unforeseen:
            place.report(event.trace)
        yield event
        news(Ended(outcome))


def _entered(
    results: Sequence[CheckResult], taken: Taken, place: Workplace, *, run: str
) -> bool:
    """Write results down; whether they, or the rows, are not what they were before."""
    with place.connect() as connection:
        known = book.read(connection, streams=[taken.name], shops=[place.client.domain])
        connection.commit()
        book.record(connection, results, run=run)
        connection.commit()
    before = {(it.name, it.outcome, it.description) for it in known}
    now = {
        (it.name, it.outcome, it.description)
        for it in results
        if it.outcome is not book.Outcome.SKIPPED
    }
    same = taken.is_unchanged or taken.denied is not None
    return not same or not now <= before


def look_first(
    streams: Sequence[CompiledStream],
    asked: Asked,
    place: Workplace,
    carried: Carried,
    *,
    snapshots_apart: timedelta,
) -> "LookedAt":
    """Tell streams that have nothing new from those that are to be read.

    The former are taken note of, and told. If the look meets what nobody foresaw, all
    are to be read: it would only have spared that.
    """
    try:
        with place.connect() as connection:
            seen = look(
                streams,
                client=place.client,
                connection=connection,
                snapshots_apart=timedelta() if asked.snapshots else snapshots_apart,
            )
            connection.commit()
            advancing = [idle.stream for idle in seen.idle.values() if idle.window]
            spans = loaded_spans(connection, asked.shop, advancing)
    except BaseException as error:
        if as_ours(error, shop=asked.shop, stream="") is error or not is_error(error):
            raise
        spared = (
            f"the look at shop {asked.shop!r} came to nothing: all streams are read"
        )
        place.warn(f"{spared} ({reason_of(error)})")
        place.report("".join(traceback.format_exception(error)))
        return LookedAt(idle=[], spans={}, due=list(streams))
    for idle in seen.idle.values():
        outcome = Outcome(asked.shop, idle.stream, idle=idle.why)
        carried.outcomes.append(outcome)
        news(Ended(outcome))
    return LookedAt(
        idle=list(seen.idle.values()),
        spans=spans,
        due=[compiled for compiled in streams if compiled.name not in seen.idle],
    )


@dataclass(frozen=True)
class LookedAt:
    """What a look at a shop found of its streams.

    Attributes:
        idle: those of which nothing is new.
        spans: what of their history is loaded, by stream.
        due: those that are to be read.
    """

    idle: list[Idle]
    spans: Mapping[str, tuple[Span, ...]]
    due: list[CompiledStream]


def verdicts_of(
    streams: Sequence[CompiledStream], place: Workplace, tools: Tools
) -> list[CheckVerdict]:
    """What the checks of some streams say now, of all shops together."""
    live = live_shops(tools.shopify.shops())
    with place.connect() as connection:
        return list(verdicts(connection, streams, live, now=place.now()))


def step_of(check: Check) -> str:
    """The step whose asset a check is about."""
    if check in OF_TABLES:
        return TABLES
    return WAREHOUSE if check in OF_WAREHOUSE else RAW


def step_metadata(taken: Taken, step: str) -> dict[str, Any]:
    """The figures of one step of a stream."""
    return harmless(_figures(taken, step))


def _figures(taken: Taken, step: str) -> dict[str, Any]:
    if step == RAW and taken.extracted is not None:
        return metadata.extracted_metadata([taken.extracted.manifest])
    if step == TABLES and taken.normalized is not None:
        return metadata.normalized_metadata(taken.normalized)
    if step == WAREHOUSE and taken.loaded is not None:
        return metadata.loaded_metadata(taken.loaded, taken.spans)
    return {}


def steps_to_show(taken: Taken) -> tuple[str, ...]:
    """The steps that are told of: none, if nothing that is stored had to be written.

    Every night most streams that are read whole are what they were; with all that is
    told of a change, a night of 500 shops would be millions of events.
    """
    return () if taken.is_unchanged else taken.steps


def look_metadata(taken: Taken) -> dict[str, Any]:
    """What a look at the shop found, that read a stream to its end."""
    loads = taken.loaded or ()
    figures: dict[str, Any] = {
        "rows read": sum(load.rows for load in loads),
        "rows changed": sum(load.changed for load in loads),
    }
    if taken.extracted is not None:
        plan = taken.extracted.manifest.plan
        up_to = plan.covered.end if plan.covered else plan.created_at
        figures["looked at"] = dg.MetadataValue.timestamp(plan.created_at)
        figures["up to"] = dg.MetadataValue.timestamp(up_to)
    return figures


def failure(carried: Carried, asked: Asked) -> RunFailure:
    """The failure of a run: what failed, why, and that the other streams are loaded."""
    failed = [outcome for _, outcome in carried.failures]
    told = "; ".join(f"{each.stream}: {each.failure}" for each in failed[:_NAMED])
    more = len(failed) - _NAMED
    further = f"; and {more} more, in the table below" if more > 0 else ""
    well = len(carried.outcomes) - len(failed)
    return RunFailure(
        description=(
            f"{asked.shop}: {len(failed)} of {len(carried.outcomes)} streams failed, "
            f"{well} did not: {told}{further}"
        ),
        metadata={
            "failed streams": metadata.table(
                [
                    dg.TableRecord({"stream": each.stream, "why": each.failure or ""})
                    for each in failed
                ]
            ),
            OUTCOMES: listed(carried.outcomes),
        },
    )


_NAMED = 3  # failures that a run's first line tells

# What became of each stream, in a run's metadata, for whoever waits for it elsewhere.
OUTCOMES = "streams"
PROOFS = "proofs"


def listed(values: Iterable[Outcome | StreamProof]) -> dg.MetadataValue[Any]:
    """What became of each stream, as JSON."""
    plain = [msgspec.to_builtins(value) for value in values]
    known: dg.MetadataValue[Any] = harmless({"": dg.MetadataValue.json(plain)})[""]
    return known


def refuse_failures(carried: Carried, asked: Asked, context: Context) -> None:
    """End the run as failed if a stream failed.

    Raises:
        dagster.Failure: nothing but a person, or the next run, can mend it.
        dagster.RetryRequested: a server was away; a minute later it may be back.
    """
    if not carried.failures:
        return
    told = failure(carried, asked)
    raise_told(told, [taken.failure for taken, _ in carried.failures], context)


def refuse_unproven(proofs: Sequence[StreamProof], shop: str) -> None:
    """End a run as failed if a stream has a gap, or could not be decided.

    Raises:
        dagster.Failure: with what is wrong, stream by stream.
    """
    bad = [each for each in proofs if each.verdict in _NOT_WHOLE]
    if not bad:
        return
    first = max(bad, key=lambda proof: proof.verdict is Verdict.GAP)
    raise RunFailure(
        description=(
            f"{shop}: {len(bad)} of {len(proofs)} streams are not proven whole "
            f"({tally(bad)}); the first is {first.stream}: {first.why}"
        ),
        metadata={
            "not proven whole": metadata.table(
                [
                    dg.TableRecord(
                        {
                            "stream": proof.stream,
                            "verdict": proof.verdict.value,
                            "why": proof.why,
                        }
                    )
                    for proof in bad
                ]
            ),
            PROOFS: listed(proofs),
        },
    )


_NOT_WHOLE = (Verdict.GAP, Verdict.UNDECIDED)


def materialized_before(context: Context) -> set[dg.AssetKey]:
    """What need not be done again when a run goes on from a failure.

    That is what this run has materialised before it was retried, and what the run has
    that it was started from, if that was to go on from there.
    """
    runs = [context.run.run_id] if context.retry_number else []
    if context.run.parent_run_id and context.run.tags.get(_GOES_ON) == "true":
        runs.append(context.run.parent_run_id)
    return {
        record.asset_key
        for run in runs
        for record in context.instance.get_records_for_run(
            run, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
        ).records
        if record.asset_key is not None
    }


# Dagster's own tag of a run that was started "from failure".
_GOES_ON = "dagster/is_resume_retry"


def streams_of(
    streams: Sequence[CompiledStream], names: Collection[str], tools: Tools, shop: str
) -> list[CompiledStream]:
    """The streams asked for that the shop extracts; all of its if none is named.

    Raises:
        ConfigurationError: a stream is unknown, or the shop is not listed.
    """
    known = {compiled.name for compiled in streams}
    unknown = [name for name in names if name not in known]
    if unknown:
        message = (
            f"stream {unknown[0]!r} is unknown; all are listed by: "
            "shopify-assets streams"
        )
        raise ConfigurationError(message)
    entry = tools.shopify.shop(shop)
    return [
        compiled
        for compiled in streams
        if entry.has(compiled.name) and (not names or compiled.name in names)
    ]
