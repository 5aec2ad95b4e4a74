"""`python -m shopify_assets_tests.bench.proof_memory`: what a million ids take.

Charter: the frames of a proof at a size that no simulated shop is made in: both sides'
ids compared, given their places, a part and a sample chosen. No shop, no warehouse.
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime, timedelta
from typing import cast

import polars as pl

from shopify_assets.proof import rotation
from shopify_assets.proof.ids import Due, compare, distinct
from shopify_assets.proof.rotation import Pace, Places
from shopify_assets.proof.sample import Sample, chosen
from shopify_assets_tests.bench.meter import peak_mib, reset_peak

END = datetime(2026, 11, 1, tzinfo=UTC)


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description="Measure what ids take in memory.")
    parser.add_argument("--records", type=int, default=1_000_000)
    records = parser.parse_args().records
    reset_peak()
    before, started = peak_mib(), time.process_time()
    source, stored = _source(records), _stored(records)
    due = Due(begin=None, end=END + timedelta(days=1), swept=END + timedelta(days=1))
    compared = compare(distinct(source), stored, due)
    both = source.join(stored.select("id"), on="id", how="semi")
    _turn(both)
    picked = chosen(both, Sample(50, 1), dearest=range(100))
    spent = time.process_time() - started
    print(  # noqa: T201
        f"{records:,} records: {peak_mib() - before:.0f} MiB over {before:.0f}, "
        f"{spent:.1f} CPU s; {compared.missing.height} missing, {len(picked)} chosen"
    )


def _source(records: int) -> pl.DataFrame:
    ids = pl.int_range(6_000_000_000_000, 6_000_000_000_000 + records, eager=True)
    gids = "gid://shopify/Order/" + ids.cast(pl.String)
    return pl.DataFrame({"id": ids, "gid": gids, "changed": _times(records)})


def _stored(records: int) -> pl.DataFrame:
    ids = pl.int_range(6_000_000_000_000, 6_000_000_000_000 + records, eager=True)
    times = _times(records)
    return pl.DataFrame({"id": ids, "changed": times, "extracted": times})


def _times(records: int) -> pl.Series:
    seconds = pl.int_range(0, records, eager=True) * 60_000_000
    first = int((END - timedelta(minutes=records)).timestamp()) * 1_000_000
    return (seconds + first).cast(pl.Datetime("us", "UTC"))


def _turn(both: pl.DataFrame) -> None:
    for places in Places:
        found = (
            rotation.places_by_time(both["changed"])
            if places is Places.TIME
            else rotation.places_by_id(both["id"])
        )
        placed = both.with_columns(found.alias("place")).sort("place")
        begun = rotation.begun(None, places=places, now=END)
        rotation.due(cast("list[int]", placed["place"]), begun, Pace(4))


if __name__ == "__main__":
    main()
