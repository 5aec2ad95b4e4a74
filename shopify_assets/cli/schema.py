"""`schema check | versions`: what the streams meet in other API versions.

Charter: from options to the versions compared, and telling what was found. What is
found is the business of `catalog.versions`.
"""

from __future__ import annotations

import gzip
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from shopify_assets.catalog.fitting import fit
from shopify_assets.catalog.pin import facts, label_of, read_facts, with_scopes
from shopify_assets.catalog.releases import released, served_until
from shopify_assets.catalog.schema import (
    PINNED_VERSION,
    Schema,
    load_schema,
    pinned_versions,
)
from shopify_assets.cli import output, runs
from shopify_assets.errors import ConfigurationError, ShopifyAssetsError
from shopify_assets.settings import load_settings
from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shopify_assets.catalog.pairs import Seen
    from shopify_assets.catalog.stream import Stream
    from shopify_assets.catalog.versions import Verdict

_json = click.option("--json", "as_json", is_flag=True, help="For machines.")
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def schema() -> None:
    """Shopify's API versions, and how the streams fare in them."""


@schema.command()
@_json
def versions(*, as_json: bool) -> None:
    """List the pinned API versions, and how long Shopify answers each."""
    listed = [_version(each) for each in pinned_versions()]
    if as_json:
        output.dump(listed)
        return
    for each in listed:
        until = each["served_until"]
        told = f"served until {until:%Y-%m-%d %H:%M} UTC" if until else "always served"
        in_use = "  in use" if each["in_use"] else ""
        output.answer(f"{each['version']:<9} {told}{in_use}")


def _version(version: str) -> dict[str, Any]:
    return {
        "version": version,
        "in_use": version == load_settings().api_version,
        "released": released(version),
        "served_until": served_until(version),
    }


@schema.command()
@click.option("--file", type=_file, help="An introspection to compare with instead.")
@click.option("--introspect", "live", is_flag=True, help="Ask the shop for its schema.")
@click.option("--shop", "domain", help="The shop that is asked.")
@click.option("--api-version", help="The version that is asked for; else the one used.")
@click.option(
    "--save", type=click.Path(path_type=Path), help="Keep what the shop told, .json.gz."
)
@_json
def check(  # noqa: PLR0913 -- click hands over an argument an option
    file: Path | None,
    domain: str | None,
    api_version: str | None,
    save: Path | None,
    *,
    live: bool,
    as_json: bool,
) -> None:
    """Compare what every stream names with all pinned versions, a file or a shop.

    Fails if a stream breaks on the pinned version, or on that of the file or shop.
    """
    from shopify_assets.catalog import versions as comparing  # noqa: PLC0415 -- graphql

    if live is not (domain is not None) or (live and file is not None):
        message = "ask a shop by --introspect --shop, or compare with a --file"
        raise ConfigurationError(message)
    if live:
        version = api_version or load_settings().api_version
        others = [_live(str(domain), version, save)]
        base = load_schema(version if version in pinned_versions() else PINNED_VERSION)
    elif file is not None:
        base = load_schema()
        others = [Schema(label_of(file), read_facts(file, base.types))]
    else:
        base, others = load_schema(), [load_schema(each) for each in pinned_versions()]
    verdicts = list(comparing.check(_declared_for(base), base, others))
    _report(verdicts, base, others, as_json=as_json)


def _declared_for(base: Schema) -> list[Stream]:
    """The streams, as the version that they are compared from reads them."""
    if base.version == PINNED_VERSION:
        return list(STREAMS)
    found = fit(STREAMS, base.version)
    return [each.compiled.stream for each in found if each.compiled]


def _live(domain: str, version: str, save: Path | None) -> Schema:
    from shopify_assets.api.client import connect  # noqa: PLC0415 -- requests
    from shopify_assets.api.introspection import introspect  # noqa: PLC0415 -- graphql

    settings = replace(load_settings(), api_version=version)
    (shop,) = runs.chosen(settings, [domain]).shops
    with closing(connect(shop, settings=settings)) as client:
        found = introspect(client)
    if save is not None:
        save.write_bytes(gzip.compress(msgspec.json.encode(found), mtime=0))
    return Schema(version, with_scopes(facts(found), load_schema().types))


def _report(
    verdicts: Sequence[Verdict],
    base: Schema,
    others: Sequence[Schema],
    *,
    as_json: bool,
) -> None:
    """Show the verdicts.

    Raises:
        ShopifyAssetsError: a stream breaks where it must not.
    """
    # A single version is what was asked about; of several, most lack something.
    vital = {base.version, *([others[0].version] if len(others) == 1 else [])}
    if as_json:
        output.dump([_described(each) for each in verdicts])
    else:
        output.verdicts(verdicts, [each.version for each in others])
    broken = [each for each in verdicts if each.version in vital if _breaks(each)]
    if broken:
        told = "; ".join(f"{each.stream} on {each.version}" for each in broken)
        raise ShopifyAssetsError(f"broken: {told}; mend the declarations")


def _breaks(verdict: Verdict) -> bool:
    from shopify_assets.catalog.pairs import Effect  # noqa: PLC0415 -- graphql

    return verdict.effect is Effect.BREAKS


def _described(verdict: Verdict) -> dict[str, Any]:
    return {
        "stream": verdict.stream,
        "version": verdict.version,
        "effect": verdict.effect.value if verdict.effect else None,
        "refusal": verdict.refusal,
        "seen": [dict(_told(each)) for each in verdict.seen],
    }


def _told(seen: Seen) -> Iterator[tuple[str, str]]:
    yield "effect", seen.kind.effect.value
    yield "kind", seen.kind.value
    yield "thing", seen.thing
    yield "path", ".".join(seen.path)
    yield "detail", seen.detail
