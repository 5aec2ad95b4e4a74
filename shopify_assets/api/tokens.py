"""Renewed tokens on disk, shared by all threads and processes of one state folder.

Charter: keeping one shop's current token pair so that a crash cannot lose it, and
letting one renewer at a time through. Where a pair comes from, `grants.py` knows.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from shopify_assets import leaving
from shopify_assets.errors import ConfigurationError
from shopify_assets.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class TokenPair:
    """A token and what is needed to replace it.

    Attributes:
        access_token: the token.
        expires_at: when it ends, in seconds of the wall clock.
        refresh_token: what buys the next pair, once; None when credentials do.
        scope: the access scopes it carries, as Shopify tells them.
    """

    access_token: Secret
    expires_at: float
    refresh_token: Secret | None
    scope: str


class _Stored(msgspec.Struct):
    access_token: str
    expires_at: float
    refresh_token: str | None
    scope: str


class TokenStore:
    """One shop's pair in one file, readable by its owner alone."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> TokenPair | None:
        """Return the stored pair; None when none was stored yet.

        Raises:
            ConfigurationError: the file cannot be read; the message tells the remedy.
        """
        if not self._file.exists():
            return None
        try:
            stored = msgspec.json.decode(self._file.read_bytes(), type=_Stored)
        except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
            message = (
                f"{self._file} holds no token pair: delete it, authorise the app again "
                "and renew the shop's credentials"
            )
            raise ConfigurationError(message) from error
        refresh = stored.refresh_token
        return TokenPair(
            access_token=Secret(stored.access_token),
            expires_at=stored.expires_at,
            refresh_token=None if refresh is None else Secret(refresh),
            scope=stored.scope,
        )

    def write(self, pair: TokenPair) -> None:
        """Store the pair so that it outlives a crash of process or machine.

        Raises:
            ConfigurationError: the folder cannot be written.
        """
        refresh = pair.refresh_token
        stored = _Stored(
            access_token=pair.access_token.reveal(),
            expires_at=pair.expires_at,
            refresh_token=None if refresh is None else refresh.reveal(),
            scope=pair.scope,
        )
        with self._told_as_configuration():
            self._replace(msgspec.json.encode(stored))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one renewer at a time in, of all threads and processes."""
        with self._told_as_configuration():
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(
                self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600
            )
        try:
            # Of a descriptor of our own, so that threads exclude each other as well.
            fcntl.flock(lock, fcntl.LOCK_EX)
            # A refresh token that was traded and not stored is lost.
            with leaving.uncut():
                yield
        finally:
            os.close(lock)

    def _replace(self, content: bytes) -> None:
        fresh = self._file.with_suffix(".new")
        with suppress(FileNotFoundError):
            # Left by a crash before its renaming; its mode might not be ours.
            fresh.unlink()
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        ) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)
        _sync_folder(self._file.parent)

    @contextmanager
    def _told_as_configuration(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = f"cannot keep tokens in {self._file}: {error.strerror}"
            raise ConfigurationError(message) from error


def _sync_folder(folder: Path) -> None:
    """Make a renaming in `folder` outlive a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
