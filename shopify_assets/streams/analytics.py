"""Analytics: targets and annotations; and the pixels that observe buyers.

Charter: declarations of the streams about measuring.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream

# A snapshot: it tells when it was updated, but cannot be filtered by it.
ANALYTICS_TARGETS = Stream(
    name="analytics_targets",
    root="analyticsTargets",
    family="analytics",
    description="Targets that the merchant has set for a metric and a period.",
    selection="""
        id name metric filters startDate endDate expectedValue currencyCode
        shopifyqlQuery createdAt updatedAt
    """,
)

# A snapshot: its time of update may be null.
ANALYTICS_ANNOTATIONS = Stream(
    name="analytics_annotations",
    root="shop.analyticsAnnotations",
    family="analytics",
    description="Notes on the time line of reports, such as a launch.",
    selection="""
        id type title description source startedAt endedAt createdAt updatedAt
        createdByApp { id title }
    """,
)

WEB_PIXELS = Stream(
    name="web_pixels",
    root="webPixel",
    family="analytics",
    description="This app's web pixel, if it has one.",
    selection="id settings",
)

SERVER_PIXELS = Stream(
    name="server_pixels",
    root="serverPixel",
    family="analytics",
    description="This app's server pixel, if it has one.",
    selection="id status webhookEndpointAddress",
)

STREAMS = (ANALYTICS_TARGETS, ANALYTICS_ANNOTATIONS, WEB_PIXELS, SERVER_PIXELS)
