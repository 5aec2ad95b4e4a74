"""Proofs of several shops: tasks, verdicts, and the page of all of them.

Charter: from tasks to a verdict for every stream that is asked for. What is compared is
`proof`'s business; options and output are `verify`'s.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from shopify_assets.cli import output, running, runs
from shopify_assets.errors import ShopifyAssetsError
from shopify_assets.postgres.books import proofs
from shopify_assets.postgres.connect import connect, warehouse_url
from shopify_assets.proof import verify as proving
from shopify_assets.proof.page import page as page_of
from shopify_assets.proof.verdicts import StreamProof, unproven

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from shopify_assets.cli.task import Line, Task
    from shopify_assets.refresh.asked import Event
    from shopify_assets.settings import Settings


class Proven:
    """The proofs that are finished, to be read at any time."""

    def __init__(self) -> None:
        self._proofs: dict[tuple[str, str], StreamProof] = {}

    def add(self, proof: StreamProof) -> None:
        """Take in a finished one."""
        self._proofs[proof.shop, proof.stream] = proof

    def take_note(self, _shop: str, message: Line | Event | StreamProof) -> None:
        """Take in what is told, if it is one."""
        if isinstance(message, StreamProof):
            self.add(message)

    def in_order(self, tasks: Sequence[Task]) -> list[StreamProof]:
        """Those that are finished, as they were asked for."""
        keys = ((task.shop, stream) for task in tasks for stream in task.streams)
        return [self._proofs[key] for key in keys if key in self._proofs]


def of_all(
    tasks: Sequence[Task],
    settings: Settings,
    *,
    closed: Mapping[str, str],
    proven: Proven,
    verbose: bool,
) -> None:
    """Prove every shop's streams, several shops side by side.

    Args:
        tasks: what is to be proven of which shop.
        settings: where warehouse and lake are.
        closed: by domain, why a shop cannot be read.
        proven: takes in what is finished, as soon as it is.
        verbose: whether each step is told.
    """
    failures = running.run(tasks, closed, settings, proven.take_note, verbose=verbose)
    for task in tasks:
        done = {proof.stream for proof in proven.in_order([task])}
        reason = failures.get(task.shop) or "the run ended before this stream began"
        for stream in task.streams:
            if stream not in done:
                proven.add(_unproven(task.shop, stream, reason, settings))


def _unproven(shop: str, stream: str, reason: str, settings: Settings) -> StreamProof:
    """A stream that nothing could be proven of; that is written down, too."""
    proof = unproven(shop, stream, reason, at=runs.now())
    try:
        with closing(connect(warehouse_url(settings))) as connection:
            proving.record(connection, proof)
    except ShopifyAssetsError as error:
        failure = f"{reason}; and the verdict is not written down: {error}"
        return replace(proof, failure=failure)
    return proof


def write_page(file: Path, settings: Settings) -> None:
    """Write the newest verdicts of all shops to an HTML file."""
    with closing(connect(warehouse_url(settings))) as connection:
        file.write_text(page_of(proofs.newest(connection)), "utf-8")
    output.say(f"written: {file}")
