"""`estimate`: one call that asks whom it must and answers; and how every call finds its method."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mitk.data.options import FitOptions
from mitk.errors import MITKWarning, ParameterError, sentence
from mitk.estimator import Estimator
from mitk.registry import make_estimator
from mitk.results.record import MIEstimate

AUTO_OPTIONS = ("effort", "seed")


def resolve(
    method: str | Estimator,
    *,
    seed: int = 0,
    hyperparameters: Mapping[str, Any] | None = None,
    effort: str | None = None,
) -> Estimator:
    """The estimator that a call means, configured: the one rule of every entry point.

    Parameters
    ----------
    method : str or Estimator
        A name of `methods()`, or a configured estimator, which holds its options itself.
    seed : int, default 0
    hyperparameters : mapping, optional
    effort : str, optional
        That of "auto" where the call does not say it: for entry points that ask many times.

    Returns
    -------
    Estimator

    Raises
    ------
    ParameterError, UnknownMethodError
    """
    given = dict(hyperparameters or {})
    if isinstance(method, Estimator):
        if given or seed != 0:
            beside = ", ".join([*given, *(["seed"] if seed != 0 else [])])
            raise ParameterError(
                sentence(
                    beside,
                    "must be set on the estimator itself",
                    "an Estimator instance beside it",
                    f"for example {type(method).__name__}(...)",
                )
            )
        return method
    if isinstance(method, str) and method == "auto":
        for option in given:
            if option not in AUTO_OPTIONS:
                rule = f"must be an option of auto ({', '.join(AUTO_OPTIONS)}) or of the call"
                hint = 'options of a method go with its name, for example method="ksg"'
                raise ParameterError(sentence(option, rule, "neither", hint))
        if effort is not None:
            given.setdefault("effort", effort)
    return make_estimator(method, {"seed": seed, **given})


def check_method(method: str | Estimator, *, seed: int = 0, hyperparameters: Mapping[str, Any] | None = None) -> None:
    """Raise, before any work, what is wrong with a method or its options whatever the data.

    Raises
    ------
    ParameterError, UnknownMethodError
    """
    resolve(method, seed=seed, hyperparameters=hyperparameters).check_options()


def estimate(
    x: Any,
    y: Any,
    method: str | Estimator = "auto",
    *,
    given: Any = None,
    seed: int = 0,
    confidence: float | None = 0.95,
    interval: str = "default",
    missing: str = "raise",
    discrete_x: bool | Sequence[bool] | None = None,
    discrete_y: bool | Sequence[bool] | None = None,
    discrete_given: bool | Sequence[bool] | None = None,
    unit: str = "nats",
    groups: Any = None,
    block: int | str | None = None,
    thin: int | None = None,
    **hyperparameters: Any,
) -> MIEstimate:
    """Estimate how much `x` tells about `y`: the mutual information, with an interval and a verdict.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, dx)
        Rows are samples. NumPy, JAX, pandas, polars, pyarrow, lists; labels are fine.
    y : array_like of shape (n,) or (n, dy)
    method : str or Estimator, default "auto"
        "auto" asks several methods and combines what they read (see `Auto`); any name of `methods()`; or a configured
        estimator such as ``KSG(k=5)``.
    given : array_like of shape (n,) or (n, dz), optional
        The condition: the result is then I(x; y | given), by a method that takes one.
    seed : int, default 0
        Same call, same number.
    confidence : float or None, default 0.95
        Nominal coverage of the interval; None turns it off and costs nothing.
    interval : {"default", "own", "subsampling", "jackknife"}, default "default"
        "own" is what the method makes itself, where it does.
    missing : {"raise", "drop"}, default "raise"
        "drop" keeps complete rows and counts the rest.
    discrete_x, discrete_y, discrete_given : bool or sequence of bool, optional
        The caller's word on the kind of the columns: True says labels, False never labels.
    unit : {"nats", "bits"}, default "nats"
    groups : array_like of shape (n,), optional
        Labels of rows that depend on each other; intervals then resample whole groups.
    block : int or "auto", optional
        For a series: length of the runs that intervals resample whole; "auto" finds it from the rows. Without it, and
        without `groups`, that happens when rows are seen to depend on their neighbours so much that it matters. 1 says
        that the order of the rows means nothing.
    thin : int, optional
        Take every `thin`-th row only.
    **hyperparameters
        Options of the named method, such as ``k=5``; of "auto", ``effort="quick"``, ``"balanced"`` (the default) or
        ``"thorough"``.

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
    options = FitOptions(
        confidence=confidence,
        interval=interval,
        missing=missing,
        discrete_x=discrete_x,
        discrete_y=discrete_y,
        discrete_given=discrete_given,
        unit=unit,
        groups=groups,
        block=block,
        thin=thin,
    )
    # Before the data are read, so that a wrong option costs nothing.
    estimator = resolve(method, seed=seed, hyperparameters=hyperparameters)
    estimator.check_options(options)
    admitted = options.admit(x, y, given)
    result = replace(estimator.fit_admitted(admitted, options), seconds=time.perf_counter() - start)
    if not result.status.ok:
        warnings.warn(result.status.text, MITKWarning, stacklevel=2)
    return result
