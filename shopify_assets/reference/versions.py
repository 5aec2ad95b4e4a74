"""The page of API versions: which are pinned, and what the streams meet in them.

Charter: the verdicts of `catalog.versions`, told to people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.catalog.pairs import Effect
from shopify_assets.catalog.releases import released, served_until
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema, pinned_versions
from shopify_assets.catalog.versions import check
from shopify_assets.reference.markdown import code, joined, table
from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from shopify_assets.catalog.versions import Verdict

_INTRODUCTION = """
The version in use is {in_use}. `SHOPIFY_API_VERSION` may name another one that is
pinned: what it lacks of a stream is left out, and `shopify-assets doctor` says so. All
streams are compared with all versions:
`shopify-assets schema check` does it again, also with a new introspection and with a
live shop. What a stream meets in a version

- *breaks* it: a query would be refused, or a column would become another
- is *deprecated* there, and not yet in the version in use
- *changes* something: null, scopes, defaults, new arguments and types
""".strip()

_NEXT = "What breaks or ends next"
_EARLIER = "What an earlier version lacks"


def page() -> str:
    """Render the page."""
    others = [each for each in pinned_versions() if each != PINNED_VERSION]
    schemas = [load_schema(each) for each in others]
    found = list(check(STREAMS, load_schema(), schemas))
    later = [each for each in others if each > PINNED_VERSION]
    earlier = [each for each in reversed(others) if each < PINNED_VERSION]
    return joined(
        (
            "# API versions",
            _INTRODUCTION.format(in_use=code(PINNED_VERSION)),
            table(("version", "stable since", "answered until (UTC)"), _calendar()),
            f"{len(STREAMS)} streams, by the worst that they meet:",
            table(("version", *_EFFECTS, "nothing new"), _sums(others, found)),
            *_sections(_NEXT, later, found),
            *_sections(_EARLIER, earlier, found),
        )
    )


_EFFECTS = tuple(each.value for each in Effect)


def _calendar() -> Iterator[tuple[str, ...]]:
    for each in reversed(pinned_versions()):
        in_use = ", in use" if each == PINNED_VERSION else ""
        yield code(each) + in_use, _day(released(each)), _moment(served_until(each))


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "never"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "always"


def _sums(
    versions: Iterable[str], found: Sequence[Verdict]
) -> Iterator[tuple[str, ...]]:
    for version in versions:
        effects = [each.effect for each in found if each.version == version]
        counts = (str(effects.count(each)) for each in (*Effect, None))
        yield code(version), *counts


def _sections(
    title: str, versions: Sequence[str], found: Sequence[Verdict]
) -> Iterator[str]:
    yield f"## {title}" if versions else ""
    for version in versions:
        rows = list(_rows(each for each in found if each.version == version))
        head = ("stream", "what", "where", "effect")
        listed = table(head, rows) if rows else "Nothing that a stream names."
        yield f"### {version}\n\n{listed}"


def _rows(found: Iterable[Verdict]) -> Iterator[tuple[str, ...]]:
    for verdict in found:
        for seen in verdict.seen:
            detail = f" ({seen.detail})" if seen.detail else ""
            what = f"{code(seen.thing)}: {seen.kind.value}{detail}"
            where = code(".".join(seen.path))
            yield verdict.stream, what, where, seen.kind.effect.value
