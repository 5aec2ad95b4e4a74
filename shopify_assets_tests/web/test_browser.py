"""A page of another origin attacks Dagster's, in a browser that has both at hand.

Every attack is made on Dagster's web server as it is, too: those that start a run there
show that the attack is one, and those that do not, which of the browser's own walls the
guard does not have to be.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from shopify_assets_tests.ui.browser import Browser, browser, programs
from shopify_assets_tests.web.attacker import (
    ATTACKS,
    EVIL,
    REBOUND,
    RESOLVED,
    page,
    script,
    socket_script,
)
from shopify_assets_tests.web.stand import MUTATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets_tests.web.stand import Stand

pytestmark = pytest.mark.browser

# What starts a run at a server that nothing guards.
STARTING = {
    *("picture", "script", "style", "GET", "GET with CORS", "form in the address"),
    *("POST of text", "POST of text that says JSON", "beacon"),
}
_SETTLED = 0.3  # seconds for a request of which the page is told nothing


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    chromium, chromedriver = programs()
    with browser(
        chromium=chromium,
        chromedriver=chromedriver,
        profile=tmp_path_factory.mktemp("profile"),
        arguments=RESOLVED,
    ) as tab:
        yield tab


@pytest.fixture(scope="module")
def attacker() -> Iterator[int]:
    with page() as port:
        yield port


def successful_attacks(tab: Browser, stand: Stand) -> set[str]:
    """The attacks that started a run, from the page that is open."""
    successful = set()
    for attack in ATTACKS:
        before = stand.runs()
        tab.run(script(attack, stand.ui.url))
        time.sleep(_SETTLED)
        if stand.runs() > before:
            successful.add(attack)
    return successful


def test_without_the_guard_a_page_elsewhere_starts_runs(
    tab: Browser, attacker: int, raw: Stand
) -> None:
    tab.open(f"http://{EVIL}:{attacker}/")
    assert successful_attacks(tab, raw) == STARTING
    assert tab.run(socket_script(raw.ui.url)) == "connection_ack"


@pytest.mark.parametrize("origin", [EVIL, "localhost", "127.0.0.1"])
def test_with_the_guard_it_starts_none(
    tab: Browser, attacker: int, guarded: Stand, origin: str
) -> None:
    """By a name of the internet, another name of this machine, and another port."""
    tab.open(f"http://{origin}:{attacker}/")
    before = guarded.runs()
    assert successful_attacks(tab, guarded) == set()
    assert tab.run(socket_script(guarded.ui.url)) == "refused"
    assert guarded.runs() == before


FETCHED = f"""
return fetch('/graphql', {{
  method: 'POST', headers: {{'Content-Type': 'application/json'}},
  body: JSON.stringify({{query: {MUTATION!r}}}),
}}).then(answer => answer.text());
"""


def test_a_name_that_is_made_to_lead_here_is_refused(
    tab: Browser, raw: Stand, guarded: Stand
) -> None:
    """DNS rebinding: for the browser, the page and Dagster are of one origin."""
    tab.open(f"http://{REBOUND}:{raw.port}/server_info")
    assert "LaunchRunSuccess" in tab.run(FETCHED)
    before = guarded.runs()
    tab.open(f"http://{REBOUND}:{guarded.port}/server_info")
    assert tab.run(FETCHED) == "Invalid host header"
    assert tab.run(socket_script(f"http://{REBOUND}:{guarded.port}")) == "refused"
    assert guarded.runs() == before


def test_an_address_with_a_query_that_a_person_follows_starts_nothing(
    tab: Browser, attacker: int, guarded: Stand
) -> None:
    before = guarded.runs()
    tab.open(f"http://{EVIL}:{attacker}/")
    tab.run(
        f"location = {guarded.ui.url!r} + '/graphql?query=' + "
        f"encodeURIComponent({MUTATION!r})"
    )
    tab.wait_for("Welcome to GraphiQL")
    time.sleep(_SETTLED)
    assert guarded.runs() == before


def test_a_link_elsewhere_leads_to_the_pages(
    tab: Browser, attacker: int, guarded: Stand
) -> None:
    tab.open(f"http://{EVIL}:{attacker}/")
    tab.run(f"location = {guarded.ui.url!r} + '/locations/attacked/jobs'")
    tab.wait_for("attacked")


def test_our_own_page_asks_and_listens(tab: Browser, guarded: Stand) -> None:
    before = guarded.runs()
    tab.open(f"{guarded.ui.url}/locations/attacked/jobs/attacked/playground")
    tab.wait_for("Launch Run")
    assert tab.run(socket_script(guarded.ui.url)) == "connection_ack"
    assert "LaunchRunSuccess" in tab.run(FETCHED)
    assert guarded.runs() == before + 1
