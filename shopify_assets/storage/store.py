"""The store: what the lake is to everyone else.

Charter: the interface of a store, and which one a lake's URL means. The two stores
themselves are in `folder` and `s3`; no other module knows which one it talks to.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from shopify_assets.errors import ConfigurationError
from shopify_assets.private import make_folder
from shopify_assets.storage.folder import FolderStore

_S3_URL = re.compile(r"s3://(?P<bucket>[^/]+)/?(?P<prefix>.*)")


class Store(Protocol):
    """Bytes by key. A key's bytes are seen whole or not at all, and survive a crash."""

    def read(self, key: str) -> bytes | None:
        """Return the bytes of `key`, or None if there is no such key."""

    def write(self, key: str, data: bytes) -> None:
        """Write `data` as `key`, in place of what was there."""

    def upload(self, key: str, file: Path) -> None:
        """Make `key` of local `file`, which may be moved: it is gone afterwards."""

    def open(self, key: str) -> BinaryIO:
        """Open `key` as a stream; DataError if there is no such key."""

    def keys(self, prefix: str) -> list[str]:
        """Return all keys which begin with `prefix`, sorted."""

    def size(self, key: str) -> int | None:
        """Return the number of bytes of `key`, or None if there is no such key."""

    def exists(self, key: str) -> bool:
        """Whether there is such a key."""

    def delete(self, key: str) -> None:
        """Delete `key`; one that is not there is deleted already."""

    def location(self, key: str) -> str:
        """Return where a person finds `key`: a path or an s3:// URL."""

    def local_temp(self) -> AbstractContextManager[Path]:
        """Lend a local folder to make files for `upload` in; it is gone afterwards."""


def is_bucket(lake_url: str) -> bool:
    """Whether `lake_url` names a bucket of S3."""
    return _S3_URL.fullmatch(lake_url) is not None


def open_store(lake_url: str, *, s3_client: Any = None) -> Store:
    """Return the store `lake_url` names: a folder's path or `s3://bucket/prefix`.

    Args:
        lake_url: the setting LAKE_URL.
        s3_client: a boto3 client to use instead of one made from the environment.

    Raises:
        ConfigurationError: it names neither, the folder cannot be made, or the bucket
            cannot be reached.
    """
    found = _S3_URL.fullmatch(lake_url)
    if found is not None:
        return _open_bucket(found["bucket"], found["prefix"], client=s3_client)
    if not lake_url or "://" in lake_url:
        message = (
            f"LAKE_URL {lake_url!r} is not understood; give a folder's path or "
            "s3://bucket/prefix"
        )
        raise ConfigurationError(message)
    return _open_folder(Path(lake_url))


def _open_bucket(bucket: str, prefix: str, *, client: Any) -> Store:
    from shopify_assets.storage.s3 import (  # noqa: PLC0415 -- boto3, for buckets alone
        S3Store,
        connect,
    )

    client = connect() if client is None else client
    return S3Store.reach(client, bucket, prefix=prefix)


def _open_folder(root: Path) -> FolderStore:
    try:
        make_folder(root)
    except OSError as error:
        message = f"LAKE_URL {str(root)!r} cannot be a folder: {error.strerror}"
        raise ConfigurationError(message) from error
    return FolderStore(root)
