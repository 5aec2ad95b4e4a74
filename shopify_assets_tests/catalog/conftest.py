"""The pinned schema, as all tests of the compiler use it."""

from __future__ import annotations

import pytest

from shopify_assets.catalog.schema import Schema, load_schema


@pytest.fixture(scope="session")
def schema() -> Schema:
    return load_schema()
