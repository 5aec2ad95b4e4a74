"""The SQL of a load, composed from a table's declaration.

Charter: pure functions from a catalog table to statements. In all of them `s` is a
stage (a temporary table that holds rows or records of the batch), `t` the table itself,
`z` the records' seals; parameters as `%(shop)s` are the load's. Which statement is run
when is `merge`'s and `changes`' business.

What decides between two states of one record: its version, and for equal versions the
time its extraction began. A tombstone is a state too: only a later extraction revives.
A version far beyond the extraction that brought it is none: no record changes after it
was read, and its reading takes less than two days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

from psycopg import sql

from shopify_assets.postgres.books.seals import Sealed
from shopify_assets.postgres.form import ddl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shopify_assets.catalog.tables import Table

_STAGE_SCHEMA = "pg_temp"

# No table of the catalog is called like these.
RECORDS = sql.Identifier(_STAGE_SCHEMA, "_records")
CHANGES = sql.Identifier(_STAGE_SCHEMA, "_changes")
READ_CHANGES = sql.SQL("SELECT state, array_agg(id) FROM {} GROUP BY state").format(
    CHANGES
)
NEW, REFUSED = "new", "refused"


def stage(table: Table) -> sql.Identifier:
    """The name of a table's stage."""
    return sql.Identifier(_STAGE_SCHEMA, table.name)


def create_stage(table: Table) -> sql.Composed:
    """Create the stage; it goes with the transaction."""
    columns = [(each.name, each.kind.value) for each in table.columns]
    columns += [(ddl.DIGESTS, ddl.DIGESTS_TYPE)] if table.is_root else []
    return _create_stage(stage(table), columns)


def _create_stage(
    name: sql.Identifier, columns: Iterable[tuple[str, LiteralString]]
) -> sql.Composed:
    defined = (
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind))
        for column, kind in columns
    )
    return sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(
        name, sql.SQL(", ").join(defined)
    )


def index_stage(table: Table, relation: sql.Composable) -> sql.Composed:
    """Index a stage: fails if a key is there twice, and lets a plan look it up."""
    return sql.SQL("CREATE UNIQUE INDEX ON {} ({})").format(
        relation, ddl.names(table.key[1:])
    )


def columns(table: Table) -> tuple[str, ...]:
    """The columns whose values come from a batch."""
    of_root = (ddl.DIGESTS,) if table.is_root else ()
    return (*(each.name for each in table.columns), *of_root)


def deduplicate(table: Table, relation: sql.Composable) -> sql.Composed:
    """Keep, of a shop's rows with one key, that of the highest version, or the last."""
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
    """).format(relation=relation, key=ddl.names(table.key[1:]), order=order)


def has_rows_of_shop(table: Table) -> sql.Composed:
    """Ask whether the table has any row of the shop."""
    form = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE shop = %(shop)s)")
    return form.format(ddl.qualified(table))


def create_records(root: Table) -> sql.Composed:
    """Create the stage of the batch's records: their ids, versions and digests."""
    columns = [root.column(root.key[1])]
    columns += [root.column(root.version)] if root.version else []
    declared = [(each.name, each.kind.value) for each in columns]
    return _create_stage(RECORDS, [*declared, (ddl.DIGESTS, ddl.DIGESTS_TYPE)])


def create_changes(root: Table) -> sql.Composed:
    """Create the table that `find_changes` fills."""
    id_type = root.column(root.key[1]).kind.value
    return _create_stage(CHANGES, [("id", id_type), ("state", "text")])


def forget_digests(root: Table, *, place: int) -> sql.Composed:
    """Forget the digests of the table at `place`, from 1, but `%(no_rows)s`."""
    return sql.SQL("""
        UPDATE {table} SET _digests[{place}] = NULL
        WHERE shop = %(shop)s AND _digests[{place}] <> %(no_rows)s
    """).format(table=ddl.qualified(root), place=sql.Literal(place))


def find_changes(tables: Sequence[Table]) -> sql.Composed:
    """Note each record that is not stored as it comes, and how it differs.

    Its state is `NEW`, `REFUSED`, or a digit for each table: 1 where its rows differ.
    All tables of a record are taken to differ if its digests are not believed, or it
    has no seal of the load's form, so that nothing is sealed that was not compared.
    """
    root = tables[0]
    doubted = sql.SQL(
        "(%(distrust)s OR t._digests IS NULL OR z.form IS DISTINCT FROM %(form)s)"
    )
    digits = sql.SQL(" || ").join(
        sql.SQL(
            "CASE WHEN t._digests[{0}] = s._digests[{0}] THEN '0' ELSE '1' END"
        ).format(sql.Literal(place))
        for place in range(1, len(tables) + 1)
    )
    return sql.SQL("""
        INSERT INTO {changes}
        SELECT s.{id}, CASE
            WHEN t.{id} IS NULL THEN {new}
            WHEN {refused} THEN {told_refused}
            WHEN t._deleted_at IS NOT NULL OR {doubted} THEN repeat('1', {count})
            ELSE {digits} END
        FROM {records} s LEFT JOIN {table} t ON {same}
        LEFT JOIN LATERAL {seal} z ON TRUE
        WHERE t.{id} IS NULL OR {refused} OR t._deleted_at IS NOT NULL
           OR t._digests IS DISTINCT FROM s._digests OR {doubted}
    """).format(
        changes=CHANGES,
        id=sql.Identifier(root.key[1]),
        new=sql.Literal(NEW),
        refused=_refused(root),
        doubted=doubted,
        seal=seal_of(sql.Identifier("s", root.key[1])),
        told_refused=sql.Literal(REFUSED),
        count=sql.Literal(len(tables)),
        digits=digits,
        records=RECORDS,
        table=ddl.qualified(root),
        same=same_key(root),
    )


def seal_of(id_: sql.Composable) -> sql.Composed:
    """The seal of one record: a subquery, looked up by its key for each of them.

    Joined otherwise, all seals of a shop are gone through for every record, as long as
    the server has no statistics of a new shop.
    """
    return sql.SQL("""(
        SELECT z.form, z.sums FROM shopify_assets.seals z
        WHERE z.shop = %(shop)s AND z.stream = %(stream)s AND z.id = {}::text OFFSET 0
    )""").format(id_)


def index_changes() -> sql.Composed:
    """Let a plan look records up, whatever it believes of the other table."""
    return sql.SQL("CREATE INDEX ON {} (id)").format(CHANGES)


def merge(table: Table) -> sql.Composed:
    """Insert new rows and update those that differ; what is alike is not written."""
    names = columns(table)
    data = [each for each in names if each not in table.key]
    update = sql.SQL("WHEN MATCHED {} THEN UPDATE SET {}").format(
        _where_differs(data, or_deleted=table.is_root),
        _assignments(table, data),
    )
    return sql.SQL("""
        MERGE INTO {table} t USING {stage} s ON {same}
        {update}
        WHEN NOT MATCHED THEN
            INSERT ({names}, {stamp}) VALUES ({values}, %(extracted_at)s)
    """).format(
        table=ddl.qualified(table),
        stage=stage(table),
        same=same_key(table),
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
        stage(table), ddl.qualified(table), same_key(table)
    )


def delete_absent_children(table: Table, *, place: int) -> sql.Composed:
    """Delete children that are not staged of records whose rows of the table differ.

    Args:
        table: the children's table.
        place: the table's place in its stream, from 1.
    """
    return sql.SQL("""
        DELETE FROM {table} t USING {changes} r
        WHERE t.shop = %(shop)s AND t.{root_id} = r.id
          AND substr(r.state, {place}, 1) = '1'
          AND NOT EXISTS (SELECT FROM {stage} s WHERE {same})
    """).format(
        table=ddl.qualified(table),
        changes=CHANGES,
        root_id=sql.Identifier(table.root_key[1]),
        place=sql.Literal(place),
        stage=stage(table),
        same=same_key(table),
    )


def tombstone_absent(root: Table) -> sql.Composed:
    """Mark the shop's roots that are no records of the batch; returns their ids.

    Those whose ids are `%(aside)s` were extracted as well, and are not marked.
    """
    absent = "t.{} <> ALL (%(aside)s) AND NOT EXISTS (SELECT FROM {} s WHERE {})"
    which = sql.SQL(absent).format(sql.Identifier(root.key[1]), RECORDS, same_key(root))
    return _tombstone(root, which)


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


def same_key(table: Table) -> sql.Composed:
    """Whether a stored row, of shop `%(shop)s`, and a staged one have the same key."""
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
    newer = sql.SQL("""
        CASE WHEN t.{v} = s.{v} OR t.{v} > t._extracted_at + interval '2 days'
        THEN {later} ELSE t.{v} > s.{v} END
    """)
    return sql.SQL("({buried} OR {newer} AND NOT {damaged})").format(
        buried=buried,
        newer=newer.format(v=sql.Identifier(root.version), later=later),
        damaged=_damaged(root),
    )


def _damaged(root: Table) -> sql.Composed:
    """Whether a row that is doubted was altered since: its version says nothing."""
    return sql.SQL("""
        CASE WHEN (%(distrust)s OR t._digests IS NULL) AND z.form = %(form)s
        THEN z.sums[1] <> {} ELSE FALSE END
    """).format(Sealed.of(root).hashed)


def _where_differs(data: Sequence[str], *, or_deleted: bool) -> sql.Composable:
    deleted = sql.SQL("OR t._deleted_at IS NOT NULL" if or_deleted else "")
    return sql.SQL("AND ({} {})").format(differs(data), deleted)


def differs(data: Sequence[str]) -> sql.Composable:
    """Whether the stored row has another value than the staged one in some column."""
    if not data:
        return sql.SQL("FALSE")
    return sql.SQL("ROW ({}) IS DISTINCT FROM ROW ({})").format(
        _of("t", data), _of("s", data)
    )


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
