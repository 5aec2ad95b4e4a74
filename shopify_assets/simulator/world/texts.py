"""Words and awkward texts the simulated records are made of.

Charter: constant lists only. What is awkward is meant: emoji, right-to-left script,
line separators, quotes, backslashes, very long text. Real shops hold all of them.
"""

from __future__ import annotations

LINE_SEPARATOR = "\u2028"

FIRST_NAMES = (
    "Ada", "Björn", "Chloé", "Dmitri", "Eun-ji", "Fatima", "Grace", "Hiroshi", "Inès",
    "João", "Kwame", "Łucja", "Mei", "Noor", "O'Brien", "Þóra", "יעל", "عمر", "Zoë",
    "さくら",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Brändle", "Çelik", "D'Souza", "Eriksen", "Fischer", "García-López",
    "Haddad",
    "Ito", "Jansen", "Kovač", "Lindqvist", "Müller", "Nguyễn", "Ó Súilleabháin", "Park",
    "كريم", "לוי", "Van der Berg", "Ώνης",
)  # fmt: skip
CITIES = (
    ("Springfield", "Illinois", "IL", "US", "62701", "United States"),
    ("München", "Bayern", "BY", "DE", "80331", "Germany"),
    ("東京", "Tōkyō", "JP-13", "JP", "100-0001", "Japan"),
    ("São Paulo", "São Paulo", "SP", "BR", "01310-100", "Brazil"),
    ("القاهرة", "Cairo", "C", "EG", "11511", "Egypt"),
    ("Kuwait City", None, None, "KW", "13001", "Kuwait"),
    ("London", "England", "ENG", "GB", "SW1A 1AA", "United Kingdom"),
    ("Montréal", "Québec", "QC", "CA", "H2Y 1C6", "Canada"),
)
MATERIALS = ("Linen", "Copper", "Oak", "Ceramic", "Wool", "Cork", "Glass", "Bamboo")
THINGS = ("Lamp", "Mug", "Chair", "Blanket", "Vase", "Notebook", "Kettle", "Coat")
COLOURS = (
    "Red",
    "Blue",
    "Grün",
    "黒",
    "White",
    "Ochre",
    "Teal",
    "Pink",
    "Sand",
    "Slate",
)
SIZES = ("XS", "S", "M", "L", "XL", "2XL", "3XL", "4XL", "5XL", "One size")
FINISHES = ("Matte", "Gloss", "Raw")
VENDORS = ("Ember & Sons", "Yūki 雪", 'Lumen "Light"', "Nord\\Süd", "A, B and C")
PRODUCT_TYPES = ("Lighting", "Kitchen", "Furniture", "Apparel", "")
CARRIERS = ("UPS", "DHL Express", "Yamato", "Canada Post", "Royal Mail")
GATEWAYS = ("shopify_payments", "paypal", "manual", "gift_card")
SOURCES = ("web", "pos", "shopify_draft_order", "iphone", "580111", None)
TAGS = ("vip", "wholesale", "première", "fragile", "gift 🎁", "b2b", "re-order", "a:b")

LONG_TEXT = "A very long note. " * 1200
NOTES = (
    None,
    "",
    "Leave at the door",
    'She said: "ring twice" — then it\'s fine',
    "C:\\shipping\\labels\\new\ttab\nand a second line\r\nand a third",
    f"before{LINE_SEPARATOR}after the line separator\u2029and the paragraph separator",
    "👩‍👩‍👧‍👦 family 🏳️‍🌈 flags 🇯🇵 and a zero-width\u200bspace",
    "שלום, נא להשאיר ליד הדלת \u202eabc",
    "مرحبا، اترك الطرد عند الباب",
    '{"looks": "like json", "n": [1, 2]}',
    "NULL",
    "'; DROP TABLE orders; --",
    LONG_TEXT,
)
EDIT_DATES = (
    "2026-03-08T02:30:00",  # a wall time New York skipped
    "2026-11-01T01:30:00",  # a wall time New York had twice
    "2026-03-29T02:30:00",  # a wall time Berlin skipped
)
