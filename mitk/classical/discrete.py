"""Mutual information of discrete columns and contingency tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mitk.errors import DataError, ParameterError, sentence
from mitk.estimator import Estimator, Tags
from mitk.inference.distribution import from_inversion
from mitk.inference.inflation import product_variance, unit_variance
from mitk.inference.resampling import unit_labels
from mitk.numerics.entropies import ENTROPIES
from mitk.numerics.tables import Table, bias_degrees, count, information, plug_in_bias, pointwise_cells
from mitk.result import MIEstimate, Quantiles, Status
from mitk.samples import Block, Samples

# More observed cells than this share of the rows, and no correction is to be relied on.
CELLS_PER_ROW = 0.2
# More rows alone in their cell than this share: about as much probability is in cells not seen (Good 1953).
SINGLE_SHARE = 0.05


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
            interval="inversion",
            min_n=5,
            pointwise=self.correction == "plug-in",
        )

    def check(self) -> None:
        """Raise ParameterError for an unknown correction."""
        check_correction(self.correction, tuple(ENTROPIES))

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
            Counts: whole numbers, none negative.
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
        rows = np.repeat(np.arange(counts.size), counts.astype(np.int64).ravel())
        return cls(**hyperparameters).fit(
            rows // counts.shape[1],
            rows % counts.shape[1],
            discrete_x=True,
            discrete_y=True,
            confidence=confidence,
            unit=unit,
        )

    def _prepare(self, block: Block) -> np.ndarray:
        return block.codes()

    def _fit_prepared(self, state_x: np.ndarray, state_y: np.ndarray, samples: Samples) -> MIEstimate:
        table = count(state_x, state_y)
        value = information(table, self.correction)
        return MIEstimate(
            value,
            pointwise=pointwise_cells(table)[table.cell] if self.tags.pointwise else None,
            status=sparse_status(table),
            diagnostics={
                "levels_x": len(table.x),
                "levels_y": len(table.y),
                "observed_cells": len(table.joint),
            },
        )

    def _inversion(self, result: MIEstimate, state_x: Any, state_y: Any, samples: Samples) -> Quantiles:
        return table_quantiles(state_x, state_y, result.value, samples)


def check_correction(correction: str, allowed: tuple[str, ...]) -> None:
    """Raise ParameterError unless `correction` is one of `allowed`."""
    if correction not in allowed:
        raise ParameterError(sentence("correction", f"must be one of {', '.join(allowed)}", repr(correction)))


def sparse_status(table: Table) -> Status:
    """UNRELIABLE when cells outnumber a fifth of the rows, or many rows are alone in theirs."""
    n, cells, once = int(table.joint.sum()), len(table.joint), int((table.joint == 1).sum())
    if cells > CELLS_PER_ROW * n:
        return Status().because(
            f"{cells} observed cells for {n} rows leave most of them nearly empty; merge levels or collect more rows."
        )
    if once > SINGLE_SHARE * n:
        return Status().because(
            f"{once} of {n} rows are alone in their cell, so about as many are unseen; merge levels or collect more."
        )
    return Status()


def table_quantiles(codes_x: np.ndarray, codes_y: np.ndarray, value: float, samples: Samples) -> Quantiles:
    """Confidence distribution of the information of paired codes (n,), by test inversion."""
    table = count(codes_x, codes_y)
    n = float(samples.n)
    pointwise, p = pointwise_cells(table), table.joint / n
    plug_in = max(float((p * pointwise).sum()), 0.0)
    spread = float((p * pointwise**2).sum()) - plug_in**2
    # Cells seen once stand for as many rows' worth of unseen ones, whose contribution is far from the mean.
    once = table.joint == 1
    if once.any():
        spread += float((p[once] * (pointwise[once] - math.log(2.0) - plug_in) ** 2).sum())
    degrees = bias_degrees(table)
    # A chi-square of at least the smaller side's levels: deterministic relations have no cells to spare.
    floor = max(degrees, min(len(table.x), len(table.y)) - 1, 1) / (2.0 * n**2)
    # To first order Var(pmi) is proportional to the information near independence: 2 t.
    slope = spread / plug_in if plug_in > 0.0 else 2.0
    near = far = 1.0
    if samples.groups is not None or samples.block is not None:
        labels = unit_labels(samples)
        rows = np.arange(samples.n)
        white_x, white_y = _white(codes_x), _white(codes_y)
        near = max(product_variance(white_x, white_y, labels) / product_variance(white_x, white_y, rows), 1.0)
        assert table.cell is not None
        contributions = pointwise[table.cell][:, None]
        within = float(unit_variance(contributions, rows)[0])
        far = max(float(unit_variance(contributions, labels)[0]) / within, 1.0) if within > 0.0 else 1.0
    return from_inversion(plug_in, near * plug_in_bias(table), near**2 * floor, lambda t: far * slope * t / n, value)


def _white(codes: np.ndarray) -> np.ndarray:
    """Centred indicators of each level over the root of its share, shape (n, levels)."""
    levels, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    share = counts / len(codes)
    return (np.eye(len(levels))[inverse] - share) / np.sqrt(share)
