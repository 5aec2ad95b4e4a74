"""Asking a shop's token endpoint for tokens.

Charter: the two grants that need no merchant's click, and what their refusals mean.
When to ask is `auth.py`'s business, keeping what came `tokens.py`'s.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

import msgspec

from shopify_assets.api.tokens import TokenPair
from shopify_assets.api.wire import Reply, Wire, refuse_status
from shopify_assets.errors import (
    ApiError,
    ConfigurationError,
    ShopifyAssetsError,
    ShopUnavailable,
    Unavailable,
    naming,
)
from shopify_assets.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

_REFUSED = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
)


_Given = Annotated[str, msgspec.Meta(min_length=1)]


class _Granted(msgspec.Struct):
    """What the token endpoint answers."""

    access_token: _Given
    expires_in: float
    scope: str | None = None
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
            ConfigurationError: id, secret or organisation are wrong, or no scopes.
            ShopUnavailable: the app is not installed on the shop.
        """
        return self._ask({"grant_type": "client_credentials"})

    def by_refresh(self, pair: TokenPair | None, *, first: Secret) -> TokenPair:
        """Trade a refresh token, at first `first`, for a new pair; the old one dies.

        Raises:
            ShopUnavailable: it is not active; the merchant must authorise again.
        """
        refresh = (
            first if pair is None or not pair.refresh_token else pair.refresh_token
        )
        fields = {"grant_type": "refresh_token", "refresh_token": refresh.reveal()}
        granted = self._ask(fields, refresh)
        if granted.refresh_token is None:
            raise ApiError(f"shop {self.domain!r}: a refresh gave no new refresh token")
        return granted

    def _ask(self, fields: dict[str, str], *sent: Secret) -> TokenPair:
        asked_at = self.now()
        reply = self._post(fields, *sent)
        if reply.status in _REFUSED and not _is_forbidden(reply):
            raise self._refusal(reply, refreshing="refresh_token" in fields)
        refuse_status(reply, shop=self.domain)
        return self._pair(reply, asked_at)

    def _post(self, fields: dict[str, str], *sent: Secret) -> Reply:
        body = {
            "client_id": self.client_id.reveal(),
            "client_secret": self.client_secret.reveal(),
            **fields,
        }
        wire = Wire(pool_size=1)
        try:
            with naming(self.domain):
                return wire.post(
                    f"{self.base_url}/admin/oauth/access_token",
                    msgspec.json.encode(body),
                    headers={"Accept": "application/json"},
                    secrets=(self.client_secret, *sent),
                )
        finally:
            wire.close()

    def _pair(self, reply: Reply, asked_at: float) -> TokenPair:
        try:
            granted = msgspec.json.decode(reply.body, type=_Granted)
        except msgspec.ValidationError as error:
            message = (
                f"shop {self.domain!r}: unknown answer to a token request: {error}"
            )
            raise ApiError(message) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            message = f"shop {self.domain!r}: no JSON in the answer to a token request"
            raise Unavailable(message) from error
        if granted.scope is not None and not granted.scope.strip():
            raise ConfigurationError(no_scopes(self.domain))
        refresh = granted.refresh_token
        return TokenPair(
            access_token=Secret(granted.access_token),
            expires_at=asked_at + granted.expires_in,
            refresh_token=None if refresh is None else Secret(refresh),
            scope=granted.scope or "",
        )

    def _refusal(self, reply: Reply, *, refreshing: bool) -> ShopifyAssetsError:
        refused = _refused(reply)
        told = (
            f"shop {self.domain!r} grants no token: {refused.error or 'no code'} "
            f"{reply.mask(refused.error_description)!r} "
            f"(HTTP {reply.status}, request {reply.request_id!r})"
        )
        if refused.error == "invalid_client":
            return ConfigurationError(f"{told}; check the app's client id and secret")
        if refreshing:
            remedy = "the merchant must authorise the app again"
            return ShopUnavailable(f"{told}; {remedy}")
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
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Refused(error_description=reply.excerpt)
