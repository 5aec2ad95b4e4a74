"""A token pair, and a trade of it, as bytes that tell whether they are whole.

Charter: what is written of tokens, and how it is read again. Where it is written, and
when, is `tokens.py`'s business.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec

from shopify_assets.api.holding import Holder
from shopify_assets.settings import Secret


@dataclass(frozen=True)
class TokenPair:
    """A token and what is needed to replace it.

    Attributes:
        access_token: the token.
        expires_at: when it ends, in seconds of the wall clock.
        refresh_token: what buys the next pair, once; None when credentials do.
        scope: the access scopes it carries, as Shopify tells them; None: untold.
        granted_at: when it was asked for, in seconds of the wall clock; 0: unknown.
    """

    access_token: Secret
    expires_at: float
    refresh_token: Secret | None
    scope: str | None
    granted_at: float = 0.0


@dataclass(frozen=True)
class StoredPair:
    """A pair, and the mark of the refresh token (or credentials) it was traded for."""

    pair: TokenPair
    traded: str


class Damaged(ValueError):
    """Bytes that are no pair, or not the whole of one."""


class _Stored(msgspec.Struct):
    access_token: str
    expires_at: float
    refresh_token: str | None
    scope: str | None
    # Earlier versions wrote none of these.
    granted_at: float = 0.0
    traded: str = ""
    digest: str = ""


class Trade(msgspec.Struct, frozen=True):
    """A trade of a refresh token that was begun.

    Attributes:
        mark: of the token that is given.
        begun_at: when it was first given and no answer stored, in seconds of the wall
            clock.
        attempts: how often it was given since; 0: never, as far as is known.
        holder: the process that gave it last.
        pair: the pair it is part of; None: it is the first, and the environment's.
    """

    mark: str
    begun_at: float
    attempts: int
    holder: Holder
    pair: _Stored | None

    @property
    def before(self) -> TokenPair | None:
        """The pair that was given away."""
        return None if self.pair is None else _as_pair(self.pair)


def mark_of(secret: Secret) -> str:
    """What tells one secret from another and betrays neither."""
    return hashlib.sha256(secret.reveal().encode()).hexdigest()[:16]


def encode_pair(pair: TokenPair, *, traded: str) -> bytes:
    """Write a pair, with a digest."""
    stored = _as_stored(pair, traded=traded)
    stored.digest = _digest(stored)
    return msgspec.json.encode(stored)


def decode_pair(content: bytes) -> StoredPair:
    """Read a pair; one of an earlier version has no digest.

    Raises:
        Damaged: it is not whole.
    """
    try:
        stored = msgspec.json.decode(content, type=_Stored)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged from error
    if stored.digest and stored.digest != _digest(stored):
        raise Damaged
    return StoredPair(_as_pair(stored), stored.traded)


def encode_trade(trade: Trade) -> bytes:
    """Write a trade."""
    return msgspec.json.encode(trade)


def decode_trade(content: bytes) -> Trade | None:
    """Read a trade; None if it is not whole."""
    try:
        trade = msgspec.json.decode(content, type=Trade)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    whole = trade.pair is None or trade.pair.digest == _digest(trade.pair)
    return trade if whole else None


def begun(
    pair: TokenPair | None, *, mark: str, holder: Holder, earlier: Trade | None
) -> Trade:
    """The trade of a pair that begins now, after an earlier one that had no answer."""
    stored = None if pair is None else _as_stored(pair, traded="")
    if stored is not None:
        stored.digest = _digest(stored)
    return Trade(
        mark=mark,
        begun_at=holder.since if earlier is None else earlier.begun_at,
        attempts=1 if earlier is None else earlier.attempts + 1,
        holder=holder,
        pair=stored,
    )


def _digest(stored: _Stored) -> str:
    plain = msgspec.structs.replace(stored, digest="")
    return hashlib.sha256(msgspec.json.encode(plain)).hexdigest()[:32]


def _as_stored(pair: TokenPair, *, traded: str) -> _Stored:
    refresh = pair.refresh_token
    return _Stored(
        access_token=pair.access_token.reveal(),
        expires_at=pair.expires_at,
        refresh_token=None if refresh is None else refresh.reveal(),
        scope=pair.scope,
        granted_at=pair.granted_at,
        traded=traded,
    )


def _as_pair(stored: _Stored) -> TokenPair:
    refresh = stored.refresh_token
    return TokenPair(
        access_token=Secret(stored.access_token),
        expires_at=stored.expires_at,
        refresh_token=None if refresh is None else Secret(refresh),
        # Earlier versions wrote '' where nothing was told.
        scope=stored.scope if stored.digest else stored.scope or None,
        granted_at=stored.granted_at,
    )
