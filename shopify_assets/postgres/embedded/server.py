"""The embedded warehouse: a PostgreSQL that starts on demand and outlives its starter.

Charter: the life of one server per state folder: start, find again, stop. Its data are
`data_folder`'s business, its programs `programs`', who may do what in it `roles`', and
what we keep of it `ours`'.

A server listens on 127.0.0.1 only and lets no one in without a password, which lies
beside the data folder (mode 0600) together with the port. It is never stopped at exit,
for the next process of a pipeline wants it too; `stop` is an explicit command.

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
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from shopify_assets.errors import ConfigurationError, Unavailable
from shopify_assets.postgres.embedded import ours
from shopify_assets.postgres.embedded.data_folder import (
    DATA,
    account_of,
    choose_port,
    ensure_data,
)
from shopify_assets.postgres.embedded.ours import (
    DATABASE,
    HOST,
    SUPERUSER,
    USER,
    Login,
)
from shopify_assets.postgres.embedded.programs import Programs, programs_for
from shopify_assets.printable import printable
from shopify_assets.private import open_private, state_folder

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
    home = state_folder(home)
    login = _find_running(home / DATA)
    if login is None:
        with _starter(home):
            data = ensure_data(home, settings=settings)
            login = _bring_up(data, settings=settings)
    return login.url


def administrator(home: Path) -> str:
    """The URL of the superuser of this state folder's server, which runs.

    Raises:
        Unavailable: it does not run.
    """
    return _running_superuser(home).url


def make_database(home: Path, name: str) -> bool:
    """Make a database of the pipeline's in the server that runs; False if it is there.

    Raises:
        Unavailable: the server does not run.
    """
    from shopify_assets.postgres.embedded import roles  # noqa: PLC0415 -- as in `users`

    with _starter(state_folder(home)):
        return roles.make_database(_running_superuser(home), name)


def _running_superuser(home: Path) -> Login:
    superuser = _find_superuser(state_folder(home) / DATA)
    if superuser is None:
        raise Unavailable(f"the embedded warehouse of {home} does not run")
    return superuser


def stop(home: Path) -> None:
    """Stop the server; a server that does not run is left as it is.

    Raises:
        Unavailable: the server did not stop in time.
    """
    data = home.absolute() / DATA
    if not data.exists():
        return
    with _starter(state_folder(home)):
        data = data.resolve()
        account = account_of(data)
        if ours.is_free(data, account):
            return
        done = programs_for(account).run(
            "pg_ctl", "stop", "-D", str(data), "-m", "fast", "-t", str(int(_PATIENCE))
        )
        if done.code != 0:
            raise Unavailable(
                f"the warehouse in {data} did not stop: {printable(done.output)}"
            )


def status(home: Path) -> Status:
    """Say whether the server runs, and where.

    Raises:
        ConfigurationError: the folder, or its data, are another user's.
    """
    data = home.absolute() / DATA
    superuser = _find_superuser(data)
    return Status(
        running=superuser is not None,
        data=data.resolve(),
        port=superuser.port if superuser else None,
    )


_USERS = """
    SELECT coalesce(nullif(application_name, ''), 'a program without a name'), count(*)
    FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
    GROUP BY 1 ORDER BY 1
"""


def users(home: Path) -> dict[str, int]:
    """The programs that are connected to the server, by name, and how often each."""
    superuser = _find_superuser(home.absolute() / DATA)
    if superuser is None:
        return {}
    import psycopg  # noqa: PLC0415 -- where no server runs, nobody needs it

    with psycopg.connect(superuser.url, connect_timeout=2) as connection:
        return dict(connection.execute(_USERS).fetchall())


def psql_command(home: Path) -> str:
    """A shell command that opens psql; it names the password's file, not the password.

    Raises:
        ConfigurationError: the folder has no warehouse yet.
    """
    data = (home.absolute() / DATA).resolve()
    account = account_of(data) if data.exists() else None
    login = ours.read_login(data, USER) if account else None
    if account is None or login is None:
        raise ConfigurationError(
            f"{home} has no embedded warehouse yet; start it first"
        )
    psql = programs_for(account).path("psql")
    words = (str(psql), "-h", HOST, "-p", str(login.port), "-U", USER, "-d", DATABASE)
    file = ours.login_file(data, USER)
    return f"PGPASSFILE={shlex.quote(str(file))} {shlex.join(words)}"


def _find_running(data: Path) -> Login | None:
    """The pipeline's login to the server of this data folder; None: it is to be made.

    That is so when no server runs, and when one runs that an earlier version started.
    """
    if _find_superuser(data) is None:
        return None
    return ours.read_login(data.resolve(), USER)


def _find_superuser(data: Path) -> Login | None:
    """The superuser's login to the server of this data folder; None if none runs."""
    if not data.exists():
        return None
    state_folder(data.parent)
    account = account_of(data)
    data = data.resolve()
    ours.adopt_login(data, account)
    return None if ours.is_free(data, account) else _find(data)


def _find(data: Path) -> Login | None:
    """The superuser's login to whatever server answers for this data folder."""
    import psycopg  # noqa: PLC0415 -- as in `users`

    login = ours.read_login(data, SUPERUSER)
    if login is None:
        return None
    try:
        # A program that has taken the port must prove that it knows the password; it is
        # not sent, whatever the program asks for.
        with psycopg.connect(
            login.url, connect_timeout=2, require_auth="scram-sha-256"
        ) as connection:
            found = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return None
    # A copied state folder has the same port and password as its original.
    return login if found and Path(found[0]) == data else None


@contextmanager
def _starter(home: Path) -> Iterator[None]:
    """Hold the lock of those who start and stop."""
    lock = open_private(home / f"{DATA}.lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _bring_up(data: Path, *, settings: Mapping[str, str]) -> Login:
    """Start the server, or wait for the one that is on its way up or down."""
    programs = programs_for(account_of(data))
    ours.adopt_login(data, programs.account)
    deadline = time.monotonic() + _PATIENCE
    launches = 0
    while launches < _LAUNCHES and time.monotonic() < deadline:
        superuser = _find(data)
        if superuser is not None:
            return _pipelines_login(data, superuser)
        with ours.server_lock(data, programs.account) as lock:
            if lock is not None:
                launches += 1
                _launch(data, programs=programs, settings=settings, lock=lock)
                continue
        time.sleep(0.1)
    raise Unavailable(
        f"the warehouse in {data} did not come up; its log ends:\n"
        f"{ours.end_of_log(data)}"
    )


def _pipelines_login(data: Path, superuser: Login) -> Login:
    """The login of the pipeline's role, which is made when there is none."""
    login = ours.read_login(data, USER)
    if login is None:
        from shopify_assets.postgres.embedded import roles  # noqa: PLC0415 -- as in `users`

        login = roles.hand_over(superuser)
        ours.write_login(data, login)
    return login


def _launch(
    data: Path, *, programs: Programs, settings: Mapping[str, str], lock: int
) -> None:
    """One attempt; whether it succeeded is seen by connecting."""
    _clear(data)
    port = _settle_port(data)
    wanted = {**SETTINGS, **settings, "port": str(port)}
    options = " ".join(f"-c {shlex.quote(f'{k}={v}')}" for k, v in wanted.items())
    with ours.log(data) as log:
        programs.run(
            "pg_ctl",
            *("start", "-w", "-t", _RECOVERY, "-s", "-D", str(data), "-o", options),
            inherited=(lock,),
            output=log,
        )


def _clear(data: Path) -> None:
    """Remove what a server that is gone left behind; no link is followed."""
    try:
        # None of its processes holds the lock, whatever process now has its number.
        (data / "postmaster.pid").unlink(missing_ok=True)
        ours.forget_earlier(data)
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename} cannot be removed: {error.strerror}; PostgreSQL does "
            "not start beside it"
        ) from error


def _settle_port(data: Path) -> int:
    """The port to start on: that of the logins, else a free one, written to them."""
    logins = [ours.read_login(data, user) for user in (SUPERUSER, USER)]
    known = [login for login in logins if login is not None]
    port = choose_port(data, preferred=known[0].port if known else None)
    for login in known:
        if login.port != port:
            ours.write_login(data, replace(login, port=port))
    return port
