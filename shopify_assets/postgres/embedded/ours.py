"""What we keep of an embedded server: its logins, its lock, its log.

Charter: the files that belong to whoever runs us, in a folder of his own beside the
data folder. The data folder belongs to the account of the server, which as root is
another one: nothing of ours lies in it, for that account could lead us to any file.
What earlier versions kept there is taken over here, once, with care.

The server holds its lock by a descriptor it inherits, so that the kernel, not a
recorded process number, says whether it is alive.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres.embedded.programs import Account
from shopify_assets.printable import printable
from shopify_assets.private import locks, open_private, own_folder, write_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "127.0.0.1"
DATABASE = "postgres"
USER = "shopify_assets"  # the pipeline's, which owns what it loads and nothing else
SUPERUSER = "postgres"  # of initdb; for administration alone

# Files of earlier versions, in the data folder.
EARLIER_LOGIN = "shopify_assets.pgpass"
EARLIER_LOCK = "shopify_assets.lock"

# In our folder: an earlier version's server may live, until we have started one.
_ADOPTED = "adopted"
_LOGINS = {USER: "login.pgpass", SUPERUSER: "administrator.pgpass"}
_LINE = re.compile(
    r"127\.0\.0\.1:(?P<port>\d{1,5}):\*:(?P<user>\w{1,63}):(?P<password>[\w-]{1,99})\n"
)
_LONGEST_LINE = 400  # bytes
_QUOTED = 2000  # characters of a log, of at most four bytes each


@dataclass(frozen=True)
class Login:
    """How to reach the server; `str()` of it has no password."""

    port: int
    password: str
    user: str

    @property
    def url(self) -> str:
        """For code only: it holds the password."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """The same for another database, whose name needs no quoting."""
        place = f"{HOST}:{self.port}/{database}"
        return f"postgresql://{self.user}:{self.password}@{place}"

    def __repr__(self) -> str:
        """Never the password."""
        return f"Login(port={self.port}, user={self.user!r})"


def folder_of(data: Path) -> Path:
    """Our folder, beside the data: a second way to the same data leads to it, too.

    Raises:
        ConfigurationError: it cannot be made, or is not ours alone.
    """
    data = data.resolve()
    return own_folder(data.with_name(f"{data.name}.d"))


def login_file(data: Path, user: str) -> Path:
    """Where a login is kept, in the form psql reads."""
    return folder_of(data) / _LOGINS[user]


def read_login(data: Path, user: str) -> Login | None:
    """Read a login; None if there is none yet.

    Raises:
        ConfigurationError: the file is not ours, or holds no login.
    """
    path = login_file(data, user)
    try:
        return _read(path, owner=os.geteuid())
    except FileNotFoundError:
        return None


def write_login(data: Path, login: Login) -> None:
    """Write a login, for our eyes only."""
    line = f"{HOST}:{login.port}:*:{login.user}:{login.password}\n"
    write_private(login_file(data, login.user), line)


def adopt_login(data: Path, account: Account) -> None:
    """Take over the login that an earlier version left in the data folder.

    It was the superuser's; the file goes when the server next starts, for what still
    runs may read it.

    Raises:
        ConfigurationError: there is none, or it is not what the account of the server
            was given.
    """
    if read_login(data, SUPERUSER) is not None:
        return
    try:
        login = _read(data / EARLIER_LOGIN, owner=account.uid)
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{login_file(data, SUPERUSER)} is missing, so nobody can enter the "
            f"warehouse in {data}; if its data were moved, move the folder "
            f"{folder_of(data).name} beside them"
        ) from error
    write_private(folder_of(data) / _ADOPTED, "")
    write_login(data, login)


def forget_earlier(data: Path) -> None:
    """Remove what an earlier version left in the data folder; no server lives.

    Raises:
        OSError: it cannot be removed.
    """
    mark = folder_of(data) / _ADOPTED
    if mark.exists():
        for name in (EARLIER_LOCK, EARLIER_LOGIN):
            (data / name).unlink(missing_ok=True)
        mark.unlink()


def _read(path: Path, *, owner: int) -> Login:
    file = open_private(path, os.O_RDONLY, owner=owner)
    try:
        found = _LINE.fullmatch(os.read(file, _LONGEST_LINE).decode("utf-8", "replace"))
    finally:
        os.close(file)
    if found is None:
        raise ConfigurationError(f"{path} holds no login of the embedded warehouse")
    return Login(int(found["port"]), found["password"], found["user"])


@contextmanager
def server_lock(data: Path, account: Account) -> Iterator[int | None]:
    """Hold the server's lock, to be inherited by it; None while a server has it."""
    lock = open_private(folder_of(data) / "server.lock", os.O_RDWR | os.O_CREAT)
    try:
        free = locks(lock) and not _earlier_server_lives(data, account)
        yield lock if free else None
    finally:
        os.close(lock)


def is_free(data: Path, account: Account) -> bool:
    """Whether no process of a server is alive."""
    with server_lock(data, account) as lock:
        return lock is not None


def _earlier_server_lives(data: Path, account: Account) -> bool:
    """Whether a server lives that was started by an earlier version of ours."""
    ours = folder_of(data)
    if (ours / _LOGINS[SUPERUSER]).exists() and not (ours / _ADOPTED).exists():
        return False
    try:
        file = open_private(data / EARLIER_LOCK, os.O_RDWR, owner=account.uid)
    except FileNotFoundError:
        return False
    try:
        return not locks(file)
    finally:
        os.close(file)


@contextmanager
def log(data: Path) -> Iterator[int]:
    """The server's log, to be inherited by it and appended to."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    file = open_private(folder_of(data) / "server.log", flags)
    try:
        yield file
    finally:
        os.close(file)


def end_of_log(data: Path) -> str:
    """The last 2,000 characters of the log, made harmless to look at."""
    try:
        file = open_private(folder_of(data) / "server.log", os.O_RDONLY)
    except FileNotFoundError:
        return "(no log)"
    try:
        size = os.fstat(file).st_size
        end = os.pread(file, 4 * _QUOTED, max(0, size - 4 * _QUOTED))
    finally:
        os.close(file)
    return printable(end.decode("utf-8", "replace")[-_QUOTED:], lines=True)
