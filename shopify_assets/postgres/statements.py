"""The SQL of a load, composed from a table's declaration.

Charter: pure functions from a catalog table to statements. In all of them `s` is the
stage (a temporary table that holds the batch), `t` the table itself; `%(shop)s` and
`%(extracted_at)s` are the load's. Which statement is run when is `merge`'s business.

What decides between two states of one record: its version, and for equal versions the
time its extraction began. A tombstone is a state too: only a later extraction revives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

from psycopg import sql

from shopify_assets.postgres import ddl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shopify_assets.catalog.tables import Table

_STAGE_SCHEMA = "pg_temp"


def stage(table: Table) -> sql.Identifier:
    """The name of a table's stage."""
    return sql.Identifier(_STAGE_SCHEMA, table.name)


def create_stage(table: Table) -> sql.Composed:
    """Create the stage; it goes with the transaction."""
    columns = (
        sql.SQL("{} {}").format(sql.Identifier(each.name), sql.SQL(each.kind.value))
        for each in table.columns
    )
    return sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(
        stage(table), sql.SQL(", ").join(columns)
    )


def index_stage(table: Table) -> sql.Composed:
    """Index a large stage: without statistics, a plan may look up each key in it."""
    return sql.SQL("CREATE INDEX ON {} ({})").format(
        stage(table), ddl.names(table.key[1:])
    )


def deduplicate(table: Table, relation: sql.Composable) -> sql.Composed:
    """Keep, of rows with one key, that of the highest version, or the last one."""
    order = (
        sql.SQL("{} DESC NULLS LAST, ").format(sql.Identifier(table.version))
        if table.version
        else sql.SQL("")
    )
    return sql.SQL("""
        DELETE FROM {relation} d USING (
            SELECT ctid AS place,
                   row_number() OVER (PARTITION BY {key} ORDER BY {order}ctid DESC) AS n
            FROM {relation}
        ) ranked
        WHERE d.ctid = ranked.place AND ranked.n > 1
    """).format(relation=relation, key=ddl.names(table.key), order=order)


def has_rows_of_shop(table: Table) -> sql.Composed:
    """Ask whether the table has any row of the shop."""
    form = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE shop = %(shop)s)")
    return form.format(ddl.qualified(table))


def survey_roots(root: Table) -> sql.Composed:
    """Count the staged roots that are stored already, and those refused of them."""
    return sql.SQL("""
        SELECT count(*), count(*) FILTER (WHERE {refused})
        FROM {stage} s JOIN {table} t ON {same}
    """).format(
        refused=_refused(root),
        stage=stage(root),
        table=ddl.qualified(root),
        same=_same_key(root),
    )


def refuse_roots(root: Table) -> sql.Composed:
    """Take roots from the stage whose stored state is newer."""
    return sql.SQL(
        "DELETE FROM {stage} s USING {table} t WHERE {same} AND {refused}"
    ).format(
        stage=stage(root),
        table=ddl.qualified(root),
        same=_same_key(root),
        refused=_refused(root),
    )


def refuse_children(table: Table, root: Table) -> sql.Composed:
    """Take rows from the stage whose root was refused."""
    return sql.SQL("""
        DELETE FROM {stage} s
        WHERE NOT EXISTS (SELECT FROM {roots} r WHERE r.{id} = s.{root_id})
    """).format(
        stage=stage(table),
        roots=stage(root),
        id=sql.Identifier(root.key[1]),
        root_id=sql.Identifier(table.root_key[1]),
    )


def merge(table: Table) -> sql.Composed:
    """Insert new rows and update those that differ; rows alike are not written."""
    data = [each.name for each in table.columns if each.name not in table.key]
    update = sql.SQL("WHEN MATCHED AND {} THEN UPDATE SET {}").format(
        _worth_writing(table, data), _assignments(table, data)
    )
    names = [each.name for each in table.columns]
    return sql.SQL("""
        MERGE INTO {table} t USING {stage} s ON {same}
        {update}
        WHEN NOT MATCHED THEN
            INSERT ({names}, {stamp}) VALUES ({values}, %(extracted_at)s)
    """).format(
        table=ddl.qualified(table),
        stage=stage(table),
        same=_same_key(table),
        update=update,
        names=ddl.names(names),
        stamp=sql.Identifier(ddl.EXTRACTED_AT),
        values=_of("s", names),
    )


def merge_counting(table: Table) -> sql.Composed:
    """Merge, and count what was inserted and what was written at all (17 and later)."""
    return sql.SQL("""
        WITH done AS ({} RETURNING merge_action() AS action)
        SELECT count(*) FILTER (WHERE action = 'INSERT'), count(*) FROM done
    """).format(merge(table))


def count_stored(table: Table) -> sql.Composed:
    """Count the staged rows that are stored already."""
    return sql.SQL("SELECT count(*) FROM {} s JOIN {} t ON {}").format(
        stage(table), ddl.qualified(table), _same_key(table)
    )


def count_staged(table: Table) -> sql.Composed:
    """Count the staged rows."""
    return sql.SQL("SELECT count(*) FROM {}").format(stage(table))


def delete_absent_children(table: Table, root: Table) -> sql.Composed:
    """Delete the children of staged roots that are not staged themselves."""
    return sql.SQL("{all} AND NOT EXISTS (SELECT FROM {stage} s WHERE {same})").format(
        all=delete_children(table, root), stage=stage(table), same=_same_key(table)
    )


def delete_children(table: Table, root: Table) -> sql.Composed:
    """Delete all children of the staged roots, but those extracted later."""
    return sql.SQL("""
        DELETE FROM {table} t USING {roots} r
        WHERE t.shop = %(shop)s AND t.{root_id} = r.{id}
          AND t.{stamp} <= %(extracted_at)s
    """).format(
        table=ddl.qualified(table),
        roots=stage(root),
        root_id=sql.Identifier(table.root_key[1]),
        id=sql.Identifier(root.key[1]),
        stamp=sql.Identifier(ddl.EXTRACTED_AT),
    )


def tombstone_absent(root: Table) -> sql.Composed:
    """Mark the shop's roots that are not staged as deleted; returns their ids."""
    return _tombstone(
        root,
        sql.SQL("NOT EXISTS (SELECT FROM {} s WHERE {})").format(
            stage(root), _same_key(root)
        ),
    )


def tombstone_ids(root: Table) -> sql.Composed:
    """Mark the roots whose ids are `%(ids)s` as deleted; returns those marked."""
    return _tombstone(
        root, sql.SQL("t.{} = ANY (%(ids)s)").format(sql.Identifier(root.key[1]))
    )


def _tombstone(root: Table, which: sql.Composed) -> sql.Composed:
    return sql.SQL("""
        UPDATE {table} t SET
            _deleted_at = %(extracted_at)s, _deleted_reason = %(reason)s,
            _extracted_at = %(extracted_at)s, _loaded_at = now()
        WHERE t.shop = %(shop)s AND t._deleted_at IS NULL
          AND t._extracted_at <= %(extracted_at)s AND {which}
        RETURNING t.{id}
    """).format(table=ddl.qualified(root), which=which, id=sql.Identifier(root.key[1]))


def delete_children_of_ids(table: Table) -> sql.Composed:
    """Delete all children of the roots whose ids are `%(ids)s`."""
    form = sql.SQL("DELETE FROM {} WHERE shop = %(shop)s AND {} = ANY (%(ids)s)")
    return form.format(ddl.qualified(table), sql.Identifier(table.root_key[1]))


def _same_key(table: Table) -> sql.Composed:
    # The shop as a constant: the rest of the key is numbers, which compare faster.
    rest = (
        sql.SQL("t.{0} = s.{0}").format(sql.Identifier(each)) for each in table.key[1:]
    )
    return sql.SQL(" AND ").join([sql.SQL("t.shop = %(shop)s"), *rest])


def _refused(root: Table) -> sql.Composed:
    """Whether the stored state `t` is newer than the staged one."""
    buried = sql.SQL(
        "t._deleted_at IS NOT NULL AND t._extracted_at >= %(extracted_at)s"
    )
    later = sql.SQL("t._extracted_at > %(extracted_at)s")
    if root.version is None:
        return sql.SQL("({} OR {})").format(buried, later)
    return sql.SQL("({buried} OR t.{v} > s.{v} OR t.{v} = s.{v} AND {later})").format(
        buried=buried, v=sql.Identifier(root.version), later=later
    )


def _worth_writing(table: Table, data: list[str]) -> sql.Composable:
    differs = (
        sql.SQL("ROW ({}) IS DISTINCT FROM ROW ({})").format(
            _of("t", data), _of("s", data)
        )
        if data
        else sql.SQL("FALSE")
    )
    if table.is_root:
        return sql.SQL("(t._deleted_at IS NOT NULL OR {})").format(differs)
    return sql.SQL("(t._extracted_at <= %(extracted_at)s AND {})").format(differs)


def _assignments(table: Table, data: Iterable[str]) -> sql.Composed:
    revived: tuple[LiteralString, ...] = (
        ("_deleted_at = NULL", "_deleted_reason = NULL") if table.is_root else ()
    )
    return sql.SQL(", ").join(
        [
            *(sql.SQL("{0} = s.{0}").format(sql.Identifier(each)) for each in data),
            sql.SQL("_extracted_at = %(extracted_at)s"),
            sql.SQL("_loaded_at = now()"),
            *map(sql.SQL, revived),
        ]
    )


def _of(alias: LiteralString, names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL(alias + ".{}").format(sql.Identifier(each)) for each in names
    )
