"""Events: who did what, to what, and when.

Charter: the declaration of the shop's timeline.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, KeyTime, Stream

# An event is dated when it happened; apps and imports tell of it afterwards.
# Shopify keeps events for a year. What a comment embeds is told by its text alone: the
# object itself would need the scopes of six kinds of records.
EVENTS = Stream(
    name="events",
    root="events",
    family="events",
    description="What happened in the shop and what staff commented, a year back.",
    incremental=Incremental("created_at", KeyTime.IN_THE_WORLD),
    selection="""
        id type: __typename action createdAt message appTitle
        attributeToApp attributeToUser criticalAlert
        ... on BasicEvent {
            subjectType subjectGid: subjectId author secondaryMessage
            hasAdditionalContent additionalContent additionalData arguments
        }
        ... on CommentEvent {
            comment: rawMessage edited canEdit canDelete
            commentedOn: subject { gid: id }
            staffMember: author { id }
            attachments { id name size fileExtension url image { url width height } }
        }
    """,
)

STREAMS = (EVENTS,)
