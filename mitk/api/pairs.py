"""Mutual information of all pairs of columns, or of columns with targets; a pair that fails never costs the others."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np

from mitk.api.front import check_method, resolve
from mitk.data.frames import frame_kind
from mitk.data.options import FitOptions
from mitk.data.row_labels import check_labels
from mitk.data.sources import MEMORY, ColumnSource, memory_of, readable
from mitk.errors import DataTypeError, MITKWarning, ParameterError, UnknownMethodError, sentence
from mitk.estimator import Estimator
from mitk.hyperparameters import one_of
from mitk.inference.multiple import CORRECTIONS
from mitk.many.answers import FAILED, UNRELIABLE
from mitk.many.held import Held
from mitk.many.result import PairwiseResult
from mitk.many.run import answer_all
from mitk.many.shared_null import PERMUTATIONS
from mitk.many.smallest import smallest_p_values
from mitk.many.store import TileStore, call_of
from mitk.many.tiles import Recipe
from mitk.many.units import Units, read_units
from mitk.parallel import cluster_of
from mitk.progress import progress_bar

# What "auto" may take for each of many pairs.
QUICK = "quick"
# What the caller got wrong for every pair alike is raised; there is nothing to lose then.
MISTAKES = (ParameterError, UnknownMethodError, DataTypeError)


def pairwise(
    data: Any,
    method: str | Estimator = "screen",
    *,
    given: Any = None,
    targets: Any = None,
    blocks: Mapping[str, Sequence[str]] | None = None,
    correct: str | None = "bh",
    test: bool = True,
    confidence: float | None = 0.95,
    top: int | None = None,
    threshold: float | None = None,
    names: Sequence[str] | None = None,
    interval: str = "default",
    missing: str = "raise",
    discrete: bool | Sequence[bool | None] | None = None,
    discrete_given: bool | Sequence[bool | None] | None = None,
    unit: str = "nats",
    groups: Any = None,
    block: int | str | None = None,
    thin: int | None = None,
    seed: int = 0,
    n_jobs: int = 1,
    out: str | PathLike[str] | None = None,
    memory: int | str | None = None,
    progress: bool = False,
    **hyperparameters: Any,
) -> PairwiseResult:
    """Estimate the mutual information of every pair of columns, or of every column with some targets.

    Parameters
    ----------
    data : array_like of shape (n, d), frame, mapping of names to columns of shape (n,), or what lies outside of memory
        Rows are samples; labels are fine. Dates, and labels that differ from row to row as names do, are left out with
        a warning. The path of a .parquet, .npy or .zarr, a memmap, an array of Zarr or HDF5, and an array or a frame of
        Dask are read by columns as they are needed, and give the same numbers; other files are read whole.
    method : str or Estimator, default "screen"
        As in `estimate`; "screen" is made to be asked many times, "auto" means its ``effort="quick"``.
    given : str, list of str, array_like of shape (n,) or (n, dz), or frame, optional
        The condition of every pair: names of columns of the data, which are then not paired, or columns of their own.
        Pairs are then fitted and tested one by one.
    targets : str, list of str, array_like of shape (n,) or (n, t), or frame, optional
        Every column is paired with these, and these with each other: names of columns of the data, or columns of their
        own.
    blocks : mapping of str to list of str, optional
        Groups of columns to be paired as wholes, by name.
    correct : {"bh", "by", "bonferroni", "max"} or None, default "bh"
        How p-values are adjusted for all pairs that were asked: q. "bh" and "by" hold the share of false finds,
        "bonferroni" and "max" the chance of any (`mitk.inference.multiple`). "max" compares with the smallest of all
        p-values in 199 data sets in which the rows of the targets, or else of every column, are permuted: less strict
        where columns resemble each other, and 200 times the work.
    test : bool, default True
        Whether each pair is tested for independence. Pairs that are answered together have p-values in closed form or
        from tabulated nulls, others from 199 shared permutations; methods that train networks, and "auto", have none.
    confidence : float or None, default 0.95
        None is faster, and leaves more doubts unseen.
    top : int, optional
        Hold this many of the largest values only.
    threshold : float, optional
        Hold values of at least this, in `unit`; p and q still count all pairs.
    names : sequence of str, optional
        Overrule the names of the columns.
    interval : {"default", "own", "subsampling", "jackknife"}, default "default"
        "default" is what the method makes at little cost where it answers pairs together: for neighbours the spread of
        the rows' contributions; the others are those of `estimate`.
    missing, unit, groups, block, thin
        As in `estimate`; rows with missing values are dropped pair by pair.
    discrete, discrete_given : bool or sequence of bool or None, optional
        The word on the kind of the columns: True says labels, False never labels; None in a sequence says nothing.
    seed : int, default 0
        Every pair gets this seed, so each value is that of `estimate` on the two columns, whatever `n_jobs`.
    n_jobs : int, default 1
        Processes, through joblib; -1 takes all cores. Under ``joblib.parallel_config("dask")``, or with a frame of Dask
        whose cluster is there, the workers of the cluster take all pairs, whatever is said here.
    out : str or path, optional
        A file that ends in .parquet, .csv or .json for the table. Finished tiles lie beside it until all are done, and
        the same call goes on after an interrupt.
    memory : int or str, optional
        Bytes, or a text such as "200MB", that columns from outside of memory and what is made of them may take, in this
        process and in each worker; by default 1 GB. Where two whole columns are more, a part of the rows is read.
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
        When an option is wrong for every pair, or ``correct="max"`` is asked of pairs that are fitted one by one.
        Whatever else befalls a pair is in its place in `results`.

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
    >>> [result.names[k] for k in np.flatnonzero(pairwise({"a": a, "b": b, "c": a + b}, targets="c").q_values < 0.05)]
    ['a', 'b']
    """
    check_method(method, seed=seed, hyperparameters=hyperparameters)
    options = FitOptions(
        confidence=confidence, interval=interval, missing=missing, unit=unit, groups=groups, block=block, thin=thin
    )
    options.check()
    if correct is not None:
        one_of("correct", correct, CORRECTIONS)
    least = _least(top, threshold)
    estimator = resolve(method, seed=seed, hyperparameters=hyperparameters, effort=QUICK)
    most = memory_of(memory)
    with cluster_of(data):
        read = readable(data, most, seed)
        kinds = {"discrete": discrete, "discrete_given": discrete_given}
        units = read_units(read, names=names, blocks=blocks, targets=targets, given=given, **kinds)
        labelled = None if isinstance(read, ColumnSource) else read
        check_labels(data=labelled, given=None if isinstance(given, (str, list, tuple)) else given, groups=groups)
        told: dict[str, Any] = {"discrete_given": list(units.given_choices) or None}
        options = replace(options, **told)
        name = method if isinstance(method, str) else type(method).__name__
        recipe = Recipe(estimator, name, options, test, units.condition)
        others = {"correct": correct, "top": top, "threshold": threshold}
        store = None if out is None else TileStore(out, call_of(recipe, units, others))
        smallest = None
        if correct == "max":
            with progress_bar("Permutations", PERMUTATIONS, shown=progress) as advance:
                smallest = smallest_p_values(recipe, units, n_jobs, advance)
        held = Held(top, least, smallest)
        with progress_bar("Pairs", units.n_pairs, shown=progress) as advance:
            failure = answer_all(recipe, units, held, store, n_jobs, advance, most or MEMORY)
    if failure is not None and issubclass(failure.kind, MISTAKES):
        raise failure.kind(failure.text)
    result = _collected(held, recipe, units, correct, frame_kind(data))
    if store is not None:
        store.finish(result)
    return result


def _collected(held: Held, recipe: Recipe, units: Units, correct: str | None, kind: str) -> PairwiseResult:
    answers = held.answers()
    # A score may have a unit of its own.
    unit = next((found.unit for found in held.whole.values()), recipe.options.unit)
    result = PairwiseResult(
        names=units.names,
        answers=answers,
        q_values=held.adjusted(answers.p_value, correct),
        unit=unit,
        n_pairs=units.n_pairs,
        targets=units.names[len(units) - units.n_targets :] if units.n_targets else (),
        correct=correct,
        level=recipe.options.confidence,
        estimator=recipe.estimator.info(),
        frame_kind=kind,
        notes=units.notes,
        whole=held.whole,
    )
    counts = result.counts()
    if counts[UNRELIABLE] or counts[FAILED]:
        warnings.warn(
            f"Of {len(answers)} pairs, UNRELIABLE: {counts[UNRELIABLE]}, failed: {counts[FAILED]}; `results` says why.",
            MITKWarning,
            stacklevel=3,
        )
    return result


def _least(top: int | None, threshold: float | None) -> float:
    """The least value that is held."""
    if top is not None and (not isinstance(top, (int, np.integer)) or isinstance(top, bool) or top < 1):
        raise ParameterError(sentence("top", "must be a whole number of at least 1", repr(top)))
    if threshold is None:
        return -np.inf
    if not isinstance(threshold, (int, float, np.number)) or isinstance(threshold, bool) or not np.isfinite(threshold):
        raise ParameterError(sentence("threshold", "must be a number", repr(threshold)))
    return float(threshold)
