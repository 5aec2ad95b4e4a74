"""Sealing: after a load, the rows of its records as they are stored now.

Charter: the writing of seals within the load's transaction, for the records it wrote
and no others, and in an altered record for the tables that were merged and no others:
what a load did not write it does not vouch for. What a seal is, `books/seals` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from shopify_assets.postgres.form import ddl
from shopify_assets.postgres.load import statements

if TYPE_CHECKING:
    import psycopg

    from shopify_assets.postgres.books.seals import Form, Sealed
    from shopify_assets.postgres.loads import Load

_MANY = 1_000  # seals at once
_SUMS = sql.Identifier("pg_temp", "_sums")


def seal_all(connection: psycopg.Connection, load: Load, form: Form) -> None:
    """Seal all records of the shop: none was stored before."""
    everything = [_sum_all(table, place) for place, table in _places(form)]
    _seal(connection, load, form, everything, _upsert(form, _FROM_SUMS))


def seal_changed(connection: psycopg.Connection, load: Load, form: Form) -> None:
    """Seal the records that `find_changes` has noted and the load has written."""
    changed = [_sum_changed(table, place) for place, table in _places(form)]
    _seal(connection, load, form, changed, _upsert(form, _FROM_CHANGES))


def _places(form: Form) -> list[tuple[int, Sealed]]:
    return list(enumerate(form.tables, 1))


def _seal(
    connection: psycopg.Connection,
    load: Load,
    form: Form,
    sums: list[sql.Composed],
    upsert: sql.Composed,
) -> None:
    values = {**load.parameters, "form": form.number}
    connection.execute(_create_sums(load))
    for statement in sums:
        connection.execute(statement, values)
    if connection.execute(upsert, values).rowcount >= _MANY:
        # Until autovacuum comes by, plans would take the seals of a shop for a few.
        connection.execute("ANALYZE (SKIP_LOCKED) shopify_assets.seals")


def forget_all(connection: psycopg.Connection, load: Load) -> None:
    """Forget the seals of a shop that has no record left, and rows they left behind."""
    shop = sql.Literal(load.shop)
    forget = sql.SQL("DELETE FROM shopify_assets.seals WHERE shop = {} AND stream = {}")
    delete = sql.SQL("DELETE FROM {} WHERE shop = {}")
    # Together, for there is hardly ever anything to delete: one trip to the server.
    statements = [
        forget.format(shop, sql.Literal(load.stream)),
        *(delete.format(ddl.qualified(table), shop) for table in load.tables[1:]),
    ]
    connection.execute(sql.SQL("; ").join(statements))


def clear_lost(connection: psycopg.Connection, load: Load) -> None:
    """Delete the child rows of records that were loaded, and whose own row is gone.

    They come again, whole; what is left of them would stay for ever.
    """
    lost = connection.execute(_LOST, load.parameters).fetchone() or (None,)
    if lost[0] is None:
        return
    id_type = sql.SQL(load.root.column(load.root.key[1]).kind.value)
    for table in load.tables[1:]:
        delete = sql.SQL(
            "DELETE FROM {} WHERE shop = %(shop)s AND {} = ANY (%(lost)s::{}[])"
        ).format(ddl.qualified(table), sql.Identifier(table.root_key[1]), id_type)
        connection.execute(delete, {**load.parameters, "lost": lost[0]})


def forget_absent(connection: psycopg.Connection, load: Load) -> None:
    """Forget the seals of records that a snapshot has buried, or that were lost."""
    connection.execute(
        sql.SQL("""
            DELETE FROM shopify_assets.seals z
            WHERE z.shop = %(shop)s AND z.stream = %(stream)s AND NOT EXISTS (
                SELECT FROM {root} t
                WHERE t.shop = %(shop)s AND t.{id}::text = z.id
                  AND t._deleted_at IS NULL
            )
        """).format(root=ddl.qualified(load.root), id=sql.Identifier(load.root.key[1])),
        load.parameters,
    )


# ── SQL ──────────────────────────────────────────────────────────────────────────────

_SEAL = statements.seal_of(sql.Identifier("r", "id"))
_LOST = sql.SQL("""
    SELECT array_agg(r.id) FROM {changes} r JOIN LATERAL {seal} z ON TRUE
    WHERE r.state = {new}
""").format(changes=statements.CHANGES, seal=_SEAL, new=sql.Literal(statements.NEW))

_FROM_SUMS = sql.SQL("summed s")
_FROM_CHANGES = sql.SQL("""
    {changes} r LEFT JOIN summed s USING (id) LEFT JOIN LATERAL {seal} z ON TRUE
    WHERE r.state <> {refused}
""").format(
    changes=statements.CHANGES,
    seal=_SEAL,
    refused=sql.Literal(statements.REFUSED),
)


def _create_sums(load: Load) -> sql.Composed:
    id_type = sql.SQL(load.root.column(load.root.key[1]).kind.value)
    return sql.SQL(
        "CREATE TEMPORARY TABLE _sums (id {}, place integer, sum bigint) ON COMMIT DROP"
    ).format(id_type)


def _sum_all(table: Sealed, place: int) -> sql.Composed:
    return sql.SQL("""
        INSERT INTO {sums} SELECT t.{root}, {place}, bit_xor({hashed})
        FROM {table} t WHERE t.shop = %(shop)s GROUP BY t.{root}
    """).format(
        sums=_SUMS,
        root=table.root,
        place=sql.Literal(place),
        hashed=table.hashed,
        table=table.qualified,
    )


def _sum_changed(table: Sealed, place: int) -> sql.Composed:
    return sql.SQL("""
        INSERT INTO {sums} SELECT t.{root}, {place}, bit_xor({hashed})
        FROM {changes} r JOIN {table} t ON t.shop = %(shop)s AND t.{root} = r.id
        WHERE {written} GROUP BY t.{root}
    """).format(
        sums=_SUMS,
        root=table.root,
        place=sql.Literal(place),
        hashed=table.hashed,
        table=table.qualified,
        changes=statements.CHANGES,
        written=_is_written(place),
    )


def _is_written(place: int) -> sql.Composed:
    """Whether the load wrote a record's rows in the table at a place, from 1."""
    return sql.SQL("(r.state = {new} OR substr(r.state, {place}, 1) = '1')").format(
        new=sql.Literal(statements.NEW), place=sql.Literal(place)
    )


def _upsert(form: Form, source: sql.Composable) -> sql.Composed:
    """Write the seals: what was not written keeps the sum it had."""
    places = range(1, len(form.tables) + 1)
    pivot = sql.SQL(", ").join(
        sql.SQL("bit_xor(sum) FILTER (WHERE place = {0}) AS {1}").format(
            sql.Literal(place), sql.Identifier(f"s{place}")
        )
        for place in places
    )
    sums = sql.SQL(", ").join(
        _kept(place) if source is _FROM_CHANGES else _new(place) for place in places
    )
    record = sql.SQL("r.id" if source is _FROM_CHANGES else "s.id")
    return sql.SQL("""
        WITH summed AS MATERIALIZED (SELECT id, {pivot} FROM {table} GROUP BY id)
        INSERT INTO shopify_assets.seals AS known (shop, stream, id, form, sums)
        SELECT %(shop)s, %(stream)s, {record}::text, %(form)s, ARRAY[{sums}]
        FROM {source}
        ON CONFLICT (shop, stream, id) DO UPDATE
        SET form = excluded.form, sums = excluded.sums
        WHERE known.form <> excluded.form OR known.sums <> excluded.sums
    """).format(pivot=pivot, table=_SUMS, record=record, sums=sums, source=source)


def _new(place: int) -> sql.Composed:
    return sql.SQL("coalesce(s.{}, 0)").format(sql.Identifier(f"s{place}"))


def _kept(place: int) -> sql.Composed:
    return sql.SQL("CASE WHEN {} THEN {} ELSE z.sums[{}] END").format(
        _is_written(place), _new(place), sql.Literal(place)
    )
