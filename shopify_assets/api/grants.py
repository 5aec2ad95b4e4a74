"""Asking a shop's token endpoint for tokens.

Charter: the two grants that need no merchant's click, and what their refusals mean.
When to ask is `auth.py`'s business, keeping what came `tokens.py`'s.
"""

from __future__ import annotations

import json
import math
import re
import time
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from shopify_assets.api.confidence import revealed
from shopify_assets.api.pairs import TokenPair
from shopify_assets.api.waiting import warn
from shopify_assets.api.wire import Reply, Wire, refuse_status
from shopify_assets.credentials import unsendable
from shopify_assets.errors import (
    ApiError,
    ConfigurationError,
    ShopifyAssetsError,
    ShopUnavailable,
    Unavailable,
    naming,
)
from shopify_assets.foreign import told_as
from shopify_assets.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

_REFUSED = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
)


# Seconds that tokens of the two grants live, where the answer does not say it sanely.
CREDENTIALS_LIFE = 86_400.0
REFRESH_LIFE = 3_600.0
_LEAST_LIFE, _LONGEST_LIFE = 60.0, 90 * 86_400.0

_Given = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]


class RefreshRefused(ShopUnavailable):
    """The refresh token is not active: nothing was traded for it now."""


class _Granted(msgspec.Struct):
    """What the token endpoint answers."""

    access_token: _Given
    # Of any kind: a life that is no number must not cost the pair.
    expires_in: Any = None
    scope: Any = None
    refresh_token: _Given | None = None


class _Refused(msgspec.Struct):
    """How the token endpoint refuses."""

    error: str = ""
    error_description: str = ""


@dataclass(frozen=True)
class TokenEndpoint:
    """Asks a shop's token endpoint for tokens, as one app.

    A passing fault is raised as `Unavailable` and not asked again here: no lock is held
    while the client waits.
    """

    domain: str
    base_url: str
    client_id: Secret
    client_secret: Secret
    now: Callable[[], float] = time.time

    def by_credentials(self) -> TokenPair:
        """The client credentials grant: a token of 24 hours, for own shops.

        Raises:
            ConfigurationError: id, secret or organisation are wrong.
            ShopUnavailable: the app is not installed on the shop.
        """
        return self._ask({"grant_type": "client_credentials"}, life=CREDENTIALS_LIFE)

    def by_refresh(self, pair: TokenPair | None, *, first: Secret) -> TokenPair:
        """Trade a refresh token, at first `first`, for a new pair; the old one dies.

        An answer without a refresh token leaves the one that was given.

        Raises:
            RefreshRefused: it is not active; the merchant must authorise again.
        """
        refresh = (
            first if pair is None or not pair.refresh_token else pair.refresh_token
        )
        fields: dict[str, str | Secret] = {
            "grant_type": "refresh_token",
            "refresh_token": refresh,
        }
        granted = self._ask(fields, refresh, life=REFRESH_LIFE)
        if granted.refresh_token is None:
            warn(f"shop {self.domain!r}: a refresh gave no new refresh token")
            return replace(granted, refresh_token=refresh)
        return granted

    def _ask(
        self, fields: dict[str, str | Secret], *sent: Secret, life: float
    ) -> TokenPair:
        asked_at = self.now()
        reply = self._post(fields, *sent)
        if reply.status in _REFUSED and not _is_forbidden(reply):
            raise self._refusal(reply, refreshing="refresh_token" in fields)
        refuse_status(reply, shop=self.domain)
        return self._pair(reply, asked_at, life)

    def _post(self, fields: dict[str, str | Secret], *sent: Secret) -> Reply:
        wire = Wire(pool_size=1, of=f"shop {self.domain!r}")
        try:
            with naming(self.domain):
                return wire.post(
                    f"{self.base_url}/admin/oauth/access_token",
                    self._body(fields),
                    headers={"Accept": "application/json"},
                    secrets=(self.client_secret, *sent),
                )
        finally:
            wire.close()

    def _body(self, fields: dict[str, str | Secret]) -> Secret:
        body = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            **fields,
        }
        return Secret(json.dumps(revealed(body)))

    def _pair(self, reply: Reply, asked_at: float, life: float) -> TokenPair:
        granted = self._granted(reply)
        lives = sane_life(granted.expires_in)
        if lives is None:
            told = reply.mask(repr(granted.expires_in))
            message = f"a token is to live {told} seconds; taken as {life:.0f}"
            warn(f"shop {self.domain!r}: {message}")
        refresh = granted.refresh_token
        given = granted.access_token, granted.refresh_token or ""
        if fault := next(filter(None, map(unsendable, given)), None):
            told = f"shop {self.domain!r}: a token it granted {fault}"
            raise ApiError(f"{told} (request {reply.request_id!r}): it is not used")
        return TokenPair(
            access_token=Secret(granted.access_token),
            expires_at=asked_at + (life if lives is None else lives),
            refresh_token=None if refresh is None else Secret(refresh),
            scope=granted.scope if isinstance(granted.scope, str) else None,
            granted_at=asked_at,
        )

    def _granted(self, reply: Reply) -> _Granted:
        content = _json(reply.body)
        if content is None:
            message = f"shop {self.domain!r}: no JSON in the answer to a token request"
            raise Unavailable(message)
        with told_as(partial(self._no_grant, reply), msgspec.ValidationError):
            return msgspec.convert(content, _Granted)

    def _no_grant(self, reply: Reply, error: Exception) -> ShopifyAssetsError:
        return ApiError(
            f"shop {self.domain!r}: unknown answer to a token request: "
            f"{reply.mask(str(error))} (request {reply.request_id!r})"
        )

    def _refusal(self, reply: Reply, *, refreshing: bool) -> ShopifyAssetsError:
        refused = _refused(reply)
        told = (
            f"shop {self.domain!r} grants no token: "
            f"{reply.mask(refused.error) or 'no code'} "
            f"{reply.mask(refused.error_description)!r} "
            f"(HTTP {reply.status}, request {reply.request_id!r})"
        )
        if refused.error == "invalid_client":
            return ConfigurationError(f"{told}; check the app's client id and secret")
        if refreshing:
            remedy = "the merchant must authorise the app again"
            return RefreshRefused(f"{told}; {remedy}")
        if refused.error == "app_not_installed":
            return ShopUnavailable(f"{told}; install the app on the shop")
        remedy = "app and shop must belong to one organisation, id and secret be right"
        return ConfigurationError(f"{told}; {remedy}")


def no_scopes(domain: str) -> str:
    """Say that a token can read nothing, and what to do."""
    return (
        f"shop {domain!r}: the token carries no access scopes; release a version of "
        "the app with the scopes it needs, and authorise it again"
    )


def _is_forbidden(reply: Reply) -> bool:
    """Whether it is a 403 of the web server's, which may pass, and no refused grant."""
    return reply.status == HTTPStatus.FORBIDDEN and not _refused(reply).error


def _refused(reply: Reply) -> _Refused:
    try:
        return msgspec.json.decode(reply.body, type=_Refused)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Refused(error_description=reply.excerpt)


def _json(body: bytes) -> Any:
    """What a body holds; None if it is no JSON: that error would quote the tokens."""
    try:
        # Not by `msgspec`, which refuses numbers that a float cannot hold.
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


# A number as text, too; without the endless ones that `float` takes.
_NUMBER = re.compile(r"\d{1,12}(\.\d{0,6})?")


def sane_life(expires_in: Any) -> float | None:
    """The seconds a token is said to live; None if that cannot be meant.

    A life too short would have it renewed at every use, one without end never.
    """
    if isinstance(expires_in, str) and _NUMBER.fullmatch(expires_in.strip()):
        expires_in = float(expires_in)
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float):
        return None
    if isinstance(expires_in, float) and not math.isfinite(expires_in):
        return None
    return float(expires_in) if _LEAST_LIFE <= expires_in <= _LONGEST_LIFE else None
