"""Bulk files of any size, made from a few thousand simulated orders.

Charter: what is put on the wire. A template is what the real extraction of a simulated
shop brings, its bulk file and its second step's; files are copies of it in which every
record has another number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from shopify_assets.api.client import connect
from shopify_assets.extract.extraction import Context, extract
from shopify_assets.settings import Shop, StoredToken, load_settings
from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.storage.manifests import Manifest

_SHOP = SimulatedShop(domain="template.myshopify.com", seed=7)
# Slashes are escaped in bulk files, and plain in other answers.
_NUMBER = re.compile(rb"(gid:\\?/\\?/shopify\\?/\w+\\?/)(\d+)")
# Wider than the numbers of any one kind of record lie apart.
_STEP = 10**9
# What is higher is left alone: it could outgrow 64 bits, and no copied record has it.
_SHIFTED = 2 * 10**18
_UPDATED_AT = re.compile(rb'"updatedAt":"[^"]*"')
_REFUNDABLE = re.compile(rb'"refundableQuantity":\d+')


@dataclass(frozen=True)
class WireFile:
    """A file as it is served.

    Attributes:
        name: its name below the file host's address.
        lines: its lines.
        roots: lines without a parent.
        bytes: its size.
    """

    name: str
    lines: int
    roots: int
    bytes: int


@dataclass(frozen=True)
class WireFiles:
    """The files of one extraction: the bulk operation's, and the second step's."""

    orders: int
    main: WireFile
    details: WireFile


class Template:
    """Lines, cut at the numbers of their GIDs."""

    def __init__(self, data: bytes) -> None:
        pieces = _NUMBER.split(data)
        befores = zip(pieces[:-1:3], pieces[1::3], strict=True)
        self._texts = [*map(b"".join, befores), pieces[-1]]
        self._numbers = [int(each) for each in pieces[2::3]]
        self.lines = data.count(b"\n")
        self.roots = self.lines - data.count(b'"__parentId":')

    def copy(self, shift: int) -> bytes:
        """The lines, each record's number being higher by `shift`."""
        shifted = (
            b"%d" % (each + shift if each < _SHIFTED else each)
            for each in self._numbers
        )
        pairs = zip(self._texts, chain(shifted, (b"",)), strict=True)
        return b"".join(chain.from_iterable(pairs))


class Templates:
    """The template of a bulk file and that of its details."""

    def __init__(self, orders: int, main: bytes, details: bytes) -> None:
        self.orders = orders
        self._main, self._details = Template(main), Template(details)

    def write(
        self, folder: Path, name: str, *, copies: Iterable[int], changed: int = 0
    ) -> WireFiles:
        """Write the files of an extraction.

        Args:
            folder: where to.
            name: what the files' names begin with.
            copies: which copies of the template they hold.
            changed: so many of these are a later state of their orders.
        """
        numbers = list(copies)
        sizes = {}
        for kind, template in (("main", self._main), ("details", self._details)):
            file = folder / f"{name}-{kind}.jsonl"
            with file.open("wb") as stream:
                for place, number in enumerate(numbers):
                    data = template.copy(number * _STEP)
                    stream.write(_later(data) if place < changed else data)
            sizes[kind] = WireFile(
                name=file.name,
                lines=template.lines * len(numbers),
                roots=template.roots * len(numbers),
                bytes=file.stat().st_size,
            )
        return WireFiles(self.orders * len(numbers), **sizes)


def _later(data: bytes) -> bytes:
    """A later state of the same orders: their own rows and their line items differ."""
    data = _UPDATED_AT.sub(b'"updatedAt":"2031-01-01T00:00:00Z"', data)
    return _REFUNDABLE.sub(b'"refundableQuantity":77', data)


def make_templates(compiled: CompiledStream, *, orders: int, folder: Path) -> Templates:
    """Extract a simulated shop as any shop is, and take its raw files as templates."""
    spec = SimulatedShop(domain=_SHOP.domain, seed=_SHOP.seed, orders=orders)
    store = open_store(str(folder / "template"))
    settings = load_settings({"TOKEN": spec.access_token}, folder=folder)
    with Simulator([spec]) as simulator:
        shop = Shop(spec.domain, StoredToken("TOKEN"), simulator.base_url(spec.domain))
        client = connect(shop, settings=settings)
        context = Context(client, store, report=lambda _: None)
        manifest = extract(compiled, None, context=context).manifest
        client.close()
    main, details = _contents(Extractions(store), manifest)
    return Templates(orders, main, details)


def _contents(extractions: Extractions, manifest: Manifest) -> tuple[bytes, bytes]:
    main, details = bytearray(), bytearray()
    for part in manifest.parts:
        target = main if part.details_of is None else details
        for block in extractions.blocks(manifest.extraction, part):
            target += block
    return bytes(main), bytes(details)
