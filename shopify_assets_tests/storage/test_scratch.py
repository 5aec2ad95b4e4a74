"""Temporary folders: gone afterwards, and gone after a crash."""

from __future__ import annotations

import gc
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from shopify_assets.storage.scratch import Drafts, lent, sweep

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


def test_drafts_lie_in_one_folder_that_goes_with_them(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    assert list(tmp_path.iterdir()) == []
    first, second = drafts.new(), drafts.new()
    assert first != second
    assert first.parent == second.parent
    first.write_text("half a file", "utf-8")
    del drafts
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_drafts_outlive_the_removal_of_their_folder(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "lake")
    drafts.new().write_text("x", "utf-8")
    shutil.rmtree(tmp_path / "lake")
    drafts.new().write_text("y", "utf-8")


def test_a_process_that_ends_leaves_no_draft(tmp_path: Path) -> None:
    draft = """
import sys
from pathlib import Path
from shopify_assets.storage.scratch import Drafts
drafts = Drafts(Path(sys.argv[1]))
drafts.new().write_text("half a file")
"""
    command = [sys.executable, "-c", draft, str(tmp_path)]
    subprocess.run(command, check=True)  # noqa: S603 -- our own words
    assert list(tmp_path.iterdir()) == []
