"""Writes the reference pages of the project in the given folder.

Charter: the command behind `make generate`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from shopify_assets.reference import write

if __name__ == "__main__":
    write(Path(sys.argv[1]))
