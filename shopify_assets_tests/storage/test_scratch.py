"""Temporary folders: gone afterwards, and gone after a crash."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from shopify_assets.storage.scratch import lent, sweep

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from shopify_assets.storage.scratch import lent
with lent(Path(sys.argv[1])) as folder:
    (folder / "raw").write_text("half a file")
    print("lent", flush=True)
    time.sleep(60)
"""


def test_a_folder_is_gone_afterwards(tmp_path: Path) -> None:
    with lent(tmp_path / "temp", prefix="ours-") as folder:
        (folder / "raw").write_text("x", "utf-8")
        assert folder.name.startswith("ours-")
    assert list((tmp_path / "temp").iterdir()) == []


def test_the_folder_of_a_killed_process_is_swept_and_a_living_ones_is_not(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:  # noqa: S603 -- our own words
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"lent\n"
        assert sweep(tmp_path) == []
        assert len(list(tmp_path.glob("*/raw"))) == 1
        holder.send_signal(signal.SIGKILL)
    assert len(sweep(tmp_path)) == 1
    assert list(tmp_path.iterdir()) == []
