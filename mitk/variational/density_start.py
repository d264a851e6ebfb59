"""Where densities start: the elliptical law of both sides in its canonical variates, or independent columns."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import gammaln

Array = np.ndarray
# Degrees of freedom tried: from heavy tails to what no sample tells from a normal law.
DOFS = np.geomspace(1.0, 1000.0, 40)
ITERATIONS = 40
# Nats a column by which independent columns must beat the elliptical law before they replace it.
MARGIN = 0.01
# Rows that the search for independent columns sees.
SEARCHED = 20_000
RIDGE = 1e-9
# With fewer rows a column the scatter is drawn to its diagonal.
ROWS_A_COLUMN = 4


@dataclass(frozen=True)
class Elliptical:
    """A Student law fitted to rows.

    Attributes
    ----------
    mean : ndarray of shape (d,)
    scatter : ndarray of shape (d, d)
        The covariance times (dof - 2) / dof, where it has one.
    dof : float
    log_density : float
        Mean of ln f over the rows, nats.
    """

    mean: Array
    scatter: Array
    dof: float
    log_density: float


def fit_elliptical(values: Array) -> Elliptical:
    """Fit a Student law by its expectation-maximisation.

    Parameters
    ----------
    values : ndarray of shape (n, d)

    Returns
    -------
    Elliptical

    References
    ----------
    * C. Liu, D. Rubin, "ML estimation of the t distribution using EM and its extensions, ECM and ECME", Statistica
      Sinica 5 (1995).
    """
    d = values.shape[1]
    mean, dof, before = values.mean(axis=0), float(DOFS[-1]), -math.inf
    scatter = _scatter(values)
    for _ in range(ITERATIONS):
        root = np.linalg.cholesky(scatter + RIDGE * np.trace(scatter) / d * np.eye(d))
        squared = np.square(solve_triangular(root, (values - mean).T, lower=True)).sum(axis=0)
        log_root = float(np.log(np.diagonal(root)).sum())
        likelihoods = np.array([_log_student(squared, d, v).mean() for v in DOFS]) - log_root
        dof, now = float(DOFS[np.argmax(likelihoods)]), float(likelihoods.max())
        weights = (dof + d) / (dof + squared)
        mean = weights @ values / weights.sum()
        centred = values - mean
        # Divided by the sum of the weights, which is n at the fixed point and gets there sooner.
        scatter = _steady((centred * weights[:, None]).T @ centred / weights.sum(), len(values))
        if now - before < 1e-6 * d:
            break
        before = now
    return Elliptical(mean, scatter, dof, now)


def _scatter(values: Array) -> Array:
    n, d = values.shape
    return _steady(np.cov(values.T, bias=True).reshape(d, d), n)


def _steady(scatter: Array, n: int) -> Array:
    """The scatter matrix, with less weight off its diagonal where rows are too few to tell it."""
    d = len(scatter)
    if n >= ROWS_A_COLUMN * d:
        return scatter
    kept = n / (n + ROWS_A_COLUMN * d)
    return kept * scatter + (1.0 - kept) * np.diag(np.diag(scatter))


def fit_normal(values: Array) -> Elliptical:
    """The normal law of rows (n, d), as the elliptical law of the most degrees of freedom."""
    d = values.shape[1]
    scatter = _scatter(values)
    log_density = -0.5 * (float(np.linalg.slogdet(scatter)[1]) + d * (1.0 + math.log(2.0 * math.pi)))
    return Elliptical(values.mean(axis=0), scatter, math.inf, log_density)


def log_student(rows: Array, dof: float) -> Array:
    """Log density of a standard Student law of rows (n, d), nats, shape (n,)."""
    return _log_student(np.square(rows).sum(axis=1), rows.shape[1], dof)


def _log_student(squared: Array, d: int, dof: float) -> Array:
    constant = gammaln((dof + d) / 2.0) - gammaln(dof / 2.0) - d / 2.0 * math.log(dof * math.pi)
    return constant - (dof + d) / 2.0 * np.log1p(squared / dof)


def canonical(fitted: Elliptical, dx: int) -> tuple[Array, Array, Array]:
    """Matrices that turn each side into its canonical variates, and the canonical correlations, of a fitted law.

    Parameters
    ----------
    fitted : Elliptical
        Of the joined columns, those of x first.
    dx : int

    Returns
    -------
    to_x, to_y : ndarray of shape (dx, dx) and (dy, dy)
        Multiply rows from the right.
    rho : ndarray of shape (min(dx, dy),)
    """
    scatter = fitted.scatter + RIDGE * np.diag(np.diag(fitted.scatter))
    whiten = [np.linalg.inv(np.linalg.cholesky(part)).T for part in (scatter[:dx, :dx], scatter[dx:, dx:])]
    left, rho, right = np.linalg.svd(whiten[0].T @ scatter[:dx, dx:] @ whiten[1])
    return whiten[0] @ left, whiten[1] @ right.T, np.clip(rho, 0.0, 1.0 - 1e-9)


def entropy_of_columns(values: Array) -> Array:
    """Entropy of each column (n, d) by Vasicek's spacings, nats, shape (d,)."""
    n = len(values)
    m = max(int(math.sqrt(n) / 2.0), 1)
    ordered = np.sort(values, axis=0)
    ordered = np.concatenate([np.repeat(ordered[:1], m, 0), ordered, np.repeat(ordered[-1:], m, 0)])
    spacing = ordered[2 * m :] - ordered[: -2 * m]
    # Rows whose window is cut by an end count the spacings that are left.
    whole = np.minimum(np.arange(n), n - 1 - np.arange(n))
    share = (np.minimum(whole, m) + m) / n
    return np.log(np.maximum(spacing, 1e-12) / share[:, None]).mean(axis=0)


def independent_columns(white: Array, seed: int) -> Array:
    """Rotation (d, d) that turns white rows (n, d) to the columns that depend least on one another, by FastICA."""
    from sklearn.decomposition import FastICA

    d = white.shape[1]
    if d == 1:
        return np.eye(1)
    with warnings.catch_warnings():
        # One that has not converged is a start like any other.
        warnings.simplefilter("ignore")
        found = FastICA(whiten=False, fun="cube", max_iter=100, tol=1e-3, random_state=int(seed) % 2**32)
        found.fit(white[:SEARCHED])
    left, _, right = np.linalg.svd(found.components_)
    return left @ right


def quantile_knots(columns: Array, bins: int) -> Array:
    """Knots (2, d, bins + 1) of the spline that turns each column (n, d) into a standard normal one."""
    from scipy.special import ndtri

    n, d = columns.shape
    edge = max(1.0 / n, 1e-4)
    # Denser at the ends, where a bounded law is decided.
    levels = 0.5 - 0.5 * np.cos(np.linspace(0.0, math.pi, bins + 1))
    levels = np.clip(levels, edge, 1.0 - edge)
    across = np.quantile(columns, levels, axis=0).T
    gaps = np.maximum(np.diff(across, axis=1), 2e-3)
    across = np.concatenate([across[:, :1], across[:, :1] + np.cumsum(gaps, axis=1)], axis=1)
    return np.stack([across, np.broadcast_to(ndtri(levels), (d, bins + 1))])


def start(residual: Array, log_density: float, tails: Array, bins: int, seed: int) -> dict[str, Array]:
    """Matrix, tails and knots of a density of residuals.

    Parameters
    ----------
    residual : ndarray of shape (n, d)
        Rows whose scatter is the unit matrix.
    log_density : float
        Mean log density of the elliptical law of the residuals, nats.
    tails : ndarray of shape (3,)
        Of that law.
    bins : int
    seed : int

    Returns
    -------
    dict
    """
    n, d = residual.shape
    identity = np.broadcast_to(np.linspace(-3.5, 3.5, bins + 1), (2, d, bins + 1))
    elliptical = {"matrix": np.eye(d), "tails": tails, "knots": identity}
    centred = residual - residual.mean(axis=0)
    whiten = np.linalg.inv(np.linalg.cholesky(_scatter(centred) + RIDGE * np.eye(d)))
    white = centred @ whiten.T
    rotation = independent_columns(white, seed)
    columns = white @ rotation.T
    apart = -float(entropy_of_columns(columns).sum()) + float(np.linalg.slogdet(whiten)[1])
    if apart - log_density <= MARGIN * d + d * d / (2.0 * n):
        return elliptical
    matrix = rotation @ whiten
    return {"matrix": matrix, "tails": np.array([1e-3, 0.0, 1e3]), "knots": quantile_knots(residual @ matrix.T, bins)}
