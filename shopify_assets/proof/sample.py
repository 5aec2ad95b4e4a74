"""Whole rows of chosen records, fetched again, against those stored.

Charter: choosing records, fetching them the way everything is fetched (but into a lake
that does not last), and comparing all tables' rows. The comparison is `rows`'.

A record of a snapshot may change without telling, so its rows are compared with the
snapshot that was loaded, as it lies in the lake.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from shopify_assets.extract.by_ids import extract_ids
from shopify_assets.normalize.aside import keys_of
from shopify_assets.normalize.files import TableReader
from shopify_assets.normalize.run import normalize_extraction
from shopify_assets.proof.ids import CHANGED, ID
from shopify_assets.proof.meter import Meter
from shopify_assets.proof.moments import Instant
from shopify_assets.proof.reading import Rows, differences, rows_of
from shopify_assets.proof.subject import Seen, Subject, gid_of
from shopify_assets.proof.sweep import passing_lake
from shopify_assets.proof.verdicts import (
    Gap,
    Kind,
    Proof,
    Trouble,
    judged,
    not_applicable,
)
from shopify_assets.storage.extractions import Extractions

if TYPE_CHECKING:
    from datetime import datetime

    from shopify_assets.catalog.tables import Table
    from shopify_assets.proof.rows import Difference
    from shopify_assets.storage.manifests import Manifest

_SHOWN = 3


@dataclass(frozen=True)
class Sample:
    """How records are chosen.

    Attributes:
        size: how many.
        seed: the same seed and the same ids give the same records.
        ids: keys of the root table that are looked at in any case.
    """

    size: int
    seed: int
    ids: tuple[int | str, ...] = ()


@dataclass(frozen=True)
class Sampled:
    """The proof by a sample.

    Attributes:
        proof: what it says.
        alike: global ids of the records whose rows are all as they should be.
    """

    proof: Proof
    alike: frozenset[str] = frozenset()


def prove_sample(subject: Subject, seen: Seen, sample: Sample) -> Sampled:
    """Compare whole rows of some records with what the shop (or the snapshot) holds."""
    reason = _refusal(subject, sample)
    if reason:
        return Sampled(not_applicable(Kind.SAMPLE, reason))
    if subject.is_snapshot:
        return _with_the_snapshot(subject, seen, sample)
    return _with_the_shop(subject, seen, sample)


def _refusal(subject: Subject, sample: Sample) -> str:
    """Why no sample can be taken; empty if one can."""
    if sample.size < 1 and not sample.ids:
        return "no record was asked for (--sample 0)"
    if subject.is_snapshot:
        return "" if _snapshots(subject) else "the lake has no loaded snapshot"
    if subject.compiled.queries.by_ids is None:
        return f"{subject.compiled.queries.node} cannot be asked for by id"
    return ""


def chosen(candidates: pl.DataFrame, sample: Sample) -> list[Any]:
    """Choose ids, at random but repeatably."""
    ids = sorted(candidates[ID])
    dice = random.Random(sample.seed)  # noqa: S311 -- a sample, not a secret
    drawn = dice.sample(ids, min(sample.size, len(ids)))
    return sorted({*drawn, *(set(sample.ids) & set(ids))})


def _sampled(
    differing: Sequence[Difference],
    subject: Subject,
    seen: Seen,
    *,
    compared: Iterable[Any],
    figures: Mapping[str, Any],
) -> Sampled:
    unlike = {each.root for each in differing}
    alike = (gid_of(seen, subject, each) for each in compared if each not in unlike)
    found = _gaps(differing, subject, seen)
    return Sampled(judged(Kind.SAMPLE, found, figures=figures), frozenset(alike))


# ── the shop, now ────────────────────────────────────────────────────────────────────


def _with_the_shop(subject: Subject, seen: Seen, sample: Sample) -> Sampled:
    meter = Meter(subject.client)
    both = seen.swept.records.join(seen.stored.select(ID), on=ID, how="semi")
    ids = chosen(both.filter(pl.col(CHANGED) < _settled(subject, seen)), sample)
    first = _Fetched.of(subject, seen, ids)
    differing = first.differences(subject)
    suspects = sorted({each.root for each in differing})
    if suspects:
        # Once more: a record may have changed between the two looks.
        again = _Fetched.of(subject, seen, suspects).differences(subject)
        known = {str(each) for each in again}
        differing = [each for each in differing if str(each) in known]
    figures = {
        "records": len(ids),
        "rows": sum(map(len, first.rows.values())),
        "changed meanwhile": len(ids) - len(first.settled),
        "seed": sample.seed,
        **meter.read(),
    }
    return _sampled(differing, subject, seen, compared=first.settled, figures=figures)


def _settled(subject: Subject, seen: Seen) -> datetime:
    """Before when a record must have changed for its rows to be what the shop has.

    One that goes on changing without telling is read again for as long as its stream's
    lookback says, by every load: until then it may rightly differ.
    """
    incremental = subject.compiled.stream.incremental
    return seen.due.end - (incremental.lookback if incremental else timedelta())


@dataclass(frozen=True)
class _Fetched:
    """Rows as the shop has them.

    Attributes:
        rows: by table.
        settled: root ids whose version is still one that must be in the table.
    """

    rows: Rows
    settled: tuple[Any, ...]

    @classmethod
    def of(cls, subject: Subject, seen: Seen, ids: Sequence[Any]) -> _Fetched:
        """Fetch records by their ids, whole, as rows."""
        if not ids:
            return cls({}, ())
        compiled, context = subject.compiled, subject.context
        gids = [gid_of(seen, subject, each) for each in ids]
        with passing_lake() as lake:
            inside = replace(context, store=lake)
            manifest = extract_ids(compiled, gids, context=inside).manifest
            clock = subject.client.server_time
            normalize_extraction(lake, manifest, compiled, clock=clock)
            reader = TableReader(lake, manifest.extraction, compiled.tables)
            rows = rows_of(reader, compiled.tables, ids)
        return cls(rows, tuple(_unmoved(rows, compiled.root, seen)))

    def differences(self, subject: Subject) -> list[Difference]:
        """Compare with what is stored of the records that are settled."""
        return _differing(subject, self.rows, self.settled)


def _unmoved(rows: Rows, root: Table, seen: Seen) -> Iterator[Any]:
    names = [each.name for each in root.columns]
    key, version = names.index(root.key[-1]), names.index(root.version or root.key[-1])
    end = Instant.of(seen.due.end)
    for row in rows[root.name]:
        if root.version is None or row[version] < end:
            yield row[key]


# ── the snapshot, as it was loaded ───────────────────────────────────────────────────


def _snapshots(subject: Subject) -> list[Manifest]:
    """The newest snapshot that was loaded, if the lake holds it."""
    extractions = Extractions(subject.context.store)
    loaded = extractions.loaded(subject.compiled.name, subject.shop)
    return [each for each in loaded if each.extraction.extent.is_snapshot]


def _with_the_snapshot(subject: Subject, seen: Seen, sample: Sample) -> Sampled:
    meter = Meter(subject.client)
    compiled = subject.compiled
    (manifest,) = _snapshots(subject)
    reader = TableReader(subject.context.store, manifest.extraction, compiled.tables)
    # Of a record that is set aside an older state may be stored, and rightly.
    aside = keys_of(reader.manifest.aside, compiled.root)
    ids = chosen(seen.stored.filter(~pl.col(ID).is_in(aside.implode())), sample)
    rows = rows_of(reader, compiled.tables, ids)
    differing = _differing(subject, rows, ids)
    figures = {
        "records": len(ids),
        "rows": sum(map(len, rows.values())),
        "compared with": str(manifest.extraction),
        "seed": sample.seed,
        **meter.read(),
    }
    return _sampled(differing, subject, seen, compared=ids, figures=figures)


# ── rows ─────────────────────────────────────────────────────────────────────────────


def _differing(subject: Subject, rows: Rows, ids: Sequence[Any]) -> list[Difference]:
    tables, shop = subject.compiled.tables, subject.shop
    return differences(subject.connection, tables, rows, ids, shop=shop)


def _gaps(
    differing: Iterable[Difference], subject: Subject, seen: Seen
) -> Iterator[Gap]:
    """One gap a record, with all that differs in it."""
    by_root: dict[Any, list[Difference]] = defaultdict(list)
    for each in differing:
        by_root[each.root].append(each)
    for root, found in by_root.items():
        shown = "; ".join(map(str, found[:_SHOWN]))
        more = len(found) - _SHOWN
        yield Gap(
            trouble=Trouble.DIFFERENT,
            detail=f"{shown}; and {more} more" if more > 0 else shown,
            ids=(gid_of(seen, subject, root),),
        )
