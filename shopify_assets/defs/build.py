"""All definitions of the code location, from settings and streams.

Charter: the assembly of what the other modules of `defs` make.
"""

from functools import cache

import dagster as dg

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.catalog.fitting import fit
from shopify_assets.defs.assets import assets
from shopify_assets.defs.jobs import jobs
from shopify_assets.defs.resources import resources
from shopify_assets.defs.schedules import schedules
from shopify_assets.defs.sensors import shops as shops_sensor
from shopify_assets.settings import Settings
from shopify_assets.streams import STREAMS


def compiled_streams(settings: Settings) -> tuple[CompiledStream, ...]:
    """Compile every stream that the API version of the settings can read.

    Raises:
        ConfigurationError: a declaration is not right for the version in use.
    """
    fits = fit(STREAMS, settings.api_version)
    return tuple(each.compiled for each in fits if each.compiled)


def build(settings: Settings) -> dg.Definitions:
    """Build the code location's definitions."""
    streams = compiled_streams(settings)
    return dg.Definitions(
        assets=[assets(streams)],
        jobs=jobs(lambda: streams),
        schedules=schedules(),
        sensors=[shops_sensor],
        resources=resources(settings),
        executor=dg.in_process_executor,
    )


def build_jobs(settings: Settings) -> dg.Definitions:
    """Build the jobs alone, for a process that only runs them.

    Streams are compiled when a run asks for them: 134 of them cost half a second.
    """
    return dg.Definitions(
        jobs=jobs(cache(lambda: compiled_streams(settings))),
        resources=resources(settings),
    )
