"""Ways to make a wrong answer of a good one.

Charter: one change at a time, by dice, and never one that leaves an answer Shopify's
schema allows: of such a one nobody could tell that it is wrong.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any

from shopify_assets_tests.fuzz.answers.bodies import DEEP, of_body, of_headers
from shopify_assets_tests.fuzz.answers.recording import (
    Change,
    Exchange,
    Mutation,
    short,
    with_body,
)
from shopify_assets_tests.fuzz.answers.typing_of import SOME, places

if TYPE_CHECKING:
    from random import Random

    from shopify_assets_tests.api.server import Scripted

Path = tuple[Any, ...]

MISSING = object()
_INFINITE, _NAN = float("inf"), float("nan")
WRONG: tuple[Any, ...] = (
    None, "a text", "", 7, 0, -1, 1.5, [], {}, [None], [[]], {"key": 1}, True, False,
    10**30, 1e300, _INFINITE, _NAN, "yes", [{}], 2**63, "9" * 400,
)  # fmt: skip
# Texts that Shopify's schema has no form for: any text is one.
_FREE = {"String", "ID", "HTML", "URL", "FormattedString", "StorefrontID", "JSON"}
# Numbers in place of their texts are read, with all their digits.
_DECIMALS = {"Decimal", "Money", "UnsignedInt64", "ARN", "BigInt"}
# Where answers are wrong most dearly.
_STRUCTURE = {
    "pageInfo", "hasNextPage", "endCursor", "nodes", "edges", "node", "id", "count",
    "precision", "__typename", "bulkOperation", "userErrors", "accessScopes",
    "currentAppInstallation", "handle", "status", "objectCount", "rootObjectCount",
    "fileSize", "url", "createdAt", "completedAt", "data",
}  # fmt: skip


def mutation(exchange: Exchange, dice: Random) -> Mutation:
    """Choose one change of an answer."""
    name, change = _chosen(exchange, dice)
    lasts = dice.random() < 0.6
    alike = lasts and dice.random() < 0.5
    return Mutation(
        name=f"{name}{', ever again' if lasts else ''}",
        query=exchange.query,
        variables=None if alike else exchange.variables,
        change=change,
        lasts=lasts,
    )


def _chosen(exchange: Exchange, dice: Random) -> Change:
    way = dice.random()
    if way < 0.10:
        return of_body(dice)
    if way < 0.22:
        return of_headers(dice)
    return _extension(exchange, dice) if way < 0.32 else _value(exchange, dice)


# What the token endpoint answers; any scope, and none, may be told.
_GRANTED = {
    "access_token": "String!", "expires_in": "Float!", "scope": "String",
    "refresh_token": "String!", "refresh_token_expires_in": "JSON",
    "associated_user_scope": "JSON",
}  # fmt: skip
_NEGATIVE: dict[str, tuple[Any, ...]] = defaultdict(
    tuple, {"access_token": ("", MISSING), "refresh_token": ("", MISSING)}
)


# ── values ───────────────────────────────────────────────────────────────────────────


def _value(exchange: Exchange, dice: Random) -> Change:
    """A value of another type, a key gone, renamed, or there twice."""
    body = json.loads(exchange.answer.body)
    if "/oauth/" in exchange.query:
        key, kind = dice.choice([(key, _GRANTED[key]) for key in body])
        wrong = [each for each in WRONG if not is_allowed(each, kind)]
        return _put((key,), dice.choice([*wrong, *_NEGATIVE[key]]), within=())
    typed = list(places(exchange.query, body.get("data") or {}))
    if not typed or dice.random() < 0.04:
        return _put(("data",), dice.choice(WRONG[:13]), within=())
    weights = [4.0 if str(path[-1]) in _STRUCTURE else 1.0 for path, _ in typed]
    [(path, kind)] = dice.choices(typed, weights)
    return changed_at(path, kind, dice, within=("data",), value=at(body["data"], path))


def changed_at(
    path: Path, kind: str, dice: Random, *, within: Path, value: Any
) -> Change:
    """Some wrong change of what lies at a path."""
    way = dice.random()
    if kind.endswith(SOME):
        # That it is missing, or null, could be right.
        kind, way = kind.strip(f"!{SOME}"), max(way, 0.25)
    if way < 0.15 and isinstance(path[-1], str):
        return _put(path, MISSING, within=within)
    if way < 0.25 and isinstance(path[-1], str):
        return _renamed(path, within=within)
    # Of a line of a file, whose key comes twice, the decoder takes the last.
    if way < 0.31 and within and isinstance(path[-1], str):
        return _twice(path, dice.choice(([], None, {}, "a text")), within=within)
    if way < 0.34:
        return _deep(path, within=within)
    if way < 0.40 and isinstance(value, dict):
        return _put(path, list(value.values()), within=within)
    wrong = [each for each in WRONG if not is_allowed(each, kind)]
    return _put(path, dice.choice(wrong), within=within)


def is_allowed(value: Any, kind: str) -> bool:
    """Whether the schema has such a value for a type, or a text like it."""
    if value is None:
        return not kind.endswith("!")
    bare = kind.removesuffix("!")
    if bare.startswith("["):
        inner = bare[1:-1]
        return isinstance(value, list) and all(
            is_allowed(each, inner) for each in value
        )
    if bare == "JSON":
        return not isinstance(value, float) or isfinite(value)
    if isinstance(value, bool):
        return bare == "Boolean"
    if isinstance(value, str):
        is_number = bare in _DECIMALS and value.isdecimal()
        return is_number or bare in _FREE or _is_enum(bare)
    return isinstance(value, int | float) and _is_number(value, bare)


def _is_number(value: float, bare: str) -> bool:
    if bare in {"Float", *_DECIMALS}:
        return isfinite(value)
    return bare == "Int" and isinstance(value, int) and abs(value) < 2**31


def _is_enum(name: str) -> bool:
    from shopify_assets.catalog.schema import load_schema  # noqa: PLC0415

    types = load_schema().types
    return name in types and types[name].kind == "ENUM"


def at(value: Any, path: Path) -> Any:
    """What lies at a path."""
    for key in path:
        value = value[key]
    return value


def edited(value: Any, path: Path, edit: Callable[[Any, Any], None]) -> Any:
    """A copy, of which `edit` changed the holder of what lies at a path."""
    made = copy.deepcopy(value)
    try:
        edit(at(made, path[:-1]), path[-1])
    except (KeyError, IndexError, TypeError):
        return value  # another answer, which has no such place
    return made


def _told(path: Path) -> str:
    return ".".join(map(str, path))


def _on_json(edit: Callable[[Any], Any]) -> Callable[[Scripted], Scripted]:
    def change(answer: Scripted) -> Scripted:
        text = json.dumps(edit(json.loads(answer.body)), separators=(",", ":"))
        return with_body(answer, _unmarked(text.encode()))

    return change


# What no encoder writes, by what stands for it.
_MARKS = {
    b'"\\u0000deep"': b"[" * DEEP + b"]" * DEEP,
}


def _unmarked(body: bytes) -> bytes:
    for mark, put in _MARKS.items():
        body = body.replace(mark, put)
    return body


def _put(path: Path, value: Any, *, within: Path) -> Change:
    def edit(holder: Any, key: Any) -> None:
        if value is MISSING:
            del holder[key]
        else:
            holder[key] = value

    whole = (*within, *path)
    shown = "is gone" if value is MISSING else f"is {short(value)}"
    return f"{_told(whole)} {shown}", _on_json(lambda body: edited(body, whole, edit))


def _renamed(path: Path, *, within: Path) -> Change:
    def edit(holder: Any, key: Any) -> None:
        items = [(f"{k}_" if k == key else k, v) for k, v in holder.items()]
        holder.clear()
        holder.update(items)

    whole = (*within, *path)
    return f"{_told(whole)} is renamed", _on_json(lambda b: edited(b, whole, edit))


def _twice(path: Path, value: Any, *, within: Path) -> Change:
    """The key once more, at the end of its object."""
    whole = (*within, *path)

    def edit(holder: Any, key: Any) -> None:
        holder["\0again"] = value
        holder["\0key"] = key

    def change(answer: Scripted) -> Scripted:
        body = json.loads(answer.body)
        marked = edited(body, whole, edit)
        text = json.dumps(marked, separators=(",", ":"))
        text = text.replace('"\\u0000again"', json.dumps(str(path[-1])))
        text = text.replace(f',"\\u0000key":{json.dumps(path[-1])}', "")
        return with_body(answer, text.encode())

    return f"{_told(whole)} is there twice, then {short(value)}", change


def _deep(path: Path, *, within: Path) -> Change:
    name, change = _put(path, "\0deep", within=within)
    return name.replace("'\\x00deep'", "thousands of levels deep"), change


# ── extensions ───────────────────────────────────────────────────────────────────────

_COST = (
    ("cost",), ("cost", "requestedQueryCost"), ("cost", "actualQueryCost"),
    ("cost", "throttleStatus"), ("cost", "throttleStatus", "maximumAvailable"),
    ("cost", "throttleStatus", "currentlyAvailable"),
    ("cost", "throttleStatus", "restoreRate"), (), ("search",),
)  # fmt: skip
_WRONG_COST = (*WRONG, "a lot", -5, -1e9, 1e18, [1, 2], {"a": 1}, MISSING)
_ERRORS: tuple[Any, ...] = (
    "a text", {}, {"field": ["is wrong"]}, [None], ["a text"], [7], [{}], 7, True,
    [{"message": 7}], [{"message": "m", "extensions": "text"}],
    [{"message": "m", "extensions": {"code": 7}}], [{"message": "m", "path": 7}],
    [{"message": None, "path": {"a": 1}, "extensions": [1]}],
    [{"message": "m", "extensions": {"code": ["THROTTLED"]}}],
)  # fmt: skip
_SEARCH: tuple[Any, ...] = (
    "text", [None], [{"warnings": "text"}], [{"warnings": [None]}], 7,
    [{"warnings": 7}],
)  # fmt: skip


def _extension(exchange: Exchange, dice: Random) -> Change:
    if "/oauth/" in exchange.query:
        return _value(exchange, dice)
    if dice.random() < 0.3:
        return _put(("errors",), dice.choice(_ERRORS), within=())
    path = dice.choice(_COST)
    if path == ("search",):
        return _put(("extensions", *path), dice.choice(_SEARCH), within=())
    value = dice.choice(_WRONG_COST)
    if not path:
        value = dice.choice((None, [], "text", 7, MISSING))
    return _put(("extensions", *path), value, within=())
