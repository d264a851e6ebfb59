"""Is there any dependence at all? A permutation test with what any estimator reads as its statistic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mitk.api.front import check_method, resolve
from mitk.data.samples import admit
from mitk.data.screening import without_constant_condition
from mitk.errors import ParameterError, sentence
from mitk.estimator import Estimator
from mitk.inference.conditional_surrogates import check_remainders, condition_notes
from mitk.inference.permutation import (
    EASILY,
    PermutationTest,
    as_checked_count,
    choose_surrogate,
    exchange_notes,
    joint_outcome,
    permutation_null,
    surrogates,
)
from mitk.progress import progress_bar


def permutation_test(
    x: Any,
    y: Any,
    method: str | Estimator = "screen",
    n_permutations: int = 999,
    *,
    given: Any = None,
    groups: Any = None,
    block: int | str | None = None,
    thin: int | None = None,
    surrogate: str = "auto",
    stop_early: bool | None = None,
    missing: str = "raise",
    discrete_x: bool | Sequence[bool] | None = None,
    discrete_y: bool | Sequence[bool] | None = None,
    discrete_given: bool | Sequence[bool] | None = None,
    seed: int = 0,
    n_jobs: int = 1,
    progress: bool = False,
    **hyperparameters: Any,
) -> PermutationTest:
    """Test independence, or independence given a condition, by breaking the pairing of rows.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, dx)
    y : array_like of shape (n,) or (n, dy)
    method : str or Estimator, default "screen"
        The statistic: "screen" looks for dependence of any shape and for weak monotone dependence at once; a name of
        `methods()`, "auto", or a configured estimator such as ``KSG(k=5)``, whose value it then is.
    n_permutations : int, default 999
        The smallest p is 1 / (n_permutations + 1).
    given : array_like of shape (n,) or (n, dz), optional
        The condition: tests whether x and y are independent given it. A constant one changes nothing.
    groups : array_like of shape (n,), optional
        Whole groups of equal size are exchanged.
    block : int or "auto", optional
        The rows are a series; surrogates are circular shifts. Without it, and without `groups`, that happens when rows
        are seen to depend on their neighbours so much that it matters; 1 says that their order means nothing. The
        length only matters to the surrogate "blocks".
    thin : int, optional
        Take every `thin`-th row only.
    surrogate : {"auto", "rows", "groups", "circular shifts", "blocks", "neighbors", "strata", "residuals"}
        "blocks" shuffles whole runs of a series instead of shifting it. With `given`, "auto" exchanges rows of equal
        conditions ("strata") where these are labels or numbers of few levels, else rows whose conditions are near
        ("neighbors"); "residuals", and the surrogates of groups and series, exchange what a smooth fit on the condition
        leaves of y, wherever the condition is.
    stop_early : bool, optional
        End after 99 or 299 surrogates if p is then above 0.2, and return that p: it stays valid, since no smaller one
        is touched. None: with `given`, where surrogates cost more.
    missing, discrete_x, discrete_y, discrete_given
        As in `estimate`.
    seed : int, default 0
        Each surrogate has its own seed, so the answer does not depend on `n_jobs`.
    n_jobs : int, default 1
        Processes, through joblib; -1 takes all cores.
    progress : bool, default False
        A bar on the terminal's stderr, with the time left.
    **hyperparameters
        Options of the named method, such as ``k=5``; of "auto", ``effort``.

    Returns
    -------
    PermutationTest
        ``value`` and the null are those of the method's value, ``statistics`` those of each reading that p is of.

    Raises
    ------
    DataError, DataTypeError, ParameterError, UnsupportedError, UnknownMethodError

    Notes
    -----
    p = (1 + b) / (1 + B), where b of B surrogates reach the observed statistic, so the test is valid at any B;
    circular shifts are drawn without replacement from those there are.

    With "screen" there are two readings s_j: neighbours, or the table where cells are filled ("any shape"), and the
    Gaussian copula ("monotone"), unless labels have more than two levels. Order b has the statistic S_b = min_j R_bj,
    R_bj the rank from above of its reading j among the B surrogates and the observed order; where two have the same
    S_b, T_b = max_j (s_bj - m_j) / sd_j decides, m_j and sd_j the mean and standard deviation of reading j over all.
    As this treats all 1 + B orders alike, the statistics can be exchanged under independence whenever the orders can,
    and p is as valid as with one reading: one set of surrogates serves both, and nothing need be corrected for having
    looked twice. The price is power: where the kind of dependence is known, the method made for it has more. Where
    filled cells decide on the method, that is done anew for each surrogate.

    Given a condition, "screen" has two other readings, of what smooth fits on the condition leave of both sides
    (`mitk.inference.residual_dependence`): "any shape", and "modulated", which changes its sign with the condition.
    Under independence they are small even where one of both fits is poor, and surrogates exchange what is left of y
    among rows whose conditions are near (Runge 2018), which keeps how much of it there is. Of other methods the value
    is taken anew of a y that keeps its fit and exchanges the rest. No test holds its level for every law (Shah and
    Peters 2020): relations to the condition sharper than the fits follow are taken for dependence.

    Shuffling single rows of autocorrelated series gives far too many false alarms; pass `block`.

    References
    ----------
    * P. H. Westfall and S. S. Young, "Resampling-based multiple testing", Wiley (1993).
    * J. Runge, "Conditional independence testing based on a nearest-neighbor estimator of conditional mutual
      information", AISTATS (2018).
    * R. D. Shah and J. Peters, "The hardness of conditional independence testing and the generalised covariance
      measure", Annals of Statistics 48 (2020).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 200)
    >>> test = permutation_test(x, x**2, n_permutations=19)
    >>> test.p_value, test.statistics["monotone"]["observed"] < 0.0 < test.statistics["any shape"]["observed"]
    (0.05, True)

    >>> z, a, b = np.random.default_rng(0).standard_normal((3, 300))
    >>> permutation_test(z + a, z + b).p_value < 0.01 < permutation_test(z + a, z + b, given=z).p_value
    True
    """
    count = as_checked_count(n_permutations)
    # An estimator holds its own seed; that of the call is for the surrogates too.
    own = 0 if isinstance(method, Estimator) else seed
    check_method(method, seed=own, hyperparameters=hyperparameters)
    admitted = admit(
        x,
        y,
        given=given,
        missing=missing,
        discrete_x=discrete_x,
        discrete_y=discrete_y,
        discrete_given=discrete_given,
        groups=groups,
        block=block,
        thin=thin,
    )
    samples, notes = without_constant_condition(admitted.samples), admitted.notes
    kind = choose_surrogate(samples, surrogate)
    estimator = resolve(method, seed=own, hyperparameters=hyperparameters, effort="quick")
    if not isinstance(n_jobs, (int, np.integer)) or isinstance(n_jobs, bool) or n_jobs == 0:
        raise ParameterError(sentence("n_jobs", "must be a whole number other than 0", repr(n_jobs), "-1 takes all"))
    values = estimator.shuffled_values(samples)
    observed = values(np.arange(samples.n))
    check_remainders(samples, kind, observed)
    if stop_early is None:
        stop_early = samples.given is not None

    def enough(null: np.ndarray) -> bool:
        return joint_outcome(observed, null, kind).p_value > EASILY

    with progress_bar("Permutations", surrogates(samples, kind, count), shown=progress) as advance:
        null = permutation_null(
            lambda rows: tuple(values(rows).values()),
            samples,
            kind,
            count,
            seed,
            n_jobs,
            advance,
            enough if stop_early else None,
        )
    return replace(
        joint_outcome(observed, null, kind),
        estimator=str(estimator.info()),
        n_samples=samples.n,
        n_dropped=admitted.n_dropped,
        dim_given=0 if samples.given is None else samples.given.d,
        notes=(*notes, *exchange_notes(samples, kind, count), *condition_notes(samples)),
        unit=estimator.tags.unit,
    )
