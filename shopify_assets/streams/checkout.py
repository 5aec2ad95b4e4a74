"""The checkout: what changes it, checks it and how it looks.

Charter: declarations of the streams about checkout and customer accounts.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream
from shopify_assets.streams.fragments import FUNCTION, FUNCTION_ERRORS, METAFIELDS

PAYMENT_CUSTOMIZATIONS = Stream(
    name="payment_customizations",
    root="paymentCustomizations",
    family="checkout",
    description="Customizations of the payment methods at checkout.",
    selection=f"""
        id title enabled
        function: shopifyFunction {FUNCTION}
        {FUNCTION_ERRORS}
        {METAFIELDS}
    """,
)

VALIDATIONS = Stream(
    name="validations",
    root="validations",
    family="checkout",
    description="Validations of cart and checkout by functions.",
    selection=f"""
        id title enabled blockOnFailure
        function: shopifyFunction {FUNCTION}
        {FUNCTION_ERRORS}
        {METAFIELDS}
    """,
)

CART_TRANSFORMS = Stream(
    name="cart_transforms",
    root="cartTransforms",
    family="checkout",
    description="Functions that transform the lines of a cart.",
    selection=f"""
        id functionId blockOnFailure
        {METAFIELDS}
    """,
)

SHOPIFY_FUNCTIONS = Stream(
    name="shopify_functions",
    root="shopifyFunctions",
    family="checkout",
    description="Shopify Functions of this app.",
    selection="""
        id title handle description apiType apiVersion appKey useCreationUi inputQuery
        app { id title }
        appBridge { createPath detailsPath }
    """,
)

CHECKOUT_CONFIGURATIONS = Stream(
    name="checkout_configurations",
    root="checkoutAndAccountsConfigurations",
    family="checkout",
    description="Configurations of checkout and customer accounts, with overrides.",
    selection="""
        id name isPublished createdAt updatedAt editedAt
        overrides { id name createdAt updatedAt editedAt }
    """,
)

CUSTOMER_ACCOUNT_PAGES = Stream(
    name="customer_account_pages",
    root="customerAccountPages",
    family="checkout",
    description="Pages of the customer accounts, Shopify's own and those of apps.",
    selection="""
        id handle title type: __typename
        ... on CustomerAccountNativePage { pageType }
        ... on CustomerAccountAppExtensionPage { appExtensionUuid }
    """,
)

STREAMS = (
    PAYMENT_CUSTOMIZATIONS,
    VALIDATIONS,
    CART_TRANSFORMS,
    SHOPIFY_FUNCTIONS,
    CHECKOUT_CONFIGURATIONS,
    CUSTOMER_ACCOUNT_PAGES,
)
