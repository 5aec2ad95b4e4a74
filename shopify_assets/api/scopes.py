"""What the token of a shop may do.

Charter: the access scopes, asked for once a minute however many streams want to know,
and what an answer about them must hold. Asking is the client's business.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import msgspec

from shopify_assets.api.grants import no_scopes
from shopify_assets.api.retry import InternalError
from shopify_assets.api.shapes import read_as
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

SCOPES = "{ currentAppInstallation { accessScopes { handle } } }"

# Seconds for which the scopes of a token are taken as granted.
_KEPT = 60.0


class Answered(Protocol):
    """An answer, as far as it matters here."""

    @property
    def data(self) -> dict[str, Any]:
        """The answer's `data`."""

    @property
    def request_id(self) -> str:
        """Shopify's id of the request."""


class _Scope(msgspec.Struct, frozen=True):
    """A scope of the app's, as an answer tells it."""

    handle: Annotated[str, msgspec.Meta(min_length=1)]


class Scopes:
    """What one shop's token may do, and when that was asked; threads share it."""

    def __init__(self, domain: str) -> None:
        self._domain = domain
        self._held: frozenset[str] = frozenset()
        self._asked_at = float("-inf")
        self._lock = threading.Lock()

    def held(
        self, ask: Callable[[Callable[[Answered], None]], Answered], *, now: float
    ) -> frozenset[str]:
        """The scopes; `write_x` holds `read_x` as well.

        Args:
            ask: asks `SCOPES`; what it is given refuses an answer that lacks them.
            now: seconds that only grow.

        Raises:
            ConfigurationError: there are none, so that nothing could be read.
        """
        with self._lock:
            if now - self._asked_at >= _KEPT:
                self._held = self._with_implied(ask(self._refuse_no_installation))
                self._asked_at = now
            return self._held

    def _with_implied(self, answer: Answered) -> frozenset[str]:
        held = {scope.handle for scope in self._scopes_in(answer)}
        if not held:
            raise ConfigurationError(no_scopes(self._domain))
        implied = {
            f"read_{handle.removeprefix('write_')}"
            for handle in held
            if handle.startswith("write_")
        }
        return frozenset(held | implied)

    def _refuse_no_installation(self, answer: Answered) -> None:
        """Tell a null of the server's from an app that was granted nothing."""
        installation = answer.data.get("currentAppInstallation")
        if installation is None or installation.get("accessScopes") is None:
            raise InternalError(
                f"{self._origin(answer)}: the app's scopes came as null"
            )
        self._scopes_in(answer)

    def _scopes_in(self, answer: Answered) -> list[_Scope]:
        scopes: list[_Scope] = read_as(
            list[_Scope],
            answer.data["currentAppInstallation"]["accessScopes"],
            at="data.currentAppInstallation.accessScopes",
            origin=self._origin(answer),
        )
        return scopes

    def _origin(self, answer: Answered) -> str:
        return f"shop {self._domain!r}, request {answer.request_id!r}"
