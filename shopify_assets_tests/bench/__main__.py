"""`python -m shopify_assets_tests.bench`: measure, print a table, write the JSON.

Charter: the command line. Everything happens in a temporary folder, with an embedded
PostgreSQL of its own, and is gone afterwards.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from shopify_assets.postgres.embedded import server
from shopify_assets_tests.bench import report
from shopify_assets_tests.bench.cases import measure

LARGE = 2 * 2**30
# Between two cases the tables are vacuumed: at any other time it would be noise.
_SETTINGS = {"fsync": "on", "autovacuum": "off"}
RESULTS = Path("bench-results") / "bench.json"


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description="Measure throughput and memory.")
    parser.add_argument(
        "--orders", type=int, default=40_000, help="of each batch (default: 40000)"
    )
    parser.add_argument(
        "--large", action="store_true", help="a raw file of 2 GiB, too: five minutes"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        # PostgreSQL, which refuses root, runs as a user who has to enter it.
        folder.chmod(0o755)
        home = folder / "home"
        server.start(home, settings=_SETTINGS)
        # The floor is measured by files that the server itself reads and writes.
        url = server.administrator(home)
        try:
            measured = measure(
                folder,
                url,
                orders=asked.orders,
                large_bytes=LARGE if asked.large else 0,
            )
        finally:
            server.stop(home)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_bytes(report.as_json(measured))
    print(report.as_table(measured))  # noqa: T201 -- the table is the answer
    print(f"\nwritten to {RESULTS}")  # noqa: T201 -- the same


if __name__ == "__main__":
    main()
