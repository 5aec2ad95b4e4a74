"""What is known to be wrong, each with its reason and a case that shows it.

Charter: a short list, to become empty. A test fails when an entry no longer holds, and
then the entry goes.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from shopify_assets_tests.fuzz.categories import MAY_REFUSE, Case
from shopify_assets_tests.fuzz.texts import quoted


@dataclass(frozen=True)
class Known:
    """A kind of problem that is excused for now.

    Attributes:
        since: the day it was listed.
        reason: what is wrong, and what will mend it.
        pattern: a regular expression; the lines of the problems that it excuses.
        case: a request that shows it.
    """

    since: str
    reason: str
    pattern: str
    case: Case

    def covers(self, problem: object) -> bool:
        """Whether a problem is of this kind."""
        return re.match(self.pattern, str(problem)) is not None


def _orders(arguments: str, category: str) -> Case:
    text = f"{{ orders({arguments}) {{ nodes {{ id }} }} }}"
    return Case(category, text, refusals=MAY_REFUSE)


_STRANGE = base64.b64encode(b'{"last_id": 1, "last_value": {}}').decode()
KNOWN: tuple[Known, ...] = (
    Known(
        "2026-11-29",
        "every API version is answered with the schema of the pinned one",
        r"root fields (2026-0[147]|unstable): ",
        Case("root fields", "{ analyticsSchemas { __typename } }", version="unstable"),
    ),
    Known(
        "2026-11-29",
        "errors at run time carry no locations",
        r"[\w ]+: an error without (locations|a path): (BAD|RES|MAX|INV|None)",
        _orders("first: null", "sizes"),
    ),
    Known(
        "2026-11-29",
        "bodies that are no object are not refused",
        r"bodies( 2020-01)?: HTTP 500",
        Case("bodies", raw=b"[]", refusals=None),
    ),
    Known(
        "2026-11-29",
        "cursors of another order or of none break the page",
        r"cursors: HTTP 500",
        _orders(f"first: 1, after: {quoted(_STRANGE)}", "cursors"),
    ),
    Known(
        "2026-11-29",
        "filters and sort keys by what a type lacks break the list",
        r"(filters|sort keys): HTTP 500",
        Case(
            "filters",
            '{ events(first: 3, query: "subject_type:PRODUCT") { nodes { id } } }',
            refusals=MAY_REFUSE,
        ),
    ),
    Known(
        "2026-11-29",
        "a root field gives a record of another type when it is asked by its id",
        r"(depth 3|ids|root fields): data.*__typename '\w+' is no \w+",
        Case(
            "ids",
            '{ catalog(id: "gid://shopify/Product/6000000000001") { __typename } }',
            refusals=MAY_REFUSE,
        ),
    ),
)
