"""What the body of a GraphQL request says, and what is no such body.

Charter: from bytes to query, variables and operation name. Shopify answers 400 to what
it cannot read; the text for a query that is missing is known, the others are guessed
after it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import parse_qsl

# Guessed; Shopify documents none. No query of ours comes near it.
MOST_BYTES = 8 * 1024 * 1024
_MISSING = {"query": "Required parameter missing or invalid"}
# What Ruby, which Shopify runs, calls the types of JSON.
_CLASSES = {
    list: "Array",
    str: "String",
    int: "Integer",
    float: "Float",
    bool: "Boolean",
}


class BadBody(Exception):
    """A body that is refused, with the status and the errors it is answered with."""

    def __init__(self, status: int, errors: Any) -> None:
        super().__init__(str(errors))
        self.status = status
        self.errors = errors


@dataclass(frozen=True)
class Body:
    """A request as it was sent."""

    query: str
    variables: dict[str, Any]
    name: str | None

    def fields(self) -> dict[str, Any]:
        """The same by the names it was sent under."""
        return {
            "query": self.query,
            "variables": self.variables,
            "operationName": self.name,
        }


def read(raw: bytes, content_type: str) -> Body:
    """Read a body.

    Raises:
        BadBody: it holds no query, or is too long.
    """
    if len(raw) > MOST_BYTES:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        raise BadBody(status, "Request Entity Too Large")
    return _checked(fields(raw, content_type))


def fields(raw: bytes, content_type: str) -> dict[str, Any]:
    """The fields a body holds; none if it is of a kind that holds none.

    Raises:
        BadBody: it should be JSON, and is none.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/graphql":
        return {"query": raw.decode("utf-8", "replace")}
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(raw.decode("utf-8", "replace")))
    if "json" not in kind or not raw.strip():
        return {}
    try:
        decoded = json.loads(raw, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadBody(HTTPStatus.BAD_REQUEST, "Bad Request") from error
    return decoded if isinstance(decoded, dict) else {}


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _checked(given: dict[str, Any]) -> Body:
    query, variables = given.get("query"), given.get("variables")
    if not isinstance(query, str) or not query.strip():
        raise BadBody(HTTPStatus.BAD_REQUEST, _MISSING)
    if variables is not None and not isinstance(variables, dict):
        named = _CLASSES[type(variables)]
        errors = {"variables": f"expected {named} to be a Hash"}
        raise BadBody(HTTPStatus.BAD_REQUEST, errors)
    name = given.get("operationName")
    # Half a surrogate pair is valid JSON, but no text that could be answered with.
    query = query.encode("utf-8", "replace").decode()
    return Body(query, variables or {}, None if name in {None, ""} else str(name))
