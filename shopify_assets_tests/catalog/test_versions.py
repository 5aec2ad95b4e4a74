"""What a stream meets in another version, kind by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.pairs import Effect, Kind, Seen
from shopify_assets.catalog.schema import (
    Argument,
    Field,
    Schema,
    Type,
    load_schema,
    pinned_versions,
)
from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.catalog.versions import Verdict, compare, lacking

if TYPE_CHECKING:
    from collections.abc import Mapping

STREAM = Stream(
    name="orders",
    root="orders",
    family="tests",
    description="A stream of a test.",
    selection="""
        id updatedAt note
        customer { id }
        refunds { id totalRefundedSet { shopMoney { amount currencyCode } } }
        items: lineItems { nodes { id sku taxLines { title } } }
        metafields(namespace: "x") { nodes { id } }
    """,
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
)


def with_type(schema: Schema, **changes: Type) -> Schema:
    """The next version, in which some types are others."""
    return Schema("next", {**schema.types, **changes})


def with_field(schema: Schema, owner: str, **fields: Field | None) -> Schema:
    """The next version, in which a type has some fields otherwise, or no more."""
    kept: Mapping[str, Field] = {
        name: each
        for name, each in {**schema[owner].fields, **fields}.items()
        if each is not None
    }
    return with_type(schema, **{owner: replace(schema[owner], fields=dict(kept))})


def met(schema: Schema, other: Schema, stream: Stream = STREAM) -> Verdict:
    (verdict,) = compare(compile_stream(schema, stream), schema, [other])
    return verdict


def test_the_same_version_has_nothing_new(schema: Schema) -> None:
    assert met(schema, schema) == Verdict("orders", schema.version, None, ())
    assert met(schema, schema).effect is None


def test_a_field_that_went_breaks_and_the_compiler_says_so_too(schema: Schema) -> None:
    verdict = met(schema, with_field(schema, "Order", note=None))
    assert verdict == Verdict(
        "orders",
        "next",
        "stream 'orders': API version next: Order has no field 'note'",
        (Seen(Kind.FIELD_GONE, "Order.note", ("orders", "note")),),
    )
    assert verdict.of(Effect.BREAKS) == verdict.seen
    assert verdict.of(Effect.CHANGES) == ()


def test_deprecation_is_told_and_breaks_nothing(schema: Schema) -> None:
    note = replace(schema["Order"].fields["note"], deprecated=True)
    verdict = met(schema, with_field(schema, "Order", note=note))
    seen = Seen(Kind.DEPRECATED, "Order.note", ("orders", "note"))
    assert verdict == Verdict("orders", "next", None, (seen,))
    assert verdict.effect is Effect.DEPRECATED


@pytest.mark.parametrize(
    ("owner", "name", "notation", "kinds", "effect"),
    [
        ("Order", "updatedAt", "Date!", [Kind.TYPE_CHANGED], Effect.BREAKS),
        (
            "Order",
            "note",
            "[String!]",
            [Kind.TYPE_CHANGED, Kind.COLUMN_CHANGED],
            Effect.BREAKS,
        ),
        ("Order", "note", "URL", [Kind.TYPE_RENAMED], Effect.CHANGES),
        ("Order", "note", "String!", [Kind.NEVER_NULL], Effect.CHANGES),
        ("Order", "updatedAt", "DateTime", [Kind.NULLABLE], Effect.CHANGES),
        ("Order", "refunds", "[Refund]!", [], None),
        (
            "Order",
            "refunds",
            "RefundConnection!",
            [Kind.FIELD_GONE, Kind.FIELD_GONE, Kind.TYPE_CHANGED],
            Effect.BREAKS,
        ),
    ],
    ids=[
        *("another column", "a list", "another name", "not null any more", "null"),
        *("null in a list", "a connection"),
    ],
)
def test_another_type_is_judged_by_what_becomes_of_columns(  # noqa: PLR0913, PLR0917 -- a table
    schema: Schema,
    owner: str,
    name: str,
    notation: str,
    kinds: list[Kind],
    effect: Effect | None,
) -> None:
    field = replace(schema[owner].fields[name], type=notation)
    verdict = met(schema, with_field(schema, owner, **{name: field}))
    assert [seen.kind for seen in verdict.seen] == kinds
    assert verdict.effect is effect
    before = schema[owner].fields[name].type
    assert all(
        seen.detail == f"{before} → {notation}"
        for seen in verdict.seen
        if seen.kind not in {Kind.FIELD_GONE, Kind.COLUMN_CHANGED}
    )


ROOT = ("orders",)
ITEMS = ("orders", "items")


@pytest.mark.parametrize(
    ("owner", "field", "arguments", "seen"),
    [
        (
            "Order",
            "metafields",
            {"namespace": None},
            Seen(
                Kind.ARGUMENT_GONE,
                "Order.metafields(namespace:)",
                ("orders", "metafields"),
            ),
        ),
        (
            "Order",
            "metafields",
            {"namespace": Argument("Int")},
            Seen(
                Kind.ARGUMENT_CHANGED,
                "Order.metafields(namespace:)",
                ("orders", "metafields"),
                "String → Int",
            ),
        ),
        (
            "Order",
            "lineItems",
            {"reason": Argument("String!")},
            Seen(Kind.ARGUMENT_REQUIRED, "Order.lineItems(reason:)", ITEMS, "String!"),
        ),
        (
            "Order",
            "lineItems",
            {"includeRemoved": Argument("Boolean", "false")},
            Seen(
                Kind.ARGUMENT_NEW,
                "Order.lineItems(includeRemoved:)",
                ITEMS,
                "default false",
            ),
        ),
        (
            "Order",
            "lineItems",
            {"reverse": Argument("Boolean", "true")},
            Seen(
                Kind.DEFAULT_CHANGED,
                "Order.lineItems(reverse:)",
                ITEMS,
                "false → true",
            ),
        ),
    ],
    ids=["gone", "another type", "required", "new with a default", "another default"],
)
def test_arguments_are_compared_given_or_not(
    schema: Schema,
    owner: str,
    field: str,
    arguments: dict[str, Argument | None],
    seen: Seen,
) -> None:
    found = schema[owner].fields[field]
    args = {
        name: each
        for name, each in {**found.args, **arguments}.items()
        if each is not None
    }
    other = with_field(schema, owner, **{field: replace(found, args=args)})
    assert met(schema, other).seen == (seen,)


def test_a_sort_key_and_a_filter_that_went_break(schema: Schema) -> None:
    keys = schema["OrderSortKeys"]
    left = tuple(each for each in keys.values if each != "UPDATED_AT")
    without_key = with_type(schema, OrderSortKeys=replace(keys, values=left))
    # The stream compiles with another sort key: it is broken only as it was written.
    assert met(schema, without_key).seen == (
        Seen(Kind.VALUE_GONE, "OrderSortKeys.UPDATED_AT", ROOT),
    )
    orders = replace(schema.query.fields["orders"], filters=("status",))
    seen = met(schema, with_field(schema, "QueryRoot", orders=orders)).seen
    gone = "QueryRoot.orders(query: updated_at)"
    assert seen == (Seen(Kind.FILTER_GONE, gone, ROOT, "there are status"),)


def test_a_value_written_out_in_a_list_or_an_input_is_looked_at(schema: Schema) -> None:
    """Arguments of any depth, as declarations may write them."""
    stream = Stream(
        name="orders",
        root="orders",
        family="tests",
        description="A stream of a test.",
        selection='id metafields(keys: ["a"], reverse: true) { nodes { id } }',
        arguments="sortKey: ID",
    )
    left = tuple(each for each in schema["OrderSortKeys"].values if each != "ID")
    keys = replace(schema["OrderSortKeys"], values=left)
    seen = met(schema, with_type(schema, OrderSortKeys=keys), stream).seen
    assert seen == (Seen(Kind.VALUE_GONE, "OrderSortKeys.ID", ROOT),)


def test_scopes_that_are_others_are_told(schema: Schema) -> None:
    customer = replace(schema["Order"].fields["customer"], scopes=("read_people",))
    verdict = met(schema, with_field(schema, "Order", customer=customer))
    (seen,) = verdict.seen
    assert (seen.kind, seen.thing) == (Kind.SCOPES_CHANGED, "Order.customer")
    assert seen.detail == "read_customers → read_people"
    assert verdict.effect is Effect.CHANGES


def test_a_count_that_went_is_missed_and_no_more(schema: Schema) -> None:
    verdict = met(schema, with_field(schema, "QueryRoot", ordersCount=None))
    assert verdict.refusal is None
    assert verdict.seen == (Seen(Kind.COUNT_GONE, "ordersCount", ROOT),)


def test_what_only_the_compiler_sees_is_listed(schema: Schema) -> None:
    """A new kind of scalar is of no column yet."""
    note = replace(schema["Order"].fields["note"], type="Vector")
    scalar = with_type(
        with_field(schema, "Order", note=note), Vector=Type("Vector", "SCALAR")
    )
    verdict = met(schema, scalar)
    assert verdict.refusal is not None
    assert "scalar 'Vector' is new" in verdict.refusal
    kinds = [seen.kind for seen in verdict.seen]
    assert kinds == [Kind.TYPE_CHANGED]


def test_tables_that_additions_do_not_lead_to_are_told(schema: Schema) -> None:
    """Of nodes that may be of several types the number is no key any more."""
    abstract = replace(schema["LineItem"], kind="INTERFACE", possible=("Gift", "Ware"))
    members = {
        name: replace(schema["LineItem"], name=name) for name in ("Gift", "Ware")
    }
    verdict = met(schema, with_type(schema, LineItem=abstract, **members))
    assert verdict.refusal is None
    assert [seen for seen in verdict.seen if seen.kind is Kind.KEY_CHANGED] == [
        Seen(
            Kind.KEY_CHANGED,
            table,
            (table,),
            f"shop, order_id, {column} → shop, order_id, {other}",
        )
        for table, column, other in (
            ("order_items", "id", "gid"),
            ("order_item_tax_lines", "item_id, position", "item_gid, position"),
        )
    ]
    number = replace(schema["Order"].fields["note"], type="Int")
    seen = met(schema, with_field(schema, "Order", note=number)).seen[-1]
    path = ("orders", "note")
    assert seen == Seen(Kind.COLUMN_CHANGED, "orders.note", path, "text → integer")


def test_a_union_that_grew_is_told_where_types_matter(schema: Schema) -> None:
    stream = Stream(
        name="discounts",
        root="discountNodes",
        family="tests",
        description="A stream of a test.",
        selection="id discount { ... on DiscountCodeBasic { title } }",
    )
    union = schema["Discount"]
    grown = replace(union, possible=(*union.possible, "DiscountCodeLottery"))
    (seen,) = met(schema, with_type(schema, Discount=grown), stream).seen
    path = ("discounts", "discount")
    assert seen == Seen(Kind.MEMBER_NEW, "Discount", path, "DiscountCodeLottery")
    left = tuple(each for each in union.possible if each != "DiscountCodeBasic")
    smaller = with_type(schema, Discount=replace(union, possible=left))
    (seen,) = met(schema, smaller, stream).seen
    assert (seen.kind, seen.thing) == (Kind.MEMBER_GONE, "Discount: DiscountCodeBasic")
    types = {
        name: each for name, each in schema.types.items() if name != "DiscountCodeBasic"
    }
    verdict = met(schema, Schema("next", types), stream)
    (seen,) = verdict.seen
    inner = (*path, "... on DiscountCodeBasic")
    assert seen == Seen(Kind.TYPE_GONE, "DiscountCodeBasic", inner)


def test_the_worst_comes_first(schema: Schema) -> None:
    note = replace(schema["Order"].fields["note"], type="String!")
    other = with_field(with_field(schema, "LineItem", sku=None), "Order", note=note)
    found = met(schema, other).seen
    assert [seen.kind for seen in found] == [Kind.FIELD_GONE, Kind.NEVER_NULL]
    assert found[0].path == (*ITEMS, "sku")


def test_paths_of_what_is_lacking_lead_from_the_record(schema: Schema) -> None:
    """A field below one that is lacking is not told: it goes with it."""
    other = with_field(
        with_field(schema, "LineItem", taxLines=None), "Order", refunds=None
    )
    assert [seen.path for seen in lacking(STREAM, schema, other)] == [
        ("refunds",),
        ("items", "taxLines"),
    ]
    assert lacking(STREAM, schema, schema) == ()


def test_a_record_below_objects_and_a_joined_connection_are_found(
    schema: Schema,
) -> None:
    stream = Stream(
        name="segments",
        root="segments",
        family="tests",
        description="A stream of a test.",
        selection="""id
            members: customerSegmentMembers(segmentId: $id) {
                nodes { id firstName } }""",
    )
    other = with_field(schema, "CustomerSegmentMember", firstName=None)
    (seen,) = lacking(stream, schema, other)
    assert seen.path == ("members", "firstName")
    payouts = Stream(
        name="payouts",
        root="shopifyPaymentsAccount.payouts",
        family="tests",
        description="A stream of a test.",
        selection="id issuedAt",
    )
    other = with_field(schema, "ShopifyPaymentsPayout", issuedAt=None)
    (seen,) = lacking(payouts, schema, other)
    assert (seen.thing, seen.path) == ("ShopifyPaymentsPayout.issuedAt", ("issuedAt",))


def test_facts_of_real_versions_are_found() -> None:
    """Orders tell of carts since 2026-07; before, their queries would be refused."""
    stream = Stream(
        name="orders",
        root="orders",
        family="tests",
        description="A stream of a test.",
        selection="id cartToken",
    )
    compiled = compile_stream(load_schema(), stream)
    others = [load_schema(each) for each in pinned_versions()]
    lacks = {
        verdict.version: [seen.thing for seen in verdict.of(Effect.BREAKS)]
        for verdict in compare(compiled, load_schema(), others)
    }
    assert lacks == {
        each: [] if each >= "2026-07" else ["Order.cartToken"]
        for each in pinned_versions()
    }
