"""Text as a terminal may have it: names of columns come from files, and files from anywhere."""

from __future__ import annotations

import re

# Codes that move the cursor, change colours or titles, break a line, or turn the direction of what follows.
_CODES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: object) -> str:
    r"""The text with every control code as it would be written in Python, so that none reaches a terminal.

    Examples
    --------
    >>> print(printable("heart\x1b[31m rate"))
    heart\x1b[31m rate
    """
    return _CODES.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), str(text))
