"""Histogram estimators: bins of equal width or mass, with corrections of the plug-in bias."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mitk.data.samples import Prepared, Samples, Side
from mitk.errors import ParameterError, UnsupportedError, sentence
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.hyperparameters import one_of
from mitk.inference.resampling import unit_labels
from mitk.inference.row_sums import CountSums, WholeColumn, mass_codes, mass_edges
from mitk.inference.tables import sparse_reasons, table_quantiles
from mitk.numerics.codes import joint_codes
from mitk.numerics.lattices import value_count
from mitk.numerics.panzeri_treves import panzeri_treves_bias
from mitk.numerics.ranks import average_ranks, standardised
from mitk.numerics.tables import Table, count, information
from mitk.remedies import another
from mitk.results.reason import Reason, Status
from mitk.tags import Tags

RULES = ("equal-mass", "equal-width", "freedman-diaconis")
CORRECTIONS = ("none", "miller-madow", "panzeri-treves", "shuffle")
ROWS_PER_CELL = 5
# From so many rows on, cells get more rows each, as the third root of the rows.
FILLING_ROWS = 1000
SHUFFLES = 20
# From this share of ln(bins) on, the bins and not the dependence may set the value.
CUT_OFF_SHARE = 0.75


@dataclass(frozen=True, kw_only=True)
class Binning(Estimator):
    """Mutual information of binned columns: a lower bound of that of the columns themselves.

    Parameters
    ----------
    bins : int or None, default None
        Bins of each numeric column. None takes ``floor((n / r) ** (1 / d))`` for d numeric columns in all, so
        that a cell of an even spread holds ``r = 5 max(1, n / 1000) ** (1 / 3)`` rows; the Freedman-Diaconis rule
        counts its own.
    rule : {"equal-mass", "equal-width", "freedman-diaconis"}, default "equal-mass"
        Equal mass follows ranks, so increasing maps of columns change nothing and no bin is empty.
    correction : {"miller-madow", "none", "panzeri-treves", "shuffle"}, default "miller-madow"
        What is taken from the plug-in value for its bias; "shuffle" takes the mean plug-in value of 20 pairings
        at random.
    seed : int, default 0
        For the shuffles and resampling intervals.

    Raises
    ------
    UnsupportedError
        When the cells are more than the rows, so that they cannot be filled.

    Notes
    -----
    The plug-in value of the table of cells, sum p ln(p / p_x p_y) nats, less (cells - cells_x - cells_y + 1)
    / 2n over observed cells (Miller-Madow), or less [sum_x (R_x - 1) - (R_y - 1)] / 2n with the numbers R of
    relevant cells estimated by their Bayesian procedure. The number of bins of the Freedman-Diaconis rule
    is range / (2 IQR n^(-1/3)). Labels, and numbers of no more levels than bins,
    keep their levels. The interval covers the information of
    the binned columns, by the test inversion that `Discrete` uses, which unlike subsampling holds when the bins
    are few and the dependence weak.

    Fails where the dependence is finer than the bins: strong dependence is cut off at ln(bins).

    References
    ----------
    * S. Panzeri and A. Treves, "Analytical estimates of limited sampling biases in different information
      measures", Network 7 (1996).
    * D. Freedman and P. Diaconis, "On the histogram as a density estimator: L2 theory", Zeitschrift für
      Wahrscheinlichkeitstheorie 57 (1981).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(5000)
    >>> y = 0.8 * x + 0.6 * rng.standard_normal(5000)     # truth: 0.511 nats
    >>> r = Binning().fit(x, y)
    >>> r.kind, abs(r.value - 0.511) < 0.05
    ('lower', True)
    """

    bins: int | None = None
    rule: str = "equal-mass"
    correction: str = "miller-madow"

    @property
    def tags(self) -> Tags:
        """Any data in one or two dimensions; equal-mass bins follow ranks."""
        return Tags(
            summary="histograms with bias corrections",
            data=frozenset({"continuous", "tied", "count", "label"}),
            invariances=frozenset({"affine", "monotone"} if self.rule == "equal-mass" else {"affine"}),
            kind="lower",
            # Panzeri and Treves count the cells of y that are relevant given x.
            symmetric=self.correction != "panzeri-treves",
            interval="own",
            min_n=20,
            max_dim=4,
        )

    def check(self) -> None:
        """Raise ParameterError for a hyperparameter outside its rule."""
        whole = isinstance(self.bins, (int, np.integer)) and not isinstance(self.bins, bool)
        if self.bins is not None and (not whole or self.bins < 2):
            raise ParameterError(sentence("bins", "must be None or a whole number of at least 2", repr(self.bins)))
        one_of("rule", self.rule, tuple(RULES))
        one_of("correction", self.correction, tuple(CORRECTIONS))

    def _value(self, prepared: Prepared) -> Found:
        samples = prepared.samples
        (x, cells_x), (y, cells_y) = self._binned(samples)
        if cells_x * cells_y > samples.n:
            raise UnsupportedError(
                sentence(
                    "bins",
                    "must leave at least one row a cell",
                    f"{cells_x} x {cells_y} cells for {samples.n} rows",
                    ", or ".join(filter(None, ["take fewer bins or columns", another(samples, self)])),
                )
            )
        table = count(x, y)
        plug_in = information(table, "plug-in")
        value = plug_in - self._bias(x, y)
        labels = unit_labels(samples) if samples.dependent else None
        return Found(
            value,
            uncertainty=lambda: table_quantiles(table, value, labels),
            spanned=True,
            status=Status().because(*sparse_reasons(table), *self._cut_off(plug_in, cells_x, cells_y, samples)),
            diagnostics={
                "cells_x": cells_x,
                "cells_y": cells_y,
                "observed_cells": len(table.joint),
                "plug_in": plug_in,
            },
        )

    def _cut_off(self, plug_in: float, cells_x: int, cells_y: int, samples: Samples) -> list[Reason]:
        """A reason for doubt when numbers are as dependent as so few bins can show."""
        bins = self._bins(samples, samples.n)
        whole = any((side.discrete | side.repeats(bins)).all() for side in (samples.x, samples.y))
        if whole or plug_in < CUT_OFF_SHARE * math.log(min(cells_x, cells_y)):
            return []
        return [_cut_off_reason(cells_x, cells_y, another(samples, self, otherwise="take more bins"))]

    def _bias(self, x: np.ndarray, y: np.ndarray) -> float:
        if self.correction == "shuffle":
            rng = np.random.default_rng(self.seed)
            # Sorted first, so that the order of the rows does not matter.
            x, y = np.sort(x), np.sort(y)
            orders = [rng.permutation(len(x)) for _ in range(SHUFFLES // 2)]
            # With each order its inverse, so that exchanging the sides changes nothing.
            orders += [np.argsort(order) for order in orders]
            return float(np.mean([information(count(x, y[order]), "plug-in") for order in orders]))
        return self._table_bias(count(x, y))

    def _table_bias(self, table: Table) -> float:
        if self.correction == "miller-madow":
            return information(table, "plug-in") - information(table, "miller-madow")
        return panzeri_treves_bias(table) if self.correction == "panzeri-treves" else 0.0

    def _row_sums(
        self, part: Samples, n: int, x: WholeColumn, y: WholeColumn
    ) -> tuple[CountSums, Callable[[], tuple[Found, float]]] | None:
        """The table of bins whose edges are known from whole columns."""
        if self.rule != "equal-mass" or self.correction == "shuffle":
            return None
        bins = self._bins(part, n)
        edges: list[np.ndarray | None] = []
        for side, whole in ((part.x, x), (part.y, y)):
            read = None if side.discrete[0] else whole()
            if not side.discrete[0] and (read is None or np.isnan(read.values).any()):
                return None
            few = read is None or (side.kinds[0] in ("count", "tied") and value_count(read.values) <= bins)
            edges.append(None if few or read is None else mass_edges(read.values, bins))
        sums = CountSums(edges)
        return sums, lambda: self._of_row_sums(sums)

    def _of_row_sums(self, sums: CountSums) -> tuple[Found, float]:
        from mitk.inference.table_tests import table_p_value  # compiles, and is needed only here

        table = sums.table()
        plug_in = information(table, "plug-in")
        value = plug_in - self._table_bias(table)
        sizes = zip((table.x, table.y), sums.edges, strict=True)
        cells = [len(margin) if edges is None else len(edges) + 1 for margin, edges in sizes]
        doubts = list(sparse_reasons(table))
        if all(edges is not None for edges in sums.edges) and plug_in >= CUT_OFF_SHARE * math.log(min(cells)):
            doubts.append(_cut_off_reason(cells[0], cells[1], "take more bins"))
        found = Found(
            value,
            uncertainty=lambda: table_quantiles(table, value),
            status=Status().because(*doubts),
            diagnostics={
                "cells_x": cells[0],
                "cells_y": cells[1],
                "observed_cells": len(table.joint),
                "plug_in": plug_in,
            },
        )
        return found, table_p_value(table, self.seed)

    def _binned(self, samples: Samples) -> tuple[tuple[np.ndarray, int], tuple[np.ndarray, int]]:
        """Codes (n,) of each side's cells, with the number of cells there can be."""
        bins = self._bins(samples, samples.n)
        return self._cells(samples.x, bins), self._cells(samples.y, bins)

    def _bins(self, samples: Samples, n: int) -> int:
        numeric = int((~samples.x.discrete).sum() + (~samples.y.discrete).sum())
        # With a fixed number of rows a cell, the share of thin cells, whose bias no correction sees, never falls.
        filled = n / (ROWS_PER_CELL * max(1.0, n / FILLING_ROWS) ** (1.0 / 3.0))
        return self.bins or max(2, math.floor(filled ** (1.0 / max(numeric, 1))))

    def _cells(self, side: Side, bins: int) -> tuple[np.ndarray, int]:
        columns, cells = [], 1
        # Numbers of no more levels than bins keep their levels, which lose nothing.
        for j, whole in enumerate(side.discrete | side.repeats(bins)):
            values = side.values[:, [j]]
            if whole:
                codes = joint_codes(values)
                own = int(codes.max()) + 1
            else:
                codes, own = self._digitised(values, bins)
            cells *= own
            columns.append(codes)
        return joint_codes(np.column_stack(columns).astype(np.float64)), cells

    def _digitised(self, values: np.ndarray, bins: int) -> tuple[np.ndarray, int]:
        n = len(values)
        if self.rule == "equal-mass":
            # Ranks from 1 to n fall evenly into the bins, tied values into one.
            return mass_codes(average_ranks(values)[:, 0], n, bins), bins
        column = standardised(values)[:, 0]
        if self.rule == "freedman-diaconis" and self.bins is None:
            quarter, three = np.quantile(column, [0.25, 0.75])
            width = 2.0 * (three - quarter) * n ** (-1.0 / 3.0)
            bins = max(2, math.ceil(np.ptp(column) / width)) if width > 0 else 2
        low, span = column.min(), np.ptp(column)
        # A hair outward, so that rounding cannot move a value on an edge.
        codes = np.floor((column - low) / span * bins + 1e-9).astype(np.int64)
        return np.clip(codes, 0, bins - 1), bins


def _cut_off_reason(cells_x: int, cells_y: int, remedy: str) -> Reason:
    most = math.log(min(cells_x, cells_y))
    text = f"The value is near {most:.2f}, the most these bins can show, and the truth may be far larger"
    return Reason("ceiling", text, remedy)
