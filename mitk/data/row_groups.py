"""Groups of rows that depend on each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from mitk.data.columns import read_columns
from mitk.errors import DataError, sentence


def group_codes(groups: Any, n: int) -> np.ndarray:
    """Codes (n,) of the groups that the caller gave; raises DataError unless there is one label a row."""
    columns = read_columns(groups, "groups")
    if len(columns) != 1 or len(columns[0].values) != n:
        got = f"{len(columns)} columns of {len(columns[0].values)}" if columns else "no column"
        raise DataError(sentence("groups", f"must have one label for each of the {n} rows", got))
    missing = np.flatnonzero(np.isnan(columns[0].values))
    if len(missing):
        raise DataError(
            sentence("groups", "must have no missing values", f"{len(missing)} (first in row {missing[0]})")
        )
    return np.unique(columns[0].values, return_inverse=True)[1].ravel().astype(np.int64)


def kept_groups(labels: np.ndarray) -> np.ndarray:
    """Codes of the groups that are left, without gaps."""
    codes = np.unique(labels, return_inverse=True)[1].ravel().astype(np.int64)
    if codes.max() == 0:
        raise DataError(sentence("groups", "must hold at least two groups", "one"))
    return codes
