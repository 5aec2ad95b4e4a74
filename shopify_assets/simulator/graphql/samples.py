"""Sample values of the schema's scalars.

Charter: one plausible value for a scalar type, told by its type, its field's name and a
number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.world import texts
from shopify_assets.simulator.world.ids import gid
from shopify_assets.simulator.world.money import padded, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.world.world import World


_FIXED: dict[str, Callable[[int], Any]] = {
    "Int": lambda seed: seed % 1000,
    "Float": lambda seed: seed % 4000 / 8,
    "Boolean": lambda seed: seed & 1 == 1,
    "Decimal": lambda seed: trimmed(seed % 100_000, "USD"),
    "ID": lambda seed: gid("Product", seed % 40),
    "UnsignedInt64": lambda seed: str(2**53 + seed),
    "BigInt": lambda seed: str(2**53 + seed),
    "URL": lambda seed: f"https://example.com/{seed}?v=1",
    "Color": lambda seed: f"#{seed % 2**24:06x}",
    "ARN": lambda seed: f"arn:aws:events:us-east-1::event-source/shop.example/{seed}",
    "JSON": lambda seed: {"sample": seed % 100, "text": texts.NOTES[seed % 8]},
    "HTML": lambda seed: f"<p>{seed % 1000}</p>",
}


def scalar(kind: str, name: str, *, seed: int, world: World) -> Any:
    """A value of scalar type `kind` for the field `name`."""
    made = _FIXED.get(kind)
    if made is not None:
        return made(seed)
    if kind in {"DateTime", "Date"}:
        moment = stamp(_moment(seed, world))
        return moment if kind == "DateTime" else moment[:10]
    if kind == "Money":
        return padded(seed % 1_000_000, world.spec.currency)
    return _text(name, seed)


def _moment(seed: int, world: World) -> int:
    start = int(world.scale.start.timestamp())
    return start + seed % max(1, int(world.scale.end.timestamp()) - start)


def _text(name: str, seed: int) -> str:
    if "email" in name.casefold():
        return f"someone.{seed % 1000}@example.com"
    if name in {"note", "description", "message", "body", "summary"}:
        return texts.NOTES[seed % len(texts.NOTES)] or ""
    return f"{name} {seed % 10_000}"
