"""The specs of all assets, and the way back from a key to the step of its stream.

Charter: asking the translator for every step of every stream, and finding what it made.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import dagster as dg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.defs.code_references import code_references
from shopify_assets.defs.columns import Columns
from shopify_assets.defs.options import SOURCE, Options
from shopify_assets.defs.translator import (
    Places,
    ShopifyTranslator,
    StreamProps,
)
from shopify_assets.errors import ConfigurationError
from shopify_assets.refresh.asked import STEPS


@dataclass(frozen=True)
class Placed:
    """A step of a stream, and the spec of its asset."""

    compiled: CompiledStream
    step: str
    spec: dg.AssetSpec

    @property
    def key(self) -> dg.AssetKey:
        """The asset's key."""
        return self.spec.key


@dataclass(frozen=True)
class Specs:
    """The specs of all assets, stream by stream in the order of flow.

    Attributes:
        steps: what runs of ours materialise.
        sources: what is upstream of the raw records, in the shop itself.
    """

    steps: tuple[Placed, ...]
    sources: tuple[Placed, ...]

    def key(self, step: str, stream: str) -> dg.AssetKey:
        """The key of the asset of a step of a stream.

        Raises:
            KeyError: the stream is not selected.
        """
        return self._keys[step, stream]

    def of(self, key: dg.AssetKey) -> Placed:
        """What the asset of this key stands for.

        Raises:
            KeyError: it is none of these.
        """
        return self._placed[key]

    @cached_property
    def _keys(self) -> Mapping[tuple[str, str], dg.AssetKey]:
        return {
            (placed.step, placed.compiled.name): placed.key
            for placed in (*self.sources, *self.steps)
        }

    @cached_property
    def _placed(self) -> Mapping[dg.AssetKey, Placed]:
        return {placed.key: placed for placed in (*self.sources, *self.steps)}


def make_specs(
    streams: Iterable[CompiledStream],
    *,
    options: Options,
    places: Places,
    partitions: dg.PartitionsDefinition[str] | None = None,
    translator: ShopifyTranslator | None = None,
) -> Specs:
    """Make the specs of these streams.

    Raises:
        ConfigurationError: the translator gives one key to two assets.
    """
    translator = translator or ShopifyTranslator()
    compiled_streams = list(streams)
    declared = code_references(each.stream for each in compiled_streams)
    placed = [
        placed
        for compiled in compiled_streams
        for placed in _of_stream(
            translator,
            StreamProps(
                compiled=compiled,
                step=SOURCE,
                options=options,
                places=places,
                columns=Columns(compiled),
                partitions=partitions,
                declared=declared[compiled.name],
            ),
        )
    ]
    _refuse_one_key_for_two(placed)
    return Specs(
        steps=tuple(each for each in placed if each.step != SOURCE),
        sources=tuple(each for each in placed if each.step == SOURCE),
    )


def _of_stream(translator: ShopifyTranslator, props: StreamProps) -> list[Placed]:
    """The specs of a stream, each made from the key that the one above was given."""
    placed: list[Placed] = []
    for step in (SOURCE, *STEPS):
        upstream = placed[-1].key if placed else None
        spec = translator.get_asset_spec(replace(props, step=step, upstream=upstream))
        placed.append(Placed(props.compiled, step, spec))
    return placed


def _refuse_one_key_for_two(placed: list[Placed]) -> None:
    counted = Counter(each.key for each in placed)
    key, count = counted.most_common(1)[0] if counted else (None, 0)
    if key is None or count == 1:
        return
    names = [
        f"{each.step} of {each.compiled.name}" for each in placed if each.key == key
    ]
    message = (
        f"the translator gives the key {key.to_user_string()} to "
        f"{' and to '.join(names)}; each asset needs a key of its own"
    )
    raise ConfigurationError(message)
