"""The subjects beyond sales and goods, put into a world.

Charter: which types these subjects model, and which fields, roots and connections of
others they answer. The core of a shop is put together in `build.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data import companies, delivery, lookups, markets
from shopify_assets.simulator.data import inventory as stock
from shopify_assets.simulator.data.agreements import Ledger
from shopify_assets.simulator.data.audience import Audience
from shopify_assets.simulator.data.companies import Companies
from shopify_assets.simulator.data.content import Content
from shopify_assets.simulator.data.credits import Credits
from shopify_assets.simulator.data.definitions import Definitions
from shopify_assets.simulator.data.delivery import Delivery
from shopify_assets.simulator.data.events import Events
from shopify_assets.simulator.data.files import Files
from shopify_assets.simulator.data.markets import Markets
from shopify_assets.simulator.data.metaobjects import Metaobjects
from shopify_assets.simulator.data.payouts import Payouts
from shopify_assets.simulator.data.plans import Plans
from shopify_assets.simulator.data.publishing import Publishing
from shopify_assets.simulator.data.returns import Returns
from shopify_assets.simulator.data.shelves import counted, refs
from shopify_assets.simulator.data.subscriptions import Subscriptions
from shopify_assets.simulator.data.transfers import Transfers
from shopify_assets.simulator.data.words import Words
from shopify_assets.simulator.world import ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.data.subjects import Subjects
    from shopify_assets.simulator.world.world import Record, World

Json = dict[str, Any]


class Further:
    """The makers of these subjects, for one shop."""

    def __init__(self, world: World, made: Subjects) -> None:
        self._world = world
        self._made = made
        ground, goods, people = made.ground, made.catalogue, made.people
        places = companies.locations()
        self.returns = Returns(made.shapes, made.orders)
        self.payouts = Payouts(ground, made.shapes, made.orders)
        self.credits = Credits(ground, people, places)
        self.companies = Companies(ground, people, made.orders)
        self.subscriptions = Subscriptions(ground, goods, people)
        self.plans = Plans(ground)
        self.markets = Markets(ground, goods, places)
        self.publishing = Publishing(ground)
        self.metaobjects = Metaobjects(ground)
        self.transfers = Transfers(ground, goods, made.stock)
        self.delivery = Delivery(ground, goods)
        self.content = Content(ground)
        self.files = Files(ground, goods, world)
        self.audience = Audience(
            ground, people, orders=made.orders, selling=made.selling
        )
        self.definitions = Definitions(ground, world)
        self.events = Events(ground, world)
        self.words = Words(ground, world)

    def add(self) -> None:
        """Put everything into the world."""
        subjects = (
            self.returns,
            self.payouts,
            self.credits,
            self.companies,
            self.subscriptions,
            self.plans,
            self.markets,
            self.publishing,
            self.metaobjects,
            self.transfers,
            self.delivery,
            self.content,
            self.files,
            self.audience,
            self.definitions,
            self.events,
        )
        for subject in subjects:
            self._world.add(*subject.tables())
        self._world.add(*lookups.tables())
        self._world.relations.update(self._relations())
        self._world.relations.update(self.publishing.relations())
        self._world.listings.update(self._listings())
        self._world.objects.update(self._objects())
        self._world.chosen.update(self._chosen())
        self._world.nested.update(_NESTED)
        self._world.events = self.events.of_record
        self._world.stale += [self._made.people.forget, self.payouts.forget]

    def _relations(self) -> dict[tuple[str, str], Callable[[Record], Any]]:
        bills = self.subscriptions.of_customer
        return {
            ("*", "translations"): self.words.translations,
            ("Company", "ordersCount"): self._orders_shown,
            ("CompanyLocation", "ordersCount"): self._orders_shown,
            ("Order", "agreements"): self._agreements,
            ("Order", "__returnable"): self.returns.returnable,
            ("Customer", "storeCreditAccounts"): self.credits.accounts_of,
            ("CompanyLocation", "storeCreditAccounts"): self.credits.accounts_of,
            ("CompanyLocation", "catalogs"): self.markets.catalogs_of,
            ("Customer", "subscriptionContracts"): lambda customer: bills(
                "SubscriptionContract", customer
            ),
            ("Customer", "paymentMethods"): lambda customer: bills(
                "CustomerPaymentMethod", customer
            ),
            ("Customer", "companyContactProfiles"): _profiles,
            ("Customer", "amountSpent"): lambda customer: self.audience.spent_by(
                _place("Customer", customer)
            ),
            ("Product", "sellingPlanGroups"): self.plans.of_product,
            ("ProductVariant", "sellingPlanGroups"): self.plans.of_variant,
            ("Location", "fulfillmentService"): delivery.service_of,
            ("Shop", "fulfillmentServices"): lambda _: [
                delivery.service(place) for place in range(2)
            ],
            ("Shop", "shopPolicies"): lambda _: refs(
                "ShopPolicy", self._world.places("ShopPolicy")
            ),
            ("Shop", "accountOwner"): lambda _: refs("StaffMember", [0])[0],
        }

    def _orders_shown(self, record: Record) -> Json:
        """How many orders of a record the app is shown: a count hides old ones, too."""
        return counted(sum(self._world.exists(each.gid) for each in record["orders"]))

    def _agreements(self, order: Record) -> list[Json]:
        return Ledger(self._made.orders.parts(_place("Order", order))).agreements()

    def _listings(self) -> dict[str, Callable[[Json], Any]]:
        return {
            "returnableFulfillments": self._returnable,
            "subscriptionBillingCycles": self.subscriptions.cycles,
            "translatableResources": self.words.resources,
            "translatableResourcesByIds": self.words.by_ids,
            "marketLocalizableResources": self.words.localizable,
            "marketLocalizableResourcesByIds": self.words.localizable_by_ids,
            "shopLocales": markets.shop_locales,
            "consentPolicy": lookups.consent_policies(self._world),
            "shopPayPaymentRequestReceipts": lookups.receipts(self._made.ground),
            "deletionEvents": self.events.deleted,
        }

    def _returnable(self, arguments: Json) -> list[Json]:
        order = self._world.find(arguments["orderId"])
        if order is None or order["__typename"] != "Order":
            return []
        found: list[Json] = self._world.later(order, "__returnable")[1]
        return found

    def _objects(self) -> dict[str, Callable[[Json], Any]]:
        return {
            "shopifyPaymentsAccount": lambda _: self._only("ShopifyPaymentsAccount"),
            "abandonmentByAbandonedCheckoutId": self.audience.of_checkout,
            "translatableResource": self.words.one,
            # Jobs are done, and kept for ever: the field may not be null.
            "productDuplicateJob": lambda given: {
                "__typename": "ProductDuplicateJob",
                "id": given["id"],
                "done": True,
            },
            "bundleCount": lambda _: 0,
            "inventoryProperties": lambda _: stock.properties(),
            "taxonomy": lambda _: {"__typename": "Taxonomy", "__seed": "taxonomy"},
            "discountCodesCount": lambda _: sum(
                len(each["discount"].get("codes", ()))
                for each in self._world.records("DiscountNode")
            ),
            "publishedProductsCount": self._published,
            "pendingOrdersCount": lambda _: len(self._pending()),
            "metaobjectDefinitionByType": lambda given: self._by(
                "MetaobjectDefinition", "type", given["type"]
            ),
        }

    def _only(self, kind: str) -> Record | None:
        return next(iter(self._world.records(kind)), None)

    def _by(self, kind: str, name: str, wanted: Any) -> Record | None:
        records = self._world.records(kind)
        return next((each for each in records if each[name] == wanted), None)

    def _published(self, arguments: Json) -> int:
        found = self._world.find(arguments["publicationId"])
        return found["includedProductsCount"]["count"] if found else 0

    def _pending(self) -> list[int]:
        states = self._world.column("Order", "displayFinancialStatus")
        return [place for place, state in states.items() if state == "PENDING"]

    def _chosen(self) -> dict[str, Callable[[Json], Any]]:
        return {
            "Metaobject": self.metaobjects.chosen,
            "MetafieldDefinition": self.definitions.chosen,
            "Catalog": self.markets.chosen,
            "CustomerSegmentMember": self.audience.chosen,
            "OnlineStoreTheme": self.files.chosen_themes,
            "TaxonomyCategory": lookups.chosen_categories,
        }


_NESTED = {
    ("ShopifyPaymentsAccount", "payouts"): "ShopifyPaymentsPayout",
    ("ShopifyPaymentsAccount", "disputes"): "ShopifyPaymentsDispute",
    (
        "ShopifyPaymentsAccount",
        "balanceTransactions",
    ): "ShopifyPaymentsBalanceTransaction",
    ("ShopifyPaymentsBankAccount", "payouts"): "ShopifyPaymentsPayout",
    ("Taxonomy", "categories"): "TaxonomyCategory",
}


def _place(kind: str, record: Record) -> int:
    return ids.place(kind, ids.tail(record["id"]))[0]


def _profiles(customer: Record) -> list[Any]:
    contact = companies.contact_of(_place("Customer", customer))
    return refs("CompanyContact", [] if contact is None else [contact])
