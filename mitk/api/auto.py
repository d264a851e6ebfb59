"""`estimate`: one call that chooses a method, says which and why, and answers; and how every call finds its method."""

from __future__ import annotations

import difflib
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from mitk.data.options import FitOptions
from mitk.data.samples import Samples
from mitk.errors import MITKWarning, ParameterError, sentence
from mitk.estimator import Estimator
from mitk.registry import estimator_class, make_estimator
from mitk.results.record import MIEstimate

CONDITION = (
    "Chose gaussian, which takes a condition: linear dependence given linear dependence; what is not linear is missed."
)

# All that `choose` may take.
CHOICES = ("discrete", "mixed-ksg", "ksg", "copula")


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
    from mitk.classical.by_kind import by_kind

    return by_kind(samples)


def is_auto(method: Any) -> bool:
    """Whether a call leaves the choice of a method to mitk."""
    return isinstance(method, str) and method == "auto"


def resolve(
    method: str | Estimator, samples: Samples | None, *, seed: int = 0, hyperparameters: Mapping[str, Any] | None = None
) -> tuple[Estimator, tuple[str, ...]]:
    """The estimator that a call means, configured, and why it was chosen: the one rule of every entry point.

    Parameters
    ----------
    method : str or Estimator
        "auto", a name of `methods()`, or a configured estimator, which holds its options itself.
    samples : Samples or None
        What "auto" chooses by; None for any other.
    seed : int, default 0
    hyperparameters : mapping, optional
        With "auto", the chosen method gets those that it has.

    Returns
    -------
    estimator : Estimator
    reasons : tuple of str
        Sentences for the notes; empty unless "auto" chose.

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
        return method, ()
    if not is_auto(method):
        return make_estimator(method, {"seed": seed, **given}), ()
    assert samples is not None
    name, chosen, reason = ("gaussian", {}, CONDITION) if samples.given is not None else choose(samples)
    own = own_options(name, given)
    idle = [option for option in given if option not in own]
    reasons = (reason, f"No option of {name}: {', '.join(idle)}.") if idle else (reason,)
    return make_estimator(name, {"seed": seed, **chosen, **own}), reasons


def check_method(method: str | Estimator, *, seed: int = 0, hyperparameters: Mapping[str, Any] | None = None) -> None:
    """Raise, before any work, what is wrong with a method or its options whatever the data.

    Options beside "auto" must be options of a method that it may choose, and right for each that has them.

    Raises
    ------
    ParameterError, UnknownMethodError
    """
    if not is_auto(method):
        resolve(method, None, seed=seed, hyperparameters=hyperparameters)[0].check_options()
        return
    given = dict(hyperparameters or {})
    known = sorted({field.name for name in CHOICES for field in fields(estimator_class(name)) if field.init})
    for option in given:
        if option not in known:
            near = difflib.get_close_matches(option, known, n=1)
            hint = f"did you mean {near[0]!r}" if near else f"they have {', '.join(known)}"
            rule = f"must be an option of a method that auto chooses ({', '.join(CHOICES)}) or of the call"
            raise ParameterError(sentence(option, rule, "neither", hint))
    for name in CHOICES:
        if own := own_options(name, given):
            make_estimator(name, {"seed": seed, **own}).check_options()


def own_options(name: str, hyperparameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those options that the method registered under `name` has."""
    allowed = {field.name for field in fields(estimator_class(name)) if field.init}
    return {option: value for option, value in hyperparameters.items() if option in allowed}


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
        "auto" looks at kinds, ties and dimensions and says in the notes what it chose and why; any name of
        `methods()`; or a configured estimator such as ``KSG(k=5)``.
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
        Options of the named method, such as ``k=5``; with "auto", of any method that it may choose.

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
    check_method(method, seed=seed, hyperparameters=hyperparameters)
    admitted = options.admit(x, y, given)
    estimator, reasons = resolve(method, admitted.samples, seed=seed, hyperparameters=hyperparameters)
    result = estimator.fit_admitted(admitted, options)
    result = replace(result, notes=(*reasons, *result.notes), seconds=time.perf_counter() - start)
    if not result.status.ok:
        warnings.warn(result.status.text, MITKWarning, stacklevel=2)
    return result
