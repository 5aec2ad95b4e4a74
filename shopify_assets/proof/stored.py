"""Stored rows against what was loaded: all of them, at every proof.

Charter: from the comparison of seals with rows (`books/damage`) to a proof that names
tables and records, and what is to be doubted for it. What the lake tells of cells, and
the restoring, is `lake`'s business.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import polars as pl

from shopify_assets.normalize.values import DTYPES
from shopify_assets.postgres.books import damage, doubts
from shopify_assets.postgres.books.damage import Fault
from shopify_assets.proof.apart import Failed
from shopify_assets.proof.ids import CHANGED, ID, by_day
from shopify_assets.proof.lake import told_by_the_lake
from shopify_assets.proof.meter import Meter
from shopify_assets.proof.subject import Subject, gid_of
from shopify_assets.proof.verdicts import (
    Gap,
    Kind,
    Proof,
    Proviso,
    Trouble,
    Verdict,
    judged,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shopify_assets.postgres.books.damage import Comparison, Unlike
    from shopify_assets.proof.subject import Seen

_SHOWN = 5

_SAID = {
    Fault.ALTERED: "rows of {} records are not those that were loaded",
    Fault.GONE: "the rows of {} records are gone",
    Fault.ADDED: "the rows of {} records were brought by no load",
    Fault.STRAY: "rows of {} records that are not there",
}


def prove_rows(subject: Subject, seen: Seen | Failed) -> Proof:
    """Compare every stored row with what was loaded, as the records' seals tell it.

    The shop is not asked: where its ids could not be read, records are named by key.

    What is not as it was loaded is doubted from here on: the next load that brings it
    compares it in full, whoever asks for it.
    """
    meter = Meter(subject.client)
    compared = compare(subject)
    _doubt(subject, compared.unlike)
    if isinstance(seen, Failed):
        gaps = list(_by_key(subject, compared.unlike))
    else:
        gaps = list(_gaps(subject, seen, compared.unlike))
    figures = {
        "records": compared.records,
        "rows": compared.rows,
        "not sealed": compared.unsealed,
        "not as loaded": len({each.id for each in compared.unlike}),
        **meter.read(),
    }
    return judged(Kind.ROWS, gaps, figures=figures, provisos=_provisos(compared))


def compare(subject: Subject) -> Comparison:
    """Compare the seals of a stream of a shop with its rows."""
    compiled = subject.compiled
    return damage.compare(
        subject.connection, compiled.tables, shop=subject.shop, stream=compiled.name
    )


def keys_of(subject: Subject, unlike: Sequence[Unlike]) -> list[int | str]:
    """What identifies the records concerned in the root table, each once."""
    key = subject.compiled.root.column(subject.compiled.root.key[-1])
    ids = pl.Series([each.id for each in unlike], dtype=pl.String)
    return ids.cast(DTYPES[key.kind]).unique(maintain_order=True).to_list()


def _doubt(subject: Subject, unlike: Sequence[Unlike]) -> None:
    stored = [each for each in unlike if each.fault is Fault.ALTERED]
    if stored:
        doubts.doubt_records(
            subject.connection,
            subject.compiled.root,
            shop=subject.shop,
            ids=keys_of(subject, stored),
        )


def _provisos(compared: Comparison) -> Iterator[Proviso]:
    if compared.unsealed:
        reason = (
            f"{compared.unsealed:,} records were loaded before rows were sealed, or "
            "sealed by another server or form of table, so that nothing tells whether "
            "their rows are those that were loaded; load them once more: "
            "shopify-assets backfill --distrust"
        )
        yield Proviso(Verdict.UNDECIDED, reason)


def _gaps(subject: Subject, seen: Seen, unlike: Sequence[Unlike]) -> Iterator[Gap]:
    """A gap for each table, fault and day; the lake tells more of some records."""
    altered = [each for each in unlike if each.fault is Fault.ALTERED]
    told = told_by_the_lake(subject, keys_of(subject, altered)) if altered else {}
    for (table, fault), of_place in _by_place(unlike).items():
        keys = keys_of(subject, of_place)
        if fault is Fault.STRAY:
            yield Gap(trouble=Trouble.ALTERED, detail=_detail(table, fault, keys, ()))
            continue
        for day in by_day(_dated(seen, keys)):
            found = day.records[ID].to_list()
            more = [line for key in found for line in told.get((table, key), ())]
            missing = set(seen.compared.missing[ID])
            yield Gap(
                trouble=Trouble.ALTERED,
                detail=_detail(table, fault, found, more),
                window=day.window,
                ids=tuple(gid_of(seen, subject, key) for key in found),
                # Fetched for another proof's sake, which names them as missing.
                explained=fault is Fault.GONE and missing.issuperset(found),
            )


def _by_key(subject: Subject, unlike: Sequence[Unlike]) -> Iterator[Gap]:
    """A gap for each table and fault."""
    for (table, fault), of_place in _by_place(unlike).items():
        detail = _detail(table, fault, keys_of(subject, of_place), ())
        yield Gap(trouble=Trouble.ALTERED, detail=detail)


def _by_place(unlike: Sequence[Unlike]) -> dict[tuple[str, Fault], list[Unlike]]:
    by_place: dict[tuple[str, Fault], list[Unlike]] = defaultdict(list)
    for each in unlike:
        by_place[each.table, each.fault].append(each)
    return by_place


def _dated(seen: Seen, keys: Sequence[int | str]) -> pl.DataFrame:
    """Records with the times that the shop lists, where it does: rows may lie."""
    listed = seen.swept.records
    frame = pl.DataFrame({ID: keys}, schema={ID: listed.schema[ID]})
    if CHANGED not in listed.columns:
        return frame
    return frame.join(listed.select(ID, CHANGED), on=ID, how="left")


def _detail(
    table: str, fault: Fault, keys: Sequence[int | str], more: Sequence[str]
) -> str:
    named = ", ".join(map(str, keys[:_SHOWN]))
    rest = f" and {len(keys) - _SHOWN:,} more" if len(keys) > _SHOWN else ""
    said = _SAID[fault].format(f"{len(keys):,}")
    shown = "; ".join(more[:_SHOWN])
    return f"{table}: {said} ({named}{rest})" + (f": {shown}" if shown else "")
