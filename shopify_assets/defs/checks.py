"""Asset checks: what each says, and its verdict from a step's findings.

Charter: names, descriptions and verdicts of checks. The findings themselves come from
`quality` and the steps; they are computed in the step, for it has the rows at hand.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.defs.metadata import deprecations, table
from shopify_assets.errors import AccessDenied
from shopify_assets.extract.access import GRANT, OLD_ORDERS, unseen, visible_since
from shopify_assets.findings import Finding
from shopify_assets.pipeline import Loaded, Normalized
from shopify_assets.postgres.books.aside import Open
from shopify_assets.storage.manifests import Manifest


@dataclass(frozen=True)
class Check:
    """A check's name and what a pass means."""

    name: str
    description: str


VERSION = Check(
    "api_version",
    "The API version asked for answered, and nothing used of it is deprecated.",
)
ACCESS = Check("access", "The shop has granted every scope the stream needs.")
FIELDS = Check("fields_granted", "The shop lets us read all that the stream asks for.")
HISTORY = Check(
    "history_visible",
    "Orders of any age, and what hangs on them, are shown to the app.",
)
UNIQUE = Check("unique_keys", "No two rows of a part have the same key.")
PARENTS = Check("parents_exist", "Every child row's parent is there.")
NOT_NULL = Check("not_null", "Columns Shopify declares non-null hold no null.")
COUNTS = Check("counts_match", "Rows are as many as the extraction's manifest says.")
ACCOUNTED = Check(
    "rows_accounted",
    "Every normalised row is in the warehouse, or a newer version of it.",
)
SET_ASIDE = Check(
    "set_aside",
    "No record and no window is set aside because it cannot be read.",
)
NORMALIZED = (UNIQUE, PARENTS, NOT_NULL, COUNTS)
LOADED = (ACCOUNTED, SET_ASIDE)

_EXAMPLES = 10


def of_raw(compiled: CompiledStream) -> tuple[Check, ...]:
    """The checks of a raw asset; old orders concern some streams only."""
    history = (HISTORY,) if compiled.old_orders else ()
    return (ACCESS, FIELDS, *history, VERSION)


def declare(asset: dg.AssetKey, checks: Sequence[Check]) -> list[dg.AssetCheckSpec]:
    """Declare checks on an asset."""
    return [
        dg.AssetCheckSpec(each.name, asset=asset, description=each.description)
        for each in checks
    ]


def access_granted(
    asset: dg.AssetKey, compiled: CompiledStream, manifests: Sequence[Manifest]
) -> Iterator[dg.AssetCheckResult]:
    """The stream may be read; whether all of it, the other checks say."""
    yield dg.AssetCheckResult(asset_key=asset, check_name=ACCESS.name, passed=True)
    if compiled.old_orders:
        yield _history(asset, compiled, manifests)
    withheld = {
        (each.plan.shop, part.path, part.needs)
        for each in manifests
        for part in each.plan.withheld
        if part != OLD_ORDERS
    }
    told = ", ".join(
        f"{path} of {shop} (needs {needs})" for shop, path, needs in sorted(withheld)
    )
    yield dg.AssetCheckResult(
        asset_key=asset,
        check_name=FIELDS.name,
        passed=not withheld,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"not granted, and left out: {told}" if told else None,
        metadata=_withheld_table(withheld),
    )


def _history(
    asset: dg.AssetKey, compiled: CompiledStream, manifests: Sequence[Manifest]
) -> dg.AssetCheckResult:
    """Whether old orders were hidden: nothing else that was seen tells of them."""
    cut = {
        each.plan.shop: visible_since(each.plan.created_at)
        for each in manifests
        if OLD_ORDERS in each.plan.withheld
    }
    told = "; ".join(f"{shop}: {unseen(compiled, cut[shop])}" for shop in sorted(cut))
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=HISTORY.name,
        passed=not cut,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{told}; {GRANT}" if cut else HISTORY.description,
        metadata={
            "shown since": table(
                [
                    dg.TableRecord({"shop": shop, "since": f"{cut[shop]:%Y-%m-%d}"})
                    for shop in sorted(cut)
                ]
            )
        },
    )


def _withheld_table(withheld: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    records = [
        dg.TableRecord({"shop": shop, "left out": path, "needs": needs})
        for shop, path, needs in sorted(withheld)
    ]
    return {"left out": table(records)}


def access_denied(
    asset: dg.AssetKey, compiled: CompiledStream, error: AccessDenied
) -> Iterator[dg.AssetCheckResult]:
    """A scope is missing; the reason says which and how to grant it."""
    for each in of_raw(compiled):
        if each == VERSION:
            continue
        yield dg.AssetCheckResult(
            asset_key=asset,
            check_name=each.name,
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            description=str(error),
        )


def version_result(
    asset: dg.AssetKey, manifests: Iterable[Manifest], *, kept: Sequence[str] = ()
) -> dg.AssetCheckResult:
    """Whether what was used is here to stay; another version would have been refused.

    A warning: the rows are whole, and the field is served until its version ends.
    Fields that are `kept` on purpose are told, and no reason to warn.
    """
    found = list(manifests)
    used = deprecations(found)
    versions = ", ".join(sorted({each.api_version for each in found})) or "none asked"
    told = f"used, and deprecated by Shopify: {', '.join(used)}; select another field"
    if kept:
        told = f"deprecated by Shopify, and read on purpose: {', '.join(kept)}"
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=VERSION.name,
        passed=not used or bool(kept),
        severity=dg.AssetCheckSeverity.WARN,
        description=told if used else VERSION.description,
        metadata={"API version": versions, "deprecated": ", ".join(used) or "none"},
    )


def normalized_results(results: Iterable[Normalized]) -> list[dg.AssetCheckResult]:
    """Verdicts on normalised tables."""
    findings = [finding for each in results for finding in each.findings]
    return [_verdict(check, findings) for check in NORMALIZED]


def loaded_results(results: Iterable[Loaded]) -> list[dg.AssetCheckResult]:
    """Verdicts on what was loaded."""
    findings = [finding for each in results for finding in each.findings]
    return [_verdict(ACCOUNTED, findings)]


def set_aside_result(entries: Iterable[Open]) -> dg.AssetCheckResult:
    """Whether something is set aside; what was given up is told as a figure only."""
    found = list(entries)
    left = [each for each in found if each.given_up_at is None]
    records = [
        dg.TableRecord(
            {
                "shop": each.shop,
                "what": each.key,
                "table": each.table or "",
                "place": each.place or "",
                "reason": each.reason,
                "file": each.file or "",
                "line": each.line or 0,
                "since": each.since.isoformat(),
            }
        )
        for each in left[:_EXAMPLES]
    ]
    return dg.AssetCheckResult(
        check_name=SET_ASIDE.name,
        passed=not left,
        description=_told_set_aside(left) if left else SET_ASIDE.description,
        metadata={
            "set aside": len(left),
            "given up": len(found) - len(left),
            "examples": table(records),
        },
    )


def _told_set_aside(left: Sequence[Open]) -> str:
    examples = "; ".join(map(str, left[:_EXAMPLES]))
    return (
        f"{len(left):,} set aside, for they cannot be read: {examples}. The others are "
        "loaded; once these can be read: shopify-assets set-aside retry"
    )


def _verdict(check: Check, findings: Iterable[Finding]) -> dg.AssetCheckResult:
    found = [each for each in findings if each.check == check.name]
    records = [
        dg.TableRecord({"table": each.table, "rows": each.rows, "detail": each.detail})
        for each in found
    ]
    shown: dict[str, Any] = {"rows at fault": sum(each.rows for each in found)}
    if records:
        shown["findings"] = table(records)
    return dg.AssetCheckResult(
        check_name=check.name,
        passed=not found,
        description=found[0].detail if found else check.description,
        metadata=shown,
    )
