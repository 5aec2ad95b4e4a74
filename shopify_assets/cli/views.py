"""`views`: metafields as columns.

Charter: the command that makes the views anew, and lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from shopify_assets.catalog.fitting import readable
from shopify_assets.cli import output
from shopify_assets.settings import load_settings
from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from shopify_assets.postgres.form.views import View


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def views(*, as_json: bool) -> None:
    """Make views with metafields as columns, from what the warehouse holds."""
    from shopify_assets.postgres.connect import (  # noqa: PLC0415 -- for help, too slow
        connect,
        warehouse_url,
    )
    from shopify_assets.postgres.form.views import rebuild  # noqa: PLC0415 -- the same

    settings = load_settings()
    streams = readable(STREAMS, settings.api_version)
    tables = [table for stream in streams for table in stream.tables]
    with connect(warehouse_url(settings)) as connection:
        found = rebuild(connection, tables)
    if as_json:
        output.dump([_described(each) for each in found])
        return
    for each in found:
        _tell(each)
    if not found:
        output.say("no table holds metafields yet; load a stream that has them first")


def _tell(view: View) -> None:
    count = f", {len(view.made.columns)} columns" if view.made else ""
    output.answer(f"shopify.{view.name}: {view.state.value}{count}")
    for column in view.retyped:
        now = f"{column.before} → {column.now}" if column.now else "now gone"
        output.answer(f"    {column.column}: {now}")
    if view.left_out:
        output.answer(f"    {view.left_out} rarer metafields are left out: too many")


def _described(view: View) -> dict[str, Any]:
    made = view.made
    return {
        "view": view.name,
        "table": made.table.name if made else None,
        "state": view.state.value,
        "left_out": view.left_out,
        "retyped": {
            column.column: {"before": column.before, "now": column.now}
            for column in view.retyped
        },
        "columns": {
            each.name: {
                "namespace": each.metafield.namespace,
                "key": each.metafield.key,
                "metafield_types": list(each.metafield.types),
                "part": each.part.name if each.part else None,
                "type": each.type,
            }
            for each in (made.columns if made else ())
        },
    }
