"""What `doctor` sees of tokens that are kept on disk.

Charter: one line for their folder, and one for each shop whose refresh token rotates.
"""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

from shopify_assets.api.auth import FOLDER, refresh_store
from shopify_assets.api.standing import faults_of_folder, standing
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shopify_assets.settings import Settings, Shop


def kept_tokens(
    shops: Iterable[Shop], settings: Settings
) -> Iterator[tuple[str, bool, str]]:
    """Look at all: what, whether it is well, what was seen."""
    folder = settings.home / FOLDER
    if folder.exists():
        faults = list(faults_of_folder(folder))
        told = "; ".join(faults) or f"{folder} is open to its owner alone"
        yield "tokens", not faults, told
    for shop in shops:
        yield from _of_a_shop(shop, settings)


def _of_a_shop(shop: Shop, settings: Settings) -> Iterator[tuple[str, bool, str]]:
    thing = f"token pair of {shop.domain}"
    try:
        store = refresh_store(shop, settings=settings)
        if store is None:
            return
        seen = standing(store, now=time.time(), host=socket.gethostname())
    except ConfigurationError as error:
        yield thing, False, str(error)
    else:
        yield thing, seen.well, seen.told
