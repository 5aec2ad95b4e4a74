"""The command line: `shopify-assets`.

Charter: commands and their options; each works through the same Dagster definitions as
the UI. Modules that cost seconds to import (Dagster) are imported by the commands that
need them, not here.
"""

from __future__ import annotations

import sys

import click

from shopify_assets.cli import (
    demo,
    listing,
    look,
    output,
    runs,
    schema,
    set_aside,
    shops,
    verify,
    views,
)
from shopify_assets.errors import ConfigurationError, ShopifyAssetsError

# Exit codes: the operator's to mend, everything else.
_MISTAKE, _FAILURE = 2, 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shopify_assets")
def cli() -> None:
    """Shopify's data in your warehouse, as Dagster assets."""


for command in (
    demo.demo,
    demo.dev,
    demo.simulate,
    listing.streams,
    look.doctor,
    runs.backfill,
    runs.sync,
    schema.schema,
    set_aside.set_aside,
    shops.shops,
    verify.verify,
    views.views,
):
    cli.add_command(command)


def main() -> None:
    """Run a command; errors raised on purpose become a message and an exit code."""
    try:
        cli()
    except ConfigurationError as error:
        output.say(f"error: {error}")
        sys.exit(_MISTAKE)
    except ShopifyAssetsError as error:
        output.say(f"error: {error}")
        sys.exit(_FAILURE)
