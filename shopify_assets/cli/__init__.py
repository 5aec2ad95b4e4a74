"""The command line: `shopify-assets`.

Charter: the names of the commands, and how a command ends. Commands work through the
same Dagster definitions as the UI. A command's module is imported when it is called,
and what costs seconds (Dagster) by what needs it: so that signals are heard from the
first moment on.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from shopify_assets.cli import ending
from shopify_assets.errors import ConfigurationError, ShopifyAssetsError
from shopify_assets.leaving import leave

if TYPE_CHECKING:
    from collections.abc import Mapping

# Exit codes: the operator's to mend, everything else.
_MISTAKE, _FAILURE = 2, 1

# The module of each command; its function has the command's name.
_MODULES: Mapping[str, str] = MappingProxyType(
    {
        "backfill": "runs",
        "dagster": "upkeep",
        "demo": "demo",
        "dev": "demo",
        "doctor": "look",
        "schema": "schema",
        "set-aside": "set_aside",
        "shops": "shops",
        "simulate": "demo",
        "stop": "stop",
        "streams": "listing",
        "sync": "runs",
        "verify": "verify",
        "views": "views",
    }
)


class _Commands(click.Group):
    """Finds a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's
        """The names of all commands."""
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's
        """The command of that name; None if there is none."""
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"{__name__}.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shopify_assets")
def cli() -> None:
    """Shopify's data in your warehouse, as Dagster assets."""


def main() -> None:
    """Run a command; errors raised on purpose become a message and an exit code."""
    try:
        with ending.heard():
            cli()
    except ending.EndedBySignal as ended:
        click.echo(f"ended by {ended.name}; what is finished is kept", err=True)
        leave(ending.SIGNALED + ended.number)
    except ConfigurationError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(_MISTAKE)
    except ShopifyAssetsError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(_FAILURE)
