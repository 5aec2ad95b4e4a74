"""One running simulated shop, and the oracle that knows what it truly holds."""
