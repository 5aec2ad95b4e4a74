"""What the fuzz asks, by category.

Charter: which cases there are. How they are sent and judged is decided in `judging.py`.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from shopify_assets.catalog.schema import PINNED_VERSION, load_schema, pinned_versions
from shopify_assets_tests.fuzz.texts import ODD, quoted
from shopify_assets_tests.fuzz.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shopify_assets.catalog.schema import Field, Schema

# What a well-formed request may be refused for.
MAY_REFUSE = frozenset({"BAD_REQUEST", "RESOURCE_NOT_FOUND"})


@dataclass(frozen=True)
class Case:
    """One request.

    Attributes:
        category: what it is about.
        text: the query.
        variables: its variables.
        raw: the body, if it is not made of the two.
        version: the API version asked.
        refusals: codes of errors that the answer may carry; None for any.
    """

    category: str
    text: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes | None = None
    version: str = PINNED_VERSION
    refusals: frozenset[str] | None = frozenset()

    @property
    def body(self) -> bytes:
        """What is sent."""
        if self.raw is not None:
            return self.raw
        return json.dumps({"query": self.text, "variables": self.variables}).encode()


@dataclass(frozen=True)
class Asking:
    """Writes the cases of every category.

    Attributes:
        dice: what is left to chance.
        ids: known ids by type.
        share: of all cases, which share is asked.
    """

    dice: Random
    ids: Mapping[str, list[str]]
    share: float = 1.0

    def _taken(self, _: str) -> bool:
        return self.dice.random() < self.share

    def writer(self, version: str = PINNED_VERSION) -> Writer:
        """A writer of queries of a version."""
        return Writer(load_schema(version), self.dice, self.ids)

    def cases(self) -> Iterator[Case]:
        """All cases."""
        yield from self.shallow()
        yield from self.deep()
        yield from self.filters()
        yield from self.sort_keys()
        yield from self.cursors()
        yield from self.identifiers()
        yield from self.sizes()
        yield from self.nesting()
        yield from self.bodies()

    def shallow(self) -> Iterator[Case]:
        """Every root field of every version, with all scalars of its objects."""
        for version in pinned_versions():
            writer = self.writer(version)
            # an app's scopes are those of the pinned version
            other = set() if version == PINNED_VERSION else {"ACCESS_DENIED"}
            root = writer.schema.query
            for name in filter(self._taken, root.fields):
                text = f"{{ {name}{writer.field(root, name, 1)} }}"
                yield Case(
                    "root fields", text, version=version, refusals=MAY_REFUSE | other
                )

    def deep(self) -> Iterator[Case]:
        """Every field of every root field's objects, two objects deep."""
        writer = self.writer()
        root = writer.schema.query
        for name, found in root.fields.items():
            row = writer.schema.node_type(found)
            kind = row or writer.schema[found.named_type]
            if not kind.is_composite:
                continue
            for concrete in writer.concrete(kind.name):
                for below in filter(self._taken, writer.schema[concrete].fields):
                    text = writer.field(writer.schema[concrete], below, 2)
                    if text is None or "{" not in text:
                        continue
                    inner = f"__typename {below}{text}"
                    if kind.is_abstract:
                        inner = f"__typename ... on {concrete} {{ {inner} }}"
                    inner = f"{{ {writer.rows(found, inner) if row else inner} }}"
                    given = self._of_type(name, concrete)
                    query = f"{{ {name}{writer.arguments(found, **given)} {inner} }}"
                    yield Case("depth 3", query, refusals=MAY_REFUSE)

    def _of_type(self, root: str, kind: str) -> dict[str, str]:
        """The argument by which a root field for any record gives one of a type."""
        if root not in {"node", "nodes"} or kind not in self.ids:
            return {}
        gid = quoted(self.dice.choice(self.ids[kind]))
        return {"id": gid} if root == "node" else {"ids": f"[{gid}]"}

    def filters(self) -> Iterator[Case]:
        """Every documented filter of every connection, well and ill used."""
        for reach, found in self._connections():
            for name in filter(self._taken, found.filters):
                for value in (self._fit(name), *self.dice.sample(ODD, 1)):
                    search = f"{name}:{value}"
                    text = reach(f"(first: 3, query: {quoted(search)})")
                    yield Case("filters", text, refusals=MAY_REFUSE)

    def sort_keys(self) -> Iterator[Case]:
        """Every sort key of every connection, both ways, and from a cursor."""
        writer = self.writer()
        for reach, found in self._connections():
            if "sortKey" not in found.args:
                continue
            keys = writer.schema[found.args["sortKey"].type.strip("!")].values
            for key in filter(self._taken, keys):
                known = "reverse" in found.args
                reverse = self.dice.choice(("", ", reverse: true")) if known else ""
                text = reach(f"(first: 5, sortKey: {key}{reverse})")
                yield Case("sort keys", text, refusals=MAY_REFUSE)

    def cursors(self) -> Iterator[Case]:
        """Cursors that are none, or those of something else."""
        for reach, found in self._connections():
            for cursor in filter(self._taken, self.dice.sample(CURSORS, 3)):
                name = self.dice.choice(("after", "before"))
                if name in found.args:
                    text = reach(f"(first: 3, {name}: {quoted(cursor)})")
                    yield Case("cursors", text, refusals=MAY_REFUSE)

    def identifiers(self) -> Iterator[Case]:
        """Ids that are none, or those of something else."""
        writer = self.writer()
        root = writer.schema.query
        for name, found in root.fields.items():
            for argument in {"id", "ids"} & found.args.keys():
                for gid in filter(self._taken, self.dice.sample(GIDS, 4)):
                    value = quoted(gid) if argument == "id" else f"[{quoted(gid)}]"
                    given = writer.arguments(found, **{argument: value})
                    body = _typename(writer.schema, found)
                    text = f"{{ {name}{given}{body} }}"
                    yield Case("ids", text, refusals=MAY_REFUSE)
        many = json.dumps(["gid://shopify/Order/1"] * 251)
        refusals = frozenset({"MAX_INPUT_SIZE_EXCEEDED"})
        yield Case("ids", f"{{ nodes(ids: {many}) {{ id }} }}", refusals=refusals)

    def sizes(self) -> Iterator[Case]:
        """Pages of odd sizes."""
        for reach, found in self._connections():
            for given in filter(self._taken, self.dice.sample(SIZES, 4)):
                asked = {part.partition(":")[0] for part in given.split(", ")}
                required = found.args["first"].required
                if not asked <= found.args.keys() or (required and "null" in given):
                    continue
                if required and "first" not in asked:
                    continue
                yield Case("sizes", reach(f"({given})"), refusals=MAY_REFUSE)

    def _connections(self) -> Iterator[tuple[Callable[[str], str], Field]]:
        """How to ask for each connection that can be searched or sorted, and it."""
        writer = self.writer()
        for owner, kind in writer.schema.types.items():
            if kind.is_abstract:
                continue
            for name, found in kind.fields.items():
                known = found.filters or "sortKey" in found.args
                if not known or writer.schema.node_type(found) is None:
                    continue
                around = self._around(owner)
                if around is not None:
                    yield _reach(writer, around, name, found), found

    def _around(self, owner: str) -> str | None:
        """A query that leads to a record of a type, with `%s` in its place."""
        if owner == "QueryRoot":
            return "{ %s }"
        if owner in self.ids:
            gid = quoted(self.ids[owner][0])
            return f"{{ node(id: {gid}) {{ __typename ... on {owner} {{ %s }} }} }}"
        for name, found in load_schema().query.fields.items():
            if found.type.strip("!") == owner and not found.args:
                return f"{{ {name} {{ %s }} }}"
        return None

    def _fit(self, name: str) -> str:
        if name.endswith(("_at", "_on", "_date", "_time")):
            sign = self.dice.choice(("<", "<=", ">", ">=", ""))
            return f"{sign}'2026-0{self.dice.randint(1, 9)}-11T00:00:00Z'"
        if name == "id" or name.endswith("_id"):
            return f"{self.dice.choice(('', '>', '<='))}{self.dice.randint(1, 10**9)}"
        return self.dice.choice(("a*", "true", "1", ">=1", "ACTIVE", "'a b'", "a,b"))

    def nesting(self) -> Iterator[Case]:
        """Documents that are deep, wide, round or in other scripts."""
        deep = "product { variants(first: 1) { nodes { id %s } } }"
        text = "id"
        for _ in range(40):
            text = deep % text
        ring = f"{{ products(first: 1) {{ nodes {{ {text} }} }} }}"
        yield Case("nesting", ring, refusals=None)
        for depth in filter(self._taken, ("100", "1000", "5000")):
            yield from _extremes(int(depth))
        yield Case(
            "nesting", "{ shop { ...a } } fragment a on Shop { id ...a }", refusals=None
        )
        for odd in ODD:
            yield Case("nesting", f"query {{ shop {{ {odd} }} }}", refusals=None)
            search = (
                f"{{ orders(first: 1, query: {quoted(odd)}) {{ nodes {{ id }} }} }}"
            )
            yield Case("nesting", search, refusals=MAY_REFUSE)
            by_key = "query($k: String!) { shop { metafield(key: $k) { id } } }"
            yield Case("nesting", by_key, {"k": odd})

    def bodies(self) -> Iterator[Case]:
        """Bodies that are no request."""
        for raw in BODIES:
            yield Case("bodies", raw=raw, refusals=None)
            yield Case("bodies", raw=raw, version="2020-01", refusals=None)
        text = """query($id: ID!, $n: Int) {
            order(id: $id) { id } orders(first: $n) { nodes { id } } }"""
        for value in (None, 1, 1.5, True, [], {}, "x", [1], {"a": 1}, 2**31, 10**40):
            for name in ("id", "n"):
                given = {"id": "gid://shopify/Order/1", "n": 1, name: value}
                yield Case("bodies", text, given, refusals=None)


def _extremes(depth: int) -> Iterator[Case]:
    """Documents of a depth, and one of that breadth."""
    lists = f"{{ nodes(ids: {'[' * depth}{']' * depth}) {{ id }} }}"
    wide = " ".join(f"a{at}: name" for at in range(depth))
    for text in (
        "{ a " * depth + "}" * depth,
        "{ shop " * depth + "{ id }" + "}" * depth,
        lists,
        f"{{ shop {{ {wide} }} }}",
    ):
        yield Case("nesting", text, refusals=None)


def _reach(
    writer: Writer, around: str, name: str, found: Field
) -> Callable[[str], str]:
    node = writer.schema.node_type(found)
    row = "{ __typename }" if node is not None and node.is_composite else ""
    required = {
        key: writer.value(each.type, key)
        for key, each in found.args.items()
        if each.required and key != "first"
    }

    def reach(given: str) -> str:
        other = "".join(f", {key}: {value}" for key, value in required.items())
        arguments = f"{given[:-1]}{other})"
        page = f"edges {{ cursor node {row} }} pageInfo {{ hasNextPage endCursor }}"
        return around % f"{name}{arguments} {{ {page} }}"

    return reach


def _typename(schema: Schema, found: Field) -> str:
    kind = schema.types.get(found.named_type)
    return " { __typename }" if kind is not None and kind.is_composite else ""


def _cursor(content: Any) -> str:
    return base64.b64encode(json.dumps(content).encode()).decode()


CURSORS = (
    "", "x", "☃", "bm9uc2Vuc2U=", "====", "a" * 10_000, "null", "0",
    _cursor(None), _cursor([]), _cursor({}), _cursor("x"), _cursor(1),
    _cursor({"last_id": 1}), _cursor({"last_value": "x"}),
    _cursor({"last_id": None, "last_value": None}),
    _cursor({"last_id": "x", "last_value": "x"}),
    _cursor({"last_id": 1, "last_value": None}),
    _cursor({"last_id": 1, "last_value": 12}),
    _cursor({"last_id": 1, "last_value": 1.5}),
    _cursor({"last_id": 1, "last_value": True}),
    _cursor({"last_id": 1, "last_value": "2026-10-11T12:13:14Z"}),
    _cursor({"last_id": 1, "last_value": [1]}),
    _cursor({"last_id": 1, "last_value": {"a": 1}}),
    _cursor({"last_id": 10**30, "last_value": 10**30}),
    _cursor({"last_id": -1, "last_value": -1}),
)  # fmt: skip
GIDS = (
    "", "foo", "1", "gid://", "gid://shopify/", "gid://shopify/Order",
    "gid://shopify/Order/", "gid://shopify/Order/0", "gid://shopify/Order/-1",
    "gid://shopify/Order/99999999999999999999999", "gid://shopify/Order/1?x=1",
    "gid://shopify/Order/1/2", "gid://shopify/order/1", "gid://other/Order/1",
    "gid://shopify/Nothing/1", "gid://shopify/Product/1", "gid://shopify/Order/☃",
    "gid://shopify/Order/1 ", " gid://shopify/Order/1", "gid://shopify/Order/1e3",
    "gid://shopify/QueryRoot/1", "gid://shopify/MoneyV2/1", "gid://shopify/Node/1",
)  # fmt: skip
SIZES = (
    "first: 0", "first: -1", "first: 251", "first: 2147483647", "first: null",
    "last: 0", "last: 3", "last: -5", "last: 251", "last: null",
    "first: null, last: 3", "first: 3, last: null", "first: 3, last: 3",
    "first: 5, after: null, before: null", "reverse: true", "first: 5, reverse: null",
)  # fmt: skip
BODIES = (
    b"",
    b" ", b"[]", b"{}", b"null", b"1", b"true", b'"x"', b"{", b"}{", b"[1]", b"[{}]",
    b'[{"query": "{ shop { id } }"}]', b'{"query": null}', b'{"query": 1}',
    b'{"query": []}', b'{"query": {}}', b'{"query": ""}', b'{"query": " "}',
    b'{"query": "# nothing"}', b'{"query": "{ shop { id } }", "variables": null}',
    b'{"query": "{ shop { id } }", "variables": []}',
    b'{"query": "{ shop { id } }", "variables": "x"}',
    b'{"query": "{ shop { id } }", "variables": 1}',
    b'{"query": "{ shop { id } }", "operationName": 1}',
    b'{"query": "{ shop { id } }", "operationName": "x"}',
    b'{"query": "{ shop { id } }", "operationName": ""}',
    b'{"query": "query a { shop { id } } query b { shop { name } }"}',
    b'{"query": "query a { shop { id } } query a { shop { name } }"}',
    b'{"query": "fragment a on Shop { id }"}', b'{"query": "subscription { a }"}',
    b'{"query": "type A { b: Int }"}', b'{"query": "mutation { nothing }"}',
    b'{"query": "{ shop { id } }", "extensions": 1, "other": []}',
    b'{"query": "{ shop { id } }"', b'{"query": "\\ud83d"}', b'{"query": "\xff\xfe"}',
    b"\xff\xfe\x00", b"\xef\xbb\xbf{}", b"{ shop { id } }", b"NaN", b"Infinity",
    b"[" * 100_000, b'{"query": "{ shop { id } }", "variables": {"a": NaN}}',
    b"query=%7Bshop%7Bid%7D%7D",
)  # fmt: skip
