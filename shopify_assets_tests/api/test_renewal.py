"""When a token is renewed, and what is done when it cannot be."""

from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.api import tokens as kept
from shopify_assets.api.auth import (
    CLOCK_SLACK,
    REFRESH_MARGIN,
    REJECTED_PAUSE,
    RENEWAL_PAUSE,
    RenewedToken,
    token_source,
)
from shopify_assets.api.client import ShopifyClient, connect
from shopify_assets.api.grants import REFRESH_LIFE, RefreshRefused, TokenEndpoint
from shopify_assets.api.retry import RetryConfig
from shopify_assets.api.tokens import STORE_AGAIN, TokenStore
from shopify_assets.errors import (
    ApiError,
    ConfigurationError,
    ShopifyAssetsError,
    Unavailable,
)
from shopify_assets.settings import RefreshToken, Secret, Shop, load_settings
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets.simulator.world.spec import Reuse
from shopify_assets_tests.api.conftest import DOMAIN, shop_at
from shopify_assets_tests.api.server import VERSION, Scripted, graphql
from shopify_assets_tests.api.test_auth import GRANT, TokenServer, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shopify_assets_tests.api.server import Server

FIRST = Secret("refresh-at-first")
LIFE = 3600.0


class Scene:
    """One process's source of tokens, at a server whose answers are given."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.now = 1_800_000_000.0
        self.server = server
        self.shop = TokenServer()
        server.answer = self.shop
        self.folder = folder
        self.source = self.another()

    def another(self) -> RenewedToken:
        """A source as the next process has it."""
        endpoint = TokenEndpoint(
            DOMAIN, self.server.url, Secret("id"), Secret("secret"), now=self.clock
        )
        return RenewedToken(
            self.store(),
            domain=DOMAIN,
            grant=lambda pair: endpoint.by_refresh(pair, first=FIRST),
            margin=REFRESH_MARGIN,
            now=self.clock,
        )

    def store(self) -> TokenStore:
        file = self.folder / "pair.json"
        return TokenStore(file, origin=FIRST, now=self.clock, sleep=self.sleep)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def token(self) -> str:
        return self.source.token().reveal()

    def becomes_due(self) -> None:
        """The token is to be renewed, and still valid for a minute and a half."""
        self.now += LIFE - 90

    @property
    def given(self) -> list[str]:
        """The refresh tokens that were given away, in order."""
        bodies = [json.loads(request.body) for request in self.server.requests]
        return [body["refresh_token"] for body in bodies]


@pytest.fixture
def scene(server: Server, tmp_path: Path) -> Iterator[Scene]:
    yield Scene(server, tmp_path / "tokens")
    kept._unsaved.clear()  # noqa: SLF001 -- of this process


def answer(**more: Any) -> Scripted:
    """What a trade answers; keys that are None are left out."""
    usual = {
        "access_token": "shpat_1",
        "refresh_token": "shprt_1",
        "scope": "read_orders",
        "expires_in": 3600,
    }
    body = {key: value for key, value in (usual | more).items() if value is not None}
    return Scripted(body=json.dumps(body).encode())


# ── answers that are not as they should be ────────────────────────────────────────────


@pytest.mark.parametrize(
    ("lives", "taken"),
    [
        ("3600", 3600),
        ("7200", 7200),
        ('"7200"', 7200),
        ("86399.5", 86399.5),
        ("-1", REFRESH_LIFE),
        ("0", REFRESH_LIFE),
        ("1", REFRESH_LIFE),
        ("NaN", REFRESH_LIFE),
        ("Infinity", REFRESH_LIFE),
        ("1e400", REFRESH_LIFE),
        ("1" * 400, REFRESH_LIFE),
        ("true", REFRESH_LIFE),
        ("null", REFRESH_LIFE),
        ('"soon"', REFRESH_LIFE),
        ('"nan"', REFRESH_LIFE),
        ("[3600]", REFRESH_LIFE),
    ],
)
def test_a_life_that_cannot_be_meant_costs_no_pair_and_no_endless_renewal(
    scene: Scene, lives: str, taken: float
) -> None:
    body = answer(expires_in=3600).body.replace(b"3600", lives.encode())
    scene.server.will_answer(Scripted(body=body))
    assert [scene.token() for _ in range(3)] == ["shpat_1"] * 3
    assert shown(scene.store().read()) == (
        "shpat_1",
        scene.now + taken,
        "shprt_1",
        "read_orders",
    )
    assert scene.given == ["refresh-at-first"]


def test_an_answer_without_life_and_scope_is_taken(scene: Scene) -> None:
    scene.server.will_answer(answer(expires_in=None, scope=None))
    assert scene.token() == "shpat_1"
    expires_at = scene.now + REFRESH_LIFE
    assert shown(scene.store().read()) == ("shpat_1", expires_at, "shprt_1", None)


def test_an_answer_without_a_refresh_token_leaves_the_one_that_was_given(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.server.will_answer(answer(refresh_token=None))
    assert scene.token() == "shpat_1"
    scene.now += LIFE
    scene.token()
    assert scene.given == ["refresh-at-first", "refresh-at-first"]
    assert "gave no new refresh token" in caplog.text


STRANGE = [
    answer(access_token="shpat_\r\nX-Evil: 1"),
    answer(access_token="shpat_\n"),
    answer(access_token="shpat ä"),
    answer(access_token=""),
    answer(access_token=7),
    answer(access_token="x" * 5000),
    answer(refresh_token="shprt\x00"),
    answer(refresh_token=""),
    answer(access_token=None),
    Scripted(body=b"[]"),
    Scripted(body=b"7"),
    Scripted(body=b"[" * 100_000),
    Scripted(body=b"null"),
    Scripted(body=b"\xff\xfe"),
    Scripted(body=b""),
    Scripted(500),
]


@pytest.mark.parametrize("strange", STRANGE)
def test_a_strange_answer_leaves_the_pair_that_is_stored(
    scene: Scene, strange: Scripted
) -> None:
    assert scene.token() == "shpat_1"
    before = shown(scene.store().read())
    scene.becomes_due()
    scene.server.will_answer(strange)
    assert scene.token() == "shpat_1"
    assert shown(scene.store().read()) == before
    scene.now += RENEWAL_PAUSE
    assert scene.token() == "shpat_2"
    assert scene.given == ["refresh-at-first", "shprt_1", "shprt_1"]


@pytest.mark.parametrize("strange", STRANGE)
def test_a_strange_answer_is_an_error_of_ours_that_shows_no_token(
    scene: Scene, strange: Scripted
) -> None:
    scene.server.will_answer(strange)
    with pytest.raises(ShopifyAssetsError) as raised:
        scene.token()
    assert isinstance(raised.value, ApiError | Unavailable)
    assert DOMAIN in str(raised.value)
    assert "shp" not in str(raised.value)
    assert "Evil" not in str(raised.value)


def test_a_pair_without_scopes_is_stored_all_the_same(scene: Scene) -> None:
    """The one before is dead; the next trade may bring scopes."""
    scene.server.will_answer(answer(scope=""))
    with pytest.raises(ConfigurationError, match="no access scopes"):
        scene.token()
    scene.shop.refresh = "shprt_1"
    scene.shop.granted = 1
    assert scene.token() == "shpat_2"
    assert scene.given == ["refresh-at-first", "shprt_1"]


# ── renewals that fail ────────────────────────────────────────────────────────────────


def test_a_due_token_is_used_while_it_is_valid_and_cannot_be_renewed(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again now and then, not at every use."""
    scene.token()
    scene.becomes_due()
    scene.server.will_answer(*[Scripted(503)] * 9)
    for _ in range(45):
        assert scene.token() == "shpat_1"
        scene.now += 2 - 1e-6
    assert len(scene.given) == 1 + 5
    assert (
        "the token is not renewed, and used until 2027-01-15 09:00:00Z" in caplog.text
    )
    scene.now += 1
    with pytest.raises(Unavailable, match="HTTP 503"):
        scene.token()


def test_a_full_disk_keeps_the_due_token_in_use_and_gives_nothing_away(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.token()
    scene.becomes_due()
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", _no_space)
        assert scene.token() == "shpat_1"
        scene.now += 90
        with pytest.raises(ConfigurationError, match="No space left on device"):
            scene.token()
    assert scene.given == ["refresh-at-first"]
    assert scene.token() == "shpat_2"


def _no_space(*_: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_pair_that_is_in_memory_alone_serves_and_nothing_is_traded_twice(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk breaks after the place was made, and is mended later."""
    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", _full_for(".json"))
        assert [scene.token() for _ in range(5)] == ["shpat_1"] * 5
        scene.now += STORE_AGAIN
        assert [scene.another().token().reveal() for _ in range(5)] == ["shpat_1"] * 5
        assert scene.token() == "shpat_1"
    assert caplog.text.count("cannot be stored (No space left on device)") == 2
    assert scene.given == ["refresh-at-first"]
    scene.now += STORE_AGAIN
    assert scene.token() == "shpat_1"
    kept._unsaved.clear()  # noqa: SLF001 -- the process has ended
    assert scene.another().token().reveal() == "shpat_1"
    assert scene.given == ["refresh-at-first"]


def _full_for(suffix: str) -> Any:
    plain = os.replace

    def replace(source: Path, target: Path) -> None:
        if str(target).endswith(suffix):
            _no_space()
        plain(source, target)

    return replace


def test_whoever_listens_to_the_client_is_told_that_a_pair_is_not_stored(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log of the run, in Dagster: nobody reads a daemon's terminal."""
    scene.server.answer = lambda request: (
        scene.shop(request) if request.path == GRANT else graphql({"shop": {}})
    )
    shop = shop_at(scene.server)
    client = ShopifyClient(shop, api_version=VERSION, token=scene.source)
    lines: list[str] = []
    with (
        monkeypatch.context() as broken,
        client.waiter.told_to(lines.append, work="stream orders"),
    ):
        broken.setattr(os, "replace", _full_for(".json"))
        client.execute("{ shop { id } }")
    client.close()
    # The clock of that server is far from ours, which is told as well.
    (line, clock) = lines
    assert clock.endswith("or from this machine")
    assert line.startswith(f"stream orders: {scene.folder}/pair.json: the new token")
    assert caplog.text == ""


def test_a_process_that_ends_with_a_pair_in_memory_may_leave_it_in_its_draft(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written, though the disk would not say that it is."""
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", _fails_after(3))
        assert scene.token() == "shpat_1"
    kept._unsaved.clear()  # noqa: SLF001 -- the process has ended
    assert scene.another().token().reveal() == "shpat_1"
    assert scene.given == ["refresh-at-first"]


def _fails_after(number: int) -> Any:
    plain, calls = os.fsync, iter(range(100))

    def fsync(descriptor: int) -> None:
        if next(calls) >= number:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        plain(descriptor)

    return fsync


# ── clocks, and shops that reject ─────────────────────────────────────────────────────


def test_a_clock_that_was_set_back_makes_no_old_token_look_fresh(scene: Scene) -> None:
    scene.token()
    scene.now -= CLOCK_SLACK - 1
    assert scene.token() == "shpat_1"
    scene.now -= 2
    assert [scene.token() for _ in range(3)] == ["shpat_2"] * 3
    assert scene.another().token().reveal() == "shpat_2"


def test_a_clock_that_jumped_ahead_and_back_costs_two_renewals(scene: Scene) -> None:
    scene.token()
    scene.now += 10 * 365 * 86_400
    assert scene.token() == "shpat_2"
    scene.now -= 10 * 365 * 86_400
    assert [scene.token() for _ in range(3)] == ["shpat_3"] * 3


def test_a_short_life_is_used_to_its_half(scene: Scene) -> None:
    """The margin is longer than the whole of it."""
    scene.shop.expires_in = 100
    scene.token()
    scene.now += 49
    assert scene.token() == "shpat_1"
    scene.now += 2
    assert scene.token() == "shpat_2"


def test_a_shop_that_rejects_every_token_is_given_one_more_a_minute(
    scene: Scene,
) -> None:
    for _ in range(20):
        scene.source.renew(scene.source.token())
        scene.now += 1
    assert len(scene.given) == 2
    scene.now += REJECTED_PAUSE
    assert scene.source.renew(Secret("shpat_2")) is not None
    assert len(scene.given) == 3


# ── answers that are lost on their way, at a simulated shop ───────────────────────────

EMBER = "ember.myshopify.com"
ENVIRONMENT = {
    "ID": "simulated-app",
    "SECRET": "shpss_simulated",
    "REFRESH": "shprt_simulated",
}


def simulated(reuse: Reuse) -> Simulator:
    return Simulator([SimulatedShop(EMBER, orders=1, products=1, reuse=reuse)])


def shop_of(simulator: Simulator) -> Shop:
    way = RefreshToken("ID", "SECRET", "REFRESH")
    return Shop(EMBER, way, simulator.base_url(EMBER))


@pytest.mark.parametrize("reuse", [Reuse.UNTIL_USED, Reuse.HOUR, Reuse.ANEW])
def test_an_answer_that_is_lost_is_asked_for_again(
    tmp_path: Path, reuse: Reuse
) -> None:
    lost = Fault(kind=Kind.GRANT_LOST, times=2)
    with simulated(reuse) as simulator:
        simulator.arm(EMBER, lost)
        client = connect(
            shop_of(simulator),
            settings=load_settings(ENVIRONMENT, folder=tmp_path),
            retry=RetryConfig(first_wait=0.001),
        )
        try:
            assert client.execute("{ shop { name } }").data == {
                "shop": {"name": "Ember"}
            }
        finally:
            client.close()


def test_a_pair_that_is_lost_with_its_answer_is_told_with_when_and_by_whom(
    tmp_path: Path,
) -> None:
    """Where a refresh token dies at its first use."""
    with simulated(Reuse.NEVER) as simulator:
        simulator.arm(EMBER, Fault(kind=Kind.GRANT_LOST))
        settings = load_settings(ENVIRONMENT, folder=tmp_path)
        source = token_source(shop_of(simulator), settings=settings)
        with pytest.raises(Unavailable):
            source.token()
        with pytest.raises(RefreshRefused) as raised:
            source.token()
    words = str(raised.value)
    assert (
        "the merchant must authorise the app again. The pair is lost: it was" in words
    )
    assert f"last by process {os.getpid()} on {os.uname().nodename}" in words


def test_a_refresh_token_that_was_never_given_away_is_just_refused(
    tmp_path: Path,
) -> None:
    with simulated(Reuse.NEVER) as simulator:
        simulator.store(EMBER).tokens.revoke_all()
        settings = load_settings(ENVIRONMENT, folder=tmp_path)
        source = token_source(shop_of(simulator), settings=settings)
        for _ in range(2):
            with pytest.raises(RefreshRefused) as raised:
                source.token()
            assert "lost" not in str(raised.value)
