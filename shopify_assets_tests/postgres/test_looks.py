"""The books of looks: many streams at once, and several processes at them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shopify_assets.catalog.lookback import Read
from shopify_assets.postgres.books import looks
from shopify_assets.postgres.books.looks import Idle, Reads, Seen, Standing
from shopify_assets.postgres.connect import connect
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

SHOP = "ember.myshopify.com"
START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
STREAMS = [f"stream_{number}" for number in range(8)]


def known(connection: psycopg.Connection, streams: Sequence[str] = STREAMS) -> None:
    """Books of streams that were loaded up to START."""
    migrate(connection, ())
    connection.execute(
        """
        INSERT INTO shopify_assets.watermarks
            (shop, stream, watermark, extracted_at, extraction, query, queried_at)
        SELECT %s, stream, %s, %s, 'one', 'query', %s FROM unnest(%s::text[]) stream
        """,
        (SHOP, START, START, START, list(streams)),
    )
    connection.commit()


def idle(hours: int) -> list[Idle]:
    window = Window(START - HOUR, START + hours * HOUR)
    return [Idle(stream, window) for stream in STREAMS]


def test_looks_at_once_wait_for_each_other(
    database_url: str, postgres: psycopg.Connection
) -> None:
    """In whichever order they name the streams; the watermark is the greatest."""
    known(postgres)

    def note(number: int) -> None:
        noted = idle(number)
        with connect(database_url) as connection:
            for _ in range(5):
                order = noted if number % 2 else noted[::-1]
                looks.note(connection, order, shop=SHOP, at=START)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(note, range(1, 5)))
    found = looks.standings(postgres, shop=SHOP, streams=STREAMS)
    expected = Standing(START + 4 * HOUR, "query", START)
    assert found == dict.fromkeys(STREAMS, expected)


def test_a_look_is_a_read_and_no_load(postgres: psycopg.Connection) -> None:
    known(postgres)
    [first, *_] = idle(1)
    looks.note(postgres, [first], shop=SHOP, at=START + HOUR)
    reads = looks.reads(postgres, shop=SHOP, streams=STREAMS, since=START)
    read = Read(first.window, START + HOUR)
    assert reads == {first.stream: Reads(all=(read,), loaded=())}
    later = START + 2 * HOUR
    assert looks.reads(postgres, shop=SHOP, streams=STREAMS, since=later) == {}


def test_a_stream_that_was_never_loaded_is_not_noted(
    postgres: psycopg.Connection,
) -> None:
    known(postgres, STREAMS[1:])
    looks.note(postgres, idle(1), shop=SHOP, at=START + HOUR)
    reads = looks.reads(postgres, shop=SHOP, streams=STREAMS, since=START)
    assert sorted(reads) == STREAMS[1:]
    assert STREAMS[0] not in looks.standings(postgres, shop=SHOP, streams=STREAMS)


def test_what_was_seen_is_replaced_by_what_is_seen(
    postgres: psycopg.Connection,
) -> None:
    known(postgres)
    first = {"a": Seen("1", START), "b": Seen("2", None)}
    second = {"b": Seen("3", START)}
    looks.remember(postgres, shop=SHOP, seen={"one": first, "two": first})
    looks.remember(postgres, shop=SHOP, seen={"two": second})
    found = looks.seen(postgres, shop=SHOP, streams=["one", "two", "three"])
    assert found == {"one": first, "two": second}
