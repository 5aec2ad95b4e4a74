"""Each declared stream, compiled once for all its tests."""

from __future__ import annotations

import pytest

from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.schema import Schema, load_schema
from shopify_assets.catalog.stream import Stream
from shopify_assets.streams import STREAMS


@pytest.fixture(scope="session")
def schema() -> Schema:
    return load_schema()


@pytest.fixture(scope="session", params=STREAMS, ids=lambda stream: stream.name)
def stream(request: pytest.FixtureRequest) -> Stream:
    declared: Stream = request.param
    return declared


@pytest.fixture(scope="session")
def compiled(schema: Schema, stream: Stream) -> CompiledStream:
    return compile_stream(schema, stream)
