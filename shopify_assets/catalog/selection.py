"""A stream's selection, checked against the schema: the tree all else is made from.

Charter: parsing and checking. What is right here is right for the pinned version: every
field exists, every argument is known, every composite has children. Tables, queries and
costs are made from this tree elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from shopify_assets.catalog import syntax
from shopify_assets.catalog.schema import Field, Schema, Type
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shopify_assets.catalog.syntax import Node


class Form(Enum):
    """How a field's value is shaped in JSON."""

    SCALAR = "scalar"
    SCALARS = "list of scalars"
    OBJECT = "object"
    OBJECTS = "list of objects"
    CONNECTION = "connection"
    JOINED = "connection of QueryRoot, asked by the record's id"


@dataclass(frozen=True)
class Selected:
    """One selected field, with all below it.

    Attributes:
        key: its key in the answer (the alias, if it has one).
        name: the schema's field name.
        owner: the type it was selected on; of a joined one, the type it is a field of.
        type: its named type; for a connection the type of its nodes.
        form: its shape.
        nullable: whether the value may be null or, in a fragment, absent.
        arguments: GraphQL text, such as `includeRemovals: true`; empty for none.
        children: fields below it.
        within: of a joined one, the objects of QueryRoot that lead to it.
        on: the concrete type of the inline fragment it stood in, if any.
        has_nodes: of a connection, whether it gives its nodes without their edges.
    """

    key: str
    name: str
    owner: Type
    type: Type
    form: Form
    nullable: bool
    arguments: str = ""
    children: tuple[Selected, ...] = ()
    within: tuple[str, ...] = ()
    on: str | None = None
    has_nodes: bool = True

    @property
    def is_connection(self) -> bool:
        """Whether its records come page by page."""
        return self.form is Form.CONNECTION or self.form is Form.JOINED

    @property
    def is_id(self) -> bool:
        """Whether it is a node's id. The alias `gid` asks for its text alone."""
        return self.name == "id" and self.type.name == "ID" and self.key != "gid"

    @property
    def is_money(self) -> bool:
        """Whether it is an amount with its currency, in one or two of them."""
        return self.type.name in {"MoneyBag", "MoneyV2"}


def select(schema: Schema, owner: Type, text: str) -> tuple[Selected, ...]:
    """Parse a selection on type `owner` and check it against the schema.

    Raises:
        ConfigurationError: a syntax error, an unknown field or argument, a composite
            without children, a scalar with them, or one key with two meanings.
    """
    try:
        nodes = syntax.parse(text)
    except ConfigurationError as error:
        message = f"selection on {owner.name}: {error}"
        raise ConfigurationError(message) from error
    return _select(schema, owner, nodes, on=None)


def root_field(schema: Schema, path: str, children: str) -> Selected:
    """Select the root field at `path`; `children` is the text of its selection.

    Of a path such as `shop.shopPolicies` the last field is returned; its owner is not
    QueryRoot.
    """
    *objects, name = path.split(".")
    owner = schema.query
    for each in objects:
        found = _root(schema, owner, each)
        owner = schema[found.named_type]
        if found.is_list or schema.node_type(found) is not None:
            message = f"{each} of the root {path!r} is a list; only objects lead to it"
            raise ConfigurationError(message)
    found = _root(schema, owner, name)
    node = schema.node_type(found)
    type_ = node or schema[found.named_type]
    form = _composite_form(found, node)
    return Selected(
        key=name,
        name=name,
        owner=owner,
        type=type_,
        form=form,
        nullable=found.nullable,
        children=select(schema, type_, children),
        has_nodes=_has_nodes(schema, found),
    )


def _root(schema: Schema, owner: Type, name: str) -> Field:
    found = owner.fields.get(name)
    if found is None:
        what = "root field" if owner is schema.query else f"field of {owner.name},"
        message = f"API version {schema.version} has no {what} {name!r}"
        raise ConfigurationError(message)
    return found


def walk(
    fields: tuple[Selected, ...], *forms: Form, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Selected]]:
    """Walk the fields of these forms in one record, each with the path of keys to it.

    Objects are walked into; lists and connections are not, for their elements are
    records or rows of their own. What several fragments select comes several times.
    """
    for each in fields:
        inner = (*path, each.key)
        if each.form in forms:
            yield inner, each
        elif each.form is Form.OBJECT:
            yield from walk(each.children, *forms, path=inner)


def _select(
    schema: Schema, owner: Type, nodes: Sequence[Node], *, on: str | None
) -> tuple[Selected, ...]:
    fields = tuple(_fields(schema, owner, nodes, on=on))
    seen: dict[tuple[str, str | None], Selected] = {}
    for each in fields:
        if (each.key, each.on) in seen:
            message = f"{owner.name} selects {each.key!r} twice; rename one by an alias"
            raise ConfigurationError(message)
        seen[each.key, each.on] = each
    return fields


def _fields(
    schema: Schema, owner: Type, nodes: Sequence[Node], *, on: str | None
) -> Iterator[Selected]:
    for node in nodes:
        if isinstance(node, syntax.Field):
            yield _field(schema, owner, node, on=on)
        elif node.on:
            concrete = schema[node.on]
            yield from _fields(schema, concrete, node.children, on=concrete.name)
        else:
            message = (
                f"{owner.name}: only fields and typed inline fragments are selected"
            )
            raise ConfigurationError(message)


_TYPENAME = Field(type="String!")


def _field(
    schema: Schema, owner: Type, node: syntax.Field, *, on: str | None
) -> Selected:
    name = node.name
    found = _TYPENAME if name == "__typename" else owner.fields.get(name)
    joint = None if found else _joint(schema, node)
    if joint:
        owner, node, found = joint.owner, joint.node, joint.field
    if found is None:
        message = f"API version {schema.version}: {owner.name} has no field {name!r}"
        raise ConfigurationError(message)
    name = node.name
    _check_arguments(owner, found, node)
    connected = schema.node_type(found)
    named = connected or schema[found.named_type]
    children = _children(schema, named, node, connected=connected is not None)
    return Selected(
        key=node.key,
        name=name,
        owner=owner,
        type=named,
        form=Form.JOINED if joint else _form(found, named, connected),
        nullable=found.nullable or on is not None,
        arguments=syntax.arguments_text(node),
        children=children,
        within=joint.within if joint else (),
        on=on,
        has_nodes=_has_nodes(schema, found),
    )


def _has_nodes(schema: Schema, found: Field) -> bool:
    if schema.node_type(found) is None:
        return True
    return "nodes" in schema[found.named_type].fields


@dataclass(frozen=True)
class _Joint:
    """A connection asked by `$id`: its field and node, and the objects it lies in."""

    owner: Type
    field: Field
    node: syntax.Field
    within: tuple[str, ...] = ()


def _joint(schema: Schema, node: syntax.Field) -> _Joint | None:
    """The connection, of QueryRoot or of an object there, that is asked by `$id`."""
    owner = schema.query
    within: tuple[str, ...] = ()
    while "$id" in syntax.written([node]) and (found := owner.fields.get(node.name)):
        if schema.node_type(found) is not None:
            return _Joint(owner, found, node, within)
        match node.children:
            case (syntax.Field() as inner,) if not found.is_list:
                owner = schema[found.named_type]
                within, node = (*within, node.name), inner
            case _:
                return None
    return None


def _check_arguments(owner: Type, found: Field, node: syntax.Field) -> None:
    given = {each.name for each in node.arguments}
    unknown = given - found.args.keys()
    missing = {name for name, each in found.args.items() if each.required} - given
    for problem, names in (("has no", unknown), ("requires", missing)):
        if names:
            message = f"{owner.name}.{node.name} {problem} argument {min(names)!r}"
            raise ConfigurationError(message)


def _children(
    schema: Schema, named: Type, node: syntax.Field, *, connected: bool
) -> tuple[Selected, ...]:
    if node.children is None:
        if named.is_composite:
            message = f"{node.name} ({named.name}) needs a selection of its fields"
            raise ConfigurationError(message)
        return ()
    if not named.is_composite:
        message = f"{node.name} ({named.name}) has no fields to select"
        raise ConfigurationError(message)
    inner = _nodes(node) if connected else node.children
    return _select(schema, named, inner, on=None)


def _nodes(connection: syntax.Field) -> tuple[Node, ...]:
    match connection.children:
        case (syntax.Field(name="nodes", children=nodes),) if nodes:
            return nodes
    message = f"write the connection {connection.name} as {{ nodes {{ … }} }}"
    raise ConfigurationError(message)


def _form(found: Field, named: Type, connected: Type | None) -> Form:
    if named.is_composite:
        return _composite_form(found, connected)
    return Form.SCALARS if found.is_list else Form.SCALAR


def _composite_form(found: Field, connected: Type | None) -> Form:
    if connected is not None:
        return Form.CONNECTION
    return Form.OBJECTS if found.is_list else Form.OBJECT
