"""From a subsample ladder to infinitely many rows: a line in the number of chunks, and its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mitk.inference.distribution import from_standard_error
from mitk.inference.ladder import MIN_LEVELS, Ladder, pooled_variance
from mitk.results.interval import Quantiles

MAX_CURVATURE = 2.0
# A parabola that ends this close to the line, in standard errors of the rows, has no curvature that matters.
IMMATERIAL = 0.5


@dataclass(frozen=True)
class Extrapolation:
    """A line through the level means, and what it says of infinitely many rows.

    Attributes
    ----------
    value : float
        Its height at 0 chunks, nats; the value of all rows when there are too few levels for a line.
    slope : float
        Nats a chunk: the bias of the value of all rows.
    levels_used : int
        Levels in the linear region.
    curvature : float
        abs(a2) / SE(a2) of a parabola through the levels used.
    parabola : float
        Height of that parabola at 0 chunks, nats.
    without_first : float
        Height of the line at 0 chunks when the first level is left out, nats.
    sampling, residual, training : float
        Standard errors, nats: of the rows that were drawn (pooled subsample variance), of the line through levels
        that do not lie on it, and of training that starts elsewhere.
    degrees : float
        Of freedom of all three together.
    linear : bool
        Whether a linear region of at least five levels was found.
    """

    value: float
    slope: float
    levels_used: int
    curvature: float
    parabola: float
    without_first: float
    sampling: float
    residual: float
    training: float
    degrees: float
    linear: bool

    @property
    def standard_error(self) -> float:
        """Of the value, nats: the three errors added in squares."""
        return math.sqrt(self.sampling**2 + self.residual**2 + self.training**2)

    def quantiles(self) -> Quantiles:
        """Confidence distribution of the information, nats, stretched towards where the parabola ends."""
        bend = self.parabola - self.value
        return from_standard_error(
            self.value, self.standard_error, self.degrees, "ladder", below=max(-bend, 0.0), above=max(bend, 0.0)
        )


@dataclass(frozen=True)
class _Fit:
    coefficients: np.ndarray
    covariance: np.ndarray
    weights: np.ndarray


def _polynomial(levels: np.ndarray, means: np.ndarray, shape: np.ndarray, degree: int) -> _Fit:
    """Generalised least squares; `weights` give the height at 0 from the means."""
    design = np.vander(levels.astype(np.float64), degree + 1, increasing=True)
    white = np.linalg.cholesky(shape)
    tall, short = np.linalg.solve(white, design), np.linalg.solve(white, means)
    inverse = np.linalg.inv(tall.T @ tall)
    coefficients = inverse @ tall.T @ short
    residual = short - tall @ coefficients
    scale = float(residual @ residual) / max(len(levels) - degree - 1, 1)
    weights = np.linalg.solve(white.T, tall @ inverse[:, 0])
    return _Fit(coefficients, scale * inverse, weights)


def extrapolate(ladder: Ladder, restarts: np.ndarray | None = None, most: int | None = None) -> Extrapolation:
    """Extrapolate the values of a ladder to infinitely many rows.

    Parameters
    ----------
    ladder : Ladder
    restarts : ndarray of shape (r,), optional
        Values of all rows from other seeds, for estimates that are trained; their mean takes the place of the first
        level.
    most : int, optional
        Levels beyond are not used, whatever they look like.

    Returns
    -------
    Extrapolation

    Notes
    -----
    I(n / g) = I + (a / n) g in the linear region, found by leaving out the largest g while a parabola bends by at
    least two standard errors and ends at 0 more than half a standard error of the rows from the line. Levels share
    rows, so the fit is by generalised least squares with the covariance of `Ladder.overlap`, plus an equal error of
    each level for estimates that are trained. What the rows drawn have in common moves all levels together and no
    residual shows it: it comes from the scatter of chunks. The published interval is that of the residuals alone
    :cite:`abdelaleem2025`.
    """
    usable = int(np.argmin(np.append(np.isfinite(ladder.means), False)))
    count = min(usable, len(ladder.levels) if most is None else max(most, 1))
    means = ladder.means.copy()
    seeds = np.array([means[0]]) if restarts is None else np.asarray(restarts, dtype=np.float64)
    means[0] = seeds.mean()
    variance, degrees = pooled_variance(ladder.upto(max(usable, 1))) if usable > 1 else (0.0, 1.0)
    sampling = math.sqrt(variance)
    restart = float(seeds.var(ddof=1)) / len(seeds) if len(seeds) > 1 else 0.0
    if count < MIN_LEVELS:
        return Extrapolation(
            means[0], 0.0, count, 0.0, means[0], means[0], sampling, 0.0, math.sqrt(restart), degrees, linear=False
        )
    shape = ladder.upto(count).overlap()
    if restarts is not None:
        shape = shape + np.eye(count)
    linear = False
    for used in range(count, MIN_LEVELS - 1, -1):
        part = (ladder.levels[:used], means[:used], shape[:used, :used])
        line, bent = _polynomial(*part, 1), _polynomial(*part, 2)
        error = math.sqrt(bent.covariance[2, 2])
        curvature = abs(bent.coefficients[2]) / error if error > 0.0 else 0.0
        gap = abs(bent.coefficients[0] - line.coefficients[0])
        if curvature < MAX_CURVATURE or gap <= IMMATERIAL * sampling:
            linear = True
            break
    without = _polynomial(part[0][1:], part[1][1:], part[2][1:, 1:], 1)
    residual, training = float(line.covariance[0, 0]), line.weights[0] ** 2 * restart
    parts = ((variance, degrees), (residual, used - 2), (training, len(seeds) - 1))
    total = variance + residual + training
    effective = total**2 / sum(part**2 / free for part, free in parts if part > 0.0) if total > 0.0 else degrees
    return Extrapolation(
        value=float(line.coefficients[0]),
        slope=float(line.coefficients[1]),
        levels_used=used,
        curvature=float(curvature),
        parabola=float(bent.coefficients[0]),
        without_first=float(without.coefficients[0]),
        sampling=sampling,
        residual=math.sqrt(residual),
        training=math.sqrt(training),
        degrees=float(effective),
        linear=linear,
    )
