"""Texts for queries: quoted, and odd ones.

Charter: strings only; knows nothing of schemas.
"""

from __future__ import annotations

import json

ODD = (
    "", " ", "foo", "null", "0", "-1", "☃", "名前", "e\u0301", "\U0001f600", "\u202ea",
    "'", '"', "\\", "(", ")", ":", "*", "a:b:c", "NOT", "OR", "AND", "-", "()", "((a",
    "a OR", "x" * 5000, "\u0000", "\ufffe", "%00", "'; DROP TABLE orders; --",
    "created_at:>", "created_at:>'never'", "id:foo", "id:>=", "tag:'", "status:",
)  # fmt: skip


def quoted(text: str) -> str:
    """A GraphQL string."""
    return json.dumps(text)
