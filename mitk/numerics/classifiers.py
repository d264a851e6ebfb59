"""Classifiers of few labels, as log ratios of probability: discriminant analysis, softmax regression, boosted trees."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

# Most columns of each classifier; of more, those that differ most between the labels are taken.
LINEAR_COLUMNS, DISCRIMINANT_COLUMNS, BOOSTED_COLUMNS, QUADRATIC_COLUMNS = 32, 1000, 16, 8
# Weight of the squared coefficients beside a sum of log losses; steps of the optimiser.
LINEAR_PENALTY, QUADRATIC_PENALTY, STEPS = 1.0, 0.1, 60
# Rounds of boosting, trees in all (one a label and round), most labels, fewest training rows.
ROUNDS, TREES, BOOSTED_LABELS, BOOSTED_ROWS = 30, 120, 12, 200
# Standard deviation, of columns whose own is 1, below which some of the rows are all alike but for rounding.
LEAST_SPREAD = 1e-6
# A classifier leaves so much probability to the shares of the labels.
FLOOR = 1e-3

# Log probabilities (m, labels) of other rows (m, d), from rows (n, d) and their labels (n,) from 0 on, each present.
Fit = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def discriminant(x: np.ndarray, y: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Linear discriminant analysis with the covariance within labels shrunken after Ledoit and Wolf.

    Parameters
    ----------
    x : ndarray of shape (n, d)
    y : ndarray of shape (n,), int
        Labels 0, 1, ..., each present.
    other : ndarray of shape (m, d)

    Returns
    -------
    ndarray of shape (m, labels)
        ln q(y | x) of the other rows, nats.

    Examples
    --------
    >>> x = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    >>> np.exp(discriminant(x, np.array([0, 0, 1, 1]), np.array([[0.0]]))).round(3).tolist()
    [[0.5, 0.5]]
    """
    counts = np.bincount(y)
    means = _indicators(y).T @ x / counts[:, None]
    within = x - means[y]
    covariance = within.T @ within / len(x)
    size = float(np.trace(covariance)) / x.shape[1]
    distance = float((covariance**2).sum()) - size**2 * x.shape[1]
    error = float(((within**2).sum(axis=1) ** 2).sum()) / len(x) ** 2 - float((covariance**2).sum()) / len(x)
    share = min(max(error, 0.0) / distance, 1.0) if distance > 0.0 else 0.0
    # A thousandth of the spread of all rows, where labels have none of their own.
    covariance = (1.0 - share) * covariance + (share * size + 1e-3 * float(x.var(axis=0).mean())) * np.eye(x.shape[1])
    weights = np.linalg.solve(covariance, means.T)
    return _normalised(other @ weights - 0.5 * (means.T * weights).sum(axis=0) + np.log(counts / len(x)))


def softmax_regression(x: np.ndarray, y: np.ndarray, other: np.ndarray, penalty: float) -> np.ndarray:
    """Multinomial logistic regression, whose squared coefficients cost `penalty` / 2; as `discriminant`."""
    design = np.column_stack([x, np.ones(len(x))])
    wanted = _indicators(y)
    shape = (design.shape[1], wanted.shape[1])
    ridge = np.full((shape[0], 1), penalty)
    ridge[-1] = 0.0

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(shape)
        logs = _normalised(design @ weights)
        gradient = design.T @ (np.exp(logs) - wanted) + ridge * weights
        return 0.5 * float((ridge * weights**2).sum()) - float((logs * wanted).sum()), gradient.ravel()

    start = np.zeros(shape)
    start[-1] = np.log(wanted.mean(axis=0))
    options = {"maxiter": STEPS, "ftol": 1e-5}
    weights = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options=options).x.reshape(shape)
    return _normalised(other @ weights[:-1] + weights[-1])


def boosted_trees(x: np.ndarray, y: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Histogram gradient boosting, in one thread so that sums are always taken in one order; as `discriminant`."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    labels = int(y.max()) + 1
    trees = HistGradientBoostingClassifier(
        max_iter=min(ROUNDS, TREES // (labels if labels > 2 else 1)),
        learning_rate=0.2,
        max_leaf_nodes=8,
        min_samples_leaf=10,
        max_bins=64,
        early_stopping=False,
    )
    with threadpool_limits(1, user_api="openmp"):
        probabilities = trees.fit(x, y).predict_proba(other)
    return np.log(np.maximum(probabilities, np.finfo(float).tiny))


def differing(x: np.ndarray, y: np.ndarray, most: int) -> np.ndarray:
    """Indices, in order, of the `most` columns whose values or squares differ most between the labels."""
    if x.shape[1] <= most:
        return np.arange(x.shape[1])
    indicators = _indicators(y)
    between = []
    for values in (x, x**2):
        centred = values - values.mean(axis=0)
        sums = indicators.T @ (centred / np.maximum(centred.std(axis=0), LEAST_SPREAD))
        between.append((sums**2 / indicators.sum(axis=0)[:, None]).sum(axis=0))
    return np.sort(np.argsort(-np.maximum(*between), kind="stable")[:most])


def quadratic(x: np.ndarray) -> np.ndarray:
    """Columns (n, d), their squares and their products."""
    i, j = np.triu_indices(x.shape[1])
    return np.column_stack([x, x[:, i] * x[:, j]])


def log_ratios(
    scaled: np.ndarray, scores: np.ndarray, y: np.ndarray, train: np.ndarray, other: np.ndarray, labels: int
) -> np.ndarray:
    """Ln q(y | x) / p(y) of other rows by each classifier that suits the rows and labels.

    Parameters
    ----------
    scaled, scores : ndarray of shape (n, d)
        Columns centred and scaled, for discriminant analysis, and their normal scores, for the others.
    y : ndarray of shape (n,), int
    train, other : ndarray of int
        Rows to learn from, and m rows to score.
    labels : int
        Number of labels; those that the training rows lack get 0.

    Returns
    -------
    ndarray of shape (classifiers, m, labels)
        Nats, at least ln 0.001.
    """
    present, codes = np.unique(y[train], return_inverse=True)
    fits: list[tuple[Fit, np.ndarray, int]] = [(discriminant, scaled, DISCRIMINANT_COLUMNS)]
    fits.append((_quadratic_regression, scores, QUADRATIC_COLUMNS))
    if scores.shape[1] > QUADRATIC_COLUMNS:
        fits.append((_linear_regression, scores, LINEAR_COLUMNS))
    if labels <= BOOSTED_LABELS and len(train) >= BOOSTED_ROWS:
        fits.append((boosted_trees, scores, BOOSTED_COLUMNS))
    ratios = np.zeros((len(fits), len(other), labels))
    if len(present) > 1:
        shares = np.bincount(codes) / len(train)
        for ratio, (fit, columns, most) in zip(ratios, fits, strict=True):
            kept = differing(columns[train], codes, most)
            logs = fit(columns[np.ix_(train, kept)], codes, columns[np.ix_(other, kept)])
            ratio[:, present] = np.log(FLOOR + (1.0 - FLOOR) * np.exp(logs) / shares)
    return ratios


def pool_weights(ratios: np.ndarray, y: np.ndarray, shares: np.ndarray, cost: float = 1.0) -> np.ndarray:
    """Weights b >= 0 of a logarithmic pool, q(y | x) ~ p(y) exp(sum_m b_m r_m(y, x)), by its log loss.

    A unit of weight costs `cost` nats, so that classifiers which know nothing get none.

    Parameters
    ----------
    ratios : ndarray of shape (classifiers, n, labels)
        Log ratios of rows that the classifiers have not seen.
    y : ndarray of shape (n,), int
    shares : ndarray of shape (labels,)
    cost : float, default 1.0

    Returns
    -------
    ndarray of shape (classifiers,)
    """
    own = ratios[:, np.arange(len(y)), y]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logs = pooled(ratios, weights, shares)
        expected = np.einsum("nl,mnl->m", np.exp(logs), ratios)
        return cost * float(weights.sum()) - float(logs[np.arange(len(y)), y].sum()), cost + expected - own.sum(axis=1)

    start = np.full(len(ratios), 1.0 / len(ratios))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(ratios))
    weights: np.ndarray = found.x
    return weights


def pooled(ratios: np.ndarray, weights: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Ln q(y | x) of a logarithmic pool, shape (n, labels)."""
    return _normalised(np.tensordot(weights, ratios, axes=1) + np.log(shares))


def _linear_regression(x: np.ndarray, y: np.ndarray, other: np.ndarray) -> np.ndarray:
    return softmax_regression(x, y, other, LINEAR_PENALTY)


def _quadratic_regression(x: np.ndarray, y: np.ndarray, other: np.ndarray) -> np.ndarray:
    return softmax_regression(quadratic(x), y, quadratic(other), QUADRATIC_PENALTY)


def _indicators(y: np.ndarray) -> np.ndarray:
    return np.eye(int(y.max()) + 1)[y]


def _normalised(logs: np.ndarray) -> np.ndarray:
    # By hand, since that of scipy takes many times as long for few rows.
    below: np.ndarray = logs - logs.max(axis=1, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=1, keepdims=True))
