"""Companies that buy: their locations and the people who order for them.

Charter: declarations of the streams about business customers.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, KeyTime, OldOrders, Stream
from shopify_assets.streams.fragments import METAFIELDS, MONEY_V2

COMPANIES = Stream(
    name="companies",
    root="companies",
    family="companies",
    description="Companies with the roles their contacts may have.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    old_orders=OldOrders.LISTS,
    webhooks=("companies/create", "companies/update", "companies/delete"),
    selection=f"""
        id name externalId note customerSince createdAt updatedAt lifetimeDuration
        hasTimelineComment
        totalSpent {MONEY_V2}
        orders: ordersCount {{ count countPrecision: precision }}
        mainContact {{ id }}
        defaultRole {{ id }}
        contactRoles {{ nodes {{ id name note }} }}
        {METAFIELDS}
    """,
)

# A snapshot: contacts and their roles change without moving the company.
COMPANY_CONTACTS = Stream(
    name="company_contacts",
    root="companies",
    family="companies",
    description="People who order for a company, and their roles by location.",
    webhooks=(
        "company_contacts/create",
        "company_contacts/update",
        "company_contacts/delete",
        "company_contact_roles/assign",
        "company_contact_roles/revoke",
    ),
    selection="""
        id
        companyContacts: contacts { nodes {
            id title locale isMainContact createdAt updatedAt lifetimeDuration
            customer { id }
            roleAssignments { nodes {
                id createdAt updatedAt
                role { id name }
                companyLocation { id }
            } }
        } }
    """,
)

_ADDRESS = """{
    id companyName recipient firstName lastName address1 address2 city province
    zoneCode country countryCode zip phone createdAt updatedAt
}"""

# A snapshot: staff and catalogs are assigned without moving the location for certain.
COMPANY_LOCATIONS = Stream(
    name="company_locations",
    root="companyLocations",
    family="companies",
    description="Places of a company, each with its terms, taxes, staff and catalogs.",
    old_orders=OldOrders.LISTS,
    webhooks=(
        "company_locations/create",
        "company_locations/update",
        "company_locations/delete",
    ),
    selection=f"""
        id name externalId note phone locale currency createdAt updatedAt
        hasTimelineComment
        company {{ id }}
        totalSpent {MONEY_V2}
        orders: ordersCount {{ count countPrecision: precision }}
        billingAddress {_ADDRESS}
        shippingAddress {_ADDRESS}
        buyerExperience: buyerExperienceConfiguration {{
            checkoutToDraft editableShippingAddress
            deposit {{ ... on DepositPercentage {{ percentage }} }}
            paymentTerms: paymentTermsTemplate {{
                id name type: paymentTermsType dueInDays
            }}
        }}
        tax: taxSettings {{
            exempt: taxExempt exemptions: taxExemptions
            registrationNumber: taxRegistrationId
        }}
        staffMembers: staffMemberAssignments {{ nodes {{ id staffMember {{ id }} }} }}
        catalogs {{ nodes {{ id title status }} }}
        {METAFIELDS}
    """,
)

STREAMS = (COMPANIES, COMPANY_CONTACTS, COMPANY_LOCATIONS)
