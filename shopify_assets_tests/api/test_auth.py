"""Where tokens come from, how they are kept, and who renews them."""

from __future__ import annotations

import json
import logging
import multiprocessing
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.api.auth import (
    CREDENTIALS_MARGIN,
    REFRESH_MARGIN,
    RenewedToken,
    token_source,
)
from shopify_assets.api.client import connect
from shopify_assets.api.grants import TokenEndpoint
from shopify_assets.api.pairs import TokenPair
from shopify_assets.api.retry import RetryConfig
from shopify_assets.api.tokens import TokenStore
from shopify_assets.errors import (
    ApiError,
    ConfigurationError,
    ShopifyAssetsError,
    ShopUnavailable,
)
from shopify_assets.settings import (
    ClientCredentials,
    RefreshToken,
    Secret,
    Settings,
    StoredToken,
    load_settings,
)
from shopify_assets_tests.api.conftest import DOMAIN, shop_at
from shopify_assets_tests.api.server import Request, Scripted, graphql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shopify_assets.api.auth import TokenSource
    from shopify_assets.api.client import ShopifyClient
    from shopify_assets_tests.api.server import Server

ENVIRONMENT = {
    "TOKEN": "shpat_stored",
    "ID": "client-id",
    "SECRET": "secret-of-the-app",
    "REFRESH": "refresh-at-first",
}
CREDENTIALS = ClientCredentials("ID", "SECRET")
REFRESH = RefreshToken("ID", "SECRET", "REFRESH")
GRANT = "/admin/oauth/access_token"
QUERY = "{ shop { id } }"
SHOP = {"shop": {"id": "gid://shopify/Shop/1"}}


@dataclass
class TokenServer:
    """Grants tokens by both grants, rotates refresh tokens, and takes current ones.

    Attributes:
        scope: what granted tokens carry.
        expires_in: seconds they live.
        granted: how many were granted.
        refresh: the one refresh token it takes.
        revoked: tokens the Admin API does not take.
        grants: what it was asked for.
    """

    scope: str = "read_orders"
    expires_in: float = 3600
    granted: int = 0
    refresh: str = ENVIRONMENT["REFRESH"]
    revoked: set[str] = field(default_factory=set)
    grants: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: Request) -> Scripted:
        if request.path == GRANT:
            return self._grant(request.json)
        if request.token in self.revoked:
            return Scripted(401, b'{"errors":"[API] Invalid API key or access token"}')
        return graphql(SHOP)

    def _grant(self, asked: dict[str, Any]) -> Scripted:
        self.grants.append(asked)
        answer = {"scope": self.scope, "expires_in": self.expires_in}
        if asked["grant_type"] == "refresh_token":
            if asked["refresh_token"] != self.refresh:
                return refusal("invalid_grant")
            self.refresh = f"shprt_{self.granted + 1}"
            answer |= {
                "refresh_token": self.refresh,
                "refresh_token_expires_in": 7_776_000,
            }
        self.granted += 1
        answer["access_token"] = f"shpat_{self.granted}"
        return Scripted(body=json.dumps(answer).encode())


def refusal(code: str, *, status: int = 400, words: str = "") -> Scripted:
    body = json.dumps({"error": code, "error_description": words})
    return Scripted(status, body.encode())


@pytest.fixture
def tokens(server: Server) -> TokenServer:
    server.answer = TokenServer()
    return server.answer


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(ENVIRONMENT, folder=tmp_path)


@pytest.fixture
def connected(
    server: Server, settings: Settings
) -> Iterator[Callable[..., ShopifyClient]]:
    """Connects to the server's shop as one does in production, but for the waits."""
    clients = []

    def make(authentication: Any) -> ShopifyClient:
        shop = shop_at(server, authentication=authentication)
        retry = RetryConfig(first_wait=0.001, jitter=0)
        clients.append(connect(shop, settings=settings, retry=retry))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def source(server: Server, settings: Settings) -> Callable[..., TokenSource]:
    """Makes sources of the server's shop."""

    def make(authentication: Any) -> TokenSource:
        shop = shop_at(server, authentication=authentication)
        return token_source(shop, settings=settings)

    return make


def used(server: Server) -> list[str]:
    """Tokens the Admin API was asked with, in order."""
    return [each.token for each in server.requests if each.path != GRANT]


def pair(number: int, *, expires_at: float = 1e12) -> TokenPair:
    return TokenPair(
        Secret(f"shpat_{number}"), expires_at, Secret(f"shprt_{number}"), "read_orders"
    )


def stored_in(store: TokenStore, new: TokenPair) -> None:
    """Trade what the store holds for a pair."""
    with store.locked() as holder, store.trading(store.recovered(), holder) as trade:
        trade.put(new)


def shown(
    found: TokenPair | None,
) -> tuple[str, float, str | None, str | None] | None:
    """A pair with its secrets, for comparing."""
    if found is None:
        return None
    refresh = found.refresh_token
    return (
        found.access_token.reveal(),
        found.expires_at,
        None if refresh is None else refresh.reveal(),
        found.scope,
    )


def test_a_stored_token_is_read_by_its_name(
    connected: Callable[..., ShopifyClient], server: Server, tokens: TokenServer
) -> None:
    connected(StoredToken("TOKEN")).execute(QUERY)
    assert used(server) == ["shpat_stored"]
    assert tokens.granted == 0


def test_a_stored_token_that_is_revoked_closes_the_shop(
    connected: Callable[..., ShopifyClient], server: Server, tokens: TokenServer
) -> None:
    tokens.revoked = {"shpat_stored"}
    with pytest.raises(ShopUnavailable, match="revoked"):
        connected(StoredToken("TOKEN")).execute(QUERY)
    assert used(server) == ["shpat_stored"]


def test_a_secret_that_is_not_set_is_told_before_anything_is_sent(
    connected: Callable[..., ShopifyClient], server: Server
) -> None:
    with pytest.raises(ConfigurationError, match="NOT_THERE is not set"):
        connected(StoredToken("NOT_THERE"))
    assert server.requests == []


def test_credentials_buy_one_token_for_many_questions_and_clients(
    connected: Callable[..., ShopifyClient], server: Server, tokens: TokenServer
) -> None:
    tokens.expires_in = 86_399
    connected(CREDENTIALS).execute(QUERY)
    client = connected(CREDENTIALS)
    client.execute(QUERY)
    client.execute(QUERY)
    assert used(server) == ["shpat_1"] * 3
    assert tokens.grants == [
        {
            "grant_type": "client_credentials",
            "client_id": "client-id",
            "client_secret": "secret-of-the-app",
        }
    ]


@pytest.mark.parametrize(
    ("left", "granted"), [(CREDENTIALS_MARGIN + 1, 1), (CREDENTIALS_MARGIN - 1, 2)]
)
def test_a_token_is_renewed_before_it_expires(
    tmp_path: Path, server: Server, tokens: TokenServer, left: float, granted: int
) -> None:
    """As early as the margin says; the wall clock is given."""
    now = 1_800_000_000.0
    endpoint = TokenEndpoint(
        DOMAIN, server.url, Secret("id"), Secret("secret"), now=lambda: now
    )
    source = RenewedToken(
        TokenStore(tmp_path / "pair.json", origin=Secret("secret")),
        domain=DOMAIN,
        grant=lambda _: endpoint.by_credentials(),
        margin=CREDENTIALS_MARGIN,
        now=lambda: now,
    )
    tokens.expires_in = 86_399
    source.token()
    now += 86_399 - left
    assert source.token().reveal() == f"shpat_{granted}"
    assert tokens.granted == granted


def test_a_tokens_life_counts_from_before_it_was_asked_for(
    server: Server, tokens: TokenServer
) -> None:
    """However long the answer took, the token is not believed to live longer."""
    ticks = iter([1000.0, 2000.0])
    endpoint = TokenEndpoint(
        DOMAIN, server.url, Secret("id"), Secret("secret"), now=lambda: next(ticks)
    )
    tokens.expires_in = 60
    assert endpoint.by_credentials().expires_at == 1060


def test_refreshing_is_a_minute_early_at_least() -> None:
    assert REFRESH_MARGIN >= 60


@pytest.mark.parametrize("authentication", [CREDENTIALS, REFRESH])
def test_a_rejected_token_is_renewed_once(
    connected: Callable[..., ShopifyClient],
    server: Server,
    tokens: TokenServer,
    authentication: ClientCredentials | RefreshToken,
) -> None:
    tokens.revoked = {"shpat_1"}
    assert connected(authentication).execute(QUERY).data == SHOP
    assert used(server) == ["shpat_1", "shpat_2"]


def test_a_token_rejected_again_closes_the_shop(
    connected: Callable[..., ShopifyClient], server: Server, tokens: TokenServer
) -> None:
    tokens.revoked = {"shpat_1", "shpat_2", "shpat_3"}
    with pytest.raises(ShopUnavailable, match="revoked"):
        connected(CREDENTIALS).execute(QUERY)
    assert used(server) == ["shpat_1", "shpat_2"]


def test_who_was_rejected_takes_the_token_another_has_renewed_already(
    connected: Callable[..., ShopifyClient], server: Server, tokens: TokenServer
) -> None:
    one, other = connected(REFRESH), connected(REFRESH)
    one.execute(QUERY)
    other.execute(QUERY)
    tokens.revoked = {"shpat_1"}
    one.execute(QUERY)
    other.execute(QUERY)
    assert used(server) == [*["shpat_1"] * 3, "shpat_2", "shpat_1", "shpat_2"]
    assert tokens.granted == 2


def test_each_refresh_uses_the_newest_refresh_token(
    connected: Callable[..., ShopifyClient], tokens: TokenServer
) -> None:
    """The first comes from the environment, the next ones from the state folder."""
    for number in (1, 2, 3):
        connected(REFRESH).execute(QUERY)
        tokens.revoked.add(f"shpat_{number}")
    asked = [each["refresh_token"] for each in tokens.grants]
    assert asked == ["refresh-at-first", "shprt_1", "shprt_2"]


def test_a_pair_is_stored_before_it_is_used(
    connected: Callable[..., ShopifyClient],
    server: Server,
    settings: Settings,
    tokens: TokenServer,
) -> None:
    """Whoever crashes after a refresh finds the new pair, not the dead one."""
    stored: list[tuple[str, str]] = []

    def answer(request: Request) -> Scripted:
        if request.path != GRANT:
            (file,) = (settings.home / "tokens").glob("*.json")
            found = json.loads(file.read_bytes())
            stored.append((found["access_token"], found["refresh_token"]))
        return tokens(request)

    server.answer = answer
    connected(REFRESH).execute(QUERY)
    assert stored == [("shpat_1", "shprt_1")]


def test_a_pair_that_cannot_be_stored_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "tokens"
    folder.write_text("a file where the folder should be")
    asked: list[object] = []

    def grant(found: TokenPair | None) -> TokenPair:
        asked.append(found)
        return pair(1)

    store = TokenStore(folder / "pair.json", origin=Secret("first"))
    source = RenewedToken(store, domain=DOMAIN, grant=grant, margin=60)
    with pytest.raises(ConfigurationError, match="cannot keep tokens in"):
        source.token()
    assert asked == []


def test_stored_pairs_can_be_read_by_their_owner_only(tmp_path: Path) -> None:
    """In spite of what a crash has left behind."""
    store = TokenStore(tmp_path / "tokens" / "pair.json", origin=Secret("first"))
    (tmp_path / "tokens").mkdir(0o700)
    (tmp_path / "tokens" / "pair.draft").write_text("half a pair")
    (tmp_path / "tokens" / "pair.draft").chmod(0o644)
    stored_in(store, pair(1))
    stored_in(store, pair(2))
    assert shown(store.read()) == shown(pair(2))
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in [tmp_path / "tokens", *(tmp_path / "tokens").iterdir()]
    }
    assert modes == {
        "tokens": 0o700,
        "pair.json": 0o600,
        "pair.lock": 0o600,
        "pair.traded": 0o600,
    }


@pytest.mark.parametrize("content", ["", "{", '{"access_token": 1}'])
def test_a_file_that_holds_no_pair_is_told_with_the_remedy(
    tmp_path: Path, content: str
) -> None:
    file = tmp_path / "pair.json"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match=r"pair\.json holds no token pair"):
        TokenStore(file, origin=Secret("first")).read()


def test_a_new_refresh_token_replaces_a_dead_pair(
    server: Server, tmp_path: Path, tokens: TokenServer
) -> None:
    """When the merchant has authorised again, the old pair is forgotten."""
    shop = shop_at(server, authentication=REFRESH)
    before = load_settings(ENVIRONMENT, folder=tmp_path)
    token_source(shop, settings=before).token()
    tokens.refresh = "shprt_second"
    again = {**ENVIRONMENT, "REFRESH": "shprt_second"}
    after = load_settings(again, folder=tmp_path)
    assert token_source(shop, settings=after).token().reveal() == "shpat_2"


def test_threads_that_find_a_token_too_old_refresh_it_once(
    connected: Callable[..., ShopifyClient], server: Server, tokens: TokenServer
) -> None:
    client = connected(REFRESH)
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(client.execute, QUERY) for _ in range(8)]
        assert [each.result().data for each in futures] == [SHOP] * 8
    assert used(server) == ["shpat_1"] * 8
    assert tokens.granted == 1


def _token_of_a_process(url: str, folder: str, gate: Any, found: Any) -> None:
    """Runs in a process of its own: get a token as soon as all are ready."""
    from pathlib import Path  # noqa: PLC0415 -- the child's own

    from shopify_assets.settings import Shop  # noqa: PLC0415 -- the child's own

    settings = load_settings(ENVIRONMENT, folder=Path(folder))
    source = token_source(Shop(DOMAIN, REFRESH, url), settings=settings)
    gate.wait()
    found.put(source.token().reveal())


def test_processes_that_find_a_token_too_old_refresh_it_once(
    server: Server, tmp_path: Path, tokens: TokenServer
) -> None:
    """Two refreshes at once would kill each other's pair."""
    context = multiprocessing.get_context("spawn")
    gate, found = context.Barrier(2), context.Queue()
    target, arguments = _token_of_a_process, (server.url, str(tmp_path), gate, found)
    children = [context.Process(target=target, args=arguments) for _ in range(2)]
    for child in children:
        child.start()
    got = [found.get(timeout=60) for _ in children]
    for child in children:
        child.join()
    assert got == ["shpat_1"] * 2
    assert tokens.granted == 1


@pytest.mark.parametrize(
    "trouble",
    [
        Scripted(500),
        Scripted(503),
        Scripted(200, b"<html>"),
        Scripted(200, b'{"access_token": "\xff"}'),
        Scripted(200, b"{", cut=0),
    ],
)
@pytest.mark.parametrize("authentication", [CREDENTIALS, REFRESH])
def test_passing_faults_of_the_token_endpoint_are_asked_again(
    connected: Callable[..., ShopifyClient],
    server: Server,
    tokens: TokenServer,
    authentication: ClientCredentials | RefreshToken,
    trouble: Scripted,
) -> None:
    server.will_answer(trouble, trouble)
    assert connected(authentication).execute(QUERY).data == SHOP
    assert tokens.granted == 1


@pytest.mark.parametrize("authentication", [CREDENTIALS, REFRESH])
def test_a_token_endpoint_that_forbids_once_is_asked_once_more(
    connected: Callable[..., ShopifyClient],
    server: Server,
    tokens: TokenServer,
    authentication: ClientCredentials | RefreshToken,
) -> None:
    server.will_answer(Scripted(403, b"<html>"))
    assert connected(authentication).execute(QUERY).data == SHOP
    assert tokens.granted == 1


REFUSALS = [
    (
        REFRESH,
        refusal("invalid_grant"),
        (ShopUnavailable, "authorise the app again"),
    ),
    (
        REFRESH,
        refusal("invalid_request", words="requires an active refresh_token"),
        (ShopUnavailable, "requires an active refresh_token.*authorise the app again"),
    ),
    (
        REFRESH,
        refusal("invalid_client"),
        (ConfigurationError, "client id and secret"),
    ),
    (
        CREDENTIALS,
        refusal("invalid_client", status=401),
        (ConfigurationError, "client id and secret"),
    ),
    (
        CREDENTIALS,
        refusal("app_not_installed"),
        (ShopUnavailable, "install the app"),
    ),
    (
        CREDENTIALS,
        refusal("shop_not_permitted", words="cannot be performed on this shop"),
        (ConfigurationError, "on this shop.*one organisation"),
    ),
    (CREDENTIALS, Scripted(400, b"<html>"), (ConfigurationError, "code '<html>'")),
    (CREDENTIALS, Scripted(404), (ShopUnavailable, "check its domain")),
    (CREDENTIALS, Scripted(402), (ShopUnavailable, "bill")),
    (
        CREDENTIALS,
        Scripted(200, b'{"scope": "x"}'),
        (ApiError, "unknown answer"),
    ),
]


@pytest.mark.parametrize(("authentication", "answer", "error"), REFUSALS)
def test_refusals_of_a_token_are_told_by_their_remedy(
    source: Callable[..., TokenSource],
    server: Server,
    authentication: ClientCredentials | RefreshToken,
    answer: Scripted,
    error: tuple[type[ShopifyAssetsError], str],
) -> None:
    server.will_answer(answer)
    kind, words = error
    with pytest.raises(kind, match=words) as raised:
        source(authentication).token()
    assert DOMAIN in str(raised.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("authentication", [CREDENTIALS, REFRESH])
def test_a_token_without_scopes_is_refused_when_it_is_granted(
    connected: Callable[..., ShopifyClient],
    tokens: TokenServer,
    authentication: ClientCredentials | RefreshToken,
) -> None:
    """The app's released version lacks them: it could read nothing but the shop."""
    tokens.scope = ""
    with pytest.raises(ConfigurationError, match="no access scopes"):
        connected(authentication).granted_scopes()


ECHO = " ".join([*ENVIRONMENT.values(), "shpat_new"]).encode()


@pytest.mark.parametrize(
    "answer",
    [
        Scripted(400, ECHO),
        Scripted(400, json.dumps({"error_description": ECHO.decode()}).encode()),
        Scripted(500, ECHO),
        Scripted(200, ECHO),
        Scripted(200, b'{"access_token": 1, "x": "' + ECHO + b'"}'),
        Scripted(200, ECHO, headers={"Content-Length": "5000"}, cut=8),
    ],
)
def test_no_secret_shows_in_an_error_or_a_log_of_a_grant(
    source: Callable[..., TokenSource],
    server: Server,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    answer: Scripted,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.will_answer(answer)
    tokens = source(REFRESH)
    with pytest.raises(ShopifyAssetsError) as raised:
        tokens.token()
    texts = [caplog.text, repr(settings), repr(tokens), repr(vars(tokens))]
    error: BaseException | None = raised.value
    while error is not None:
        texts += [str(error), repr(error), repr(vars(error))]
        error = error.__cause__ or error.__context__
    secrets = {"secret-of-the-app", "refresh-at-first", "shpat_new"}
    assert not [(each, text) for each in secrets for text in texts if each in text]


def test_pairs_do_not_show_their_secrets() -> None:
    assert "shp" not in repr(pair(1))
