"""A plug-in of pytest: no test of the suite lets a secret out.

Charter: the one place that knows where secrets may be, and looks for them everywhere
else: in what each test prints and logs, in the texts of our errors, in what the
processes it starts print, in the files it leaves behind (lake, Dagster's storage, state
folder) and in the warehouse's books. A test that leaks fails, and is told where; the
secret itself is not shown.

What is looked for: whatever became a `Secret` in this process, the passwords in such
URLs, what opens the files that are downloaded, and all that looks like a token of
Shopify's, as those of simulated shops do.
"""

from __future__ import annotations

import io
import logging
import re
import subprocess
import traceback
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
import zstandard
from psycopg import sql

from shopify_assets.api.wire import Wire
from shopify_assets.errors import ShopifyAssetsError
from shopify_assets.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Where secrets are kept, by the paths below a test's folder, and why.
ALLOWED = {
    "*/tokens/*": "the store of tokens",
    "*/pair.*": "a store of tokens of a test's own",
    "*/postgres/*": "the embedded server's own folder, with its login",
    "*.env": "what a user keeps secrets in",
    "*shops.toml": "what a user wrote; a secret there is refused, not removed",
}
MARKER = "shows_secrets"

_LOOK = re.compile(rb"\bshp(?:at|ca|ss|rt|pa|ua)_\w+", re.IGNORECASE)
_LEAST = 12  # characters; shorter ones are words, and found in words
_LARGEST = 8 * 2**20  # bytes of a file that are looked at
_MOST = 64 * 2**20  # bytes of all files of a test
_ZSTD = b"\x28\xb5\x2f\xfd"
_TABLES = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_schema = 'shopify_assets' AND table_type = 'BASE TABLE'
"""
_HOLDS = sql.SQL("SELECT 1 FROM {} AS row WHERE row::text LIKE ANY(%s) LIMIT 1")


class Leaks:
    """Hears what is told while a test runs, and looks for secrets in it afterwards."""

    def __init__(self) -> None:
        self.secrets: set[bytes] = set()
        self.heard: list[tuple[str, str | bytes]] = []

    def keep(self, secret: str) -> None:
        """Look for a secret from now on, and for the password in it if it is a URL."""
        password = ""
        with suppress(ValueError):
            password = urlsplit(secret).password or ""
        # Of the warehouse's URL all but the password may be told.
        whole = "" if secret.startswith("postgres") else secret
        for text in (whole, password, unquote(password)):
            if len(text) >= _LEAST:
                self.secrets.add(text.encode("utf-8", "surrogatepass"))

    def keep_link(self, url: str) -> None:
        """Look for what makes the address of a file a secret."""
        for part in re.split(r"[/?&=]", url):
            if re.fullmatch(r"[\w-]{20,}", part):
                self.secrets.add(part.encode())

    def hear(self, place: str, *texts: str | bytes | None) -> None:
        """Take note of what was told."""
        self.heard += [(place, text) for text in texts if text]

    def found(self, item: pytest.Item, printed: Iterable[tuple[str, str]]) -> list[str]:
        """Where a test let secrets out."""
        told = [*self.heard, *((f"its {name}", text) for name, text in printed)]
        self.heard = []
        if item.get_closest_marker(MARKER):
            return []
        places = [place for place, text in told if self.is_in(_encoded(text))]
        arguments = getattr(item, "funcargs", None) or {}
        places += self._files(arguments.get("tmp_path"))
        places += self._books(arguments.get("database_url"))
        return list(dict.fromkeys(places))

    def is_in(self, data: bytes) -> bool:
        """Whether a secret is in there."""
        if b"shp" in data.lower() and _LOOK.search(data):
            return True
        return any(secret in data for secret in self.secrets)

    def _files(self, folder: Path | None) -> Iterator[str]:
        seen = 0
        for file in sorted(folder.rglob("*")) if folder else ():
            path = f"/{file.relative_to(folder)}" if folder else ""
            if any(fnmatch(path, pattern) for pattern in ALLOWED):
                continue
            with suppress(OSError):  # gone, or of an account that keeps it to itself
                if file.is_symlink() or not file.is_file():
                    continue
                data = _content(file)
                seen += len(data)
                if self.is_in(data):
                    yield f"the file {path[1:]}"
            if seen > _MOST:
                return

    def _books(self, url: str | None) -> Iterator[str]:
        """The tables in which the loader keeps what it did."""
        if url is None:
            return
        looks = [f"shp{kind}\\_" for kind in ("at", "ca", "ss", "rt", "pa", "ua")]
        # Of hundreds of tokens the look is enough, and asked quickly.
        others = [secret for secret in self.secrets if not _LOOK.search(secret)]
        known = [f"%{text}%" for text in (*looks, *map(_literal, others))]
        with psycopg.connect(url) as connection:
            for schema, name in connection.execute(_TABLES).fetchall():
                table = sql.Identifier(schema, name)
                question = sql.SQL(
                    "SELECT 1 FROM {} AS row WHERE row::text LIKE ANY(%s)"
                )
                if connection.execute(question.format(table), [known]).fetchone():
                    yield f"the table {schema}.{name}"


def _encoded(text: str | bytes) -> bytes:
    return text.encode("utf-8", "replace") if isinstance(text, str) else text


def _literal(secret: bytes) -> str:
    text = secret.decode("utf-8", "replace")
    return re.sub(r"([\\%_])", r"\\\1", text)


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        data = opened.read(_LARGEST)
    if not data.startswith(_ZSTD):
        return data
    with suppress(zstandard.ZstdError):
        reader = zstandard.ZstdDecompressor().stream_reader(
            io.BytesIO(data), read_across_frames=True
        )
        return reader.read(_LARGEST)
    return data


class Plugin:
    """Puts ears to what tells, and lets a test fail that leaked."""

    def __init__(self) -> None:
        self.leaks = Leaks()
        self._undo: list[Callable[[], None]] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        """Begin to listen: what is listened to works as before."""
        config.addinivalue_line("markers", f"{MARKER}(why): its job is to show secrets")
        leaks = self.leaks
        self._after(Secret, "__init__", lambda *given: leaks.keep(given[2]))
        self._after(
            ShopifyAssetsError,
            "__init__",
            lambda _, error, *told: leaks.hear(
                f"the text of a {type(error).__name__}", " ".join(map(str, told))
            ),
        )
        self._after(
            pytest.CaptureFixture,
            "readouterr",
            lambda printed, _: leaks.hear("its output", *printed),
        )
        self._after(
            subprocess.Popen,
            "communicate",
            lambda printed, process, *_: leaks.hear(
                f"the output of {_program(process)}", *printed
            ),
        )
        self._after(Wire, "open_file", lambda *given, **__: leaks.keep_link(given[2]))
        factory = logging.getLogRecordFactory()
        logging.setLogRecordFactory(self._recorded(factory))
        self._undo.append(lambda: logging.setLogRecordFactory(factory))

    def pytest_unconfigure(self) -> None:
        """Listen no more."""
        while self._undo:
            self._undo.pop()()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        """Look for secrets when a test is over."""
        outcome: Any = yield
        if call.when != "teardown":
            return
        report = outcome.get_result()
        places = self.leaks.found(item, report.sections)
        if places and report.passed:
            report.outcome = "failed"
            report.longrepr = (
                f"{item.nodeid} let a secret out, into {', '.join(places)} "
                "(shopify_assets_tests/leaks.py)"
            )

    def _after(self, owner: Any, name: str, listen: Callable[..., object]) -> None:
        """Call `listen` with what a method returned and was called with."""
        original = getattr(owner, name)

        def heard(*arguments: Any, **named: Any) -> Any:
            result = original(*arguments, **named)
            listen(result, *arguments, *named.values())
            return result

        setattr(owner, name, heard)
        self._undo.append(lambda: setattr(owner, name, original))

    def _recorded(
        self, factory: Callable[..., logging.LogRecord]
    ) -> Callable[..., logging.LogRecord]:
        def record(*arguments: Any, **named: Any) -> logging.LogRecord:
            made = factory(*arguments, **named)
            place = f"the log of {made.name}"
            with suppress(Exception):  # a wrong format is the logger's own business
                self.leaks.hear(place, made.getMessage())
            if made.exc_info and made.exc_info[1]:
                lines = traceback.format_exception(made.exc_info[1])
                self.leaks.hear(place, "".join(lines))
            return made

        return record


def _program(process: subprocess.Popen[Any]) -> str:
    given: Any = process.args
    words = [given] if isinstance(given, (str, bytes, Path)) else list(given)
    # What stands behind `-c` is a text, which may quote what it leaked.
    names = [Path(str(word)).name for word in words[:3] if "\n" not in str(word)]
    return " ".join(names[: names.index("-c") + 1] if "-c" in names else names)
