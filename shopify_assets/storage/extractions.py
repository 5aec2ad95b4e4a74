"""Extractions in the lake: how they begin, end, are taken up again and found.

Charter: the order in which the files of an extraction are written, which is what makes
a crash harmless, and every decision that rests on finding them. Nothing here fetches,
reads the clock or loads.

An extraction's plan is written first; a part is finished when its manifest is written,
after its raw file; the extraction is complete when its own manifest is written, after
all parts'. What is finished is never written again. An extraction that was refused is
not taken again by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from shopify_assets.clocks import NEAR
from shopify_assets.errors import DataError, IncompleteData
from shopify_assets.storage.layout import Extent, Extraction, Placed, place, raw_prefix
from shopify_assets.storage.manifests import (
    File,
    Manifest,
    PartManifest,
    PendingOperation,
    Plan,
    PlannedPart,
    Receipt,
    Refusal,
    Spent,
    decode,
    encode,
)
from shopify_assets.storage.records import read_checked
from shopify_assets.storage.store import Store
from shopify_assets.windows import Window, gaps

# A bulk operation's result can be fetched for 7 days, but records move on meanwhile: a
# plan of yesterday would call whole what no longer is the shop.
KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class State:
    """How far an extraction has come.

    Attributes:
        number: its number.
        plan: its plan; None if that is missing.
        complete: whether its manifest is written.
        loaded: whether its rows are in the warehouse.
        refused: whether it could not be normalised or loaded.
    """

    number: int
    plan: Plan | None
    complete: bool
    loaded: bool
    refused: bool = False


@dataclass(frozen=True)
class Resume:
    """Go on with extraction `number`, which is not complete."""

    number: int


@dataclass(frozen=True)
class Reuse:
    """Extraction `number` is complete and waits to be loaded: fetch nothing."""

    number: int


@dataclass(frozen=True)
class Start:
    """Begin extraction `number`."""

    number: int


Choice = Resume | Reuse | Start


def choose(newest: State | None, now: datetime, *, query_hash: str) -> Choice:
    """Decide what to do about an extent whose newest extraction is `newest`.

    An extraction planned within 24 hours, by the same queries, and not loaded yet is
    gone on with, or used as it is if complete: a crash never fetches twice. All else is
    begun anew, and so is one that was refused: what came may have been at fault. So is
    one of a time to come: nobody can tell how old it is.
    """
    if newest is None:
        return Start(1)
    plan = newest.plan
    done_with = newest.loaded or newest.refused
    if plan is None or plan.query_hash != query_hash or done_with:
        return Start(newest.number + 1)
    if not -NEAR <= now - plan.created_at < KEPT:
        return Start(newest.number + 1)
    return Reuse(newest.number) if newest.complete else Resume(newest.number)


@dataclass(frozen=True)
class Cover:
    """Extractions, in time's order, and the gaps of the window none of them holds."""

    manifests: tuple[Manifest, ...]
    gaps: tuple[Window, ...]


def cover(manifests: Iterable[Manifest], window: Window) -> Cover:
    """Choose, newest first, the manifests that hold what is missing of `window`.

    An extraction holds its window only as far as it was cut at the time of its plan.
    """
    chosen: dict[Window, Manifest] = {}
    missing: tuple[Window, ...] = (window,)
    for each in sorted(manifests, key=lambda each: each.plan.created_at, reverse=True):
        covered = each.plan.covered
        if covered is not None and any(gap.overlaps(covered) for gap in missing):
            chosen[covered] = each
            missing = gaps(window, chosen)
    return Cover(tuple(chosen[each] for each in sorted(chosen)), missing)


class Extractions:
    """The extractions in `store`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def newest(self, extent: Extent) -> State | None:
        """Return the state of the newest extraction of `extent`, if there is one."""
        files = self._keys(extent.raw)
        if not files:
            return None
        extraction = max(files, key=lambda each: each.number)
        found = files[extraction]
        return State(
            number=extraction.number,
            plan=self._read(extraction.plan, Plan),
            complete=extraction.manifest in found,
            loaded=extraction.receipt in found,
            refused=extraction.refusal in found,
        )

    def begin(self, plan: Plan) -> None:
        """Write the plan of an extraction, or a new plan in place of its old one."""
        self._write(plan.extraction.plan, plan)

    def plan(self, extraction: Extraction) -> Plan:
        """Return the plan of an extraction.

        Raises:
            DataError: it has none.
        """
        return self._existing(extraction.plan, Plan)

    def pend(
        self, extraction: Extraction, part: int, *, operation: PendingOperation
    ) -> None:
        """Note that a bulk operation for `part` is in flight."""
        self._write(extraction.pending(part), operation)

    def pending(self, extraction: Extraction, part: int) -> PendingOperation | None:
        """Return the bulk operation in flight for `part`, if one is noted."""
        return self._read(extraction.pending(part), PendingOperation)

    def forget(self, extraction: Extraction, part: int) -> None:
        """Delete the note of a bulk operation which came to nothing."""
        self._store.delete(extraction.pending(part))

    def finish(self, extraction: Extraction, part: PartManifest, *, file: Path) -> None:
        """Bring a raw file into the lake; afterwards its part is finished."""
        self._store.upload(extraction.raw_file(part.number), file)
        self._write(extraction.part_manifest(part.number), part)
        self.forget(extraction, part.number)

    def finished(self, plan: Plan) -> tuple[PartManifest, ...]:
        """Return the manifests of those parts of `plan` that need not be fetched again.

        A part whose raw file is missing or of another size is not among them.
        """
        present = {each.part for each in self._placed(plan.extraction.raw) if each.part}
        found = (
            self._finished(plan.extraction, part)
            for part in plan.parts
            if part.number in present
        )
        return tuple(each for each in found if each is not None)

    def complete(self, plan: Plan, *, extracted_at: datetime, spent: Spent) -> Manifest:
        """Declare an extraction complete, which its manifest does.

        Raises:
            IncompleteData: a part of the plan is not finished.
        """
        parts = self.finished(plan)
        missing = {part.number for part in plan.parts} - {part.number for part in parts}
        if missing:
            message = (
                f"{plan.extraction} is not complete: parts {sorted(missing)} are not "
                "finished; materialise the raw asset again to fetch them"
            )
            raise IncompleteData(message)
        manifest = Manifest.of(plan, parts, extracted_at=extracted_at, spent=spent)
        self._write(plan.extraction.manifest, manifest)
        return manifest

    def manifest(self, extraction: Extraction) -> Manifest:
        """Return the manifest of a complete extraction.

        Raises:
            DataError: it is not complete.
        """
        return self._existing(extraction.manifest, Manifest)

    def acknowledge(self, extraction: Extraction, receipt: Receipt) -> None:
        """Note that the rows of an extraction are in the warehouse."""
        self._write(extraction.receipt, receipt)

    def receipt(self, extraction: Extraction) -> Receipt | None:
        """Return the receipt of an extraction, if it was loaded."""
        return self._read(extraction.receipt, Receipt)

    def part(self, extraction: Extraction, number: int) -> PartManifest:
        """Return the manifest of a finished part.

        Raises:
            DataError: it is not finished.
        """
        return self._existing(extraction.part_manifest(number), PartManifest)

    def blocks(self, extraction: Extraction, part: PartManifest) -> Iterator[bytes]:
        """Yield the lines of a part in blocks, and at the end compare the whole.

        Raises:
            IncompleteData: the file is not the one its manifest was written for.
            DataError: the file is missing or damaged.
        """
        key = extraction.raw_file(part.number)
        with self._store.open(key) as stream:
            yield from read_checked(
                stream, name=self._store.location(key), expected=part.content
            )

    def find_complete(self, extent: Extent) -> tuple[Manifest, ...]:
        """Return the complete extractions that hold all of `extent`, in time's order.

        That is the newest one of exactly this extent; else the newest ones of other
        windows that together cover it.

        Raises:
            DataError: some of it was never extracted; the message names the gap.
        """
        exact = self._complete(extent.raw)
        if exact:
            return (self.manifest(exact[0]),)
        if extent.window is None:
            raise DataError(_never_extracted(extent))
        return self._covering(extent, extent.window)

    def loaded(self, stream: str, shop: str) -> tuple[Manifest, ...]:
        """Return the newest complete extraction of each extent that is loaded."""
        found = self._complete(raw_prefix(stream, shop))
        return tuple(
            self.manifest(each) for each in found if self._store.exists(each.receipt)
        )

    def due(self, extent: Extent) -> tuple[Manifest, ...]:
        """Return the complete extractions a step has to take, in the order of making.

        Those that meet the extent and are not loaded yet; if there are none, those that
        hold it, to be done over.

        Raises:
            DataError: some of it was never extracted; the message names the gap.
        """
        return self.waiting(extent) or self.find_complete(extent)

    def waiting(self, extent: Extent) -> tuple[Manifest, ...]:
        """Return those that meet the extent and are neither loaded nor refused."""
        found = [
            self.manifest(each)
            for each in self._complete(raw_prefix(extent.stream, extent.shop))
            if each.extent.meets(extent) and not self._store.exists(each.receipt)
        ]
        return tuple(sorted(found, key=lambda each: each.plan.created_at))

    def refused(self, stream: str, shop: str) -> tuple[Manifest, ...]:
        """Return all complete extractions that were refused, in the order of making."""
        found = {
            each.extraction
            for each in self._placed(raw_prefix(stream, shop))
            if each.key == each.extraction.refusal
            and not self._store.exists(each.extraction.receipt)
        }
        # The shop's clock tells whole seconds: two tries may be of one.
        manifests = sorted(map(self.manifest, found), key=_by_making)
        return tuple(manifests)

    def all_complete(self, stream: str, shop: str) -> tuple[Extraction, ...]:
        """Return all complete extractions, also those of which there is a newer one."""
        files = self._keys(raw_prefix(stream, shop))
        return tuple(each for each, keys in files.items() if each.manifest in keys)

    def refusal(self, extraction: Extraction) -> Refusal | None:
        """Return why an extraction was refused, if it was."""
        return self._read(extraction.refusal, Refusal)

    def refuse(self, extraction: Extraction, refusal: Refusal) -> None:
        """Note that an extraction cannot be normalised or loaded, unless it was."""
        if not self._store.exists(extraction.receipt):
            self._write(extraction.refusal, refusal)

    def _covering(self, extent: Extent, window: Window) -> tuple[Manifest, ...]:
        candidates = [
            self.manifest(each)
            for each in self._complete(raw_prefix(extent.stream, extent.shop))
            if each.extent.window is not None and each.extent.window.overlaps(window)
        ]
        found = cover(candidates, window)
        if found.gaps and not _not_yet(found, window):
            gap = Extent(extent.stream, extent.shop, found.gaps[0])
            raise DataError(_never_extracted(gap))
        return found.manifests

    def _complete(self, prefix: str) -> list[Extraction]:
        """Return the newest one of each extent that is complete and not refused."""
        newest: dict[Extent, Extraction] = {}
        for extraction, keys in self._keys(prefix).items():
            known = newest.get(extraction.extent, extraction)
            refused = extraction.refusal in keys and extraction.receipt not in keys
            complete = extraction.manifest in keys and not refused
            if complete and extraction.number >= known.number:
                newest[extraction.extent] = extraction
        return list(newest.values())

    def _keys(self, prefix: str) -> dict[Extraction, set[str]]:
        """The keys of each extraction below a prefix."""
        files: dict[Extraction, set[str]] = {}
        for each in self._placed(prefix):
            files.setdefault(each.extraction, set()).add(each.key)
        return files

    def _finished(
        self, extraction: Extraction, part: PlannedPart
    ) -> PartManifest | None:
        manifest = self._read(extraction.part_manifest(part.number), PartManifest)
        if manifest is None or manifest.window != part.window:
            return None
        size = self._store.size(extraction.raw_file(part.number))
        return manifest if size == manifest.stored_bytes else None

    def _placed(self, prefix: str) -> Iterator[Placed]:
        return (each for key in self._store.keys(prefix) if (each := place(key)))

    def _write(self, key: str, file: File) -> None:
        self._store.write(key, encode(file))

    def _read(self, key: str, kind: type[File]) -> File | None:
        data = self._store.read(key)
        if data is None:
            return None
        return decode(data, kind, location=self._store.location(key))

    def _existing(self, key: str, kind: type[File]) -> File:
        found = self._read(key, kind)
        if found is None:
            message = (
                f"{self._store.location(key)} does not exist; materialise the raw asset"
            )
            raise DataError(message)
        return found


def _not_yet(found: Cover, window: Window) -> bool:
    """Whether only what had not happened yet at the last extraction is missing."""
    newest = found.manifests[-1].plan if found.manifests else None
    covered = newest.covered if newest else None
    if newest is None or newest.window is None or covered is None:
        return False
    return found.gaps == gaps(window, [Window(window.start, covered.end)]) and (
        covered.end < newest.window.end
    )


def _by_making(manifest: Manifest) -> tuple[datetime, int]:
    return manifest.plan.created_at, manifest.extraction.number


def _never_extracted(extent: Extent) -> str:
    return (
        f"no raw files of {extent}: this was never extracted completely; materialise "
        f"the asset {extent.stream}_raw for the shop"
    )
