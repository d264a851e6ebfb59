"""Mutual information of discrete columns and contingency tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import xlogy

from mitk.data.column_table import ColumnTable
from mitk.data.options import FitOptions
from mitk.data.samples import Prepared, Samples, Side
from mitk.errors import DataError, sentence
from mitk.estimator import Estimator
from mitk.found import Found, FoundMany
from mitk.hyperparameters import one_of
from mitk.inference.resampling import unit_labels
from mitk.inference.row_sums import CountSums, WholeColumn
from mitk.inference.strata import strata_information, strata_of, strata_pointwise, strata_quantiles, strata_reasons
from mitk.inference.tables import sparse_reasons, table_quantiles
from mitk.numerics.entropies import ENTROPIES
from mitk.numerics.tables import Table, count, from_array, information, pointwise_cells
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason, Status
from mitk.results.record import MIEstimate
from mitk.tags import Tags

# How far from 1 probabilities may sum, for those written with few digits.
SUM_ERROR = 1e-6


@dataclass(frozen=True, kw_only=True)
class Discrete(Estimator):
    """Mutual information of discrete columns.

    Several columns on a side are taken as one joint variable. Only equality of values matters, so labels may be
    renamed.

    Parameters
    ----------
    correction : str, default "miller-madow"
        "plug-in", "miller-madow", "grassberger", "chao-shen", "nsb" or "james-stein". Miller-Madow removes the
        first-order bias, is exact in the limit for deterministic relations and cheap; "nsb" and "chao-shen" are
        for more cells than rows; "james-stein" has the least variance and shrinks towards independence.
    seed : int, default 0
        Only used by resampling intervals.

    Raises
    ------
    UnsupportedError
        For columns that are neither labels nor whole numbers that repeat, unless declared discrete.

    Notes
    -----
    I = H(X) + H(Y) - H(X, Y), in nats, each entropy by the estimator named (`mitk.numerics.entropies` gives the
    formulas). The default interval inverts a test with a non-central chi-square law for the plug-in value,
    which is a chi-square over 2n at independence and tends to a normal with variance Var(pmi) / n away from it.
    With more observed cells than n / 5 the result is UNRELIABLE. Given a condition it is sum_z n_z / n I_z over the
    levels of the condition, with cells counted over all of them.

    Fails when most cells hold one row: every estimator then says more about its prior than about the data.

    References
    ----------
    * G. Miller, "Note on the bias of information estimates" (1955).
    * P. Grassberger, "Entropy estimates from insufficient samplings", arXiv:physics/0307138 (2003).
    * A. Chao and T.-J. Shen, Environmental and Ecological Statistics 10 (2003); J. Hausser and K. Strimmer,
      Journal of Machine Learning Research 10 (2009).
    * I. Nemenman, F. Shafee and W. Bialek, "Entropy and inference, revisited", NIPS 14 (2002).

    Examples
    --------
    >>> r = Discrete().fit(["a", "b"] * 50, ["u", "v"] * 50)     # truth: ln 2 = 0.693 nats
    >>> abs(r.value - 0.693) < 0.01
    True
    >>> print(Discrete.from_table([[30, 10], [10, 30]], correction="plug-in"))
    0.131 nats [0.035, 0.260] (95 %), Discrete(correction='plug-in'), n=80
    """

    correction: str = "miller-madow"

    @property
    def tags(self) -> Tags:
        """Tables; invariant to renaming of labels."""
        return Tags(
            summary="discrete columns and contingency tables; six estimators",
            data=frozenset({"count", "label"}),
            invariances=frozenset({"affine", "monotone", "relabel"}),
            interval="own",
            min_n=5,
            conditional=True,
            pointwise=self.correction == "plug-in",
        )

    def suits(self, samples: Samples) -> bool:
        """As of every estimator, where the rows fill the table."""
        return super().suits(samples) and not sparse_reasons(count(samples.x.codes(), samples.y.codes()))

    def check(self) -> None:
        """Raise ParameterError for an unknown correction."""
        one_of("correction", self.correction, tuple(ENTROPIES))

    @classmethod
    def from_table(
        cls,
        table: Any,
        *,
        confidence: float | None = 0.95,
        unit: str = "nats",
        **hyperparameters: Any,
    ) -> MIEstimate:
        """Estimate from a contingency table instead of rows.

        Parameters
        ----------
        table : array_like of shape (levels of x, levels of y)
            Counts: whole numbers, none negative. Empty rows and columns are left out. Memory follows the cells, not
            the counts. Or probabilities: floats, none negative, that sum to 1; the value is then that of the
            population, whatever the correction, with an interval of no width.
        confidence : float or None, default 0.95
        unit : {"nats", "bits"}, default "nats"
        **hyperparameters
            Of `Discrete`.

        Returns
        -------
        MIEstimate

        Raises
        ------
        DataError
            When the table holds neither counts nor probabilities.
        """
        estimator = cls(**hyperparameters)
        estimator.check_options(FitOptions(confidence=confidence, unit=unit))
        counts = np.asarray(table)
        if _probabilities(counts):
            return estimator._of_population(counts.astype(np.float64), confidence).to(unit)
        whole = counts.ndim == 2 and counts.dtype.kind in "iuf"
        whole = whole and bool((np.isfinite(counts) & (counts == np.rint(counts))).all())
        if not whole or (counts < 0).any() or counts.sum() < 2:
            raise DataError(
                sentence(
                    "table",
                    "must be a 2-D array of at least 2 counts",
                    f"shape {counts.shape}, {counts.dtype}",
                    "pass counts, or probabilities that sum to 1",
                )
            )
        built = from_array(counts)
        n = int(built.joint.sum())
        found = estimator._of_table(built)
        result = MIEstimate(
            found.value,
            status=found.status,
            diagnostics=dict(found.diagnostics),
            n_samples=n,
            estimator=estimator.info(),
        )
        if n < estimator.tags.min_n:
            result = replace(
                result, status=result.status.because(Reason("few-rows", f"{n} counts are few", "collect more"))
            )
        if min(len(built.x), len(built.y)) == 1:
            result = replace(result, value=0.0, notes=("One side has a single level and carries no information.",))
        if confidence is not None:
            quantiles = table_quantiles(built, result.value)
            result = replace(result, quantiles=quantiles, ci=quantiles.interval(confidence))
        return result.to(unit)

    def _prepare(self, side: Side) -> np.ndarray:
        return side.codes()

    def _value(self, prepared: Prepared) -> Found:
        if prepared.given is not None:
            return self._given(prepared)
        table, samples = count(prepared.x, prepared.y), prepared.samples
        found = self._of_table(table)
        labels = unit_labels(samples) if samples.dependent else None
        return replace(found, uncertainty=lambda: table_quantiles(table, found.value, labels), spanned=True)

    def _given(self, prepared: Prepared) -> Found:
        """The conditional information, stratum by stratum."""
        samples, strata = prepared.samples, strata_of(prepared.x, prepared.y, prepared.given)
        value = strata_information(strata, self.correction)
        labels = unit_labels(samples) if samples.dependent else None
        thin = sum(not s.tells for s in strata)
        notes = (f"{thin} of {len(strata)} levels of the condition leave a side constant and count as 0.",) * (thin > 0)
        return Found(
            value,
            pointwise=strata_pointwise(strata) if self.tags.pointwise else None,
            uncertainty=lambda: strata_quantiles(strata, value, labels),
            spanned=True,
            status=Status().because(*strata_reasons(strata)),
            notes=notes,
            diagnostics={"levels_given": len(strata), "observed_cells": sum(len(s.table.joint) for s in strata)},
        )

    def _many(self, table: ColumnTable, pairs: np.ndarray) -> FoundMany | None:
        from mitk.classical.table_pairs import table_pairs  # compiles, and is needed only here

        return table_pairs(self, table, pairs, self.correction)

    def _row_sums(
        self, part: Samples, n: int, x: WholeColumn, y: WholeColumn
    ) -> tuple[CountSums, Callable[[], tuple[Found, float]]]:
        sums = CountSums()
        return sums, lambda: self._of_row_sums(sums)

    def _of_row_sums(self, sums: CountSums) -> tuple[Found, float]:
        from mitk.inference.table_tests import table_p_value  # compiles, and is needed only here

        table = sums.table()
        found = self._of_table(table)
        return replace(found, uncertainty=lambda: table_quantiles(table, found.value)), table_p_value(table, self.seed)

    def _of_population(self, p: np.ndarray, confidence: float | None) -> MIEstimate:
        p = p / p.sum()
        p_x, p_y = p.sum(axis=1), p.sum(axis=0)
        value = max(float(xlogy(p, p).sum() - xlogy(p_x, p_x).sum() - xlogy(p_y, p_y).sum()), 0.0)
        exact = Quantiles((0.0005, 0.9995), (value, value), "exact")
        return MIEstimate(
            value,
            estimator=self.info(),
            notes=("Probabilities: the value is that of the population and has no error.",),
            quantiles=None if confidence is None else exact,
            ci=None if confidence is None else exact.interval(confidence),
            diagnostics={
                "levels_x": int((p_x > 0).sum()),
                "levels_y": int((p_y > 0).sum()),
                "observed_cells": int((p > 0).sum()),
            },
        )

    def _of_table(self, table: Table) -> Found:
        return Found(
            information(table, self.correction),
            pointwise=pointwise_cells(table)[table.cell] if self.tags.pointwise and table.cell is not None else None,
            status=Status().because(*sparse_reasons(table)),
            diagnostics={
                "levels_x": len(table.x),
                "levels_y": len(table.y),
                "observed_cells": len(table.joint),
            },
        )


def _probabilities(table: np.ndarray) -> bool:
    """Whether a table holds probabilities: floats, none negative, that sum to 1."""
    return (
        table.ndim == 2
        and table.dtype.kind == "f"
        and bool((table >= 0.0).all())
        and abs(float(table.sum()) - 1.0) <= SUM_ERROR
    )
