"""`doctor`: whether all is well.

Charter: the command, and how its findings are told; `look` looks.
"""

from __future__ import annotations

from dataclasses import asdict

import click

from shopify_assets.cli import output
from shopify_assets.errors import ShopifyAssetsError
from shopify_assets.settings import load_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def doctor(*, as_json: bool) -> None:
    """Check settings, streams, disks, lake, warehouse and every shop's access."""
    from shopify_assets.cli.look import diagnoses  # noqa: PLC0415 -- looks at everything

    found = list(diagnoses(load_settings()))
    if as_json:
        output.dump([asdict(each) for each in found])
    else:
        for each in found:
            output.answer(
                f"{'ok  ' if each.well else 'FAIL'} {each.thing}: {each.seen}"
            )
    if not all(each.well for each in found):
        ill = sum(not each.well for each in found)
        raise ShopifyAssetsError(f"{ill} of {len(found)} checks failed; see above")
