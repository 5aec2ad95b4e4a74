"""The page of commands: their own help texts.

Charter: the command line's help, told as a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from shopify_assets.cli import cli
from shopify_assets.reference.markdown import block, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "shopify-assets"
_WIDTH = 84


def commands() -> str:
    """Render the page."""
    sections = (
        f"## {each.command_path}\n\n{block(each.command.get_help(each))}"
        for each in contexts(_context(cli, PROGRAM))
    )
    return joined(("# Commands", *sections))


def contexts(context: click.Context) -> Iterator[click.Context]:
    """Walk a command and all below it, as they would be called."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            found = context.command.get_command(context, name)
            if found is not None:
                yield from contexts(_context(found, name, parent=context))


def _context(
    command: click.Command, name: str, *, parent: click.Context | None = None
) -> click.Context:
    return click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        # Settings of the real group, so that the page names its help options.
        **command.context_settings,
    )
