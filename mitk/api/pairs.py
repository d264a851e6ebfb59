"""Mutual information of all pairs of columns; a pair that fails never costs the others."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from mitk.api.front import check_method, resolve
from mitk.data.columns import Column, kind_choices, read_columns
from mitk.data.options import FitOptions
from mitk.data.row_labels import check_labels
from mitk.errors import DataError, DataTypeError, MITKError, MITKWarning, ParameterError, UnknownMethodError, sentence
from mitk.estimator import Estimator
from mitk.progress import progress_bar
from mitk.results.record import MIEstimate

SCHEMA_VERSION = 1
TEXT_WIDTH = 80
# What "auto" may take for each of many pairs.
QUICK = "quick"
# What the caller got wrong for every pair alike is raised; there is nothing to lose then.
MISTAKES = (ParameterError, UnknownMethodError)


@dataclass(frozen=True, eq=False, repr=False)
class PairwiseResult:
    """Estimates for all pairs of columns.

    Attributes
    ----------
    names : tuple of str
    values : ndarray of shape (d, d)
        Symmetric, in `unit`; nan on the diagonal and where a pair failed.
    results : dict of (int, int) to MIEstimate or str
        For each i < j the whole estimate, or the sentence that says why there is none.
    unit : str
    """

    names: tuple[str, ...]
    values: np.ndarray
    results: dict[tuple[int, int], MIEstimate | str]
    unit: str = "nats"

    def to_dict(self) -> dict[str, Any]:
        """Reduce to a plain dictionary for JSON: nan and infinities as strings; one record a pair.

        Each record holds ``x`` and ``y``, and either ``result`` (see `MIEstimate.to_dict`) or ``error``.
        """
        pairs = []
        for (i, j), result in self.results.items():
            outcome = {"error": result} if isinstance(result, str) else {"result": result.to_dict()}
            pairs.append({"x": self.names[i], "y": self.names[j], **outcome})
        return {
            "schema_version": SCHEMA_VERSION,
            "names": list(self.names),
            "unit": self.unit,
            "values": [[v if math.isfinite(v) else str(v) for v in row] for row in self.values.tolist()],
            "pairs": pairs,
        }

    def __str__(self) -> str:
        width = max(7, *(min(len(name), 12) for name in self.names)) + 2
        shown = min(len(self.names), TEXT_WIDTH // width - 1)
        names = [name if len(name) <= 12 else f"{name[:11]}…" for name in self.names[:shown]]
        lines = ["".join(f"{name:>{width}}" for name in ("", *names))]
        for i, name in enumerate(names):
            cells = ["" if i == j else self._cell(min(i, j), max(i, j)) for j in range(shown)]
            lines.append("".join(f"{cell:>{width}}" for cell in (name, *cells)).rstrip())
        left_out = len(self.names) - shown
        lines.append(f"{self.unit}" + (f"; {left_out} more columns not shown" if left_out else ""))
        if any(not isinstance(r, str) and not r.status.ok for r in self.results.values()):
            lines[-1] += "; ! is UNRELIABLE"
        runs = [r.block for r in self.results.values() if not isinstance(r, str) and r.block is not None]
        if runs:
            lines[-1] += f"; {len(runs)} of {len(self.results)} pairs are series, in runs of up to {max(runs)} rows"
        if any(isinstance(r, str) for r in self.results.values()):
            lines[-1] += "; failed pairs say why in .results"
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<PairwiseResult {len(self.names)} columns, {len(self.results)} pairs>"

    def _cell(self, i: int, j: int) -> str:
        result = self.results[i, j]
        if isinstance(result, str):
            return "failed"
        return f"{result.value:.3f}{'' if result.status.ok else '!'}"


@dataclass(frozen=True)
class _Failure:
    """Why a pair has no estimate, in a form that any process can send: some exceptions cannot be pickled."""

    text: str
    kind: type[MITKError]


@dataclass(frozen=True)
class _Recipe:
    """What to do with each pair: `estimate`, without its warnings."""

    method: str | Estimator
    seed: int
    hyperparameters: dict[str, Any]
    options: FitOptions

    def attempt(self, x: Column, y: Column, discrete_x: bool | None, discrete_y: bool | None) -> MIEstimate | _Failure:
        start = time.perf_counter()
        try:
            options = replace(self.options, discrete_x=discrete_x, discrete_y=discrete_y)
            admitted = options.admit(x, y)
            estimator = resolve(self.method, seed=self.seed, hyperparameters=self.hyperparameters, effort=QUICK)
            return replace(estimator.fit_admitted(admitted, options), seconds=time.perf_counter() - start)
        except Exception as error:  # Whatever befalls one pair must not lose the others.
            text = " ".join(str(error).split())
            if isinstance(error, MITKError):
                return _Failure(text, type(error))
            return _Failure(f"{type(error).__name__}: {text}", MITKError)


def pairwise(
    data: Any,
    method: str | Estimator = "screen",
    *,
    names: Sequence[str] | None = None,
    confidence: float | None = 0.95,
    interval: str = "default",
    missing: str = "raise",
    discrete: bool | Sequence[bool | None] | None = None,
    unit: str = "nats",
    groups: Any = None,
    block: int | str | None = None,
    thin: int | None = None,
    seed: int = 0,
    n_jobs: int = 1,
    progress: bool = False,
    **hyperparameters: Any,
) -> PairwiseResult:
    """Estimate the mutual information of every pair of columns.

    Parameters
    ----------
    data : array_like of shape (n, d), frame, or mapping of names to columns of shape (n,)
        Rows are samples; labels are fine.
    method : str or Estimator, default "screen"
        As in `estimate`; "screen" is made to be asked many times, "auto" means its ``effort="quick"``.
    names : sequence of str, optional
        Overrule the names of the columns.
    confidence : float or None, default 0.95
        None is faster, and leaves more doubts unseen.
    interval, missing, unit, groups, block, thin
        As in `estimate`; rows with missing values are dropped pair by pair.
    discrete : bool or sequence of bool or None, optional
        The word on the kind of the columns: True says labels, False never labels; None in a sequence says nothing.
    seed : int, default 0
        Every pair gets this seed, so each number is that of `estimate` on the two columns, whatever `n_jobs`.
    n_jobs : int, default 1
        Processes, through joblib; -1 takes all cores.
    progress : bool, default False
        Draw a bar on stderr when it is a terminal and the work takes more than two seconds.
    **hyperparameters
        Options of the named method, such as ``k=5``.

    Returns
    -------
    PairwiseResult

    Raises
    ------
    DataError, DataTypeError
        When `data` cannot be read at all, or has fewer than two columns.
    ParameterError, UnknownMethodError
        When an option is wrong for every pair. Whatever else befalls a pair is in its place in `results`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> a, b = rng.standard_normal((2, 500))
    >>> result = pairwise({"a": a, "b": b, "c": a + b}, method="gaussian")
    >>> bool(result.results[0, 2].value == result.values[0, 2] == result.values[2, 0])
    True
    >>> bool(result.values[0, 2] > 0.2 > result.values[0, 1])    # truth: 0.347 and 0 nats
    True
    """
    from joblib import Parallel, delayed

    check_method(method, seed=seed, hyperparameters=hyperparameters)
    options = FitOptions(
        confidence=confidence,
        interval=interval,
        missing=missing,
        unit=unit,
        groups=groups,
        block=block,
        thin=thin,
    )
    options.check()
    columns = _named(_readable(data), names)
    check_labels(data=data, groups=groups)
    choices = kind_choices(discrete, len(columns), "discrete")
    recipe = _Recipe(method, seed, hyperparameters, options)
    pairs = list(combinations(range(len(columns)), 2))
    tasks = (delayed(recipe.attempt)(columns[i], columns[j], choices[i], choices[j]) for i, j in pairs)
    outcomes: list[MIEstimate | _Failure] = []
    with progress_bar("Pairs", len(pairs), shown=progress) as advance:
        for outcome in Parallel(n_jobs=n_jobs, return_as="generator")(tasks):
            outcomes.append(outcome)
            advance()
    first = outcomes[0]
    if isinstance(first, _Failure) and set(outcomes) == {first} and issubclass(first.kind, MISTAKES):
        raise first.kind(first.text)
    return _collected(columns, dict(zip(pairs, outcomes, strict=True)), unit)


def _readable(data: Any) -> list[Column]:
    """Columns of the data; those of a frame that hold dates and the like are left out with a warning."""
    try:
        return read_columns(data, "data")
    except DataTypeError:
        if not hasattr(data, "columns"):
            raise
    import narwhals.stable.v2 as nw

    columns, left_out = [], []
    for series in nw.from_native(data, eager_only=True).iter_columns():
        try:
            columns += read_columns(series.to_native(), "data")
        except DataTypeError as error:
            left_out.append(str(error))
    warnings.warn("Left out: " + " ".join(left_out), MITKWarning, stacklevel=3)
    return columns


def _named(columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    if len(columns) < 2:
        raise DataError(sentence("data", "must have at least two columns", len(columns)))
    if names is None:
        return columns
    if isinstance(names, str) or len(names) != len(columns):
        raise ParameterError(sentence("names", f"must hold {len(columns)} names", repr(names)))
    return [replace(column, name=str(name)) for column, name in zip(columns, names, strict=True)]


def _collected(
    columns: list[Column], outcomes: dict[tuple[int, int], MIEstimate | _Failure], unit: str
) -> PairwiseResult:
    values = np.full((len(columns), len(columns)), np.nan)
    results: dict[tuple[int, int], MIEstimate | str] = {}
    doubtful = failed = 0
    for (i, j), outcome in outcomes.items():
        if isinstance(outcome, _Failure):
            results[i, j] = outcome.text
            failed += 1
        else:
            results[i, j] = outcome
            values[i, j] = values[j, i] = outcome.value
            doubtful += not outcome.status.ok
    if doubtful or failed:
        warnings.warn(
            f"Of {len(outcomes)} pairs, UNRELIABLE: {doubtful}, failed: {failed}; `results` says why.",
            MITKWarning,
            stacklevel=3,
        )
    values.flags.writeable = False
    # A score may have a unit of its own.
    unit = next((found.unit for found in results.values() if isinstance(found, MIEstimate)), unit)
    return PairwiseResult(tuple(column.name for column in columns), values, results, unit)
