"""The embedded warehouse: a PostgreSQL that starts on demand and outlives its starter.

Charter: the life of one server per state folder: start, find again, stop. Its data are
`data_folder`'s business, its programs `programs`'.

A server listens on 127.0.0.1 only and lets no one in without a password, which lies in
the data folder (mode 0600) together with the port. It is never stopped at exit, for the
next process of a pipeline wants it too; `stop` is an explicit command.

How it withstands crashes: a folder appears under its final name only when complete; one
lock file serialises starters; a second is held by the server's own processes, so that
the kernel, not a recorded process number, says whether a server is alive.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from shopify_assets.errors import ConfigurationError, Unavailable
from shopify_assets.postgres.embedded.data_folder import (
    DATA,
    DATABASE,
    HOST,
    USER,
    Login,
    account_of,
    choose_port,
    ensure_data,
    is_free,
    login_file,
    read_login,
    server_lock,
    write_login,
)
from shopify_assets.postgres.embedded.programs import Programs, programs_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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

_PATIENCE = 60.0  # seconds for a server that is on its way up or down
_RECOVERY = "300"  # seconds for one that must first replay its log
_LAUNCHES = 5


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
            data = ensure_data(home, settings=settings)
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
        if is_free(data):
            return
        programs = programs_for(account_of(data))
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


_USERS = """
    SELECT coalesce(nullif(application_name, ''), 'a program without a name'), count(*)
    FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
    GROUP BY 1 ORDER BY 1
"""


def users(home: Path) -> dict[str, int]:
    """The programs that are connected to the server, by name, and how often each."""
    login = _find_running(home.absolute() / DATA)
    if login is None:
        return {}
    import psycopg  # noqa: PLC0415 -- where no server runs, nobody needs it

    with psycopg.connect(login.url, connect_timeout=2) as connection:
        return dict(connection.execute(_USERS).fetchall())


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
    login = read_login(data)
    psql = programs_for(account_of(data)).path("psql")
    words = (str(psql), "-h", HOST, "-p", str(login.port), "-U", USER, "-d", DATABASE)
    return f"PGPASSFILE={shlex.quote(str(login_file(data)))} {shlex.join(words)}"


def _find_running(data: Path) -> Login | None:
    """The login of the server of this data folder; None when none runs."""
    if not data.exists():
        return None
    account_of(data)
    return None if is_free(data) else _find(data)


def _find(data: Path) -> Login | None:
    """The login of whatever server answers for this data folder."""
    import psycopg  # noqa: PLC0415 -- as in `users`

    login = read_login(data)
    try:
        with psycopg.connect(login.url, connect_timeout=2) as connection:
            found = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return None
    # A copied state folder has the same port and password as its original.
    return login if found and Path(found[0]) == data.resolve() else None


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


def _bring_up(data: Path, *, settings: Mapping[str, str]) -> Login:
    """Start the server, or wait for the one that is on its way up or down."""
    programs = programs_for(account_of(data))
    deadline = time.monotonic() + _PATIENCE
    launches = 0
    while launches < _LAUNCHES and time.monotonic() < deadline:
        login = _find(data)
        if login is not None:
            return login
        with server_lock(data) as lock:
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
    login = read_login(data)
    port = choose_port(data, preferred=login.port)
    if port != login.port:
        moved = Login(port=port, password=login.password)
        write_login(data, login=moved, account=programs.account)
    wanted = {**SETTINGS, **settings, "port": str(port)}
    options = " ".join(f"-c {shlex.quote(f'{k}={v}')}" for k, v in wanted.items())
    programs.run(
        "pg_ctl",
        *("start", "-w", "-t", _RECOVERY, "-s", "-D", str(data)),
        *("-l", str(data / "server.log"), "-o", options),
        inherited=(lock,),
    )


def _log_end(data: Path) -> str:
    log = data / "server.log"
    return log.read_text("utf-8", "replace")[-2000:] if log.exists() else "(no log)"
