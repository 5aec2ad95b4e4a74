"""Bytes that are not what they should be, in answers and in files alike.

Charter: what a fault does to bytes that are right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.simulator.faults import Kind

if TYPE_CHECKING:
    from shopify_assets.simulator.faults import Fault

# What stands before a text: half of an emoji, escaped; or no UTF-8 at all.
_BEFORE = {Kind.HALF_SURROGATE: rb"\ud83d", Kind.INVALID_UTF8: b"\xff\xfe"}


def spoilt(content: bytes, fault: Fault) -> bytes:
    """Return the content as the fault lets it come."""
    if fault.kind is Kind.TRUNCATED_JSON:
        return content[: len(content) // 2]
    if fault.kind is Kind.EDITED:
        return fault.edited(content)
    if fault.kind not in _BEFORE:
        return content
    key = f'"{fault.field}":"'.encode()
    return content.replace(key, key + _BEFORE[fault.kind])
