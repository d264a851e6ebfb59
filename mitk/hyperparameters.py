"""Checks of hyperparameters, so that the same rule is the same sentence everywhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mitk.errors import ParameterError, sentence


def whole(name: str, value: Any, least: int) -> None:
    """Raise ParameterError unless `value` is a whole number of at least `least`.

    Examples
    --------
    >>> whole("k", 3, 1)
    """
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        raise ParameterError(sentence(name, f"must be a whole number of at least {least}", repr(value)))


def positive(name: str, value: Any) -> None:
    """Raise ParameterError unless `value` is a finite number above 0."""
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not 0.0 < value < math.inf:
        raise ParameterError(sentence(name, "must be a finite number above 0", repr(value)))


def one_of(name: str, value: Any, known: tuple[str, ...]) -> None:
    """Raise ParameterError unless `value` is one of the words in `known`."""
    if not isinstance(value, str) or value not in known:
        raise ParameterError(sentence(name, f"must be one of {', '.join(known)}", repr(value)))


def switch(name: str, value: Any) -> None:
    """Raise ParameterError unless `value` is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ParameterError(sentence(name, "must be True or False", repr(value)))
