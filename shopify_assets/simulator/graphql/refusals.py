"""How a request is refused, in the words and codes Shopify uses.

Charter: the errors a GraphQL answer can carry. They are data of the simulated API, not
errors of this program, so they do not belong to `errors.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphql import FieldNode, Node

RATE_LIMITS = "https://shopify.dev/api/usage/rate-limits"
ACCESS_SCOPES = "https://shopify.dev/api/usage/access-scopes"


class Refused(Exception):
    """A request, or a field of it, is refused.

    Attributes:
        code: Shopify's code, such as BAD_REQUEST.
        extensions: what stands beside the code.
    """

    def __init__(self, message: str, *, code: str, **extensions: Any) -> None:
        super().__init__(message)
        self.code = code
        self.extensions = extensions

    def entry(
        self,
        path: list[Any] | None = None,
        locations: list[dict[str, int]] | None = None,
    ) -> dict[str, Any]:
        """The error as an answer lists it; one of no field has no path."""
        entry: dict[str, Any] = {"message": str(self)}
        if locations:
            entry["locations"] = locations
        if path is not None:
            entry["path"] = path
        entry["extensions"] = {"code": self.code, **self.extensions}
        return entry


def located(*nodes: Node) -> list[dict[str, int]]:
    """Where parts of a document stand, as errors tell it."""
    starts = [node.loc.start_token for node in nodes if node.loc is not None]
    return [{"line": start.line, "column": start.column} for start in starts]


def no_value(kind: str, field: str) -> Refused:
    """A field that may not be null has no value."""
    return Refused(
        f"Cannot return null for non-nullable field {kind}.{field}",
        code="INTERNAL_SERVER_ERROR",
    )


def access_denied(field: str, scopes: tuple[str, ...]) -> Refused:
    """A field needs a scope the app was not granted."""
    needed = " or ".join(f"`{scope}`" for scope in scopes)
    access = f"{needed} access scope."
    return Refused(
        f"Access denied for {field} field. Required access: {access}",
        code="ACCESS_DENIED",
        documentation=ACCESS_SCOPES,
        requiredAccess=access,
    )


def too_expensive(cost: int, most: int) -> Refused:
    """A query asks for more than one query may."""
    limit = f"the single query max cost limit ({most})"
    return Refused(
        f"Query cost is {cost}, which exceeds {limit}.",
        code="MAX_COST_EXCEEDED",
        cost=cost,
        maxCost=most,
        documentation=RATE_LIMITS,
    )


def throttled() -> Refused:
    """The bucket does not hold what the query asks for."""
    return Refused("Throttled", code="THROTTLED", documentation=RATE_LIMITS)


def too_many(count: int, most: int) -> Refused:
    """An input list is too long."""
    limit = f"the maximum allowed of {most}"
    return Refused(
        f"The input array size of {count} is greater than {limit}.",
        code="MAX_INPUT_SIZE_EXCEEDED",
    )


def invalid_id(value: str) -> Refused:
    """An id is no global id."""
    return Refused(f"Invalid id: {value}", code="RESOURCE_NOT_FOUND")


def invalid_cursor() -> Refused:
    """A cursor is none, or one of another order."""
    return Refused("Invalid cursor for current pagination sort.", code="BAD_REQUEST")


def unfilterable(name: str) -> Refused:
    """A search names a metafield that no definition lets be filtered by."""
    message = f"Invalid metafield query: `{name}` is not filterable."
    return Refused(message, code="BAD_REQUEST")


def internal(request_id: str) -> Refused:
    """Something went wrong on Shopify's end."""
    return Refused(
        "Internal error. Looks like something went wrong on our end.\n"
        f"Request ID: {request_id} (include this in support requests).",
        code="INTERNAL_SERVER_ERROR",
        requestId=request_id,
    )


def undefined_field(owner: str, node: FieldNode, path: list[str]) -> dict[str, Any]:
    """A field that its type does not have, as a failed validation lists it."""
    name = node.name.value
    return Refused(
        f"Field '{name}' doesn't exist on type '{owner}'",
        code="undefinedField",
        typeName=owner,
        fieldName=name,
    ).entry(list(path), located(node))
