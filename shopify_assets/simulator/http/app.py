"""The HTTP face of the simulated shops.

Charter: routes, headers, tokens at the door, and faults that happen on the wire.
"""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import anyio
import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.graphql.refusals import internal
from shopify_assets.simulator.graphql.versions import (
    answered_as,
    deprecations,
    schema_version,
)
from shopify_assets.simulator.http.bodies import BadBody, fields, read
from shopify_assets.simulator.http.bounds import bounded
from shopify_assets.simulator.http.cutting import cut, with_transport
from shopify_assets.simulator.http.downloads import download
from shopify_assets.simulator.shop.auth import UNAUTHORIZED
from shopify_assets.simulator.spoiling import spoilt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from shopify_assets.simulator.http.bodies import Body
    from shopify_assets.simulator.shop.store import Store

_BEFORE = (Kind.HTTP_STATUS, Kind.RESET, Kind.STALL, Kind.HTML, Kind.REVOKED)
_FORM = "application/x-www-form-urlencoded"
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
        routes = [
            Route("/", self.front),
            Route("/health", self.health),
            Route("/faults", self.arm, methods=["POST", "DELETE"]),
            *self._of_a_shop("/shops/{domain}/admin"),
            *self._of_a_shop("/admin"),
            Route("/bulk/{token}/{name}", self.bulk),
        ]
        return bounded(with_transport(Starlette(routes=routes)))

    def _of_a_shop(self, path: str) -> list[Route]:
        """The routes of one shop, named by the path or else by the header Host."""
        posted = {
            "/oauth/access_token": self.token,
            "/api/{version}/graphql.json": self.graphql,
            "/api/graphql.json": self.graphql,
        }
        scopes = Route(f"{path}/oauth/access_scopes.json", self.scopes)
        return [
            scopes,
            *(
                Route(path + rest, answer, methods=["POST"])
                for rest, answer in posted.items()
            ),
        ]

    def _store(self, request: Request) -> Store | None:
        named = request.path_params.get("domain") or request.url.hostname or ""
        return self._stores.get(named)

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
        store = self._store(request)
        if store is None:
            return JSONResponse(_BODIES[404], 404)
        kind = request.headers.get("content-type", _FORM)
        try:
            form = fields(await request.body(), kind)
        except BadBody as bad:
            return JSONResponse({"errors": bad.errors}, bad.status, _headers(store))
        made = store.tokens.grant(form, ",".join(store.scopes()), store.now())
        store.requests.tokens += made.status == 200  # noqa: PLR2004 -- HTTP's OK
        kind = form.get("grant_type", "")
        fault = store.faults.fire(kind, Kind.GRANT_LOST, Kind.GRANT_EDITED)
        if fault is not None and fault.kind is Kind.GRANT_LOST:
            cut(request.scope)
        body = msgspec.json.encode(made.body)
        if fault is not None:
            body = fault.edited(body)
        return Response(body, made.status, _headers(store), "application/json")

    async def scopes(self, request: Request) -> Response:
        """Tell which scopes a token opens."""
        store = self._store(request)
        if store is None:
            return JSONResponse(_BODIES[404], 404)
        token = request.headers.get("x-shopify-access-token")
        if not store.tokens.opens(token, store.now()):
            return JSONResponse(UNAUTHORIZED, 401, _headers(store))
        held = [{"handle": scope} for scope in sorted(store.scopes())]
        return JSONResponse({"access_scopes": held}, 200, _headers(store))

    async def graphql(self, request: Request) -> Response:
        """Answer GraphQL."""
        store = self._store(request)
        if store is None:
            return JSONResponse(_BODIES[404], 404)
        raw = await request.body()
        answering = answered_as(request.path_params.get("version", ""), store.clock())
        headers = {**_headers(store), "X-Shopify-API-Version": answering}
        text = raw.decode("utf-8", "replace")
        _tell_time(headers, store, store.faults.fire(text, Kind.CLOCK))
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
        try:
            kind = request.headers.get("content-type", "")
            body = read(store.forms.inward(raw), kind)
        except BadBody as bad:
            return JSONResponse({"errors": bad.errors}, bad.status, headers)
        fault = store.faults.fire(text, *_AFTER)
        if fault is not None and fault.kind in _INSTEAD:
            return JSONResponse(_instead(fault, headers), 200, headers)
        version = schema_version(answering)
        return await _answered(store, body, version, headers=headers, fault=fault)

    async def bulk(self, request: Request) -> Response:
        """Serve the result of a bulk operation; no token is needed."""
        token = request.path_params["token"]
        for store in self._stores.values():
            operation = store.bulk.by_token(token)
            if operation is not None:
                return await download(store, operation, request)
        return Response("Not Found", 404)


async def _answered(
    store: Store,
    body: Body,
    version: str,
    *,
    headers: dict[str, str],
    fault: Fault | None,
) -> Response:
    answer = await run_in_threadpool(store.answer, body.fields(), version)
    if fault is not None:
        _emptied(answer, fault)
    if "data" in answer and (deprecated := deprecations(body.query, version)):
        headers[_REASON] = deprecated
    content = store.forms.outward(msgspec.json.encode(answer))
    if fault is not None:
        content = spoilt(content, fault)
    return Response(content, 200, headers, "application/json; charset=utf-8")


def _sizes(store: Store) -> dict[str, int]:
    with store.lock:
        kinds = ("Order", "Customer", "Product", "ProductVariant", "InventoryLevel")
        return {kind: len(store.world.places(kind)) for kind in kinds}


def _pretty(content: Any) -> Response:
    text = json.dumps(content, indent=2, ensure_ascii=False)
    return Response(text, media_type="application/json; charset=utf-8")


def _headers(store: Store) -> dict[str, str]:
    return {
        "X-Request-Id": secrets.token_hex(16),
        "Date": format_datetime(store.clock(), usegmt=True),
    }


def _tell_time(headers: dict[str, str], store: Store, fault: Fault | None) -> None:
    """Let an answer tell another time than it is, or none, if that is its fault."""
    if fault is None:
        return
    wrong = store.clock() + timedelta(seconds=fault.ahead)
    told = format_datetime(wrong, usegmt=True) if fault.date is None else fault.date
    headers["Date"] = told
    if not told:
        del headers["Date"]


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
