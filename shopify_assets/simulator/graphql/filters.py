"""What a search term means for a type: which field it reads, and how it compares.

Charter: from a parsed query to a test on records. Names are those the pinned schema
documents for a connection; any other name matches everything, and a warning tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql import search
from shopify_assets.simulator.graphql.refusals import Refused
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.spec import stamp
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.simulator.graphql.search import Term, Tree
    from shopify_assets.simulator.world.world import Record, Table

_COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
    "": eq, "=": eq, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip
_TIME = re.compile(r"(_at|_on|_date|_time|^customer_date)$")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?)?"
    r"(Z|[+-]\d\d:?\d\d)?"
)

# Where the field read is not the filter's name in camel case.
_RENAMED = {
    "customer_date": "createdAt",
    "financial_status": "displayFinancialStatus",
    "fulfillment_status": "displayFulfillmentStatus",
    "tag": "tags",
    "tag_not": "tags",
    "occurred_at": "occurredAt",
    "customer_id": "customer",
    "product_id": "product",
    "order_id": "order",
    "operation_type": "type",
    "discount_code": "discountCodes",
    "collection_id": "collections",
    "location_id": "location",
    "inventory_item_id": "item",
}


@dataclass(frozen=True)
class Filter:
    """A search made ready for the records of one type.

    Attributes:
        tree: the parsed query.
        tests: for each term the field it reads and the test of its value; a term that
            matches everything is not there.
        warnings: what `extensions.search` tells of it.
    """

    tree: Tree
    tests: dict[Term, tuple[str, Callable[[Any], bool]]]
    warnings: tuple[dict[str, Any], ...] = ()

    @property
    def ranged(self) -> str | None:
        """A field that every match has in some range, if there is one."""
        return next((name for name, *_ in self._ranges()), None)

    def ranges(self, column: str) -> list[tuple[str, Callable[[Any], bool]]]:
        """Comparators and tests of `column` that every match passes."""
        return [(sign, test) for name, sign, test in self._ranges() if name == column]

    def _ranges(self) -> Iterator[tuple[str, str, Callable[[Any], bool]]]:
        parts = self.tree.parts if isinstance(self.tree, search.All) else (self.tree,)
        for term in parts:
            if isinstance(term, search.Term) and term.comparator[:1] in {"<", ">"}:
                name, test = self.tests.get(term, ("id", None))
                if test is not None and name != "id":
                    yield name, term.comparator, test

    def holds(self, read: Callable[[str], Any]) -> bool:
        """Whether a record matches; `read` gives its fields."""

        def term_holds(term: Term) -> bool:
            found = self.tests.get(term)
            return True if found is None else found[1](read(found[0]))

        return search.matches(self.tree, term_holds)


class Filters:
    """Makes searches ready for one shop: dates without zone are read in the shop's."""

    def __init__(
        self, schema: Schema, utc_offset: str, tables: Mapping[str, Table]
    ) -> None:
        self._schema = schema
        self._tables = tables
        self._offset = utc_offset

    def prepare(self, query: str, kind: str, *, known: tuple[str, ...]) -> Filter:
        """Make `query` ready for records of type `kind`.

        Raises:
            Refused: a timestamp cannot be read.
        """
        tree = search.parse(query)
        tests, warnings = {}, []
        for term in search.terms(tree):
            if term.field is None or term.field in known:
                test = self._test(term, kind)
                if test is not None:
                    tests[term] = test
            else:
                warnings.append(_unknown(term.field))
        return Filter(tree, tests, tuple(warnings))

    def _test(self, term: Term, kind: str) -> tuple[str, Callable[[Any], bool]] | None:
        name = term.field
        if name is None:
            return ("title" if self._has(kind, "title") else "name"), _contains(term)
        special = _special(name, kind, term)
        if special is not None:
            return special
        column = _RENAMED.get(name) or _camel(name)
        if not self._has(kind, column):
            return None
        if _TIME.search(name):
            return column, self._times(term)
        return column, _values(term, opposite=name == "tag_not")

    def _has(self, kind: str, column: str) -> bool:
        return offers(self._schema, self._tables, kind, column)

    def _times(self, term: Term) -> Callable[[Any], bool]:
        moment = self.moment(term)
        if not term.comparator and len(term.value) == len("2026-01-01"):
            until = stamp(datetime.fromisoformat(moment) + timedelta(days=1))
            return lambda value: value is not None and moment <= value < until
        compare = _COMPARATORS[term.comparator]
        # a Date is compared by its day
        return lambda value: value is not None and compare(value, moment[: len(value)])

    def moment(self, term: Term) -> str:
        """The moment a term names, as GraphQL writes it."""
        found = _MOMENT.fullmatch(term.value)
        if found is None:
            message = f"Invalid timestamp for query filter `{term.field}`."
            raise Refused(message, code="BAD_REQUEST")
        day, hour, minute, second, offset = found.groups()
        text = f"{day}T{hour or '00'}:{minute or '00'}:{second or '00'}"
        zone = UTC if offset == "Z" else _zone(offset or self._offset)
        return stamp(datetime.fromisoformat(text).replace(tzinfo=zone))


def offers(schema: Schema, tables: Mapping[str, Table], kind: str, column: str) -> bool:
    """Whether records of a type can be told apart by a field, shown or not."""
    found, table = schema[kind], tables.get(kind)
    if kind == "DiscountNode" or (table is not None and column in table.columns):
        return True
    return any(column in schema[each].fields for each in (kind, *found.possible))


def _special(
    name: str, kind: str, term: Term
) -> tuple[str, Callable[[Any], bool]] | None:
    if name == "id":
        return "id", _numbers(term)
    if name == "status" and kind == "Order":
        return "", _order_status(term.value)
    if name == "sku" and kind == "Order":
        return "", _line_sku(term)
    return None


def _zone(offset: str) -> timezone:
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _unknown(field: str) -> dict[str, Any]:
    return {
        "field": field,
        "message": "Invalid search field for this query.",
        "code": "invalid_field",
    }


def _numbers(term: Term) -> Callable[[Any], bool]:
    text = term.value.partition("?")[0].rpartition("/")[2]
    if not text.isdigit():
        return lambda _: False
    wanted, compare = int(text), _COMPARATORS[term.comparator]
    return lambda value: compare(ids.tail(value), wanted)


def _order_status(value: str) -> Callable[[Record], bool]:
    wanted = value.casefold()

    def holds(order: Record) -> bool:
        if order["cancelledAt"]:
            state = "cancelled"
        else:
            state = "closed" if order["closed"] else "open"
        return state in wanted.split(",") or (
            wanted == "not_closed" and state != "closed"
        )

    # other values (such as `any`) are ignored
    known = {"open", "closed", "cancelled", "not_closed"}
    return holds if known & set(wanted.split(",")) else lambda _: True


def _line_sku(term: Term) -> Callable[[Record], bool]:
    return lambda record: any(
        _same(line.get("sku"), term.value)
        for line in record.get("lineItems", ())
        if type(line) is dict
    )


def _contains(term: Term) -> Callable[[Any], bool]:
    wanted = term.value.rstrip("*").casefold()
    return lambda value: wanted in str(value or "").casefold()


def _values(term: Term, *, opposite: bool) -> Callable[[Any], bool]:
    if term.comparator in {"", "="}:
        choices = term.value.split(",") if not term.quoted else [term.value]
        return lambda value: opposite != any(_same(value, each) for each in choices)
    compare = _COMPARATORS[term.comparator]
    return lambda value: _ordered(value, term.value, compare)


def _same(value: Any, wanted: str) -> bool:
    if type(value) is Ref:
        return str(ids.tail(value.gid)) == wanted
    if type(value) is list:
        return any(_same(each, wanted) for each in value)
    if type(value) is dict:
        return _same(value.get("id") or value.get("amount"), wanted)
    text = "" if value is None else str(value).casefold()
    if wanted.endswith("*"):
        return text.startswith(wanted[:-1].casefold())
    return text == wanted.casefold()


def _ordered(value: Any, wanted: str, compare: Callable[[Any, Any], bool]) -> bool:
    if type(value) is dict:
        value = value.get("shopMoney", value).get("amount")
    try:
        return compare(float(value), float(wanted))
    except (TypeError, ValueError):
        return compare(str(value or ""), wanted)
