"""Asset checks: what each says, and its verdict from a step's findings.

Charter: names, descriptions and verdicts of checks. The findings themselves come from
`quality` and the steps; they are computed in the step, for it has the rows at hand.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from shopify_assets.defs.metadata import deprecations, table
from shopify_assets.errors import AccessDenied
from shopify_assets.pipeline import Loaded, Normalized
from shopify_assets.quality import Finding
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
UNIQUE = Check("unique_keys", "No two rows of a part have the same key.")
PARENTS = Check("parents_exist", "Every child row's parent is there.")
NOT_NULL = Check("not_null", "Columns Shopify declares non-null hold no null.")
COUNTS = Check("counts_match", "Rows are as many as the extraction's manifest says.")
ACCOUNTED = Check(
    "rows_accounted",
    "Every normalised row is in the warehouse, or a newer version of it.",
)
RAW = (ACCESS, FIELDS, VERSION)
NORMALIZED = (UNIQUE, PARENTS, NOT_NULL, COUNTS)
LOADED = (ACCOUNTED,)


def declare(asset: dg.AssetKey, checks: Sequence[Check]) -> list[dg.AssetCheckSpec]:
    """Declare checks on an asset."""
    return [
        dg.AssetCheckSpec(each.name, asset=asset, description=each.description)
        for each in checks
    ]


def access_granted(
    asset: dg.AssetKey, manifests: Sequence[Manifest]
) -> Iterator[dg.AssetCheckResult]:
    """The stream may be read; whether all of it, the second check says."""
    yield dg.AssetCheckResult(asset_key=asset, check_name=ACCESS.name, passed=True)
    withheld = {
        (each.plan.shop, part.path, part.needs)
        for each in manifests
        for part in each.plan.withheld
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


def _withheld_table(withheld: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    records = [
        dg.TableRecord({"shop": shop, "left out": path, "needs": needs})
        for shop, path, needs in sorted(withheld)
    ]
    return {"left out": table(records)}


def access_denied(
    asset: dg.AssetKey, error: AccessDenied
) -> Iterator[dg.AssetCheckResult]:
    """A scope is missing; the reason says which and how to grant it."""
    for each in (ACCESS, FIELDS):
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
    return [_verdict(check, findings) for check in LOADED]


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
