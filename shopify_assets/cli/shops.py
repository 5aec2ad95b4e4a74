"""`shops add | list | check`: the registry of shops.

Charter: editing and showing the shops file.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from shopify_assets.cli import output, runs
from shopify_assets.cli.names import shops_option
from shopify_assets.errors import ConfigurationError, ShopifyAssetsError
from shopify_assets.settings import load_settings
from shopify_assets.shops_file import read_shops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_json = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.group()
def shops() -> None:
    """The shops that are extracted."""


@shops.command("list")
@_json
def list_(*, as_json: bool) -> None:
    """List the shops of the shops file."""
    file = load_settings().shops_file
    found = read_shops(file)
    if as_json:
        output.dump([asdict(shop) for shop in found.shops])
    else:
        rows = [
            (each.domain, type(each.authentication).__name__, str(each.start_date))
            for each in found.shops
        ]
        output.table(("shop", "authentication", "history since"), rows)
    for fault in found.faults:
        output.say(f"left out: {fault.message}")
    if found.faults:
        raise ShopifyAssetsError(f"{len(found.faults)} entries of {file} are no shops")


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
    """Write the entry only if it is right; what is wrong with others is theirs."""
    before = file.read_text("utf-8") if file.exists() else ""
    known = {fault.message for fault in read_shops(file).faults}
    lines = [f"{key} = {_quoted(value)}" for key, value in entry.items()]
    text = "\n".join([*([before.rstrip(), ""] if before else []), "[[shops]]", *lines])
    trial = file.with_name(f"{file.name}.new")
    trial.write_text(f"{text}\n", "utf-8")
    if file.exists():
        # Whoever could read it, as a daemon of another user, still can.
        trial.chmod(file.stat().st_mode)
    try:
        for fault in read_shops(trial).faults:
            message = fault.message.replace(str(trial), str(file))
            if message not in known:
                raise ConfigurationError(message)
        trial.replace(file)
    finally:
        trial.unlink(missing_ok=True)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@shops.command()
@shops_option
def check(domains: Sequence[str]) -> None:
    """Connect to each shop, and compare its scopes with what its streams need."""
    from shopify_assets.cli import look  # noqa: PLC0415 -- all that talks to shops

    settings = load_settings()
    picked = runs.chosen(settings, domains)
    failed = len(picked.faults)
    for fault in picked.faults:
        output.answer(f"FAIL {fault}")
    for seen in look.accesses(picked.shops, settings):
        failed += not seen.well
        name = seen.thing.removeprefix("shop ")
        output.answer(f"{'ok  ' if seen.well else 'FAIL'} {name}: {seen.seen}")
    if failed:
        raise ShopifyAssetsError(f"{failed} shops cannot be read; see above")
