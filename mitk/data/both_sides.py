"""What two sides together deserve a note for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from mitk.data.samples import Side

# Columns of arrays that may be images, and how many times the longer side of one is the shorter.
FEWEST_PIXELS, LONGER = 32, 2


def shared_columns(x: Side, y: Side) -> list[str]:
    """A note on columns that stand on both sides, where a side has others too: a target left among the features."""
    if x.d == y.d == 1:
        return []
    # Few columns share their first value, so that few are compared whole.
    alike = np.argwhere(x.values[0][:, None] == y.values[0])
    same = {y.names[j] for i, j in alike if (x.values[:, i] == y.values[:, j]).all() and np.ptp(y.values[:, j]) > 0.0}
    names = ", ".join(f"`{name}`" for name in sorted(same))
    text = f"{names} stands on both sides, so that the value is about what it holds of itself; leave it out of one."
    return [text] if same else []


def like_images(x: Any, y: Any) -> list[str]:
    """A note where both sides are arrays of one shape that is nearly square, as two images are."""
    if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.ndim == 2 and x.shape == y.shape):
        return []
    n, d = x.shape
    if d < FEWEST_PIXELS or not d <= LONGER * n <= LONGER**2 * d:
        return []
    return [f"Each of {n} rows of {d} columns is a sample; if x and y are images, pass x.ravel() and y.ravel()."]
