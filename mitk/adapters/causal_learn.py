"""The test of conditional independence for causal-learn: PC, FCI and CD-NOD."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Sequence
from typing import Any

from mitk.adapters.asking import Asking
from mitk.errors import MissingDependencyError, sentence
from mitk.estimator import Estimator


def mutual_information_test(
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
) -> str:
    """Register `permutation_test` with these options as a test of causal-learn.

    Parameters
    ----------
    method, n_permutations, stop_early, missing, seed, n_jobs, **hyperparameters
        As in `permutation_test`; the method must take a condition. With ``missing="drop"``, each question leaves out
        the rows with gaps in its own columns.
    discrete : bool or sequence of int, optional
        Places of the columns that are labels, or True for all and False for none. Without it, values decide.
    block : int, "auto" or None, default 1
        1: the order of rows means nothing, which causal-learn supposes. Else as in `permutation_test`.

    Returns
    -------
    str
        The name under which causal-learn knows the test, for ``indep_test=`` of ``pc`` and ``cdnod`` and
        ``independence_test_method=`` of ``fci``. Each process registers its own.

    Raises
    ------
    MissingDependencyError, ParameterError, UnknownMethodError, UnsupportedError

    Notes
    -----
    The p-value of X and Y given S is that of ``permutation_test(data[:, X], data[:, Y], given=data[:, S])`` with X < Y
    and S in order, and is remembered as causal-learn does, with its ``cache_path`` on disk too. The test object,
    ``graph.test`` after ``pc``, has all that is known of each question in ``results``, by the keys of its
    ``pvalue_cache``.

    Examples
    --------
    >>> from causallearn.search.ConstraintBased.PC import pc    # doctest: +SKIP
    >>> pc(data, 0.05, indep_test=mutual_information_test()).draw_pydot_graph()    # doctest: +SKIP
    """
    base = _test_class()
    asking = Asking(
        method=method,
        n_permutations=n_permutations,
        stop_early=stop_early,
        missing=missing,
        block=block,
        discrete=discrete,
        seed=seed,
        n_jobs=n_jobs,
        hyperparameters=hyperparameters,
    )
    from causallearn.utils.cit import register_ci_test

    register_ci_test(asking.name, type("MutualInformationTest", (base,), {"asking": asking}))
    return asking.name


@functools.cache
def _test_class() -> Any:
    """The class of tests, without options: made when it is first asked for, since its base is causal-learn's."""
    try:
        from causallearn.utils.cit import CIT_Base, register_ci_test  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            sentence(
                "causal-learn",
                "must be installed, in version 0.1.4.3 or newer, for its tests",
                "none",
                'pip install "mitk[adapters]"',
            )
        ) from error

    class MutualInformationTest(CIT_Base):
        """`permutation_test` on columns of one array."""

        asking: Asking

        def __init__(self, data: Any, cache_path: str | None = None) -> None:
            super().__init__(data, cache_path=cache_path)
            self.check_cache_method_consistent(self.asking.name, self.asking.name)
            self.labels = self.asking.labels(range(data.shape[1]))
            self.results: dict[str, Any] = {}

        def __call__(self, X: Any, Y: Any, condition_set: Any = None) -> float:
            xs, ys, given, key = self.get_formatted_XYZ_and_cachekey(X, Y, condition_set)
            if key not in self.pvalue_cache:
                sides = (xs, ys, given) if given else (xs, ys)
                self.results[key] = self.asking.ask(
                    [self.data[:, places] for places in sides],
                    [[self.labels[j] for j in places] for places in sides],
                )
                self.pvalue_cache[key] = self.results[key].p_value
            return self.pvalue_cache[key]

        def __reduce__(self) -> Any:
            return _restored, (self.asking, self.__dict__)

    return MutualInformationTest


def _restored(asking: Asking, state: dict[str, Any]) -> Any:
    made: Any = type("MutualInformationTest", (_test_class(),), {"asking": asking})
    test = object.__new__(made)
    test.__dict__.update(state)
    return test
