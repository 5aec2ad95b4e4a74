"""What `doctor` looks at, and what it sees.

Charter: reading and telling; nothing is changed here.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from shopify_assets.api.client import connect
from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.catalog.fitting import fit, readable
from shopify_assets.cli import disk, readers, ready, times
from shopify_assets.cli.kept_tokens import kept_tokens
from shopify_assets.cli.names import refuse_unknown
from shopify_assets.errors import AccessDenied, DataError, ShopifyAssetsError
from shopify_assets.extract.access import (
    ALL_ORDERS,
    OLD_ORDERS,
    denied,
    withheld_by_scopes,
)
from shopify_assets.postgres.books.aside import entries
from shopify_assets.postgres.connect import connect as connect_warehouse
from shopify_assets.postgres.connect import in_the_clear, warehouse_url
from shopify_assets.reasons import reason_of
from shopify_assets.shops_file import read_shops
from shopify_assets.storage.store import open_store
from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from shopify_assets.settings import Settings, Shop

_AT_ONCE = 32  # shops


def fitting(settings: Settings) -> str:
    """Tell how many streams are compiled, and what their API version lacks of them."""
    found = fit(STREAMS, settings.api_version)
    told = f"{sum(each.compiled is not None for each in found)} compiled"
    lacks = [
        f"{each.name} as a whole"
        if each.compiled is None
        else f"{each.name} without {', '.join(seen.thing for seen in each.left_out)}"
        for each in found
        if each.compiled is None or each.left_out
    ]
    if lacks:
        told += f"; API version {settings.api_version} lacks: {'; '.join(lacks)}"
    return told


@dataclass(frozen=True)
class Diagnosis:
    """One thing looked at: whether it is well, and what was seen."""

    thing: str
    well: bool
    seen: str


def diagnoses(settings: Settings) -> Iterator[Diagnosis]:
    """Look at everything, one thing after the other."""
    yield _tried("streams", lambda: fitting(settings))
    # First of all that is on a disk: a full one explains the rest.
    for room in disk.rooms(settings):
        yield Diagnosis(f"disk of {room.thing}", well=room.enough, seen=room.told)
    for who in readers.readers(settings):
        thing = f"who may read {who.thing}"
        yield Diagnosis(thing, well=not who.by_all, seen=who.seen)
    yield _tried("lake", lambda: open_store(settings.lake_url).location(""))
    warehouse = _tried("warehouse", lambda: _warehouse(settings))
    yield warehouse
    if warehouse.well:
        yield _tried("set aside", lambda: _set_aside(settings))
        yield _tried("times", lambda: times.look(settings))
    found = read_shops(settings.shops_file)
    for fault in found.faults:
        yield Diagnosis("shops file", well=False, seen=fault.message)
    if not (found.shops or found.faults):
        seen = f"{settings.shops_file} lists none; add one: shopify-assets shops add"
        yield Diagnosis("shops", well=False, seen=seen)
    # Before a shop is asked, for that renews them.
    for thing, well, seen in kept_tokens(found.shops, settings):
        yield Diagnosis(thing, well=well, seen=seen)
    yield from accesses(found.shops, settings)


def accesses(shops: Sequence[Shop], settings: Settings) -> Iterator[Diagnosis]:
    """Look at every shop, all at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(
            lambda shop: _tried(f"shop {shop.domain}", partial(access, shop, settings)),
            shops,
        )


def _tried(thing: str, look: Callable[[], str]) -> Diagnosis:
    try:
        return Diagnosis(thing, well=True, seen=look())
    except ShopifyAssetsError as error:
        # The shop is what the line is about.
        twice = f"shop {thing.removeprefix('shop ')!r}: "
        return Diagnosis(thing, well=False, seen=str(error).removeprefix(twice))
    except OSError as error:
        # As of a disk that is full or gone.
        return Diagnosis(thing, well=False, seen=f"{error.strerror}: {error.filename}")
    except Exception as error:  # noqa: BLE001 -- told: the other things are looked at
        return Diagnosis(thing, well=False, seen=reason_of(error))


def _warehouse(settings: Settings) -> str:
    connection = connect_warehouse(warehouse_url(settings))
    with connection:
        info = connection.info
        seen = f"PostgreSQL {info.server_version // 10000} at {info.host}:{info.port}"
        return seen + (_IN_THE_CLEAR if in_the_clear(connection) else "")


_IN_THE_CLEAR = (
    "; WARNING: the connection is not encrypted, so that anyone on the way reads login "
    "and data: add ?sslmode=verify-full (or at least require) to WAREHOUSE_URL"
)


def _set_aside(settings: Settings) -> str:
    """Count what cannot be read, by shop and stream.

    Raises:
        DataError: there is some that nobody has given up.
    """
    with closing(connect_warehouse(warehouse_url(settings))) as connection:
        found = [each for each in entries(connection) if each.given_up_at is None]
    if not found:
        return "nothing"
    counts = Counter((each.shop, each.stream, each.is_whole) for each in found)
    told = "; ".join(
        f"{count:,} {'windows or snapshots' if whole else 'records'} of {stream} of "
        f"{shop}"
        for (shop, stream, whole), count in sorted(counts.items())
    )
    raise DataError(f"{told}; see: shopify-assets set-aside list")


def access(shop: Shop, settings: Settings) -> str:
    """Connect to a shop and compare its scopes with what its streams need.

    Raises:
        AccessDenied: a scope is missing.
        ConfigurationError: a stream named in the shops file is unknown, or the clock
            of this machine is not near the shop's.
    """
    refuse_unknown(shop.streams or ())
    client = connect(
        shop, settings=settings, retry=ready.QUICK, timeouts=ready.TIMEOUTS
    )
    try:
        granted = client.granted_scopes()
        # It says if this machine's clock is wrong: nothing would be read by it.
        client.server_time()
        odd = client.odd_dates.lines()
    finally:
        client.close()
    streams = readable(STREAMS, settings.api_version)
    mine = [each for each in streams if shop.has(each.name)]
    wanted = _to_grant(mine, granted)
    lacking = {name for names in wanted.values() for name in names}
    told = (
        f"{len(granted)} scopes granted, {len(mine) - len(lacking)} streams can be read"
    )
    if wanted:
        each = (f"{scope} (for {', '.join(names)})" for scope, names in wanted.items())
        told += f"; for {len(lacking)} more grant {', '.join(each)}"
        # Streams that nobody asked for by name are no loss.
        if shop.streams or len(lacking) == len(mine):
            raise AccessDenied(f"{told} and authorize the app again")
    told += _parts_withheld(mine, granted)
    return f"{told}; but there came {'; '.join(odd)}" if odd else told


def _parts_withheld(streams: Iterable[CompiledStream], granted: frozenset[str]) -> str:
    """Tell which scopes would give more of the streams that can be read."""
    readable = (each for each in streams if not denied(each, granted))
    parts = [part for each in readable for part in withheld_by_scopes(each, granted)]
    # Older orders are absent without any error, from lists and counts alike.
    old = OLD_ORDERS in parts
    needs = sorted({each.needs for each in parts if each != OLD_ORDERS})
    told = f"; some fields need {', '.join(needs)}" if needs else ""
    if old:
        told += f"; of orders only the last 60 days: {ALL_ORDERS} is not granted"
    return told


# Alternatives that only some kinds of app can hold; any other is named first.
_SPECIAL = ("marketplace", "quick_sale", "assigned", "third_party", "markets_home")


def _to_grant(
    streams: Iterable[CompiledStream], granted: frozenset[str]
) -> dict[str, list[str]]:
    """The fewest scopes to grant, each with the streams it is needed for."""
    wanted: dict[str, list[str]] = {}
    for stream in streams:
        for guarded in denied(stream, granted):
            scope = min(
                guarded.scopes, key=lambda name: (name not in wanted, _rank(name))
            )
            names = wanted.setdefault(scope, [])
            names += [stream.name] if stream.name not in names else []
    return wanted


def _rank(scope: str) -> tuple[bool, int, str]:
    return any(word in scope for word in _SPECIAL), len(scope), scope
