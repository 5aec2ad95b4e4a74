"""What a newcomer reads first is true, short and complete."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click
import pytest

from shopify_assets.cli import cli
from shopify_assets.reference.commands import PROGRAM, contexts
from shopify_assets.reference.environment import variables
from shopify_assets.settings import (
    ClientCredentials,
    RefreshToken,
    Settings,
    Shop,
    StoredToken,
    load_settings,
)
from shopify_assets.shops_file import load_shops
from shopify_assets_tests.house.conftest import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

README_LINES = 150
RECIPE_LINES = 3
PAGES = [
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    PROJECT / "SECURITY.md",
    *sorted((PROJECT / "docs").rglob("*.md")),
]


class Recorded(dict[str, str]):
    """An environment that remembers the names it was asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


def test_readme_is_short() -> None:
    assert len((PROJECT / "README.md").read_text("utf-8").splitlines()) <= README_LINES


def test_links_lead_somewhere() -> None:
    broken = [
        (page.name, link)
        for page in PAGES
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_variables_documented_are_those_read(project: Path) -> None:
    environment = Recorded({})
    load_settings(environment, folder=project)

    documented = [variable.name for variable in variables(project)]
    assert sorted(documented) == sorted(environment.asked)


def test_defaults_documented_are_the_real_ones(project: Path) -> None:
    """An empty value means the default, so the file as it stands changes nothing."""
    documented = {each.name: each.default for each in variables(project)}

    copied = load_settings(documented, folder=project)
    untouched = load_settings({}, folder=project)
    assert _told(copied) == _told(untouched)


def _told(settings: Settings) -> dict[str, object]:
    names = [each.name for each in fields(settings) if not each.name.startswith("_")]
    return {name: getattr(settings, name) for name in names}


def test_example_of_the_registry_shows_every_way_and_every_key(project: Path) -> None:
    shops = load_shops(project / "shops.example.toml")
    entries = tomllib.loads((project / "shops.example.toml").read_text("utf-8"))
    ways = (StoredToken, ClientCredentials, RefreshToken)

    assert tuple(type(shop.authentication) for shop in shops) == ways
    assert {key for entry in entries["shops"] for key in entry} == {
        *(each.name for each in fields(Shop) if each.name != "authentication"),
        *(each.name for way in ways for each in fields(way)),
    }


def commands() -> dict[str, str]:
    """Every command that does something, as it is called, with its help."""
    return {
        each.command_path: each.command.help or ""
        for each in contexts(cli.make_context(PROGRAM, [], resilient_parsing=True))
        if not isinstance(each.command, click.Group)
    }


def test_commands_explain_themselves() -> None:
    assert [name for name, text in commands().items() if not text.strip()] == []


def test_readme_lists_every_command(project: Path) -> None:
    readme = (project / "README.md").read_text("utf-8")
    top = {" ".join(name.split()[:2]) for name in commands()}
    assert [name for name in sorted(top) if f"`{name}" not in readme] == []


def test_pages_name_no_command_that_is_not_there() -> None:
    there = [f"{name} " for name in commands()]
    groups = {name.rpartition(" ")[0] for name in commands()}
    named = {
        (page.name, called)
        for page in PAGES
        for called in re.findall(
            rf"{PROGRAM}(?: [a-z][a-z-]*)+", page.read_text("utf-8")
        )
    }
    # Arguments may follow a command, so its name need only stand first.
    unknown = [
        (page, called)
        for page, called in sorted(named)
        if called not in groups and not f"{called} ".startswith(tuple(there))
    ]
    assert unknown == []


def recipes(project: Path) -> Iterator[tuple[str, list[str]]]:
    """The Makefile's targets with the lines of their recipes."""
    text = (project / "Makefile").read_text("utf-8")
    for rule in re.split(r"\n(?=[^\s#].*:)", text):
        head, *lines = rule.splitlines()
        yield head, [line for line in lines if line.startswith("\t")]


def test_targets_of_the_makefile_are_short_and_explained(project: Path) -> None:
    rules = [(head, lines) for head, lines in recipes(project) if lines]
    targets = [head for head, _ in rules if re.match(r"[a-z]+:", head)]

    assert [head for head, lines in rules if len(lines) > RECIPE_LINES] == []
    assert [head for head in targets if "## " not in head] == []


def test_pages_name_no_target_that_is_not_there(project: Path) -> None:
    makefile = (project / "Makefile").read_text("utf-8")
    there = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        name
        for page in PAGES
        for name in re.findall(r"(?:`|^|\n)make ([a-z]+)", page.read_text("utf-8"))
    }
    assert named <= there


@pytest.mark.parametrize(
    "pattern",
    [r"(?<![\w.])/(?:work|home|root)/\w", r"https?://[\w.]*pypi"],
    ids=["path of a machine", "host of a package index"],
)
def test_nothing_of_one_machine_is_in_the_project(project: Path, pattern: str) -> None:
    suffixes = {".py", ".md", ".toml", ".yaml", ".lock", ".example", ""}
    folders = ("shopify_assets", "shopify_assets_tests", "docs", "deploy", ".ci")
    files = [
        *(each for each in project.iterdir() if each.is_file()),
        *(each for name in folders for each in (project / name).rglob("*")),
    ]
    found = [
        str(each.relative_to(project))
        for each in files
        if each.suffix in suffixes and each.is_file()
        if re.search(pattern, each.read_text("utf-8"))
    ]
    assert found == []
