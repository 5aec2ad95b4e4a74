"""Ids of the shop's records, to ask for them again.

Charter: which queries give ids, and how they are gathered from answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets_tests.fuzz.categories import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.schema import Schema, Type
    from shopify_assets_tests.fuzz.judging import Shop


def harvested(shop: Shop, schema: Schema) -> dict[str, list[str]]:
    """Ids by type, of what root fields list and of what lies right below."""
    ids: dict[str, list[str]] = {}
    for text in _queries(schema):
        body = shop.send(Case("harvest", text)).json()
        for kind, gid in _ids(body.get("data")):
            known = ids.setdefault(kind, [])
            if gid not in known:
                known.append(gid)
    return ids


def _queries(schema: Schema) -> Iterator[str]:
    for name, found in schema.query.fields.items():
        required = [key for key, each in found.args.items() if each.required]
        node = schema.node_type(found)
        if required or (node is None and found.args):
            continue
        kind = node or schema[found.named_type]
        if not kind.is_composite:
            continue
        row = _row(schema, kind)
        if node is None:
            yield f"{{ {name} {{ {row} }} }}"
        else:
            edges = f"edges {{ node {{ {row} }} }}"
            yield f"{{ {name}(first: 5) {{ {edges} }} }}"


def _row(schema: Schema, kind: Type) -> str:
    if kind.is_abstract:
        ways = (
            f"... on {concrete} {{ {_id(schema[concrete])} }}"
            for concrete in kind.possible
            if concrete in schema.types
        )
        return " ".join(("__typename", *ways))
    parts = []
    for name, found in kind.fields.items():
        node = schema.node_type(found) if found.named_type in schema.types else None
        below = node or schema.types.get(found.named_type)
        asked = any(each.required for each in found.args.values())
        if below is None or "id" not in below.fields or asked:
            continue
        inner = f"{{ {_id(below)} }}"
        page = f"(first: 2) {{ edges {{ node {inner} }} }}"
        parts.append(f"{name}{page}" if node is not None else f"{name} {inner}")
    return " ".join((_id(kind), *parts))


def _id(kind: Type) -> str:
    return "__typename id" if "id" in kind.fields else "__typename"


def _ids(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _ids(item)
    if isinstance(value, dict):
        if value.get("id") and "__typename" in value:
            yield value["__typename"], value["id"]
        for item in value.values():
            yield from _ids(item)
