"""What a network sees of a side: float32 columns of comparable size, labels one-hot."""

from __future__ import annotations

import numpy as np

from mitk.data.samples import Side
from mitk.errors import DataError, sentence
from mitk.numerics.ranks import normal_scores

MARGINS = ("normal", "standard")
# More labels than this are a side of their own size; a one-hot code of them would only be remembered.
MAX_LABELS = 256
# Columns beyond this size have distances that overflow.
LARGEST = 1e150


def network_columns(side: Side, margins: str) -> np.ndarray:
    """Columns of one side as a network takes them.

    Parameters
    ----------
    side : Side of n rows
    margins : {"normal", "standard"}
        Normal scores of each column, which leave the information as it is and tame tails; or centred and scaled.

    Returns
    -------
    ndarray of shape (n, d), float64
        Nominal columns become one column a label, up to 256 labels; the rarest share the last.
    """
    parts = []
    nominal = side.nominal or (False,) * side.d
    numbers = [j for j in range(side.d) if not nominal[j]]
    if numbers:
        values = side.values[:, numbers]
        parts.append(normal_scores(values) if margins == "normal" else values)
    for j in range(side.d):
        if nominal[j]:
            parts.append(one_hot(side.values[:, j]))
    joined = np.column_stack(parts)
    centred = joined - joined.mean(axis=0)
    # The largest first, so that squares of huge or tiny columns neither overflow nor vanish.
    size = np.abs(centred).max(axis=0)
    centred = centred / np.where(size > 0.0, size, 1.0)
    spread = centred.std(axis=0)
    return centred / np.where(spread > 0.0, spread, 1.0)


def ground_columns(side: Side, standardize: bool) -> np.ndarray:
    """Columns of one side as a ground metric takes them.

    Parameters
    ----------
    side : Side of n rows
    standardize : bool
        Scale each column of numbers to standard deviation 1, and the side by 1 / sqrt(columns), so that sides weigh
        alike whatever their width.

    Returns
    -------
    ndarray of shape (n, d), float64
        Centred. A nominal column becomes one column a label, such that different labels are at distance 1.

    Raises
    ------
    DataError
        Where columns are not standardised and squares of theirs would overflow.
    """
    nominal = side.nominal or (False,) * side.d
    parts = []
    for j in range(side.d):
        column = side.values[:, j : j + 1]
        if nominal[j]:
            parts.append(one_hot(column[:, 0]) / np.sqrt(2.0))
            continue
        column = column - column.mean()
        if standardize:
            # The largest first, so that squares of huge or tiny columns neither overflow nor vanish.
            column = column / (np.abs(column).max() or 1.0)
            column = column / (column.std() or 1.0)
        elif (largest := float(np.abs(column).max())) > LARGEST:
            rule = f"must lie within {LARGEST:g} of their mean where they are not standardised, for squares to exist"
            raise DataError(sentence(side.names[j], rule, f"{largest:.2g}", "standardize=True"))
        parts.append(column)
    joined = np.column_stack(parts)
    return joined / np.sqrt(side.d) if standardize else joined


def one_hot(codes: np.ndarray) -> np.ndarray:
    """Codes (n,) as one column a label, (n, labels); of more than 256 labels the rarest share the last."""
    labels, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    if len(labels) > MAX_LABELS:
        rank = np.empty(len(labels), dtype=np.int64)
        rank[np.argsort(-counts, kind="stable")] = np.minimum(np.arange(len(labels)), MAX_LABELS - 1)
        inverse = rank[inverse]
    return np.eye(int(inverse.max()) + 1)[inverse.ravel()]
