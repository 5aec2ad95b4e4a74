"""A working directory with settings of its own, and a way to call commands in it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shopify_assets.cli import main
from shopify_assets.simulator.http.server import Simulator
from shopify_assets_tests.stage import EMBER, LUMEN, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SETTINGS = (
    *("WAREHOUSE_URL", "LAKE_URL", "SHOPS_FILE", "SHOPIFY_API_VERSION"),
    *("DAGSTER_HOME", "SHOPIFY_ASSETS_HOME"),
    "SHOPIFY_ASSETS_MAX_SET_ASIDE",
    "SHOPIFY_ASSETS_SNAPSHOT_HOURS",
)
TOKEN = "shpat_simulated"


@dataclass(frozen=True)
class Called:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.out)


Call = "Callable[..., Called]"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Path:
    """An empty working directory, with the tests' warehouse."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREHOUSE_URL", database_url)
    monkeypatch.setenv("TOKEN", TOKEN)
    return tmp_path


@pytest.fixture
def call(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Called]:
    """Calls a command in this process."""
    del place

    def run(*arguments: str) -> Called:
        monkeypatch.setattr(sys, "argv", ["shopify-assets", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        written = capsys.readouterr()
        return Called(int(ended.value.code or 0), written.out, written.err)

    return run


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Two small shops."""
    shops = (shop(EMBER, orders=10), shop(LUMEN, orders=10))
    with Simulator(shops) as running:
        yield running


def entry(simulator: Simulator, domain: str, *further: str) -> str:
    """The shop's entry in a shops file."""
    lines = (
        "[[shops]]",
        f'domain = "{domain}"',
        f'base_url = "{simulator.base_url(domain)}"',
        'access_token_env = "TOKEN"',
        *further,
    )
    return "\n".join(lines) + "\n"
