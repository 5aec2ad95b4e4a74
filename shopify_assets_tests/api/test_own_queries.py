"""The queries the client sends of its own accord fit the pinned schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, parse

from shopify_assets.api.bulk import cancel, poll, submit
from shopify_assets.catalog.schema import Schema, Type, load_schema
from shopify_assets_tests.api.server import Request, Scripted, fault, graphql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets_tests.api.server import Server

OPERATION = {
    "id": "gid://shopify/BulkOperation/1",
    "status": "RUNNING",
    "errorCode": None,
    "createdAt": "2026-11-21T12:00:00Z",
    "completedAt": None,
    "objectCount": "0",
    "rootObjectCount": "0",
    "fileSize": None,
    "url": None,
    "partialDataUrl": None,
}
DATA: dict[str, Any] = {
    "shop": {"id": "gid://shopify/Shop/1"},
    "currentAppInstallation": {"accessScopes": [{"handle": "read_orders"}]},
    "bulkOperation": OPERATION,
    "bulkOperations": {"nodes": []},
    "bulkOperationRunQuery": {"bulkOperation": {"id": "1"}, "userErrors": []},
    "bulkOperationCancel": {"userErrors": []},
}


def unknown(schema: Schema, kind: Type, selected: SelectionSetNode) -> Iterator[str]:
    """Fields and arguments of a selection that the type does not have."""
    for node in selected.selections:
        assert isinstance(node, FieldNode)
        name = node.name.value
        known = kind.fields.get(name)
        if known is None:
            yield f"{kind.name}.{name}"
            continue
        given = {each.name.value for each in node.arguments}
        yield from (
            f"{kind.name}.{name}({each}:)" for each in given - known.args.keys()
        )
        if node.selection_set:
            yield from unknown(schema, schema[known.named_type], node.selection_set)


def test_own_queries_fit_the_pinned_schema(
    client: ShopifyClient, server: Server
) -> None:
    """All that a new API version could break is met here, not at night."""

    def answer(request: Request) -> Scripted:
        is_first = "bulkOperations(" not in "".join(
            each.json["query"] for each in server.requests
        )
        if "RunQuery" in request.json["query"] and is_first:
            return graphql(errors=[fault("INTERNAL_SERVER_ERROR")])
        return graphql(DATA)

    server.answer = answer
    client.server_time()
    client.granted_scopes()
    submit(client, "{ orders { edges { node { id } } } }")
    poll(client, "1")
    cancel(client, "1")
    queries = {each.json["query"] for each in server.requests}
    assert len(queries) == len(DATA)
    schema = load_schema()
    for query in queries:
        (operation,) = parse(query).definitions
        assert isinstance(operation, OperationDefinitionNode)
        is_query = operation.operation.value == "query"
        root = schema.query if is_query else schema.mutation
        assert list(unknown(schema, root, operation.selection_set)) == []
