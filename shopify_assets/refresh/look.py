"""A look at a shop: which of its streams have anything new, for a request or two.

Charter: the order of doing. The books are read in bulk, the shop is asked by `probe`,
what it shows is compared, and what was found idle is written down as if it had been
read. A look may call a stream moved that is not; it calls none idle of which a sync
would read anything that is not loaded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

import psycopg

from shopify_assets.catalog.gids import number_of
from shopify_assets.catalog.lookback import APART
from shopify_assets.catalog.scalars import Kind
from shopify_assets.extract.access import denied, withheld_by_scopes
from shopify_assets.postgres.books import looks
from shopify_assets.postgres.books.looks import Reads, Seen
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.postgres.loads import told
from shopify_assets.refresh import memory
from shopify_assets.refresh.due import must_read, snapshot_due
from shopify_assets.refresh.probe import Refused, ask, is_cut
from shopify_assets.refresh.window import candidate, closer_asking, first_askings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.postgres.books.looks import Standing
    from shopify_assets.refresh.probe import Asking, Shown, Told
    from shopify_assets.refresh.window import Candidate
    from shopify_assets.windows import Window

SNAPSHOTS_APART = timedelta(hours=20)

NOT_PROBED = "it has no list that can be probed"
MORE = "the time looked back at holds more records than were compared"
SILENT = "it holds records that change without moving their time"

_SHOWN = 3
_HOUR = timedelta(hours=1)


class Effort(Enum):
    """How much a look may ask."""

    GLANCE = "one query of less than 100 points; what it cannot tell counts as moved"
    CLOSER = "as much as it takes to tell; what is idle is written down"


@dataclass(frozen=True)
class Idle:
    """A stream that need not be read.

    Attributes:
        stream: its name.
        why: in words.
        at: the shop's clock when that was found; of a snapshot, when it was read.
        window: what was looked at; None for a snapshot.
    """

    stream: str
    why: str
    at: datetime
    window: Window | None = None


@dataclass(frozen=True)
class Due:
    """A stream that is to be read.

    Attributes:
        stream: its name.
        why: in words.
        is_certain: whether there is something new; else it could not be told.
    """

    stream: str
    why: str
    is_certain: bool = False


@dataclass(frozen=True)
class Look:
    """What a look at a shop found.

    Attributes:
        at: the shop's clock when it began.
        idle: streams that need not be read, by name.
        due: streams that are to be read, by name, in the order given.
    """

    at: datetime
    idle: Mapping[str, Idle]
    due: Mapping[str, Due]


def look(  # noqa: PLR0913 -- keyword-only from the second on
    streams: Sequence[CompiledStream],
    *,
    client: ShopifyClient,
    connection: psycopg.Connection,
    named: Collection[str] = (),
    snapshots_apart: timedelta = SNAPSHOTS_APART,
    effort: Effort = Effort.CLOSER,
) -> Look:
    """Tell which streams of a shop are to be read.

    Args:
        streams: those in question, as declared.
        client: the shop's client.
        connection: to the warehouse, in no transaction.
        named: streams that the user named: those read whole are due in any case.
        snapshots_apart: time between two readings of a whole stream; zero: always.
        effort: how much may be asked.

    Raises:
        ShopUnavailable, Throttled, Unavailable: of the shop as a whole, or the
            warehouse went away; nothing was written.
        ConfigurationError: the app holds no scope.
    """
    granted = client.granted_scopes()
    now = client.server_time()
    with told(f"the books of shop {client.domain}"):
        migrate(connection, ())
        names = [each.name for each in streams]
        standings = looks.standings(connection, shop=client.domain, streams=names)
        looking = _Looking(client, connection, granted, now, effort)
        looking.snapshots(streams, standings, named=named, apart=snapshots_apart)
        looking.incremental(streams, standings)
        looking.write_down()
    due = {name: looking.due[name] for name in names if name in looking.due}
    return Look(now, looking.idle, due)


@dataclass
class _Looking:
    """A look under way."""

    client: ShopifyClient
    connection: psycopg.Connection
    granted: frozenset[str]
    now: datetime
    effort: Effort
    idle: dict[str, Idle] = field(default_factory=dict)
    due: dict[str, Due] = field(default_factory=dict)
    seen: dict[str, Mapping[str, Seen]] = field(default_factory=dict)
    remembered: dict[str, dict[str, Seen]] = field(default_factory=dict)
    reads: dict[str, Reads] = field(default_factory=dict)

    @property
    def shop(self) -> str:
        return self.client.domain

    def snapshots(
        self,
        streams: Sequence[CompiledStream],
        standings: Mapping[str, Standing],
        *,
        named: Collection[str],
        apart: timedelta,
    ) -> None:
        """Decide about streams that are read whole."""
        for compiled in streams:
            if compiled.stream.incremental is not None:
                continue
            name, standing = compiled.name, standings.get(compiled.name)
            why = snapshot_due(
                compiled, standing, now=self.now, apart=apart, is_named=name in named
            )
            if why or standing is None or standing.queried_at is None:
                self.due[name] = Due(name, why)
            else:
                hours = (self.now - standing.queried_at) / _HOUR
                why = f"it was read whole {hours:.1f} hours ago"
                self.idle[name] = Idle(name, why, standing.queried_at)

    def incremental(
        self, streams: Sequence[CompiledStream], standings: Mapping[str, Standing]
    ) -> None:
        """Decide about streams that advance: by their books, or else by probes."""
        readable = []
        for compiled in streams:
            if compiled.stream.incremental is not None:
                why = must_read(compiled, standings.get(compiled.name), now=self.now)
                if why or (why := self._denied(compiled)):
                    self.due[compiled.name] = Due(compiled.name, why)
                else:
                    readable.append(compiled)
        candidates = self._candidates(readable, standings)
        open_ = self._first(candidates)
        if self.effort is Effort.CLOSER:
            self._closer(open_)
            return
        self._read((one for one in open_ if one.keys_tell), MORE)
        self._read((one for one in open_ if not one.keys_tell), SILENT)

    def _denied(self, compiled: CompiledStream) -> str:
        missing = denied(compiled, self.granted)
        return f"scope {' or '.join(missing[0].scopes)} is missing" if missing else ""

    def _candidates(
        self, streams: Sequence[CompiledStream], standings: Mapping[str, Standing]
    ) -> list[Candidate]:
        self._recall(streams)
        candidates = []
        for compiled in streams:
            reached = standings[compiled.name].watermark
            one = reached and candidate(
                compiled,
                reached,
                self.reads.get(compiled.name, Reads()).all,
                begin=self.client.shop.start_date,
                now=self.now,
            )
            if one:
                candidates.append(one)
            else:
                self.due[compiled.name] = Due(compiled.name, NOT_PROBED)
        return candidates

    def _recall(self, streams: Sequence[CompiledStream]) -> None:
        """Read what was seen and read of streams whose keys do not tell everything."""
        names = [
            each.name
            for each in streams
            if (key := each.stream.incremental)
            and (key.is_in_the_world or key.lookback)
        ]
        if not names:
            return
        self.remembered = looks.seen(self.connection, shop=self.shop, streams=names)
        times = [
            one.since
            for records in self.remembered.values()
            for one in records.values()
            if one.since
        ]
        self.reads = looks.reads(
            self.connection,
            shop=self.shop,
            streams=names,
            since=min([self.now - APART, *times]),
        )

    def _first(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Look at the newest keys of all; return those that this cannot tell of."""
        lists = first_askings(candidates)
        answers = ask(self.client, [shared.asking for shared in lists])
        shown = [
            (one, answers[shared.asking.alias])
            for shared in lists
            for one in shared.candidates
        ]
        return self._judge(shown)

    def _judge(self, shown: Sequence[tuple[Candidate, Told]]) -> list[Candidate]:
        """Tell what is idle or due by keys alone; return the others."""
        known = self._stored(shown)
        open_ = []
        for one, answer in shown:
            if isinstance(answer, Refused):
                self._read([one], f"it could not be probed: {answer.why}")
            elif not answer.nodes and answer.is_whole:
                self._is_idle(one)
            elif not one.keys_tell:
                open_.append(one)
            elif known.get(one.name, 0) < len(answer.nodes):
                self._moved(one, (str(node["id"]) for node in answer.nodes))
            elif answer.is_whole:
                self._is_idle(one)
            else:
                open_.append(one)
        return open_

    def _stored(self, shown: Sequence[tuple[Candidate, Told]]) -> dict[str, int]:
        """Count the records shown that are loaded as they are."""
        records = {
            one.name: comparable
            for one, answer in shown
            if not isinstance(answer, Refused) and answer.nodes and one.keys_tell
            if (comparable := _comparable(one, answer)) is not None
        }
        try:
            return looks.stored(self.connection, records, shop=self.shop)
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            # Somebody took it away; reading the stream brings it back.
            return {}

    def _closer(self, candidates: Sequence[Candidate]) -> None:
        """Look at all records of windows of which the newest keys do not tell."""
        asked: list[tuple[Candidate, Asking]] = []
        for one in candidates:
            asking = self._closer_asking(one)
            if asking is None:
                self._read([one], SILENT)
            else:
                asked.append((one, asking))
        answers = ask(self.client, [asking for _, asking in asked])
        by_keys = []
        for one, asking in asked:
            answer = answers[asking.alias]
            if one.keys_tell or isinstance(answer, Refused):
                by_keys.append((one, answer))
            else:
                self._recognise(one, answer)
        self._read(self._judge(by_keys), MORE)

    def _closer_asking(self, one: Candidate) -> Asking | None:
        known = self.remembered.get(one.name, {})
        overfull = known.get(memory.TOO_MANY)
        if overfull and overfull.since and self.now - overfull.since < APART:
            return None
        withheld = withheld_by_scopes(one.compiled, self.granted)
        return closer_asking(
            one,
            remembered=0 if overfull else len(known),
            withheld=(part.path for part in withheld),
        )

    def _recognise(self, one: Candidate, answer: Shown) -> None:
        """Compare records that change in silence with what was seen of them."""
        if not answer.is_whole or any(map(is_cut, answer.nodes)):
            self.seen[one.name] = {memory.TOO_MANY: Seen("", self.now)}
            self._read([one], MORE)
            return
        known = self.remembered.get(one.name, {})
        result = memory.compared(
            answer.nodes,
            known,
            root=one.compiled.root,
            loaded=self.reads.get(one.name, Reads()).loaded,
            at=answer.served_at,
        )
        if result.seen != known:
            self.seen[one.name] = result.seen
        if result.unsettled:
            self._moved(one, result.unsettled)
        else:
            self._is_idle(one)

    def _is_idle(self, one: Candidate) -> None:
        why = "nothing new"
        self.idle[one.name] = Idle(one.name, why, self.now, one.window)

    def _moved(self, one: Candidate, ids: Iterable[str]) -> None:
        named = list(ids)
        more = " …" if len(named) > _SHOWN else ""
        why = f"something is new or changed among {', '.join(named[:_SHOWN])}{more}"
        self.due[one.name] = Due(one.name, why, is_certain=True)

    def _read(self, candidates: Iterable[Candidate], why: str) -> None:
        for one in candidates:
            self.due[one.name] = Due(one.name, why)

    def write_down(self) -> None:
        """Note what is idle as if it had been read, and remember what was seen."""
        if self.effort is Effort.GLANCE:
            return
        idle = [
            looks.Idle(one.stream, one.window)
            for one in self.idle.values()
            if one.window
        ]
        looks.remember(self.connection, shop=self.shop, seen=self.seen)
        looks.note(self.connection, idle, shop=self.shop, at=self.now)


def _comparable(one: Candidate, answer: Shown) -> looks.Shown | None:
    """The records shown as their table has them; None if one has no such time."""
    root = one.compiled.root
    numbered = root.column(root.key[-1]).kind is Kind.BIGINT
    keys = [
        number_of(str(node["id"])) if numbered else str(node["id"])
        for node in answer.nodes
    ]
    versions = [memory.time_of(node, root) for node in answer.nodes]
    known = tuple(version for version in versions if version is not None)
    if len(known) < len(versions) or len(set(keys)) < len(keys):
        return None
    return looks.Shown(root, tuple(keys), known)
