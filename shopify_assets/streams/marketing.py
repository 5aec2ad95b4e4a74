"""Marketing: campaigns and what came of them.

Charter: declarations of the streams about marketing.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.streams.fragments import MONEY_V2

MARKETING_ACTIVITIES = Stream(
    name="marketing_activities",
    root="marketingActivities",
    family="marketing",
    description="Marketing activities with status, budget, spend and campaign.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    selection=f"""
        id title status statusLabel statusBadgeTypeV2 statusTransitionedAt targetStatus
        createdAt updatedAt tactic channelType: marketingChannelType sourceAndMedium
        isExternal inMainWorkflowVersion hierarchyLevel formData
        activityListUrl urlParameterValue
        parentGid: parentActivityId parentRemoteId
        app {{ id title }}
        marketingEvent {{ id remoteId }}
        adSpend {MONEY_V2}
        budget {{ type: budgetType total {MONEY_V2} }}
        utm: utmParameters {{ campaign content medium source term }}
        appErrors {{ code userErrors {{ field message }} }}
    """,
)

# A snapshot: an event ends, is renamed or moved without any time that tells of it.
MARKETING_EVENTS = Stream(
    name="marketing_events",
    root="marketingEvents",
    family="marketing",
    description="Marketing events: what ran when, in which channel and campaign.",
    selection="""
        id type description channelType: marketingChannelType channelHandle
        startedAt endedAt scheduledToEndAt sourceAndMedium remoteId
        manageUrl previewUrl utmCampaign utmMedium utmSource
        app { id title }
    """,
)

STREAMS = (MARKETING_ACTIVITIES, MARKETING_EVENTS)
