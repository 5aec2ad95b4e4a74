// Shopify's own client of the Admin API: queries, pages, errors, throttling.
import { createAdminApiClient } from "@shopify/admin-api-client";
import { check, report, shop, token, version } from "./checking.mjs";

const client = createAdminApiClient({
  storeDomain: shop, apiVersion: version, accessToken: token, retries: 3,
});

const named = await client.request("{ shop { name myshopifyDomain } }");
check("a query", named.data?.shop?.myshopifyDomain === shop, named);

const PAGE = `query page($after: String) {
  orders(first: 100, after: $after, sortKey: UPDATED_AT) {
    nodes { id name lineItems(first: 5) { nodes { id quantity } } }
    pageInfo { hasNextPage endCursor } } }`;
const ids = new Set();
let after = null, cost = 0;
do {
  const page = await client.request(PAGE, { variables: { after } });
  check("a page", !page.errors, page.errors);
  page.data.orders.nodes.forEach((order) => ids.add(order.id));
  cost += page.extensions.cost.actualQueryCost;
  after = page.data.orders.pageInfo.hasNextPage && page.data.orders.pageInfo.endCursor;
} while (after);
const { data } = await client.request("{ ordersCount(limit: null) { count } }");
check("every order once", ids.size === data.ordersCount.count, [ids.size, data]);

const wrong = await client.request("{ shop { nmae } }");
const [field] = wrong.errors?.graphQLErrors ?? [];
check("an unknown field", field?.extensions?.code === "undefinedField", wrong.errors);
const lost = await client.request('{ order(id: "gid://shopify/Order/1") { id } }');
check("a record that is not there", lost.data?.order === null, lost);
const dear = await client.request(
  "{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { id product { variants(first: 250) { nodes { id } } } } } } } }");
const [tooDear] = dear.errors?.graphQLErrors ?? [];
check("too dear a query", tooDear?.extensions?.code === "MAX_COST_EXCEEDED", dear.errors);

const impatient = createAdminApiClient({ storeDomain: shop, apiVersion: version, accessToken: token });
const crowd = Array.from({ length: 48 }, () => impatient.request(
  "{ orders(first: 250) { nodes { id lineItems(first: 50) { nodes { id product { id } variant { id } } } } } }"));
const answers = await Promise.all(crowd);
const throttled = answers.filter((answer) =>
  answer.errors?.graphQLErrors?.some((error) => error.extensions?.code === "THROTTLED"));
check("some of a crowd are throttled", throttled.length > 0 && throttled.length < 48, [throttled.length, answers[0].extensions]);

const strange = createAdminApiClient({ storeDomain: shop, apiVersion: version, accessToken: "shpat_wrong" });
const shut = await strange.request("{ shop { name } }");
check("a wrong token", shut.errors?.networkStatusCode === 401, shut.errors);
report({ orders: ids.size, cost, throttled: throttled.length });
