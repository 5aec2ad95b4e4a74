"""How the tokens on disk are, for people.

Charter: looking at one shop's pair and at the folder of all, without a lock and without
changing anything. What is done about it, `tokens.py` knows.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.api.holding import LOCK_PATIENCE, moment
from shopify_assets.private import FILE_MODE, FOLDER_MODE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shopify_assets.api.holding import Holder
    from shopify_assets.api.pairs import Trade
    from shopify_assets.api.tokens import TokenStore

_FOR_OTHERS = 0o077


@dataclass(frozen=True)
class Standing:
    """Whether a shop's pair is well, and what was seen; no secret."""

    well: bool
    told: str


def standing(store: TokenStore, *, now: float, host: str) -> Standing:
    """Look at a shop's pair.

    Args:
        store: where it is kept.
        now: the wall clock.
        host: this machine's name.

    Raises:
        ConfigurationError: nothing can be read; the message tells the remedy.
    """
    pair = store.read()
    if store.is_damaged:
        told = "the file is damaged; the pair before is traded again at the next use"
        return Standing(well=False, told=told)
    unanswered = store.unanswered(pair)
    # A younger one may be under way.
    if unanswered is not None and now - unanswered.holder.since > LOCK_PATIENCE:
        return Standing(well=False, told=_unanswered(unanswered, host))
    if pair is None:
        return Standing(well=True, told="none yet: the first is traded at the next use")
    expiry = "expires" if pair.expires_at > now else "expired"
    return Standing(well=True, told=f"stored; {expiry} at {moment(pair.expires_at)}")


def _unanswered(trade: Trade, host: str) -> str:
    times = "once" if trade.attempts == 1 else f"{trade.attempts} times"
    told = (
        f"the refresh token was given away {times} since {moment(trade.begun_at)}, "
        f"last by {trade.holder.told}, and no answer was stored"
    )
    if _is_alive(trade.holder, host):
        return (
            f"{told}; that process may hold the new pair in its memory: mend the disk "
            "before it ends"
        )
    return (
        f"{told}; it is given again at the next use, which Shopify takes until its "
        "successor is used, for 30 days"
    )


def _is_alive(holder: Holder, host: str) -> bool:
    if holder.host != host or holder.pid <= 0:
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def faults_of_folder(folder: Path) -> Iterator[str]:
    """Find what lets others at the tokens: modes, owners, links."""
    for path in (folder, *sorted(folder.iterdir())):
        yield from _faults(path, is_folder=path == folder)


def _faults(path: Path, *, is_folder: bool) -> Iterator[str]:
    try:
        held = path.lstat()
    except FileNotFoundError:
        # Renamed while we look: drafts are.
        return
    if stat.S_ISLNK(held.st_mode):
        yield f"{path} is a link"
        return
    if held.st_uid != os.geteuid():
        yield f"{path} belongs to user id {held.st_uid}, not {os.geteuid()}"
    mode = stat.S_IMODE(held.st_mode)
    if mode & _FOR_OTHERS:
        wanted = FOLDER_MODE if is_folder else FILE_MODE
        yield f"{path} is open to others (mode {mode:o}): chmod {wanted:o} {path}"
