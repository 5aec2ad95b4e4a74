"""The checks of a stream: what each says, and its results from what the steps met.

Charter: names and descriptions of checks, and results of one stream of one shop, made
of manifests, tables, loads and refusals; pure, and free of Dagster. Findings come from
`quality` and the steps; results are kept by `postgres.books.checks`; what they mean for
all shops together is decided in `defs.standing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.extract.access import GRANT, OLD_ORDERS, unseen, visible_since
from shopify_assets.extract.planning import nothing_yet
from shopify_assets.postgres.books.checks import CheckResult, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.errors import AccessDenied, DataError
    from shopify_assets.findings import Finding
    from shopify_assets.pipeline import Loaded, Normalized
    from shopify_assets.postgres.books.aside import Open
    from shopify_assets.storage.manifests import Manifest

EXAMPLES = 10

Row = Mapping[str, str | int | float]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A check.

    Attributes:
        name: its name on the asset.
        description: what a pass means, of one shop or of all of them.
        holds_back: what is not loaded where it does not pass.
        remedy: what to do then.
        fails_as: how it comes out then.
    """

    name: str
    description: str
    holds_back: str
    remedy: str
    fails_as: Outcome = Outcome.FAILED


ACCESS = Check(
    name="access",
    description="The shop has granted every scope the stream needs.",
    holds_back="the stream of that shop: nothing of it is asked for",
    remedy="grant the scope and authorize the app again, or leave the stream out "
    "(`streams` in `shops.toml`)",
    fails_as=Outcome.WARNED,
)
FIELDS = Check(
    name="fields_granted",
    description="The shop lets us read all that the stream asks for.",
    holds_back="the fields named; their columns keep what they held",
    remedy="grant what is named and authorize the app again, then backfill the stream",
    fails_as=Outcome.WARNED,
)
HISTORY = Check(
    name="history_visible",
    description="Orders of any age, and what hangs on them, are shown to the app.",
    holds_back="orders older than 60 days, which Shopify hides",
    remedy="have `read_all_orders` granted, then backfill from the shop's start",
    fails_as=Outcome.WARNED,
)
VERSION = Check(
    name="api_version",
    description=(
        "The API version asked for answered, and nothing used of it is deprecated."
    ),
    holds_back="nothing",
    remedy="select another field before the version ends; `shopify-assets schema "
    "check` names it",
    fails_as=Outcome.WARNED,
)
CLOCK = Check(
    name="clock",
    description="The shop's answers tell the time, and it is near ours; what was asked "
    "for does not lie in the future.",
    holds_back="nothing: where a date cannot be believed, the time is taken from other "
    "answers, or from this machine",
    remedy="look for a proxy or cache that changes the header `Date`, and let a time "
    "server set this machine's clock; `shopify-assets doctor` finds times that are yet "
    "to come in what is stored",
    fails_as=Outcome.WARNED,
)
UNIQUE = Check(
    name="unique_keys",
    description="No two rows with the same key differ.",
    holds_back="the records of such rows, with all below them, until they are read "
    "again; rows that are alike in everything are one, and loaded once",
    remedy="nothing, if the next run passes: the record changed while it was read; "
    "else backfill the window, and report what Shopify answers",
)
PARENTS = Check(
    name="parents_exist",
    description="Every child row's parent is there.",
    holds_back="the records that rows without a parent name, until they are read again",
    remedy="nothing, if the next run passes; else backfill the window, and report what "
    "Shopify answers",
)
NOT_NULL = Check(
    name="not_null",
    description="Columns Shopify declares non-null hold no null.",
    holds_back="nothing: rows that were fetched before a column was asked for are "
    "loaded without it (a null that Shopify answers sets its record aside)",
    remedy="backfill the stream: it is then read by its present declaration",
)
COUNTS = Check(
    name="counts_match",
    description="Rows are as many as the extraction's manifest says.",
    holds_back="nothing: the rows there are are loaded",
    remedy="report it: lines were lost between raw file and table; `verify --repair` "
    "fetches what is missing",
)
ACCOUNTED = Check(
    name="rows_accounted",
    description="Every normalised row is in the warehouse, or a newer version of it.",
    holds_back="nothing",
    remedy="load again with `backfill --distrust`; report it if that does not help",
)
SET_ASIDE = Check(
    name="set_aside",
    description="No record and no window is set aside because it cannot be read.",
    holds_back="the records and windows named, and nothing else",
    remedy="`shopify-assets set-aside` lists them; `retry` takes them in once they can "
    "be read, `drop` gives them up",
)
PROVEN = Check(
    name="proven",
    description="Every record of every shop is in the warehouse, as the shop has it: "
    "ids, counts, stored rows, whole records, raw files, windows and sums, by the "
    "newest proof of each shop.",
    holds_back="nothing",
    remedy="`shopify-assets verify` proves shops that were not, or not lately; "
    "`--repair` fetches what is missing",
)
OF_TABLES = (UNIQUE, PARENTS, NOT_NULL, COUNTS)
OF_LOADS = (ACCOUNTED, SET_ASIDE)
OF_WAREHOUSE = (*OF_LOADS, PROVEN)
ALL = (ACCESS, FIELDS, HISTORY, VERSION, CLOCK, *OF_TABLES, *OF_WAREHOUSE)


def of_raw(compiled: CompiledStream) -> tuple[Check, ...]:
    """The checks of what is extracted; old orders concern some streams only."""
    history = (HISTORY,) if compiled.old_orders else ()
    return (ACCESS, FIELDS, *history, VERSION, CLOCK)


def of_stream(compiled: CompiledStream) -> tuple[Check, ...]:
    """All checks of a stream, in the order of its steps."""
    return (*of_raw(compiled), *OF_TABLES, *OF_WAREHOUSE)


@dataclass(frozen=True)
class Looked:
    """Who looked at what: results are made of it.

    Attributes:
        shop: the shop's domain.
        stream: the stream's name.
        at: when.
    """

    shop: str
    stream: str
    at: datetime

    def passed(self, check: Check, note: str = "") -> CheckResult:
        """The check passes; `note` says what is to be known all the same."""
        return self._result(check, Outcome.PASSED, note)

    def failed(
        self, check: Check, reason: str, details: Iterable[Row] = ()
    ) -> CheckResult:
        """The check does not pass, as a warning or an error, as it is declared."""
        return self._result(check, check.fails_as, reason, details)

    def skipped(self, check: Check, reason: str) -> CheckResult:
        """There was nothing to look at."""
        return self._result(check, Outcome.SKIPPED, reason)

    def _result(
        self,
        check: Check,
        outcome: Outcome,
        description: str,
        details: Iterable[Row] = (),
    ) -> CheckResult:
        return CheckResult(
            shop=self.shop,
            stream=self.stream,
            name=check.name,
            outcome=outcome,
            description=description,
            details=tuple(details)[:EXAMPLES],
            at=self.at,
        )


# ── what the raw step met ────────────────────────────────────────────────────────────


def results_of_extraction(
    compiled: CompiledStream, manifest: Manifest, *, at: datetime
) -> tuple[CheckResult, ...]:
    """The stream may be read; whether all of it, and for how long still."""
    look = Looked(manifest.plan.shop, compiled.name, at)
    history = (_history(look, compiled, manifest),) if compiled.old_orders else ()
    return (
        look.passed(ACCESS),
        _fields(look, manifest),
        *history,
        _version(look, compiled, manifest),
        _clock(look, manifest),
    )


def results_of_denial(
    compiled: CompiledStream, shop: str, error: AccessDenied, *, at: datetime
) -> tuple[CheckResult, ...]:
    """The stream may not be read; the reason says which scope to grant, and how.

    The other checks had nothing to look at: what they found before stands.
    """
    look = Looked(shop, compiled.name, at)
    others = (*of_raw(compiled), *OF_TABLES, *OF_LOADS)
    return (
        look.failed(ACCESS, str(error)),
        *(look.skipped(check, str(error)) for check in others if check != ACCESS),
    )


def _fields(look: Looked, manifest: Manifest) -> CheckResult:
    withheld = sorted(
        {
            (part.path, part.needs)
            for part in manifest.plan.withheld
            if part != OLD_ORDERS
        }
    )
    if not withheld:
        return look.passed(FIELDS)
    listed = ", ".join(f"{path} (needs {needs})" for path, needs in withheld[:EXAMPLES])
    more = len(withheld) - EXAMPLES
    further = f" and {more} more" if more > 0 else ""
    return look.failed(
        FIELDS,
        f"not granted, and left out: {listed}{further}",
        ({"left out": path, "needs": needs} for path, needs in withheld),
    )


def _history(look: Looked, compiled: CompiledStream, manifest: Manifest) -> CheckResult:
    """Whether old orders were hidden: nothing else that was seen tells of them."""
    if OLD_ORDERS not in manifest.plan.withheld:
        return look.passed(HISTORY)
    since = visible_since(manifest.plan.created_at)
    reason = f"{unseen(compiled, since)}; {GRANT}"
    return look.failed(HISTORY, reason, [{"shown since": f"{since:%Y-%m-%d}"}])


def _version(look: Looked, compiled: CompiledStream, manifest: Manifest) -> CheckResult:
    """Whether what was used is here to stay; another version would have been refused.

    A warning: the rows are whole, and the field is served until its version ends.
    Fields that are kept on purpose are a note, and no reason to warn.
    """
    used = sorted(manifest.spent.deprecations)
    if not used:
        return look.passed(VERSION)
    if compiled.deprecated:
        kept = ", ".join(compiled.deprecated)
        note = f"deprecated by Shopify, and read on purpose: {kept}"
        return look.passed(VERSION, note)
    return look.failed(
        VERSION,
        f"used, and deprecated by Shopify: {', '.join(used)}; select another field",
        ({"API version": manifest.api_version, "deprecated": name} for name in used),
    )


def _clock(look: Looked, manifest: Manifest) -> CheckResult:
    """Whether the answers told what time it is, and the window is not yet to come."""
    plan, odd = manifest.plan, manifest.spent.odd_dates
    if plan.window is not None and plan.covered is None:
        reason = nothing_yet(plan.window, plan.created_at)
        return look.failed(CLOCK, reason, [{"window": str(plan.window)}])
    if odd:
        reason = f"{'; '.join(odd)}: their time was not taken"
        return look.failed(CLOCK, reason, [{"dates": kind} for kind in odd])
    return look.passed(CLOCK)


# ── what the tables and the load show ────────────────────────────────────────────────


def results_of_tables(
    look: Looked, tables: Sequence[Normalized]
) -> tuple[CheckResult, ...]:
    """What is found in the tables of extractions; nothing, if none was made."""
    findings = [finding for made in tables for finding in made.findings]
    return _judged(look, OF_TABLES, findings) if tables else ()


def results_of_loads(
    look: Looked, loads: Sequence[Loaded], aside: Iterable[Open]
) -> tuple[CheckResult, ...]:
    """What became of the rows that were loaded, and what is set aside now."""
    findings = [finding for done in loads for finding in done.findings]
    accounted = _judged(look, (ACCOUNTED,), findings) if loads else ()
    return (*accounted, result_of_aside(look, aside))


def results_of_refusal(look: Looked, error: DataError) -> tuple[CheckResult, ...]:
    """A window could not be made tables of, or not be loaded: no row of it was.

    What the checks of its rows found before stands, for it is about other rows.
    """
    row = {"what": "a window as a whole", "reason": str(error)}
    skipped = (look.skipped(check, str(error)) for check in (*OF_TABLES, ACCOUNTED))
    return (*skipped, look.failed(SET_ASIDE, f"refused: {error}", [row]))


def result_of_aside(look: Looked, entries: Iterable[Open]) -> CheckResult:
    """Whether something is set aside; what was given up is a note."""
    known = list(entries)
    left = [entry for entry in known if entry.given_up_at is None]
    given_up = len(known) - len(left)
    if not left:
        return look.passed(SET_ASIDE, f"{given_up:,} given up" if given_up else "")
    examples = "; ".join(str(entry) for entry in left[:EXAMPLES])
    further = f" ({given_up:,} more given up)" if given_up else ""
    return look.failed(
        SET_ASIDE,
        f"{len(left):,} set aside{further}, for they cannot be read: {examples}. The "
        "others are loaded; once these can be read: shopify-assets set-aside retry",
        map(_row_of_entry, left),
    )


def _row_of_entry(entry: Open) -> Row:
    return {
        "what": entry.key,
        "table": entry.table or "",
        "place": entry.place or "",
        "reason": entry.reason,
        "file": entry.file or "",
        "line": entry.line or 0,
        "since": entry.since.isoformat(),
    }


def _judged(
    look: Looked, checks: Iterable[Check], findings: Sequence[Finding]
) -> tuple[CheckResult, ...]:
    return tuple(
        _of_findings(
            look, check, [each for each in findings if each.check == check.name]
        )
        for check in checks
    )


def _of_findings(
    look: Looked, check: Check, findings: Sequence[Finding]
) -> CheckResult:
    if not findings:
        return look.passed(check)
    first, more = findings[0], len(findings) - 1
    such_as = f", such as {first.examples[0]}" if first.examples else ""
    further = f"; and {more} more findings" if more else ""
    return look.failed(
        check,
        f"{first.detail}{such_as}{further}",
        (row for finding in findings for row in _rows_of_finding(finding)),
    )


def _rows_of_finding(finding: Finding) -> Iterable[Row]:
    """A row an example; one for the finding itself, if it names none."""
    common: Row = {
        "table": finding.table,
        "rows": finding.rows,
        "detail": finding.detail,
    }
    for example in finding.examples or ("",):
        yield {**common, "example": example}
