"""Who may do what in the embedded server: the superuser administers, a role loads.

Charter: the pipeline's role, and handing over to it what an earlier version made as
superuser. The role owns its databases and what is in them, and that is all: it reads
no file, runs no program, sets nothing for the server and makes no role.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from shopify_assets.errors import Unavailable
from shopify_assets.postgres.embedded.ours import USER, Login

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = "SET lock_timeout = '60s'"
_DATABASES = """
    SELECT datname, datdba = 10 FROM pg_database
    WHERE datallowconn AND NOT datistemplate
"""
_ROLE_EXISTS = "SELECT FROM pg_roles WHERE rolname = %s"
_RIGHTS = sql.SQL(
    "{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    " PASSWORD {}"
)

# Everything the superuser (10) owns outside the system's own schemas, but what belongs
# to an extension and sequences that follow their table. REASSIGN OWNED refuses the
# superuser of initdb. A commit each: locks on all tables at once may be too many.
_HAND_OVER = r"""
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        WITH schemas AS (
            SELECT oid, nspname, nspowner FROM pg_namespace
            WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
        ), kept AS (
            SELECT classid, objid FROM pg_depend
            WHERE deptype = 'e'
               OR classid = 'pg_class'::regclass AND deptype IN ('a', 'i')
                  AND refclassid = 'pg_class'::regclass AND refobjsubid > 0
        )
        SELECT format('ALTER SCHEMA %I OWNER TO shopify_assets', nspname)
        FROM schemas WHERE nspowner = 10
        UNION ALL
        SELECT format('ALTER TABLE %s OWNER TO shopify_assets', relation.oid::regclass)
        FROM pg_class AS relation JOIN schemas ON schemas.oid = relnamespace
        WHERE relowner = 10 AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
          AND ('pg_class'::regclass, relation.oid) NOT IN (TABLE kept)
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO shopify_assets', p.oid::regprocedure)
        FROM pg_proc AS p JOIN schemas ON schemas.oid = pronamespace
        WHERE proowner = 10 AND ('pg_proc'::regclass, p.oid) NOT IN (TABLE kept)
        UNION ALL
        SELECT format('ALTER TYPE %s OWNER TO shopify_assets', type.oid::regtype)
        FROM pg_type AS type JOIN schemas ON schemas.oid = typnamespace
        LEFT JOIN pg_class AS of_table ON of_table.oid = typrelid
        WHERE typowner = 10
          AND (typtype IN ('d', 'e', 'r') OR typtype = 'c' AND of_table.relkind = 'c')
          AND ('pg_type'::regclass, type.oid) NOT IN (TABLE kept)
        UNION ALL
        SELECT format(
            'ALTER STATISTICS %I.%I OWNER TO shopify_assets', nspname, stxname
        )
        FROM pg_statistic_ext JOIN schemas ON schemas.oid = stxnamespace
        WHERE stxowner = 10
    LOOP
        EXECUTE statement;
        COMMIT;
    END LOOP;
END
$$
"""


def hand_over(superuser: Login) -> Login:
    """Make the pipeline's role, and give it all databases and what is in them.

    Whatever was interrupted is done by the next call; the role gets a new password.

    Returns:
        The role's login.

    Raises:
        Unavailable: what is to be handed over is in use.
    """
    login = Login(superuser.port, secrets.token_urlsafe(24), USER)
    try:
        databases = list(_make_role(superuser, login))
        for database in databases:
            with psycopg.connect(
                superuser.url, dbname=database, autocommit=True
            ) as connection:
                connection.execute(_PATIENCE)
                connection.execute(_HAND_OVER)
    except psycopg.errors.LockNotAvailable as error:
        raise Unavailable(
            "tables of the embedded warehouse, which are to be handed over to the role "
            f"{USER}, are in use; end what works on it, and run again"
        ) from error
    return login


def _make_role(superuser: Login, login: Login) -> Iterator[str]:
    """Make the role, and give it the superuser's databases; the names of all."""
    role = sql.Identifier(USER)
    with psycopg.connect(superuser.url, autocommit=True) as connection:
        connection.execute(_PATIENCE)
        known = connection.execute(_ROLE_EXISTS, [USER]).fetchone() is not None
        # Its digest: what is sent as a statement may come to stand in a log.
        digest = connection.pgconn.encrypt_password(
            login.password.encode(), USER.encode(), b"scram-sha-256"
        )
        verb = sql.SQL("ALTER" if known else "CREATE")
        words = sql.Literal(digest.decode())
        connection.execute(_RIGHTS.format(verb, role, words))
        for database, is_superusers in connection.execute(_DATABASES).fetchall():
            if is_superusers:
                give = sql.SQL("ALTER DATABASE {} OWNER TO {}")
                connection.execute(give.format(sql.Identifier(database), role))
            yield database


def make_database(superuser: Login, name: str) -> bool:
    """Make a database of the pipeline's role; False if it is there already."""
    with psycopg.connect(superuser.url, autocommit=True) as connection:
        query = "SELECT FROM pg_database WHERE datname = %s"
        if connection.execute(query, [name]).fetchone() is not None:
            return False
        create = sql.SQL("CREATE DATABASE {} OWNER {}")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(USER)))
    return True
