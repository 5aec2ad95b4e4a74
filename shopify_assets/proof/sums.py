"""Sums within the warehouse that must agree, row by row and in every currency.

Charter: from declared identities to SQL, and from its rows to a proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg import sql

from shopify_assets.postgres.form import ddl
from shopify_assets.proof import warehouse
from shopify_assets.proof.apart import Failed, Undecided
from shopify_assets.proof.identities import IDENTITIES, WITHOUT_CENTS, Relation
from shopify_assets.proof.meter import Meter
from shopify_assets.proof.subject import Subject, gid_of
from shopify_assets.proof.suspects import Settled, settle
from shopify_assets.proof.verdicts import (
    Gap,
    Kind,
    Proof,
    Proviso,
    Trouble,
    Verdict,
    judged,
    not_applicable,
    note,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.tables import Table
    from shopify_assets.proof.identities import Identity, Term
    from shopify_assets.proof.subject import Seen

_SHOWN = 5


def prove_sums(subject: Subject, seen: Seen | Failed) -> Proof:
    """Reckon every identity of the stream, in each of its currencies.

    Records that do not add up at the shop itself are no loss of the copy: they are
    told, and leave it whole. Only where some do not add up must the ids be known.
    """
    mine = [each for each in IDENTITIES if each.stream == subject.compiled.name]
    if not mine:
        reason = "no sums are declared for this stream"
        return not_applicable(Kind.SUMS, reason)
    meter = Meter(subject.client)
    results = [
        _reckoned(subject, identity, side)
        for identity in mine
        for side in sides(identity)
    ]
    sums = [each for result in results for each in result.sums]
    figures = {"identities": len(mine), "sums": sums}
    roots = {row.root for result in results for row in result.broken}
    if not roots:
        return judged(Kind.SUMS, (), figures={**figures, **meter.read()})
    if isinstance(seen, Failed):
        reason = f"{len(roots):,} records do not add up, and nothing tells at whose"
        raise Undecided(f"{reason} end: {seen.reason}")
    settled = settle(subject, seen, roots)
    found = [gap for each in results for gap in _gaps(each, settled, subject, seen)]
    figures |= {**_compared(settled, subject, seen), **meter.read()}
    return judged(Kind.SUMS, found, figures=figures, provisos=_provisos(settled))


def _compared(settled: Settled, subject: Subject, seen: Seen) -> dict[str, Any]:
    """How the records that do not add up were compared, and some that are no gap."""
    shown = sorted(settled.theirs)[:_SHOWN]
    return {
        "not adding up at the shop": len(settled.theirs),
        "such as": [gid_of(seen, subject, each) for each in shown],
        "compared with the shop": settled.by_shop,
        "compared with the lake": settled.by_lake,
        "not compared": len(settled.unknown),
    }


def _provisos(settled: Settled) -> Iterator[Proviso]:
    if settled.theirs:
        yield note(f"{len(settled.theirs):,} records do not add up at the shop itself")
    if settled.unknown:
        reason = f"{len(settled.unknown):,} records do not add up, and were compared "
        yield Proviso(Verdict.UNDECIDED, f"{reason}with nothing: {settled.why}")


@dataclass(frozen=True)
class Side:
    """One of the currencies an identity is reckoned in: its columns' suffix.

    Attributes:
        suffix: of the columns.
        currency: the root's column that names it; None for quantities.
        other: the column that names the other one, in which the shop's side is exact.
    """

    suffix: str = ""
    currency: str | None = None
    other: str | None = None


def sides(identity: Identity) -> tuple[Side, ...]:
    """In which currencies an identity is reckoned."""
    money = identity.money
    if money is None:
        return (Side(),)
    return (
        Side("", money.shop, other=money.presentment),
        Side("_presentment", money.presentment),
    )


@dataclass(frozen=True)
class _Broken:
    """A row whose sides differ: its root's key, the currency, both sides as text."""

    root: Any
    currency: str | None
    left: str
    right: str

    def __str__(self) -> str:
        """What is shown of it."""
        return f"{self.root}: {self.left} against {self.right} {self.currency or ''}"


@dataclass(frozen=True)
class _Result:
    """One identity, reckoned on one side.

    Attributes:
        name: the identity's name.
        sums: by currency: rows, both sums, and how many rows differ.
        broken: rows that differ.
    """

    name: str
    sums: list[dict[str, Any]]
    broken: list[_Broken]


def _reckoned(subject: Subject, identity: Identity, side: Side) -> _Result:
    # Rows that differ come with the sums: a second look would reckon all anew.
    summed = sql.SQL("""
        SELECT currency, count(*), sum("left"), sum("right"),
               count(*) FILTER (WHERE NOT holds),
               coalesce(
                   jsonb_agg(
                       jsonb_build_array(root, "left"::text, "right"::text)
                       ORDER BY root
                   ) FILTER (WHERE NOT holds),
                   '[]'
               )
        FROM ({}) reckoned GROUP BY currency ORDER BY currency
    """).format(query(subject.compiled, identity, side))
    names = ("currency", "rows", "left", "right", "broken")
    sums: list[dict[str, Any]] = []
    broken: list[_Broken] = []
    for row in warehouse.counted(subject.connection, summed, shop=subject.shop):
        *figures, differing = row
        told = dict(zip(names, map(_plain, figures), strict=True))
        sums.append({"identity": identity.name, **told})
        broken += [_Broken(each[0], told["currency"], *each[1:]) for each in differing]
    return _Result(identity.name, sums, broken)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str) or value is None else f"{value:f}"


def _gaps(
    result: _Result, settled: Settled, subject: Subject, seen: Seen
) -> Iterator[Gap]:
    """What differs here and not at the shop."""
    ours = [row for row in result.broken if row.root in settled.ours]
    if not ours:
        return
    shown = "; ".join(str(row).rstrip() for row in ours[:_SHOWN])
    ids = dict.fromkeys(gid_of(seen, subject, row.root) for row in ours)
    detail = f"{result.name}: {len(ours):,} rows differ ({shown})"
    yield Gap(trouble=Trouble.SUM, detail=detail, ids=tuple(ids))


# ── SQL ──────────────────────────────────────────────────────────────────────────────


def query(compiled: CompiledStream, identity: Identity, side: Side) -> sql.Composed:
    """Each row of an identity: root, currency, both sides, and whether they agree."""
    tables = {each.name: each for each in compiled.tables}
    row = tables[identity.of] if identity.of else compiled.root
    left = _sum(identity.left, row, tables, side)
    right = _sum(identity.right, row, tables, side)
    form: LiteralString = _AT_MOST if identity.relation is Relation.AT_MOST else _EQUAL
    return sql.SQL("""
        SELECT root, currency, "left", "right", {holds} AS holds FROM (
            SELECT o.{id} AS root, {currency} AS currency,
                   {left} AS "left", {right} AS "right", {allowed} AS allowed
            FROM {row} r JOIN {root} o ON {joined}
            WHERE o.shop = %(shop)s AND o._deleted_at IS NULL AND ({when})
        ) sides
    """).format(
        holds=sql.SQL(form),
        id=sql.Identifier(compiled.root.key[-1]),
        currency=_column("o", side.currency) if side.currency else sql.SQL("NULL"),
        left=left,
        right=right,
        allowed=_allowed(identity, side, row=row, tables=tables),
        row=ddl.qualified(row),
        root=ddl.qualified(compiled.root),
        joined=_equal("r", row.root_key, "o", compiled.root.key),
        when=sql.SQL(identity.when),
    )


_EQUAL: LiteralString = 'abs("left" - "right") <= allowed'
_AT_MOST: LiteralString = '"left" <= "right" + allowed'


def _sum(
    terms: Iterable[Term], row: Table, tables: dict[str, Table], side: Side
) -> sql.Composed:
    parts = [_term(each, row, tables, side) for each in terms]
    return sql.SQL("({})").format(sql.SQL(" + ").join(parts))


def _term(term: Term, row: Table, tables: dict[str, Table], side: Side) -> sql.Composed:
    name = f"{term.column}{side.suffix}"
    if term.table is None:
        value = _column("r", name)
    else:
        total = sql.SQL("sum({})").format(_column("c", name))
        value = _over(total, term, row=row, tables=tables)
    value = sql.SQL("coalesce({}, 0)").format(value)
    if term.unless:
        form = sql.SQL("CASE WHEN {} THEN 0 ELSE {} END")
        value = form.format(_column("o", term.unless), value)
    return sql.SQL("-{}" if term.minus else "{}").format(value)


def _over(
    what: sql.Composable, term: Term, *, row: Table, tables: dict[str, Table]
) -> sql.Composed:
    """Something of the rows below a row."""
    child = tables[term.table or ""]
    direct = child.parent == row.name
    theirs = child.parent_key if direct else child.root_key
    return sql.SQL("(SELECT {what} FROM {child} c WHERE {joined} AND {where})").format(
        what=what,
        child=ddl.qualified(child),
        joined=_equal("c", theirs, "r", row.key),
        where=sql.SQL(term.where),
    )


def _allowed(
    identity: Identity, side: Side, *, row: Table, tables: dict[str, Table]
) -> sql.Composable:
    """How far the sides may be apart: converted amounts are each rounded."""
    if side.other is None or side.currency is None:
        return sql.SQL("0")
    terms = (*identity.left, *identity.right)
    below = [each for each in terms if each.table]
    counted = [
        _over(sql.SQL("count(*)"), each, row=row, tables=tables) for each in below
    ]
    own = sql.Literal(len(terms) - len(below))
    return sql.SQL("""
        CASE WHEN {ours} = {other} THEN 0
        ELSE (CASE WHEN {ours} = ANY ({whole}) THEN 1 ELSE 0.01 END) * ({amounts}) END
    """).format(
        ours=_column("o", side.currency),
        other=_column("o", side.other),
        whole=sql.Literal(list(WITHOUT_CENTS)),
        amounts=sql.SQL(" + ").join([own, *counted]),
    )


def _equal(
    one: LiteralString,
    columns: Iterable[str],
    other: LiteralString,
    others: Iterable[str],
) -> sql.Composed:
    pairs = zip(columns, others, strict=True)
    return sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(_column(one, left), _column(other, right))
        for left, right in pairs
    )


def _column(alias: LiteralString, name: str) -> sql.Composed:
    return sql.SQL(alias + ".{}").format(sql.Identifier(name))
