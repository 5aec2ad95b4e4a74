"""The check `proven` of each stream: is every row of every shop in the warehouse?

Charter: a check's body is: all shops → one call each → verdict and metadata. What is
compared is `shopify_assets.proof`'s business; when it runs, `schedules`'.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

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
from shopify_assets.proof.covered import TOLD
from shopify_assets.proof.verdicts import (
    Kind,
    StreamProof,
    Verdict,
    tally,
    unproven,
)
from shopify_assets.proof.wanted import Wanted

PROVEN = "proven"


def proven(compiled: CompiledStream) -> dg.AssetChecksDefinition:
    """Make the check of a stream."""
    spec = dg.AssetCheckSpec(
        PROVEN,
        asset=key(POSTGRES, compiled),
        description=(
            "Whether every record of every shop is in the warehouse, as the shop has "
            "it: ids, counts, stored rows, whole records, raw files, windows and sums. "
            "A gap fails it as an error, a shop that could not be decided as a warning."
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
            from shopify_assets.extract.extraction import Context  # noqa: PLC0415 -- slow
            from shopify_assets.proof.subject import Subject  # noqa: PLC0415 -- the same
            from shopify_assets.proof.verify import verify  # noqa: PLC0415 -- the same

            client, warn = shopify.client(shop), warner(context)
            told = Context(client, lake.store(), reporter(context), warn=warn)
            with (
                warehouse.connection() as connection,
                client.waiter.told_to(warn, work=f"proof of stream {compiled.name}"),
            ):
                return verify(Subject(compiled, told, connection), Wanted())

        shops = [each.domain for each in shopify.shops() if each.has(compiled.name)]
        yield result(spec, [_of(shop, compiled, prove, warehouse) for shop in shops])

    return check


def _of(
    shop: str,
    compiled: CompiledStream,
    prove: Callable[[str], StreamProof],
    warehouse: WarehouseResource,
) -> StreamProof:
    """Prove for a shop; one that cannot be asked does not hide the others."""
    from shopify_assets.proof.apart import reason_of  # noqa: PLC0415 -- Polars
    from shopify_assets.proof.verify import record  # noqa: PLC0415 -- the same

    try:
        return prove(shop)
    except Exception as error:  # noqa: BLE001 -- told; a shop hides no other
        reason = reason_of(error)
    proof = unproven(shop, compiled.name, reason, at=datetime.now(UTC))
    try:
        with warehouse.connection() as connection:
            record(connection, proof)
    except ShopifyAssetsError as error:
        return replace(proof, failure=f"{reason}; and it is not written down: {error}")
    return proof


def result(
    spec: dg.AssetCheckSpec, found: Sequence[StreamProof]
) -> dg.AssetCheckResult:
    """The verdict on all shops together, with a table of each one's.

    It passes only if nothing is wrong and nothing undecided; a gap is an error.
    """
    verdicts = {each.verdict for each in found}
    severe = Verdict.GAP in verdicts
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=not severe and Verdict.UNDECIDED not in verdicts,
        severity=dg.AssetCheckSeverity.ERROR if severe else dg.AssetCheckSeverity.WARN,
        description=_described(found),
        metadata={
            "shops": metadata.table([_record(each) for each in found]),
            **{name: _listed(lines) for name, lines in _told(found).items()},
            "query cost (points)": sum(_figure(each, "points") for each in found),
            "requests": sum(_figure(each, "requests") for each in found),
        },
    )


def _told(found: Sequence[StreamProof]) -> dict[str, list[str]]:
    """What is to be known of shops, by kind."""
    return {
        "gaps": [
            f"{each.shop}, {proof.kind.value}: {gap.detail}"
            for each in found
            for proof in each.proofs
            for gap in proof.gaps
        ],
        "not proven": [
            f"{each.shop}: {each.failure}" for each in found if each.failure
        ],
        "provisos": [
            f"{each.shop}, {each.verdict.value}: {reason}"
            for each in found
            for reason in each.provisos
            if reason != each.failure
        ],
        "notes": [f"{each.shop}: {reason}" for each in found for reason in each.notes],
    }


def _described(found: Sequence[StreamProof]) -> str:
    """How many shops have which verdict, and the first thing that is wrong."""
    if not found:
        return "no shop has this stream"
    worst_first = sorted(found, key=lambda each: -list(Verdict).index(each.verdict))
    whys = (
        f"; {each.shop}, {each.verdict.value}: {each.why}"
        for each in worst_first
        if each.why
    )
    why = next(whys, "")
    return f"{len(found)} shops: {tally(found)}{why}"


def _record(proof: StreamProof) -> dg.TableRecord:
    made = {each.kind: each.verdict.value for each in proof.proofs}
    verdicts = {kind.value: made.get(kind, "not made") for kind in Kind}
    told = [str(each.figures[TOLD]) for each in proof.proofs if TOLD in each.figures]
    compared = "; ".join(told)
    return dg.TableRecord(
        {
            "shop": proof.shop,
            "verdict": proof.verdict.value,
            **verdicts,
            "compared": compared,
        }
    )


def _figure(proof: StreamProof, name: str) -> int:
    return sum(int(each.figures.get(name, 0)) for each in proof.proofs)


_LISTED = 50


def _listed(lines: Sequence[str]) -> dg.MarkdownMetadataValue:
    more = len(lines) - _LISTED
    shown = [*lines[:_LISTED], *([f"and {more} more"] if more > 0 else [])]
    text = "\n".join(f"- {each}" for each in shown)
    return dg.MetadataValue.md(text or "none")
