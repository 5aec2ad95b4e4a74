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
@click.option(
    "--repair",
    is_flag=True,
    help="Set stored times back that are yet to come; else only say what it would do.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def doctor(*, repair: bool, as_json: bool) -> None:
    """Check settings, streams, disks, lake, warehouse and every shop's access.

    Nothing is changed but with `--repair`: where a wrong clock has stored times that
    are yet to come, watermarks go back to what was read before, and rows yield to what
    is extracted next.
    """
    from shopify_assets.cli import times  # noqa: PLC0415 -- compiles the streams
    from shopify_assets.cli.look import diagnoses  # noqa: PLC0415 -- looks at everything

    settings = load_settings()
    for done in times.repair(settings) if repair else ():
        output.say(f"set back: {done}")
    found = list(diagnoses(settings))
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
