"""Pinning: from an introspection result to the lines that are shipped."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shopify_assets.catalog.mutations import read_mutations
from shopify_assets.catalog.pin import (
    encode,
    facts,
    mutation_names,
    pin,
    read_introspection,
    upgrade,
)
from shopify_assets.catalog.schema import (
    Argument,
    Field,
    Type,
    read_schema,
    version_in_use,
)
from shopify_assets.errors import ConfigurationError

Json = dict[str, Any]


def named(name: str, kind: str = "OBJECT") -> Json:
    return {"kind": kind, "name": name, "ofType": None}


def non_null(of: Json) -> Json:
    return {"kind": "NON_NULL", "name": None, "ofType": of}


def list_of(of: Json) -> Json:
    return {"kind": "LIST", "name": None, "ofType": of}


def field(name: str, of: Json, *args: Json, deprecated: bool = False) -> Json:
    return {"name": name, "type": of, "args": args, "isDeprecated": deprecated}


def argument(
    name: str, of: Json, *, default: str | None = None, description: str | None = None
) -> Json:
    return {
        "name": name,
        "type": of,
        "defaultValue": default,
        "description": description,
    }


def raw_type(name: str, kind: str = "OBJECT", **parts: Any) -> Json:
    return {
        "name": name,
        "kind": kind,
        "description": "Prose that is not to be copied.",
        "fields": None,
        "interfaces": None,
        "possibleTypes": None,
        "enumValues": None,
        "inputFields": None,
        **parts,
    }


FILTERS = """
A filter made up of terms.
| name | type | description |
| ---- | ---- | ---- |
| default | string | The default. |
| updated_at | time | When. |
| created_at | time | When. |
| line_items.sku | string | A part. |
"""
INTEGER = named("Int", "SCALAR")
STRING = named("String", "SCALAR")
INTROSPECTION: Json = {
    "data": {
        "__schema": {
            "types": [
                raw_type("__Type"),
                raw_type("Unreachable", fields=[field("id", STRING)]),
                raw_type(
                    "QueryRoot",
                    fields=[
                        field(
                            "things",
                            non_null(list_of(non_null(named("Thing")))),
                            argument("first", INTEGER, default="10"),
                            argument("query", STRING, description=FILTERS),
                            argument("order", named("Sort", "ENUM")),
                        )
                    ],
                ),
                raw_type(
                    "Mutation",
                    fields=[
                        field(
                            "bulkOperationRunQuery",
                            STRING,
                            argument("input", named("Input", "INPUT_OBJECT")),
                        ),
                        field("thingDelete", named("Deleted")),
                    ],
                ),
                raw_type("Deleted", fields=[field("id", STRING)]),
                raw_type(
                    "Thing",
                    fields=[
                        field("id", non_null(STRING)),
                        field("old", INTEGER, deprecated=True),
                        field("secret", STRING),
                    ],
                    interfaces=[named("Node", "INTERFACE")],
                ),
                raw_type(
                    "Node",
                    "INTERFACE",
                    fields=[field("id", non_null(STRING))],
                    possibleTypes=[named("Thing"), named("Another")],
                ),
                raw_type("Another", fields=[field("id", non_null(STRING))]),
                raw_type("Sort", "ENUM", enumValues=[{"name": "ID"}, {"name": "AGE"}]),
                raw_type(
                    "Input", "INPUT_OBJECT", inputFields=[argument("text", STRING)]
                ),
                raw_type("Int", "SCALAR"),
                raw_type("String", "SCALAR"),
            ]
        }
    },
    "offline_scopes": {
        "items": [
            {"typeName": "Thing", "offlineScopes": ["read_things"]},
            {
                "typeName": "Thing",
                "fieldName": "secret",
                "offlineScopes": ["read_secrets"],
            },
            {"typeName": "Node", "offlineScopes": []},
        ]
    },
}


def test_what_can_be_reached_is_pinned_as_facts_alone() -> None:
    decoded = msgspec.json.Decoder(Type).decode_lines(encode(facts(INTROSPECTION)))

    identified = {"id": Field("String!")}
    assert decoded == [
        Type("Another", "OBJECT", identified),
        Type("Input", "INPUT_OBJECT", inputs={"text": Argument("String")}),
        Type("Int", "SCALAR"),
        Type(
            "Mutation",
            "OBJECT",
            {"bulkOperationRunQuery": Field("String", {"input": Argument("Input")})},
        ),
        Type("Node", "INTERFACE", identified, possible=("Another", "Thing")),
        Type(
            "QueryRoot",
            "OBJECT",
            {
                "things": Field(
                    "[Thing!]!",
                    {
                        "first": Argument("Int", default="10"),
                        "query": Argument("String"),
                        "order": Argument("Sort"),
                    },
                    filters=("created_at", "line_items.sku", "updated_at"),
                )
            },
        ),
        Type("Sort", "ENUM", values=("ID", "AGE")),
        Type("String", "SCALAR"),
        Type(
            "Thing",
            "OBJECT",
            {
                **identified,
                "old": Field("Int", deprecated=True),
                "secret": Field("String", scopes=("read_secrets",)),
            },
            interfaces=("Node",),
            scopes=("read_things",),
        ),
    ]


def test_descriptions_are_never_copied() -> None:
    assert b"Prose" not in encode(facts(INTROSPECTION))


def test_a_live_shops_introspection_tells_no_scopes() -> None:
    """Nor is anything wrong with it."""
    live = {"data": INTROSPECTION["data"]}
    assert facts(live)["Thing"].scopes == ()


@pytest.mark.parametrize("name", ["admin_2031-01.json", "admin_2031-01.json.gz"])
def test_introspection_is_read_compressed_or_not(tmp_path: Path, name: str) -> None:
    content = json.dumps(INTROSPECTION).encode()
    file = tmp_path / name
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    assert read_introspection(file) == json.loads(content)


def changed(**fields: Json) -> Json:
    """The introspection of another version, where the thing has these fields as well.

    A value of an enum, a deprecation and a type are gone there.
    """
    found: Json = json.loads(json.dumps(INTROSPECTION))
    types = {each["name"]: each for each in found["data"]["__schema"]["types"]}
    types["Thing"]["fields"] = [
        each for each in types["Thing"]["fields"] if each["name"] != "old"
    ] + [{**each, "name": name} for name, each in fields.items()]
    types["Sort"]["enumValues"] = [{"name": "ID"}]
    types["Node"]["possibleTypes"] = [named("Thing")]
    return found


LATER = changed(new=field("new", list_of(STRING)))
EVEN_LATER = changed(newer=field("newer", INTEGER))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of pinned schemas, where 2030-10 is in use."""
    folder = tmp_path / "pinned"
    folder.mkdir()
    (folder / "admin_2030-10.jsonl").write_bytes(encode(facts(INTROSPECTION)))
    return folder


def introspection(folder: Path, version: str, content: Json) -> Path:
    """Write an introspection's file."""
    file = folder / f"admin_{version}.json.gz"
    file.write_bytes(gzip.compress(json.dumps(content).encode()))
    return file


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.glob("admin_*"))


def test_another_version_is_pinned_as_what_differs(
    folder: Path, tmp_path: Path
) -> None:
    """What is gone is null, what is new stands there, all else is not repeated."""
    before = (folder / "admin_2030-10.jsonl").read_bytes()

    pin(introspection(tmp_path, "2031-01", LATER), folder)

    assert names(folder) == ["admin_2030-10.jsonl", "admin_2031-01.patch.jsonl"]
    assert (folder / "admin_2030-10.jsonl").read_bytes() == before
    assert (folder / "admin_2031-01.patch.jsonl").read_text("utf-8") == (
        '{"Another":null}\n'
        '{"Node":{"possible":["Thing"]}}\n'
        '{"Sort":{"values":["ID"]}}\n'
        '{"Thing":{"fields":{"new":{"type":"[String]"},"old":null}}}\n'
    )
    assert read_schema(folder, "2031-01").types == facts(LATER)


def test_a_folder_pins_all_versions_that_are_served_beside_the_one_in_use(
    folder: Path, tmp_path: Path
) -> None:
    for version, content in (
        ("2029-10", LATER),
        ("2030-01", LATER),
        ("2030-10", INTROSPECTION),
        ("unstable", EVEN_LATER),
    ):
        introspection(tmp_path, version, content)

    pin(tmp_path, folder)

    assert names(folder) == [
        "admin_2030-01.patch.jsonl",
        "admin_2030-10.jsonl",
        "admin_unstable.patch.jsonl",
    ]
    assert read_schema(folder, "unstable").types == facts(EVEN_LATER)


def test_the_names_of_all_mutations_are_kept_by_version(
    folder: Path, tmp_path: Path
) -> None:
    """Also of those that are not pinned; of a version that is known, as they were."""
    pin(introspection(tmp_path, "2030-10", INTROSPECTION), folder)
    pin(introspection(tmp_path, "2031-01", LATER), folder)

    all_of_it = mutation_names(INTROSPECTION)
    assert all_of_it > facts(INTROSPECTION)["Mutation"].fields.keys()
    assert read_mutations(folder) == {"2030-10": all_of_it, "2031-01": all_of_it}


def test_pinning_twice_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    source = introspection(tmp_path, "2031-01", LATER)
    pin(source, folder)
    first = {each.name: each.read_bytes() for each in folder.iterdir()}
    pin(source, folder)
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == first


def test_an_upgrade_puts_a_version_in_use_and_keeps_the_facts_of_the_others(
    folder: Path, tmp_path: Path
) -> None:
    """They are patches of the new one now; one that is served no more is gone."""
    pin(introspection(tmp_path, "2030-01", EVEN_LATER), folder)
    pin(introspection(tmp_path, "2030-04", LATER), folder)
    example = tmp_path / ".env.example"
    example.write_text("A=1\n# The version.\nSHOPIFY_API_VERSION=2030-10\n", "utf-8")

    upgrade(introspection(tmp_path, "2031-01", LATER), folder, example)

    assert version_in_use(folder) == "2031-01"
    assert names(folder) == [
        "admin_2030-04.patch.jsonl",
        "admin_2030-10.patch.jsonl",
        "admin_2031-01.jsonl",
    ]
    assert (folder / "admin_2030-04.patch.jsonl").read_bytes() == b""
    assert {
        each: read_schema(folder, each).types for each in ("2030-10", "2031-01")
    } == {
        "2030-10": facts(INTROSPECTION),
        "2031-01": facts(LATER),
    }
    assert example.read_text("utf-8") == (
        "A=1\n# The version.\nSHOPIFY_API_VERSION=2031-01\n"
    )


def test_scopes_that_an_introspection_does_not_tell_are_kept(
    folder: Path, tmp_path: Path
) -> None:
    """As in the version in use; a new field has none of its own."""
    pin(introspection(tmp_path, "2031-01", {"data": LATER["data"]}), folder)

    thing = read_schema(folder, "2031-01").types["Thing"]
    assert thing.scopes == ("read_things",)
    assert thing.fields["secret"].scopes == ("read_secrets",)
    assert thing.fields["new"].scopes == ()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "schema.json",
            r"^'schema\.json' names no API version; call it admin_<version>",
        ),
        ("admin_2031-02.json", r"^'admin_2031-02\.json' names no API version"),
        ("admin_2029-10.json", "holds no introspection of a version served beside"),
        ("", "holds no introspection of a version served beside 2030-10"),
    ],
    ids=["no version", "no quarter", "served no more", "empty folder"],
)
def test_what_cannot_be_pinned_is_refused_and_changes_nothing(
    folder: Path, tmp_path: Path, name: str, told: str
) -> None:
    source = tmp_path / "given"
    source.mkdir()
    if name:
        source /= name
        source.write_text(json.dumps(INTROSPECTION), "utf-8")

    with pytest.raises(ConfigurationError, match=told):
        pin(source, folder)
    assert names(folder) == ["admin_2030-10.jsonl"]


def test_a_folder_without_one_whole_schema_is_refused(folder: Path) -> None:
    (folder / "admin_2031-01.jsonl").write_bytes(b"")
    with pytest.raises(
        ConfigurationError, match=r"holds 2 whole schemas \(2030-10, 2031-01\), not one"
    ):
        version_in_use(folder)
