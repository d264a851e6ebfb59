"""Differences of entropies with local residuals: large information without a ceiling."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import digamma

from mitk.classical.residual.checks import neighbor_difference, turning_information
from mitk.classical.residual.coordinates import canonical_maps, halves
from mitk.classical.residual.explanations import Explanation, best_explanations
from mitk.data.samples import Prepared, Samples, Side
from mitk.errors import DataError, ParameterError, sentence
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.inference.contributions import OVERLAP
from mitk.inference.distribution import from_standard_error
from mitk.inference.inflation import unit_variance
from mitk.inference.resampling import unit_labels
from mitk.numerics.gaussian_mi import full_rank
from mitk.numerics.joint_entropy import FEW
from mitk.numerics.ksg import conditional_contributions, ksg_contributions
from mitk.numerics.ranks import normal_scores, standardised
from mitk.numerics.spacings import spacing_entropy
from mitk.numerics.ties import has_ties, pair_keys, spread
from mitk.numerics.whitening import whitened
from mitk.remedies import another, compare_with
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason, Status
from mitk.tags import Tags

# Up to so many columns in all, neighbours measure what residuals still share with the other side; beyond, they are
# asked about so many leading ones of each side.
MOST_COLUMNS, LEADING = 6, 2
# Share of what neighbours can measure at most that may be left to them in a pair of columns; with more columns they
# miss about as much as they find, so there it is a share of the value, or this many nats.
LEFT_SHARE, LEFT_VALUE, LEFT_LEAST = 0.25, 0.05, 0.05
# The two directions may differ by so much, as a share and in nats.
DISAGREEMENT, DISAGREEMENT_LEAST = 0.1, 0.1
# Standard deviations of chance from which on planes that turn with the radius count as found in what is left.
TURNING = 3.5
# Neighbours may put the difference of two joint entropies so many nats from that of the bounds, or LEFT_VALUE of it.
NEIGHBORS_APART = 0.15
# A residual in one column whose entropy is so many nats below that of a normal with its quartiles falls into clumps.
CLUMPED = 1.0
# A residual of so much less variance in one direction than in another is rounding there.
EXACT = 1e-22
# Residuals in units of a scale that fits made 0, as they do where a relation is exact.
HUGE = 1e100
# Rows for each column below which fits of every column on every other leave too little.
ROWS_A_COLUMN = 10
# Degrees of freedom of an error that was widened for few units already.
NORMAL = 1e6
# Nats a column from which on float64 has rounded the noise away.
ROUNDED_AWAY = 27.0
CLUMPS = (
    Reason(
        "clumps",
        "What fits leave falls into clumps, as when one value goes with several of the other side (a circle, a cross), "
        "and neighbours miss how thin they are",
        "compare with another method, or split the rows",
    ),
)


@dataclass(frozen=True)
class ResidualSide:
    """One prepared side: standardised columns of full rank, and which of them repeat values."""

    values: np.ndarray
    tied: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> ResidualSide:
        return ResidualSide(self.values[rows], self.tied)


@dataclass(frozen=True, kw_only=True)
class ResidualEntropy(Estimator):
    """Mutual information as the entropy of one side less that of what the other side leaves of it.

    Parameters
    ----------
    k : int, default 5
        Neighbours for what the residuals still share with the other side, a small number: more mean less variance.
    seed : int, default 0
        Only used by resampling intervals.

    Raises
    ------
    DataError
        When n < 2 (dx + dy) + 10.

    Notes
    -----
    With smooth functions m and s > 0 and R = (V - m(U)) / s(U),

        I(U; V) = h(V) - h(R) - d E ln s(U) + I(U; R)    nats.

    The first three terms are a lower bound, in population, that has no ceiling: fits resolve what ranks and neighbours
    cannot. What the fits left, I(U; R), is measured by nearest neighbours (`KSG` on normal scores), which are good at
    little information. Both directions are fitted, and the one with the larger bound is taken.

    m is a spline of one column; of more columns a plane, a plane that turns with the radius, a sum of splines or
    random waves. ln s is a spline of the column's normal score, of the radius, or the like. Entropies are those of
    spacings for one column, of neighbours for two or three; for more the least of four upper bounds is taken, which
    are exact for products, rotated products, elliptical and normal laws. Coordinates are chosen first, by the larger
    bound: the columns, columns bent to normal margins, independent directions, those bent, and canonical variates of
    planes that turn with the radius (learned on one half of the rows, used on the other).

    Rows of one group or run are left out of each other's fits, and are no neighbours of each other.

    The interval takes rows as independent contributions to the mean (whole groups or blocks, if given), adds what the
    overlap of neighbours does to their part, and is lengthened where the two directions differ and, in more than two
    columns, by I(U; R). It does not hold the bias of a law that none of the fits or upper bounds suits.

    Fails when neither side is a noisy function of the other (a circle, the letter X), where neighbours are left with
    all of it: the result says so. In more than six columns neighbours see the two leading variates of each side
    alone, and an entropy of more than three columns that is none of the four kinds is too large: the result says so
    where the two directions differ, what is left turns with the radius, or neighbours' entropies differ by 0.15 nats
    and 5 %. `diagnostics` holds both checks as "missing" and "above_neighbors", in nats.

    References
    ----------
    * O. Vasicek, "A test for normality based on sample entropy", Journal of the Royal Statistical Society B 38 (1976).
    * D. McAllester and K. Stratos, "Formal limitations on the measurement of mutual information", AISTATS (2020).
    * A. Hyvärinen, "Fast and robust fixed-point algorithms for independent component analysis", IEEE Transactions on
      Neural Networks 10 (1999).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(2000)
    >>> y = x + 1e-4 * rng.standard_normal(2000)      # truth: 9.210 nats; KSG stops at 6.3
    >>> r = ResidualEntropy().fit(x, y)
    >>> abs(r.value - 9.21) < 0.1, r.status.code
    (True, 'OK')
    """

    k: int = 5

    @property
    def tags(self) -> Tags:
        """Continuous columns, any number of them; no ceiling before rounding."""
        return Tags(
            summary="large information: one side a noisy smooth function of the other; many columns",
            data=frozenset({"continuous"}),
            invariances=frozenset({"affine"}),
            interval="own",
            min_n=100,
            pointwise=True,
        )

    def check(self) -> None:
        """Raise ParameterError for k below 1."""
        if not isinstance(self.k, (int, np.integer)) or isinstance(self.k, bool) or self.k < 1:
            raise ParameterError(sentence("k", "must be a whole number of at least 1", repr(self.k), "5 is usual"))

    def _prepare(self, side: Side) -> ResidualSide:
        tied = np.array([has_ties(side.values[:, j]) for j in range(side.d)], dtype=bool)
        return ResidualSide(standardised(side.values), tied)

    def _value(self, prepared: Prepared) -> Found:
        state_x, state_y, samples = prepared.x, prepared.y, prepared.samples
        x, y = state_x.values, state_y.values
        n, d = samples.n, x.shape[1] + y.shape[1]
        if n < 2 * d + 10:
            raise DataError(sentence("x", f"must have at least {2 * d + 10} rows for {d} columns in all", n))
        if state_x.tied.any() or state_y.tied.any():
            keys = pair_keys(x, y)
            x, y = spread(x, state_x.tied, keys, 0), spread(y, state_y.tied, keys, 1)
        try:
            # Where a relation is exact, scales go to 0 and residuals in their units overflow, which `_exact` sees.
            with np.errstate(all="ignore"):
                found = self._estimate(_spanning(x), _spanning(y), samples)
        except np.linalg.LinAlgError:
            # The covariance of the residuals is singular when a column is an exact function of the others.
            return Found(math.inf)
        return replace(found, uncertainty=lambda: _row_quantiles(found, samples))

    def _estimate(self, x: np.ndarray, y: np.ndarray, samples: Samples) -> Found:
        n, clumped = len(x), False
        units = unit_labels(samples) if samples.dependent else None
        pair = x.shape[1] == y.shape[1] == 1
        pointwise, left, both, checks = np.empty(n), np.empty(n), np.zeros(2), np.zeros(2)
        for rows, forth, back in best_explanations(x, y, units):
            taken = forth if forth.bound >= back.bound else back
            pointwise[rows] = taken.before - taken.after
            if _exact(taken.target, taken.residuals):
                return Found(math.inf)
            clumped = clumped or _clumped(taken.residuals)
            left[rows] = self._left(taken, None if units is None else units[rows])
            both += np.array([forth.bound, back.bound]) * len(rows) / n
            if not pair:
                missing = max(_missing(found, taken.bound) for found in (forth, back))
                checks += np.array([missing, _above_neighbors(taken)]) * len(rows) / n
        bound, remainder = float(pointwise.mean()), float(left.mean())
        if not bound < ROUNDED_AWAY * min(x.shape[1], y.shape[1]):
            return Found(math.inf)
        doubts = self._left_doubts(bound, remainder, both, pair, samples) + _doubts_of_checks(bound, *checks)
        return Found(
            bound + remainder,
            pointwise=pointwise + left,
            status=Status().because(*doubts, *CLUMPS[: int(clumped)]),
            diagnostics={
                "bound": bound,
                "remainder": remainder,
                "remainder_variance": float(left.var()),
                "bounds": {"y given x": float(both[0]), "x given y": float(both[1])},
                "missing": float(checks[0]),
                "above_neighbors": float(checks[1]),
                "fit": {"direction": "y given x" if taken is forth else "x given y", **taken.how},
            },
        )

    def _left(self, taken: Explanation, units: np.ndarray | None) -> np.ndarray:
        """Contributions (n,) to the information that residuals and the given side still share."""
        given, target, residuals = taken.given, taken.target, taken.residuals
        if given.shape[1] + target.shape[1] <= MOST_COLUMNS:
            return self._shared(given, residuals, units)
        left = np.empty(len(given))
        # Variates of the rows they are used on would be dependent by chance alone, the more so the more columns.
        for learn, use in halves(given, target, units):
            to_given, to_target = canonical_maps(given[learn], target[learn])
            one, other = given[use] @ to_given[:, :LEADING], residuals[use] @ to_target[:, :LEADING]
            left[use] = self._shared(one, other, None if units is None else units[use])
        return left

    def _shared(self, one: np.ndarray, other: np.ndarray, units: np.ndarray | None) -> np.ndarray:
        """Contributions (n,) of neighbours to the information of columns (n, d) and (n, e), none of the row's unit."""
        a, b = (normal_scores(whitened(side)[0]) for side in (one, other))
        if units is None:
            return ksg_contributions(a, b, self.k, 1)
        n = len(a)
        cells, numbers = np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool)
        sides, live = (a, b, np.empty((n, 0))), (numbers, numbers, ~numbers)
        return conditional_contributions(sides, self.k, (cells,) * 3, live, units)[0]

    def _left_doubts(self, bound: float, left: float, both: np.ndarray, pair: bool, samples: Samples) -> list[Reason]:
        most = float(digamma(samples.n) - digamma(self.k))
        doubts = []
        if left > (LEFT_SHARE * most if pair else max(LEFT_LEAST, LEFT_VALUE * (bound + left))):
            text = (
                f"No smooth fit of one side to the other removes their dependence: {left:.2g} nats are left to "
                "neighbours, which may miss more"
            )
            remedy = compare_with(samples, self) if pair else "transform the columns, or reduce the dimension"
            doubts.append(Reason("not-smooth", text, remedy))
        elif not pair and abs(both[0] - both[1]) > _most_apart(both.max()):
            text = f"Fits of x to y and of y to x explain {both[1]:.3g} and {both[0]:.3g} nats, which should be equal"
            doubts.append(Reason("directions-differ", text, compare_with(samples, self)))
        return doubts

    def suits(self, samples: Samples) -> bool:
        """As of every estimator, from enough rows for the columns."""
        return super().suits(samples) and samples.n >= ROWS_A_COLUMN * (samples.x.d + samples.y.d)

    def _doubts(self, found: Found, samples: Samples, tags: Tags) -> list[Reason]:
        doubts = super()._doubts(found, samples, tags)
        if any(kind != "continuous" for kind in (*samples.x.kinds, *samples.y.kinds)):
            remedy = another(samples, self, otherwise="compare with another method")
            doubts.append(Reason("kinds", "Residuals of labels, counts and tied columns have no density", remedy))
        d = samples.x.d + samples.y.d
        if tags.min_n <= samples.n < ROWS_A_COLUMN * d:
            doubts.append(Reason("few-rows", f"n={samples.n} is few for {d} columns", f"{ROWS_A_COLUMN * d} would do"))
        return doubts


def _row_quantiles(found: Found, samples: Samples) -> Quantiles:
    """Confidence distribution of the mean of the rows' contributions."""
    assert found.pointwise is not None
    shown = found.diagnostics
    labels = unit_labels(samples)
    overlap = OVERLAP * shown["remainder_variance"]
    error = math.sqrt((float(unit_variance(found.pointwise[:, None], labels)[0]) + overlap) / samples.n)
    bounds = shown["bounds"].values()
    apart = max(bounds) - min(bounds)
    # The larger of two is too large by about half of what chance puts between them; and if a direction loses
    # something, the other may lose as much again.
    above = min(apart, error)
    if samples.x.d + samples.y.d > 2:
        above = max(shown["remainder"], 0.0) + min(apart, _most_apart(max(bounds)))
    # The variance is already widened for few units.
    return from_standard_error(found.value, error, NORMAL, "rows", below=min(0.5 * apart, error), above=above)


def _spanning(side: np.ndarray) -> np.ndarray:
    """The columns (n, d), or fewer that span them where some are linear functions of others."""
    spanning = full_rank(side)
    return side if spanning.shape[1] == side.shape[1] else spanning


def _exact(target: np.ndarray, residuals: np.ndarray) -> bool:
    """Whether residuals (n, d) are rounding in some direction of the target (n, d), but not in all, or of no size."""
    if not np.abs(residuals).max() < HUGE:
        return True
    root = np.linalg.cholesky(np.atleast_2d(np.cov(target.T)))
    sizes = np.linalg.eigvalsh(np.atleast_2d(np.cov(np.linalg.solve(root, residuals.T))))
    return bool(sizes[0] < EXACT * sizes[-1])


def _clumped(residuals: np.ndarray) -> bool:
    if residuals.shape[1] > 1:
        return False
    quarter, three = np.quantile(residuals[:, 0], [0.25, 0.75])
    # 1.349 standard deviations lie between the quartiles of a normal, whose entropy is that of the unit one and ln sd.
    normal = 0.5 * math.log(2.0 * math.pi * math.e) + math.log((three - quarter) / 1.349 + np.finfo(float).tiny)
    return spacing_entropy(residuals[:, 0]) < normal - CLUMPED


def _most_apart(bound: float) -> float:
    """By how many nats the two directions may differ."""
    return max(DISAGREEMENT_LEAST, DISAGREEMENT * bound)


def _above_neighbors(taken: Explanation) -> float:
    """By how much, in nats, more is explained than neighbours would have it; 0 where the entropies are theirs."""
    d = taken.target.shape[1]
    if d <= FEW:
        return 0.0
    entropies = float(taken.before.mean() - taken.after.mean() + d * taken.log_scale.mean())
    return entropies - neighbor_difference(taken.target, taken.residuals)


def _missing(found: Explanation, bound: float) -> float:
    """How many nats of the truth `bound` misses at least, where residuals turn with the radius; else 0."""
    turning, deviations = turning_information(found.given, found.residuals)
    return max(found.bound + turning - bound, 0.0) if deviations > TURNING else 0.0


def _doubts_of_checks(bound: float, missing: float, above_neighbors: float) -> list[Reason]:
    doubts = []
    if missing > max(LEFT_LEAST, LEFT_VALUE * bound):
        text = f"What fits leave still turns with the radius of the other side: {missing:.2g} nats or more are missing"
        doubts.append(Reason("missing", text, "collect more rows, or reduce the dimension"))
    if abs(above_neighbors) > max(NEIGHBORS_APART, LEFT_VALUE * bound):
        text = (
            f"Neighbours find {abs(above_neighbors):.2g} nats {'less' if above_neighbors > 0.0 else 'more'} in the "
            "entropies, which then are none of the kinds that are known, and the value may be as much off"
        )
        doubts.append(Reason("entropies", text, "compare with another method"))
    return doubts
