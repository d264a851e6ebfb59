"""Sentences of the library as the command line says them."""

from __future__ import annotations

import re

# Options of the library that are options of commands too; what they are set to follows.
_OPTIONS = "missing|block|thin|interval|method|groups|confidence|unit|correct"
_SETTING = re.compile(rf'\b({_OPTIONS})=("([^"]*)"|[0-9.]+|None)')
_KIND = re.compile(r"\bdiscrete(?:_x|_y|_given)?=(True|False)")


def spelled(text: str) -> str:
    """A sentence of the library with options as the command line spells them.

    Examples
    --------
    >>> spelled('missing="drop" keeps complete rows; discrete_x=True takes them as labels')
    '--missing drop keeps complete rows; --discrete takes them as labels'
    """
    text = _SETTING.sub(lambda found: f"--{found[1]} {(found[3] or found[2]).replace('None', 'none')}", text)
    text = _KIND.sub(lambda found: "--discrete" if found[1] == "True" else "--continuous", text)
    return text.replace("--discrete and --discrete", "--discrete")
