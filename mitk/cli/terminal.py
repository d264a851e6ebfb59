"""What is said at the terminal: options spelled as the command line has them, lines that break between words."""

from __future__ import annotations

import shutil
import sys
import textwrap

from mitk.printable import printable
from mitk.show.spelling import spelled


def say(text: str) -> None:
    """Print one line on stderr; at a terminal as many as it takes, broken between words."""
    line = printable(" ".join(text.split()))
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        line = textwrap.fill(line, max(width, 20), break_long_words=False, break_on_hyphens=False)
    print(line, file=sys.stderr)


def note(text: str) -> None:
    """Print what should make the reader look again."""
    say(f"Note: {spelled(text)}")
