"""A secret that cannot be sent is refused by its name, and not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets.credentials import unsendable
from shopify_assets.errors import ConfigurationError
from shopify_assets.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "shpat_0123456789abcdef"


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("shpat_0123\r\nX-Evil: 1", "holds a line break"),
        ("shpat_0123\n456", "holds a line break"),
        (f"\n{GOOD}", "holds a line break"),
        (f"{GOOD}\n\n", "holds a line break"),
        ("shpat_\x00", "holds a control character"),
        ("shpat\t0123", "holds a control character"),
        ("shpat_\x7f", "holds a control character"),
        ("shpat_é", "holds a character that is not ASCII"),
        ("shpat_\u202e0123", "holds a character that is not ASCII"),
        ("shpat_\udc80", "holds a character that is not ASCII"),
        (f"\ufeff{GOOD}", "holds a character that is not ASCII"),
        (f"{GOOD} ", "holds a space"),
        ("Bearer 0123", "holds a space"),
        (f'"{GOOD}"', "stands in quotes"),
    ],
)
def test_what_no_header_can_carry_is_refused_by_its_variable(
    tmp_path: Path, value: str, fault: str
) -> None:
    settings = load_settings({"MY_TOKEN": value}, folder=tmp_path)
    with pytest.raises(ConfigurationError) as refused:
        settings.secret("MY_TOKEN")
    told = str(refused.value)
    assert told.startswith(f"environment variable MY_TOKEN {fault}")
    assert "alone, on one line" in told
    assert "0123" not in told


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
def test_the_line_break_of_a_file_is_no_part_of_the_secret(
    tmp_path: Path, end: str
) -> None:
    """Kubernetes, Docker and editors put one there."""
    settings = load_settings({"MY_TOKEN": GOOD + end}, folder=tmp_path)
    assert settings.secret("MY_TOKEN").reveal() == GOOD


def test_all_that_shopify_gives_out_can_be_sent() -> None:
    assert unsendable(GOOD) is None
    assert unsendable("prtapi_6b1f-._~+/=") is None


@pytest.mark.parametrize("name", ["WAREHOUSE_URL", "SHOPIFY_ASSETS_ALERT_URL"])
def test_a_url_with_a_line_break_within_is_refused_by_its_name(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} holds a line break") as no:
        load_settings({name: "https://host/sesame\r\nHost: evil"}, folder=tmp_path)
    assert "sesame" not in str(no.value)


def test_the_line_break_at_the_end_of_a_url_is_no_part_of_it(tmp_path: Path) -> None:
    url = "postgresql://me:sesame@host/data"
    found = load_settings({"WAREHOUSE_URL": f"{url}\n"}, folder=tmp_path)
    assert found.warehouse_url is not None
    assert found.warehouse_url.reveal() == url
