"""Sliced mutual information: the information between random, or the best, low-dimensional projections."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mitk.data.samples import Prepared, Side
from mitk.errors import DataError, sentence
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.hyperparameters import one_of, whole
from mitk.numerics.gaussian_mi import canonical_variates, full_rank
from mitk.numerics.ksg import ksg_contributions
from mitk.numerics.ranks import normal_scores, standardised
from mitk.tags import Tags

FORMS = ("mean", "max")
# Each half must have a neighbour.
LEAST_ROWS = 4
# Turns tried around the best frame so far, in the search for the best one; their size falls as they fail.
TURNS, FIRST_TURN, SMALLEST_TURN = 60, 0.5, 0.02


@dataclass(frozen=True, kw_only=True)
class SlicedMI(Estimator):
    """Mean, or largest, information between k-dimensional projections of both sides.

    Parameters
    ----------
    seed : int, default 0
        Of the projections.
    form : {"mean", "max"}, default "mean"
        Mean over random projections: zero if and only if x and y are independent, found at a rate that does not depend
        on the columns, and not mutual information: it falls with dimension. Or the largest over projections: a lower
        bound of the mutual information, for jointly normal columns that of the first k canonical pairs.
    k : int, default 1
        Columns of a projection; at most those of the smaller side.
    slices : int, default 200
        Random projections of the mean; starts of the search for the largest are a tenth of them.
    neighbors : int, default 3
        Of the nearest-neighbour estimate between projections.

    Notes
    -----
    SI_k(X; Y) = E I(A^T X; B^T Y), A and B uniform on the k-frames; max-sliced: sup over A, B. Columns are centred and
    scaled. For "max", frames are chosen on one half of the rows (canonical pairs of normal scores and of squares,
    random starts, then small turns) and judged on the other; the mean of both halves is reported.

    References
    ----------
    * Z. Goldfeld, K. Greenewald, T. Nuradha, G. Reeves, "k-sliced mutual information", NeurIPS 2022, arXiv:2206.08526.
    * D. Tsur, Z. Goldfeld, K. Greenewald, "Max-sliced mutual information", NeurIPS 2023.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((1000, 3))
    >>> y = x + rng.standard_normal((1000, 3))
    >>> r = SlicedMI(slices=20).fit(x, y)
    >>> r.kind, r.quantity, 0.05 < r.value < 0.2
    ('score', 'sliced_mi', True)
    """

    form: str = "mean"
    k: int = 1
    slices: int = 200
    neighbors: int = 3

    @property
    def tags(self) -> Tags:
        """A score, or a lower bound."""
        mean = self.form != "max"
        return Tags(
            summary="a score, not information: projections of many columns" if mean else "the best projections",
            data=frozenset({"continuous", "tied", "count"}),
            invariances=frozenset({"affine"}),
            kind="score" if mean else "lower",
            quantity="sliced_mi" if mean else "mi",
            interval="subsampling" if mean else "jackknife",
            min_n=50,
            stochastic=True,
        )

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        one_of("form", self.form, FORMS)
        for name in ("k", "slices", "neighbors"):
            whole(name, getattr(self, name), 1)

    def _prepare(self, side: Side) -> np.ndarray:
        return standardised(side.values)

    def _value(self, prepared: Prepared) -> Found:
        state_x, state_y = prepared.x, prepared.y
        if prepared.samples.n < LEAST_ROWS:
            raise DataError(sentence("x", f"must have at least {LEAST_ROWS} rows for SlicedMI", prepared.samples.n))
        k = min(self.k, state_x.shape[1], state_y.shape[1])
        if k < self.k:
            note = f"Projections have {k} columns, as many as the smaller side."
            found = replace(self, k=k)._value(prepared)
            return replace(found, notes=(*found.notes, note))
        rng = np.random.default_rng(self.seed)
        if self.form == "max":
            return self._largest(state_x, state_y, rng)
        values = np.array(
            [
                self._between(state_x @ a, state_y @ b)
                for a, b in _frames(state_x.shape[1], state_y.shape[1], k, self.slices, rng)
            ]
        )
        return Found(
            float(values.mean()),
            diagnostics={
                "slices": values,
                "slice_error": float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan,
            },
        )

    def _between(self, u: np.ndarray, v: np.ndarray) -> float:
        u, v = normal_scores(u), normal_scores(v)
        return float(ksg_contributions(u, v, min(self.neighbors, len(u) - 1), variant=1).mean())

    def _largest(self, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Found:
        half = rng.permutation(len(x)) % 2
        values, chosen = [], []
        for part in (0, 1):
            here, there = half == part, half != part
            a, b = self._search(x[here], y[here], rng)
            chosen.append((a, b))
            values.append(self._between(x[there] @ a, y[there] @ b))
        return Found(float(np.mean(values)), diagnostics={"halves": np.array(values), "frames": chosen})

    def _search(self, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """The frames with most information on these rows."""
        if x.shape[1] == y.shape[1] == 1:
            # Nothing to search: a frame of one column is 1 or -1, and signs change nothing.
            return np.ones((1, 1)), np.ones((1, 1))
        starts = [*_canonical(x, y, self.k), *_frames(x.shape[1], y.shape[1], self.k, max(self.slices // 10, 1), rng)]
        found = [(self._between(x @ a, y @ b), a, b) for a, b in starts]
        best, a, b = max(found, key=lambda one: one[0])
        turn = FIRST_TURN
        for _ in range(TURNS):
            if turn < SMALLEST_TURN:
                break
            tried = [_orthonormal(side + turn * rng.standard_normal(side.shape)) for side in (a, b)]
            value = self._between(x @ tried[0], y @ tried[1])
            if value > best:
                best, (a, b) = value, tried
            else:
                turn *= 0.93
        return a, b


def _frames(dim_x: int, dim_y: int, k: int, count: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, ...]]:
    """Pairs of uniform k-frames, shapes (dx, k) and (dy, k)."""
    for _ in range(count):
        yield tuple(_orthonormal(rng.standard_normal((d, k))) for d in (dim_x, dim_y))


def _orthonormal(matrix: np.ndarray) -> np.ndarray:
    q, r = np.linalg.qr(matrix)
    return q * np.where(np.diagonal(r) < 0.0, -1.0, 1.0)


def _canonical(x: np.ndarray, y: np.ndarray, k: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Frames of the first canonical pairs, of normal scores on both sides and of squares on either."""
    if len(x) <= x.shape[1] + y.shape[1] + 2:
        return
    sides = {"x": normal_scores(x), "y": normal_scores(y)}
    squares = {name: side**2 for name, side in sides.items()}
    for left, right in (
        (sides["x"], sides["y"]),
        (squares["x"], sides["y"]),
        (sides["x"], squares["y"]),
        (squares["x"], squares["y"]),
    ):
        _, u, v = canonical_variates(full_rank(left), full_rank(right))
        frames: list[Any] = []
        for columns, variates in ((x, u), (y, v)):
            frames.append(_orthonormal(np.linalg.lstsq(columns, variates[:, :k], rcond=None)[0]))
        if all(frame.shape[1] == k for frame in frames):
            yield tuple(frames)
