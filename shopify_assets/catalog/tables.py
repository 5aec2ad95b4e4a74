"""Tables and columns of a stream, derived from its checked selection.

Charter: which tables there are, how their rows are keyed, and where in a record each
column's value lies. How values are decoded is normalize's business; SQL is postgres'.

A *record* is one JSON line of a raw file. Its first key is a marker that names the
table it feeds (`"_order_line_items": "LineItem"`); lines other than the root's carry
`__parentId`, and lines fetched in the second step (connections that sit inside a list)
carry `__rootId` and, a level deeper, `__grandparentId` too. Lists of objects stay
inside their record: each is a table of its own whose rows are the list's elements.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from shopify_assets.catalog import names
from shopify_assets.catalog.gids import GidStyle, gid_style
from shopify_assets.catalog.presence import Listing, listing_of, present
from shopify_assets.catalog.scalars import Kind, kind_of
from shopify_assets.catalog.selection import Form, Selected, walk
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.stream import Stream

Path = tuple[str, ...]

PARENT_ID = "__parentId"
GRANDPARENT_ID = "__grandparentId"
ROOT_ID = "__rootId"


class Source(Enum):
    """Where a column's value comes from."""

    SHOP = "the shop's domain"
    VALUE = "the JSON value at the path"
    GID_NUMBER = "the number of the global id at the path, or else its stand-in"
    POSITION = "the element's place, from 0, in its list or among its siblings"


@dataclass(frozen=True)
class Column:
    """A column and where its value lies.

    Attributes:
        name: its name in SQL.
        kind: its kind.
        nullable: whether Shopify's schema allows null there.
        source: what kind of place the value comes from.
        path: keys from the element to the value.
        up: how many lists to climb from the row's element before following the path.
    """

    name: str
    kind: Kind
    nullable: bool
    source: Source = Source.VALUE
    path: Path = ()
    up: int = 0


@dataclass(frozen=True)
class Table:
    """A table of the warehouse: `columns` in order, `shop` first, then the key.

    Attributes:
        name: its name in SQL.
        stream: the stream it belongs to.
        columns: all columns but the loader's own (`_extracted_at`, `_loaded_at`, …).
        key: names of the columns that identify a row.
        root_key: the columns that refer to the stream's root table (`shop`, `id`); for
            the root itself its key. Children live and die with their root's version.
        parent: the table whose element encloses this one's; None for the root.
        parent_key: this table's columns that equal the parent's key, in its order.
        version: the root's column that tells the newer of two versions, if any.
        marker: the key that marks the records which feed this table.
        lists: paths of the nested lists from the record to a row's element.
        present: paths whose key every element has, whatever its type.
        listing: what is certain of the list that the elements stand in, if any.
    """

    name: str
    stream: str
    columns: tuple[Column, ...]
    key: Path
    root_key: Path
    parent: str | None
    parent_key: Path
    version: str | None
    marker: str
    lists: tuple[Path, ...] = ()
    present: frozenset[Path] = frozenset()
    listing: Listing = Listing.OPTIONAL

    @property
    def is_root(self) -> bool:
        """Whether it is the stream's root table."""
        return self.parent is None

    def column(self, name: str) -> Column:
        """Return the column called `name`.

        Raises:
            ConfigurationError: the table has none.
        """
        for each in self.columns:
            if each.name == name:
                return each
        raise ConfigurationError(f"table {self.name} has no column {name!r}")


SHOP_COLUMN = Column("shop", Kind.TEXT, nullable=False, source=Source.SHOP)
_POSITION = Column("position", Kind.INTEGER, nullable=False, source=Source.POSITION)

# Belongs to no stream: which global ids the stand-ins of all tables stand for.
GLOBAL_IDS = Table(
    name="global_ids",
    stream="",
    columns=(
        SHOP_COLUMN,
        Column("id", Kind.BIGINT, nullable=False),
        Column("gid", Kind.TEXT, nullable=False),
    ),
    key=("shop", "id"),
    root_key=("shop", "id"),
    parent=None,
    parent_key=(),
    version=None,
    marker="",
)


def root_name(stream: Stream, root: Selected) -> str:
    """Name the stream's root table: called like the stream, unless that is carried."""
    if is_carried(stream, root):
        return names.carrier_name(stream.name, root.name)
    return stream.name


def is_carried(stream: Stream, root: Selected) -> bool:
    """Whether the stream's records stand below those of its root."""
    nested = walk(root.children, Form.OBJECTS, Form.CONNECTION, Form.JOINED)
    return any(names.snake(path[-1]) == stream.name for path, _ in nested)


def derive_tables(stream: Stream, root: Selected) -> tuple[Table, ...]:
    """Derive the stream's tables, parents before children.

    Raises:
        ConfigurationError: two columns of one name, a replication key that is no
            column, or a name PostgreSQL would cut.
    """
    name = root_name(stream, root)
    field = stream.name if name == stream.name else root.name
    place = _Place(table=name, marker=f"_{name}", field=field)
    tables = tuple(_tables(stream, root.children, place))
    version = _version(stream, tables[0])
    return (replace(tables[0], version=version), *tables[1:])


@dataclass(frozen=True)
class _Place:
    """Where an element stands: its table, its record, and who its ancestors are.

    `inherited` are the columns that name the ancestors, seen from this element.
    """

    table: str
    marker: str
    field: str
    parent: Table | None = None
    lists: tuple[Path, ...] = ()
    inherited: tuple[Column, ...] = ()
    listing: Listing = Listing.OPTIONAL


def _tables(
    stream: Stream, fields: tuple[Selected, ...], place: _Place
) -> Iterator[Table]:
    table = _table(stream, fields, place)
    yield table
    for path, each in _nested(fields):
        inner = _list_place if each.form is Form.OBJECTS else _connection_place
        below = inner(table, place, path)
        below = replace(below, listing=listing_of(each, path, table.present))
        yield from _tables(stream, each.children, below)


def _table(stream: Stream, fields: tuple[Selected, ...], place: _Place) -> Table:
    own = _merged(place.table, tuple(_columns(fields, _Named(place.table))))
    identity = _identity(fields)
    key = (*(each.name for each in place.inherited), identity.name)
    named = (identity.name, identity.path)
    rest = tuple(each for each in own if (each.name, each.path) != named)
    order = _order(stream, place)
    columns = (SHOP_COLUMN, *place.inherited, identity, *order, *rest)
    _check_distinct(place.table, columns)
    parent = place.parent
    return Table(
        name=place.table,
        stream=stream.name,
        columns=columns,
        key=("shop", *key),
        root_key=("shop", key[0]),
        parent=parent.name if parent else None,
        parent_key=("shop", *key[:-1]) if parent else (),
        version=None,
        marker=place.marker,
        lists=place.lists,
        present=frozenset(present(fields)),
        listing=place.listing,
    )


def _order(stream: Stream, place: _Place) -> tuple[Column, ...]:
    """The place of an element that has an id besides, where its order is wanted."""
    if place.table not in stream.ordered:
        return ()
    if place.parent is None:
        message = f"{place.table} holds the stream's records, which are in no order"
        raise ConfigurationError(message)
    return (_POSITION,)


def _list_place(table: Table, place: _Place, path: Path) -> _Place:
    climbed = tuple(replace(each, up=each.up + 1) for each in _references(table, place))
    return _Place(
        table=names.table_name(table.name, path[-1]),
        marker=place.marker,
        field=path[-1],
        parent=table,
        lists=(*place.lists, path),
        inherited=climbed,
    )


def _connection_place(table: Table, place: _Place, path: Path) -> _Place:
    name = names.table_name(table.name, path[-1])
    return _Place(
        table=name,
        marker=f"_{name}",
        field=path[-1],
        parent=table,
        inherited=tuple(_by_parent_id(_references(table, place))),
    )


def _references(table: Table, place: _Place) -> tuple[Column, ...]:
    """Columns by which a child names `table`'s element and that element's ancestors."""
    own = table.column(table.key[-1])
    named = replace(own, name=names.reference_name(place.field, own.name))
    return (*place.inherited, named)


def _by_parent_id(references: tuple[Column, ...]) -> Iterator[Column]:
    """Read references, root first, from the ids that a connection's record carries."""
    places = _ANCESTORS.get(len(references), ())
    if not places or any(each.source is Source.POSITION for each in references):
        message = (
            f"a connection below {references[-1].name} cannot be told its ancestors by "
            "their ids"
        )
        raise ConfigurationError(message)
    for place, each in zip(places, references, strict=True):
        yield replace(each, path=(place,), up=0)


# Where the record of a connection says who its ancestors are, by their number.
_ANCESTORS = {
    1: (PARENT_ID,),
    2: (ROOT_ID, PARENT_ID),
    3: (ROOT_ID, GRANDPARENT_ID, PARENT_ID),
}


def _nested(fields: tuple[Selected, ...]) -> Iterator[tuple[Path, Selected]]:
    """Lists and connections below these fields, each with the path to it.

    One that stands in several fragments under one key is one table.
    """
    found: dict[Path, Selected] = {}
    for path, each in walk(fields, Form.OBJECTS, Form.CONNECTION, Form.JOINED):
        known = found.setdefault(path, each)
        if known.children != each.children:
            message = f"{each.key} differs between fragments; rename one by an alias"
            raise ConfigurationError(message)
    yield from found.items()


@dataclass(frozen=True)
class _Named:
    """How the values below some object are named.

    Attributes:
        table: the table they stand in.
        path: keys from the element to the object.
        silent: leading keys that give no part of a name. An object that is called like
            its table's rows adds nothing: `discounts.discount.title` is `title`.
        money_depth: index of the first key inside money, if the object is money.
    """

    table: str
    path: Path = ()
    silent: int = 0
    money_depth: int | None = None

    def below(self, each: Selected) -> _Named:
        path = (*self.path, each.key)
        echo = path == (names.singular(self.table),)
        money = len(path) if each.is_money else None
        return replace(
            self,
            path=path,
            silent=1 if echo else self.silent,
            money_depth=self.money_depth or money,
        )

    def name(self, each: Selected) -> str:
        path = (*self.path, each.key)[self.silent :]
        depth = None if self.money_depth is None else self.money_depth - self.silent
        return names.column_name(path, depth)


def _columns(fields: tuple[Selected, ...], named: _Named) -> Iterator[Column]:
    for each in fields:
        if each.form is Form.OBJECT:
            for column in _columns(each.children, named.below(each)):
                yield replace(column, nullable=column.nullable or each.nullable)
        elif each.is_id:
            yield from _id_columns(each, named)
        elif each.form in {Form.SCALAR, Form.SCALARS}:
            path = (*named.path, each.key)
            yield Column(named.name(each), _kind(each), each.nullable, path=path)


def _kind(leaf: Selected) -> Kind:
    if leaf.form is Form.SCALAR:
        return kind_of(leaf.type)
    return Kind.TEXT_ARRAY if kind_of(leaf.type) is Kind.TEXT else Kind.JSONB


def _id_columns(each: Selected, named: _Named) -> Iterator[Column]:
    name = named.name(each)
    path = (*named.path, each.key)
    if gid_style(each.owner) is GidStyle.WORD:
        yield Column(name, Kind.TEXT, each.nullable, path=path)
        return
    qualified = each.on or gid_style(each.owner) is GidStyle.QUALIFIED
    yield Column(name, Kind.BIGINT, each.nullable, Source.GID_NUMBER, path)
    if qualified:
        gid = names.checked(f"{name.removesuffix('id')}gid")
        yield Column(gid, Kind.TEXT, each.nullable, path=path)


def _identity(fields: tuple[Selected, ...]) -> Column:
    """The element's own part of the key: its id, its GID, or else its position."""
    for each in fields:
        if each.key == "id" and each.form is Form.SCALAR and not each.nullable:
            if each.is_id:
                return list(_id_columns(each, _Named("")))[-1]
            return Column("id", kind_of(each.type), nullable=False, path=("id",))
    return _POSITION


def _merged(table: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Join columns that several fragments give alike into one nullable column."""
    found: dict[str, Column] = {}
    for each in columns:
        known = found.get(each.name)
        if known is not None and (known.path, known.kind) != (each.path, each.kind):
            message = f"table {table}: two columns named {each.name!r}; use an alias"
            raise ConfigurationError(message)
        found[each.name] = replace(each, nullable=True) if known else each
    return tuple(found.values())


def _check_distinct(table: str, columns: tuple[Column, ...]) -> None:
    listed = [each.name for each in columns]
    twice = sorted({each for each in listed if listed.count(each) > 1})
    if twice:
        message = f"table {table}: two columns named {twice[0]!r}; use an alias"
        raise ConfigurationError(message)


def _version(stream: Stream, root: Table) -> str | None:
    wanted = stream.incremental.key if stream.incremental else "updated_at"
    found = [each for each in root.columns if each.name == wanted]
    if found and found[0].kind is Kind.TIMESTAMPTZ:
        return wanted
    if stream.incremental:
        message = f"its replication key {wanted!r} is not a time column of {root.name}"
        raise ConfigurationError(message)
    return None
