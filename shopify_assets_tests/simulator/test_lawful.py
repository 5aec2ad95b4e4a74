"""Whatever is modelled by hand obeys the schema: nulls, enums, scalars, links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.catalog.schema import load_schema
from shopify_assets.simulator.data.metafields import owner_type_of
from shopify_assets.simulator.world.world import Ref
from shopify_assets_tests.simulator.conftest import EMBER, LUMEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.simulator.http.server import Simulator
    from shopify_assets.simulator.world.world import Record, World

SCHEMA = load_schema()
MOST = 60
PATTERNS = {
    "DateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "Date": r"\d{4}-\d\d-\d\d",
    "Decimal": r"-?\d+\.\d+",
    "Money": r"-?\d+\.\d\d+",
    "UnsignedInt64": r"\d+",
    "BigInt": r"-?\d+",
    "ID": r"gid://shopify/[A-Za-z0-9]+/.+",
    "URL": r"(https?:/)?/.*",
}
# Values no pinned enum knows, meant as such.
MEANT = {"AWAITING_CARRIER_PICKUP"}


@pytest.mark.parametrize("domain", [EMBER, LUMEN])
def test_records_obey_the_schema(shared: Simulator, domain: str) -> None:
    world = shared.store(domain).world
    found = {
        problem
        for kind in world.tables
        for place in list(world.places(kind))[:MOST]
        for problem in problems(world, world.record(kind, place))
    }
    assert sorted(found) == []


def problems(world: World, record: Record) -> Iterator[str]:
    """What is wrong with a record: each as `Type.field: value`."""
    kind = record["__typename"]
    fields = SCHEMA[kind].fields
    read = dict(record)
    for name in fields:
        known, value = world.later(dict(record), name)
        if known and name not in read:
            read[name] = value
    for name, value in read.items():
        if name in fields:
            wrong = check(world, fields[name].type, value)
            yield from (f"{kind}.{name}: {each}" for each in wrong)


def check(world: World, notation: str, value: Any) -> Iterator[str]:
    bare = notation.removesuffix("!")
    if value is None:
        yield from ["null"] if notation.endswith("!") else []
    elif isinstance(value, list) and (held := item_type(bare)):
        for each in value:
            yield from check(world, held, each)
    else:
        yield from single(world, bare, value)


def item_type(notation: str) -> str | None:
    """The type of the items of a list, or of a connection held as one."""
    if notation.startswith("["):
        return notation[1:-1]
    edges = SCHEMA[notation].fields.get("edges")
    node = SCHEMA[edges.named_type].fields["node"] if edges else None
    return f"{node.named_type}!" if node else None


def single(world: World, kind: str, value: Any) -> Iterator[str]:
    named = SCHEMA[kind]
    if named.kind == "SCALAR":
        yield from scalar(kind, value)
    elif named.is_composite:
        yield from composite(world, kind, value)
    elif value not in {*named.values, *MEANT}:
        yield f"{value!r} is no {kind}"


def scalar(kind: str, value: Any) -> Iterator[str]:
    typed = {"Int": int, "Float": float, "Boolean": bool}.get(kind, str)
    if kind == "JSON":
        return
    pattern = PATTERNS.get(kind, "(?s:.*)")
    if type(value) is not typed or not re.fullmatch(pattern, str(value)):
        yield f"{value!r} is no {kind}"


def composite(world: World, kind: str, value: Any) -> Iterator[str]:
    possible = SCHEMA[kind].possible or (kind,)
    if type(value) is Ref:
        found = world.find(value.gid)
        if found is None:
            yield f"{value.gid} leads nowhere"
        elif found["__typename"] not in possible:
            yield f"{value.gid} is none of {possible}"
        return
    made = value.get("__typename") or (kind if len(possible) == 1 else "?")
    if SCHEMA[kind].is_abstract and made not in possible:
        yield f"{made} is none of {possible}"
        return
    concrete = made if made in possible else kind
    fields = SCHEMA[concrete].fields
    for name, inner in value.items():
        if name in fields:
            wrong = check(world, fields[name].type, inner)
            yield from (f"{concrete}.{name}: {each}" for each in wrong)


def test_every_owner_of_metafields_has_a_type_of_owner() -> None:
    owners = {kind: owner_type_of(kind) for kind in SCHEMA["HasMetafields"].possible}
    known = SCHEMA["MetafieldOwnerType"].values
    assert {kind: name for kind, name in owners.items() if name not in known} == {}
