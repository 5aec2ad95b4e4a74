"""`shops add | list | check`: the registry of shops.

Charter: editing and showing the shops file.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from shopify_assets.cli import look, output, runs
from shopify_assets.errors import ConfigurationError, ShopifyAssetsError
from shopify_assets.settings import load_settings, load_shops

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_json = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.group()
def shops() -> None:
    """The shops that are extracted."""


@shops.command("list")
@_json
def list_(*, as_json: bool) -> None:
    """List the shops of the shops file."""
    found = load_shops(load_settings().shops_file)
    if as_json:
        output.dump([asdict(shop) for shop in found])
        return
    for shop in found:
        kind = type(shop.authentication).__name__
        output.answer(f"{shop.domain}  {kind}  since {shop.start_date}")


@shops.command()
@click.argument("domain")
@click.option("--access-token-env", help="Variable that holds a stored token.")
@click.option("--client-id-env", help="Variable that holds the app's client id.")
@click.option("--client-secret-env", help="Variable that holds the app's secret.")
@click.option("--refresh-token-env", help="Variable that holds a refresh token.")
@click.option("--start-date", help="Where its history begins, such as 2024-01-31.")
@click.option("--base-url", help="Where its Admin API answers, if not at its domain.")
def add(domain: str, **given: str | None) -> None:
    """Add a shop; options name environment variables, never secrets."""
    file = load_settings().shops_file
    entry = {"domain": domain, **{key: each for key, each in given.items() if each}}
    _append(file, entry)
    output.answer(f"{domain} added to {file}; try it: shopify-assets shops check")


def _append(file: Path, entry: Mapping[str, str]) -> None:
    """Write the entry only if the file is right with it."""
    before = file.read_text("utf-8") if file.exists() else ""
    lines = [f"{key} = {_quoted(value)}" for key, value in entry.items()]
    text = "\n".join([*([before.rstrip(), ""] if before else []), "[[shops]]", *lines])
    trial = file.with_name(f"{file.name}.new")
    trial.write_text(f"{text}\n", "utf-8")
    try:
        load_shops(trial)
    except ConfigurationError as error:
        trial.unlink()
        message = str(error).replace(str(trial), str(file))
        raise ConfigurationError(message) from None
    trial.replace(file)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@shops.command()
@click.option("--shop", "domain", help="One shop; all if none.")
def check(domain: str | None) -> None:
    """Connect to each shop, and compare its scopes with what its streams need."""
    settings = load_settings()
    failed = 0
    for shop in runs.chosen(settings, [domain] if domain else []):
        try:
            output.answer(f"ok   {shop.domain}: {look.access(shop, settings)}")
        except ShopifyAssetsError as error:
            failed += 1
            output.answer(f"FAIL {shop.domain}: {error}")
    if failed:
        raise ShopifyAssetsError(f"{failed} shops cannot be read; see above")
