"""What smooth fits on some columns leave of others: ridge regression, chosen by how it does on rows left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mitk.numerics.units import rows_by_size

# Widths of the bumps of a column's normal scores, and where they stand.
WIDTHS = (0.35, 1.0, 2.5)
CENTERS = np.linspace(-2.8, 2.8, 28)
# How much less straight lines are penalised: what follows one exactly leaves nothing. So are lines in the values, as
# far as they are none in the scores.
STRAIGHT, STRAIGHT_VALUES = 30.0, 10.0
# Penalties over the variance of what the fit follows: noise to signal.
PENALTIES = 10.0 ** np.arange(-4.0, 2.6, 0.5)
# Functions of single columns in all, and rows that functions of all columns are centred at.
MOST_FUNCTIONS, LANDMARKS = 300, 150
# Directions of less than this share of the largest variance are rounding.
RANK_TOLERANCE = 1e-7
# A row that decides its own fit entirely tells nothing, and must not count as infinitely far from it.
LEAST_LEFT = 1e-3
ROUNDING = 1e-9
# Functions of a slope that follows the columns.
MOST_TURNS = 60
# Functions a row beyond which what fits leave no longer tells how large the noise is, and beyond which rows left out no
# longer tell how the fit does; and rows below which the best of many fits leaves less than the noise.
MOST_TAKEN, MOST_FITTED, FEWEST_WHITE = 0.25, 0.5, 500


class _Smoother:
    """Fits U diag(s) U', of directions U (n, k) of one choice of functions and of variances (k,).

    `units` holds rows (u, m) that are left out together, for each size m; without, each row is left out alone.
    """

    def __init__(self, directions: np.ndarray, variances: np.ndarray, units: Sequence[np.ndarray] | None) -> None:
        self.directions, self.variances = directions, variances
        self._squares, self._units = directions**2, units

    def left_out(self, columns: np.ndarray, shrinkage: np.ndarray, along: np.ndarray | None = None) -> np.ndarray:
        """What fits to the other rows leave of centred columns (n, f), of shrinkages s (k, 1) or (k, f).

        `along` is U' columns where it is known.
        """
        along = self.directions.T @ columns if along is None else along
        left = columns - self.directions @ (shrinkage * along)
        if self._units is not None:
            return self._without_units(left, shrinkage, self._units)
        leverage = self._squares @ shrinkage + 1.0 / len(left)
        return np.asarray(left / np.maximum(1.0 - leverage, LEAST_LEFT))

    def studentised(self, columns: np.ndarray, shrinkage: np.ndarray) -> np.ndarray:
        """What fits to all rows leave of centred columns (n, f), over what fits take of a white column's spread.

        Where units depend on each other nothing is white, and they are left out; so are rows that are few, where the
        best of many fits is too good, or of which fits take much.
        """
        n, taken = len(columns), shrinkage.sum(axis=0).max(initial=0.0)
        if self._units is not None or n < FEWEST_WHITE or taken > MOST_TAKEN * n:
            return self.left_out(columns, shrinkage)
        left = columns - self.directions @ (shrinkage * (self.directions.T @ columns))
        kept = 1.0 - self._squares @ (shrinkage * (2.0 - shrinkage)) - 1.0 / len(left)
        return np.asarray(left / np.sqrt(np.maximum(kept, LEAST_LEFT)))

    def _without_units(self, left: np.ndarray, shrinkage: np.ndarray, units: Sequence[np.ndarray]) -> np.ndarray:
        found = np.empty_like(left)
        alike, which = np.unique(shrinkage, axis=1, return_inverse=True)
        for i, weights in enumerate(alike.T):
            # One shrinkage may be that of all columns.
            columns = np.flatnonzero(which == i) if shrinkage.shape[1] > 1 else np.arange(left.shape[1])
            for rows in units:
                own = self.directions[rows]
                share = (own * weights) @ own.swapaxes(1, 2) + 1.0 / len(left)
                # Where a unit decides a fit of its own, what is left of it is 0 to rounding.
                apart = np.eye(rows.shape[1]) * (1.0 + ROUNDING) - share
                places = rows[:, :, None], columns
                found[places] = np.linalg.solve(apart, left[places])
        return found


class Remainder:
    """Residuals of columns, linear in them: each column by the fit that suited it."""

    def __init__(self, parts: list[tuple[np.ndarray, _Smoother, np.ndarray]]) -> None:
        self._parts = parts

    def __call__(self, columns: np.ndarray) -> np.ndarray:
        """What fits to the other rows leave, (n, f), of columns (n, f) in the places of those they were chosen for."""
        columns = columns - columns.mean(axis=0)
        left = np.empty_like(columns)
        for places, smoother, shrinkage in self._parts:
            left[:, places] = smoother.left_out(columns[:, places], shrinkage)
        return left

    def noise(self, columns: np.ndarray) -> np.ndarray:
        """The same of fits to all rows, (n, f), with the variance of the noise itself where that is white.

        Rows left out have that of the error of their fit beside it: n / (n - k) times as much after k functions.
        """
        columns = columns - columns.mean(axis=0)
        left = np.empty_like(columns)
        for places, smoother, shrinkage in self._parts:
            left[:, places] = smoother.studentised(columns[:, places], shrinkage)
        return left


class Fits:
    """Ridge regressions of several choices of functions.

    Parameters
    ----------
    smoothers : sequence of _Smoother
    units : sequence of ndarray, optional
        Rows (u, m) that are left out together, for each size m; without, each row is left out alone.
    """

    def __init__(self, smoothers: Sequence[_Smoother], units: Sequence[np.ndarray] | None) -> None:
        self._smoothers, self._units = smoothers, units

    def remainder(self, targets: np.ndarray, together: bool = False) -> Remainder:
        """The fits that suit columns `targets` (n, f) best, each or, with one fit for all, `together`."""
        n, f = targets.shape
        targets = targets - targets.mean(axis=0)
        none = _Smoother(np.empty((n, 0)), np.empty(0), self._units)
        # Without any fit: the mean of the others.
        least = (none.left_out(targets, np.empty((0, 1))) ** 2).mean(axis=0)
        chosen = np.full(f, -1)
        penalty = np.zeros(f)
        for place, smoother in enumerate(self._smoothers):
            along, variances = smoother.directions.T @ targets, smoother.variances[:, None]
            for candidate in PENALTIES:
                shrinkage = variances / (variances + candidate)
                if shrinkage.sum() > MOST_FITTED * n:
                    continue
                error = (smoother.left_out(targets, shrinkage, along) ** 2).mean(axis=0)
                better = np.full(f, np.log(error).sum() < np.log(least).sum()) if together else error < least
                least[better], chosen[better], penalty[better] = error[better], place, candidate
        parts = []
        for place, smoother in enumerate((none, *self._smoothers), -1):
            places = np.flatnonzero(chosen == place)
            variances = smoother.variances[:, None]
            if len(places):
                parts.append((places, smoother, variances / (variances + penalty[places])))
        return Remainder(parts)

    def turned(self, along: np.ndarray) -> Fits:
        """Fits to `along` (n,) times functions of the columns: slopes that follow them."""
        smoothers = []
        for smoother in self._smoothers:
            kept = np.argsort(-smoother.variances)[:MOST_TURNS]
            functions = along[:, None] * (smoother.directions[:, kept] * np.sqrt(smoother.variances[kept]))
            smoothers.append(_Smoother(*_principal(functions), self._units))
        return Fits(smoothers, self._units)


class SmoothFits(Fits):
    """Ridge regressions on numbers and labels, additive and with all of them together.

    Parameters
    ----------
    scores : ndarray of shape (n, c)
        Numeric columns as normal scores.
    labels : sequence of ndarray of shape (n,)
        Columns without an order.
    values : ndarray of shape (n, c), optional
        The same as they are.
    units : ndarray of shape (n,), optional
        Labels of rows that are left out together, since they depend on each other: what the rows of a group tell of one
        another is no effect of the condition. Without, each row is left out alone.
    seed : int, default 0
        Draws the rows that functions of all columns are centred at.

    Notes
    -----
    Straight lines hardly, Gaussian bumps of three widths of each number and indicators of each level are penalised
    alike; beside them, with several columns, the kernel

        prod_j exp(-(z_j - z'_j)^2 / (2 c w^2)) prod_l (1 + [z_l = z'_l]) / 2,

    after Nyström. With H the fit of a width and a penalty, row i is left out by (1 - H_ii)^-1 (t_i - (H t)_i), a unit R
    by (1 - H_RR)^-1 (t - H t)_R, and the least mean square of that chooses, for each column t.

    Examples
    --------
    >>> z, e = np.random.default_rng(0).standard_normal((2, 500))
    >>> target = np.sin(3.0 * z) + 0.1 * e
    >>> left = SmoothFits(z[:, None]).remainder(target[:, None])(target[:, None])
    >>> bool(left.std() < 0.13)
    True
    """

    def __init__(
        self,
        scores: np.ndarray,
        labels: Sequence[np.ndarray] = (),
        *,
        values: np.ndarray | None = None,
        units: np.ndarray | None = None,
        seed: int = 0,
    ) -> None:
        n = len(scores)
        own = None if units is None else rows_by_size(units)
        lines = STRAIGHT * scores
        if values is not None:
            lines = np.hstack([lines, STRAIGHT_VALUES * _bent(values, scores)])
        columns = scores.shape[1] + len(labels)
        rows = np.sort(np.random.default_rng(seed).choice(n, min(LANDMARKS, n), replace=False))
        indicators = [_indicators(codes) for codes in labels]
        smoothers = []
        for width in WIDTHS:
            most = max(MOST_FUNCTIONS // max(scores.shape[1], 1), 1)
            single = [_bumps(column, width, most) for column in scores.T]
            alone = np.hstack([lines, *single, *indicators]) / np.sqrt(columns)
            smoothers.append(_Smoother(*_principal(alone), own))
            if columns > 1:
                kernel = _product(scores, labels, rows, width)
                joint = np.hstack([alone, _half_inverse(kernel[rows], kernel)]) / np.sqrt(2.0)
                smoothers.append(_Smoother(*_principal(joint), own))
        super().__init__(smoothers, own)


def _principal(functions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Principal directions (n, r) of functions (n, k) and their variances (r,)."""
    functions = functions - functions.mean(axis=0)
    n, k = functions.shape
    if k > n:
        variances, directions = np.linalg.eigh(functions @ functions.T)
        kept = variances > RANK_TOLERANCE * max(variances[-1], 1e-300)
        return np.ascontiguousarray(directions[:, kept]), variances[kept]
    variances, turned = np.linalg.eigh(functions.T @ functions)
    kept = variances > RANK_TOLERANCE * max(variances[-1], 1e-300)
    return functions @ (turned[:, kept] / np.sqrt(variances[kept])), variances[kept]


def _bent(values: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """What lines in the scores leave of columns of values (n, c), in units of their spread."""
    values = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-300)
    centred = scores - scores.mean(axis=0)
    slope = (values * centred).sum(axis=0) / np.maximum((centred**2).sum(axis=0), 1e-300)
    return np.asarray(values - slope * centred)


def _indicators(codes: np.ndarray) -> np.ndarray:
    """One column a level, (n, levels)."""
    return (codes[:, None] == np.unique(codes)).astype(float)


def _bumps(column: np.ndarray, width: float, most: int) -> np.ndarray:
    """Functions of a column (n,) whose products make up a Gaussian kernel, the `most` of most variance."""

    def kernel(points: np.ndarray) -> np.ndarray:
        return np.exp(-((points[:, None] - CENTERS) ** 2) / (2.0 * width**2))

    return _half_inverse(kernel(CENTERS), kernel(column), most)


def _product(scores: np.ndarray, labels: Sequence[np.ndarray], rows: np.ndarray, width: float) -> np.ndarray:
    """The kernel of all columns between all rows and some, (n, m)."""
    spread = 2.0 * width**2 * max(scores.shape[1], 1)
    squared = np.zeros((len(scores), len(rows)))
    for column in scores.T:
        squared += (column[:, None] - column[rows]) ** 2
    kernel = np.exp(-squared / spread)
    for codes in labels:
        kernel *= np.where(codes[:, None] == codes[rows], 1.0, 0.5)
    return kernel


def _half_inverse(among: np.ndarray, beside: np.ndarray, most: int | None = None) -> np.ndarray:
    """Functions whose products are beside @ among^-1 @ beside.T, for kernels (m, m) and (n, m)."""
    values, vectors = np.linalg.eigh(among)
    kept = np.flatnonzero(values > RANK_TOLERANCE * values[-1])
    if most is not None:
        kept = kept[-most:]
    return beside @ (vectors[:, kept] / np.sqrt(values[kept]))
