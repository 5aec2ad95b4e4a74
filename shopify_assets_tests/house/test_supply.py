"""What is installed is what was pinned, and what is known of it is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from shopify_assets_tests.audit import LOCK_FILES, Advisory, Audit, read, told

if TYPE_CHECKING:
    from pathlib import Path

_INSTALLERS = ("Makefile", "deploy/Dockerfile", ".ci/run")


@pytest.mark.parametrize("file", LOCK_FILES)
def test_every_package_is_pinned_by_hash(project: Path, file: str) -> None:
    text = (project / file).read_text("utf-8")
    packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 20
    for package in packages:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+ ", package), package[:80]
        assert "--hash=sha256:" in package, package[:80]


@pytest.mark.parametrize("file", _INSTALLERS)
def test_whatever_is_installed_is_checked_by_hash(project: Path, file: str) -> None:
    """And brings no code that runs while it is installed, but for ourselves."""
    text = (project / file).read_text("utf-8").replace("\\\n", " ")
    installs = re.findall(r"(?:pip\b[^\n&;]*|\$\(PIP\)) install ([^\n&;]*)", text)
    ours = [words for words in installs if "-r " not in words]
    assert all("--no-build-isolation" in words for words in ours), ours
    for words in installs:
        assert words in ours or "--require-hashes --only-binary :all:" in words, words


REPORT = {
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {
            "name": "broken",
            "version": "2.0",
            "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.1"], "aliases": []}],
        },
        {"name": "unknown", "skip_reason": "not found"},
    ]
}


def test_a_vulnerability_is_told_with_its_remedy() -> None:
    audit = read(REPORT)
    assert audit == Audit(
        (Advisory("broken 2.0", "PYSEC-2026-1", ("2.1",)),), audited=2, unjudged=1
    )
    assert told("x.lock", audit) == (
        "x.lock: 2 packages audited, 1 vulnerabilities known, 1 could not be judged"
    )
    assert str(audit.advisories[0]) == "broken 2.0: PYSEC-2026-1 (fixed in 2.1)"


def test_where_nothing_is_known_nothing_is_called_sound() -> None:
    nothing = read({"dependencies": [{"name": "a", "skip_reason": "not found"}]})
    assert told("x.lock", nothing).startswith("x.lock: NOT AUDITED: none of 1 ")
