"""The check `proven` of each stream: is every row of every shop in the warehouse?

Charter: a check's body is: all shops → one call each → verdict and metadata. What is
compared is `shopify_assets.proof`'s business; when it runs, `schedules`'.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.defs import metadata
from shopify_assets.defs.assets import POSTGRES, key, reporter, warner
from shopify_assets.defs.resources import (
    LakeResource,
    ShopifyResource,
    WarehouseResource,
)
from shopify_assets.errors import ShopifyAssetsError
from shopify_assets.extract.extraction import Context
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.verdicts import Kind, StreamProof, Verdict
from shopify_assets.proof.verify import verify
from shopify_assets.proof.wanted import Wanted

PROVEN = "proven"


def proven(compiled: CompiledStream) -> dg.AssetChecksDefinition:
    """Make the check of a stream."""
    spec = dg.AssetCheckSpec(
        PROVEN,
        asset=key(POSTGRES, compiled),
        description=(
            "Every record of every shop is in the warehouse, as the shop has it: ids, "
            "counts, stored and sampled rows, raw files, windows and sums."
        ),
        blocking=False,
    )

    @dg.multi_asset_check(
        specs=[spec], name=f"proof_of_{compiled.name}", can_subset=True
    )
    def check(
        context: dg.AssetCheckExecutionContext,
        shopify: ShopifyResource,
        lake: LakeResource,
        warehouse: WarehouseResource,
    ) -> Iterator[dg.AssetCheckResult]:
        if context.run.asset_selection:
            # A load in the UI takes all checks of its assets along: not this one.
            context.log.info("not proven now: the job `proof` does that")
            return

        def prove(shop: str) -> StreamProof:
            client, warn = shopify.client(shop), warner(context)
            told = Context(client, lake.store(), reporter(context), warn=warn)
            with (
                warehouse.connection() as connection,
                client.waiter.told_to(warn, work=f"proof of stream {compiled.name}"),
            ):
                return verify(Subject(compiled, told, connection), Wanted())

        shops = [each.domain for each in shopify.shops() if each.has(compiled.name)]
        found, failed = _each(shops, prove)
        yield result(spec, found, failed)

    return check


def _each(shops: Sequence[str], prove: Any) -> tuple[list[StreamProof], list[str]]:
    """Prove for every shop; one that cannot be asked does not hide the others."""
    found: list[StreamProof] = []
    failed: list[str] = []
    for shop in shops:
        try:
            found.append(prove(shop))
        except ShopifyAssetsError as error:
            failed.append(f"{shop}: {error}")
    return found, failed


def result(
    spec: dg.AssetCheckSpec, found: Sequence[StreamProof], failed: Sequence[str]
) -> dg.AssetCheckResult:
    """The verdict on all shops together, with a table of each one's."""
    gaps = [
        f"{each.shop}, {proof.kind.value}: {gap.detail}"
        for each in found
        for proof in each.proofs
        for gap in proof.gaps
    ]
    provisos = [
        f"{each.shop}, {each.verdict.value}: {reason}"
        for each in found
        for reason in each.provisos
    ]
    whole = not failed and all(each.verdict is not Verdict.GAP for each in found)
    records = [_record(each) for each in found]
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=whole,
        severity=dg.AssetCheckSeverity.ERROR,
        description=next(iter([*gaps, *failed, *provisos]), spec.description),
        metadata={
            "shops": metadata.table(records),
            "gaps": dg.MetadataValue.md(_listed(gaps)),
            "not proven": dg.MetadataValue.md(_listed(failed)),
            "provisos": dg.MetadataValue.md(_listed(provisos)),
            "query cost (points)": sum(_figure(each, "points") for each in found),
            "requests": sum(_figure(each, "requests") for each in found),
        },
    )


def _record(proof: StreamProof) -> dg.TableRecord:
    made = {each.kind: each.verdict.value for each in proof.proofs}
    verdicts = {kind.value: made.get(kind, "not made") for kind in Kind}
    return dg.TableRecord(
        {"shop": proof.shop, "verdict": proof.verdict.value, **verdicts}
    )


def _figure(proof: StreamProof, name: str) -> int:
    return sum(int(each.figures.get(name, 0)) for each in proof.proofs)


_LISTED = 50


def _listed(lines: Sequence[str]) -> str:
    more = len(lines) - _LISTED
    shown = [*lines[:_LISTED], *([f"and {more} more"] if more > 0 else [])]
    return "\n".join(f"- {each}" for each in shown) or "none"
