"""Which rows can be used: infinities are refused, and missing values unless they may be dropped."""

from __future__ import annotations

import numpy as np

from mitk.data.columns import Column
from mitk.errors import DataError, ParameterError, sentence

MOST = float(np.finfo(np.float64).max)


def check_missing(missing: object) -> None:
    """Raise ParameterError unless the option `missing` is one of its words."""
    if not isinstance(missing, str) or missing not in ("raise", "drop"):
        raise ParameterError(sentence("missing", 'must be "raise" or "drop"', repr(missing)))


def complete_rows(columns: list[Column], n: int, missing: str, what: str = "x and y") -> np.ndarray:
    """Which of n rows have no gap in any column of `what`, shape (n,), bool.

    Raises
    ------
    DataError
        For infinite values, for values whose differences are, and with ``missing="raise"`` for gaps.
    """
    complete = np.ones(n, dtype=bool)
    gaps = []
    for column in columns:
        if np.isinf(column.values).any():
            rows = np.flatnonzero(np.isinf(column.values))
            raise DataError(
                sentence(
                    column.name,
                    "must be finite",
                    f"{len(rows)} infinite values (first in row {rows[0]})",
                    "clip or remove them",
                )
            )
        gone = np.isnan(column.values)
        least, most = (0.0, 0.0) if gone.all() else (np.nanmin(column.values), np.nanmax(column.values))
        if most / 2.0 - least / 2.0 > MOST / 2.0:
            rule = f"must span less than {MOST:.2g}"
            raise DataError(sentence(column.name, rule, f"{least:.2g} to {most:.2g}", "divide it by 4 first"))
        if gone.any():
            rows = np.flatnonzero(gone)
            gaps.append(f"{len(rows)} in `{column.name}` (first in row {rows[0]})")
            complete &= ~gone
    if gaps and missing == "raise":
        raise DataError(
            sentence(
                what,
                "must have no missing values",
                ", ".join(gaps),
                'missing="drop" keeps complete rows',
            )
        )
    return complete
