"""The data folder of the embedded warehouse: how it comes to be, and who may enter.

Charter: everything about the folder on disk: its place, its creation, its owner, the
login kept in it, and the lock by which a server shows that it lives. Starting and
stopping servers is `embedded`'s business.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import secrets
import shutil
import socket
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres.embedded.programs import (
    SYSTEM_FOLDER,
    Account,
    programs_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOG = logging.getLogger(__name__)

DATA = "postgres-18"  # the major version is part of the name: 19 cannot read it
HOST = "127.0.0.1"
USER = "postgres"
DATABASE = "postgres"

_PORTS = range(15432, 25432)  # below the ports systems give to outgoing connections


@dataclass(frozen=True)
class Login:
    """How to reach the server; `str()` of it has no password."""

    port: int
    password: str

    @property
    def url(self) -> str:
        """For code only: it holds the password."""
        return f"postgresql://{USER}:{self.password}@{HOST}:{self.port}/{DATABASE}"

    def __repr__(self) -> str:
        """Never the password."""
        return f"Login(port={self.port})"


def account_of(data: Path) -> Account:
    """The account that owns the folder, and so runs its server.

    Raises:
        ConfigurationError: it is another's, and we are not root.
    """
    owner = Account.owning(data)
    if os.geteuid() not in (0, owner.uid):
        raise ConfigurationError(
            f"the warehouse in {data} belongs to user id {owner.uid}; run as that "
            "user, or set SHOPIFY_ASSETS_HOME to a folder of your own"
        )
    return owner


def ensure_data(home: Path, *, settings: Mapping[str, str]) -> Path:
    """The data folder, created when there is none; call it under the starter's lock."""
    data = home / DATA
    if not data.exists():
        data.unlink(missing_ok=True)  # a link whose target was removed
        account = Account.for_new_server()
        if account.reaches(home):
            _create(data, account=account, settings=settings)
        else:
            data.symlink_to(
                _created_elsewhere(home, account=account, settings=settings)
            )
    return data.resolve()


def _created_elsewhere(
    home: Path, *, account: Account, settings: Mapping[str, str]
) -> Path:
    SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="warehouse-", dir=SYSTEM_FOLDER))
    folder.chmod(0o755)
    LOG.warning(
        "PostgreSQL does not run as root, and user id %d cannot enter %s: "
        "the data of the warehouse are kept in %s",
        account.uid,
        home,
        folder,
    )
    _create(folder / DATA, account=account, settings=settings)
    return folder / DATA


def _create(data: Path, *, account: Account, settings: Mapping[str, str]) -> None:
    """Create the data folder; it has its name only when it is complete."""
    for abandoned in data.parent.glob(f"{DATA}.new-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{DATA}.new-", dir=data.parent))
    try:
        _give(draft, account)
        password = secrets.token_urlsafe(24)
        _initdb(draft, password=password, account=account, settings=settings)
        login = Login(port=choose_port(data, preferred=None), password=password)
        write_login(draft / DATA, login=login, account=account)
        (draft / DATA).rename(data)
    finally:
        # Also when the command that wants the server is told to end.
        shutil.rmtree(draft, ignore_errors=True)


def _initdb(
    draft: Path, *, password: str, account: Account, settings: Mapping[str, str]
) -> None:
    words = draft / "password"
    words.touch(mode=0o600)
    words.write_text(password, "utf-8")
    _give(words, account)
    unsynced = ("--no-sync",) if settings.get("fsync") == "off" else ()
    done = programs_for(account).run(
        "initdb",
        *("-D", str(draft / DATA), "-U", USER, "-E", "UTF8"),
        *("--auth=scram-sha-256", f"--pwfile={words}", "--no-instructions"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        # Iterations make a weak password harder to guess; this one is random, and
        # Dagster connects anew for every event.
        *("--set", "scram_iterations=1"),
        *unsynced,
    )
    if done.code != 0:
        raise ConfigurationError(f"initdb failed below {draft}: {done.output}")


def _give(path: Path, account: Account) -> None:
    if not account.is_ours:
        os.chown(path, account.uid, account.gid)


def login_file(data: Path) -> Path:
    """Where the login is kept, in the form psql reads."""
    return data / "shopify_assets.pgpass"


def read_login(data: Path) -> Login:
    """Read the login."""
    _, port, _, _, password = login_file(data).read_text("utf-8").strip().split(":")
    return Login(port=int(port), password=password)


def write_login(data: Path, *, login: Login, account: Account) -> None:
    """Write the login, readable to the account only."""
    draft = data / "shopify_assets.pgpass.new"
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(f"{HOST}:{login.port}:*:{USER}:{login.password}\n", "utf-8")
    _give(draft, account)
    draft.replace(login_file(data))


@contextmanager
def server_lock(data: Path) -> Iterator[int | None]:
    """Hold the server's lock, to be inherited by it; None while a server has it."""
    path = data / "shopify_assets.lock"
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _give(path, account_of(data))
        yield lock if _locks(lock) else None
    finally:
        os.close(lock)


def _locks(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_free(data: Path) -> bool:
    """Whether no process of a server is alive."""
    with server_lock(data) as lock:
        return lock is not None


def choose_port(data: Path, *, preferred: int | None) -> int:
    """The preferred port if free; else one that follows from the folder's name."""
    seed = int.from_bytes(hashlib.sha256(os.fsencode(data)).digest()[:4])
    guesses = (_PORTS[(seed + step) % len(_PORTS)] for step in range(100))
    for port in (*([preferred] if preferred else []), *guesses):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if _binds(probe, port):
                return port
    raise ConfigurationError(f"no port of {HOST} is free for the embedded warehouse")


def _binds(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind((HOST, port))
    except OSError:
        return False
    return True
