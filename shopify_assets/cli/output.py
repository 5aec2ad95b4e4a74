"""What people and machines read: tables, progress lines, JSON.

Charter: the one place that prints. No secret goes through it, and nothing of a stranger
that would act on a terminal; JSON is for machines, and escapes such by itself. Rich is
imported by what draws with it: a line of an answer, a help text or an error needs none
of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import click

from shopify_assets.redaction import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console
    from rich.table import Table

    from shopify_assets.catalog.versions import Verdict
    from shopify_assets.proof.verdicts import StreamProof
    from shopify_assets.refresh.asked import Outcome

_WIDEST = 10_000  # columns; a pipe or a file has no edge
_GAPS_SHOWN = 10  # of one kind of proof of one stream


@cache
def remarks() -> Console:
    """Where progress and remarks go: stderr, so that stdout is the answer alone."""
    from rich.console import Console  # noqa: PLC0415 -- see the charter

    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """Tell people something on the way."""
    remarks().print(shown(line, lines=True), markup=False)


def answer(line: str) -> None:
    """Print a line of the answer; what would break it is shown as its escape."""
    click.echo(shown(line))


def dump(value: Any) -> None:
    """Print JSON for machines, in ASCII: it says what is, and acts on no terminal."""
    click.echo(json.dumps(value, indent=2, default=str, ensure_ascii=True))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; a row may be shorter than its head, and numbers stand right."""
    from rich.markup import escape  # noqa: PLC0415 -- see the charter

    made = _empty_table()
    for place, name in enumerate(head):
        numbers = all(
            re.fullmatch(r"[\d,]+", row[place]) for row in rows if place < len(row)
        )
        side: Literal["left", "right"] = "right" if numbers else "left"
        made.add_column(escape(shown(name)), justify=side, overflow="fold")
    for row in rows:
        _add_row(made, *row)
    _show(made, foldable=True)


def _add_row(table: Table, *cells: str) -> None:
    from rich.markup import escape  # noqa: PLC0415 -- see the charter

    table.add_row(*(escape(shown(cell)) for cell in cells))


def _empty_table(title: str | None = None) -> Table:
    from rich import box  # noqa: PLC0415 -- see the charter
    from rich.table import Table  # noqa: PLC0415 -- the same

    head = box.SIMPLE_HEAD
    return Table(title=title, title_justify="left", box=head, pad_edge=False)


def _show(table: Table, *, foldable: bool = False) -> None:
    """Print a table so that no cell is cut, whatever the width of what it goes to."""
    from rich.console import Console  # noqa: PLC0415 -- see the charter
    from rich.measure import Measurement  # noqa: PLC0415 -- the same

    console = Console(highlight=False)
    options = console.options.update(max_width=_WIDEST)
    needed = Measurement.get(console, options, table).maximum
    if console.is_terminal:
        width = console.width if foldable else max(console.width, needed)
        Console(highlight=False, width=width).print(table)
        return
    console = Console(highlight=False, width=needed)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        answer(line.rstrip())


def outcomes(found: Sequence[Outcome]) -> None:
    """Print the tables of a run: one a shop, a row a stream; then what checks warn of.

    Completeness is a verdict and the checks passed of those made. Why a stream failed
    was told when it did.
    """
    for shop, streams in _by_shop(found).items():
        if all(each.failure and not each.seconds for each in streams):
            answer(f"{shop}: nothing was read of {len(streams)} streams (reason above)")
        else:
            _show(_table(shop, streams))
    for shop, streams in _by_shop(found).items():
        for line in _remarks_of(shop, streams):
            answer(line)
    _totals(found)


def _by_shop(found: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    by_shop: dict[str, list[Outcome]] = {}
    for each in found:
        by_shop.setdefault(each.shop, []).append(each)
    return by_shop


def _remarks_of(shop: str, found: Sequence[Outcome]) -> Iterator[str]:
    """What checks warn of, each once with the streams it concerns."""
    concerned: dict[str, list[str]] = {}
    for each in found:
        for remark in each.remarks:
            concerned.setdefault(remark, []).append(each.stream)
    for remark, streams in concerned.items():
        yield f"{shop}, {', '.join(streams)}: {remark}"
    skipped = [each.stream for each in found if each.skipped]
    if skipped:
        yield (
            f"{shop}: {len(skipped)} streams are not granted ({', '.join(skipped)}); "
            "shopify-assets doctor says which scopes they need"
        )


_NAMED = 5  # streams; the table says the others


def by_shop(some: Sequence[Outcome], *, of: Sequence[Outcome]) -> str:
    """Name streams by shop, briefly: `all 134 of ember…, orders of lumen…`."""
    total = {shop: len(streams) for shop, streams in _by_shop(of).items()}
    told = []
    for shop, streams in _by_shop(some).items():
        names = [each.stream for each in streams]
        if len(names) == total[shop] and len(names) > 1:
            told.append(f"all {len(names)} of {shop}")
        else:
            more = len(names) - _NAMED
            further = f" and {more} more" if more > 0 else ""
            told.append(f"{', '.join(names[:_NAMED])}{further} of {shop}")
    return "; ".join(told)


def _table(shop: str, found: Sequence[Outcome]) -> Table:
    table = _empty_table(shop)
    table.add_column("stream", no_wrap=True)
    for name in ("records\nextracted", "rows\nloaded", "rows\nchanged", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("completeness", no_wrap=True)
    for each in found:
        _add_row(
            table,
            each.stream,
            f"{each.extracted:,}",
            f"{each.rows:,}",
            f"{each.changed:,}",
            f"{each.seconds:.1f}",
            _verdict(each),
        )
    return table


def _verdict(outcome: Outcome) -> str:
    if outcome.idle is not None:
        return "nothing new"
    if outcome.skipped:
        return "not granted"
    if outcome.failure and all(outcome.checks.values()):
        return "FAILED"
    passed = sum(outcome.checks.values())
    checks = f"{passed}/{len(outcome.checks)}"
    return f"whole {checks}" if outcome.complete else f"NOT WHOLE {checks}"


def _totals(found: Sequence[Outcome]) -> None:
    whole = sum(each.complete for each in found)
    skipped = sum(each.skipped is not None for each in found)
    rows, changed = (
        sum(each.rows for each in found),
        sum(each.changed for each in found),
    )
    answer(
        f"{whole} of {len(found) - skipped} streams complete; {rows:,} rows loaded, "
        f"{changed:,} changed"
    )


def proofs(found: Sequence[StreamProof]) -> None:
    """Print what was proven: a table a shop, a row a stream; then the gaps."""
    by_shop: dict[str, list[StreamProof]] = {}
    for each in found:
        by_shop.setdefault(each.shop, []).append(each)
    for shop, streams in by_shop.items():
        if _none_was_proven(shop, streams):
            continue
        loaded = [each for each in streams if not each.never_loaded]
        if loaded:
            _show(_proofs_of(shop, loaded))
        for each in loaded:
            for line in _told(each):
                answer(f"{shop}, {each.stream}: {line}")
        missing = [each.stream for each in streams if each.never_loaded]
        if missing:
            answer(
                f"{shop}: {len(missing)} streams were never loaded "
                f"({', '.join(missing)}); backfill them, or name those you want in "
                "`streams` of the shops file"
            )
    _proven(found)


def _none_was_proven(shop: str, found: Sequence[StreamProof]) -> bool:
    """Tell of a shop that cannot be read in one line, whatever number of streams."""
    reasons = {each.failure for each in found}
    none = len(reasons) == 1 and all(reasons) and len(found) > 1
    if none:
        answer(f"{shop}: nothing was proven of {len(found)} streams (reason above)")
    return none


def _proofs_of(shop: str, found: Sequence[StreamProof]) -> Table:
    from shopify_assets.proof.verdicts import Kind  # noqa: PLC0415 -- slow import

    table = _empty_table(shop)
    table.add_column("stream", no_wrap=True)
    for kind in Kind:
        table.add_column(kind.value, no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for each in found:
        verdicts = {proof.kind: proof.verdict.value for proof in each.proofs}
        cells = [_SHORT.get(verdicts.get(kind, ""), "?") for kind in Kind]
        _add_row(table, each.stream, *cells, each.verdict.value)
    return table


# Of the many verdicts of a table, those that ask for attention stand out.
_SHORT = {
    "whole": "whole",
    "proven for 60 days": "60 days",
    "due with the next look back": "due",
    "not applicable": "·",
    "gap": "GAP",
    "undecided": "?",
}


def _told(proof: StreamProof) -> Iterator[str]:
    if proof.failure:
        yield proof.failure
    for line in proof.repairs:
        yield f"repair: {line}"
    for each in proof.proofs:
        for gap in each.gaps[:_GAPS_SHOWN]:
            yield f"{each.kind.value}: {gap.detail}"
        if len(each.gaps) > _GAPS_SHOWN:
            more = len(each.gaps) - _GAPS_SHOWN
            yield f"{each.kind.value}: and {more:,} gaps more; see --json"
    yield from _reasons(proof)
    yield from _coverage(proof)


def _coverage(proof: StreamProof) -> Iterator[str]:
    """How much of the stream was compared whole, where that is not all of it."""
    from shopify_assets.proof import covered  # noqa: PLC0415 -- slow import

    for each in proof.proofs:
        if covered.partly(each.figures):
            yield f"{each.kind.value}: {each.figures[covered.TOLD]}"


def _reasons(proof: StreamProof) -> Iterator[str]:
    """Why kinds are not whole, and notes; kinds with the same reason in one line."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for each in proof.proofs:
        applies = each.verdict.value != "not applicable"
        if each.reason and each.reason != proof.failure and applies:
            verdict = "" if each.gaps else f"{each.verdict.value}: "
            kinds.setdefault((verdict, each.reason), []).append(each.kind.value)
    for (verdict, reason), names in kinds.items():
        yield f"{', '.join(names)}: {verdict}{reason}"


def _proven(found: Sequence[StreamProof]) -> None:
    from shopify_assets.proof.verdicts import tally  # noqa: PLC0415 -- slow import

    answer(f"{len(found):,} streams: {tally(found)}" if found else "nothing is proven")


def verdicts(found: Sequence[Verdict], versions: Sequence[str]) -> None:
    """Print what streams meet in other versions: a table, then each difference."""
    cells = {(each.stream, each.version): verdict(each) for each in found}
    met = dict.fromkeys(each.stream for each in found if each.seen)
    if met:
        table = _empty_table()
        table.add_column("stream", overflow="fold")
        for version in versions:
            table.add_column(version, no_wrap=True, min_width=len(version))
        for stream in met:
            row = [cells.get((stream, version), "") for version in versions]
            _add_row(table, stream, *row)
        _show(table)
    for each in found:
        for seen in each.seen:
            where, detail = ".".join(seen.path), seen.detail and f": {seen.detail}"
            told = f"{seen.kind.value}: {seen.thing} at {where}{detail}"
            answer(f"{each.version} {seen.kind.effect.value:<10} {told}")
    streams = len({each.stream for each in found})
    answer(f"{streams} streams compared; {streams - len(met)} meet nothing new")


def verdict(of: Verdict) -> str:
    """A verdict in two words: the worst effect, and how often."""
    return f"{of.effect.value} {len(of.of(of.effect))}" if of.effect else ""


def outcomes_json(found: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The same for machines."""
    return [{**asdict(each), "complete": each.complete} for each in found]
