"""The test of conditional independence for tigramite: PCMCI, PCMCI+, LPCMCI."""

from __future__ import annotations

import copy
import functools
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mitk.adapters.asking import Asking
from mitk.errors import MissingDependencyError, sentence
from mitk.estimator import Estimator

# Rows are a series where there is no condition.
UNCONDITIONAL = "unconditional"


def mutual_information_test(
    method: str | Estimator = "screen",
    n_permutations: int = 999,
    *,
    discrete: bool | Sequence[Hashable] | None = None,
    block: int | str | None = "unconditional",
    stop_early: bool | None = None,
    mask_type: str | None = None,
    verbosity: int = 0,
    seed: int = 0,
    n_jobs: int = 1,
    **hyperparameters: Any,
) -> Any:
    """Make a test of tigramite that asks `permutation_test`.

    Parameters
    ----------
    method, n_permutations, stop_early, seed, n_jobs, **hyperparameters
        As in `permutation_test`; the method must take a condition.
    discrete : bool or sequence, optional
        Names or places of the variables that are labels, beside those of the data frame's ``data_type``, or True for
        all and False for no others. Without it, values decide.
    block : int, "auto", "unconditional" or None, default "unconditional"
        "unconditional": rows are single given a condition, and without one a series where they are seen to depend on
        their neighbours. Else as in `permutation_test`, always: None looks at every question's rows so.
    mask_type, verbosity
        As in tigramite.

    Returns
    -------
    CondIndTest
        For ``PCMCI(dataframe, cond_ind_test)`` and its kin. Its value is that of the method, which for "screen" is an
        information in nats and for others may be none.

    Raises
    ------
    MissingDependencyError, ParameterError, UnknownMethodError, UnsupportedError

    Notes
    -----
    The p-value of X and Y given Z is that of ``permutation_test(x, y, given=z)`` on tigramite's lagged samples, in
    which row t holds Y at t and the others at t or before. Tests of tigramite that shuffle move blocks of rows, but
    given a condition CMIknn exchanges single rows of near conditions: right where the condition holds all that carries
    Y on from step to step, as that of an MCI test with the true parents does. ``block="unconditional"`` does likewise,
    with circular shifts for blocks. With ``block=None`` what a smooth fit on the condition leaves of Y is shifted too,
    which holds the level where the condition misses some of the past; but of n rows there are n shifts, and those by a
    few steps resemble the rows as they are, so that p hardly falls below a few / n. Rows that masks, gaps or several
    data sets leave are taken as if they followed each other.

    Examples
    --------
    >>> from tigramite.pcmci import PCMCI                                                   # doctest: +SKIP
    >>> PCMCI(frame, mutual_information_test()).run_pcmci(tau_max=2, pc_alpha=0.2)          # doctest: +SKIP
    """
    made = _test_class()
    asking = Asking(
        method=method,
        n_permutations=n_permutations,
        stop_early=stop_early,
        block=1 if block == UNCONDITIONAL else block,
        discrete=discrete,
        seed=seed,
        n_jobs=n_jobs,
        hyperparameters=hyperparameters,
    )
    alone = replace(asking, block=None) if block == UNCONDITIONAL else asking
    return made(asking, alone, mask_type=mask_type, verbosity=verbosity)


@functools.cache
def _test_class() -> Any:
    """The class of tests: made when it is first asked for, since its base is tigramite's."""
    try:
        from tigramite.independence_tests.independence_tests_base import CondIndTest
    except ImportError as error:
        raise MissingDependencyError(
            sentence("tigramite", "must be installed for its tests", "none", 'pip install "mitk[adapters]"')
        ) from error

    class MutualInformation(CondIndTest):
        """`permutation_test` on rows of lagged samples."""

        def __init__(self, asking: Asking, alone: Asking, **options: Any) -> None:
            self.asking, self.alone = asking, alone
            self.two_sided = False
            self.residual_based = False
            super().__init__(
                seed=asking.seed, significance="shuffle_test", sig_samples=asking.n_permutations, **options
            )

        @property
        def measure(self) -> str:
            return "mutual_information"

        def set_dataframe(self, dataframe: Any) -> None:
            """Take the data, with the columns that `discrete` names told as labels."""
            super().set_dataframe(dataframe)
            if self.asking.discrete is not None:
                self.dataframe = _told(dataframe, self.asking)

        def get_dependence_measure(self, array: Any, xyz: Any, data_type: Any = None) -> float:
            """The value of the method."""
            return self._ask(array, xyz, data_type, n_permutations=1).value

        def get_shuffle_significance(
            self, array: Any, xyz: Any, value: float, data_type: Any = None, return_null_dist: bool = False
        ) -> Any:
            """The p-value of `permutation_test`."""
            found = self._ask(array, xyz, data_type)
            return (found.p_value, np.sort(found.null)) if return_null_dist else found.p_value

        def _ask(self, array: Any, xyz: Any, data_type: Any, **options: Any) -> Any:
            sides = [np.flatnonzero(xyz == which) for which in range(3) if (xyz == which).any()]
            otherwise = False if self.asking.discrete is False else None
            told = [False] * len(array) if data_type is None else [bool(np.all(types)) for types in data_type]
            asking = self.asking if len(sides) == 3 else self.alone
            return asking.ask(
                [array[rows].T for rows in sides],
                [[True if told[j] else otherwise for j in rows] for rows in sides],
                **options,
            )

    MutualInformation.__qualname__ = "MutualInformation"
    return MutualInformation


def _told(dataframe: Any, asking: Asking) -> Any:
    """A shallow copy of a tigramite dataframe whose types say which columns are labels."""
    variables = dataframe.vector_vars
    names = [dataframe.var_names[j] for j in range(len(variables))]
    chosen = [column for j, told in enumerate(asking.labels(names)) if told for column, _ in variables[j]]
    types = {}
    for key, values in dataframe.values.items():
        known = None if dataframe.data_type is None else dataframe.data_type[key]
        types[key] = np.zeros(values.shape, dtype=int) if known is None else np.array(known, dtype=int)
        types[key][:, chosen] = 1
    told = copy.copy(dataframe)
    told.data_type = types
    return told


def __getattr__(name: str) -> Any:
    if name == "MutualInformation":  # what a pickled test asks for
        return _test_class()
    raise AttributeError(f"module 'mitk.adapters.tigramite' has no attribute {name!r}")
