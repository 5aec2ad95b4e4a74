"""Who may read what `demo` and `dev` write: `python -m shopify_assets_tests.modes`.

Charter: runs both commands, with no umask at all, as root and as an ordinary user who
has no account of his own here (`nobody`, with a home below a temporary folder), walks
all they leave and all that was there in passing, and prints modes and owners. It ends
with 1 if anything can be read or written by others.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopify_assets.postgres.embedded.copies import SYSTEM_FOLDER
from shopify_assets_tests.ui.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
_PACKAGES = Path(click.__file__).parents[1]
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PASS = 0o711
_PATIENCE = 1200  # seconds for a command
_LOOK = 0.05

# What a server of another account has to pass through, as root: entered, never listed.
_PASSABLE = re.compile(r"state(/demo(/postgres-18\.new-\w+)?)?")


@dataclass(frozen=True)
class Seen:
    """A file or folder, as it was at one moment."""

    path: str
    kind: str
    mode: int
    uid: int

    @property
    def is_open(self) -> bool:
        """Whether others may do more than pass through where they have to."""
        passable = _PASSABLE.fullmatch(self.path) and self.mode == _PASS
        return bool(self.mode & _OTHERS) and not passable


def walk(place: Path) -> Iterator[Seen]:
    """Everything below a folder, links left out: they have no mode of their own."""
    for folder, folders, files in os.walk(place):
        for name in (*folders, *files):
            path = Path(folder, name)
            try:
                found = path.lstat()
            except OSError:  # gone meanwhile
                continue
            if not stat.S_ISLNK(found.st_mode):
                kind = "folder" if stat.S_ISDIR(found.st_mode) else "file"
                where = str(path.relative_to(place))
                mode = stat.S_IMODE(found.st_mode)
                yield Seen(where, kind, mode, found.st_uid)


@contextmanager
def watched(place: Path) -> Iterator[set[Seen]]:
    """Walk a folder over and over; all that was seen in the end."""
    seen: set[Seen] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK):
            seen.update(walk(place))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()
        seen.update(walk(place))


class User:
    """Somebody who runs our commands in a folder of his own."""

    def __init__(self, uid: int, place: Path, *, code: Path, python: str) -> None:
        self.uid = uid
        self.place = place
        self._code = code
        self._python = python
        for name in ("home", "tmp"):
            (place / name).mkdir(mode=0o700)
            os.chown(place / name, uid, uid)
        os.chown(place, uid, uid)
        place.chmod(0o755)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Begin a command, with the umask that closes nothing."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place / "home"),
            "TMPDIR": str(self.place / "tmp"),
            "SHOPIFY_ASSETS_HOME": str(self.place / "state"),
            "PYTHONPATH": f"{self._code}:{_PACKAGES}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.Popen(  # noqa: S603 -- our own arguments
            [self._python, "-m", "shopify_assets.cli", *arguments],
            cwd=self.place,
            env=environment,
            user=self.uid,
            group=self.uid,
            extra_groups=[],
            umask=0,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *arguments: str) -> None:
        """Run a command to its end."""
        process = self.start(*arguments)
        try:
            said, _ = process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.terminate()
            said, _ = process.communicate()
        if process.returncode != 0:
            sys.exit(f"{arguments} ended with {process.returncode}:\n{said.decode()}")

    def serve(self) -> None:
        """Open the UI, and press Ctrl-C when it can be looked at."""
        process = self.start("dev", f"--port={free_port()}", "--orders=50")
        assert process.stdout is not None
        for line in process.stdout:
            if b"Ctrl-C" in line:
                break
        time.sleep(10)  # schedules and sensors tick
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=_PATIENCE)


def look(user: User) -> set[Seen]:
    """Let a user do both; everything that was written."""
    with watched(user.place) as seen:
        try:
            user.run("demo", "--orders=50")
            user.serve()
        finally:
            user.run("stop", "--force")
    elsewhere = (user.place / "state" / "demo" / "postgres-18").resolve()
    if elsewhere.is_relative_to(SYSTEM_FOLDER):
        seen.update(walk(elsewhere.parent))
    # What the user has, and what is not ours.
    return {each for each in seen if each.path not in {"home", "tmp"}}


def report(name: str, seen: set[Seen]) -> int:
    """Print what was seen; how much of it is open to others."""
    print(f"\n{name}: {len(seen)} files and folders")  # noqa: T201 -- the answer
    kinds = Counter((each.kind, f"{each.mode:04o}", each.uid) for each in seen)
    for (kind, mode, uid), count in sorted(kinds.items()):
        print(f"  {kind:6} {mode} of {uid:5}: {count:6}")  # noqa: T201 -- the same
    wide = sorted({each.path for each in seen if each.is_open})
    print(f"  open to others: {len(wide)}")  # noqa: T201 -- the same
    for path in wide[:10]:
        print(f"    {path}")  # noqa: T201 -- the same
    return len(wide)


def main() -> None:
    """Look at both users' files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--code", type=Path, default=Path(), help="Another checkout.")
    parser.add_argument("--python", default=sys.executable, help="All can run it.")
    asked = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("run it as root, who can become another user")
    wide = 0
    for name, uid in (("root", 0), ("an ordinary user", NOBODY)):
        with tempfile.TemporaryDirectory(prefix="modes-") as folder:
            place, code = Path(folder), asked.code.absolute()
            user = User(uid, place, code=code, python=asked.python)
            wide += report(name, look(user))
    sys.exit(wide > 0)


if __name__ == "__main__":
    main()
