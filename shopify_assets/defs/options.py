"""What a project chooses of the definitions: names, owners, streams and times.

Charter: the choices, and which streams they leave. Settings say where things are and
who may reach them; what is chosen here is what is shown and when it is refreshed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

import dagster as dg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.errors import ConfigurationError
from shopify_assets.settings import DEFAULT_OWNERS, Settings
from shopify_assets.timing import NIGHTLY, WEEKLY, Timing

# What stands for the stream in the shop itself, upstream of its raw records.
SOURCE = "source"

FAMILY, STEP = "{family}", "{step}"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Choices of a project that takes the definitions in.

    Attributes:
        selection: names of streams, or `family:orders` for all of a family; all of
            them if empty.
        key_prefix: what every asset key begins with.
        group: the assets' group; `{family}` and `{step}` in it are filled in.
        owners: `team:name` or an e-mail address, each.
        tags: further tags of every asset.
        sync: when each shop's changes are loaded.
        verify: when each shop's copy is proven.
    """

    selection: tuple[str, ...] = ()
    key_prefix: tuple[str, ...] = ("shopify",)
    group: str = FAMILY
    owners: tuple[str, ...] = DEFAULT_OWNERS
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sync: Timing = NIGHTLY
    verify: Timing = WEEKLY

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the environment chooses; all else as it is by default."""
        return cls(owners=settings.owners, sync=settings.sync, verify=settings.verify)

    def key(self, step: str, stream: str) -> dg.AssetKey:
        """The asset key of a step of a stream, unless a translator changes it."""
        last = stream if step == SOURCE else f"{stream}_{step}"
        return dg.AssetKey([*self.key_prefix, last])

    def group_of(self, *, family: str, step: str) -> str:
        """The group of a step of a stream of this family."""
        return self.group.replace(FAMILY, family).replace(STEP, step)

    def selected(self, streams: Iterable[CompiledStream]) -> list[CompiledStream]:
        """Keep the streams that are chosen.

        Raises:
            ConfigurationError: there is no such stream or family.
        """
        listed = list(streams)
        wanted = set(self.selection)
        known = {name for each in listed for name in _names(each)}
        if wanted - known:
            message = (
                f"selection: there is no stream {min(wanted - known)!r} (a family is "
                "selected as family:orders); all are listed by: shopify-assets streams"
            )
            raise ConfigurationError(message)
        return [each for each in listed if not wanted or wanted & _names(each)]


def _names(compiled: CompiledStream) -> set[str]:
    return {compiled.name, f"family:{compiled.stream.family}"}
