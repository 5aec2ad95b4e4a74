"""The page of proofs: a matrix of streams and shops, with the gaps below it.

Charter: from the book of proofs to one HTML file that needs nothing else: no script, no
font, no network. Everything that came from a shop is escaped.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from shopify_assets.printable import in_html
from shopify_assets.proof.covered import TOLD, partly
from shopify_assets.proof.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shopify_assets.postgres.books.proofs import Proven

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #1b1b1b; }
table { border-collapse: collapse; margin: 1rem 0 2rem; }
th, td { border: 1px solid #ddd; padding: .3rem .6rem; text-align: left; }
th { background: #f5f5f5; font-weight: 600; }
td small { display: block; color: #666; }
.whole { background: #e7f6e7; } .gap { background: #fbe3e1; font-weight: 600; }
.undecided, .proven-for-60-days, .due-with-the-next-look-back { background: #fff5d6; }
.not-applicable { color: #888; }
"""
_ORDER = [each.value for each in Verdict]
_GAPS_SHOWN = 50


def page(rows: Sequence[Proven]) -> str:
    """Write the page.

    Args:
        rows: the newest proof of every stream of every shop, a row a kind.
    """
    newest = max((each.proven_at for each in rows), default=None)
    when = f"{newest:%Y-%m-%d %H:%M} UTC" if newest else "never"
    body = "".join((_summary(rows), _matrix(rows), *_gaps(rows)))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<title>Proof of completeness</title>"
        f"<style>{_STYLE}</style></head><body><h1>Proof of completeness</h1>"
        f"<p>Newest proof: {when}. A cell tells the verdict and the date of the last "
        f"proof of a stream of a shop.</p>{body}</body></html>\n"
    )


def _summary(rows: Sequence[Proven]) -> str:
    """How many streams of shops have which verdict; what is not applicable apart."""
    cells = _cells(rows)
    counts = Counter(_worst(proofs) for proofs in cells.values())
    told = ", ".join(f"{counts[each]:,} {each}" for each in _ORDER if counts[each])
    return f"<p>{len(cells):,} streams of shops: {in_html(told)}.</p>" if cells else ""


def _cells(rows: Sequence[Proven]) -> dict[tuple[str, str], list[Proven]]:
    cells: dict[tuple[str, str], list[Proven]] = {}
    for each in rows:
        cells.setdefault((each.shop, each.stream), []).append(each)
    return cells


def _matrix(rows: Sequence[Proven]) -> str:
    shops = sorted({each.shop for each in rows})
    streams = sorted({each.stream for each in rows})
    cells = _cells(rows)
    head = "".join(f"<th>{in_html(each)}</th>" for each in shops)
    lines = (
        f"<tr><th>{in_html(stream)}</th>"
        + "".join(_cell(cells.get((shop, stream), [])) for shop in shops)
        + "</tr>"
        for stream in streams
    )
    return f"<table><tr><th>stream</th>{head}</tr>{''.join(lines)}</table>"


def _cell(proofs: list[Proven]) -> str:
    if not proofs:
        return '<td class="not-applicable">never proven</td>'
    verdict = _worst(proofs)
    kinds = ", ".join(f"{each.kind}: {_said(each)}" for each in proofs)
    date = f"{proofs[0].proven_at:%Y-%m-%d}"
    return (
        f'<td class="{verdict.replace(" ", "-")}" title="{in_html(kinds)}">'
        f"{in_html(verdict)}<small>{date}</small></td>"
    )


def _said(proven: Proven) -> str:
    """A kind's verdict, and how much was compared for it."""
    told = proven.figures.get(TOLD)
    return f"{proven.verdict} ({told})" if told else proven.verdict


def _worst(proofs: list[Proven]) -> str:
    known = [each.verdict for each in proofs if each.verdict in _ORDER]
    real = [each for each in known if each != Verdict.NOT_APPLICABLE.value]
    return max(real, key=_ORDER.index, default=Verdict.NOT_APPLICABLE.value)


def _gaps(rows: Sequence[Proven]) -> Iterator[str]:
    told = [each for each in rows if each.gaps or each.reason or partly(each.figures)]
    for (shop, stream), found in groupby(told, lambda each: (each.shop, each.stream)):
        items = "".join(line for each in found for line in _lines(each))
        yield f"<h2>{in_html(stream)}, {in_html(shop)}</h2><ul>{items}</ul>"


def _lines(proven: Proven) -> Iterator[str]:
    kind = in_html(proven.kind)
    if proven.reason:
        yield f"<li>{kind}, {in_html(proven.verdict)}: {in_html(proven.reason)}</li>"
    if partly(proven.figures):
        yield f"<li>{kind}: {in_html(str(proven.figures[TOLD]))}</li>"
    for gap in proven.gaps[:_GAPS_SHOWN]:
        yield f"<li>{kind}: {in_html(str(gap['detail']))}</li>"
    if len(proven.gaps) > _GAPS_SHOWN:
        yield f"<li>{kind}: and {len(proven.gaps) - _GAPS_SHOWN} more</li>"
