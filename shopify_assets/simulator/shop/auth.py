"""Tokens of one app at one shop, and the grants that give them out.

Charter: which token opens the shop, until when, and what a grant answers.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.world.spec import Reuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shopify_assets.simulator.world.spec import SimulatedShop

CLIENT_CREDENTIALS_LIFE = 86_399
ACCESS_LIFE = 3_600
REFRESH_LIFE = 90 * 86_400

# Seconds from its first use for which a traded refresh token is taken once more.
_REUSED = {
    Reuse.UNTIL_USED: 30 * 86_400,
    Reuse.ANEW: 30 * 86_400,
    Reuse.HOUR: 3_600,
    Reuse.NEVER: 0,
}

UNAUTHORIZED = {
    "errors": "[API] Invalid API key or access token "
    "(unrecognized login or wrong password)"
}


@dataclass(frozen=True)
class Granted:
    """What a grant answers: an HTTP status and a body."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True)
class _Traded:
    """A refresh token that was traded, until when it is taken again, and for what."""

    given: str
    until: float
    access: str
    refresh: str


@dataclass
class Tokens:
    """The tokens of a shop. Moments are seconds of whatever clock is passed."""

    spec: SimulatedShop
    access: dict[str, float | None] = field(default_factory=dict)
    refresh: dict[str, float] = field(default_factory=dict)
    traded: _Traded | None = None

    def __post_init__(self) -> None:
        self.access[self.spec.access_token] = None
        self.refresh[self.spec.refresh_token] = float("inf")

    def opens(self, token: str | None, now: float) -> bool:
        """Whether a token opens the shop at this moment."""
        if token is None or token not in self.access:
            return False
        end = self.access[token]
        return end is None or now < end

    def grant(self, form: Mapping[str, str], scope: str, now: float) -> Granted:
        """Answer a request for a token."""
        given = (form.get("client_id"), form.get("client_secret"))
        if given != (self.spec.client_id, self.spec.client_secret):
            return _refused(400, "invalid_client", "Client authentication failed")
        match form.get("grant_type"):
            case "client_credentials":
                return self._client_credentials(scope, now)
            case "refresh_token":
                return self._rotate(form.get("refresh_token", ""), scope, now)
        return _refused(400, "unsupported_grant_type", "Unknown grant type")

    def _client_credentials(self, scope: str, now: float) -> Granted:
        token = f"shpat_{secrets.token_hex(16)}"
        self.access[token] = now + CLIENT_CREDENTIALS_LIFE
        return Granted(
            200,
            {
                "access_token": token,
                "scope": scope,
                "expires_in": CLIENT_CREDENTIALS_LIFE,
            },
        )

    def _rotate(self, given: str, scope: str, now: float) -> Granted:
        last = self.traded
        if last is not None and last.given == given and now < last.until:
            return self._again(last, scope, now)
        end = self.refresh.pop(given, 0.0)
        if end <= now:
            return _refused(
                400, "invalid_grant", "This request requires an active refresh_token"
            )
        if last is not None:
            self.access.pop(last.access, None)
        until = min(now + _REUSED[self.spec.reuse], end)
        return self._issue(given, until, scope, now)

    def _again(self, last: _Traded, scope: str, now: float) -> Granted:
        """Answer the trade of a token whose successor was not used yet."""
        if self.spec.reuse is Reuse.ANEW:
            del self.refresh[last.refresh]
            self.access.pop(last.access, None)
            return self._issue(last.given, last.until, scope, now)
        self.access[last.access] = now + ACCESS_LIFE
        return _pair(last, scope)

    def _issue(self, given: str, until: float, scope: str, now: float) -> Granted:
        access = f"shpat_{secrets.token_hex(16)}"
        refresh = f"shprt_{secrets.token_hex(16)}"
        self.traded = _Traded(given, until, access, refresh)
        self.access[access] = now + ACCESS_LIFE
        self.refresh[refresh] = now + REFRESH_LIFE
        return _pair(self.traded, scope)

    def revoke_all(self) -> None:
        """The app was uninstalled: every token dies."""
        self.access.clear()
        self.refresh.clear()
        self.traded = None


def _pair(traded: _Traded, scope: str) -> Granted:
    return Granted(
        200,
        {
            "access_token": traded.access,
            "scope": scope,
            "expires_in": ACCESS_LIFE,
            "refresh_token": traded.refresh,
            "refresh_token_expires_in": REFRESH_LIFE,
        },
    )


def _refused(status: int, error: str, description: str) -> Granted:
    return Granted(status, {"error": error, "error_description": description})
