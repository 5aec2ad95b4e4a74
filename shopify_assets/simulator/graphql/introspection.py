"""What the API says of itself: `{ __schema { … } }`.

Charter: answering introspection from the pinned facts. Shopify tells more: prose, and
mutations that are not pinned. It does not tell access scopes, nor is that done here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphql import execute_sync, parse

from shopify_assets.simulator.graphql.execute import Operation, Outcome
from shopify_assets.simulator.graphql.wire import executable

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPENAME = "__typename"


def asks_for_schema(operation: Operation) -> bool:
    """Whether an operation asks for the schema, and so for no record."""
    return any(
        name.startswith("__") and name != _TYPENAME for name in operation.root_fields
    )


def introspected(operation: Operation) -> Outcome:
    """Answer an operation that asks for the schema."""
    if operation.variables:
        return _executed(
            operation.text, operation.name, operation.version, operation.variables
        )
    return _recalled(operation.text, operation.name, operation.version)


@lru_cache(maxsize=4)
def _recalled(text: str, name: str | None, version: str) -> Outcome:
    """The whole schema takes seconds to write down, and never changes."""
    return _executed(text, name, version, {})


def _executed(
    text: str, name: str | None, version: str, variables: Mapping[str, Any]
) -> Outcome:
    result = execute_sync(
        executable(version),
        parse(text),
        variable_values=dict(variables),
        operation_name=name,
    )
    errors = [{**error.formatted} for error in result.errors or ()]
    return Outcome(result.data, errors)
