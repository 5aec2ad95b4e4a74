"""A script: processes that renew one shop's token, one of which is killed at a point.

Charter: run by `test_rotation.py` as a process of its own, given a `Scene` as JSON. It
has no threads, forks, and hooks the functions of Python that touch disk and network in
the one process that is to die; the code under test is not touched. The clock runs fast,
so that a token of an hour lives for a second.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import select
import signal
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = 3600
ENVIRONMENT = {
    "ID": "simulated-app",
    "SECRET": "shpss_simulated",
    "REFRESH": "shprt_simulated",
}
_real = time.time


@dataclass
class Scene:
    """What is to happen at one shop.

    Attributes:
        url: the shop's base URL.
        domain: the shop.
        home: the state folder of all processes.
        epoch: when the fast clock showed the true time.
        point: where one process dies, as `<moment> <event>`; empty: none does.
        others: how many go on.
        seconds: for how long they do, after the death.
    """

    url: str
    domain: str
    home: str
    epoch: float
    point: str = ""
    others: int = 3
    seconds: float = 1.2


@dataclass
class Ending:
    """What came of it.

    Attributes:
        point: where a process was to die.
        killed: whether it did.
        statuses: of the requests of those that went on.
        errors: what their renewals raised.
        lost: why a new process gets no token that opens the shop; empty: it does.
        seconds: until it had one.
        events: what a trade does, in order, if it was listened to.
        window: microseconds from the answer's arrival until it is in the draft.
    """

    point: str = ""
    killed: bool = False
    statuses: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    lost: str = ""
    seconds: float = 0.0
    events: list[str] = field(default_factory=list)
    window: float = 0.0


class Listener:
    """Hooks what a trade does, numbers it, and kills at one of its moments."""

    def __init__(self, point: str = "") -> None:
        self.moment, _, self.event = point.partition(" ")
        self.events: list[str] = []
        self.at: dict[str, int] = {}
        self.seen: Counter[str] = Counter()

    def listen(self) -> None:
        """Hook the functions; of this process alone."""
        for name in ("open", "pwrite", "fsync", "close", "replace"):
            setattr(os, name, self._hooked(name, getattr(os, name)))
        fcntl.flock = self._hooked("flock", fcntl.flock)
        connection: Any = http.client.HTTPConnection
        connection.send = self._hooked("send", connection.send)
        connection.getresponse = self._hooked("answer", connection.getresponse)

    def _hooked(self, name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        def hooked(*args: Any, **more: Any) -> Any:
            event = self._event(name, args)
            if event is None:
                return plain(*args, **more)
            if name == "answer":
                # Only when it has come: the tokens are traded then.
                select.select([args[0].sock], [], [], 30)
            self._reach("before", event)
            if name == "pwrite" and self._is_due("half", event):
                plain(args[0], args[1][: len(args[1]) // 2], args[2])
                _die()
            result = plain(*args, **more)
            self._reach("after", event)
            return result

        return hooked

    def _event(self, name: str, args: tuple[Any, ...]) -> str | None:
        """What is done to which of the store's files; None if it is none of them."""
        place = _place(name, args)
        if place is None:
            return None
        if name == "flock":
            self.seen.clear()
            self.events.clear()
        key = f"{name}:{place}"
        self.seen[key] += 1
        event = key if self.seen[key] == 1 else f"{key}#{self.seen[key]}"
        self.events.append(event)
        return event

    def _is_due(self, moment: str, event: str) -> bool:
        return (self.moment, self.event) == (moment, event)

    def _reach(self, moment: str, event: str) -> None:
        self.at[f"{moment} {event}"] = time.perf_counter_ns()
        if self._is_due(moment, event):
            _die()


def _place(name: str, args: tuple[Any, ...]) -> str | None:
    if name in {"send", "answer"}:
        return "shop"
    if isinstance(args[0], int):
        try:
            path = str(Path(f"/proc/self/fd/{args[0]}").readlink())
        except OSError:
            return None
    else:
        path = os.fspath(args[-1] if name == "replace" else args[0])
    file = Path(path)
    if file.name == "tokens":
        return "folder"
    return file.suffix if file.parent.name == "tokens" else None


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def _fast(epoch: float) -> Callable[[], float]:
    return lambda: epoch + (_real() - epoch) * RATE


def _source(scene: Scene) -> Any:
    from shopify_assets.api.auth import token_source  # noqa: PLC0415 -- after the clock
    from shopify_assets.settings import (  # noqa: PLC0415 -- the same
        RefreshToken,
        Shop,
        load_settings,
    )

    environment = {**ENVIRONMENT, "SHOPIFY_ASSETS_HOME": scene.home}
    way = RefreshToken("ID", "SECRET", "REFRESH")
    shop = Shop(scene.domain, way, scene.url)
    return token_source(shop, settings=load_settings(environment))


def _status(scene: Scene, token: Any) -> int:
    import requests  # noqa: PLC0415 -- after the clock

    reply = requests.get(
        f"{scene.url}/admin/oauth/access_scopes.json",
        headers={"X-Shopify-Access-Token": token.reveal()},
        timeout=30,
    )
    return reply.status_code


def _used(scene: Scene, source: Any) -> int:
    """Use the token once, renewed if it is rejected."""
    token = source.token()
    status = _status(scene, token)
    if status != 401:
        return status
    fresh = source.renew(token)
    return status if fresh is None else _status(scene, fresh)


def _go_on(scene: Scene, until: float) -> dict[str, Any]:
    statuses: Counter[str] = Counter()
    errors = []
    source = _source(scene)
    while _real() < until:
        try:
            statuses[str(_used(scene, source))] += 1
        except Exception as error:  # noqa: BLE001 -- told
            errors.append(f"{type(error).__name__}: {error}")
        time.sleep(0.02)
    return {"statuses": statuses, "errors": errors}


def _child(work: Callable[[], dict[str, Any]]) -> tuple[int, int]:
    """Do something in a process of its own; its id, and where its result is read."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    os.close(reading)
    result = work()
    os.write(writing, json.dumps(result).encode())
    os._exit(0)


def _result(pid: int, reading: int) -> tuple[int, dict[str, Any]]:
    with open(reading, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(pid, 0)
    return status, json.loads(content) if content else {}


def _victim(scene: Scene, until: float) -> dict[str, Any]:
    listener = Listener(scene.point)
    source = _source(scene)
    listener.listen()
    while _real() < until:
        with contextlib.suppress(Exception):
            source.token()
        if not scene.point and any("answer:" in event for event in listener.events):
            return {"events": listener.events, "window": _window(listener.at)}
        time.sleep(0.005)
    return {}


def _window(at: dict[str, int]) -> float:
    # Before there were drafts, it was safe when it was renamed.
    safe = at.get("after pwrite:.draft#2") or at["after replace:.json"]
    return (safe - at["before answer:shop"]) / 1000


def play(scene: Scene) -> Ending:
    """Let it happen, from a pair that is due to its renewal by whoever is left."""
    ending = Ending(scene.point)
    with contextlib.suppress(Exception):
        _used(scene, _source(scene))
    now = _real()
    victim = _child(lambda: _victim(scene, now + 20))
    others = [
        _child(lambda: _go_on(scene, now + 2.2 + scene.seconds))
        for _ in range(scene.others)
    ]
    for pid, reading in others:
        _, result = _result(pid, reading)
        for status, count in result["statuses"].items():
            ending.statuses[status] = ending.statuses.get(status, 0) + count
        ending.errors += result["errors"]
    status, result = _result(*victim)
    ending.killed = os.WIFSIGNALED(status)
    ending.events = result.get("events", [])
    ending.window = result.get("window", 0.0)
    started = _real()
    time.sleep(1.1)
    ending.lost = _result(*_child(lambda: {"lost": _lost(scene)}))[1]["lost"]
    ending.seconds = _real() - started - 1.1
    return ending


def _lost(scene: Scene) -> str:
    try:
        status = _used(scene, _source(scene))
    except Exception as error:  # noqa: BLE001 -- told
        return f"{type(error).__name__}: {error}"
    return "" if status == 200 else f"HTTP {status}"


def main() -> None:
    """Play scenes, one after another."""
    scenes = [Scene(**scene) for scene in json.loads(sys.stdin.read())]
    time.time = _fast(scenes[0].epoch)
    print(json.dumps([asdict(play(scene)) for scene in scenes]))  # noqa: T201 -- read


if __name__ == "__main__":
    main()
