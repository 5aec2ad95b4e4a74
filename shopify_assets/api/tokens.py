"""Renewed tokens on disk, shared by all threads and processes of one state folder.

Charter: keeping one shop's current token pair so that neither a crash nor a full disk
can lose it, and letting one renewer at a time through. Where a pair comes from,
`grants.py` knows; what is done without one, `auth.py`.

Beside `<pair>.json` lie

- `<pair>.lock`: who renews it now;
- `<pair>.traded`: the trade begun last, with the pair that was given away;
- `<pair>.draft`: the place for the new pair, made before anything is given away. It is
  renamed to `<pair>.json` once it is written, so that only a kill leaves it behind.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from shopify_assets import leaving
from shopify_assets.api import pairs
from shopify_assets.api.durable import (
    content_of,
    is_at,
    make_room,
    replace_whole,
    sync_folder,
    write_down,
)
from shopify_assets.api.holding import held
from shopify_assets.api.pairs import Damaged, StoredPair, TokenPair
from shopify_assets.api.waiting import warn
from shopify_assets.errors import ConfigurationError
from shopify_assets.private import open_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shopify_assets.api.holding import Holder
    from shopify_assets.api.pairs import Trade
    from shopify_assets.settings import Secret

# Bytes of the place that is made for a pair; tokens and scopes take some thousands.
ROOM = 64 * 1024

# Seconds before a pair that could not be stored is stored again, while the lock is
# held; after that whoever uses it tries again, so many seconds apart.
_STORE_WAITS = (0.05, 0.2, 0.75)
STORE_AGAIN = 15.0

# Pairs of this process that are on no disk yet: those of all its clients.
_unsaved: dict[Path, StoredPair] = {}


class TokenStore:
    """One shop's pair in one file, readable by its owner alone."""

    def __init__(
        self,
        file: Path,
        *,
        origin: Secret,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Keep the pairs that descend from `origin` in a file.

        Args:
            file: where.
            origin: the first refresh token, or the secret of the credentials.
            now: the wall clock.
            sleep: sleeps so many seconds.
        """
        self._file = file
        self._origin = origin
        self._now = now
        self._sleep = sleep
        self._tried_at = float("-inf")

    def read(self) -> TokenPair | None:
        """Return the newest pair; None when none was stored yet.

        One that is damaged gives way to the one before it, as expired: it is to be
        traded once more.

        Raises:
            ConfigurationError: nothing can be read; the message tells the remedy.
        """
        unsaved = _unsaved.get(self._file)
        # Another process that traded the same pair did so after us.
        if unsaved is not None and unsaved.traded == self._mark_on_disk():
            return unsaved.pair
        return self._stored()

    @contextmanager
    def locked(self) -> Iterator[Holder]:
        """Let one renewer at a time in, of all threads and processes.

        Raises:
            Busy: another takes too long; the message names him.
            ConfigurationError: there is no place for tokens.
        """
        file = self._file.with_suffix(".lock")
        with ExitStack() as stack:
            with self._told_as_configuration():
                lock = held(file, now=self._now(), sleep=self._sleep)
                holder = stack.enter_context(lock)
            # A refresh token that was traded and not stored may be lost.
            stack.enter_context(leaving.uncut())
            yield holder

    def recovered(self) -> TokenPair | None:
        """Return the newest pair, stored if it was not; with the lock held.

        What a killed process has written and not published is taken over.

        Raises:
            ConfigurationError: as of `read`.
        """
        draft = self._file.with_suffix(".draft")
        left = _whole_draft(draft)
        if left is not None and left.traded == self._mark_on_disk():
            try:
                self._publish_draft(draft)
            except OSError as error:
                # The draft stays: it is the only one on a disk.
                self._keep(left, error)
                return left.pair
            warn(f"{self._file}: a draft that was left is the token pair")
            _unsaved.pop(self._file, None)
        self._settle()
        if self.is_damaged:
            warn(f"{self._file} is damaged; the pair before is traded again")
        return self.read()

    @contextmanager
    def trading(self, pair: TokenPair | None, holder: Holder) -> Iterator[Trading]:
        """Make a place for the next pair, write that a trade begins, and let it begin.

        The lock is held.

        Raises:
            ConfigurationError: there is no place, or the pair is on no disk itself;
                nothing was traded.
        """
        if self._file in _unsaved:
            raise ConfigurationError(_no_place(self._file, "no pair can be stored"))
        mark, earlier = self._mark(pair), self.unanswered(pair)
        trade = pairs.begun(pair, mark=mark, holder=holder, earlier=earlier)
        with self._told_as_configuration():
            place = self._place()
        try:
            with self._told_as_configuration():
                self._note(trade)
            yield Trading(self, place, trade=trade, earlier=earlier)
        finally:
            os.close(place)

    def last_trade(self) -> Trade | None:
        """The trade that was begun last, if it can be read."""
        content = content_of(self._file.with_suffix(".traded"))
        return None if content is None else pairs.decode_trade(content)

    def unanswered(self, pair: TokenPair | None) -> Trade | None:
        """The trade of this pair that was begun and brought nothing that is stored."""
        last = self.last_trade()
        is_of_pair = last is not None and last.mark == self._mark(pair)
        return last if is_of_pair else None

    def settle(self) -> None:
        """Store what could not be stored before; tell if it still cannot be.

        Raises:
            Busy, ConfigurationError: as of `locked`.
        """
        self._tried_at = self._now()
        with self.locked():
            self.recovered()

    def _settle(self) -> None:
        unsaved = _unsaved.get(self._file)
        if unsaved is None:
            return
        if unsaved.pair is not self.read():
            # Another process has traded the same token since.
            _unsaved.pop(self._file, None)
            return
        try:
            place = self._place()
        except OSError as error:
            self._keep(unsaved, error)
            return
        try:
            self.put(unsaved, place)
        finally:
            os.close(place)

    @property
    def owes(self) -> bool:
        """Whether a pair is to be stored again, and it is time to try."""
        waited = abs(self._now() - self._tried_at)
        return self._file in _unsaved and waited >= STORE_AGAIN

    def put(self, stored: StoredPair, place: int) -> None:
        """Store a pair in its place, or keep it in memory and say so."""
        # Of all there is to do after a trade, writing these bytes comes first.
        content = pairs.encode_pair(stored.pair, traded=stored.traded)
        failures = 0
        while True:
            try:
                write_down(place, content)
                self._publish(place)
            except OSError as error:
                if failures == len(_STORE_WAITS):
                    self._keep(stored, error)
                    return
                self._sleep(_STORE_WAITS[failures])
                failures += 1
            else:
                if _unsaved.pop(self._file, None):
                    warn(f"{self._file}: the token pair is stored now")
                return

    def withdraw(self, earlier: Trade | None) -> None:
        """Write that the trade begun last was none, for nothing was given."""
        file = self._file.with_suffix(".traded")
        try:
            if earlier is None:
                file.unlink(missing_ok=True)
            else:
                self._note(earlier)
        except OSError as error:
            # It changes but the words of a later message.
            warn(f"{file} cannot be written: {error.strerror}")

    @property
    def is_damaged(self) -> bool:
        """Whether the file is there and holds no whole pair."""
        content = content_of(self._file)
        return content is not None and _whole(content) is None

    def _stored(self) -> TokenPair | None:
        content = content_of(self._file)
        if content is None:
            return None
        whole = _whole(content)
        if whole is not None:
            return whole.pair
        last = self.last_trade()
        if last is None:
            raise ConfigurationError(_no_pair(self._file))
        before = last.before
        return None if before is None else replace(before, expires_at=0.0)

    def _mark_on_disk(self) -> str:
        """The mark of the pair on disk; one that is damaged may be in memory yet."""
        unsaved = _unsaved.get(self._file)
        try:
            return self._mark(self._stored())
        except ConfigurationError:
            if unsaved is None:
                raise
            return unsaved.traded

    def _mark(self, pair: TokenPair | None) -> str:
        refresh = None if pair is None else pair.refresh_token
        return pairs.mark_of(refresh or self._origin)

    def _place(self) -> int:
        return make_room(self._file.with_suffix(".draft"), ROOM)

    def _note(self, trade: Trade) -> None:
        content = pairs.encode_trade(trade)
        fresh = self._file.with_suffix(".trading")
        replace_whole(self._file.with_suffix(".traded"), content, by=fresh)

    def _publish_draft(self, draft: Path) -> None:
        descriptor = open_private(draft, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            self._publish(descriptor)
        finally:
            os.close(descriptor)

    def _publish(self, descriptor: int) -> None:
        """Let the draft that is open, and on the disk, be the pair."""
        # Tried again, only the folder's turn may be left.
        draft = self._file.with_suffix(".draft")
        if not is_at(self._file, descriptor):
            if not is_at(draft, descriptor):
                # Where locks do not reach another machine, that one is trading, too.
                raise OSError(errno.ESTALE, "another process has removed the draft")
            draft.replace(self._file)
        sync_folder(self._file.parent)

    def _keep(self, stored: StoredPair, error: OSError) -> None:
        self._tried_at = self._now()
        _unsaved[self._file] = stored
        warn(
            f"{self._file}: the new token pair cannot be stored ({error.strerror}) and "
            f"is in the memory of process {os.getpid()} alone, which serves it and "
            "goes on trying: mend the disk before it ends, or the merchant may have "
            "to authorise the app again"
        )

    @contextmanager
    def _told_as_configuration(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            fault = error.strerror or "no reason told"
            raise ConfigurationError(_no_place(self._file, fault)) from error


class Trading:
    """A trade that has begun, and the place for what it brings.

    Attributes:
        earlier: an earlier trade of the same refresh token that had no answer.
    """

    def __init__(
        self, store: TokenStore, place: int, *, trade: Trade, earlier: Trade | None
    ) -> None:
        self._store = store
        self._place = place
        self._trade = trade
        self.earlier = earlier

    def put(self, pair: TokenPair) -> None:
        """Store what the trade has brought; in memory, loudly, if it must be."""
        self._store.put(StoredPair(pair, self._trade.mark), self._place)

    def withdraw(self) -> None:
        """Nothing was traded."""
        self._store.withdraw(self.earlier)


def _whole_draft(file: Path) -> StoredPair | None:
    content = content_of(file)
    return None if content is None else _whole(content)


def _whole(content: bytes) -> StoredPair | None:
    try:
        return pairs.decode_pair(content)
    except Damaged:
        return None


def _no_pair(file: Path) -> str:
    return (
        f"{file} holds no token pair: delete it, authorise the app again "
        "and renew the shop's credentials"
    )


def _no_place(file: Path, fault: str) -> str:
    return (
        f"cannot keep tokens in {file}: {fault}; nothing was traded: mend the disk, or "
        "let SHOPIFY_ASSETS_HOME name a folder on another"
    )
