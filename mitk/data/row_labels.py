"""Row labels of pandas: rows are paired by position, so labels that say otherwise are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mitk.errors import DataError, sentence


def check_labels(**parts: Any) -> tuple[str, ...]:
    """Refuse parts whose rows carry different labels, unless these are the plain numbers of the rows.

    Parameters
    ----------
    **parts : Any
        Data by name, of one length: series and frames of pandas, mappings of them; what has no labels is left alone.

    Returns
    -------
    tuple of str
        A note when a part has plain row numbers in another order.

    Raises
    ------
    DataError

    Examples
    --------
    >>> check_labels(x=[1, 2], y=[3, 4])
    ()
    """
    labelled = [found for name, part in parts.items() for found in _labels(name, part)]
    named = [(name, labels) for name, labels in labelled if not _plain(labels)]
    for name, labels in named[1:]:
        first, expected = named[0]
        if not labels.equals(expected):
            same = labels.sort_values().equals(expected.sort_values()) if labels.dtype == expected.dtype else False
            raise DataError(
                sentence(
                    f"{first} and {name}",
                    "must have the same row labels in one order, or one of them the plain 0, 1, ...",
                    "the same labels in another order" if same else "different labels",
                    'pair rows by label with left.align(right, join="inner", axis=0), '
                    "or by position with .to_numpy(), which drops the labels",
                )
            )
    if named and len(named) < len(labelled) and _plain(named[0][1].sort_values()):
        return (f"The row labels of {named[0][0]} are not in order; rows are paired by position.",)
    return ()


def _labels(name: str, part: Any) -> list[tuple[str, Any]]:
    if isinstance(part, Mapping):
        return [found for key, column in part.items() for found in _labels(str(key), column)]
    if type(part).__module__.startswith("narwhals"):
        part = part.to_native()
    if type(part).__module__.startswith("pandas") and hasattr(part, "iloc"):
        return [(name, part.index)]
    return []


def _plain(labels: Any) -> bool:
    """Whether an index holds 0, 1, ..., n - 1 in this order: labels that nobody gave."""
    return labels.dtype.kind in "iu" and bool(np.array_equal(labels, np.arange(len(labels))))
