"""Nearest-neighbour estimators: KSG for continuous columns, MixedKSG for any mix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mitk.classical.neighbor_base import NeighborEstimator, NeighborSide, alone_notes, alone_reasons, orders_pay
from mitk.data.column_table import ColumnTable
from mitk.data.samples import Prepared, Samples, Side
from mitk.data.screening import without_constants
from mitk.errors import ParameterError, sentence
from mitk.found import Found, FoundMany
from mitk.inference.resampling import unit_labels
from mitk.inference.tables import sparse_reasons, table_quantiles
from mitk.numerics.codes import joint_codes
from mitk.numerics.ksg import class_information, ksg_contributions, ksg_of_orders, mixed_contributions
from mitk.numerics.lattices import points_of_mass, spreadings, well_filled
from mitk.numerics.lnc import nonuniformity
from mitk.numerics.tables import count
from mitk.numerics.ties import has_ties
from mitk.results.reason import Reason, Status
from mitk.tags import Tags

# A point of mass has at least this many times k + 1 rows.
ATOM_ROWS = 2


@dataclass(frozen=True, kw_only=True)
class KSG(NeighborEstimator):
    """Mutual information of continuous columns from nearest neighbours (Kraskov, Stögbauer, Grassberger 2004).

    Parameters
    ----------
    k : int, default 3
        Neighbours. Fewer mean less bias and more variance; 3 has the least error on most distributions.
    variant : {1, 2}, default 1
        1 counts within the radius of the joint ball, 2 within the rectangle of the neighbours. 1 has less
        variance.
    margins : {"standard", "raw", "normal"}, default "standard"
        Columns are brought to unit standard deviation, left alone, or replaced by normal scores; the last makes
        the value invariant to increasing maps of columns and is best for heavy tails and skew.
    lnc : bool, default False
        Correct for local non-uniformity: for strong dependence whose density is locally a thin sheet.
        Takes k > dx + dy.
    seed : int, default 0
        Only used by resampling intervals.

    Raises
    ------
    DataError
        When n <= k.

    Notes
    -----
    Variant 1: I = psi(k) + psi(n) - <psi(n_x + 1) + psi(n_y + 1)> nats, where n_x counts the other rows whose
    distance in x (largest difference of columns) is strictly below that of the k-th neighbour in (x, y);
    variant 2: I = psi(k) - 1/k + psi(n) - <psi(n_x) + psi(n_y)> with counts within the neighbours' rectangle.
    With ``lnc``, -<ln(V_rotated / V)> is added over rows where it is significant. Never clipped.

    With groups or runs (variant 1), no row is the neighbour of another of its own, nor counted, and n counts the rows
    of the others: rows of one group are near each other whatever one side tells of the other.

    Ties would break the counts, and small random noise only hides that. Tied values are spread over the cell
    that rounds to them, in an order hashed from the values of all rows: rounded data carry the same information as
    the spread ones.

    Fails above about 6 columns in all, where it is biased towards 0, and for more than psi(n) - psi(k) nats.

    References
    ----------
    * A. Kraskov, H. Stögbauer and P. Grassberger, "Estimating mutual information", Physical Review E 69
      (2004).
    * S. Gao, G. Ver Steeg and A. Galstyan, "Efficient estimation of mutual information for strongly
      dependent variables", AISTATS (2015).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(-1, 1, 2000)
    >>> y = x**2 + 0.2 * rng.standard_normal(2000)    # the correlation is 0
    >>> r = KSG(k=5).fit(x, y)
    >>> r.value > 0.4, r.status.code
    (True, 'OK')
    """

    variant: int = 1
    lnc: bool = False

    @property
    def tags(self) -> Tags:
        """Continuous columns in few dimensions; invariance as the margins give it."""
        return Tags(
            summary="continuous columns, few dimensions; nearest neighbours",
            data=frozenset({"continuous", "tied", "count"}),
            invariances=self._margin_invariances,
            interval="subsampling",
            min_n=self._fewest,
            ceiling=None if self.lnc else self._ceiling,
            conditional=self.variant == 1 and not self.lnc,
            pointwise=True,
        )

    def check(self) -> None:
        """Raise ParameterError for a hyperparameter outside its rule."""
        super().check()
        if (
            not isinstance(self.variant, (int, np.integer))
            or isinstance(self.variant, bool)
            or self.variant not in (1, 2)
        ):
            raise ParameterError(sentence("variant", "must be 1 or 2", repr(self.variant)))
        if not isinstance(self.lnc, (bool, np.bool_)):
            raise ParameterError(sentence("lnc", "must be True or False", repr(self.lnc)))

    def shuffled_value(self, samples: Samples) -> Callable[[np.ndarray], float]:
        """As of every estimator, distances within each side found once where that pays."""
        value = super().shuffled_value(samples)
        samples, _ = without_constants(samples)
        plain = self.variant == 1 and not self.lnc and samples.given is None and orders_pay(samples, self.k)
        if not plain or min(samples.x.d, samples.y.d) == 0:
            return value
        x, y = self._prepare(samples.x), self._prepare(samples.y)
        if x.tied.any() or y.tied.any():
            return value
        units = unit_labels(samples) if samples.dependent else None
        contributions = ksg_of_orders(x.values, y.values, self.k, units)
        return lambda rows: float(contributions(rows).mean())

    def _many(self, table: ColumnTable, pairs: np.ndarray) -> FoundMany | None:
        if self.margins != "normal" or self.variant != 1 or self.lnc:
            return None
        from mitk.classical.many_neighbors import many_neighbors  # compiles, and is needed only here

        return many_neighbors(self, table, pairs)

    def _prepare(self, side: Side) -> NeighborSide:
        scaled = self._scaled(side.values)
        tied = np.array([has_ties(side.values[:, j]) for j in range(side.d)], dtype=bool)
        n = side.n
        return NeighborSide(
            scaled, tied, np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool), np.zeros(scaled.shape, dtype=bool)
        )

    def _value(self, prepared: Prepared) -> Found:
        state_x, state_y, samples = prepared.x, prepared.y, prepared.samples
        self._enough(samples.n)
        if prepared.given is not None or (samples.dependent and self.variant == 1 and not self.lnc):
            return self._given(prepared)
        d = state_x.values.shape[1] + state_y.values.shape[1]
        if self.lnc and self.k <= d:
            raise ParameterError(
                sentence(
                    "k",
                    f"must exceed the {d} columns in all for lnc=True",
                    self.k,
                    f"k={2 * d} is a good start",
                )
            )
        passes = self._dissolved(state_x, state_y)
        pointwise = np.mean([ksg_contributions(x, y, self.k, self.variant) for x, y in passes], axis=0)
        if not self.lnc:
            return Found(float(pointwise.mean()), pointwise=pointwise)
        plain = float(pointwise.mean())
        pointwise = pointwise - np.mean([nonuniformity(x, y, self.k) for x, y in passes], axis=0)
        status = Status()
        if plain > self._ceiling(samples.n) - 1.0:
            text = "Neighbours see no thickness in the relation, so the correction has nothing to measure"
            status = status.because(Reason("ceiling", text, "the truth may be any large value"))
        return Found(float(pointwise.mean()), pointwise=pointwise, status=status, diagnostics={"uncorrected": plain})


@dataclass(frozen=True, kw_only=True)
class MixedKSG(NeighborEstimator):
    """Mutual information of any mix of discrete and continuous columns from nearest neighbours.

    Parameters
    ----------
    k : int, default 3
        Neighbours, at most the other rows of the same cell.
    margins : {"standard", "raw", "normal"}, default "standard"
        Scaling of numeric columns, as in `KSG`.
    seed : int, default 0
        Only used by resampling intervals.

    Raises
    ------
    DataError
        When n <= k.

    Notes
    -----
    After Gao, Kannan, Oh and Viswanath (2017): I = psi(n) + <psi(k_i) - psi(n_x + 1) - psi(n_y + 1)> nats,
    where a row whose neighbours coincide with it counts rows equal to it instead, as in a table. Discrete
    columns have the 0/1 metric, on a scale above all numeric distances: rows that differ in a label are never
    neighbours, so renaming labels changes nothing. A point of mass (a value of at least a tenth of the rows that
    towers over nearly continuous others) is such a label of its own. The levels of counts and of other repeated
    numbers are cells as well if these are then well filled, ten rows each, and the caller did not say
    ``discrete_x=False``: their order adds nothing there. Otherwise ties are spread over rounding cells as in `KSG`,
    and the mean of up to eight spreadings taken. This departs from the paper, which lets ties at other distances
    than 0 err.

    Groups and runs are left out of their neighbours as in `KSG`.

    With x continuous and y discrete this is exactly the estimator of Ross (2014): within a label n_y + 1
    is the number of rows with the label, and n_x + 1 the rows within the radius, the k-th neighbour included.
    The mathematics being the same, Ross's estimator has no class of its own.

    Fails as `KSG` does in many numeric dimensions, and when most labels occur once or twice.

    References
    ----------
    * W. Gao, S. Kannan, S. Oh and P. Viswanath, "Estimating mutual information for discrete-continuous
      mixtures", NIPS (2017).
    * B. C. Ross, "Mutual information between discrete and continuous data sets", PLoS ONE 9 (2014).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(2000)
    >>> label = np.where(x > 0, "high", "low")     # truth: ln 2 = 0.693 nats
    >>> r = MixedKSG().fit(x, label)
    >>> abs(r.value - 0.693) < 0.02
    True
    """

    @property
    def tags(self) -> Tags:
        """Any data; invariance as the margins give it."""
        return Tags(
            summary="any mix of discrete and continuous; nearest neighbours",
            data=frozenset({"continuous", "tied", "count", "label"}),
            invariances=self._margin_invariances | {"relabel"},
            interval="subsampling",
            min_n=self._fewest,
            ceiling=self._ceiling,
            conditional=True,
            pointwise=True,
        )

    def shuffled_value(self, samples: Samples) -> Callable[[np.ndarray], float]:
        """As of every estimator; labels against numbers from the distances between these."""
        value = super().shuffled_value(samples)
        samples, _ = without_constants(samples)
        alone = samples.given is None and not samples.dependent
        if min(samples.x.d, samples.y.d) == 0 or not alone or not orders_pay(samples, self.k):
            return value
        x, y = self._prepare(samples.x), self._prepare(samples.y)
        numbers, labels = (y, x) if y.live.all() else (x, y)
        plain = numbers.live.all() and not (numbers.tied.any() or numbers.cells.any() or numbers.labelled)
        if not plain or labels.live.any():
            return value
        information = class_information(numbers.values, labels.cells, self.k)
        # Rows are those of y: where it holds the numbers, the labels are taken in the inverse order.
        return (lambda rows: information(np.argsort(rows))) if numbers is y else information

    def _many(self, table: ColumnTable, pairs: np.ndarray) -> FoundMany | None:
        from mitk.classical.class_pairs import class_pairs  # compiles, and is needed only here

        return class_pairs(self, table, pairs)

    def _prepare(self, side: Side) -> NeighborSide:
        prepared, lattice = self._side(side, side.discrete), side.lattice
        if not lattice.any():
            return prepared
        return replace(prepared, labelled=self._side(side, side.discrete | lattice))

    def _side(self, side: Side, labels: np.ndarray) -> NeighborSide:
        """A side with the columns `labels` (d,) taken as labels, and the atoms of the others."""
        cells = [side.values[:, labels]]
        numbers = side.columns(~labels)
        scaled = self._scaled(numbers.values).copy()
        tied = np.zeros(numbers.d, dtype=bool)
        fixed = np.zeros(scaled.shape, dtype=bool)
        for j in range(numbers.d):
            atom = points_of_mass(numbers.values[:, j], ATOM_ROWS * (self.k + 1))
            fixed[:, j] = atom >= 0
            scaled[fixed[:, j], j] = 0.0
            cells.append(atom[:, None].astype(np.float64))
            tied[j] = has_ties(numbers.values[atom < 0, j])
        live = np.asarray(~fixed.all(axis=1))
        codes = joint_codes(np.column_stack(cells))
        return NeighborSide(scaled, tied, codes, live, fixed, spreadings=spreadings(numbers.values))

    def _match(self, prepared: Prepared) -> Prepared:
        # Lattices are labels if the joint cells are then well filled, else numbers with ties.
        sides = {"x": prepared.x, "y": prepared.y} | ({} if prepared.given is None else {"given": prepared.given})
        if all(side.labelled is None for side in sides.values()):
            return prepared
        labelled = {name: side.labelled or side for name, side in sides.items()}
        cells = joint_codes(np.column_stack([side.cells for side in labelled.values()]))
        if prepared.samples.dependent:
            # Rows of one group or run are no neighbours of each other, and fill a cell once.
            cells = np.unique(np.column_stack([cells, unit_labels(prepared.samples)]), axis=0)[:, 0]
        return replace(prepared, **labelled) if well_filled(cells) else prepared

    def _value(self, prepared: Prepared) -> Found:
        state_x, state_y, samples = prepared.x, prepared.y, prepared.samples
        self._enough(samples.n)
        numbers = bool(state_x.live.any() or state_y.live.any())
        if prepared.given is not None or (samples.dependent and numbers):
            return self._given(prepared)
        total = np.zeros(samples.n)
        passes = self._dissolved(state_x, state_y)
        for x, y in passes:
            contributions, alone = mixed_contributions(
                x, y, self.k, state_x.cells, state_y.cells, state_x.live, state_y.live
            )
            total += contributions
        pointwise = total / len(passes)
        status = Status().because(*alone_reasons(float(alone.mean())))
        value = float(pointwise.mean())
        found = Found(value, pointwise=pointwise, notes=alone_notes(int(alone.sum())), status=status)
        if numbers:
            return found
        table = count(state_x.cells, state_y.cells)
        labels = unit_labels(samples) if samples.dependent else None
        return replace(
            found,
            status=status.because(*sparse_reasons(table)),
            uncertainty=lambda: table_quantiles(table, value, labels),
            spanned=True,
        )
