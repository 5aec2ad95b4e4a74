"""Fields of Shopify's types that tell who a person is.

Charter: what only a person can say of a field: that a name, an address, a number or an
account in it is that of a customer, of a buyer's contact or of staff. Which streams
hold personal data follows from it and from what they select.

The business's own names and addresses (of `Shop`, `Location`) are none. Nor can free
text be known: notes, custom attributes and metafields hold what is typed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.catalog.pruning import paths

if TYPE_CHECKING:
    from shopify_assets.catalog.compiler import CompiledStream

_PLACE = "address1 address2 city zip"

PERSONAL: dict[str, frozenset[str]] = {
    owner: frozenset(fields.split())
    for owner, fields in {
        "BankAccount": "lastDigits",
        "CardPaymentDetails": "name number",
        "Comment": "ip",
        "CommentAuthor": "name email",
        "ArticleAuthor": "name",
        "CompanyAddress": f"{_PLACE} firstName lastName phone",
        "Customer": "firstName lastName displayName multipassIdentifier",
        "CustomerCreditCard": "name maskedNumber lastDigits virtualLastDigits",
        "CustomerCreditCardBillingAddress": "address1 city zip firstName lastName",
        "CustomerEmailAddress": "emailAddress",
        "CustomerPaymentInstrumentBillingAddress": "address1 city zip name",
        "CustomerPaypalBillingAgreement": "paypalAccountEmail",
        "CustomerPhoneNumber": "phoneNumber",
        "CustomerShopPayAgreement": "name maskedNumber lastDigits",
        "DeliveryMethodAdditionalInformation": "phone",
        "DraftOrder": "email phone",
        "FulfillmentEvent": "address1 city zip latitude longitude",
        "FulfillmentOrderDestination": f"{_PLACE} firstName lastName email phone",
        "GiftCardRecipient": "preferredName",
        "IdentityProviderSubject": "subject",
        "MailingAddress": f"{_PLACE} name firstName lastName phone latitude longitude",
        "Order": "email phone clientIp",
        "OrderTransaction": "accountNumber",
        "ShippingLine": "phone",
        "Shop": "shopOwnerName",
        "ShopPayPaymentRequestContactField": (
            "address1 address2 city firstName lastName email phone"
        ),
        "ShopifyPaymentsAccount": "accountOpenerName",
        "ShopifyPaymentsDisputeEvidence": (
            "customerEmailAddress customerFirstName customerLastName customerPurchaseIp"
        ),
        "StaffMember": "name firstName lastName email phone",
        "SubscriptionDeliveryMethodLocalDeliveryOption": "phone",
        "TaxSettings": "taxId",
        "TenderTransactionCreditCardDetails": "creditCardNumber",
    }.items()
}
"""Fields by the type they belong to."""


def personal_paths(compiled: CompiledStream) -> tuple[str, ...]:
    """Paths of a stream's selection that tell who a person is, in order."""
    return tuple(
        path
        for path, field in paths(compiled.selection.children)
        if field.name in PERSONAL.get(field.owner.name, ())
    )
