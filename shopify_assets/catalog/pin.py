"""Pins a version of Shopify's schema: introspection in, `admin_<version>.jsonl` out.

Charter: pruning an introspection result to the facts `schema.py` reads. Run by
`make generate SCHEMA=<file or folder>`; descriptions are read only for the names of the
search fields they document, and never copied.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

import msgspec

from shopify_assets.catalog.schema import (
    PINNED_VERSION,
    Argument,
    Field,
    Type,
    named_type,
)

Json = dict[str, Any]

# The mutations this project sends; all others would only fatten the pinned file.
MUTATIONS = (
    "bulkOperationCancel",
    "bulkOperationRunQuery",
    "webhookSubscriptionCreate",
    "webhookSubscriptionDelete",
    "webhookSubscriptionUpdate",
)
# A row of the table in a `query` argument's description: | created_at | time | …
# The header row, | name | type |, and the row of bare terms, | default |, are none.
_FILTER_ROW = re.compile(
    r"^\| *(?!default *\|)([a-z][a-z0-9_.]*) *\| *(?!type *\|)[a-z]+ *\|", re.MULTILINE
)


def pin(introspection: Json) -> bytes:
    """Prune an introspection result to one JSON line a type, sorted by name.

    Args:
        introspection: the decoded file: `data.__schema`, `offline_scopes.items`.
    """
    scopes = _scopes(introspection)
    everything = {
        raw["name"]: _type(raw, scopes)
        for raw in introspection["data"]["__schema"]["types"]
        if not raw["name"].startswith("__")
    }
    wanted = _reachable(everything)
    lines = (msgspec.json.encode(everything[name]) for name in sorted(wanted))
    return b"".join(line + b"\n" for line in lines)


def _scopes(introspection: Json) -> dict[tuple[str, str | None], tuple[str, ...]]:
    items = introspection.get("offline_scopes", {}).get("items", [])
    return {
        (item["typeName"], item.get("fieldName")): tuple(item["offlineScopes"])
        for item in items
        if item["offlineScopes"]
    }


def _type(raw: Json, scopes: dict[tuple[str, str | None], tuple[str, ...]]) -> Type:
    name = raw["name"]
    fields = [each for each in raw["fields"] or [] if _kept(name, each["name"])]
    return Type(
        name=name,
        kind=raw["kind"],
        fields={
            each["name"]: _field(each, scopes.get((name, each["name"]), ()))
            for each in fields
        },
        interfaces=tuple(each["name"] for each in raw["interfaces"] or []),
        possible=tuple(sorted(each["name"] for each in raw["possibleTypes"] or [])),
        values=tuple(each["name"] for each in raw["enumValues"] or []),
        inputs={each["name"]: _argument(each) for each in raw["inputFields"] or []},
        scopes=scopes.get((name, None), ()),
    )


def _kept(owner: str, field: str) -> bool:
    return owner != "Mutation" or field in MUTATIONS


def _field(raw: Json, scopes: tuple[str, ...]) -> Field:
    searched = [each for each in raw["args"] if each["name"] == "query"]
    return Field(
        type=_notation(raw["type"]),
        args={each["name"]: _argument(each) for each in raw["args"]},
        deprecated=raw["isDeprecated"],
        scopes=scopes,
        filters=_filters(searched[0]["description"] or "") if searched else (),
    )


def _argument(raw: Json) -> Argument:
    return Argument(_notation(raw["type"]), raw["defaultValue"])


def _filters(description: str) -> tuple[str, ...]:
    return tuple(sorted(set(_FILTER_ROW.findall(description))))


def _notation(raw: Json) -> str:
    if raw["kind"] == "NON_NULL":
        return _notation(raw["ofType"]) + "!"
    if raw["kind"] == "LIST":
        return f"[{_notation(raw['ofType'])}]"
    return str(raw["name"])


def _reachable(types: dict[str, Type]) -> set[str]:
    found: set[str] = set()
    waiting = ["QueryRoot", "Mutation"]
    while waiting:
        name = waiting.pop()
        if name in found or name not in types:
            continue
        found.add(name)
        waiting.extend(_neighbours(types[name]))
    return found


def _neighbours(each: Type) -> list[str]:
    fields = each.fields.values()
    arguments = [argument for field in fields for argument in field.args.values()]
    inputs = [*arguments, *each.inputs.values()]
    notations = [field.type for field in fields] + [given.type for given in inputs]
    return [*map(named_type, notations), *each.possible, *each.interfaces]


def read_introspection(file: Path) -> Json:
    """Read an introspection result, gzipped or not."""
    content = file.read_bytes()
    result: Json = json.loads(
        gzip.decompress(content) if file.suffix == ".gz" else content
    )
    return result


def pin_file(source: Path, folder: Path) -> Path:
    """Pin `source`, or the pinned version's file within it, and write into `folder`."""
    if source.is_dir():
        source = source / f"admin_{PINNED_VERSION}.json.gz"
    version = source.name.removeprefix("admin_").split(".")[0]
    target = folder / f"admin_{version}.jsonl"
    target.write_bytes(pin(read_introspection(source)))
    return target


if __name__ == "__main__":
    pin_file(Path(sys.argv[1]), Path(__file__).parent)
