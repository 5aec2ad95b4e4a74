"""The command line: `shopify-assets`.

Charter: the names of the commands, and how a command ends. Commands work through the
same Dagster definitions as the UI. A command's module is imported when it is called,
and what costs seconds (Dagster) by what needs it: so that signals are heard from the
first moment on, and a help text takes no longer than to read it.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import click

from shopify_assets.cli import ending
from shopify_assets.errors import ConfigurationError, ShopifyAssetsError
from shopify_assets.leaving import leave
from shopify_assets.private import closed_umask
from shopify_assets.redaction import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

# Exit codes: the operator's to mend, everything else.
_MISTAKE, _FAILURE = 2, 1


class _Place(NamedTuple):
    """Where a command is, and its help in brief: the first sentence of its own."""

    module: str  # its function has the command's name
    brief: str


_COMMANDS: Mapping[str, _Place] = MappingProxyType(
    {
        "backfill": _Place(
            "runs", "Load a shop's history, from a date to a date (both included)."
        ),
        "dagster": _Place(
            "upkeep",
            "Dagster's own storage: what it can forget, what earlier versions left.",
        ),
        "demo": _Place(
            "demo",
            "Backfill three simulated shops into PostgreSQL, and check what was "
            "loaded.",
        ),
        "dev": _Place(
            "demo",
            "Open Dagster's UI, on your shops or, without a shops file, simulated "
            "ones.",
        ),
        "doctor": _Place(
            "doctor",
            "Check settings, streams, disks, lake, warehouse and every shop's access.",
        ),
        "schema": _Place(
            "schema", "Shopify's API versions, and how the streams fare in them."
        ),
        "set-aside": _Place(
            "set_aside",
            "Records and windows that cannot be read, while all else is loaded.",
        ),
        "shops": _Place("shops", "The shops that are extracted."),
        "simulate": _Place("demo", "Serve simulated shops until interrupted."),
        "stop": _Place(
            "stop",
            "Stop the embedded PostgreSQL of the state folder, and that of the demo"
            " in it.",
        ),
        "streams": _Place(
            "listing",
            "List the streams: what they read, their tables and the scopes they need.",
        ),
        "sync": _Place(
            "runs",
            "Load what changed since each stream's watermark, and snapshots in turn.",
        ),
        "verify": _Place(
            "verify",
            "Prove that every row of a shop is in the warehouse; name what is missing.",
        ),
        "views": _Place(
            "views",
            "Make views with metafields as columns, from what the warehouse holds.",
        ),
        "webserver": _Place(
            "webserver",
            "Serve Dagster's UI as dagster-webserver does, but not to other sites'"
            " pages.",
        ),
    }
)


class _Commands(click.Group):
    """Finds a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's
        """The names of all commands."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's
        """The command of that name; None if there is none."""
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"{__name__}.{_COMMANDS[cmd_name].module}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 -- click's
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands without importing them."""
        rows = [(name, place.brief) for name, place in sorted(_COMMANDS.items())]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shopify_assets")
def cli() -> None:
    """Shopify's data in your warehouse, as Dagster assets."""


def main() -> None:
    """Run a command; errors raised on purpose become a message and an exit code."""
    try:
        # Also for what Dagster and Polars write, and for the processes we start.
        with closed_umask(), ending.heard():
            cli()
    except ending.EndedBySignal as ended:
        click.echo(f"ended by {ended.name}; what is finished is kept", err=True)
        leave(ending.SIGNALED + ended.number)
    except ConfigurationError as error:
        _tell(error)
        sys.exit(_MISTAKE)
    except ShopifyAssetsError as error:
        _tell(error)
        sys.exit(_FAILURE)
    except Exception:  # noqa: BLE001 -- Python's own trace would show what it quotes
        click.echo(shown(traceback.format_exc(), lines=True), err=True)
        sys.exit(_FAILURE)


def _tell(error: ShopifyAssetsError) -> None:
    click.echo(shown(f"error: {error}", lines=True), err=True)
