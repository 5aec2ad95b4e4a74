"""Shipping: who delivers what, where to, and by which rules.

Charter: declarations of the streams about delivery's settings.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream
from shopify_assets.streams.fragments import FUNCTION, FUNCTION_ERRORS, METAFIELDS

# The zones of a location group with their rates cannot be read: they are a connection
# inside a list, below objects that are no Node, so there is no id to read on by. The
# names and countries of zones come by `countriesInAnyZone`.
DELIVERY_PROFILES = Stream(
    name="delivery_profiles",
    root="deliveryProfiles",
    family="shipping",
    description="Delivery profiles with their products, location groups and zones.",
    webhooks=("profiles/create", "profiles/update", "profiles/delete"),
    selection="""
        id name isDefault: default coversAllItems version activeMethodDefinitionsCount
        locationsWithoutRatesCount originLocationCount zoneCountryCount
        items: profileItems { nodes {
            id
            product { id }
            variants { nodes { id } }
        } }
        sellingPlanGroups { nodes { id } }
        unassignedLocations: unassignedLocationsPaginated { nodes { id } }
        locationGroups: profileLocationGroups {
            locationGroup { id }
            countries: countriesInAnyZone {
                zone
                country {
                    id name code { countryCode restOfWorld }
                    provinces { id name code }
                }
            }
        }
    """,
)

CARRIER_SERVICES = Stream(
    name="carrier_services",
    root="carrierServices",
    family="shipping",
    description="Carrier services that give shipping rates at checkout.",
    selection="""
        id name formattedName active callbackUrl supportsServiceDiscovery
        icon { url }
        availableServices: availableServicesForCountries(restOfWorld: true) {
            name
            countries { codes: countryCodes restOfWorld }
        }
    """,
)

FULFILLMENT_SERVICES = Stream(
    name="fulfillment_services",
    root="shop.fulfillmentServices",
    family="shipping",
    description="Services that fulfil orders for the shop.",
    selection="""
        id handle serviceName type callbackUrl inventoryManagement
        requiresShippingMethod trackingSupport
        location { id }
    """,
)

FULFILLMENT_CONSTRAINT_RULES = Stream(
    name="fulfillment_constraint_rules",
    root="fulfillmentConstraintRules",
    family="shipping",
    description="Rules by which a function limits how an order is fulfilled.",
    selection=f"""
        id deliveryMethodTypes
        function {FUNCTION}
        {METAFIELDS}
    """,
)

DELIVERY_CUSTOMIZATIONS = Stream(
    name="delivery_customizations",
    root="deliveryCustomizations",
    family="shipping",
    description="Customizations of the delivery options at checkout.",
    selection=f"""
        id title enabled
        function: shopifyFunction {FUNCTION}
        {FUNCTION_ERRORS}
        {METAFIELDS}
    """,
)

DELIVERY_PROMISE_SETTINGS = Stream(
    name="delivery_promise_settings",
    root="deliveryPromiseSettings",
    family="shipping",
    description="Whether delivery dates are promised: one row a shop.",
    webhooks=("delivery_promise_settings/update",),
    selection="id: __typename deliveryDatesEnabled processingTime",
)

STREAMS = (
    DELIVERY_PROFILES,
    CARRIER_SERVICES,
    FULFILLMENT_SERVICES,
    FULFILLMENT_CONSTRAINT_RULES,
    DELIVERY_CUSTOMIZATIONS,
    DELIVERY_PROMISE_SETTINGS,
)
