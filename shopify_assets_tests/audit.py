"""`make audit`: known vulnerabilities among the packages of the lock files.

Charter: asks pip-audit about each lock file and says what came of it in one line each.
Where no source of advisories can be reached (a mirror without them, no network) it says
that, too: a package nobody could judge is never called sound.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

PIP_AUDIT = Path("build/tools/bin/pip-audit")
LOCK_FILES = ("requirements.lock", "requirements-dev.lock", "requirements-tools.lock")


@dataclass(frozen=True)
class Advisory:
    """A known vulnerability of a package, and the versions that mend it."""

    package: str
    id: str
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        """One line for people."""
        remedy = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "no fix"
        return f"{self.package}: {self.id} ({remedy})"


@dataclass(frozen=True)
class Audit:
    """What is known of one lock file's packages.

    Attributes:
        advisories: the vulnerabilities.
        audited: how many packages were judged.
        unjudged: how many could not be, by reason.
    """

    advisories: tuple[Advisory, ...] = ()
    audited: int = 0
    unjudged: int = 0


def read(report: dict[str, Any]) -> Audit:
    """Read pip-audit's JSON."""
    packages = report["dependencies"]
    kinds = Counter("skip_reason" in package for package in packages)
    advisories = tuple(
        Advisory(
            f"{package['name']} {package['version']}",
            advisory["id"],
            tuple(advisory["fix_versions"]),
        )
        for package in packages
        for advisory in package.get("vulns", ())
    )
    return Audit(advisories, audited=kinds[False], unjudged=kinds[True])


def told(file: str, audit: Audit) -> str:
    """Say it in one line."""
    if not audit.audited:
        return (
            f"{file}: NOT AUDITED: none of {audit.unjudged} packages is known where "
            "advisories were asked for; run `make audit` where their source is reached"
        )
    left = f", {audit.unjudged} could not be judged" if audit.unjudged else ""
    return (
        f"{file}: {audit.audited} packages audited, {len(audit.advisories)} "
        f"vulnerabilities known{left}"
    )


def _ask(file: str) -> Audit | None:
    """Run pip-audit; None where it reaches no source at all."""
    done = subprocess.run(  # noqa: S603 -- our own words
        [
            *(PIP_AUDIT, "--no-deps", "--disable-pip", "--progress-spinner", "off"),
            *("--format", "json", "--timeout", "20", "--requirement", file),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return read(json.loads(done.stdout))
    except json.JSONDecodeError:
        lines = done.stderr.strip().splitlines() or ["no output"]
        click.echo(f"{file}: pip-audit says: {lines[-1]}", err=True)
        return None


@click.command()
@click.option("--strict", is_flag=True, help="Fail, too, where nothing can be asked.")
def main(*, strict: bool) -> None:
    """Fail when a package of a lock file has a known vulnerability."""
    failed = False
    for file in LOCK_FILES:
        audit = _ask(file) or Audit(unjudged=_packages(file))
        click.echo(told(file, audit))
        for advisory in audit.advisories:
            click.echo(f"  {advisory}")
        failed |= bool(audit.advisories) or (strict and audit.unjudged > 0)
    if failed:
        raise SystemExit(1)


def _packages(file: str) -> int:
    lines = Path(file).read_text("utf-8").splitlines()
    return sum("==" in line and not line.startswith((" ", "#")) for line in lines)


if __name__ == "__main__":
    main()
