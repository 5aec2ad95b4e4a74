"""Shopify's own counts against the table's rows, by window where it can count so.

Charter: asking for counts, and what a difference means: records that the sweep of ids
has named explain it, or else its window is searched for (`bisect`). A count that is a
lower bound only proves nothing where the list names as many; a smaller list is a gap.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from shopify_assets.api.retry import InternalError
from shopify_assets.catalog.stream import Precision
from shopify_assets.extract.planning import (
    LAG,
    Size,
    filter_text,
    lacking_of,
    read_count,
)
from shopify_assets.proof.bisect import Counted, Located, first_look, locate
from shopify_assets.proof.comparing import within
from shopify_assets.proof.ids import CHANGED, ID, MADE
from shopify_assets.proof.meter import Meter
from shopify_assets.proof.moments import time_of
from shopify_assets.proof.subject import Seen, Subject
from shopify_assets.proof.sweep import Swept, changed_in, sweep
from shopify_assets.proof.verdicts import (
    Gap,
    Kind,
    Proof,
    Proviso,
    Trouble,
    judged,
    not_applicable,
    note,
)
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shopify_assets.api.client import Answer

_COUNT_COST = 10
_INEXACT = "Shopify's count is a lower bound only (precision AT_LEAST)"
# A count that stays null is none: all count roots may be null.
_NULLS = 3
# How often windows that differ are counted again: a shop may be edited in bulk now.
_LOOKS = 3


def count_all(subject: Subject) -> Size | None:
    """Shopify's count of all records; None if it has none.

    Raises:
        InternalError: it is null, however often it is asked for.
    """
    query = subject.compiled.queries.total
    return None if query is None else _ask(subject, query, {})


def _ask(subject: Subject, query: str, variables: dict[str, Any]) -> Size:
    client = subject.client
    attempts = min(_NULLS, client.retry.internal_attempts)
    answer = client.execute(
        query,
        variables,
        cost=_COUNT_COST,
        retry=replace(client.retry, internal_attempts=attempts),
        refuse=_refuse_null,
    )
    return read_count(answer.data)


def _refuse_null(answer: Answer) -> None:
    """Refuse a count that says nothing: not how many, or not whether it is exact."""
    for name, count in answer.data.items():
        if lacking := lacking_of(count):
            message = (
                f"request {answer.request_id!r}: Shopify's {name} gives no {lacking}"
            )
            raise InternalError(message)


def counts_by_window(subject: Subject) -> bool:
    """Whether Shopify counts the stream's records by their replication key."""
    incremental = subject.compiled.stream.incremental
    by_second = incremental is not None and incremental.precision is Precision.SECOND
    return by_second and subject.compiled.queries.count is not None


def prove_counts(subject: Subject, seen: Seen, *, before: Size | None) -> Proof:
    """Compare Shopify's counts with the rows, by window where they can be.

    Args:
        subject: what is proven.
        seen: both sides' ids.
        before: Shopify's count of all records before the sweep.
    """
    if counts_by_window(subject) and seen.due.begin and seen.due.begin < seen.due.end:
        return _by_window(subject, seen, Window(seen.due.begin, seen.due.end))
    if subject.compiled.queries.total is None:
        root = subject.compiled.stream.root
        reason = f"Shopify has no count query for what is read of {root}"
        return not_applicable(Kind.COUNTS, reason)
    return _in_all(subject, seen, before=before)


def _in_all(subject: Subject, seen: Seen, *, before: Size | None) -> Proof:
    meter = Meter(subject.client)
    after = count_all(subject)
    figures = {
        "counted before the sweep": before.records if before else None,
        "counted after it": after.records if after else None,
        "ids": seen.swept.records.height,
        "stored": seen.stored.height,
        **meter.read(),
    }
    counts = [each for each in (before, after) if each is not None]
    listed = seen.swept.records.height
    exact = all(each.exact for each in counts)
    if not exact and min(each.records for each in counts) <= listed:
        return replace(not_applicable(Kind.COUNTS, _INEXACT), figures=figures)
    found = list(_differing(subject, seen, counts))
    return judged(Kind.COUNTS, found, figures=figures)


def _differing(subject: Subject, seen: Seen, counts: list[Size]) -> Iterator[Gap]:
    compared = seen.compared
    counted = _told(counts)
    if not _is_between(seen.swept, counts, seen):
        # A record made and another one deleted meanwhile leave the counts as they were.
        again = sweep(subject.compiled, context=subject.context)
        after = count_all(subject)
        counts = [*counts[-1:], *([after] if after else [])]
        if not _is_between(again, counts, seen):
            listed = again.records.height
            detail = (
                f"Shopify counts {_told(counts)} records, its list names {listed:,}"
            )
            yield Gap(trouble=Trouble.COUNT, detail=detail)
            return
    if compared.missing.height or compared.surplus.height:
        stored = seen.stored.height
        detail = f"Shopify counts {counted} records, the table holds {stored:,}"
        yield Gap(trouble=Trouble.COUNT, detail=detail, explained=True)


def _told(counts: list[Size]) -> str:
    numbers = [each.records for each in counts]
    least, most = min(numbers), max(numbers)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def _is_between(swept: Swept, counts: list[Size], seen: Seen) -> bool:
    """Whether a list is as long as the counts before and after it allow.

    Counts come from an index that trails behind: it may lack what was made in the last
    minutes, and still hold what is gone by now.
    """
    numbers = [each.records for each in counts]
    listed = swept.records.height
    young = _made_since(swept, swept.began - LAG)
    gone = seen.compared.surplus.height
    return min(numbers) - gone <= listed <= max(numbers) + young


def _made_since(swept: Swept, moment: datetime) -> int:
    name = next((each for each in (MADE, CHANGED) if each in swept.records), None)
    return 0 if name is None else int((swept.records[name] >= moment).sum())


class _Counter:
    """Counts a window on either side.

    Records that have changed since the last load are on neither side: they have left
    their window at the shop, and will leave it in the table. Nor are those that the app
    may not see any more, and those that the next look back will bring.
    """

    def __init__(self, subject: Subject, seen: Seen) -> None:
        self._subject = subject
        self._seen = seen
        self.asked = 0
        self.inexact = 0
        self.refresh()

    def refresh(self) -> None:
        """Ask anew which records have changed since the last load."""
        end = self._seen.due.end
        now = self._subject.client.server_time()
        since = Window(end, max(end, now) + timedelta(days=1))
        fresh = changed_in(self._subject.compiled, since, client=self._subject.client)
        aside = pl.concat([fresh.select(ID), self._seen.compared.hidden.select(ID)])
        stored = self._seen.stored.join(aside, on=ID, how="anti")
        self._raw = stored[CHANGED]
        self._named = _times_by_ids(stored, self._seen, fresh)
        late = self._seen.compared.late.join(fresh, on=ID, how="anti")
        self._late = late[CHANGED]
        self.moved = fresh.height

    def by_ids(self, window: Window) -> Counted:
        """The shop's count, and that of the ids that the sweep has named."""
        named = within(self._named, window)
        source = self._source(window)
        if not source.exact:
            self.inexact += 1
            return Counted(max(source.records, named), named)
        return Counted(source.records - within(self._late, window), named)

    def earliest(self) -> datetime | None:
        """When the first of the table's records changed; None if it holds none.

        None, too, if that is a time that no window can hold.
        """
        found = self._raw.to_physical().min()
        return time_of(found) if isinstance(found, int) else None

    def stored(self, window: Window) -> int:
        """The table's rows."""
        return within(self._raw, window)

    def _source(self, window: Window) -> Size:
        self.asked += 1
        queries = self._subject.compiled.queries
        text = filter_text(self._subject.compiled.stream.incremental, window)
        return _ask(self._subject, queries.count or "", {"query": text})


def _times_by_ids(stored: pl.DataFrame, seen: Seen, fresh: pl.DataFrame) -> pl.Series:
    """Replication keys of the rows as they would be without what the ids have named."""
    compared = seen.compared
    gone_or_stale = [compared.surplus.select(ID), compared.stale.select(ID)]
    sound = stored.join(pl.concat(gone_or_stale), on=ID, how="anti")
    named = pl.concat([compared.missing, compared.stale]).join(fresh, on=ID, how="anti")
    return pl.concat([sound[CHANGED], named[CHANGED]])


def _by_window(subject: Subject, seen: Seen, window: Window) -> Proof:
    meter = Meter(subject.client)
    counter = _Counter(subject, seen)
    looked = first_look(window, counter.earliest())
    first = [Located(each, counter.by_ids(each)) for each in looked]
    located = locate(first, counter.by_ids)
    for _ in range(_LOOKS):
        if not located:
            break
        # The shop goes on meanwhile: what agrees now, agreed all the time.
        counter.refresh()
        again = [Located(each.window, counter.by_ids(each.window)) for each in located]
        located = tuple(each for each in again if not each.counted.agrees)
    found = [_unexplained(each, counter) for each in located]
    found += _explained(first, counter, located)
    figures = {
        "source": sum(each.counted.source for each in first),
        "stored": counter.stored(window),
        "changed since": counter.moved,
        "counts": counter.asked,
        **meter.read(),
    }
    if counter.inexact == counter.asked and not found:
        return replace(not_applicable(Kind.COUNTS, _INEXACT), figures=figures)
    return judged(Kind.COUNTS, found, figures=figures, provisos=_inexact(counter))


def _inexact(counter: _Counter) -> Iterator[Proviso]:
    if counter.inexact:
        many = f"in {counter.inexact:,} of {counter.asked:,} windows"
        yield note(f"{many} {_INEXACT}")


def _unexplained(each: Located, counter: _Counter) -> Gap:
    stored = counter.stored(each.window)
    source = each.counted.source
    detail = f"{each.window}: Shopify counts {source:,}, the table holds {stored:,}"
    return Gap(trouble=Trouble.COUNT, detail=detail, window=each.window)


def _explained(
    first: list[Located], counter: _Counter, located: tuple[Located, ...]
) -> Iterator[Gap]:
    """Windows whose counts differ by just the records that the sweep has named."""
    for each in first:
        stored = counter.stored(each.window)
        unsound = any(each.window.overlaps(other.window) for other in located)
        if each.counted.agrees and stored != each.counted.source and not unsound:
            gap = _unexplained(each, counter)
            yield replace(gap, detail=f"{gap.detail} (ids named)", explained=True)
