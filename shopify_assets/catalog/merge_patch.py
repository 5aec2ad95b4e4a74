"""One JSON object as what differs from another: JSON merge patches (RFC 7396).

Charter: making and applying them, on plain JSON. In a patch null means gone, an object
is gone into, anything else replaces; so neither object may hold a null of its own.
Which schema is patched to which other is the business of `schema` and `pin`.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def difference(before: Json, after: Json) -> Json:
    """The patch that makes `after` of `before`."""
    gone: Json = dict.fromkeys(before.keys() - after.keys())
    changed = {
        key: _replacing(before.get(key), value)
        for key, value in after.items()
        if key not in before or before[key] != value
    }
    return gone | changed


def _replacing(before: Any, after: Any) -> Any:
    inside = isinstance(before, dict) and isinstance(after, dict)
    return difference(before, after) if inside else after


def merged(before: Json, patch: Json) -> Json:
    """Apply a patch; `before` stays as it is."""
    found = dict(before)
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, dict):
            inner = found.get(key)
            found[key] = merged(inner if isinstance(inner, dict) else {}, value)
        else:
            found[key] = value
    return found
