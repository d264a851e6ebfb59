"""Fits the laws compare: made anew, or read where an earlier law has made the same call."""

from __future__ import annotations

import pickle
import warnings
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from mitk.errors import MITKWarning
from mitk.estimator import Estimator
from mitk.results.record import MIEstimate
from mitk.testing.data import PairedData

# Results of the latest calls; the laws of one estimator make some forty different ones.
KEPT = 64
_results: OrderedDict[Any, Any] = OrderedDict()


def fit(estimator: Estimator, data: PairedData, **options: Any) -> MIEstimate:
    """Fit without an interval unless asked for; doubts stay on the result."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MITKWarning)
        return estimator.fit(data.x, data.y, **{"confidence": None, **data.options, **options})


def known(estimator: Estimator, data: PairedData, **options: Any) -> MIEstimate:
    """Fit as `fit` does, or read the result that an equal estimator gave for the same numbers and options.

    Most laws compare a changed call with the plain one, which would otherwise be most of their time. What a law says of
    calls that are repeated takes `fit`, and so does what only looks like the same numbers: a list, a strided array.
    """
    return _kept((), estimator, data, options, lambda: fit(estimator, data, **options))


def again(estimator: Estimator, data: PairedData) -> tuple[MIEstimate, str]:
    """Fit once more by an equal estimator, with an interval: the result, and what else the call changed.

    A second fit beside `known`, which two laws ask about.
    """

    def watched() -> tuple[MIEstimate, str]:
        twin = replace(estimator)
        before, x, y = pickle.dumps(twin), data.x.copy(), data.y.copy()
        result = fit(twin, data, confidence=0.95)
        changed = {
            "x": not np.array_equal(x, data.x),
            "y": not np.array_equal(y, data.y),
            "the estimator": pickle.dumps(twin) != before,
        }
        return result, " and ".join(name for name, is_so in changed.items() if is_so)

    return _kept(("again",), estimator, data, {}, watched)


def _kept(
    which: tuple[str, ...],
    estimator: Estimator,
    data: PairedData,
    options: dict[str, Any],
    make: Callable[[], Any],
) -> Any:
    """What was made for an equal call, or is made now."""
    sides = [(side.dtype, side.shape, side.tobytes()) for side in (data.x, data.y)]
    call = (*which, estimator, *sides, *{**data.options, **options}.items())
    try:
        found = _results.get(call)
    except TypeError:
        # A hyperparameter without a hash.
        return make()
    if found is None:
        found = _results[call] = make()
        if len(_results) > KEPT:
            _results.popitem(last=False)
    return found
