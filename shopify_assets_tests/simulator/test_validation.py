"""What is not valid is refused in the codes, paths and words of Shopify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.simulator.graphql.mistakes import mistakes
from shopify_assets.simulator.graphql.validation import errors_of, parsed
from shopify_assets.simulator.graphql.variables import variable_mistakes
from shopify_assets.simulator.graphql.wire import executable

if TYPE_CHECKING:
    from shopify_assets_tests.simulator.conftest import Asker

Told = dict[str, Any]


def entry(
    message: str, path: str, columns: tuple[int, ...], code: str, **told: Any
) -> Told:
    """An error as it is listed, of a query of one line."""
    return {
        "message": message,
        "locations": [{"line": 1, "column": column} for column in columns],
        "path": path.split("/") if path else [],
        "extensions": {"code": code, **told},
    }


CASES = {
    "{ shop { nme } }": entry(
        "Field 'nme' doesn't exist on type 'Shop'",
        "query/shop/nme",
        (10,),
        "undefinedField",
        typeName="Shop",
        fieldName="nme",
    ),
    "query a { s: shop { n: nme } }": entry(
        "Field 'nme' doesn't exist on type 'Shop'",
        "query a/s/n",
        (21,),
        "undefinedField",
        typeName="Shop",
        fieldName="nme",
    ),
    "{ shop }": entry(
        "Field must have selections (field 'shop' returns Shop but has no selections. "
        "Did you mean 'shop { ... }'?)",
        "query/shop",
        (3,),
        "selectionMismatch",
        nodeName="field 'shop'",
        typeName="Shop",
    ),
    "{ shop { name { first } } }": entry(
        "Selections can't be made on scalars (field 'name' returns String but has "
        'selections ["first"])',
        "query/shop/name",
        (10,),
        "selectionMismatch",
        nodeName="field 'name'",
        typeName="String",
    ),
    "{ discountNodes(first: 1) { nodes { discount { title } } } }": entry(
        "Selections can't be made directly on unions (see selections on Discount)",
        "query/discountNodes/nodes/discount/title",
        (48,),
        "selectionMismatch",
        nodeName="Discount",
    ),
    "{ order { id } }": entry(
        "Field 'order' is missing required arguments: id",
        "query/order",
        (3,),
        "missingRequiredArguments",
        className="Field",
        name="order",
        arguments="id",
    ),
    "{ orders(first: 1, quer: 2) { nodes { id } } }": entry(
        "Field 'orders' doesn't accept argument 'quer'",
        "query/orders/quer",
        (20,),
        "argumentNotAccepted",
        name="orders",
        typeName="Field",
        argumentName="quer",
    ),
    "{ orders(first: 1, sortKey: AGE) { nodes { id } } }": entry(
        "Argument 'sortKey' on Field 'orders' has an invalid value (AGE). "
        "Expected type 'OrderSortKeys'.",
        "query/orders/sortKey",
        (3,),
        "argumentLiteralsIncompatible",
        typeName="Field",
        argumentName="sortKey",
    ),
    "{ order(id: null) { id } }": entry(
        "Argument 'id' on Field 'order' has an invalid value (null). Expected type "
        "'ID!'.",
        "query/order/id",
        (3,),
        "argumentLiteralsIncompatible",
        typeName="Field",
        argumentName="id",
    ),
    "{ customerByIdentifier(identifier: {nme: 1}) { id } }": entry(
        "InputObject 'CustomerIdentifierInput' doesn't accept argument 'nme'",
        "query/customerByIdentifier/identifier/nme",
        (37,),
        "argumentNotAccepted",
        name="CustomerIdentifierInput",
        typeName="InputObject",
        argumentName="nme",
    ),
    '{ customerByIdentifier(identifier: {customId: {value: "a"}}) { id } }': entry(
        "Argument 'key' on InputObject 'UniqueMetafieldValueInput' is required. "
        "Expected type String!",
        "query/customerByIdentifier/identifier/customId/key",
        (47,),
        "missingRequiredInputObjectAttribute",
        argumentName="key",
        argumentType="String!",
        inputObjectType="UniqueMetafieldValueInput",
    ),
    "{ orders(first: $n) { nodes { id } } }": entry(
        "Variable $n is used by anonymous query but not declared",
        "query/orders/first",
        (17,),
        "variableNotDefined",
        variableName="n",
    ),
    "query a($n: Int) { shop { id } }": entry(
        "Variable $n is declared by a but not used",
        "query a",
        (1,),
        "variableNotUsed",
        variableName="n",
    ),
    "query($n: Order) { orders(first: $n) { nodes { id } } }": entry(
        "Order isn't a valid input type (on $n)",
        "query",
        (7,),
        "variableRequiresValidType",
        typeName="Order",
        variableName="n",
    ),
    "query($n: Int = AGE) { orders(first: $n) { nodes { id } } }": entry(
        "Default value for $n doesn't match type Int",
        "query",
        (7,),
        "defaultValueInvalidType",
        variableName="n",
        typeName="Int",
    ),
    "query($n: String) { orders(first: $n) { nodes { id } } }": entry(
        "Type mismatch on variable $n and argument first (String / Int)",
        "query/orders/first",
        (35,),
        "variableMismatch",
        variableName="n",
        typeName="String",
        argumentName="first",
        errorMessage="Type mismatch",
    ),
    "query($n: [Int]) { orders(first: $n) { nodes { id } } }": entry(
        "List dimension mismatch on variable $n and argument first ([Int] / Int)",
        "query/orders/first",
        (34,),
        "variableMismatch",
        variableName="n",
        typeName="[Int]",
        argumentName="first",
        errorMessage="List dimension mismatch",
    ),
    "query($i: ID) { order(id: $i) { id } }": entry(
        "Nullability mismatch on variable $i and argument id (ID / ID!)",
        "query/order/id",
        (27,),
        "variableMismatch",
        variableName="i",
        typeName="ID",
        argumentName="id",
        errorMessage="Nullability mismatch",
    ),
    "{ shop { ... on Ordre { id } } }": entry(
        "No such type Ordre, so it can't be a fragment condition",
        "query/shop/... on Ordre",
        (10,),
        "undefinedType",
        typeName="Ordre",
    ),
    "{ shop { ... on Money { id } } }": entry(
        "Invalid fragment on type Money (must be Union, Interface or Object)",
        "query/shop/... on Money",
        (10,),
        "fragmentOnNonCompositeType",
        typeName="Money",
    ),
    "{ shop { ... on Order { id } } }": entry(
        "Fragment on Order can't be spread inside Shop",
        "query/shop/... on Order",
        (10,),
        "cannotSpreadFragment",
        typeName="Order",
        fragmentName="unknown",
        parentName="Shop",
    ),
    "{ shop { ...part } }": entry(
        "Fragment part was used, but not defined",
        "query/shop/... part",
        (10,),
        "useAndDefineFragment",
        fragmentName="part",
    ),
    "{ shop { id } } fragment part on Shop { id }": entry(
        "Fragment part was defined, but not used",
        "fragment part",
        (17,),
        "useAndDefineFragment",
        fragmentName="part",
    ),
    "{ shop { ...part } } fragment part on Shop { ...part }": entry(
        "Fragment part contains an infinite loop",
        "fragment part",
        (22,),
        "infiniteLoop",
        fragmentName="part",
    ),
    "{ shop { ...part } } fragment part on Shop { nme }": entry(
        "Field 'nme' doesn't exist on type 'Shop'",
        "fragment part/nme",
        (46,),
        "undefinedField",
        typeName="Shop",
        fieldName="nme",
    ),
    "{ shop { id @here } }": entry(
        "Directive @here is not defined",
        "query/shop/id",
        (13,),
        "undefinedDirective",
        directiveName="here",
    ),
    "{ a: shop { id } a: app { id } }": entry(
        "Field 'a' has a field conflict: app or shop?",
        "",
        (3, 18),
        "fieldConflict",
        fieldName="a",
        conflicts="app or shop",
    ),
    "{ app(id: 1) { id } app { id } }": entry(
        "Field 'app' has an argument conflict: {id:\"1\"} or {}?",
        "",
        (3, 21),
        "fieldConflict",
        fieldName="app",
        conflicts='{id:"1"} or {}',
    ),
    "subscription { shop { id } }": entry(
        "Schema is not configured for subscriptions",
        "subscription",
        (1,),
        "missingSubscriptionConfiguration",
    ),
}


@pytest.mark.parametrize("query", CASES)
def test_a_mistake_is_told_as_shopify_tells_it(ember: Asker, query: str) -> None:
    assert ember.answer(query) == {"errors": [CASES[query]]}


def test_all_mistakes_are_told_at_once(ember: Asker) -> None:
    errors = ember.answer("{ shop { nme } order { id } ...part }")["errors"]
    codes = [error["extensions"]["code"] for error in errors]
    assert codes == [
        "undefinedField",
        "missingRequiredArguments",
        "useAndDefineFragment",
    ]


@pytest.mark.parametrize("query", CASES)
def test_what_is_told_is_what_the_judge_refuses(query: str) -> None:
    """Nothing valid is called a mistake, no mistake goes without a word."""
    schema, document = executable(), parsed(query)
    told = [*mistakes(schema, document), *variable_mistakes(schema, document)]
    conflict = CASES[query]["extensions"]["code"] in {
        "fieldConflict",
        "missingSubscriptionConfiguration",
    }
    assert bool(told) is not conflict
    assert errors_of(schema, document)


@pytest.mark.parametrize(
    ("query", "unexpected", "column"),
    [
        ("{ shop { name", "end of file", 14),
        ("}", 'RCURLY ("}")', 1),
        ("{ shop { 5 } }", 'INT ("5")', 10),
        ("{ shop { ? } }", 'invalid token ("?")', 10),
    ],
)
def test_what_is_no_graphql_is_a_parse_error(
    ember: Asker, query: str, unexpected: str, column: int
) -> None:
    assert ember.answer(query) == {
        "errors": [
            {
                "message": f"syntax error, unexpected {unexpected} at [1, {column}]",
                "locations": [{"line": 1, "column": column}],
                "extensions": {"code": "PARSE_ERROR"},
            }
        ]
    }


def test_fragments_nested_without_end_are_refused(ember: Asker) -> None:
    parts = " ".join(
        f"fragment p{at} on Shop {{ id ...p{at + 1} }}" for at in range(600)
    )
    query = f"{{ shop {{ ...p0 }} }} {parts} fragment p600 on Shop {{ id }}"
    body = ember.answer(query)
    assert "data" not in body
    assert body["errors"][0]["extensions"]["code"] == "invalidDocument"


def test_a_query_nested_without_end_is_refused(ember: Asker) -> None:
    depth = 5000
    query = "{ shop " * depth + "}" * depth
    [error] = ember.answer(query)["errors"]
    assert error["extensions"]["code"] == "PARSE_ERROR"


@pytest.mark.parametrize(
    ("kind", "value", "message", "problems"),
    [
        (
            "Int!",
            None,
            "Variable $v of type Int! was provided invalid value",
            [{"path": [], "explanation": "Expected value to not be null"}],
        ),
        (
            "Int!",
            "many",
            "Variable $v of type Int! was provided invalid value",
            [{"path": [], "explanation": 'Could not coerce value "many" to Int'}],
        ),
    ],
)
def test_a_variable_of_a_wrong_value_is_told_with_it(
    ember: Asker, kind: str, value: Any, message: str, problems: list[Told]
) -> None:
    query = f"query($v: {kind}) {{ orders(first: $v) {{ nodes {{ id }} }} }}"
    [error] = ember.answer(query, v=value)["errors"]
    assert error == {
        "message": message,
        "locations": [{"line": 1, "column": 7}],
        "extensions": {
            "code": "INVALID_VARIABLE",
            "value": value,
            "problems": problems,
        },
    }


def test_a_variable_of_an_object_names_the_places_within(ember: Asker) -> None:
    query = """query($v: WebhookSubscriptionInput!, $t: WebhookSubscriptionTopic!) {
        webhookSubscriptionCreate(topic: $t, webhookSubscription: $v) {
            userErrors { field } } }"""
    body = ember.answer(
        query.replace("query", "mutation", 1),
        v={"format": "PDF", "age": 1, "filter": {}},
        t="ORDERS_CREATE",
    )
    [error] = body["errors"]
    assert error["message"] == (
        "Variable $v of type WebhookSubscriptionInput! was provided invalid value for "
        "age (Field is not defined on WebhookSubscriptionInput), filter (Could not "
        'coerce value {} to String), format (Expected "PDF" to be one of: JSON, XML)'
    )


@pytest.mark.parametrize(
    ("query", "name", "message"),
    [
        ("query a { shop { id } }", "b", 'No operation named "b"'),
        (
            "query a { shop { id } } query b { shop { id } }",
            None,
            "An operation name is required",
        ),
    ],
)
def test_an_operation_that_is_not_there_is_told_without_a_code(
    ember: Asker, query: str, name: str | None, message: str
) -> None:
    store = ember.simulator.store(ember.domain)
    answer = store.answer({"query": query, "operationName": name})
    assert answer == {"errors": [{"message": message}]}


def test_fragments_of_different_types_may_give_one_key_different_types(
    ember: Asker,
) -> None:
    """GraphQL refuses it; Shopify does not, nor does graphql-ruby, which it runs."""
    data = ember.data(
        """{ discountNodes(first: 250) { nodes { discount { __typename
            ... on DiscountCodeBasic { it: status }
            ... on DiscountCodeFreeShipping { it: title }
            ... on DiscountAutomaticBasic { it: asyncUsageCount } } } } }"""
    )
    given = {
        type(node["discount"]["it"])
        for node in data["discountNodes"]["nodes"]
        if "it" in node["discount"]
    }
    assert given == {str, int}
