"""Is there any dependence at all? A permutation test with what any estimator reads as its statistic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mitk.api.front import check_method, resolve
from mitk.data.samples import admit
from mitk.errors import ParameterError, sentence
from mitk.estimator import Estimator
from mitk.inference.permutation import (
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
    groups: Any = None,
    block: int | str | None = None,
    thin: int | None = None,
    surrogate: str = "auto",
    missing: str = "raise",
    discrete_x: bool | Sequence[bool] | None = None,
    discrete_y: bool | Sequence[bool] | None = None,
    seed: int = 0,
    n_jobs: int = 1,
    progress: bool = False,
    **hyperparameters: Any,
) -> PermutationTest:
    """Test independence by breaking the pairing of rows.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, dx)
    y : array_like of shape (n,) or (n, dy)
    method : str or Estimator, default "screen"
        The statistic: "screen" looks for dependence of any shape and for weak monotone dependence at once; a name of
        `methods()`, "auto", or a configured estimator such as ``KSG(k=5)``, whose value it then is.
    n_permutations : int, default 999
        The smallest p is 1 / (n_permutations + 1).
    groups : array_like of shape (n,), optional
        Whole groups of equal size are exchanged.
    block : int or "auto", optional
        The rows are a series; surrogates are circular shifts. Without it, and without `groups`, that happens when rows
        are seen to depend on their neighbours so much that it matters; 1 says that their order means nothing. The
        length only matters to the surrogate "blocks".
    thin : int, optional
        Take every `thin`-th row only.
    surrogate : {"auto", "rows", "groups", "circular shifts", "blocks"}, default "auto"
        "blocks" shuffles whole runs of a series instead of shifting it.
    missing, discrete_x, discrete_y
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

    Shuffling single rows of autocorrelated series gives far too many false alarms; pass `block`.

    References
    ----------
    * P. H. Westfall and S. S. Young, "Resampling-based multiple testing", Wiley (1993).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 200)
    >>> test = permutation_test(x, x**2, n_permutations=19)
    >>> test.p_value, test.statistics["monotone"]["observed"] < 0.0 < test.statistics["any shape"]["observed"]
    (0.05, True)
    """
    count = as_checked_count(n_permutations)
    # An estimator holds its own seed; that of the call is for the surrogates too.
    own = 0 if isinstance(method, Estimator) else seed
    check_method(method, seed=own, hyperparameters=hyperparameters)
    admitted = admit(
        x, y, missing=missing, discrete_x=discrete_x, discrete_y=discrete_y, groups=groups, block=block, thin=thin
    )
    samples, notes = admitted.samples, admitted.notes
    kind = choose_surrogate(samples, surrogate)
    estimator = resolve(method, seed=own, hyperparameters=hyperparameters, effort="quick")
    if not isinstance(n_jobs, (int, np.integer)) or isinstance(n_jobs, bool) or n_jobs == 0:
        raise ParameterError(sentence("n_jobs", "must be a whole number other than 0", repr(n_jobs), "-1 takes all"))
    values = estimator.shuffled_values(samples)
    observed = values(np.arange(samples.n))
    with progress_bar("Permutations", surrogates(samples, kind, count), shown=progress) as advance:
        null = permutation_null(lambda rows: tuple(values(rows).values()), samples, kind, count, seed, n_jobs, advance)
    return replace(
        joint_outcome(observed, null, kind),
        estimator=str(estimator.info()),
        n_samples=samples.n,
        n_dropped=admitted.n_dropped,
        notes=(*notes, *exchange_notes(samples, kind, count)),
        unit=estimator.tags.unit,
    )
