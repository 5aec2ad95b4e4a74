"""What a check says of all shops together: read from the books, and shown in Dagster.

Charter: from the books and the list of live shops to a verdict of each check, and from
a verdict to what Dagster shows. Results are made in `shopify_assets.checks` and kept in
the books: so any run may state the verdict truthfully, and none can hide what another
one found. What the verdict is, `standing` decides.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg
import psycopg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.checks import PROVEN, Check, of_stream
from shopify_assets.defs.metadata import table
from shopify_assets.defs.showing import described, harmless
from shopify_assets.defs.standing import (
    SHOWN,
    CheckVerdict,
    cut,
    proven_verdict,
    step_verdict,
)
from shopify_assets.postgres.books import checks as book
from shopify_assets.postgres.books import proofs
from shopify_assets.postgres.books.checks import LiveShop, Recorded
from shopify_assets.postgres.books.proofs import ProofStanding
from shopify_assets.settings import Shop

_WRITTEN = 2_000  # characters of a reason in a row of a table


def live_shops(shops: Iterable[Shop]) -> list[LiveShop]:
    """The shops that count: those of the shops file that can be extracted."""
    return [LiveShop(shop.domain, shop.streams) for shop in shops]


def verdicts(
    connection: psycopg.Connection,
    streams: Iterable[CompiledStream],
    live: Sequence[LiveShop],
    *,
    now: datetime,
) -> Iterator[CheckVerdict]:
    """The verdicts of all checks of some streams, in a few queries for all of them.

    Args:
        connection: to the warehouse, and not within a transaction.
        streams: the streams.
        live: the shops that count; see `live_shops`.
        now: tells old proofs from new ones.
    """
    wanted = list(streams)
    names = [compiled.name for compiled in wanted]
    with book.one_moment(connection):
        results = _Results.read(connection, wanted, live)
        standings = proofs.standings(connection, names, live)
    proofs_of: dict[str, list[ProofStanding]] = defaultdict(list)
    for standing in standings:
        proofs_of[standing.stream].append(standing)
    for compiled in wanted:
        shops = [shop.domain for shop in live if shop.has(compiled.name)]
        for check in of_stream(compiled):
            if check is PROVEN:
                known = proofs_of[compiled.name]
                yield proven_verdict(compiled.name, shops, known, now=now)
            else:
                yield results.verdict(compiled.name, check, shops=len(shops))


@dataclass(frozen=True)
class _Results:
    """What the book says of some streams, by stream and check."""

    tallies: Mapping[tuple[str, str], list[book.Tally]]
    told: Mapping[tuple[str, str], list[Recorded]]
    missing: Mapping[tuple[str, str], tuple[str, ...]]

    @classmethod
    def read(
        cls,
        connection: psycopg.Connection,
        streams: Sequence[CompiledStream],
        live: Sequence[LiveShop],
    ) -> "_Results":
        names = [compiled.name for compiled in streams]
        tallies: dict[tuple[str, str], list[book.Tally]] = defaultdict(list)
        for tally in book.tallies(connection, names, live):
            tallies[tally.stream, tally.name].append(tally)
        told: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
        for result in book.to_be_told(connection, names, live, most=SHOWN):
            told[result.stream, result.name].append(result)
        shops = {name: sum(shop.has(name) for shop in live) for name in names}
        lacking = [
            (compiled.name, check.name)
            for compiled in streams
            for check in of_stream(compiled)
            if check is not PROVEN
            if _evaluated(tallies[compiled.name, check.name]) < shops[compiled.name]
        ]
        missing = (
            book.not_evaluated(connection, lacking, live, most=SHOWN) if lacking else {}
        )
        return cls(tallies, told, missing)

    def verdict(self, stream: str, check: Check, *, shops: int) -> CheckVerdict:
        place = (stream, check.name)
        return step_verdict(
            stream,
            check,
            self.tallies.get(place, []),
            self.told.get(place, []),
            shops=shops,
            missing=self.missing.get(place, ()),
        )


def _evaluated(tallies: Iterable[book.Tally]) -> int:
    return sum(tally.shops for tally in tallies)


# ── as Dagster shows them ────────────────────────────────────────────────────────────


def specs(asset: dg.AssetKey, checks: Iterable[Check]) -> list[dg.AssetCheckSpec]:
    """Declare checks on an asset: of all shops, and blocking nothing."""
    return [
        dg.AssetCheckSpec(
            check.name,
            asset=asset,
            description=f"{check.description} If not: {check.remedy}.",
            blocking=False,
        )
        for check in checks
    ]


def as_result(verdict: CheckVerdict, asset: dg.AssetKey) -> dg.AssetCheckResult:
    """The verdict as the op of an asset yields it."""
    return dg.AssetCheckResult(asset_key=asset, **_told(verdict))


def as_evaluation(verdict: CheckVerdict, asset: dg.AssetKey) -> dg.AssetCheckEvaluation:
    """The verdict as the op of a job yields it."""
    return dg.AssetCheckEvaluation(asset_key=asset, blocking=False, **_told(verdict))


def _told(verdict: CheckVerdict) -> dict[str, Any]:
    """What both of them say of a verdict."""
    return {
        "check_name": verdict.check.name,
        "passed": verdict.passed,
        "severity": _severity(verdict),
        "description": described(verdict.description),
        "metadata": harmless(shown(verdict)),
    }


def _severity(verdict: CheckVerdict) -> dg.AssetCheckSeverity:
    severities = dg.AssetCheckSeverity
    return severities.ERROR if verdict.severe else severities.WARN


def shown(verdict: CheckVerdict) -> dict[str, Any]:
    """The verdict's figures and tables."""
    rows = [
        dg.TableRecord(
            {
                "shop": standing.shop,
                "verdict": standing.verdict,
                "since": f"{standing.since:%Y-%m-%d %H:%M}" if standing.since else "",
                "reason": cut(standing.reason, _WRITTEN),
            }
        )
        for standing in verdict.standings
    ]
    figures: dict[str, Any] = {"shops": sum(verdict.counts.values()), **verdict.counts}
    if rows:
        figures["shops to look at"] = table(rows)
    if verdict.left_out:
        figures["shops not shown"] = verdict.left_out
    if verdict.examples:
        figures["examples"] = table([dg.TableRecord(row) for row in verdict.examples])
    if verdict.looked_at:
        first, last = verdict.looked_at
        figures["looked at"] = f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}"
    return figures
