"""The door of the measures: arrays of numbers of a stated shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mitk import hyperparameters
from mitk.errors import DataError, DataTypeError, ParameterError, sentence

MOST = float(np.finfo(np.float64).max)


def number_array(data: Any, what: str, *, infinite: bool = False) -> np.ndarray:
    """Real numbers as float64, nan refused, infinities too unless `infinite`.

    Raises
    ------
    DataTypeError
        For anything but real numbers.
    DataError
        For an empty array, nan, or infinities.
    """
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise DataError(sentence(what, "must have rows of one length", "rows of several")) from error
    if array.dtype.kind not in "biuf":
        raise DataTypeError(sentence(what, "must hold real numbers", f"dtype {array.dtype}"))
    # In one layout, so that sums of equal numbers are equal to the last bit.
    array = array.astype(np.float64, order="C")
    if array.size == 0:
        raise DataError(sentence(what, "must not be empty", f"shape {array.shape}"))
    bad = np.isnan(array) if infinite else ~np.isfinite(array)
    if bad.any():
        rule = "must have no missing values" if infinite else "must be finite"
        raise DataError(sentence(what, rule, f"{int(bad.sum())} of {array.size} that are not"))
    if not infinite and array.max() / 2.0 - array.min() / 2.0 > MOST / 2.0:
        rule = f"must span less than {MOST:.2g}"
        raise DataError(sentence(what, rule, f"{array.min():.2g} to {array.max():.2g}", "divide it by 4 first"))
    return array


def rows_of(data: Any, what: str) -> np.ndarray:
    """Finite numbers of shape (n,) or (n, d), as (n, d)."""
    array = number_array(data, what)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise DataError(sentence(what, "must have shape (n,) or (n, d)", f"shape {array.shape}"))
    return array


def label_codes(labels: Any, what: str, n: int | None = None) -> np.ndarray:
    """Labels of any kind as codes 0, 1, ..., shape (n,)."""
    try:
        array = np.asarray(labels)
    except ValueError as error:
        raise DataError(sentence(what, "must have one label a row", "rows of several lengths")) from error
    if array.ndim != 1 or array.size == 0 or (n is not None and len(array) != n):
        rule = "must have shape (n,)" if n is None else f"must have one label for each of the {n} rows"
        raise DataError(sentence(what, rule, f"shape {array.shape}"))
    kind = array.dtype.kind
    missing: Any = np.isnan(array) if kind in "fM" else []
    if kind == "O":
        missing = [v is None or (isinstance(v, float) and math.isnan(v)) for v in array.tolist()]
    if any(missing):
        raise DataError(sentence(what, "must have no missing values", f"{sum(missing)}", "leave their rows out"))
    try:
        return np.unique(array, return_inverse=True)[1].ravel()
    except TypeError as error:
        kinds = " and ".join(sorted({type(v).__name__ for v in array.tolist()}))
        raise DataTypeError(sentence(what, "must hold labels of one kind, text or numbers", kinds)) from error


def positive(value: Any, what: str, *, zero: bool = False) -> float:
    """A finite number above 0, or at least 0 with `zero`."""
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not np.isfinite(value) or value < 0 or (value == 0 and not zero):
        raise ParameterError(
            sentence(what, f"must be a finite number {'at least' if zero else 'above'} 0", repr(value))
        )
    return float(value)


def whole(value: Any, what: str, least: int) -> int:
    """A whole number of at least `least`."""
    hyperparameters.whole(what, value, least)
    return int(value)
