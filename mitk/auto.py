"""`estimate`: one call that chooses a method, says which and why, and answers."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mitk.errors import MITKWarning, ParameterError, sentence
from mitk.estimator import Estimator
from mitk.numerics.codes import joint_codes
from mitk.registry import make_estimator
from mitk.result import MIEstimate
from mitk.samples import Samples, admit


def choose(samples: Samples) -> tuple[str, dict[str, Any], str]:
    """The method `auto` takes for these samples, its options, and why.

    Parameters
    ----------
    samples : Samples

    Returns
    -------
    name : str
    hyperparameters : dict
    reason : str
        A sentence for the notes.
    """
    # Here, so that a call pays only for the method it takes.
    from mitk.classical.neighbor_base import MAX_NUMERIC
    from mitk.inference.tables import CELLS_PER_ROW

    kinds = set(samples.x.kinds) | set(samples.y.kinds)
    if kinds == {"discrete"}:
        both = np.column_stack([samples.x.values, samples.y.values])
        cells = int(joint_codes(both).max()) + 1
        if cells <= CELLS_PER_ROW * samples.n:
            return (
                "discrete",
                {},
                f"Chose discrete: every column is discrete and {cells} cells are well filled.",
            )
        return (
            "mixed-ksg",
            {},
            f"Chose mixed-ksg: {cells} cells are too many for a table of {samples.n} rows.",
        )
    if kinds != {"continuous"}:
        return (
            "mixed-ksg",
            {"margins": "normal"},
            "Chose mixed-ksg on normal scores: some columns are discrete or tied.",
        )
    d = samples.x.d + samples.y.d
    if d <= MAX_NUMERIC:
        return (
            "ksg",
            {"margins": "normal"},
            (f"Chose ksg on normal scores: continuous, {d} columns in all, and ranks do not depend on scale or skew."),
        )
    return (
        "copula",
        {},
        (f"Chose copula: {d} columns in all are too many for neighbours; it may miss dependence that is not monotone."),
    )


def estimate(
    x: Any,
    y: Any,
    method: str | Estimator = "auto",
    *,
    seed: int = 0,
    confidence: float | None = 0.95,
    interval: str = "default",
    missing: str = "raise",
    discrete_x: bool | Sequence[bool] | None = None,
    discrete_y: bool | Sequence[bool] | None = None,
    unit: str = "nats",
    groups: Any = None,
    block: int | None = None,
    **hyperparameters: Any,
) -> MIEstimate:
    """Estimate how much `x` tells about `y`: the mutual information, with an interval and a verdict.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, dx)
        Rows are samples. NumPy, JAX, pandas, polars, pyarrow, lists; labels are fine.
    y : array_like of shape (n,) or (n, dy)
    method : str or Estimator, default "auto"
        "auto" looks at kinds, ties and dimensions and says in the notes what it chose and why; any name of
        `methods()`; or a configured estimator such as ``KSG(k=5)``.
    seed : int, default 0
        Same call, same number.
    confidence : float or None, default 0.95
        Nominal coverage of the interval; None turns it off and costs nothing.
    interval : str, default "default"
        "subsampling", "jackknife", or "inversion" where the method has one.
    missing : {"raise", "drop"}, default "raise"
        "drop" keeps complete rows and counts the rest.
    discrete_x, discrete_y : bool or sequence of bool, optional
        Overrule the detected kind of the columns.
    unit : {"nats", "bits"}, default "nats"
    groups : array_like of shape (n,), optional
        Labels of rows that depend on each other; intervals then resample whole groups.
    block : int, optional
        For a series: length of the runs that intervals resample whole.
    **hyperparameters
        Options of the named method, such as ``k=5``.

    Returns
    -------
    MIEstimate

    Raises
    ------
    DataError, DataTypeError, ParameterError, UnsupportedError, UnknownMethodError

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(1000)
    >>> y = 0.8 * x + 0.6 * rng.standard_normal(1000)
    >>> r = estimate(x, y)                       # truth: -ln(1 - 0.64) / 2 = 0.511 nats
    >>> 0.511 in r.ci, r.unit, r.status.code
    (True, 'nats', 'OK')
    >>> abs(estimate(x, y, method="gaussian").value - 0.511) < 0.05
    True
    """
    start = time.perf_counter()
    reasons: tuple[str, ...] = ()
    if isinstance(method, Estimator):
        if hyperparameters or seed != 0:
            given = ", ".join([*hyperparameters, *(["seed"] if seed != 0 else [])])
            raise ParameterError(
                sentence(
                    given,
                    "must be set on the estimator itself",
                    "an Estimator instance beside it",
                    f"for example {type(method).__name__}(...)",
                )
            )
        estimator = method
    elif method != "auto":
        estimator = make_estimator(method, {"seed": seed, **hyperparameters})
    admitted = admit(x, y, missing=missing, discrete_x=discrete_x, discrete_y=discrete_y, groups=groups, block=block)
    if method == "auto":
        name, chosen, reason = choose(admitted.samples)
        estimator, reasons = make_estimator(name, {"seed": seed, **chosen, **hyperparameters}), (reason,)
    result = estimator.fit_admitted(admitted, confidence=confidence, interval=interval, unit=unit)
    result = replace(result, notes=(*reasons, *result.notes), seconds=time.perf_counter() - start)
    if not result.status.ok:
        warnings.warn(" ".join(result.status.reasons), MITKWarning, stacklevel=2)
    return result
