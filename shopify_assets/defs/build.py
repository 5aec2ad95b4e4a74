"""All definitions of the code location, from settings, streams and what was chosen.

Charter: the assembly of what the other modules of `defs` make.
"""

from collections.abc import Collection
from pathlib import Path

import dagster as dg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.catalog.fitting import readable
from shopify_assets.defs.alerts import alert_sensor
from shopify_assets.defs.assets import assets
from shopify_assets.defs.jobs import jobs
from shopify_assets.defs.options import Options
from shopify_assets.defs.partitions import SHOPS
from shopify_assets.defs.prune import nightly, prune_job
from shopify_assets.defs.resources import resources
from shopify_assets.defs.schedules import schedules
from shopify_assets.defs.sensors import add_shops
from shopify_assets.defs.sensors import shops as shops_sensor
from shopify_assets.defs.specs import make_specs
from shopify_assets.defs.translator import Places, ShopifyTranslator
from shopify_assets.settings import Settings
from shopify_assets.streams import STREAMS


def compiled_streams(settings: Settings) -> tuple[CompiledStream, ...]:
    """Compile every stream that the API version of the settings can read.

    Raises:
        ConfigurationError: a declaration is not right for the version in use.
    """
    return readable(STREAMS, settings.api_version)


def build(
    settings: Settings,
    *,
    options: Options | None = None,
    translator: ShopifyTranslator | None = None,
) -> dg.Definitions:
    """Build the code location's definitions.

    Args:
        settings: where things are, and who may reach them.
        options: what is shown and when it is refreshed; None: as the settings say.
        translator: makes the specs of the assets.

    Raises:
        ConfigurationError: a stream that is selected is none, or the translator gives
            one key to two assets.
    """
    options = options or Options.of(settings)
    streams = options.selected(compiled_streams(settings))
    specs = make_specs(
        streams,
        options=options,
        places=places(settings),
        partitions=SHOPS,
        translator=translator,
    )
    pruning = prune_job(settings.keep_runs_days)
    return dg.Definitions(
        assets=[assets(streams, specs), *(source.spec for source in specs.sources)],
        jobs=[*jobs(lambda _names: streams, specs.key), add_shops, pruning],
        schedules=[*schedules(options), nightly(pruning)],
        sensors=[shops_sensor, alert_sensor(settings)],
        resources=resources(settings),
        executor=dg.in_process_executor,
    )


def build_jobs(settings: Settings) -> dg.Definitions:
    """Build the jobs alone, for a process that only runs them.

    Streams are compiled when a run asks for them, and no others: all cost as much as
    an idle stream's three requests.
    """
    options = Options.of(settings)

    def streams(names: Collection[str]) -> tuple[CompiledStream, ...]:
        declared = [each for each in STREAMS if not names or each.name in names]
        return readable(declared, settings.api_version)

    return dg.Definitions(
        jobs=jobs(streams, options.key),
        resources=resources(settings),
    )


def places(settings: Settings) -> Places:
    """Where lake and warehouse are, without what lets anybody in."""
    lake = settings.lake_url
    if "://" not in lake:
        lake = Path(lake).resolve().as_uri()
    if settings.warehouse_url is None:
        return Places(lake, "postgresql://embedded/postgres")
    from psycopg import ProgrammingError  # noqa: PLC0415 -- slow, and used here alone
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 -- the same

    try:
        parts = conninfo_to_dict(settings.warehouse_url.reveal())
    except ProgrammingError:
        # Its text quotes the URL; the first connection says what is to be done.
        return Places(lake, "postgresql://unknown")
    host, port = parts.get("host") or "localhost", parts.get("port") or 5432
    return Places(lake, f"postgresql://{host}:{port}/{parts.get('dbname') or ''}")
