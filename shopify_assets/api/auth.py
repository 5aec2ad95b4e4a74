"""Where the access token comes from.

Charter: the three ways to a token, and when it is renewed. Asking Shopify for it is
`grants.py`'s business, keeping it `tokens.py`'s, asking again after a passing fault the
client's.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Protocol

from shopify_assets.api.grants import TokenEndpoint
from shopify_assets.api.tokens import TokenPair, TokenStore
from shopify_assets.settings import ClientCredentials, Secret, StoredToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.settings import RefreshToken, Settings, Shop

# A token of 24 hours is renewed this many seconds early, one of an hour this many.
CREDENTIALS_MARGIN = 600.0
REFRESH_MARGIN = 120.0


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
    stored before it is used.
    """

    def __init__(
        self,
        store: TokenStore,
        *,
        grant: Callable[[TokenPair | None], TokenPair],
        margin: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._grant = grant
        self._margin = margin
        self._now = now
        self._pair: TokenPair | None = None

    def token(self) -> Secret:
        """Return the token, renewed when it is about to expire."""
        pair = self._pair
        if pair is None or not self._is_fresh(pair):
            pair = self._renewed(rejected=None)
        return pair.access_token

    def renew(self, rejected: Secret) -> Secret | None:
        """Return a token that replaces the rejected one."""
        return self._renewed(rejected=rejected).access_token

    def _renewed(self, *, rejected: Secret | None) -> TokenPair:
        with self._store.locked():
            pair = self._store.read()
            if pair is None or not self._is_usable(pair, rejected):
                pair = self._grant(pair)
                self._store.write(pair)
        self._pair = pair
        return pair

    def _is_usable(self, pair: TokenPair, rejected: Secret | None) -> bool:
        is_rejected = (
            rejected is not None and rejected.reveal() == pair.access_token.reveal()
        )
        return self._is_fresh(pair) and not is_rejected

    def _is_fresh(self, pair: TokenPair) -> bool:
        return pair.expires_at - self._now() > self._margin


def token_source(shop: Shop, *, settings: Settings) -> TokenSource:
    """Pick the way to a token that the shops file names for this shop.

    Raises:
        ConfigurationError: a secret it needs is not set.
    """
    way = shop.authentication
    if isinstance(way, StoredToken):
        return FixedToken(settings.secret(way.access_token_env))
    endpoint = TokenEndpoint(
        domain=shop.domain,
        base_url=shop.base_url,
        client_id=settings.secret(way.client_id_env),
        client_secret=settings.secret(way.client_secret_env),
    )
    if isinstance(way, ClientCredentials):
        return _credentials_source(endpoint, settings)
    return _refresh_source(endpoint, settings, way)


def _credentials_source(endpoint: TokenEndpoint, settings: Settings) -> TokenSource:
    def grant(_pair: TokenPair | None) -> TokenPair:
        return endpoint.by_credentials()

    store = _store(endpoint, settings, endpoint.client_secret)
    return RenewedToken(store, grant=grant, margin=CREDENTIALS_MARGIN)


def _refresh_source(
    endpoint: TokenEndpoint, settings: Settings, way: RefreshToken
) -> TokenSource:
    first = settings.secret(way.refresh_token_env)

    def grant(pair: TokenPair | None) -> TokenPair:
        return endpoint.by_refresh(pair, first=first)

    store = _store(endpoint, settings, first)
    return RenewedToken(store, grant=grant, margin=REFRESH_MARGIN)


def _store(endpoint: TokenEndpoint, settings: Settings, origin: Secret) -> TokenStore:
    """The file of the tokens that descend from the app's credentials and `origin`.

    New credentials name a new file, so that a dead pair never outlives its replacement.
    """
    line = "\0".join((endpoint.base_url, endpoint.client_id.reveal(), origin.reveal()))
    mark = hashlib.sha256(line.encode()).hexdigest()[:16]
    return TokenStore(settings.home / "tokens" / f"{endpoint.domain}-{mark}.json")
