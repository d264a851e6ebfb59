"""Mutual information of discrete columns and contingency tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mitk.errors import DataError, sentence
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.hyperparameters import one_of
from mitk.inference.resampling import unit_labels
from mitk.inference.tables import sparse_reasons, table_quantiles
from mitk.numerics.entropies import ENTROPIES
from mitk.numerics.tables import Table, count, from_array, information, pointwise_cells
from mitk.options import FitOptions
from mitk.reason import Status
from mitk.result import MIEstimate
from mitk.samples import Prepared, Samples, Side
from mitk.tags import Tags


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
        For columns that are not discrete, unless declared so.

    Notes
    -----
    I = H(X) + H(Y) - H(X, Y), in nats, each entropy by the estimator named (`mitk.numerics.entropies` gives the
    formulas). The default interval inverts a test with a non-central chi-square law for the plug-in value,
    which is a chi-square over 2n at independence and tends to a normal with variance Var(pmi) / n away from it.
    With more observed cells than n / 5 the result is UNRELIABLE.

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
    0.131 nats [0.046, 0.255] (95 %), Discrete(correction='plug-in'), n=80
    """

    correction: str = "miller-madow"

    @property
    def tags(self) -> Tags:
        """Tables; invariant to renaming of labels."""
        return Tags(
            summary="discrete columns and contingency tables; six estimators",
            data=frozenset({"discrete"}),
            invariances=frozenset({"affine", "monotone", "relabel"}),
            interval="own",
            min_n=5,
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
            the counts.
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
            When the table does not hold counts.
        """
        counts = np.asarray(table)
        whole = counts.ndim == 2 and counts.dtype.kind in "iuf" and bool((counts == np.rint(counts)).all())
        if not whole or (counts < 0).any() or counts.sum() < 2:
            raise DataError(
                sentence(
                    "table",
                    "must be a 2-D array of at least 2 counts",
                    f"shape {counts.shape}, {counts.dtype}",
                    "pass counts, not probabilities",
                )
            )
        estimator = cls(**hyperparameters)
        estimator.check_options(FitOptions(confidence=confidence, unit=unit))
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
            result = replace(result, status=result.status.because(f"{n} counts are few; collect more."))
        if min(len(built.x), len(built.y)) == 1:
            result = replace(result, value=0.0, notes=("One side has a single level and carries no information.",))
        if confidence is not None:
            quantiles = table_quantiles(built, result.value)
            result = replace(result, quantiles=quantiles, ci=quantiles.interval(confidence))
        return result.to(unit)

    def _prepare(self, side: Side) -> np.ndarray:
        return side.codes()

    def _value(self, prepared: Prepared) -> Found:
        table, samples = count(prepared.x, prepared.y), prepared.samples
        found = self._of_table(table)
        serial = samples.groups is not None or samples.block is not None
        labels = unit_labels(samples) if serial else None
        return replace(found, uncertainty=lambda: table_quantiles(table, found.value, labels))

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
