"""What reads the informations of a selection, by the name of a method."""

from __future__ import annotations

from typing import Any

from mitk.api.front import resolve
from mitk.classical.binning import Binning
from mitk.classical.discrete import Discrete
from mitk.classical.gaussian import CCA, Gaussian, GaussianCopula
from mitk.errors import DataTypeError, UnsupportedError, sentence
from mitk.estimator import Estimator
from mitk.selection.fits import fitted
from mitk.selection.informations import Informations
from mitk.selection.moments import gaussian
from mitk.selection.reading import Features, Target, refuse_unordered
from mitk.selection.tables import binned, whole

# Corrections that tables make of all pairs at once, and whether they take the bias.
CORRECTED = {"miller-madow": True, "none": False, "plug-in": False}


def informations(features: Features, target: Target, method: str | Estimator, seed: int = 0) -> Informations:
    """What a method says of columns and a target, in nats.

    Parameters
    ----------
    features : Features
    target : Target
    method : str or Estimator
        Tables for `Binning` and `Discrete`, closed forms for the Gaussian family, fits for any other.
    seed : int, default 0

    Raises
    ------
    DataTypeError
        For sparse columns and a method that reads dense ones.
    ParameterError, UnknownMethodError, UnsupportedError
    """
    estimator = resolve(method, effort="quick", **_seeded(method, seed))
    estimator.check_options()
    name = method if isinstance(method, str) else type(method).__name__
    if isinstance(estimator, Binning) and estimator.rule == "equal-mass" and estimator.correction in CORRECTED:
        return binned(features, target, estimator.bins, CORRECTED[estimator.correction])
    if isinstance(estimator, Discrete) and estimator.correction in CORRECTED:
        _check_levels(features, target)
        return whole(features, target, CORRECTED[estimator.correction])
    if isinstance(estimator, (Gaussian, CCA, GaussianCopula)):
        refuse_unordered(features, name)
        ranked = isinstance(estimator, GaussianCopula)
        if ranked and features.sparse:
            raise _dense(name)
        return gaussian(features, target, ranked)
    if features.sparse:
        raise _dense(name)
    return fitted(features, target, estimator, name)


def _seeded(method: str | Estimator, seed: int) -> dict[str, Any]:
    return {} if isinstance(method, Estimator) else {"seed": seed}


def _check_levels(features: Features, target: Target) -> None:
    """Raise UnsupportedError for numbers that are no levels."""
    named = [("y", target.values)] if not target.label else []
    named += [(name, features.values(j)) for j, name in enumerate(features.names) if not features.nominal[j]]
    fine = [name for name, values in named if (values % 1.0).any()]
    if fine:
        rule = 'must suit the columns; "discrete" takes labels and whole numbers'
        raise UnsupportedError(sentence("method", rule, ", ".join(fine[:5]), 'method="binning" takes any'))


def _dense(name: str) -> DataTypeError:
    hint = 'methods of sparse columns: "binning", "discrete", "gaussian"; or call .toarray()'
    return DataTypeError(sentence("X", f'must be dense for method "{name}"', "a sparse matrix", hint))
