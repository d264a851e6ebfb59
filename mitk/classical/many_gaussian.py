"""Correlations of many pairs of columns at once: what the Gaussian estimators say of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mitk.classical.overlooked import overlooked
from mitk.data.column_table import ColumnTable
from mitk.data.samples import Prepared
from mitk.estimator import MIN_ROWS, Estimator
from mitk.found import Found
from mitk.inference.inflation import unit_variance_factor
from mitk.inference.linear_gates import biased_pairs, unresolved_pairs
from mitk.inference.pair_inversion import inverted_ends
from mitk.numerics.correlation_law import correlation_p_values, skewed_p_values
from mitk.numerics.gaussian_mi import SINGULAR, gaussian_bias
from mitk.numerics.pair_moments import mean_products, scatter_of_correlations
from mitk.results.reason import Reason


def correlations(columns: np.ndarray, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Correlations of pairs (m, 2) of standardised columns (n, d), and plug-in informations in nats, (m,) each."""
    r = mean_products(columns, columns, pairs)
    residual = (1.0 - r) * (1.0 + r)
    exact = residual < SINGULAR
    residual[exact] = 1.0
    information = np.log(residual, out=residual)
    information *= -0.5
    information[exact] = np.inf
    return r, information


@dataclass(frozen=True, eq=False)
class ManyCorrelations:
    """Pairs of columns, whose correlations are known.

    Attributes
    ----------
    estimator : Estimator
        Of the Gaussian family.
    table : ColumnTable
    columns : ndarray of shape (n, d)
        Those of the table, as the estimator correlates them, standardised.
    pairs : ndarray of shape (m, 2)
    r : ndarray of shape (m,)
        Correlations.
    values : ndarray of shape (m,)
        Informations in nats, less their bias; infinite for exact relations.
    ranked : bool
        Whether the columns are normal scores: the scatter of correlations is then measured, not taken to be that of
        normal rows.
    """

    estimator: Estimator
    table: ColumnTable
    columns: np.ndarray
    pairs: np.ndarray
    r: np.ndarray
    values: np.ndarray
    ranked: bool

    @property
    def p_values(self) -> np.ndarray:
        """Of zero correlation, shape (m,)."""
        p = correlation_p_values(self.r, self.table.n)
        if not self.ranked or not self.table.score_skewness.any():
            return p
        skewness = self.table.score_skewness
        return skewed_p_values(p, skewness[self.pairs[:, 0]] * skewness[self.pairs[:, 1]], self.table.n)

    def intervals(self, chosen: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Both ends of the interval of each pair chosen (c,), in nats; nan where the value is infinite."""
        low, high = np.full(len(chosen), np.nan), np.full(len(chosen), np.nan)
        finite = np.flatnonzero(np.isfinite(self.values[chosen]))
        places = chosen[finite]
        inflation = self._inflation(places) if self.ranked else np.ones(len(places))
        statistic = -0.5 * np.log1p(-(self.r[places] ** 2))
        low[finite], high[finite] = inverted_ends(
            statistic, np.maximum(inflation, 0.25), self.values[places], self.table.n, level
        )
        return low, high

    def doubts(self, chosen: np.ndarray) -> list[tuple[Reason, ...]]:
        """The reasons that single fits give not to trust each pair chosen (c,), and those that bent columns give."""
        reasons: list[tuple[Reason, ...]] = [()] * len(chosen)
        for place in np.flatnonzero(self._suspect(chosen)):
            reasons[place] = self._reasons(int(chosen[place]))
        if self.ranked:
            trusted = np.flatnonzero([not found for found in reasons])
            places = chosen[trusted]
            seen = overlooked(
                self.table, self.pairs[places], self.values[places], lambda some: self.intervals(places[some], 0.95)
            )
            for some, reason in seen.items():
                reasons[trusted[some]] = (reason,)
        return reasons

    def _inflation(self, chosen: np.ndarray) -> np.ndarray:
        """How many times as much correlations vary as those of normal rows, shape (c,).

        Near independence, ``unit_variance(a b - r (a^2 + b^2) / 2) / (1 - r^2)^2``; far from it the variance of the
        pointwise information over r^2, which for two columns is the same number.
        """
        r = self.r[chosen]
        scatter = scatter_of_correlations(self.columns, self.pairs[chosen], r, self.table.few)
        return scatter * unit_variance_factor(self.table.n) / ((1.0 - r) * (1.0 + r)) ** 2

    def _suspect(self, chosen: np.ndarray) -> np.ndarray:
        """Which pairs chosen single fits may doubt, shape (c,): they do doubt nearly all of these."""
        n, values, r = self.table.n, self.values[chosen], self.r[chosen]
        suspect = ~np.isfinite(values) | (n < max(self.estimator.tags.min_n, MIN_ROWS))
        asked = np.flatnonzero(~suspect)
        if self.ranked:
            suspect[asked] |= unresolved_pairs(n, values[asked], r[asked])
        suspect[asked] |= biased_pairs(
            n, values[asked], gaussian_bias(n, 1, 1), lambda some: self._inflation(chosen[asked[some]])
        )
        return suspect

    def _reasons(self, place: int) -> tuple[Reason, ...]:
        """What a single fit says of one pair."""
        pair, value, rho = self.pairs[place], float(self.values[place]), np.abs(self.r[[place]])
        samples = self.table.pair(*pair.tolist())
        diagnostics = {"bias": gaussian_bias(self.table.n, 1, 1)} if np.isfinite(value) else {}
        found = Found(value, diagnostics={**diagnostics, "canonical_correlations": np.minimum(rho, 1.0)})
        x, y = (self.columns[:, [column]] for column in pair)
        found = self.estimator._finish(found, Prepared(samples, x, y))
        return found.status.because(*self.estimator._doubts(found, samples, self.estimator.tags)).reasons
