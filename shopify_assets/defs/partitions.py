"""Partitions: a shop each.

Charter: the one partitions definition. What of a shop is read, its window, is
configuration of a run: a record moves on when it changes, so that no month of its time
of change would go on saying what is in it.
"""

import dagster as dg

SHOP = "shop"

SHOPS = dg.DynamicPartitionsDefinition(name=SHOP)
