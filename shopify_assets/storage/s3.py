"""The lake in an S3 bucket, or one of a server that speaks S3.

Charter: all that knows of boto3 and of S3's errors. S3 shows an object only when all
of it has arrived, so no rename is needed; reading goes by ranges, each asked for again
when its connection breaks, so that a slow reader of a large file never loses it.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
)

from shopify_assets.errors import (
    ConfigurationError,
    DataError,
    ShopifyAssetsError,
    Unavailable,
)
from shopify_assets.foreign import told_as
from shopify_assets.redaction import shown
from shopify_assets.storage.scratch import lent

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

_RANGE = 8 * 2**20
_TRIES = 5
_MISSING = {"404", "NoSuchKey"}
_CHANGED = 412
_PASSING = {429, 500, 502, 503, 504}


def connect() -> Any:
    """Return a client of S3, by the credentials and the region of the environment."""
    config = Config(retries={"mode": "standard", "max_attempts": _TRIES})
    return boto3.client("s3", config=config)


class S3Store:
    """A store in bucket `bucket`, below `prefix`; `client` is boto3's."""

    def __init__(self, client: Any, bucket: str, *, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @classmethod
    def reach(cls, client: Any, bucket: str, *, prefix: str = "") -> S3Store:
        """Return the store after asking whether the bucket can be reached.

        Raises:
            ConfigurationError: it cannot; the message says why.
        """
        store = cls(client, bucket, prefix=prefix)
        with told_as(partial(_unreached, store.location("")), *_FAULTS):
            client.head_bucket(Bucket=bucket)
        return store

    def read(self, key: str) -> bytes | None:
        """Return the bytes of `key`, or None if there is no such key."""
        return self._get(key)

    def write(self, key: str, data: bytes) -> None:
        """Write `data` as `key`: all of it, or nothing is seen."""
        with self._errors_mapped(key):
            self._client.put_object(Body=data, **self._object(key))

    def upload(self, key: str, file: Path) -> None:
        """Send local `file`, in several pieces if it is large, and delete it."""
        with self._errors_mapped(key):
            self._client.upload_file(str(file), self._bucket, self._prefix + key)
        file.unlink()

    def open(self, key: str) -> BinaryIO:
        """Open `key` for reading as a stream.

        Raises:
            DataError: there is no such key.
        """
        head = self._head(key)
        if head is None:
            message = f"{self.location(key)} does not exist; it was deleted or moved"
            raise DataError(message)

        # IfMatch: ranges of two versions of a key never make one stream.
        def fetch(first: int, last: int) -> bytes:
            asked = {"Range": f"bytes={first}-{last}", "IfMatch": head["ETag"]}
            return self._get(key, **asked) or b""

        ranges = _Ranges(fetch, size=head["ContentLength"])
        return cast("BinaryIO", io.BufferedReader(ranges))

    def keys(self, prefix: str) -> list[str]:
        """Return all keys which begin with `prefix`, sorted."""
        pages = self._client.get_paginator("list_objects_v2")
        asked = {"Bucket": self._bucket, "Prefix": self._prefix + prefix}
        with self._errors_mapped(prefix):
            return sorted(
                each["Key"].removeprefix(self._prefix)
                for page in pages.paginate(**asked)
                for each in page.get("Contents", ())
            )

    def size(self, key: str) -> int | None:
        """Return the number of bytes of `key`, or None if there is no such key."""
        head = self._head(key)
        return None if head is None else int(head["ContentLength"])

    def exists(self, key: str) -> bool:
        """Whether there is such a key."""
        return self._head(key) is not None

    def delete(self, key: str) -> None:
        """Delete `key`; one that is not there is deleted already."""
        with self._errors_mapped(key):
            self._client.delete_object(**self._object(key))

    def location(self, key: str) -> str:
        """Return the s3:// URL of `key`."""
        return f"s3://{self._bucket}/{self._prefix}{key}"

    @contextmanager
    def local_temp(self) -> Iterator[Path]:
        """Lend a folder of this machine; it is gone afterwards."""
        with lent(Path(tempfile.gettempdir()), prefix="shopify-assets-") as folder:
            yield folder

    def _object(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + key}

    def _head(self, key: str) -> dict[str, Any] | None:
        with self._errors_mapped(key):
            try:
                head = self._client.head_object(**self._object(key))
            except ClientError as error:
                if _code(error) in _MISSING:
                    return None
                raise
        return cast("dict[str, Any]", head)

    def _get(self, key: str, **conditions: str) -> bytes | None:
        """Fetch an object, or a range of it, whole; again if the connection breaks.

        boto3 itself repeats what fails before the first byte of an answer, not after.
        """
        with self._errors_mapped(key):
            for _ in range(_TRIES - 1):
                try:
                    return self._get_once(key, **conditions)
                except (HTTPClientError, IncompleteReadError):
                    continue
            return self._get_once(key, **conditions)

    def _get_once(self, key: str, **conditions: str) -> bytes | None:
        try:
            answer = self._client.get_object(**self._object(key), **conditions)
        except ClientError as error:
            if _code(error) in _MISSING:
                return None
            raise
        return cast("bytes", answer["Body"].read())

    def _errors_mapped(self, key: str) -> AbstractContextManager[None]:
        return told_as(partial(_mapped, self.location(key)), *_FAULTS)


class _Ranges(io.RawIOBase):
    """An object as a stream: one range in memory, the next one fetched when needed."""

    def __init__(self, fetch: Callable[[int, int], bytes], *, size: int) -> None:
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._position = 0
        self._range = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._range and self._position < self._size:
            last = min(self._position + _RANGE, self._size) - 1
            self._range = memoryview(self._fetch(self._position, last))
        target = memoryview(buffer).cast("B")
        count = min(len(target), len(self._range))
        target[:count] = self._range[:count]
        self._range = self._range[count:]
        self._position += count
        return count


# Their texts and what hangs on them may hold a request with its keys and signature.
_FAULTS = (ClientError, S3UploadFailedError, BotoCoreError, HTTPClientError)


def _unreached(location: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"the lake {location} cannot be reached: {shown(str(error))}. Check the "
        "bucket's name, AWS_REGION, the credentials and their permissions "
        "(s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject)"
    )


def _mapped(location: str, error: Exception) -> ShopifyAssetsError:
    told = shown(str(error))
    cause = error.__context__ if isinstance(error, S3UploadFailedError) else error
    if isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status == _CHANGED:
            return DataError(f"{location} was replaced while it was read: {told}")
        if status not in _PASSING:
            message = f"{location} is refused: {told}. Check permissions of the bucket"
            return ConfigurationError(message)
    elif isinstance(cause, NoCredentialsError):
        return ConfigurationError(f"{location} cannot be reached: {told}")
    return Unavailable(f"{location} cannot be reached just now: {told}")


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
