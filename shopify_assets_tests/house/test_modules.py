"""What holds for each module of the package; a failure lists all that break it."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from shopify_assets_tests.house.conftest import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = PROJECT / "shopify_assets"
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 40

Function = ast.FunctionDef | ast.AsyncFunctionDef

# The only places that read the environment, wait, or ask for the time. A default that
# can be given, such as `sleep=time.sleep`, is no use of it.
TOUCHING = {
    "environment": (
        {"os.environ", "os.getenv"},
        ("settings.py", "postgres/embedded/", "cli/"),
    ),
    "waiting": ({"time.sleep"}, ("postgres/embedded/", "simulator/", "cli/")),
    "clock": (
        {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"},
        ("pipeline.py", "defs/", "simulator/", "cli/"),
    ),
}


@cache
def modules() -> dict[str, str]:
    """The source of every module, by its path within the package."""
    found = sorted(PACKAGE.rglob("*.py"))
    return {_name(each): each.read_text("utf-8") for each in found}


@cache
def trees() -> dict[str, ast.Module]:
    """The syntax tree of every module."""
    return {name: ast.parse(source) for name, source in modules().items()}


def _name(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def test_each_module_opens_with_its_charter() -> None:
    without = [
        name
        for name, tree in trees().items()
        if not name.endswith("__main__.py") and len(tree.body) > 1
        if not re.search(r"^Charter: \S", ast.get_docstring(tree) or "", re.MULTILINE)
    ]
    assert without == []


def test_each_module_is_short_enough_to_be_one_thing() -> None:
    lengths = {name: len(source.splitlines()) for name, source in modules().items()}
    assert {name: each for name, each in lengths.items() if each > MOST_LINES} == {}


def test_functions_fit_on_a_screen() -> None:
    long = {
        f"{name}: {node.name}": length
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, Function)
        if (length := _length(node)) > MOST_LINES_OF_A_FUNCTION
    }
    assert long == {}


def _length(function: Function) -> int:
    """Lines of a function; its docstring and the functions within it aside."""
    docstring = ast.get_docstring(function, clean=False) or ""
    inner = [each for each in function.body if isinstance(each, Function)]
    aside = len(docstring.splitlines()) + sum(map(_span, inner))
    return _span(function) - aside


def _span(function: Function) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def test_modules_are_named_by_what_they_hold() -> None:
    nothing = re.compile(r"(?:^|/)(utils?|helpers?|common|base|managers?)(?:\.py|/)")
    assert [name for name in modules() if nothing.search(name)] == []


def test_annotations_are_real_where_dagster_reads_them() -> None:
    """A future import makes text of them, which breaks assets and their contexts."""
    as_text = [
        name
        for name, source in modules().items()
        if name.startswith("defs/") and "from __future__ import annotations" in source
    ]
    assert as_text == []


@pytest.mark.parametrize("what", TOUCHING)
def test_the_world_is_touched_in_few_places(what: str) -> None:
    names, places = TOUCHING[what]
    elsewhere = {
        name: touched
        for name, tree in trees().items()
        if not name.startswith(places)
        if (touched := _touched(tree) & names)
    }
    assert elsewhere == {}


def _touched(tree: ast.Module) -> set[str]:
    """Dotted names that the module calls, such as `time.sleep`, and `os.environ`."""
    nodes = list(ast.walk(tree))
    called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    read = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}
    return called | (read & {"os.environ"})


def test_nothing_is_left_for_later() -> None:
    left = re.compile("TO" + "DO|FIX" + "ME|XX" + "X|NotImplemented" + "Error")
    assert [name for name, source in modules().items() if left.search(source)] == []


def test_no_stream_is_treated_by_its_name() -> None:
    """A branch on a stream's name is an attribute that is missing."""
    branching = [
        f"{name}: {ast.unparse(node)}"
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        if re.search(r"stream(\.name)? [!=]= '", ast.unparse(node))
    ]
    assert branching == []


def test_there_are_modules_to_look_at() -> None:
    """Else the tests above would pass for nothing."""
    assert len(modules()) > 50
