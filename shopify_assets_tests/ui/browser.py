"""A browser without a window, spoken to by the WebDriver protocol.

Charter: the five requests of that protocol which these tests need.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests

from shopify_assets_tests.ui.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_PATIENCE = 60.0  # seconds; a busy machine draws slowly
_PAUSE = 0.1

_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
_DRIVER = ("chromedriver", "chromium.chromedriver")


class Browser:
    """One tab of a browser."""

    def __init__(self, session: str) -> None:
        self._session = session

    def open(self, url: str) -> None:
        """Go to a page."""
        self._post("url", {"url": url})

    def text(self) -> str:
        """What a reader of the page sees."""
        return str(self.run("return document.body.innerText"))

    def run(self, script: str) -> Any:
        """Run JavaScript in the page."""
        return self._post("execute/sync", {"script": script, "args": []})

    def wait_for(self, *words: str) -> str:
        """Return the page's text once it holds all the words.

        Raises:
            AssertionError: it does not in a minute; the text is shown.
        """
        give_up = time.monotonic() + _PATIENCE
        while True:
            text = self.text()
            missing = [word for word in words if word not in text]
            if not missing:
                return text
            assert time.monotonic() < give_up, f"no {missing} in:\n{text}"
            time.sleep(_PAUSE)

    def until(self, script: str) -> Any:
        """Run JavaScript in the page until it returns something, and return that.

        Raises:
            AssertionError: it does not in a minute; the page's text is shown.
        """
        give_up = time.monotonic() + _PATIENCE
        while not (returned := self.run(script)):
            assert time.monotonic() < give_up, f"nothing in:\n{self.text()}"
            time.sleep(_PAUSE)
        return returned

    def screenshot(self, file: Path) -> None:
        """Write what the page looks like to a PNG file."""
        answer = requests.get(f"{self._session}/screenshot", timeout=_PATIENCE)
        file.write_bytes(base64.b64decode(answer.json()["value"]))

    def _post(self, command: str, body: dict[str, Any]) -> Any:
        answer = requests.post(
            f"{self._session}/{command}", json=body, timeout=_PATIENCE
        )
        assert answer.ok, answer.text
        return answer.json()["value"]


def programs() -> tuple[str, str]:
    """The browser of this machine, and its driver."""
    return _program(_CHROMIUM), _program(_DRIVER)


def _program(names: tuple[str, ...]) -> str:
    found = [path for name in names if (path := shutil.which(name))]
    assert found, (
        f"none of {', '.join(names)} is installed; install chromium and its driver "
        "(apt-get install chromium chromium-driver), or leave this test out: "
        "make test ARGS=\"-m 'not slow and not browser'\""
    )
    return found[0]


@contextmanager
def browser(
    *,
    chromium: str,
    chromedriver: str,
    profile: Path,
    size: str = "1600,1200",
    arguments: Sequence[str] = (),
) -> Iterator[Browser]:
    """Open a browser, and close all of it.

    Args:
        chromium: the browser's program.
        chromedriver: what speaks to it.
        profile: a folder for what it remembers.
        size: of its window, in pixels.
        arguments: further ones of the program.
    """
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [chromedriver, f"--port={port}", "--log-level=OFF"]
    with subprocess.Popen(  # noqa: S603 -- our own arguments
        command, stdout=subprocess.DEVNULL
    ) as driver:
        try:
            session = _session(
                url,
                chromium=chromium,
                arguments=[
                    *(*_ARGUMENTS, *arguments),
                    f"--window-size={size}",
                    f"--user-data-dir={profile}",
                ],
            )
            yield Browser(session)
            requests.delete(session, timeout=_PATIENCE)
        finally:
            driver.terminate()


def _session(url: str, *, chromium: str, arguments: Sequence[str]) -> str:
    _await_driver(url)
    options = {"binary": chromium, "args": list(arguments)}
    answer = requests.post(
        f"{url}/session",
        json={"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}},
        timeout=2 * _PATIENCE,
    )
    assert answer.ok, answer.text
    return f"{url}/session/{answer.json()['value']['sessionId']}"


def _await_driver(url: str) -> None:
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            requests.get(f"{url}/status", timeout=1).raise_for_status()
        except requests.RequestException:
            assert time.monotonic() < give_up, f"chromedriver does not answer at {url}"
            time.sleep(_PAUSE)
        else:
            return
