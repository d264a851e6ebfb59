"""Gaussian estimators: log-determinant, canonical correlations, Gaussian copula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from mitk.classical.many_gaussian import ManyCorrelations, correlations
from mitk.data.column_table import ColumnTable
from mitk.data.samples import Prepared, Samples, Side
from mitk.data.screening import without_constants
from mitk.estimator import Estimator
from mitk.found import Found, FoundMany
from mitk.inference.conditional_opinion import conditional_opinion
from mitk.inference.distribution import from_inversion
from mitk.inference.inflation import product_variance, unit_variance
from mitk.inference.linear_gates import rank_resolution, scattered_bias
from mitk.inference.resampling import unit_labels
from mitk.inference.row_sums import MomentSums, WholeColumn
from mitk.numerics.correlation_law import correlation_p_values
from mitk.numerics.gaussian_mi import (
    SINGULAR,
    canonical_variates,
    cross_correlation,
    full_rank,
    gaussian_bias,
    gaussian_information,
    gaussian_pointwise,
    spectral_information,
    unexplained,
)
from mitk.numerics.ranks import normal_scores
from mitk.results.interval import Interval, Quantiles
from mitk.results.reason import Reason, Status
from mitk.results.record import Kind
from mitk.tags import Tags


@dataclass(frozen=True, kw_only=True)
class _GaussianFamily(Estimator):
    """What the Gaussian estimators share: prepared full-rank columns, the interval, shrinkage for few rows."""

    # Whether the interval takes rows to be Gaussian; if not, it measures how their scores scatter.
    trusts_gaussian_rows: ClassVar[bool] = True

    def _prepare(self, side: Side) -> np.ndarray:
        return full_rank(side.values)

    def _value(self, prepared: Prepared) -> Found:
        x, y, n = prepared.x, prepared.y, prepared.samples.n
        if prepared.given is not None:
            # Residuals of Gaussian rows are Gaussian rows of as many degrees of freedom fewer.
            n -= prepared.given.shape[1]
            if n > 2:
                x, y = unexplained(x, prepared.given), unexplained(y, prepared.given)
        dx, dy = x.shape[1], y.shape[1]
        if n <= dx + dy + 2:
            return self._shrunken(prepared)
        if min(dx, dy) == 0:
            return Found(0.0, notes=("The condition explains a side entirely, so nothing is left to share.",))
        rho, a, b = canonical_variates(x, y)
        raw = self._plug_in(x, y, rho)
        if not np.isfinite(raw):
            return Found(float("inf"), diagnostics={"canonical_correlations": rho})
        bias = gaussian_bias(n, dx, dy)
        return Found(
            raw - bias,
            pointwise=gaussian_pointwise(rho, a, b),
            pointwise_constant=-bias,
            uncertainty=lambda: self._inverted(raw - bias, rho, a, b, n, prepared.samples),
            diagnostics={"bias": bias, "canonical_correlations": rho},
        )

    def shuffled_value(self, samples: Samples) -> Callable[[np.ndarray], float]:
        """As of every estimator; the white sides need only be multiplied."""
        value = super().shuffled_value(samples)
        samples, _ = without_constants(samples)
        if min(samples.x.d, samples.y.d) == 0 or samples.given is not None:
            return value
        x, y, n = self._prepare(samples.x), self._prepare(samples.y), samples.n
        if n <= x.shape[1] + y.shape[1] + 2:
            return value
        bias = gaussian_bias(n, x.shape[1], y.shape[1])
        return lambda rows: gaussian_information(x.T @ y[rows] / n) - bias

    def suits(self, samples: Samples) -> bool:
        """As of every estimator, from more rows than a covariance of all columns needs."""
        return super().suits(samples) and samples.n > samples.x.d + samples.y.d + 2

    def _finish(self, found: Found, prepared: Prepared) -> Found:
        if "bias" not in found.diagnostics or prepared.given is not None:
            return found
        doubts = scattered_bias(prepared.samples, found.value, found.diagnostics["bias"], prepared.x, prepared.y)
        return replace(found, status=found.status.because(*doubts))

    def _p_value(self, value: float, prepared: Prepared) -> float | None:
        x, y, n = prepared.x, prepared.y, prepared.samples.n
        if prepared.given is not None or x.shape[1] != 1 or y.shape[1] != 1 or n <= 4:
            return None
        return float(correlation_p_values(x.T @ y / n, n)[0, 0])

    def _many(self, table: ColumnTable, pairs: np.ndarray) -> FoundMany | None:
        n, ranked = table.n, not self.trusts_gaussian_rows
        if n <= 4:
            return None
        columns = table.scores if ranked else table.standard
        r, information = correlations(columns, pairs)
        information -= gaussian_bias(n, 1, 1)
        many = ManyCorrelations(self, table, columns, pairs, r, information, ranked)
        note = "The p-value is that of no correlation" + (" of normal scores." if ranked else " of normal rows.")
        return FoundMany(information, many.p_values, many.intervals, many.doubts, note=note)

    def _other_opinion(self, samples: Samples, value: float, ci: Interval, kind: Kind) -> tuple[Reason, ...]:
        if samples.given is None:
            return super()._other_opinion(samples, value, ci, kind)
        # What is linear must be so on the scale on which it was taken for linear.
        seen = samples if self.trusts_gaussian_rows else _in_scores(samples)
        return tuple(conditional_opinion(seen, value, ci.low, ci.high))

    def _plug_in(self, x: np.ndarray, y: np.ndarray, rho: np.ndarray) -> float:
        """Plug-in value in nats from white-able columns (n, dx), (n, dy) and their canonical correlations."""
        return gaussian_information(cross_correlation(x, y)[0])

    def _shrunken(self, prepared: Prepared) -> Found:
        from sklearn.covariance import ledoit_wolf

        given = prepared.x[:, :0] if prepared.given is None else prepared.given
        covariance, shrinkage = ledoit_wolf(np.column_stack([prepared.x, prepared.y, given]))
        dx, dy, dz = prepared.x.shape[1], prepared.y.shape[1], given.shape[1]
        x, y, z = np.split(np.arange(dx + dy + dz), [dx, dx + dy])

        def entropy(*parts: np.ndarray) -> float:
            columns = np.concatenate(parts)
            return 0.5 * float(np.linalg.slogdet(covariance[np.ix_(columns, columns)])[1])

        return Found(
            entropy(x, z) + entropy(y, z) - entropy(x, y, z) - entropy(z),
            status=Status().because(
                Reason(
                    "few-rows",
                    f"{prepared.samples.n} rows are too few for {dx + dy + dz} columns, so the covariance was shrunken "
                    "and the value is biased towards 0",
                    "collect more rows or reduce the dimension",
                )
            ),
            notes=(f"Covariance shrunken after Ledoit and Wolf, intensity {shrinkage:.2f}.",),
            diagnostics={"shrinkage": float(shrinkage)},
        )

    def _subsample_rule(self, prepared: Prepared) -> tuple[int, float]:
        # A part must have more rows than columns, or its covariance is another estimate.
        columns = prepared.x.shape[1] + prepared.y.shape[1]
        columns += 0 if prepared.given is None else prepared.given.shape[1]
        return max(40, columns + 3), 0.5

    def _inverted(
        self, value: float, rho: np.ndarray, a: np.ndarray, b: np.ndarray, n: int, samples: Samples
    ) -> Quantiles:
        """Confidence distribution of the information of n degrees of freedom, by test inversion."""
        return _inversion(value, rho, a.shape[1], b.shape[1], n, *self._inflation(rho, a, b, samples))

    def _inflation(self, rho: np.ndarray, a: np.ndarray, b: np.ndarray, samples: Samples) -> tuple[float, float]:
        """How much more the value varies than for independent Gaussian rows, near independence and far from it."""
        if self.trusts_gaussian_rows and not samples.dependent:
            return 1.0, 1.0
        labels = unit_labels(samples)
        expected = a.shape[1] * b.shape[1] - len(rho) + float(((1.0 - rho**2) ** 2).sum())
        near = product_variance(a, b, labels, rho) / expected
        least = 1.0 if samples.dependent else 0.25
        scatter, total = float(unit_variance(gaussian_pointwise(rho, a, b)[:, None], labels)[0]), float((rho**2).sum())
        # In a balanced plan no correlation is left that could scatter.
        far = scatter / total if total > 0.0 else least
        return max(near, least), max(far, least)


@dataclass(frozen=True, kw_only=True)
class Gaussian(_GaussianFamily):
    """Mutual information of jointly Gaussian rows, by log-determinants.

    Parameters
    ----------
    seed : int, default 0
        Only used by resampling intervals.

    Notes
    -----
    I = 1/2 ln(det S_x det S_y / det S), in nats, less its exact bias under Gaussian sampling
    (`mitk.numerics.gaussian_mi.gaussian_bias`). Linearly dependent columns within a side are merged, which
    leaves the information unchanged. With n <= dx + dy + 2 the covariance is shrunken and the result is
    UNRELIABLE. The default interval inverts a test with a non-central chi-square law for the plug-in statistic,
    whose mean is exact; the delta method fails at independence.

    Fails when rows are not Gaussian: heavy tails give any value, and what is not linear is not seen.

    References
    ----------
    * O. Ledoit and M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices",
      Journal of Multivariate Analysis 88 (2004).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((2000, 2))
    >>> y = x + rng.standard_normal((2000, 2))     # truth: ln 2 = 0.693 nats
    >>> r = Gaussian().fit(x, y)
    >>> 0.693 in r.ci
    True
    """

    @property
    def tags(self) -> Tags:
        """Linear dependence only; invariant to any invertible matrix on a side."""
        return Tags(
            summary="jointly Gaussian columns; exact bias correction",
            data=frozenset({"continuous"}),
            invariances=frozenset({"affine", "linear"}),
            interval="own",
            min_n=10,
            conditional=True,
            pointwise=True,
        )

    def _row_sums(
        self, part: Samples, n: int, x: WholeColumn, y: WholeColumn
    ) -> tuple[MomentSums, Callable[[], tuple[Found, float]]]:
        sums = MomentSums()
        return sums, lambda: self._of_row_sums(sums)

    def _of_row_sums(self, sums: MomentSums) -> tuple[Found, float]:
        r, n = sums.correlation, sums.n
        residual = (1.0 - r) * (1.0 + r)
        if residual < SINGULAR:
            return Found(float("inf")), 0.0
        raw, bias = -0.5 * float(np.log(residual)), gaussian_bias(n, 1, 1)
        rho = np.array([abs(r)])
        found = Found(
            raw - bias,
            uncertainty=lambda: _inversion(raw - bias, rho, 1, 1, n, 1.0, 1.0),
            diagnostics={"bias": bias, "canonical_correlations": rho},
        )
        return found, float(correlation_p_values(np.array([r]), n)[0])


@dataclass(frozen=True, kw_only=True)
class CCA(_GaussianFamily):
    """Mutual information of jointly Gaussian rows, by canonical correlations.

    The value of `Gaussian`, with the spectrum it is made of in ``diagnostics["canonical_correlations"]``.

    Parameters
    ----------
    seed : int, default 0
        Only used by resampling intervals.

    Notes
    -----
    I = -1/2 sum_i ln(1 - rho_i^2), in nats, less the same exact bias; the rho_i are singular values of the
    cross-correlation of the whitened sides, a closed form without iterations. Fails as `Gaussian` does.

    References
    ----------
    * H. Hotelling, "Relations between two sets of variates", Biometrika 28 (1936).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((2000, 2))
    >>> r = CCA().fit(x, x + rng.standard_normal((2000, 2)))
    >>> r.diagnostics["canonical_correlations"].round(1).tolist()    # truth: sqrt(1/2) twice
    [0.7, 0.7]
    """

    @property
    def tags(self) -> Tags:
        """As `Gaussian`."""
        return Tags(
            summary="jointly Gaussian columns, with canonical correlations",
            data=frozenset({"continuous"}),
            invariances=frozenset({"affine", "linear"}),
            interval="own",
            min_n=10,
            conditional=True,
            pointwise=True,
        )

    def _plug_in(self, x: np.ndarray, y: np.ndarray, rho: np.ndarray) -> float:
        return spectral_information(rho)


@dataclass(frozen=True, kw_only=True)
class GaussianCopula(_GaussianFamily):
    """Mutual information of the Gaussian copula: normal scores of each column, then `Gaussian`.

    Parameters
    ----------
    seed : int, default 0
        Only used by resampling intervals.

    Notes
    -----
    Each column is replaced by the normal quantiles of its ranks / (n + 1), so the value does not change under
    increasing maps of columns. The population value is a lower bound of the mutual information when one
    side is a single column without ties: that side is then exactly Gaussian, so its entropy is known and its
    conditional entropy is at most that of the linear residual. In that case ``kind`` is "lower"; otherwise the
    number may lie on either side of the truth and ``kind`` is "estimate", as it is given a condition.

    The interval measures how the scores of the correlations scatter, so that it also holds when the copula is
    not Gaussian.

    Fails to see dependence that leaves normal scores uncorrelated: y = x^2, circles, common scale of heavy
    tails, independent signs.

    References
    ----------
    * R. Ince et al., "A statistical framework for neuroimaging data analysis based on mutual information
      estimated via a Gaussian copula", Human Brain Mapping 38 (2017).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(2000)
    >>> y = np.exp(3 * (0.8 * x + 0.6 * rng.standard_normal(2000)))
    >>> r = GaussianCopula().fit(x, y)             # truth: 0.511 nats
    >>> 0.511 in r.ci, r.kind
    (True, 'lower')
    """

    trusts_gaussian_rows: ClassVar[bool] = False

    @property
    def tags(self) -> Tags:
        """Monotone dependence; invariant to increasing maps of columns."""
        return Tags(
            summary="monotone dependence, any margins, many dimensions",
            data=frozenset({"continuous"}),
            invariances=frozenset({"affine", "monotone"}),
            interval="own",
            min_n=10,
            conditional=True,
            pointwise=True,
        )

    def _prepare(self, side: Side) -> np.ndarray:
        return full_rank(normal_scores(side.values))

    def _value(self, prepared: Prepared) -> Found:
        found = super()._value(prepared)
        if prepared.given is not None:
            return found
        sides = (prepared.samples.x, prepared.samples.y)
        bounded = any(side.d == 1 and len(np.unique(side.values)) == side.n for side in sides)
        return replace(found, kind="lower") if bounded else found

    def _many(self, table: ColumnTable, pairs: np.ndarray) -> FoundMany | None:
        found = super()._many(table, pairs)
        bounded = ~(table.tied[pairs[:, 0]] & table.tied[pairs[:, 1]])
        if found is None or not bounded.any():
            return found
        return replace(found, kind="lower" if bounded.all() else np.where(bounded, "lower", "estimate"))

    def _doubts(self, found: Found, samples: Samples, tags: Tags) -> list[Reason]:
        doubts = super()._doubts(found, samples, tags)
        if "bias" in found.diagnostics:
            doubts += rank_resolution(samples, found.value, found.diagnostics["canonical_correlations"])
        return doubts


def _in_scores(samples: Samples) -> Samples:
    """The same rows with normal scores in the place of values."""

    def scored(side: Side) -> Side:
        return replace(side, values=normal_scores(side.values))

    given = None if samples.given is None else scored(samples.given)
    return replace(samples, x=scored(samples.x), y=scored(samples.y), given=given)


def _inversion(value: float, rho: np.ndarray, dx: int, dy: int, n: int, near: float, far: float) -> Quantiles:
    """Confidence distribution from canonical correlations, which vary so many times as much as of normal rows."""
    bias = gaussian_bias(n, dx, dy)
    information = -0.5 * np.log1p(-(rho**2))
    share = information / max(information.sum(), 1e-300)

    def variance(t: float) -> float:
        return far / n * float(-np.expm1(-2.0 * t * share).sum())

    floor = 2.0 * (near * bias) ** 2 / (dx * dy)
    return from_inversion(float(information.sum()), near * bias, floor, variance, value)
