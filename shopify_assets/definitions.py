"""The code location: `dagster dev -m shopify_assets.definitions`.

Charter: the one wiring point. Settings are read here, once, and handed on.
"""

from __future__ import annotations

import warnings

from shopify_assets.startup import lasting

with lasting():
    from dagster import BetaWarning, Definitions

    from shopify_assets.defs.build import build
    from shopify_assets.defs.resources import nothing_stored
    from shopify_assets.settings import load_settings

    # Backfill policies are beta since 2023; saying so at each load helps nobody.
    warnings.filterwarnings("ignore", category=BetaWarning)

    # A project that takes the component in has an `io_manager` of its own.
    defs = Definitions.merge(
        build(load_settings()),
        Definitions(resources={"io_manager": nothing_stored()}),
    )
