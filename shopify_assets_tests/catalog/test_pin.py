"""Pinning: from an introspection result to the lines that are shipped."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shopify_assets.catalog.pin import pin, pin_file, read_introspection
from shopify_assets.catalog.schema import PINNED_VERSION, Argument, Field, Type

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
    decoded = msgspec.json.Decoder(Type).decode_lines(pin(INTROSPECTION))

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
    assert b"Prose" not in pin(INTROSPECTION)


def test_pinning_twice_gives_the_same_bytes() -> None:
    assert pin(INTROSPECTION) == pin(INTROSPECTION)


@pytest.mark.parametrize("name", ["admin_2031-01.json", "admin_2031-01.json.gz"])
def test_introspection_is_read_compressed_or_not(tmp_path: Path, name: str) -> None:
    content = json.dumps(INTROSPECTION).encode()
    file = tmp_path / name
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    assert pin(read_introspection(file)) == pin(INTROSPECTION)


@pytest.mark.parametrize("named_by", ["file", "folder"])
def test_version_is_the_one_its_source_is_called_by(
    tmp_path: Path, named_by: str
) -> None:
    """A folder stands for the file of the pinned version within it."""
    version = PINNED_VERSION if named_by == "folder" else "2031-01"
    source = tmp_path / f"admin_{version}.json.gz"
    source.write_bytes(gzip.compress(json.dumps(INTROSPECTION).encode()))

    written = pin_file(tmp_path if named_by == "folder" else source, tmp_path)

    assert written == tmp_path / f"admin_{version}.jsonl"
    assert written.read_bytes() == pin(INTROSPECTION)
