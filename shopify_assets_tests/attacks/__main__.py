"""`python -m shopify_assets_tests.attacks`: each attack on a whole command, as a table.

Charter: a database for each attack, and the table. Exit code 1 if one of them did not
hold.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from shopify_assets.postgres.embedded import server
from shopify_assets.printable import printable
from shopify_assets_tests.attacks.attacks import ATTACKS
from shopify_assets_tests.attacks.trial import Trial, attacked

_SHOWN = 500  # characters of what a command says, of those asked for


@click.command()
@click.argument("names", nargs=-1)
@click.option("--words", is_flag=True, help="Show what each command said last.")
def main(names: tuple[str, ...], *, words: bool) -> None:
    """Run the attacks with these NAMES, or all."""
    table = Table("attack", "exit", "s", "MiB", "rows", "of", "did not hold by")
    failed = False
    with tempfile.TemporaryDirectory(prefix="attacks-") as scratch:
        home = Path(scratch) / "server"
        url = server.start(home, settings={"fsync": "off"})
        try:
            for number, name in enumerate(names or ATTACKS):
                folder = Path(scratch) / str(number)
                folder.mkdir()
                trial = attacked(
                    ATTACKS[name],
                    folder=folder,
                    home=home,
                    warehouse=database(home, url, f"attack_{number}"),
                )
                failed |= bool(trial.faults)
                table.add_row(name, *_cells(trial))
                click.echo(f"{name}: {'; '.join(trial.faults) or 'held'}", err=True)
                if words:
                    click.echo(printable(trial.said[-_SHOWN:], lines=True), err=True)
        finally:
            server.stop(home)
    Console(width=140).print(table)
    raise SystemExit(failed)


def database(home: Path, url: str, name: str) -> str:
    """Make a database on the server of a state folder; return its URL."""
    server.make_database(home, name)
    return url.rpartition("/")[0] + f"/{name}"


def _cells(trial: Trial) -> tuple[str, ...]:
    return (
        "ended" if trial.code is None else str(trial.code),
        f"{trial.seconds:.1f}",
        str(trial.peak_mib),
        f"{trial.loaded:,}",
        f"{trial.promised:,}",
        "; ".join(trial.faults),
    )


if __name__ == "__main__":
    main()
