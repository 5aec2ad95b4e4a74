"""The data folder of the embedded warehouse: how it comes to be, and whose it is.

Charter: everything about the folder on disk: its place, its creation, its owner, its
port. It belongs to the account of the server, which as root is not ours: we make it
empty, give it away by its descriptor, and from then on write nothing into it. What we
keep of the server is `ours`' business, starting and stopping it `server`'s.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
import socket
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres.embedded import copies
from shopify_assets.postgres.embedded.ours import (
    HOST,
    SUPERUSER,
    USER,
    Login,
    login_file,
    write_login,
)
from shopify_assets.postgres.embedded.programs import Account, programs_for
from shopify_assets.private import refuse_exchangeable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOG = logging.getLogger(__name__)

DATA = "postgres-18"  # the major version is part of the name: 19 cannot read it

_PORTS = range(15432, 25432)  # below the ports systems give to outgoing connections
_OTHERS = stat.S_IRWXO
_OTHERS_PASS = stat.S_IXGRP | stat.S_IXOTH


def account_of(data: Path) -> Account:
    """The account that owns the folder, and so runs its server.

    Raises:
        ConfigurationError: it is another's and we are not root, or the folder could be
            exchanged by somebody else.
    """
    data = data.resolve()
    owner = Account.owning(data)
    if owner.is_ours:
        return owner
    if os.geteuid() != 0:
        raise ConfigurationError(
            f"the warehouse in {data} belongs to user id {owner.uid}; run as that "
            "user, or set SHOPIFY_ASSETS_HOME to a folder of your own"
        )
    refuse_exchangeable(data.parent)
    if data.is_relative_to(copies.SYSTEM_FOLDER):
        refuse_exchangeable(copies.SYSTEM_FOLDER)
    return owner


def ensure_data(home: Path, *, settings: Mapping[str, str]) -> Path:
    """The data folder, created when there is none; call it under the starter's lock."""
    data = home / DATA
    if not data.exists():
        data.unlink(missing_ok=True)  # a link whose target was removed
        account = Account.for_new_server()
        let_pass(home)
        if account.reaches(home):
            _create(data, account=account, settings=settings)
        else:
            data.symlink_to(
                _created_elsewhere(home, account=account, settings=settings)
            )
    return data.resolve()


def let_pass(home: Path) -> None:
    """Let the server's account pass through a state folder that we made for ourselves.

    Only if nothing in it can be read, and what lies above is open anyway: a folder
    that protects what others could read stays closed.
    """
    account = Account.for_new_server()
    if account.reaches(home) or not account.reaches(home.parent):
        return
    folder = os.open(home.resolve(), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        found = os.fstat(folder)
        with os.scandir(folder) as entries:
            closed = not any(
                entry.stat(follow_symlinks=False).st_mode & _OTHERS
                for entry in entries
                if not entry.is_symlink()
            )
        if closed and found.st_uid == os.geteuid():
            os.fchmod(folder, stat.S_IMODE(found.st_mode) | _OTHERS_PASS)
    finally:
        os.close(folder)


def _created_elsewhere(
    home: Path, *, account: Account, settings: Mapping[str, str]
) -> Path:
    folder = copies.passable_folder(copies.SYSTEM_FOLDER, "warehouse-")
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
    if not account.is_ours:
        refuse_exchangeable(data.parent)
    for abandoned in data.parent.glob(f"{DATA}.new-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{DATA}.new-", dir=data.parent))
    try:
        if not account.is_ours:
            draft.chmod(stat.S_IMODE(draft.stat().st_mode) | _OTHERS_PASS)
        _make_for(account, draft / DATA)
        password = secrets.token_urlsafe(24)
        _initdb(draft / DATA, password=password, account=account, settings=settings)
        port = choose_port(data, preferred=None)
        # The pipeline's own, of data that are gone, opens nothing here.
        login_file(data, USER).unlink(missing_ok=True)
        write_login(data, Login(port=port, password=password, user=SUPERUSER))
        (draft / DATA).rename(data)
    finally:
        # Also when the command that wants the server is told to end.
        shutil.rmtree(draft, ignore_errors=True)


def _make_for(account: Account, folder: Path) -> None:
    """Make an empty folder, in one that is ours, and give it to an account."""
    folder.mkdir(mode=0o700)
    if account.is_ours:
        return
    made = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchown(made, account.uid, account.gid)
    finally:
        os.close(made)


def _initdb(
    folder: Path, *, password: str, account: Account, settings: Mapping[str, str]
) -> None:
    unsynced = ("--no-sync",) if settings.get("fsync") == "off" else ()
    with _in_memory(password) as words:
        done = programs_for(account).run(
            "initdb",
            *("-D", str(folder), "-U", SUPERUSER, "-E", "UTF8", "--no-instructions"),
            *("--auth=scram-sha-256", f"--pwfile=/dev/fd/{words}"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            # Iterations make a weak password harder to guess; this one is random, and
            # Dagster connects anew for every event.
            *("--set", "scram_iterations=1"),
            *unsynced,
            inherited=(words,),
        )
    if done.code != 0:
        raise ConfigurationError(f"initdb failed in {folder}: {done.output}")


@contextmanager
def _in_memory(password: str) -> Iterator[int]:
    """The password as a file without a name, which whoever inherits it can read."""
    file = os.memfd_create("password")
    try:
        os.write(file, password.encode())
        os.lseek(file, 0, os.SEEK_SET)
        yield file
    finally:
        os.close(file)


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
