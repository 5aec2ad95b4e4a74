"""Starting a process: what it makes then, it keeps.

Charter: the garbage collector's part in starting. Dagster and our definitions are some
300,000 objects, none of them garbage: to look through them again and again while they
are made is an eighth of the CPU of a start, and every later full collection would.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def lasting() -> Iterator[None]:
    """Import or build what lives as long as the process; it is never looked through.

    May be nested: the outermost counts. A collector that is switched off stays so.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
