"""What pages of the gallery share: words of Python's own help texts, digits, a look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

BLUE, ORANGE, GREEN, RED, GREY = "#1f5a99", "#d9822b", "#2e7d4f", "#b3261e", "#8a97a6"


def help_words() -> list[str]:
    """Lower-case words of `pydoc_data.topics`, in the order of the text."""
    from pydoc_data.topics import topics

    return [word for name in sorted(topics) for word in re.findall(r"[a-z_]*[a-z][a-z_]*", topics[name].lower())]


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Images (1797, 64) between 0 and 1 and their digits (1797,), from scikit-learn."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return images / 16.0, labels


def figure(columns: int, height: float = 3.4) -> tuple[Any, Any]:
    """A figure with a row of axes."""
    from matplotlib import pyplot

    made, axes = pyplot.subplots(1, columns, figsize=(4.2 * columns, height), layout="constrained")
    for axis in np.atleast_1d(axes):
        axis.spines[["top", "right"]].set_visible(False)
    return made, axes


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table in Markdown; floats with three digits."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    for row in rows:
        cells = [f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
