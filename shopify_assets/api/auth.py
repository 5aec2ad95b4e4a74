"""Where the access token comes from.

Charter: the three ways to a token, and when it is renewed. Asking Shopify for it is
`grants.py`'s business, keeping it `tokens.py`'s, asking again after a passing fault the
client's.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Protocol

from shopify_assets.api.grants import RefreshRefused, TokenEndpoint, no_scopes
from shopify_assets.api.holding import moment
from shopify_assets.api.tokens import TokenStore
from shopify_assets.api.waiting import warn
from shopify_assets.errors import (
    AccessDenied,
    ConfigurationError,
    ShopifyAssetsError,
    ShopUnavailable,
    Throttled,
    Unavailable,
    Unreachable,
)
from shopify_assets.settings import (
    ClientCredentials,
    RefreshToken,
    Secret,
    StoredToken,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.api.holding import Holder
    from shopify_assets.api.pairs import TokenPair, Trade
    from shopify_assets.settings import Settings, Shop

# A token of 24 hours is renewed this many seconds early, one of an hour this many.
CREDENTIALS_MARGIN = 600.0
REFRESH_MARGIN = 120.0

# Below the state folder.
FOLDER = "tokens"

# Seconds for which a token that is due and cannot be renewed is used without trying.
RENEWAL_PAUSE = 20.0

# Seconds for which a token that was rejected, and replaced another, is not replaced.
REJECTED_PAUSE = 60.0

# Seconds by which clocks of machines may differ. A pair from further in the future was
# granted before the clock was set back: when it expires cannot be told.
CLOCK_SLACK = 300.0

# What tells that a refresh token was not taken: nothing was traded.
_NOTHING_GIVEN = (
    Unreachable,
    Throttled,
    AccessDenied,
    ConfigurationError,
    ShopUnavailable,
)


class TokenSource(Protocol):
    """Gives the client its token; used by many threads at once."""

    def token(self) -> Secret:
        """Return a token that is valid for now."""

    def renew(self, rejected: Secret) -> Secret | None:
        """Return another token than the rejected one; None when there is none."""


class FixedToken:
    """A token that does not expire and cannot be renewed."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def token(self) -> Secret:
        """Return the token."""
        return self._token

    def renew(self, rejected: Secret) -> Secret | None:  # noqa: ARG002 -- the protocol's
        """There is no other."""
        return None


class RenewedToken:
    """A token that expires and is renewed once for all threads and processes.

    Whoever finds the pair too old takes the store's lock, reads the pair again, for
    another may have renewed it meanwhile, and only then asks for a new one, which is
    stored before it is used. What cannot be renewed is used as long as it is valid.
    """

    def __init__(
        self,
        store: TokenStore,
        *,
        domain: str,
        grant: Callable[[TokenPair | None], TokenPair],
        margin: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._domain = domain
        self._grant = grant
        self._margin = margin
        self._now = now
        self._pair: TokenPair | None = None
        # Of a renewal that failed: until when the old token is used without another.
        self._paused_until = float("-inf")
        # Of a token that was rejected: what replaced it, and when.
        self._substitute: tuple[str, float] = ("", float("-inf"))

    def token(self) -> Secret:
        """Return the token, renewed when it is about to expire."""
        pair = self._pair
        if pair is None or not (self._is_fresh(pair) or self._is_put_off(pair)):
            pair = self._renewed(rejected=None)
        elif self._store.owes:
            self._settle()
        return pair.access_token

    def renew(self, rejected: Secret) -> Secret | None:
        """Return a token that replaces the rejected one.

        None if the rejected one has itself just replaced another: the shop would go on
        rejecting them.
        """
        token, at = self._substitute
        if token == rejected.reveal() and abs(self._now() - at) < REJECTED_PAUSE:
            return None
        fresh = self._renewed(rejected=rejected).access_token
        self._substitute = (fresh.reveal(), self._now())
        return fresh

    def _renewed(self, *, rejected: Secret | None) -> TokenPair:
        try:
            self._pair = self._found_or_traded(rejected)
        except ShopifyAssetsError as error:
            pair = self._pair
            if pair is None or _is(pair, rejected) or not self._is_valid(pair):
                raise
            self._paused_until = self._now() + RENEWAL_PAUSE
            until = moment(pair.expires_at)
            told = f"the token is not renewed, and used until {until}: {error}"
            warn(f"shop {self._domain!r}: {told}")
            return pair
        return self._pair

    def _found_or_traded(self, rejected: Secret | None) -> TokenPair:
        found = self._store.read()
        if found is not None:
            self._pair = found
            if self._is_usable(found, rejected):
                return found
        with self._store.locked() as holder:
            found = self._store.recovered()
            if found is not None and self._is_usable(found, rejected):
                return found
            try:
                return self._traded(found, holder)
            except RefreshRefused:
                newer = self._store.read()
                if newer is None or (found is not None and _same(newer, found)):
                    raise
                # Its file system locks for one machine alone, and another traded.
                return newer

    def _traded(self, pair: TokenPair | None, holder: Holder) -> TokenPair:
        with self._store.trading(pair, holder) as trade:
            try:
                granted = self._grant(pair)
            except RefreshRefused as error:
                trade.withdraw()
                if trade.earlier is None:
                    raise
                raise _lost(error, trade.earlier) from error
            except _NOTHING_GIVEN:
                trade.withdraw()
                raise
            trade.put(granted)
        if granted.scope is not None and not granted.scope.strip():
            raise ConfigurationError(no_scopes(self._domain))
        return granted

    def _settle(self) -> None:
        try:
            self._store.settle()
        except (ConfigurationError, Unavailable) as error:
            # The pair serves from memory all the same.
            warn(f"shop {self._domain!r}: {error}")

    def _is_put_off(self, pair: TokenPair) -> bool:
        return self._now() < self._paused_until and self._is_valid(pair)

    def _is_usable(self, pair: TokenPair, rejected: Secret | None) -> bool:
        has_scopes = pair.scope is None or bool(pair.scope.strip())
        return has_scopes and self._is_fresh(pair) and not _is(pair, rejected)

    def _is_fresh(self, pair: TokenPair) -> bool:
        # Of a short life the half is used, whatever the margin.
        life = pair.expires_at - pair.granted_at
        margin = min(self._margin, life / 2) if pair.granted_at else self._margin
        return self._is_valid(pair) and pair.expires_at - self._now() > margin

    def _is_valid(self, pair: TokenPair) -> bool:
        """Whether it has not expired, by a clock that was not set back since."""
        now = self._now()
        return pair.granted_at - CLOCK_SLACK <= now < pair.expires_at


def _same(pair: TokenPair, other: TokenPair) -> bool:
    return pair.access_token.reveal() == other.access_token.reveal()


def _is(pair: TokenPair, rejected: Secret | None) -> bool:
    return rejected is not None and rejected.reveal() == pair.access_token.reveal()


def _lost(error: RefreshRefused, earlier: Trade) -> RefreshRefused:
    """Tell a token that was traded before, without a stored answer, from others."""
    return RefreshRefused(
        f"{error}. The pair is lost: it was given away at {moment(earlier.begun_at)}, "
        f"last by {earlier.holder.told}, and no answer was stored; if that process "
        "still runs, it may hold the new pair in memory and store it yet"
    )


def token_source(shop: Shop, *, settings: Settings) -> TokenSource:
    """Pick the way to a token that the shops file names for this shop.

    Raises:
        ConfigurationError: a secret it needs is not set.
    """
    way = shop.authentication
    if isinstance(way, StoredToken):
        return FixedToken(settings.secret(way.access_token_env))
    endpoint = _endpoint(shop, way, settings)
    if isinstance(way, ClientCredentials):
        return _credentials_source(endpoint, settings)
    return _refresh_source(endpoint, settings, way)


def refresh_store(shop: Shop, *, settings: Settings) -> TokenStore | None:
    """Where a shop's pairs are kept; None if it has no refresh token that rotates.

    Raises:
        ConfigurationError: a secret it needs is not set.
    """
    way = shop.authentication
    if not isinstance(way, RefreshToken):
        return None
    first = settings.secret(way.refresh_token_env)
    return _store(_endpoint(shop, way, settings), settings, first)


def _endpoint(
    shop: Shop, way: ClientCredentials | RefreshToken, settings: Settings
) -> TokenEndpoint:
    return TokenEndpoint(
        domain=shop.domain,
        base_url=shop.base_url,
        client_id=settings.secret(way.client_id_env),
        client_secret=settings.secret(way.client_secret_env),
    )


def _credentials_source(endpoint: TokenEndpoint, settings: Settings) -> TokenSource:
    def grant(_pair: TokenPair | None) -> TokenPair:
        return endpoint.by_credentials()

    return RenewedToken(
        _store(endpoint, settings, endpoint.client_secret),
        domain=endpoint.domain,
        grant=grant,
        margin=CREDENTIALS_MARGIN,
    )


def _refresh_source(
    endpoint: TokenEndpoint, settings: Settings, way: RefreshToken
) -> TokenSource:
    first = settings.secret(way.refresh_token_env)

    def grant(pair: TokenPair | None) -> TokenPair:
        return endpoint.by_refresh(pair, first=first)

    return RenewedToken(
        _store(endpoint, settings, first),
        domain=endpoint.domain,
        grant=grant,
        margin=REFRESH_MARGIN,
    )


def _store(endpoint: TokenEndpoint, settings: Settings, origin: Secret) -> TokenStore:
    """The file of the tokens that descend from the app's credentials and `origin`.

    New credentials name a new file, so that a dead pair never outlives its replacement.
    """
    line = "\0".join((endpoint.base_url, endpoint.client_id.reveal(), origin.reveal()))
    mark = hashlib.sha256(line.encode()).hexdigest()[:16]
    file = settings.home / FOLDER / f"{endpoint.domain}-{mark}.json"
    return TokenStore(file, origin=origin)
