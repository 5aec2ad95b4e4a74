"""Ways to make a wrong file of a bulk operation's good one.

Charter: lines in wrong places, of wrong shapes, and with wrong values. The operation's
counts may go with them, so that nothing but the lines tells.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shopify_assets_tests.api.server import Scripted
from shopify_assets_tests.fuzz.answers.mutations import at, changed_at
from shopify_assets_tests.fuzz.answers.recording import Exchange, Mutation, with_body
from shopify_assets_tests.fuzz.answers.typing_of import places_of_line

if TYPE_CHECKING:
    from random import Random

Lines = list[bytes]
Line = dict[str, Any]
PARENT = "__parentId"


def of_lines(exchange: Exchange, bulk_query: str, dice: Random) -> Mutation:
    """Choose one change of a file."""
    lines = exchange.answer.body.splitlines()
    honest = dice.random() < 0.75
    name, made = _changed(lines, bulk_query, dice)
    body = b"".join(line + b"\n" for line in made)
    if not honest:
        # Of such a file the size tells; here it is as promised, and the rest tells.
        body = _resized(body, len(exchange.answer.body))
    lasts = honest or dice.random() < 0.6
    return Mutation(
        name=f"{name}{', and the counts with it' if honest else ''}",
        query=exchange.query,
        variables=None,
        change=lambda answer: with_body(answer, body),
        lasts=lasts,
        companion=_counted(body) if honest else None,
    )


def _resized(body: bytes, size: int) -> bytes:
    """The body in so many bytes, if blanks between values can do it."""
    missing = size - len(body)
    return body.replace(b',"', b"," + b" " * missing + b'"', 1) if missing > 0 else body


def _counted(body: bytes) -> Callable[[Scripted], Scripted]:
    lines = body.splitlines()
    roots = sum(b'"__parentId":' not in line for line in lines)
    counts = {
        "objectCount": len(lines),
        "rootObjectCount": roots,
        "fileSize": len(body),
    }

    def change(answer: Scripted) -> Scripted:
        told = answer.body
        for name, count in counts.items():
            told = re.sub(
                rb'"%s":"\d+"' % name.encode(), f'"{name}":"{count}"'.encode(), told
            )
        return with_body(answer, told)

    return change


def _changed(lines: Lines, query: str, dice: Random) -> tuple[str, Lines]:
    place = dice.randrange(len(lines))
    if dice.random() < 0.55:
        line = json.loads(lines[place])
        typed = list(places_of_line(query, line))
        if typed:
            path, kind = dice.choice(typed)
            value = at(line, path)
            name, change = changed_at(path, kind, dice, within=(), value=value)
            return f"line {place + 1}: {name}", [
                *lines[:place], _edited(lines[place], change), *lines[place + 1 :],
            ]  # fmt: skip
    name, way = dice.choice(_WAYS)
    return f"line {place + 1} of {len(lines)}: {name}", way(lines, place, dice)


def _edited(line: bytes, change: Callable[[Scripted], Scripted]) -> bytes:
    return change(Scripted(200, line)).body


def _replaced(make: Callable[[bytes], bytes]) -> Callable[[Lines, int, Random], Lines]:
    def way(lines: Lines, place: int, _: Random) -> Lines:
        return [*lines[:place], make(lines[place]), *lines[place + 1 :]]

    return way


def _with(line: bytes, **fields: Any) -> bytes:
    return json.dumps({**json.loads(line), **fields}, separators=(",", ":")).encode()


def _without(line: bytes, key: str) -> bytes:
    held = {name: value for name, value in json.loads(line).items() if name != key}
    return json.dumps(held, separators=(",", ":")).encode()


def _of_child(make: Callable[[bytes], bytes]) -> Callable[[Lines, int, Random], Lines]:
    def way(lines: Lines, place: int, dice: Random) -> Lines:
        children = [n for n, line in enumerate(lines) if b'"__parentId"' in line]
        return _replaced(make)(
            lines, dice.choice(children) if children else place, dice
        )

    return way


def _of_root(make: Callable[[bytes], bytes]) -> Callable[[Lines, int, Random], Lines]:
    def way(lines: Lines, _: int, dice: Random) -> Lines:
        roots = [n for n, line in enumerate(lines) if b'"__parentId"' not in line]
        return _replaced(make)(lines, dice.choice(roots), dice)

    return way


def _parent_of_other_type(line: bytes) -> bytes:
    held = json.loads(line).get(PARENT, "gid://shopify/Order/1")
    return _with(line, **{PARENT: re.sub(r"/[A-Za-z]+/(\d)", r"/Stranger/\1", held)})


def _marked_otherwise(line: bytes) -> bytes:
    return re.sub(rb'^\{"_\w+"', b'{"_strangers"', line)


def _marked_twice(line: bytes) -> bytes:
    return line[:-1] + b',"_strangers":"Stranger"}'


def _deep(line: bytes) -> bytes:
    return line[:-1] + b',"deep":' + b"[" * 9_000 + b"]" * 9_000 + b"}"


def _half_a_pair(line: bytes) -> bytes:
    return line[:-1] + b',"\\ud83d":1}'


def _unmarked(line: bytes) -> bytes:
    return _without(line, next(iter(json.loads(line))))


def _its_own_child(line: bytes) -> bytes:
    return _with(line, **{PARENT: json.loads(line).get("id", "x")})


def _repeated(lines: Lines, place: int, _: Random) -> Lines:
    return [*lines[:place], lines[place], *lines[place:]]


def _child_of(parent: Any) -> Callable[[Lines, int, Random], Lines]:
    return _of_child(lambda line: _with(line, **{PARENT: parent}))


_STRANGER = "gid://shopify/Order/99999999"
_WAYS: tuple[tuple[str, Callable[[Lines, int, Random], Lines]], ...] = (
    ("cut", _replaced(lambda line: line[: len(line) // 2])),
    ("lacks its brace", _replaced(lambda line: line[:-1])),
    ("blank instead", _replaced(lambda _: b"")),
    ("blanks instead", _replaced(lambda _: b"   ")),
    ("null instead", _replaced(lambda _: b"null")),
    ("a list instead", _replaced(lambda line: b"[" + line + b"]")),
    ("a text instead", _replaced(lambda _: b'"text"')),
    ("a number instead", _replaced(lambda _: b"7")),
    ("empty instead", _replaced(lambda _: b"{}")),
    ("no UTF-8", _replaced(lambda line: line.replace(b'":"', b'":"\xff', 1))),
    ("deep", _replaced(_deep)),
    ("two in one", _replaced(lambda line: line + line)),
    ("begins with a BOM", _replaced(lambda line: b"\xef\xbb\xbf" + line)),
    ("holds half a pair in a key", _replaced(_half_a_pair)),
    ("of no table", _replaced(_marked_otherwise)),
    ("without marker", _replaced(_unmarked)),
    ("marked twice", _replaced(_marked_twice)),
    ("there twice", _repeated),
    ("a child without parent", _of_child(lambda line: _without(line, PARENT))),
    ("a child of nobody", _child_of(None)),
    ("a child of a number", _child_of(7)),
    ("a child of an object", _child_of({"id": "x"})),
    ("a child of a stranger", _child_of(_STRANGER)),
    ("a child of a parent of another type", _of_child(_parent_of_other_type)),
    ("a root in a child's place", _of_root(_its_own_child)),
)
