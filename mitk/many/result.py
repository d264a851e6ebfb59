"""The table that `pairwise` returns."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from mitk.data.frames import as_frame
from mitk.errors import DataError, ParameterError, sentence
from mitk.many.answers import FAILED, OK, UNRELIABLE, Answers
from mitk.many.network import Network, network_of
from mitk.many.text import pairs_text
from mitk.results.interval import Interval
from mitk.results.reason import Status
from mitk.results.record import NATS_PER_UNIT, EstimatorInfo, MIEstimate

SCHEMA_VERSION = 2
MATRICES = ("value", "low", "high", "p", "q", "correlation")
# Methods whose intervals, of many pairs, come from the spread of contributions.
NEIGHBORS = ("ksg", "mixed-ksg")
# Units whose square of numbers is no burden on memory: 800 MB.
MOST_SQUARE = 10_000
# Units whose square of numbers is written beside the records of pairs.
MOST_WRITTEN = 1_000


@dataclass(frozen=True, eq=False, repr=False)
class PairwiseResult:
    """Estimates for pairs of columns, or of blocks of columns.

    Attributes
    ----------
    names : tuple of str
        Of the columns or blocks, targets last.
    answers : Answers
        Of the pairs that are held, in `unit`: all, or those that ``top=`` or ``threshold=`` left.
    q_values : ndarray of shape (m,)
        Their p-values adjusted for all pairs that were asked.
    unit : str
    n_pairs : int
        Pairs asked.
    targets : tuple of str
        Empty where all pairs were asked.
    correct : str or None
        How p-values were adjusted.
    level : float or None
        Of the intervals.
    notes : tuple of str
    """

    names: tuple[str, ...]
    answers: Answers
    q_values: np.ndarray
    unit: str = "nats"
    n_pairs: int = 0
    targets: tuple[str, ...] = ()
    correct: str | None = "bh"
    level: float | None = 0.95
    notes: tuple[str, ...] = ()
    estimator: EstimatorInfo = field(default_factory=lambda: EstimatorInfo("", {}, ""))
    frame_kind: str = "dict"
    whole: Mapping[tuple[int, int], MIEstimate] = field(default_factory=dict)

    @property
    def results(self) -> Mapping[tuple[int, int], MIEstimate | str]:
        """For each pair (i, j) that is held the estimate, or the sentence that says why there is none."""
        return _Records(self)

    @property
    def values(self) -> np.ndarray:
        """Values by pairs of names, shape (d, d), symmetric; nan on the diagonal and where there is none."""
        square = self.square()
        square.flags.writeable = False
        return square

    def frame(self) -> Any:
        """One row a pair, as a frame of the kind that the data came in.

        Columns x, y, value, low, high, p, q, correlation (of a normal pair that shares as much information), status,
        reason, method, n. From arrays and lists it is a frame of pandas where that is installed, else of polars, else a
        dictionary of arrays.

        Examples
        --------
        >>> import numpy as np
        >>> from mitk import pairwise
        >>> frame = pairwise(np.random.default_rng(0).standard_normal((100, 3)), "gaussian").frame()
        >>> len(frame["p"])
        3
        """
        return as_frame(self.columns(), self.frame_kind)

    def top(self, most: int = 20) -> Any:
        """The strongest pairs first, at most so many, as `frame`."""
        if not isinstance(most, (int, np.integer)) or isinstance(most, bool) or most < 1:
            raise ParameterError(sentence("most", "must be a whole number of at least 1", repr(most), "20 is usual"))
        columns = self.columns()
        known = np.flatnonzero(~np.isnan(self.answers.value))
        order = known[np.argsort(-self.answers.value[known], kind="stable")][:most]
        return as_frame({name: column[order] for name, column in columns.items()}, self.frame_kind)

    def matrix(self, of: str = "value") -> Any:
        """A labelled table: all names by all names, or those asked by their targets.

        Parameters
        ----------
        of : {"value", "low", "high", "p", "q", "correlation"}, default "value"

        Returns
        -------
        frame
            Of the kind that the data came in: names are the index of a frame of pandas, the first column of others.
        """
        if of not in MATRICES:
            raise ParameterError(sentence("of", f"must be one of {', '.join(MATRICES)}", repr(of)))
        table, columns = self.square(of), self.names
        rows = np.arange(len(self.names))
        if self.targets:
            columns, rows = self.targets, np.array(sorted(set(self.answers.x.tolist())), dtype=np.int64)
            first = len(self.names) - len(self.targets)
            table = table[rows][:, first:]
        names = [self.names[row] for row in rows]
        if self.frame_kind == "pandas":
            pandas = importlib.import_module("pandas")
            return pandas.DataFrame(table, index=names, columns=list(columns))
        named = {"": np.array(names, dtype=object), **dict(zip(columns, table.T, strict=True))}
        return as_frame(named, self.frame_kind)

    def plot(self, ax: Any = None, of: str = "value") -> Any:
        """Draw a heat map with similar columns together, or bars with intervals where one target was asked.

        Needs the ``plot`` extra. Returns the matplotlib axes.
        """
        return importlib.import_module("mitk.show.pairs").plot_pairs(self, ax=ax, of=of)

    def network(self, prune: str | None = "dpi", *, level: float = 0.05, tolerance: float = 0.0) -> Network:
        """The network of the pairs with q up to a level, less those that others explain.

        Parameters
        ----------
        prune : {"dpi"} or None, default "dpi"
            "dpi" leaves out the weakest edge of every triangle: by the data processing inequality it holds nothing that
            does not pass through the third node, if the three are a chain (ARACNE).
        level : float, default 0.05
            Largest q of an edge.
        tolerance : float, default 0.0
            An edge is kept where it is weaker than both others by this share at most.

        Returns
        -------
        Network

        References
        ----------
        * A. Margolin et al., "ARACNE", BMC Bioinformatics 7 (2006).

        Examples
        --------
        >>> import numpy as np
        >>> from mitk import pairwise
        >>> rng = np.random.default_rng(0)
        >>> a = rng.standard_normal(500)
        >>> b = a + 0.5 * rng.standard_normal(500)
        >>> chain = pairwise({"a": a, "b": b, "c": b + 0.5 * rng.standard_normal(500)}, "copula").network()
        >>> chain.neighbors("a"), chain.pruned
        (['b'], 1)
        """
        return network_of(self, prune, level, tolerance)

    def to_dict(self) -> dict[str, Any]:
        """Reduce to a plain dictionary for JSON: nan and infinities as strings; one record a pair.

        Each record holds ``x`` and ``y``, and either ``result`` (see `MIEstimate.to_dict`), ``p`` and ``q``, or
        ``error``.
        """
        answers = self.answers
        pairs: list[dict[str, Any]] = []
        for k, ((i, j), result) in enumerate(self.results.items()):
            names = {"x": self.names[i], "y": self.names[j]}
            if isinstance(result, str):
                pairs.append({**names, "error": result})
            else:
                chances = {"p": _plain(answers.p_value[k]), "q": _plain(self.q_values[k])}
                pairs.append({**names, **chances, "result": result.to_dict()})
        return {
            "schema_version": SCHEMA_VERSION,
            "names": list(self.names),
            "targets": list(self.targets),
            "unit": self.unit,
            "n_pairs": self.n_pairs,
            "correct": self.correct,
            "notes": list(self.notes),
            **({"values": [[_plain(v) for v in row] for row in self.values.tolist()]} if self._written_square else {}),
            "pairs": pairs,
        }

    @property
    def _written_square(self) -> bool:
        return not self.targets and len(self.names) <= MOST_WRITTEN

    def counts(self) -> dict[str, int]:
        """How many of the pairs that are held are "OK", "UNRELIABLE" and "failed"."""
        status = self.answers.status
        return {code: int((status == code).sum()) for code in (OK, UNRELIABLE, FAILED)}

    def __str__(self) -> str:
        return pairs_text(self)

    def __repr__(self) -> str:
        held = "" if len(self.answers) == self.n_pairs else f", {len(self.answers)} held"
        return f"<PairwiseResult {len(self.names)} columns, {self.n_pairs} pairs{held}>"

    @cached_property
    def places(self) -> dict[tuple[int, int], int]:
        """Where each pair (i, j) stands in `answers`."""
        pairs = zip(self.answers.x.tolist(), self.answers.y.tolist(), strict=True)
        return {pair: place for place, pair in enumerate(pairs)}

    def columns(self) -> dict[str, np.ndarray]:
        """The columns of `frame` as arrays (m,)."""
        answers, names = self.answers, np.array(self.names, dtype=object)
        nats = answers.value * NATS_PER_UNIT.get(self.unit, math.nan)
        reasons = [answers.error[k] or " ".join(map(str, answers.reasons_of(k))) for k in range(len(answers))]
        return {
            "x": names[answers.x],
            "y": names[answers.y],
            "value": answers.value,
            "low": answers.low,
            "high": answers.high,
            "p": answers.p_value,
            "q": self.q_values,
            "correlation": np.sqrt(-np.expm1(-2.0 * np.maximum(nats, 0.0))),
            "status": answers.status,
            "reason": np.array([*reasons, ""], dtype=object)[:-1],
            "method": answers.method,
            "n": answers.n_samples,
        }

    def square(self, of: str = "value") -> np.ndarray:
        """One column of numbers by pairs of names, shape (d, d), symmetric; nan where there is none."""
        column, d = self.columns()[of].astype(np.float64), len(self.names)
        if d > MOST_SQUARE:
            rule = f"must be at most {MOST_SQUARE} for a square table"
            raise DataError(sentence("columns", rule, d, "read the pairs from frame() or top()"))
        square = np.full((d, d), np.nan)
        square[self.answers.x, self.answers.y] = column
        square[self.answers.y, self.answers.x] = column
        return square


class _Records(Mapping[tuple[int, int], "MIEstimate | str"]):
    """Whole results by pairs, those of pairs that were answered together made when asked for."""

    def __init__(self, of: PairwiseResult) -> None:
        self._of = of

    def __getitem__(self, pair: tuple[int, int]) -> MIEstimate | str:
        of, place = self._of, self._of.places[pair]
        answers = of.answers
        if answers.error[place]:
            return str(answers.error[place])
        if pair in of.whole:
            return of.whole[pair]
        ends = float(answers.low[place]), float(answers.high[place])
        way = "contributions" if answers.method[place] in NEIGHBORS else "inversion"
        ci = None if of.level is None or math.isnan(ends[0]) else Interval(*ends, of.level, way)
        return MIEstimate(
            float(answers.value[place]),
            unit=of.unit,
            kind=answers.kind_of(place),
            ci=ci,
            status=Status().because(*answers.reasons_of(place)),
            n_samples=int(answers.n_samples[place]),
            notes=(str(answers.note[place]),) if answers.note[place] else (),
            estimator=of.estimator,
        )

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self._of.places)

    def __len__(self) -> int:
        return len(self._of.answers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self) == dict(other)

    __hash__ = None  # type: ignore[assignment]


def _plain(number: float) -> float | str:
    return float(number) if math.isfinite(number) else str(float(number))
