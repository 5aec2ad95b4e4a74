"""The embedded warehouse: a PostgreSQL that starts on demand and outlives its starter.

Charter: the life of one server per state folder: create, start, find again, stop. The
programs it runs are found by `programs`; nobody else in the project knows its folder.

A server listens on 127.0.0.1 only and lets no one in without a password, which lies in
the data folder (mode 0600) together with the port. It is never stopped at exit, for the
next process of a pipeline wants it too; `stop` is an explicit command.

How it withstands crashes: a folder appears under its final name only when complete; one
lock file serialises starters; a second is held by the server's own processes, so that
the kernel, not a recorded process number, says whether a server is alive.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import secrets
import shlex
import shutil
import socket
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import psycopg

from shopify_assets.errors import ConfigurationError, Unavailable
from shopify_assets.postgres.programs import (
    SYSTEM_FOLDER,
    Account,
    Programs,
    programs_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOG = logging.getLogger(__name__)

DATA = "postgres-18"  # the major version is part of the name: 19 cannot read it
HOST = "127.0.0.1"
USER = "postgres"
DATABASE = "postgres"

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": HOST,
        # TCP only: a socket's path is limited to 107 characters.
        "unix_socket_directories": "",
        "shared_buffers": "256MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        # No replica reads this server's log: tables filled in the transaction that
        # creates them need no log at all, and are synced at commit instead.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
)

_PORTS = range(15432, 25432)  # below the ports systems give to outgoing connections
_PATIENCE = 60.0  # seconds for a server that is on its way up or down
_RECOVERY = "300"  # seconds for one that must first replay its log
_LAUNCHES = 5


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


@dataclass(frozen=True)
class Status:
    """What is known of a state folder's server, without its password."""

    running: bool
    data: Path
    port: int | None


def start(home: Path, *, settings: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the URL of this state folder's server, which is started when needed.

    Any number of processes may call this at once; the first start creates the data.

    Args:
        home: the state folder.
        settings: server settings that differ from `SETTINGS`, for a start only.

    Raises:
        ConfigurationError: this machine, account or folder cannot hold a server.
        Unavailable: the server did not come up; its own log is quoted.
    """
    home = home.absolute()
    login = _find_running(home / DATA)
    if login is None:
        with _starter(home):
            data = _data(home, settings=settings)
            login = _bring_up(data, settings=settings)
    return login.url


def stop(home: Path) -> None:
    """Stop the server; a server that does not run is left as it is.

    Raises:
        Unavailable: the server did not stop in time.
    """
    data = home.absolute() / DATA
    if not data.exists():
        return
    with _starter(home.absolute()):
        data = data.resolve()
        if _is_free(data):
            return
        programs = programs_for(_account_of(data))
        done = programs.run(
            "pg_ctl", "stop", "-D", str(data), "-m", "fast", "-t", str(int(_PATIENCE))
        )
        if done.code != 0:
            raise Unavailable(f"the warehouse in {data} did not stop: {done.output}")


def status(home: Path) -> Status:
    """Say whether the server runs, and where."""
    data = home.absolute() / DATA
    login = _find_running(data)
    return Status(
        running=login is not None,
        data=data.resolve(),
        port=login.port if login else None,
    )


def psql_command(home: Path) -> str:
    """A shell command that opens psql; it names the password's file, not the password.

    Raises:
        ConfigurationError: the folder has no warehouse yet.
    """
    data = (home.absolute() / DATA).resolve()
    if not data.exists():
        raise ConfigurationError(
            f"{home} has no embedded warehouse yet; start it first"
        )
    login = _read_login(data)
    psql = programs_for(_account_of(data)).path("psql")
    words = (str(psql), "-h", HOST, "-p", str(login.port), "-U", USER, "-d", DATABASE)
    return f"PGPASSFILE={shlex.quote(str(_login_file(data)))} {shlex.join(words)}"


def _find_running(data: Path) -> Login | None:
    """The login of the server of this data folder; None when none runs."""
    if not data.exists():
        return None
    _account_of(data)
    return None if _is_free(data) else _find(data)


def _find(data: Path) -> Login | None:
    """The login of whatever server answers for this data folder."""
    login = _read_login(data)
    try:
        with psycopg.connect(login.url, connect_timeout=2) as connection:
            found = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return None
    # A copied state folder has the same port and password as its original.
    return login if found and Path(found[0]) == data.resolve() else None


def _login_file(data: Path) -> Path:
    return data / "shopify_assets.pgpass"


def _read_login(data: Path) -> Login:
    _, port, _, _, password = _login_file(data).read_text("utf-8").strip().split(":")
    return Login(port=int(port), password=password)


def _write_login(data: Path, *, login: Login, account: Account) -> None:
    draft = data / "shopify_assets.pgpass.new"
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(f"{HOST}:{login.port}:*:{USER}:{login.password}\n", "utf-8")
    _give(draft, account)
    draft.replace(_login_file(data))


@contextmanager
def _starter(home: Path) -> Iterator[None]:
    """Hold the lock of those who start and stop."""
    home.mkdir(parents=True, exist_ok=True)
    lock = os.open(home / f"{DATA}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextmanager
def _server_lock(data: Path) -> Iterator[int | None]:
    """Hold the server's lock, to be inherited by it; None while a server has it."""
    lock = os.open(data / "shopify_assets.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield lock
    except BlockingIOError:
        yield None
    finally:
        os.close(lock)


def _is_free(data: Path) -> bool:
    with _server_lock(data) as lock:
        return lock is not None


def _account_of(data: Path) -> Account:
    owner = Account.owning(data)
    if os.geteuid() not in (0, owner.uid):
        raise ConfigurationError(
            f"the warehouse in {data} belongs to user id {owner.uid}; run as that "
            "user, or set SHOPIFY_ASSETS_HOME to a folder of your own"
        )
    return owner


def _data(home: Path, *, settings: Mapping[str, str]) -> Path:
    """The data folder, created when there is none."""
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
    _give(draft, account)
    password = secrets.token_urlsafe(24)
    _initdb(draft, password=password, account=account, settings=settings)
    login = Login(port=_port(data, preferred=None), password=password)
    _write_login(draft / DATA, login=login, account=account)
    (draft / DATA).rename(data)
    shutil.rmtree(draft)


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
        *unsynced,
    )
    if done.code != 0:
        raise ConfigurationError(f"initdb failed below {draft}: {done.output}")


def _give(path: Path, account: Account) -> None:
    if not account.is_ours:
        os.chown(path, account.uid, account.gid)


def _bring_up(data: Path, *, settings: Mapping[str, str]) -> Login:
    """Start the server, or wait for the one that is on its way up or down."""
    programs = programs_for(_account_of(data))
    deadline = time.monotonic() + _PATIENCE
    launches = 0
    while launches < _LAUNCHES and time.monotonic() < deadline:
        login = _find(data)
        if login is not None:
            return login
        with _server_lock(data) as lock:
            if lock is not None:
                launches += 1
                _launch(data, programs=programs, settings=settings, lock=lock)
                continue
        time.sleep(0.1)
    raise Unavailable(
        f"the warehouse in {data} did not come up; its log ends:\n{_log_end(data)}"
    )


def _launch(
    data: Path, *, programs: Programs, settings: Mapping[str, str], lock: int
) -> None:
    """One attempt; whether it succeeded is seen by connecting."""
    # No process of a server holds the lock, whatever process now has its number.
    (data / "postmaster.pid").unlink(missing_ok=True)
    login = _read_login(data)
    port = _port(data, preferred=login.port)
    if port != login.port:
        moved = Login(port=port, password=login.password)
        _write_login(data, login=moved, account=programs.account)
    wanted = {**SETTINGS, **settings, "port": str(port)}
    options = " ".join(f"-c {shlex.quote(f'{k}={v}')}" for k, v in wanted.items())
    programs.run(
        "pg_ctl",
        *("start", "-w", "-t", _RECOVERY, "-s", "-D", str(data)),
        *("-l", str(data / "server.log"), "-o", options),
        inherited=(lock,),
    )


def _port(data: Path, *, preferred: int | None) -> int:
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


def _log_end(data: Path) -> str:
    log = data / "server.log"
    return log.read_text("utf-8", "replace")[-2000:] if log.exists() else "(no log)"
