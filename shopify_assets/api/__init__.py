"""The client of Shopify's Admin GraphQL API.

Charter: everything that is sent to Shopify is sent from here, and every answer is
judged here, once, into the classes of `shopify_assets.errors`. Nothing here knows of
streams, raw files, tables or Dagster.

    client.py     ShopifyClient: one question in, one judged answer out
    wire.py       the only user of `requests`: one HTTP exchange, statuses by remedy
    answers.py    what the body of a GraphQL answer says
    throttle.py   how the cost bucket fills and empties; gate.py waits for it
    retry.py      when and how long to wait before asking again
    waiting.py    the one who waits, and tells
    auth.py       when the token is renewed; grants.py asks for it, tokens.py keeps it
    pairs.py      a token pair as bytes; durable.py: files that outlive a crash
    holding.py    the lock that tells who holds it; standing.py: how the pairs are
    pages.py      connections page by page, nodes by id; portions.py: how many at once
    bulk.py       bulk operations; download.py fetches their files
"""
