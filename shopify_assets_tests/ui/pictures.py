"""The pictures of the documents, taken from the UI as it is.

Charter: which pages are shown, at what size and in which state. What happened on the
shops before is the business of `scene`.

    python -m shopify_assets_tests.ui.pictures [FOLDER]
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shopify_assets_tests.ui import png
from shopify_assets_tests.ui.browser import Browser, browser, programs
from shopify_assets_tests.ui.dev import folder_of_dev
from shopify_assets_tests.ui.scene import (
    FROZEN,
    ODD,
    REFUSED,
    runs_of,
    scene,
    tags_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shopify_assets_tests.ui.dagster_ui import DagsterUI

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
_SETTLE = 3.0  # seconds for a page to draw what it has got

_HIDE = "Hide navigation"

# What can be clicked, by its words, as a person finds it: the innermost element.
_CLICK = """
const words = %r;
const found = [...document.querySelectorAll('body *')].filter(
  one => !one.children.length && one.textContent.replace('…', '').trim() === words);
if (!found.length) return false;
found[found.length - 1].click();
return true;
"""


@dataclass(frozen=True)
class Picture:
    """A page, and what of it is shown.

    Attributes:
        name: of the file.
        path: of the page.
        words: the page is drawn when it shows them.
        clicks: what is clicked then, by its words, one after the other.
        height: pixels from the top.
    """

    name: str
    path: str
    words: tuple[str, ...]
    clicks: tuple[str, ...] = ()
    height: int = 720


def pictures(ui: DagsterUI) -> list[Picture]:
    """What there is to see after the scene."""
    orders, location = "/assets/shopify/orders", "/locations/shopify_assets"
    return [
        Picture(
            "timeline", "/overview/activity/timeline", ("sync", "verify"), ("1hr",), 360
        ),
        Picture("runs", f"{location}/jobs/sync/runs", ("sync", FROZEN)),
        Picture(
            "graph",
            f"{orders}_warehouse?view=lineage&lineageScope=upstream&lineageDepth=5",
            ("3 / 4 Passed", "4 / 4 Passed"),
        ),
        Picture(
            "asset",
            f"{orders}_warehouse?view=partitions&partition={REFUSED}",
            ("days loaded",),
        ),
        Picture(
            "checks",
            f"{orders}_raw?view=checks&checkDetail=fields_granted",
            ("shops to look at",),
        ),
        Picture(
            "failed-run",
            f"/runs/{failed_run(ui)}?logs=type%3ASTEP_FAILURE",
            ("STEP_FAILURE",),
        ),
        Picture("launchpad", f"{location}/jobs/backfill/playground", ("streams",)),
        Picture(
            "materialize",
            f"{orders}_raw",
            ("Materialize",),
            ("Materialize", "All", "Config"),
        ),
    ]


def failed_run(ui: DagsterUI) -> str:
    """The run of the assets of the shop that answers one stream oddly."""
    return next(
        str(run["runId"])
        for run in runs_of(ui)
        if run["status"] == "FAILURE"
        and run["jobName"] != "sync"
        and tags_of(run)["dagster/partition"] == ODD
    )


def take(page: Browser, ui: DagsterUI, wanted: Iterable[Picture], folder: Path) -> None:
    """Take pictures, and write them down as small as they can be."""
    page.open(ui.url)
    page.wait_for(_HIDE)
    page.run(_CLICK % _HIDE)
    for picture in wanted:
        page.open(f"{ui.url}{picture.path}")
        page.wait_for(*picture.words)
        for words in picture.clicks:
            time.sleep(_SETTLE)
            assert page.run(_CLICK % words), f"nothing to click says {words!r}"
        time.sleep(_SETTLE)
        file = folder / f"{picture.name}.png"
        page.screenshot(file)
        image = png.decode(file.read_bytes()).cut(picture.height)
        file.write_bytes(png.encode(image))
        print(f"{file.name}: {file.stat().st_size / 1024:.0f} KiB", flush=True)  # noqa: T201 -- a script


def main(folder: Path = FOLDER) -> None:
    """Play the scene, and take all pictures of it."""
    folder.mkdir(parents=True, exist_ok=True)
    with folder_of_dev() as home, scene(home) as ui:
        chromium, driver = programs()
        with browser(
            chromium=chromium,
            chromedriver=driver,
            profile=home / "profile",
            size="1280,900",
        ) as page:
            take(page, ui, pictures(ui), folder)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
