"""Pins versions of Shopify's schema: introspections in, `schema.py`'s files out.

Charter: pruning an introspection result to the facts `schema.py` reads, and writing
them: those of the version in use whole, those of all others as patches of it. Run by
`make generate SCHEMA=<file or folder>`, and by `make upgrade SCHEMA=<file>`, which puts
the version in use. Descriptions are read only for the names of the search fields they
document, and never copied.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from shopify_assets.catalog.merge_patch import Json, difference
from shopify_assets.catalog.mutations import (
    MUTATIONS_FILE,
    encode_mutations,
    read_mutations,
)
from shopify_assets.catalog.releases import is_served_beside, is_version
from shopify_assets.catalog.schema import (
    Argument,
    Field,
    Type,
    named_type,
    read_schema,
    version_in_use,
    versions_in,
)
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The mutations this project sends; of all others only the names are kept.
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


def facts(introspection: Json) -> dict[str, Type]:
    """Prune an introspection result to the types a query can reach, sorted by name.

    Args:
        introspection: the decoded file: `data.__schema`, `offline_scopes.items`. A live
            shop does not tell the scopes: see `with_scopes`.
    """
    scopes = _scopes(introspection)
    everything = {
        raw["name"]: _type(raw, scopes)
        for raw in introspection["data"]["__schema"]["types"]
        if not raw["name"].startswith("__")
    }
    return {name: everything[name] for name in sorted(_reachable(everything))}


def mutation_names(introspection: Json) -> set[str]:
    """The names of all mutations an introspection result tells of."""
    types = introspection["data"]["__schema"]["types"]
    return {
        field["name"]
        for each in types
        if each["name"] == "Mutation"
        for field in each["fields"]
    }


def encode(types: Mapping[str, Type]) -> bytes:
    """Write types whole, one JSON line each."""
    return b"".join(msgspec.json.encode(each) + b"\n" for each in types.values())


def encode_patch(base: Mapping[str, Type], types: Mapping[str, Type]) -> bytes:
    """Write types as what differs from `base`: one JSON line each that does."""
    found = difference(msgspec.to_builtins(base), msgspec.to_builtins(types))
    encoder = msgspec.json.Encoder(order="sorted")
    return b"".join(
        encoder.encode({each: found[each]}) + b"\n" for each in sorted(found)
    )


def with_scopes(
    types: Mapping[str, Type], known: Mapping[str, Type]
) -> dict[str, Type]:
    """Give types the scopes they have in another version, field by field."""
    return {
        name: _with_scopes(each, known[name]) if name in known else each
        for name, each in types.items()
    }


def _with_scopes(each: Type, known: Type) -> Type:
    fields = {
        name: replace(field, scopes=known.fields[name].scopes)
        if name in known.fields
        else field
        for name, field in each.fields.items()
    }
    return replace(each, fields=fields, scopes=known.scopes)


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
    """Read an introspection result, gzipped or not.

    Raises:
        ConfigurationError: it is none.
    """
    content = file.read_bytes()
    try:
        plain = gzip.decompress(content) if file.suffix == ".gz" else content
        result: Json = msgspec.json.decode(plain, type=Json)
    except (OSError, EOFError, msgspec.DecodeError) as error:
        raise ConfigurationError(f"{file} is not JSON: {error}") from error
    if "__schema" not in (result.get("data") or {}):
        message = f"{file} is no introspection: it has no data.__schema"
        raise ConfigurationError(message)
    return result


def label_of(source: Path) -> str:
    """What an introspection's file is called by: `admin_2027-01.json.gz` → 2027-01."""
    return source.name.removeprefix("admin_").partition(".")[0]


def version_of(source: Path) -> str:
    """The version that an introspection's file is called by.

    Raises:
        ConfigurationError: it is not called `admin_<version>.json` or `.json.gz`.
    """
    version = label_of(source)
    if not is_version(version):
        message = (
            f"{source.name!r} names no API version; call it admin_<version>.json or "
            ".json.gz, such as admin_2027-01.json.gz"
        )
        raise ConfigurationError(message)
    return version


def read_facts(source: Path, known: Mapping[str, Type]) -> dict[str, Type]:
    """Read an introspection; if it tells no scopes, they are as in `known`."""
    introspection = read_introspection(source)
    types = facts(introspection)
    return types if "offline_scopes" in introspection else with_scopes(types, known)


def pin(source: Path, folder: Path) -> None:
    """Pin the version of `source`, or of each file in it; the one in use stays so."""
    _pin(source, folder, in_use=version_in_use(folder))


def upgrade(source: Path, folder: Path, example: Path) -> None:
    """Pin the version of `source` and put it in use, in `example` as well.

    Args:
        source: the introspection's file.
        folder: where the pinned files are.
        example: the documented environment, which names the version in use.
    """
    version = version_of(source)
    _pin(source, folder, in_use=version)
    text = example.read_text("utf-8")
    example.write_text(_EXAMPLE.sub(rf"\g<1>{version}", text), "utf-8")


_EXAMPLE = re.compile(r"^(SHOPIFY_API_VERSION=).*$", re.MULTILINE)


def _pin(source: Path, folder: Path, *, in_use: str) -> None:
    """Write all versions anew: that in use whole, those served beside it as patches."""
    before = versions_in(folder)
    known = {each: read_schema(folder, each).types for each in before}
    latest = known[version_in_use(folder)]
    files = _files(source, in_use)
    given = {each: read_facts(file, latest) for each, file in files}
    mutations = read_mutations(folder) | {
        each: mutation_names(read_introspection(file)) for each, file in files
    }
    types = {
        each: found
        for each, found in (known | given).items()
        if is_served_beside(each, in_use)
    }
    for name in before.values():
        (folder / name).unlink()
    for each, found in types.items():
        whole = each == in_use
        name = f"admin_{each}.jsonl" if whole else f"admin_{each}.patch.jsonl"
        content = encode(found) if whole else encode_patch(types[in_use], found)
        (folder / name).write_bytes(content)
    served = {each: mutations[each] for each in types if each in mutations}
    (folder / MUTATIONS_FILE).write_text(encode_mutations(served), "utf-8")


def _files(source: Path, in_use: str) -> list[tuple[str, Path]]:
    """The introspections to pin, with their versions.

    Raises:
        ConfigurationError: there is none that is served beside the version in use.
    """
    files = sorted(source.glob("admin_*.json*")) if source.is_dir() else [source]
    found = [(version_of(each), each) for each in files]
    served = [each for each in found if is_served_beside(each[0], in_use)]
    if not served:
        message = (
            f"{source} holds no introspection of a version served beside {in_use}, the "
            f"one in use; wanted is admin_<version>.json or .json.gz"
        )
        raise ConfigurationError(message)
    return served


if __name__ == "__main__":
    FOLDER = Path(__file__).parent
    match sys.argv[1:]:
        case ["--use", given]:
            upgrade(Path(given), FOLDER, Path(".env.example"))
        case [given]:
            pin(Path(given), FOLDER)
        case _:
            sys.exit("usage: python -m shopify_assets.catalog.pin [--use] SCHEMA")
