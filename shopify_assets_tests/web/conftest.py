"""The same small Dagster twice: with the guard around its pages, and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets_tests.web.stand import GUARDED, RAW, Stand, standing

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("guarded"), GUARDED) as stand:
        yield stand


@pytest.fixture(scope="package")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """As Dagster serves its pages by itself."""
    with standing(tmp_path_factory.mktemp("raw"), RAW) as stand:
        yield stand
