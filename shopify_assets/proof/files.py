"""Raw files against what Shopify promised of them, and what their manifests say.

Charter: reading again the files of loaded extractions. A file whose window a newer
extraction holds is not looked at: nothing rests on it any more.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.errors import DataError
from shopify_assets.proof.meter import Meter
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.verdicts import Gap, Kind, Proof, Trouble, judged
from shopify_assets.storage.extractions import Extractions
from shopify_assets.windows import Window, gaps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shopify_assets.storage.manifests import Manifest, PartManifest


@dataclass(frozen=True)
class Stored:
    """A part of a loaded extraction that the copy rests on."""

    manifest: Manifest
    part: PartManifest


def needed(manifests: Iterable[Manifest]) -> Iterator[Stored]:
    """Yield the parts no newer extraction has taken the place of, newest first."""
    newer: list[Window] = []
    replaced = False
    ordered = sorted(manifests, key=lambda each: each.plan.created_at, reverse=True)
    for manifest in ordered:
        extent = manifest.extraction.extent
        for part in manifest.parts:
            window = part.window
            taken = extent.is_snapshot and replaced
            if not taken and (window is None or gaps(window, newer)):
                yield Stored(manifest, part)
        replaced = replaced or extent.is_snapshot
        covered = manifest.plan.covered
        newer += [covered] if covered is not None else []


def prove_files(subject: Subject) -> Proof:
    """Read again every raw file the copy rests on."""
    meter = Meter(subject.client)
    extractions = Extractions(subject.context.store)
    loaded = extractions.loaded(subject.compiled.name, subject.shop)
    found = list(needed(loaded))
    told = [gap for each in found if (gap := _gap(extractions, each)) is not None]
    figures = {
        "extractions": len({str(each.manifest.extraction) for each in found}),
        "files": len(found),
        "bulk operations": sum(each.part.operation_id is not None for each in found),
        "rows": sum(each.part.rows for each in found),
        "bytes": sum(each.part.bytes for each in found),
        **meter.read(),
    }
    return judged(Kind.FILES, told, figures=figures)


def _gap(extractions: Extractions, stored: Stored) -> Gap | None:
    part = stored.part
    fault = broken_promise(part)
    try:
        deque(extractions.blocks(stored.manifest.extraction, part), maxlen=0)
    except DataError as error:
        fault = str(error)
    if fault is None:
        return None
    planned = stored.manifest.plan.parts
    ids = tuple(each for one in planned for each in one.ids)
    return Gap(trouble=Trouble.FILE, detail=fault, window=part.window, ids=ids)


def broken_promise(part: PartManifest) -> str | None:
    """What Shopify promised of a bulk operation's file, and was not stored."""
    if part.operation_id is None:
        return None
    # A last line without its end was given one.
    ended = (part.file_size or 0) + 1
    size = part.file_size if part.bytes != ended else ended
    pairs = (
        ("objects", part.object_count, part.rows),
        ("root objects", part.root_object_count, part.roots),
        ("bytes", size, part.bytes),
    )
    differing = [
        f"{promised} {what} promised, {stored} stored"
        for what, promised, stored in pairs
        if promised is not None and promised != stored
    ]
    if not differing:
        return None
    return f"bulk operation {part.operation_id}: {'; '.join(differing)}"
