"""A start pays for what it uses: what is imported when, told by new processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from shopify_assets.cli import cli

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HEAVY = {
    *("alembic", "boto3", "botocore", "dagster", "dagster_aws", "graphql", "pgpq"),
    *("polars", "psycopg", "pyarrow", "requests", "rich", "sqlalchemy", "upath"),
}

# Where nothing is read or written yet: a help text, a mistake, a list.
NOTHING: set[str] = set()
# What any run talks to.
SHOP_AND_WAREHOUSE = {"requests", "psycopg"}
# What a code server holds, and the process that those of shops are copies of. Polars
# has threads from its first moment on, and no copy would have them.
DAGSTER = {"dagster", *SHOP_AND_WAREHOUSE}
STORAGE = {"alembic", "rich", "sqlalchemy"}

SHOPS = """
[[shops]]
domain = "my-store.myshopify.com"
access_token_env = "MY_STORE_TOKEN"
"""
COMPILE = """
from shopify_assets.catalog.fitting import PINNED_VERSION, readable
from shopify_assets.streams import STREAMS
readable(STREAMS, PINNED_VERSION)
"""
TELL = "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"


def imported(
    code: str, folder: Path, settings: Mapping[str, str] | None = None
) -> set[str]:
    """The heavy modules that a new process has imported after this code."""
    (folder / "shops.toml").write_text(SHOPS, "utf-8")
    done = subprocess.run(  # noqa: S603 -- our own words
        [sys.executable, "-W", "error", "-c", code + TELL],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            **(settings or {}),
        },
        stdout=subprocess.PIPE,
        check=True,
    )
    modules = json.loads(done.stdout.splitlines()[-1])
    return HEAVY & {name.partition(".")[0] for name in modules}


def called(*arguments: str) -> str:
    """Code that calls a command, whatever it ends with."""
    return f"""
import sys
from shopify_assets.cli import main
sys.argv = ["shopify-assets", *{arguments!r}]
try:
    main()
except SystemExit:
    pass
"""


@pytest.mark.parametrize(
    ("code", "may"),
    [
        ("import shopify_assets.cli", NOTHING),
        ("import shopify_assets.streams", NOTHING),
        ("import shopify_assets.settings", NOTHING),
        (COMPILE, NOTHING),
        ("import shopify_assets.storage.store", NOTHING),
        ("import shopify_assets.extract.extraction", {"requests"}),
        ("import shopify_assets.pipeline", SHOP_AND_WAREHOUSE),
        ("import shopify_assets.definitions", DAGSTER),
        ("import shopify_assets.cli.preloaded", DAGSTER | STORAGE | {"upath"}),
    ],
)
def test_a_module_imports_no_more_than_it_uses(
    code: str, may: set[str], tmp_path: Path
) -> None:
    assert imported(code, tmp_path) - may == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        *((command, "--help") for command in cli.list_commands(click.Context(cli))),
        ("sync", "--select", "ordersx"),
        ("sync", "--shop", "other-store.myshopify.com"),
        ("streams", "--json"),
    ],
    ids=" ".join,
)
def test_a_command_that_does_not_work_yet_imports_nothing_heavy(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    assert imported(called(*arguments), tmp_path) == set()


def test_a_lake_in_a_bucket_is_what_dagster_aws_is_imported_for(tmp_path: Path) -> None:
    """And that by a run alone, which opens it."""
    code = "from shopify_assets.definitions import defs"
    bucket = {"LAKE_URL": "s3://lake/of/shops"}
    assert "dagster_aws" not in imported(code, tmp_path, bucket)
    opened = f"""{code}
import dagster
with dagster.build_resources({{"lake": defs.resources["lake"]}}): pass"""
    assert "dagster_aws" in imported(opened, tmp_path, bucket)


def test_the_list_of_commands_tells_what_each_says_of_itself() -> None:
    context = cli.make_context("shopify-assets", [], resilient_parsing=True)
    listed = cli.get_help(context).partition("Commands:")[2]
    briefs = []
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        briefs.append(f"{name} {command.get_short_help_str(limit=200)}")
    assert listed.split() == " ".join(briefs).split()


def test_the_collector_does_not_look_through_what_lasts(tmp_path: Path) -> None:
    code = """
import gc
from shopify_assets.startup import lasting
with lasting():
    with lasting():
        lists = [[] for _ in range(100_000)]
    assert not gc.isenabled(), "the outermost counts"
assert gc.isenabled()
assert gc.get_freeze_count() > 100_000
assert not any(found is lists for found in gc.get_objects())
gc.disable()
with lasting():
    pass
assert not gc.isenabled(), "whoever switched it off meant it"
"""
    imported(code, tmp_path)
