"""Shopify's data in a warehouse, as Dagster assets, with proof that it is whole.

Charter: the names that another Dagster project takes from here. They are loaded when
they are asked for: importing the package itself costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shopify_assets.defs.component import ShopifyComponent
    from shopify_assets.defs.translator import ShopifyTranslator, StreamProps

__all__ = ["ShopifyComponent", "ShopifyTranslator", "StreamProps"]

_HOMES = {
    "ShopifyComponent": "shopify_assets.defs.component",
    "ShopifyTranslator": "shopify_assets.defs.translator",
    "StreamProps": "shopify_assets.defs.translator",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
