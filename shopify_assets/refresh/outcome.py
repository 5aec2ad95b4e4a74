"""What became of a stream, from what its steps did: results of checks, and an outcome.

Charter: pure. What a check says is `checks`' business, where results are kept the
books'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.checks import (
    Looked,
    results_of_denial,
    results_of_extraction,
    results_of_loads,
    results_of_refusal,
    results_of_tables,
)
from shopify_assets.errors import DataError
from shopify_assets.postgres.books.checks import CheckResult
from shopify_assets.postgres.books.checks import Outcome as Verdict
from shopify_assets.refresh.asked import RAW, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shopify_assets.refresh.asked import Asked
    from shopify_assets.refresh.stream import Taken


def results_of(taken: Taken, asked: Asked, *, at: datetime) -> tuple[CheckResult, ...]:
    """The results of the checks that the steps of a stream could make."""
    look, compiled = Looked(asked.shop, taken.name, at), taken.compiled
    if taken.denied is not None:
        return results_of_denial(compiled, asked.shop, taken.denied, at=at)
    results: list[CheckResult] = []
    if taken.extracted is not None:
        manifest = taken.extracted.manifest
        results += results_of_extraction(compiled, manifest, at=at)
    if taken.normalized is not None:
        results += results_of_tables(look, taken.normalized)
    if taken.loaded is not None:
        results += results_of_loads(look, taken.loaded, taken.aside)
    elif isinstance(taken.failure, DataError) and taken.failed_step != RAW:
        results += _new(results_of_refusal(look, taken.failure), to=results)
    return tuple(results)


def _new(
    some: Iterable[CheckResult], *, to: Sequence[CheckResult]
) -> list[CheckResult]:
    """Those of checks that have no result yet."""
    known = {result.name for result in to}
    return [result for result in some if result.name not in known]


def outcome_of(taken: Taken, asked: Asked, results: Sequence[CheckResult]) -> Outcome:
    """The outcome of a stream that was taken, and looked at."""
    extracted = taken.extracted.manifest if taken.extracted else None
    loaded, normalized = taken.loaded or [], taken.normalized or []
    denied = str(taken.denied) if taken.denied is not None else None
    named = taken.name in asked.named
    failed = next((it for it in results if it.outcome is Verdict.FAILED), None)
    remarks = (it.description for it in results if it.outcome is Verdict.WARNED)
    return Outcome(
        shop=asked.shop,
        stream=taken.name,
        extracted=extracted.roots if extracted else 0,
        rows=sum(load.rows for load in loaded),
        changed=sum(load.changed for load in loaded),
        seconds=sum(
            (
                extracted.spent.seconds if extracted else 0.0,
                *(tables.seconds for tables in normalized),
                *(load.seconds for load in loaded),
            )
        ),
        checks={
            result.name: result.outcome is not Verdict.FAILED
            for result in results
            if result.outcome is not Verdict.SKIPPED
        },
        failure=taken.reason
        or (denied if named else None)
        or (failed.description if failed else None),
        skipped=None if named else denied,
        # Why it was not read is told already.
        remarks=() if denied else tuple(dict.fromkeys(remarks)),
    )
