"""Shopify's package for apps in Python: a token, a query, errors, throttling.

Charter: run by a Python that has `shopifyapp`, not by the project's.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from shopify_app import ShopifyApp  # type: ignore[import-not-found]

SHOP = os.environ["SHOP"].removesuffix(".myshopify.com")
VERSION = os.environ["VERSION"]
APP = ShopifyApp(
    client_id=os.environ["CLIENT_ID"], client_secret=os.environ["CLIENT_SECRET"]
)
CROWD = 40
DEAR = (
    "{ orders(first: 250) { nodes { id lineItems(first: 50) "
    "{ nodes { id product { id } variant { id } } } } } }"
)


def ask(query: str, token: str, **more: Any) -> Any:
    """Ask the shop."""
    return APP.admin_graphql_request(
        query,
        shop=SHOP,
        access_token=token,
        api_version=VERSION,
        invalid_token_response=None,
        **more,
    )


def code_of(answer: Any) -> str:
    """The code of an answer's first error; empty if there is none."""
    errors = json.loads(answer.response.body).get("errors") or [{}]
    return str(errors[0].get("extensions", {}).get("code", ""))


def main() -> None:
    """Try it all; the first surprise ends it."""
    granted = APP.exchange_using_client_credentials(shop=SHOP)
    assert granted.ok, granted.log
    token = granted.access_token.token
    named = ask("{ shop { myshopifyDomain } }", token)
    assert named.ok, named.log
    assert named.data["shop"] == {"myshopifyDomain": os.environ["SHOP"]}
    assert code_of(ask("{ shop { nmae } }", token)) == "undefinedField"
    assert not ask("{ shop { name } }", "shpat_wrong").ok
    with ThreadPoolExecutor(CROWD) as crowd:
        codes = list(
            crowd.map(lambda _: code_of(ask(DEAR, token, max_retries=0)), range(CROWD))
        )
    assert "THROTTLED" in codes
    assert "" in codes
    print(json.dumps({"checks": 6, "throttled": codes.count("THROTTLED")}))  # noqa: T201 -- for __main__


if __name__ == "__main__":
    main()
