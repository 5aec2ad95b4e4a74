// Shopify's library for apps: queries, errors, and a bulk operation with its download.
import "@shopify/shopify-api/adapters/node";
import { GraphqlQueryError, Session, shopifyApi } from "@shopify/shopify-api";
import { check, report, shop, token, version } from "./checking.mjs";

const api = shopifyApi({
  apiSecretKey: "unused", apiKey: "unused", apiVersion: version, hostName: "app.example",
  isEmbeddedApp: false, isCustomStoreApp: true, adminApiAccessToken: token,
  logger: { level: 0 },
});
const session = new Session({ id: "custom", shop, state: "", isOnline: false, accessToken: token });
const client = new api.clients.Graphql({ session, apiVersion: version });

const named = await client.request("{ shop { name myshopifyDomain } }");
check("a query", named.data?.shop?.myshopifyDomain === shop, named);
try {
  await client.request("{ shop { nmae } }");
  check("an unknown field", false, "no error");
} catch (error) {
  check("an unknown field", error instanceof GraphqlQueryError, String(error));
}

const QUERY = "{ orders { edges { node { id name lineItems { edges { node { id quantity } } } } } } }";
const started = await client.request(
  `mutation { bulkOperationRunQuery(query: """${QUERY}""") { bulkOperation { id status } userErrors { field message } } }`);
const { bulkOperation, userErrors } = started.data.bulkOperationRunQuery;
check("a bulk operation begins", bulkOperation && userErrors.length === 0, started);
let operation;
do {
  await new Promise((resolve) => setTimeout(resolve, 200));
  const asked = await client.request(
    `{ bulkOperation(id: "${bulkOperation.id}") { status errorCode objectCount rootObjectCount url } }`);
  operation = asked.data.bulkOperation;
} while (["CREATED", "RUNNING"].includes(operation.status));
check("it completes", operation.status === "COMPLETED", operation);
const file = await fetch(operation.url);
const lines = (await file.text()).trim().split("\n").map((line) => JSON.parse(line));
const roots = lines.filter((line) => !line.__parentId);
check("every line is there", lines.length === Number(operation.objectCount), [lines.length, operation]);
check("every order is there", roots.length === Number(operation.rootObjectCount), roots.length);
check("children follow their orders", lines.every((line, at) =>
  !line.__parentId || lines.slice(0, at).some((before) => before.id === line.__parentId)), lines.length);
report({ orders: roots.length, lines: lines.length });
