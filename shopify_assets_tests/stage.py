"""A stage for what spans several layers: simulated shops, a lake, and time to pass.

The shops, the HTTP, the files and the database are real; only waiting is not: time is
moved on instead, for the clients and for the shops alike.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from shopify_assets import pipeline
from shopify_assets.api.client import ShopifyClient
from shopify_assets.api.retry import RetryConfig
from shopify_assets.api.tokens import EnvironmentToken
from shopify_assets.api.wire import Timeouts
from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema
from shopify_assets.extract.extraction import Context, Extracted, extract
from shopify_assets.settings import Secret, Shop, StoredToken
from shopify_assets.storage.folder import FolderStore
from shopify_assets.storage.layout import Extent
from shopify_assets.streams import STREAMS
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from shopify_assets.simulator.server import Simulator
