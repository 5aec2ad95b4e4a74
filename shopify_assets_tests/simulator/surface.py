"""Reading what a shop shows by dotted paths, through GraphQL and nothing else.

Charter: the independent side of tests of filters and sort keys: a path is turned into a
selection, the answer is asked for, and values are picked from the answer.
"""

from __future__ import annotations

from typing import Any

from shopify_assets.catalog.schema import load_schema

SCHEMA = load_schema()
Json = dict[str, Any]
AMOUNTS = {"MoneyV2": ".amount", "MoneyBag": ".shopMoney.amount"}


def camel(name: str) -> str:
    """A filter's or sort key's name as a field would be called."""
    first, *rest = name.lower().split("_")
    return first + "".join(part.title() for part in rest)


def node_of(root: str) -> str:
    """The type of a root connection's nodes."""
    node = SCHEMA.node_type(SCHEMA.query.fields[root])
    return node.name if node else ""


def selection(kind: str, path: str) -> str:
    """A path as a selection on a type; types behind an interface are named."""
    name, _, rest = path.partition(".")
    if name == "__typename":
        return name
    parts = []
    known = SCHEMA[kind]
    own = [kind] if name in known.fields else []
    for owner in own or known.possible:
        field = SCHEMA[owner].fields.get(name)
        if field is None:
            continue
        text = _within(field.named_type, rest, owner, name)
        if "{  }" in text:
            continue  # a type of the same field that has nothing to show
        parts.append(text if owner == kind else f"... on {owner} {{ {text} }}")
    return " ".join(parts)


def _within(named: str, rest: str, owner: str, name: str) -> str:
    known = SCHEMA.types.get(named)
    if known is None or not known.is_composite:
        return name
    node = SCHEMA.node_type(SCHEMA[owner].fields[name])
    given = "(onlyPublished: false)" if name == "resourcePublicationsV2" else ""
    given = "(includeInactive: true)" if name == "inventoryLevels" else given
    given = '(names: ["available"])' if name == "quantities" else given
    if node is None:
        return f"{name}{given} {{ {selection(named, rest or 'id')} }}"
    inner = selection(node.name, rest or "id")
    return f"{name}{given} {{ nodes {{ {inner} }} }}"


def dig(value: Any, path: str) -> list[Any]:
    """The values at the end of a path of an answer; nulls are left out."""
    if value is None:
        return []
    if isinstance(value, list):
        return [found for each in value for found in dig(each, path)]
    if not path:
        ending = value.get("id") if isinstance(value, dict) else value
        return [] if ending is None else [ending]
    if not isinstance(value, dict):
        return []
    name, _, rest = path.partition(".")
    return dig(value.get(name), rest)


def alike(root: str, name: str) -> str | None:
    """The path of what a filter or sort key is called alike, if the node has it."""
    kind = node_of(root)
    names = [f"{camel(name)}Set", camel(name), camel(name.removesuffix("_id"))]
    names += [camel(f"display_{name}")]
    for owner in (kind, *SCHEMA[kind].possible) if kind in SCHEMA.types else ():
        for field in names:
            found = SCHEMA[owner].fields.get(field)
            if found is not None:
                return field + AMOUNTS.get(found.named_type, "")
    return None
