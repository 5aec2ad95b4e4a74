"""What Dagster is given to show: no secret, and nothing that acts on a page.

Charter: the one border of texts on their way into Dagster's events. Metadata are texts,
rows and JSON, which its UI shows as they are; descriptions of evaluations it takes for
Markdown in some places and for plain text in others.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from shopify_assets.printable import in_description
from shopify_assets.redaction import shown


def described(text: str) -> str:
    """A description: one line, in which no stranger makes a link or a picture."""
    return in_description(shown(text))


def harmless(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata with every text in them made harmless; figures stay as they are."""
    return {name: _harmless(value) for name, value in metadata.items()}


def _harmless(value: Any) -> Any:
    match value:
        case str():
            return shown(value, lines=True)
        case dg.TextMetadataValue():
            return dg.MetadataValue.text(shown(value.text or "", lines=True))
        case dg.MarkdownMetadataValue():
            return dg.MetadataValue.md(shown(value.md_str or "", lines=True))
        case dg.JsonMetadataValue():
            return dg.MetadataValue.json(_in_json(value.data))
        case dg.TableMetadataValue():
            rows = [dg.TableRecord(harmless(row.data)) for row in value.records]
            return dg.MetadataValue.table(rows, value.schema)
    return value


def _in_json(value: Any) -> Any:
    match value:
        case str():
            return shown(value, lines=True)
        case Mapping():
            return {shown(str(key)): _in_json(item) for key, item in value.items()}
        case Sequence():
            return [_in_json(item) for item in value]
    return value
