"""What is known to be wrong, each with its reason and a case that shows it.

Charter: a short list, to become empty. A test fails when an entry no longer holds, and
then the entry goes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shopify_assets_tests.fuzz.categories import Case


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


KNOWN: tuple[Known, ...] = ()
