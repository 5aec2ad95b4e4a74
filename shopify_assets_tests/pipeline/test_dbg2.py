import polars as pl
from decimal import Decimal
from shopify_assets.extract import planning
from shopify_assets_tests.stage import *
from shopify_assets.postgres import copying
def test_x(stage, postgres, monkeypatch):
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    monkeypatch.setattr(planning, "BULK_RECORDS", 4)
    orig=copying._binary
    def b(frames, table):
        n=0
        for c in orig(frames, table):
            if table.name=="orders": print("CHUNK", len(c), c[:30], c[-8:])
            yield c
    monkeypatch.setattr(copying,"_binary",b)
    stage.run("orders", postgres, shop=LUMEN)
    print(postgres.execute("select count(*) from shopify.orders").fetchone())
    assert 0
