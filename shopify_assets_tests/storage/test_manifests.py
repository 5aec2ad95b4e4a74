"""The small JSON files: their form is checked, and people can read them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shopify_assets.errors import ConfigurationError, DataError
from shopify_assets.storage.manifests import Receipt, decode, encode


def test_a_file_is_indented_and_read_back() -> None:
    receipt = Receipt(loaded_at=datetime(2026, 7, 14, 12, tzinfo=UTC), rows=3)

    data = encode(receipt)

    assert data == (
        b'{\n  "loaded_at": "2026-07-14T12:00:00Z",\n  "rows": 3,\n  "version": 1\n}\n'
    )
    assert decode(data, Receipt, location="lake/loaded.json") == receipt


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"<html>", DataError, "lake/loaded.json is not a Receipt: JSON is malformed"),
        (b'{"version":1}', DataError, "missing required field `loaded_at`"),
        (b'{"version":9}', ConfigurationError, "of version 9, .* up to 1; upgrade"),
    ],
)
def test_a_file_of_another_form_is_named(
    data: bytes, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        decode(data, Receipt, location="lake/loaded.json")
