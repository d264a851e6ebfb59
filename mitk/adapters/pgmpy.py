"""The test of conditional independence for pgmpy: PC, and whatever else takes a test."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from mitk.adapters.asking import Asking
from mitk.errors import ParameterError, sentence
from mitk.estimator import Estimator
from mitk.inference.permutation import PermutationTest


def mutual_information_test(
    data: Any,
    method: str | Estimator = "screen",
    n_permutations: int = 999,
    *,
    discrete: bool | Sequence[Hashable] | None = None,
    block: int | str | None = 1,
    stop_early: bool | None = None,
    missing: str = "raise",
    seed: int = 0,
    n_jobs: int = 1,
    **hyperparameters: Any,
) -> MutualInformationTest:
    """Make a test of pgmpy that asks `permutation_test`.

    Parameters
    ----------
    data : frame, mapping or array_like of shape (n, d)
        The same that the search gets; tests of pgmpy hold their data. Text and categories are labels.
    method, n_permutations, stop_early, missing, seed, n_jobs, **hyperparameters
        As in `permutation_test`; the method must take a condition. With ``missing="drop"``, each question leaves out
        the rows with gaps in its own columns.
    discrete : bool or sequence, optional
        Names or places of the columns that are labels, or True for all and False for none. Without it, types and values
        decide.
    block : int, "auto" or None, default 1
        1: the order of rows means nothing, which pgmpy supposes. Else as in `permutation_test`.

    Returns
    -------
    MutualInformationTest
        For ``ci_test=``. pgmpy itself need not be there.

    Raises
    ------
    DataError, ParameterError, UnknownMethodError, UnsupportedError

    Notes
    -----
    The p-value of X and Y given Z is that of ``permutation_test(data[X], data[Y], given=data[Z])`` with X left of Y and
    Z in the order of the columns; it is remembered. ``PC(variant="parallel")`` calls it from threads, in which it
    answers one question at a time; `n_jobs` here gives it processes of its own.

    Examples
    --------
    >>> import numpy as np
    >>> a, b, c = np.random.default_rng(0).standard_normal((3, 300))
    >>> test = mutual_information_test({"cause": a, "effect": a + b, "other": a + c}, n_permutations=99)
    >>> test("effect", "other"), test("effect", "other", ["cause"])
    (False, True)

    >>> from pgmpy.causal_discovery import PC                                               # doctest: +SKIP
    >>> PC(ci_test=mutual_information_test(frame)).fit(frame).causal_graph_.edges()         # doctest: +SKIP
    """
    return MutualInformationTest(
        data,
        Asking(
            method=method,
            n_permutations=n_permutations,
            stop_early=stop_early,
            missing=missing,
            block=block,
            discrete=discrete,
            seed=seed,
            n_jobs=n_jobs,
            hyperparameters=hyperparameters,
        ),
    )


class MutualInformationTest:
    """`permutation_test` on columns of a frame, called as pgmpy calls its own tests.

    Attributes
    ----------
    statistic_, p_value_ : float
        Of the question asked last: the value in the method's unit, and p.
    effect_size_ : float
        How far the value lies above its mean under independence.
    results : dict
        Every `PermutationTest` so far, by the places of X, Y and Z among the columns.
    """

    def __init__(self, data: Any, asking: Asking) -> None:
        if not isinstance(data, Mapping) and not hasattr(data, "columns"):
            rows = np.asarray(data)
            data = {place: rows[:, place] for place in range(rows.shape[1])}
        self.names: list[Hashable] = list(data) if isinstance(data, Mapping) else list(data.columns)
        self.data = data
        self.asking = asking
        self.labels = asking.labels(self.names)
        self.results: dict[tuple[int, int, tuple[int, ...]], PermutationTest] = {}

    def __call__(
        self, X: Hashable, Y: Hashable, Z: Iterable[Hashable] = (), significance_level: float = 0.05, **others: Any
    ) -> bool:
        """Whether p is at least `significance_level`; what else pgmpy hands over, such as data, changes nothing."""
        return self.is_independent(X, Y, Z, significance_level)

    def is_independent(
        self, X: Hashable, Y: Hashable, Z: Iterable[Hashable] = (), significance_level: float = 0.05
    ) -> bool:
        """Whether p is at least `significance_level`."""
        return self.run_test(X, Y, Z)[1] >= significance_level

    def run_test(self, X: Hashable, Y: Hashable, Z: Iterable[Hashable] = ()) -> tuple[float, float]:
        """The value and p."""
        x, y = sorted((self._place(X, "X"), self._place(Y, "Y")))
        given = tuple(sorted({self._place(name, "Z") for name in Z}))
        if x == y or x in given or y in given:
            raise ParameterError(sentence("X, Y and Z", "must be different columns", f"{X!r}, {Y!r} and {Z!r}"))
        key = (x, y, given)
        if key not in self.results:
            self.results[key] = self._ask(key)
        found = self.results[key]
        self.statistic_, self.p_value_ = found.value, found.p_value
        self.effect_size_ = found.value - found.null_mean
        return found.value, found.p_value

    def _ask(self, key: tuple[int, int, tuple[int, ...]]) -> PermutationTest:
        x, y, given = key
        sides = [[x], [y], list(given)] if given else [[x], [y]]
        columns = [{self.names[j]: self.data[self.names[j]] for j in places} for places in sides]
        return self.asking.ask(columns, [[self.labels[j] for j in places] for places in sides])

    def _place(self, name: Hashable, which: str) -> int:
        if name not in self.names:
            shown = ", ".join(map(repr, self.names[:8])) + (", ..." if len(self.names) > 8 else "")
            raise ParameterError(sentence(which, "must name columns of the data", repr(name), f"they are {shown}"))
        return self.names.index(name)
