"""How a search for causes puts its questions: one set of options for every pair and every condition."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from mitk.api.front import resolve
from mitk.api.independence import permutation_test
from mitk.errors import ParameterError, UnsupportedError, sentence
from mitk.estimator import Estimator
from mitk.inference.permutation import PermutationTest, as_checked_count
from mitk.registry import methods_with

# Searches ask from several threads, and what limits the threads of linear algebra holds for all of them at once.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Asking:
    """Options of `permutation_test` that all questions of a search share.

    Attributes
    ----------
    method, n_permutations, stop_early, missing, block, seed, n_jobs, hyperparameters
        As in `permutation_test`.
    discrete : bool or sequence, optional
        Columns that are labels, by name or place; True for all, False for none.

    Raises
    ------
    ParameterError, UnknownMethodError, UnsupportedError
        Before any data: a method that takes no condition answers the first questions only.
    """

    method: str | Estimator = "screen"
    n_permutations: int = 999
    stop_early: bool | None = None
    missing: str = "raise"
    block: int | str | None = 1
    discrete: Any = None
    seed: int = 0
    n_jobs: int = 1
    hyperparameters: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        as_checked_count(self.n_permutations)
        own = 0 if isinstance(self.method, Estimator) else self.seed
        estimator = resolve(self.method, seed=own, hyperparameters=self.hyperparameters, effort="quick")
        estimator.check_options()
        if not estimator.tags.conditional:
            rule = "must take a condition to search for causes"
            hint = f"methods that take one: {', '.join(methods_with('conditional'))}"
            raise UnsupportedError(sentence("method", rule, type(estimator).__name__, hint))

    def labels(self, names: Sequence[Hashable]) -> list[bool | None]:
        """The word on the kind of each of the named columns: True says labels, None leaves it to the values.

        Raises
        ------
        ParameterError
            Where `discrete` names a column that there is not.

        Examples
        --------
        >>> Asking(discrete=["b", 0]).labels(["a", "b", "c"])
        [True, True, None]
        """
        if self.discrete is None or isinstance(self.discrete, (bool, np.bool_)):
            return [None if self.discrete is None else bool(self.discrete)] * len(names)
        told: list[bool | None] = [None] * len(names)
        alone = isinstance(self.discrete, (str, int, np.integer))
        for column in [self.discrete] if alone else self.discrete:
            told[_place(column, names)] = True
        return told

    @property
    def name(self) -> str:
        """The options in one line, for packages that know tests by name."""
        options = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "hyperparameters"}
        shown = [f"{option}={value!r}" for option, value in {**options, **self.hyperparameters}.items()]
        return f"mitk({', '.join(shown)})"

    def ask(
        self, sides: Sequence[Any], labels: Sequence[Sequence[bool | None]], n_permutations: int | None = None
    ) -> PermutationTest:
        """What `permutation_test` says of x and y, given the third side where there is one.

        Parameters
        ----------
        sides : sequence of two or three array_like
        labels : sequence of sequence
            The word on the kind of each column of each side.
        n_permutations : int, optional
            In place of that of all questions.
        """
        x, y, *given = sides
        names = ("discrete_x", "discrete_y", "discrete_given")
        told: dict[str, Any] = dict(zip(names, map(list, labels), strict=False))
        with _ONE_AT_A_TIME:
            return permutation_test(
                x,
                y,
                self.method,
                n_permutations or self.n_permutations,
                given=given[0] if given else None,
                block=self.block,
                stop_early=self.stop_early,
                missing=self.missing,
                seed=self.seed,
                n_jobs=self.n_jobs,
                **told,
                **self.hyperparameters,
            )


def _place(column: Any, names: Sequence[Hashable]) -> int:
    if column in names:
        return names.index(column)
    if isinstance(column, (int, np.integer)) and not isinstance(column, bool) and 0 <= column < len(names):
        return int(column)
    shown = ", ".join(repr(name) for name in names[:8]) + (", ..." if len(names) > 8 else "")
    raise ParameterError(
        sentence("discrete", "must hold names or places of columns", repr(column), f"the columns are {shown}")
    )
