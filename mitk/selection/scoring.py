"""Mutual information as functions that other packages call: a score of columns, and a correlation of two."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.utils.validation import check_array

from mitk.api.front import estimate
from mitk.errors import MITKWarning
from mitk.estimator import Estimator
from mitk.selection.methods import informations
from mitk.selection.reading import Features, labelled_columns, read_target


def score_mutual_information(
    X: Any, y: Any, *, method: str | Estimator = "binning", discrete_target: bool | None = None, seed: int = 0
) -> np.ndarray:
    """The mutual information of each column with a target, for `sklearn.feature_selection.SelectKBest`.

    Parameters
    ----------
    X : array_like, sparse matrix or frame of shape (n, d)
    y : array_like of shape (n,)
        Labels or numbers.
    method : str or Estimator, default "binning"
        As in `MutualInformationSelector`.
    discrete_target : bool, optional
        True takes y for labels, False for numbers.
    seed : int, default 0
        Of methods that draw.

    Returns
    -------
    ndarray of shape (d,)
        In nats, not clipped. It draws nothing unless the method does: the same data have the same scores.

    Raises
    ------
    DataError, DataTypeError, ParameterError, UnknownMethodError, UnsupportedError

    Examples
    --------
    >>> from functools import partial
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.feature_selection import SelectKBest
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> SelectKBest(score_mutual_information, k=2).fit(X, y).get_feature_names_out().tolist()
    ['flavanoids', 'proline']
    >>> SelectKBest(partial(score_mutual_information, method="gaussian"), k=2).fit_transform(X, y).shape
    (178, 2)
    """
    labelled = labelled_columns(X)
    if labelled is not None:
        matrix = np.column_stack([column.values for column in labelled])
        names, nominal = (tuple(getattr(c, what) for c in labelled) for what in ("name", "nominal"))
    else:
        matrix = check_array(X, accept_sparse="csc", dtype=np.float64, ensure_min_samples=2)
        names, nominal = tuple(f"x{j}" for j in range(matrix.shape[1])), (False,) * matrix.shape[1]
    features = Features(matrix, names, nominal)
    scores = informations(features, read_target(y, discrete_target, features.shape[0]), method, seed).relevance
    return scores.copy()


def information_correlation(a: Any, b: Any, *, method: str | Estimator = "screen") -> float:
    """The correlation of a normal pair that shares as much information as two columns, for `DataFrame.corr`.

    Parameters
    ----------
    a, b : array_like of shape (n,)
    method : str or Estimator, default "screen"
        As in `mitk.estimate`.

    Returns
    -------
    float
        sqrt(1 - exp(-2 I)), between 0 and 1: of any shape of dependence, and without a sign.

    Raises
    ------
    DataError, DataTypeError, ParameterError, UnknownMethodError, UnsupportedError

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> x = np.random.default_rng(0).standard_normal(500)
    >>> frame = pd.DataFrame({"x": x, "square": x**2 + 0.1 * x})
    >>> seen, linear = (frame.corr(method=method).loc["x", "square"] for method in (information_correlation, "pearson"))
    >>> bool(seen > 0.9 > 0.5 > linear)
    True
    """
    with warnings.catch_warnings():
        # The caller gets a number, which has no place for a verdict.
        warnings.simplefilter("ignore", MITKWarning)
        result = estimate(a, b, method, confidence=None, block=1)
    return float(result.correlation.value)
