"""The HTTP face of the simulated shops.

Charter: routes, headers, tokens at the door, and faults that happen on the wire.
"""

from __future__ import annotations

import json
import secrets
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import anyio
import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.graphql.refusals import internal
from shopify_assets.simulator.graphql.versions import answered_as, deprecations
from shopify_assets.simulator.http.cutting import cut, with_transport
from shopify_assets.simulator.http.downloads import download
from shopify_assets.simulator.shop.auth import UNAUTHORIZED
from shopify_assets.simulator.spoiling import spoilt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from shopify_assets.simulator.shop.store import Store

_BEFORE = (Kind.HTTP_STATUS, Kind.RESET, Kind.STALL, Kind.HTML, Kind.REVOKED)
_REASON = "X-Shopify-API-Deprecated-Reason"
_INSTEAD = (Kind.INTERNAL_ERROR, Kind.STRANGE_ERROR, Kind.NO_DATA)
_AFTER = (
    *_INSTEAD,
    Kind.TRUNCATED_JSON,
    Kind.NULL_NODES,
    Kind.NULL_ROOT,
    Kind.HALF_SURROGATE,
    Kind.INVALID_UTF8,
    Kind.EDITED,
)
_BODIES = {
    402: {"errors": "Payment Required"},
    403: {"errors": "Forbidden"},
    404: {"errors": "Not Found"},
    423: {"errors": "This store is unavailable"},
    429: {"errors": "Exceeded 2 calls per second for api client."},
}
_GRAPHQL = f"/admin/api/{PINNED_VERSION}/graphql.json"
_HTML = "<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"


class Door:
    """Answers HTTP for all shops of a simulator."""

    def __init__(self, stores: Mapping[str, Store]) -> None:
        self._stores = stores

    def app(self) -> ASGIApp:
        """The ASGI application."""
        shop = "/shops/{domain}/admin"
        routes = [
            Route("/", self.front),
            Route("/health", self.health),
            Route("/faults", self.arm, methods=["POST", "DELETE"]),
            Route(f"{shop}/oauth/access_token", self.token, methods=["POST"]),
            Route(shop + "/api/{version}/graphql.json", self.graphql, methods=["POST"]),
            Route(f"{shop}/api/graphql.json", self.graphql, methods=["POST"]),
            Route("/bulk/{token}/{name}", self.bulk),
        ]
        return with_transport(Starlette(routes=routes))

    async def front(self, request: Request) -> Response:
        """Tell a human what is here."""
        base = str(request.base_url).rstrip("/")
        shops = {
            domain: {
                "base_url": f"{base}/shops/{domain}",
                "graphql": f"{base}/shops/{domain}{_GRAPHQL}",
                "access_token": store.spec.access_token,
                "records": await run_in_threadpool(_sizes, store),
            }
            for domain, store in self._stores.items()
        }
        about = "Simulated Shopify shops. Send GraphQL with X-Shopify-Access-Token."
        return _pretty({"about": about, "version": PINNED_VERSION, "shops": shops})

    async def health(self, _: Request) -> Response:
        """Tell a machine that all is well."""
        return JSONResponse({"status": "ok", "shops": len(self._stores)})

    async def arm(self, request: Request) -> Response:
        """Arm a fault (`{"shop": …, "kind": …}`), or clear all (DELETE)."""
        if request.method == "DELETE":
            for store in self._stores.values():
                store.faults.clear()
            return Response(status_code=204)
        body = await request.json()
        shop = self._stores.get(body.pop("shop", ""))
        if shop is None:
            return JSONResponse({"error": "no such shop"}, 404)
        try:
            shop.faults.arm(msgspec.convert(body, Fault))
        except msgspec.ValidationError as error:
            return JSONResponse({"error": str(error)}, 422)
        return Response(status_code=204)

    async def token(self, request: Request) -> Response:
        """Give out a token."""
        store = self._stores.get(request.path_params["domain"])
        if store is None:
            return JSONResponse(_BODIES[404], 404)
        raw = (await request.body()).decode()
        is_json = "json" in request.headers.get("content-type", "")
        form = json.loads(raw) if is_json else dict(parse_qsl(raw))
        made = store.tokens.grant(form, ",".join(store.scopes()), store.now())
        store.requests.tokens += made.status == 200  # noqa: PLR2004 -- HTTP's OK
        return JSONResponse(made.body, made.status, _headers(store, request))

    async def graphql(self, request: Request) -> Response:
        """Answer GraphQL."""
        store = self._stores.get(request.path_params["domain"])
        if store is None:
            return JSONResponse(_BODIES[404], 404)
        raw = await request.body()
        headers = _headers(store, request)
        text = raw.decode("utf-8", "replace")
        fault = store.faults.fire(text, *_BEFORE)
        if fault is not None:
            return await _spoiled(fault, request, headers)
        token = request.headers.get("x-shopify-access-token")
        if not store.tokens.opens(token, store.now()):
            return JSONResponse(UNAUTHORIZED, 401, headers)
        fallen = store.faults.fire(text, Kind.FALLEN_FORWARD)
        if fallen is not None:
            headers["X-Shopify-API-Version"] = fallen.version
        deprecated = store.faults.fire(text, Kind.DEPRECATED)
        if deprecated is not None:
            headers[_REASON] = deprecated.reason
        return await self._answer(store, raw, headers)

    async def _answer(
        self, store: Store, raw: bytes, headers: dict[str, str]
    ) -> Response:
        try:
            body = json.loads(store.forms.inward(raw))
        except ValueError:
            return JSONResponse({"errors": "Bad Request"}, 400, headers)
        fault = store.faults.fire(raw.decode(), *_AFTER)
        if fault is not None and fault.kind in _INSTEAD:
            return JSONResponse(_instead(fault, headers), 200, headers)
        answer = await run_in_threadpool(store.answer, body)
        if fault is not None:
            _emptied(answer, fault)
        deprecated = deprecations(str(body.get("query") or ""))
        if deprecated:
            headers[_REASON] = deprecated
        content = store.forms.outward(msgspec.json.encode(answer))
        if fault is not None:
            content = spoilt(content, fault)
        return Response(content, 200, headers, "application/json; charset=utf-8")

    async def bulk(self, request: Request) -> Response:
        """Serve the result of a bulk operation; no token is needed."""
        token = request.path_params["token"]
        for store in self._stores.values():
            operation = store.bulk.by_token(token)
            if operation is not None:
                return await download(store, operation, request)
        return Response("Not Found", 404)


def _sizes(store: Store) -> dict[str, int]:
    with store.lock:
        kinds = ("Order", "Customer", "Product", "ProductVariant", "InventoryLevel")
        return {kind: len(store.world.places(kind)) for kind in kinds}


def _pretty(content: Any) -> Response:
    text = json.dumps(content, indent=2, ensure_ascii=False)
    return Response(text, media_type="application/json; charset=utf-8")


def _headers(store: Store, request: Request) -> dict[str, str]:
    return {
        "X-Request-Id": secrets.token_hex(16),
        "X-Shopify-API-Version": answered_as(request.path_params.get("version", "")),
        "Date": format_datetime(store.clock(), usegmt=True),
    }


async def _spoiled(fault: Fault, request: Request, headers: dict[str, str]) -> Response:
    match fault.kind:
        case Kind.RESET:
            cut(request.scope)
        case Kind.STALL:
            with anyio.move_on_after(fault.seconds):
                while not await request.is_disconnected():
                    await anyio.sleep(0.05)
            return Response("", 504, headers)
        case Kind.HTML:
            return HTMLResponse(_HTML, 200, headers)
        case Kind.REVOKED:
            return JSONResponse(UNAUTHORIZED, 401, headers)
    if fault.retry_after is not None:
        headers["Retry-After"] = fault.retry_after
    body = _BODIES.get(fault.status, {"errors": f"HTTP {fault.status}"})
    return JSONResponse(body, fault.status, headers)


def _instead(fault: Fault, headers: Mapping[str, str]) -> dict[str, Any]:
    """The body of an answer that holds no data, whatever was asked."""
    if fault.kind is Kind.NO_DATA:
        return {"data": None, "errors": None}
    if fault.kind is Kind.INTERNAL_ERROR:
        return {"errors": [internal(headers["X-Request-Id"]).entry()]}
    if fault.code == "text":
        return {"errors": fault.message}
    extensions = {"extensions": {"code": fault.code}} if fault.code else {}
    return {"errors": [{"message": fault.message, **extensions}]}


def _emptied(answer: dict[str, Any], fault: Fault) -> None:
    """Put nulls where an answer holds none."""
    data = answer.get("data")
    if fault.kind is Kind.NULL_NODES:
        _nullify(data)
    if fault.kind is Kind.NULL_ROOT:
        _put_null(data, fault.field.split("."))


def _put_null(data: Any, path: Sequence[str]) -> None:
    """Put a null where a path of keys leads; a list is gone into by places."""
    key: Any = int(path[0]) if isinstance(data, list) else path[0]
    held = isinstance(data, dict) and key in data
    if not held and not (isinstance(data, list) and key < len(data)):
        return
    if len(path) == 1:
        data[key] = None
    else:
        _put_null(data[key], path[1:])


def _nullify(data: Any) -> None:
    """Put a null in place of the first node of each connection."""
    if isinstance(data, list):
        for each in data:
            _nullify(each)
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        if key == "nodes" and isinstance(value, list) and value:
            value[0] = None
        elif key == "edges" and isinstance(value, list) and value:
            value[0]["node"] = None
        else:
            _nullify(value)
