"""Whether a document is valid, and if not, what Shopify says to it.

Charter: graphql-core judges, so that nothing invalid is executed; the words and codes
are Shopify's (`mistakes.py`, `variables.py`, `merging.py`). It is milder in one rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    parse,
    specified_rules,
    validate,
)
from graphql.language import Lexer, Source, TokenKind

from shopify_assets.simulator.graphql.merging import Merging
from shopify_assets.simulator.graphql.mistakes import mistakes
from shopify_assets.simulator.graphql.refusals import Refused, located
from shopify_assets.simulator.graphql.variables import variable_mistakes

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLSchema

    Entry = dict[str, Any]

_RULES = [rule for rule in specified_rules if rule != OverlappingFieldsCanBeMergedRule]
# Deeper queries than any schema has a use for are not even parsed.
_MOST_DEPTH = 200
_TOKENS = {
    TokenKind.BANG: "BANG",
    TokenKind.DOLLAR: "VAR_SIGN",
    TokenKind.PAREN_L: "LPAREN",
    TokenKind.PAREN_R: "RPAREN",
    TokenKind.SPREAD: "ELLIPSIS",
    TokenKind.COLON: "COLON",
    TokenKind.EQUALS: "EQUALS",
    TokenKind.AT: "DIR_SIGN",
    TokenKind.BRACKET_L: "LBRACKET",
    TokenKind.BRACKET_R: "RBRACKET",
    TokenKind.BRACE_L: "LCURLY",
    TokenKind.PIPE: "PIPE",
    TokenKind.BRACE_R: "RCURLY",
    TokenKind.NAME: "IDENTIFIER",
    TokenKind.INT: "INT",
    TokenKind.FLOAT: "FLOAT",
    TokenKind.STRING: "STRING",
    TokenKind.BLOCK_STRING: "STRING",
    TokenKind.AMP: "AMP",
}


class Invalid(Exception):
    """A document is not valid; `errors` are as an answer lists them."""

    def __init__(self, errors: list[Entry]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors

    def answer(self) -> dict[str, Any]:
        """The answer to it, which has no data."""
        return {"errors": self.errors}


class NotSimulated(Invalid):
    """A mutation is Shopify's, but not the simulator's."""

    def __init__(self, missing: list[FieldNode], asked: list[FieldNode]) -> None:
        super().__init__(
            [
                Refused(
                    f"Mutation '{field.name.value}' is not simulated",
                    code="NOT_SIMULATED",
                ).entry([(field.alias or field.name).value], located(field))
                for field in missing
            ]
        )
        self._data = {(field.alias or field.name).value: None for field in asked}

    def answer(self) -> dict[str, Any]:
        """The answer to it: every mutation may be null, and is."""
        return {"data": self._data, "errors": self.errors}


def parsed(text: str) -> DocumentNode:
    """Parse a document.

    Raises:
        Invalid: it is not GraphQL.
    """
    if _depth(text) > _MOST_DEPTH:
        raise Invalid([_refusal("Query is nested too deeply", "PARSE_ERROR")])
    try:
        return parse(text)
    except GraphQLSyntaxError as error:
        raise Invalid([_syntax_error(error)]) from error


def _depth(text: str) -> int:
    """How deep braces and brackets nest, those in texts included."""
    depth = most = 0
    for character in text:
        if character in "{[(":
            depth += 1
            most = max(most, depth)
        elif character in "}])":
            depth -= 1
    return most


def _syntax_error(error: GraphQLSyntaxError) -> Entry:
    locations = [{"line": at.line, "column": at.column} for at in error.locations or ()]
    where = ", ".join(f"[{at['line']}, {at['column']}]" for at in locations[:1])
    message = f"syntax error, unexpected {_unexpected(error)} at {where}"
    return _refusal(message, "PARSE_ERROR", locations=locations)


def _unexpected(error: GraphQLSyntaxError) -> str:
    """The token that is one too many, as Shopify's parser names it."""
    assert error.source and error.positions  # noqa: S101, PT018 -- it has both
    lexer = Lexer(Source(error.source.body))
    start = next(iter(error.positions))
    try:
        token = lexer.read_next_token(start)
    except GraphQLError:
        return f'invalid token ("{error.source.body[start : start + 1]}")'
    if token.kind is TokenKind.EOF:
        return "end of file"
    name = _TOKENS.get(token.kind, "UNKNOWN_CHAR")
    return f'{name} ("{error.source.body[token.start : token.end]}")'


def refuse_unsimulated(
    schema: GraphQLSchema, document: DocumentNode, known: frozenset[str]
) -> None:
    """Refuse mutations that Shopify has, and the simulator does not.

    What they take and give is not pinned, so that nothing else about them can be told;
    nothing of the document is executed.

    Raises:
        NotSimulated: there is such a mutation in the document.
    """
    own = schema.mutation_type
    asked = [
        field
        for operation in document.definitions
        if isinstance(operation, OperationDefinitionNode)
        and operation.operation is OperationType.MUTATION
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode)
    ]
    missing = [
        field
        for field in asked
        if field.name.value in known and own and field.name.value not in own.fields
    ]
    if missing:
        raise NotSimulated(missing, asked)


def errors_of(schema: GraphQLSchema, document: DocumentNode) -> list[Entry]:
    """What is wrong with a document; nothing when it is valid."""
    unserved = _unserved(schema, document)
    if unserved:
        return unserved
    refused = validate(schema, document, _RULES)
    if not refused:
        return _conflicts(schema, document)
    entries = [*mistakes(schema, document), *variable_mistakes(schema, document)]
    return entries or [_by_rule(error) for error in refused]


def _unserved(schema: GraphQLSchema, document: DocumentNode) -> list[Entry]:
    """Operations of a kind the schema has no root for: subscriptions."""
    return [
        Refused(
            f"Schema is not configured for {operation.operation.value}s",
            code=f"missing{operation.operation.value.title()}Configuration",
        ).entry([operation.operation.value], located(operation))
        for operation in document.definitions
        if isinstance(operation, OperationDefinitionNode)
        and schema.get_root_type(operation.operation) is None
    ]


def _conflicts(schema: GraphQLSchema, document: DocumentNode) -> list[Entry]:
    merging = Merging(
        schema,
        {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        },
    )
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            root = schema.get_root_type(definition.operation)
            merging.check([(root, definition.selection_set)])
    return merging.entries


def _by_rule(error: GraphQLError) -> Entry:
    """An error in graphql-core's words, for what is wrong too seldom to be worded."""
    locations = [{"line": at.line, "column": at.column} for at in error.locations or ()]
    return _refusal(error.message, "invalidDocument", locations=locations)


def _refusal(message: str, code: str, **told: Any) -> Entry:
    return {"message": message, **told, "extensions": {"code": code}}
