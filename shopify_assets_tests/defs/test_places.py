"""Where lake and warehouse are, as everyone may see it in the UI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets.defs.build import places
from shopify_assets.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("", "postgresql://embedded/postgres"),
        ("postgresql://me:sesame@db.example/data", "postgresql://db.example:5432/data"),
        ("host=db port=6 dbname=it password=sesame", "postgresql://db:6/it"),
        ("postgresql://me:ses%zzame@db.example/data", "postgresql://unknown"),
        ("sesame", "postgresql://unknown"),
    ],
)
def test_the_warehouse_is_shown_without_who_may_enter(
    tmp_path: Path, url: str, shown: str
) -> None:
    settings = load_settings({"WAREHOUSE_URL": url}, folder=tmp_path)
    assert places(settings).warehouse == shown


@pytest.mark.parametrize("url", ["s3://lake/prefix", ""])
def test_the_lake_is_shown_as_it_is_or_as_a_folders_uri(
    tmp_path: Path, url: str
) -> None:
    settings = load_settings({"LAKE_URL": url}, folder=tmp_path)
    folder = (tmp_path / ".shopify_assets/lake").as_uri()
    assert places(settings).lake == (url or folder)
