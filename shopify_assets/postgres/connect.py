"""Connections to the warehouse.

Charter: the one place that opens connections, and says what is wrong when none can be
had. A message never holds the URL, for the URL holds the password.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict

from shopify_assets.addresses import is_this_machine
from shopify_assets.errors import ConfigurationError
from shopify_assets.foreign import told_as
from shopify_assets.postgres.embedded import server
from shopify_assets.redaction import masked, remember

if TYPE_CHECKING:
    from shopify_assets.settings import Settings

APPLICATION = "shopify_assets"
OLDEST_SERVER = 15  # the first with MERGE

_TIMEOUT = 10  # seconds
_LOOK_FOR_US = "SET client_connection_check_interval = '1s'"


def warehouse_url(settings: Settings) -> str:
    """The URL of the warehouse; the embedded one is started when none is set."""
    if settings.warehouse_url is not None:
        return settings.warehouse_url.reveal()
    return server.start(settings.home)


def connect(url: str) -> psycopg.Connection:
    """Open a connection; nothing is committed but by `commit` or a transaction block.

    It may take loads of any number of streams. Statements are not prepared behind our
    back: of a stage, whose columns are another stream's in the next transaction, a
    prepared statement is refused ("cached plan must not change result type").

    Raises:
        ConfigurationError: the URL is no PostgreSQL URL, no server answers there, it
            lets us not in, or it is too old.
    """
    place = _place(url)
    with told_as(partial(_refused, url, place), psycopg.Error, UnicodeError):
        connection = psycopg.connect(
            url,
            application_name=APPLICATION,
            connect_timeout=_TIMEOUT,
            # Tables of a load are called alike and differ in their columns: a plan
            # kept of one stream's is refused for the next one's.
            prepare_threshold=None,
        )
    _check_version(connection, place=place)
    _look_for_us(connection)
    return connection


def _look_for_us(connection: psycopg.Connection) -> None:
    """Let the server end a statement whose client is gone, and give its locks back.

    It would else go on to the statement's end, which may be minutes away.
    """
    try:
        connection.execute(_LOOK_FOR_US)
    except psycopg.errors.InvalidParameterValue:
        # The server's system cannot tell: only Linux, macOS and BSD can.
        connection.rollback()
    else:
        connection.commit()


def _refused(url: str, place: str, error: Exception) -> ConfigurationError:
    reason = _without_password(str(error).strip(), url=url)
    return ConfigurationError(
        f"no connection to the warehouse at {place}: {reason}; check WAREHOUSE_URL"
    )


def _place(url: str) -> str:
    """Host, port, database and user: what may be printed of a URL.

    Raises:
        ConfigurationError: it is none; its text is not quoted, and no part of it that
            may be a password's.
    """
    with told_as(_no_url, psycopg.Error):
        parts = conninfo_to_dict(url)
    remember(str(parts.get("password") or ""))
    host, port = str(parts.get("host") or "localhost"), str(parts.get("port") or 5432)
    database = str(parts.get("dbname") or "")
    # A password with one of these ends the host, the port or the user too early.
    if "@" in host + port + database or not re.fullmatch(r"[\d,]+", port):
        raise ConfigurationError(
            "WAREHOUSE_URL cannot be read: in its password, write @ as %40, / as %2F, "
            "# as %23, ? as %3F, : as %3A and % as %25"
        )
    return f"{host}:{port}/{parts.get('dbname')} as user {parts.get('user')}"


def _no_url(_error: psycopg.Error) -> ConfigurationError:
    return ConfigurationError(
        "WAREHOUSE_URL is not a PostgreSQL URL; it must look like "
        "postgresql://user:password@host:5432/database"
    )


def _without_password(text: str, *, url: str) -> str:
    parts = conninfo_to_dict(url)
    password = str(parts.get("password") or "")
    # What is shown anyway, as the user's name, hides nothing by asterisks.
    shown = {str(parts.get(name)) for name in ("user", "host", "dbname", "port")}
    return masked(text, set() if password in shown else {password})


def in_the_clear(connection: psycopg.Connection) -> bool:
    """Whether login and data go over a network unencrypted."""
    host = connection.info.host
    local = host.startswith("/") or is_this_machine(host)
    return not local and not connection.pgconn.ssl_in_use


def _check_version(connection: psycopg.Connection, *, place: str) -> None:
    found = connection.info.server_version // 10000
    if found < OLDEST_SERVER:
        connection.close()
        raise ConfigurationError(
            f"the warehouse at {place} is PostgreSQL {found}; the least that can be "
            f"loaded is {OLDEST_SERVER}: upgrade it, or set WAREHOUSE_URL to another"
        )


def is_still_there(connection: psycopg.Connection) -> bool:
    """Whether the server has not closed it meanwhile, as it does when it restarts."""
    try:
        connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return is_rolled_back(connection)


def is_rolled_back(connection: psycopg.Connection) -> bool:
    """Undo what was not committed; whether the connection is fit for another user."""
    try:
        connection.rollback()
    except psycopg.Error:
        return False
    return not connection.closed
