"""A screen: two quick readings of any columns, neighbours or the table and the Gaussian copula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mitk.classical.by_kind import by_kind
from mitk.classical.gaussian import GaussianCopula
from mitk.classical.neighbor_base import MAX_NUMERIC, numeric_columns
from mitk.classical.neighbors import KSG
from mitk.data.column_table import ColumnTable
from mitk.data.columns import ColumnKind
from mitk.data.samples import Prepared, Samples, Side
from mitk.data.screening import without_constants
from mitk.estimator import Estimator
from mitk.found import Found, FoundMany
from mitk.inference.residual_dependence import SHAPES, ResidualDependence
from mitk.inference.tables import CELLS_PER_ROW
from mitk.inference.wave_tests import wave_p_value
from mitk.numerics.lattices import value_count
from mitk.registry import make_estimator
from mitk.results.reason import Reason
from mitk.tags import Tags

# What the readings see, for tests.
ANY_SHAPE, MONOTONE = SHAPES, "monotone"
# Columns in all up to which tests ask neighbours: their bias does no harm there, but they see ever less.
MOST_TESTED = 2 * MAX_NUMERIC


@dataclass(frozen=True)
class _Choice:
    """Who reads some samples.

    Attributes
    ----------
    names : tuple of str
        What the readers are registered as.
    readers : tuple of Estimator
        The first gives the value.
    chosen : Estimator
        What suits the columns by their kinds: the first reader, but where the copula stands in for it.
    reason : str
        Why the first reader was taken.
    """

    names: tuple[str, ...]
    readers: tuple[Estimator, ...]
    chosen: Estimator
    reason: str

    def of_any_shape(self) -> Estimator:
        """Who reads dependence of any shape, however many the columns."""
        return KSG(margins="normal") if isinstance(self.chosen, GaussianCopula) else self.chosen


@dataclass(frozen=True)
class _Read:
    """A side as each reader prepared it."""

    choice: _Choice
    states: tuple[Any, ...]

    def __getitem__(self, rows: np.ndarray) -> _Read:
        return replace(self, states=tuple(state[rows] for state in self.states))


@dataclass(frozen=True, kw_only=True)
class Screen(Estimator):
    """Mutual information by two quick readings of any columns, to be asked many times: of pairs, and in tests.

    Parameters
    ----------
    seed : int, default 0
        Only used by resampling intervals.

    Notes
    -----
    The value in nats is that of the quick method which suits the columns, to the last digit: `KSG` on normal scores
    for up to six continuous columns; `Discrete` for labels, and for counts and repeated values that fill their cells;
    `MixedKSG` on normal scores for other repeated values and for mixtures of kinds; `GaussianCopula` beyond six numeric
    columns, which neighbours do not resolve, if no label has more than two levels. Notes say which, and all doubts of
    that method count; the copula of many columns that repeat values, which it is not made for, is UNRELIABLE.

    ``diagnostics`` hold that reading and, wherever labels have at most two levels, the copula's, under the names of the
    methods. The first sees dependence of any shape, the second what is monotone, with less scatter.

    Given a condition, `Discrete` is taken where its strata are filled, `MixedKSG` for up to six numeric columns in all
    and `GaussianCopula` beyond.

    In a permutation test the two are one statistic (`mitk.permutation_test`), which finds y = x^2 and a correlation of
    0.1 alike.

    Fails where its methods fail: much information from few rows, and dependence that is not monotone in many columns.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(-1, 1, 1000)
    >>> r = Screen().fit(x, x**2 + 0.2 * rng.standard_normal(1000), confidence=None)
    >>> r.value == r.diagnostics["ksg"] > 0.5, abs(r.diagnostics["copula"]) < 0.01    # the correlation is 0
    (True, True)
    """

    @property
    def tags(self) -> Tags:
        """Any data; what every method that it may take promises."""
        return Tags(
            summary="any data, many times: neighbours or the table, beside the copula; milliseconds",
            data=frozenset({"continuous", "tied", "count", "label"}),
            conditional=True,
            invariances=frozenset({"affine", "monotone", "relabel"}),
            interval="subsampling",
            min_n=5,
        )

    def suits(self, samples: Samples) -> bool:
        """Whether the method that suits the columns by their kinds promises something of them."""
        alike = _alike(samples)
        return _choice(alike).chosen.suits(alike)

    def shuffled_value(self, samples: Samples) -> Callable[[np.ndarray], float]:
        """The value as a function of the order of y, the choice of a method included."""
        self.check_options()
        samples = _alike(without_constants(samples)[0])
        if min(samples.x.d, samples.y.d) == 0:
            return lambda rows: 0.0
        if samples.given is not None:
            readings = ResidualDependence(samples)
            return lambda rows: readings(rows)[ANY_SHAPE]
        return _read_anew(samples, lambda choice: choice.readers[0])

    def shuffled_values(self, samples: Samples) -> Callable[[np.ndarray], dict[str, float]]:
        """Readings of dependence of "any shape" and of what is "monotone", that of the value first.

        Given a condition, of what smooth fits on it leave: "any shape", and what is "modulated" by it.
        """
        self.check_options()
        samples = _alike(without_constants(samples)[0])
        if min(samples.x.d, samples.y.d) == 0:
            return lambda rows: {ANY_SHAPE: 0.0}
        if samples.given is not None:
            return ResidualDependence(samples)
        ordered, readings = _ordered(samples), {}
        # Which readings there are must not depend on the pairing.
        if not (ordered and "continuous" in _kinds(samples) and numeric_columns(samples) > MOST_TESTED):
            readings[ANY_SHAPE] = _read_anew(samples, _Choice.of_any_shape)
        if ordered:
            readings[MONOTONE] = GaussianCopula().shuffled_value(samples)
        if isinstance(_choice(samples).readers[0], GaussianCopula):
            readings = dict(reversed(readings.items()))
        return lambda rows: {name: reading(rows) for name, reading in readings.items()}

    def _p_value(self, value: float, prepared: Prepared) -> float | None:
        """That of both readings, as `_many` has it; waves stand in for neighbours whose null repeated values hide."""
        choice: _Choice = prepared.x.choice
        known = [reader._p_value(value, _as_read(prepared, place)) for place, reader in enumerate(choice.readers)]
        x, y, given = prepared.samples.x, prepared.samples.y, prepared.samples.given
        if known[0] is None and given is None and x.d == y.d == 1:
            labels = [side.kinds[0] == "label" for side in (x, y)]
            known[0] = wave_p_value(x.values[:, 0], y.values[:, 0], labels[0], labels[1])
        p_values = [p_value for p_value in known if p_value is not None]
        return None if len(p_values) < len(known) else float(_least_of(len(known), min(p_values)))

    def _many(self, table: ColumnTable, pairs: np.ndarray) -> FoundMany | None:
        """As of every estimator; p is that of both readings, whichever is smaller, for having looked twice."""
        name = _method_of_all(table, pairs)
        if name is None:
            return None
        margins: dict[str, Any] = {} if name == "discrete" else {"margins": "normal"}
        found = make_estimator(name, margins)._many(table, pairs)
        if found is None:
            return None
        p_values = found.p_values
        columns = np.unique(pairs)
        # A table of labels leaves nothing to the copula, whose null is rough where they are rare.
        if name != "discrete" and all(
            table.kinds[j] != "label" or value_count(table.values[:, j]) <= 2 for j in columns
        ):
            copula = GaussianCopula()._many(table, pairs)
            if copula is None:
                return None
            p_values = _least_of(2, np.minimum(p_values, copula.p_values))
        return replace(found, p_values=p_values, method=name)

    def _match(self, prepared: Prepared) -> Prepared:
        samples = _alike(prepared.samples)
        choice = _choice(samples)
        sides = [reader._match(reader._prepared(samples)) for reader in choice.readers]
        x, y = (_Read(choice, tuple(getattr(side, name) for side in sides)) for name in ("x", "y"))
        given = None if samples.given is None else _Read(choice, tuple(side.given for side in sides))
        return replace(prepared, x=x, y=y, given=given)

    def _value(self, prepared: Prepared) -> Found:
        return prepared.x.choice.readers[0]._value(_as_read(prepared, 0))

    def _finish(self, found: Found, prepared: Prepared) -> Found:
        choice: _Choice = prepared.x.choice
        first, *others = choice.readers
        found = first._finish(found, _as_read(prepared, 0))
        doubts = first._doubts(found, prepared.samples, first.tags)
        if choice.chosen != first:
            doubts += choice.chosen._doubts(found, prepared.samples, choice.chosen.tags)
        values = [found.value]
        values += [other._value(_as_read(prepared, place)).value for place, other in enumerate(others, start=1)]
        return replace(
            found,
            status=found.status.because(*doubts),
            notes=(choice.reason, *found.notes),
            diagnostics={**found.diagnostics, **dict(zip(choice.names, values, strict=True))},
        )

    def _doubts(self, found: Found, samples: Samples, tags: Tags) -> list[Reason]:
        # Those of the method that reads came with what it found.
        return []

    def _subsample_rule(self, prepared: Prepared) -> tuple[int, float]:
        return prepared.x.choice.readers[0]._subsample_rule(_as_read(prepared, 0))


def _choice(samples: Samples) -> _Choice:
    """Who reads samples whose repeated values are counts."""
    name, options, reason = by_kind(samples)
    chosen, copula = make_estimator(name, options), GaussianCopula()
    if name == "copula" or not _ordered(samples):
        return _Choice((name,), (chosen,), chosen, reason)
    if name == "mixed-ksg" and (d := numeric_columns(samples)) > MAX_NUMERIC:
        reason = f"Chose copula: {d} numeric columns in all are too many for neighbours."
        return _Choice(("copula",), (copula,), chosen, reason)
    return _Choice((name, "copula"), (chosen, copula), chosen, reason)


def _least_of(looks: int, p_value: Any) -> Any:
    """The p-value of the least of so many, 1 - (1 - p)^k."""
    with np.errstate(divide="ignore"):
        # Of p = 1 the logarithm is minus infinity, which is right.
        return -np.expm1(looks * np.log1p(-p_value))


def _method_of_all(table: ColumnTable, pairs: np.ndarray) -> str | None:
    """Who reads all of these pairs of single columns, where it is the same for all and can be told by the columns."""
    columns = np.unique(pairs)
    kinds = {table.kinds[j] for j in columns}
    if kinds == {"continuous"}:
        return "ksg"
    if kinds == {"continuous", "label"} and all({table.kinds[i], table.kinds[j]} == kinds for i, j in pairs.tolist()):
        return "mixed-ksg"
    if kinds == {"label"}:
        levels = np.zeros(table.d, dtype=np.int64)
        levels[columns] = [value_count(table.values[:, j]) for j in columns]
        # With more cells, how many are filled decides, pair by pair.
        if (levels[pairs].prod(axis=1) <= CELLS_PER_ROW * table.n).all():
            return "discrete"
    if len(pairs) == 1 and kinds <= {"label", "count"} and by_kind(table.pair(*pairs[0].tolist()))[0] == "discrete":
        return "discrete"
    return None


def _read_anew(samples: Samples, who: Callable[[_Choice], Estimator]) -> Callable[[np.ndarray], float]:
    """What a reader says, as a function of the order of y; by whom is decided for each order that fills other cells."""
    kinds = _kinds(samples)
    if "continuous" in kinds and "count" not in kinds:
        return who(_choice(samples)).shuffled_value(samples)
    values: dict[Estimator, Callable[[np.ndarray], float]] = {}

    def value(rows: np.ndarray) -> float:
        reader = who(_choice(samples.permuted(rows)))
        if reader not in values:
            values[reader] = reader.shuffled_value(samples)
        return values[reader](rows)

    return value


def _kinds(samples: Samples) -> set[ColumnKind]:
    return {*samples.x.kinds, *samples.y.kinds}


def _ordered(samples: Samples) -> bool:
    """Whether a copula can be had: no label has more than two levels, and rows are enough for a covariance."""
    nominal = (column for side in samples.sides for column in side.values[:, side.discrete].T)
    return samples.n > sum(side.d for side in samples.sides) + 2 and all(value_count(column) <= 2 for column in nominal)


def _alike(samples: Samples) -> Samples:
    """The samples with repeated numbers of one kind, whole or not, so that increasing maps change no choice."""

    def kind(kind: ColumnKind, column: np.ndarray, told: bool | None) -> ColumnKind:
        if kind != "tied":
            return kind
        return "label" if told is None and value_count(column) <= 2 else "count"

    def alike(side: Side) -> Side:
        columns = zip(side.kinds, side.values.T, side.told or (None,) * side.d, strict=True)
        return replace(side, kinds=tuple(kind(*column) for column in columns))

    given = None if samples.given is None else alike(samples.given)
    return replace(samples, x=alike(samples.x), y=alike(samples.y), given=given)


def _as_read(prepared: Prepared, place: int) -> Prepared:
    """What the reader at a place prepared."""
    given = None if prepared.given is None else prepared.given.states[place]
    return Prepared(prepared.samples, prepared.x.states[place], prepared.y.states[place], given)
