"""Pairs of columns too long to be held: all of their rows, added up run by run, where a method can do with that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mitk.data.column import Column
from mitk.data.options import FitOptions
from mitk.data.samples import Samples
from mitk.data.sources import PartOfRows, StoredColumn
from mitk.errors import DataError, sentence
from mitk.estimator import Estimator
from mitk.results.reason import Status, no_interval
from mitk.results.record import MIEstimate

# Rows of a run, and bytes that a row of a whole column takes while its bins are found.
RUN, OF_WHOLE = 1 << 18, 48


def adds_up(estimator: Estimator) -> bool:
    """Whether a method can do with what rows add up to."""
    return type(estimator)._row_sums is not Estimator._row_sums


def part_of(side: Any) -> PartOfRows | None:
    """The part of the rows that the columns of a side are read from; None where they are read whole."""
    sources = [column.source for column in side.values() if isinstance(column, StoredColumn)]
    return next((source for source in sources if isinstance(source, PartOfRows)), None)


def of_all_rows(
    estimator: Estimator, x: Any, y: Any, samples: Samples, part: MIEstimate, options: FitOptions
) -> tuple[MIEstimate, float] | None:
    """The result of all rows and its p-value, from that of a part; None where the method needs its rows at once.

    Kinds of the columns, and what speaks against the value, are judged on the part.

    Parameters
    ----------
    estimator : Estimator
    x, y : dict of str to Column
        The sides, as a fit takes them.
    samples : Samples
        Of the part.
    part : MIEstimate
        Its result.
    options : FitOptions
    """
    source, columns = part_of(x), [*x.values(), *y.values()]
    able = source is not None and source is part_of(y) and len(columns) == 2 and not samples.dependent
    if not able or source is None or samples.given is not None or options.interval not in ("default", "own"):
        return None
    if any(reason.code == "sparse" for reason in part.status.reasons):
        # Levels without end have no table that could be held.
        return None
    if options.thin not in (None, 1) or min(np.ptp(side.values) for side in samples.sides) == 0.0:
        return None
    whole, places = source.source, [column.place for column in columns]
    held = whole.n * OF_WHOLE <= source.memory
    readers = [lambda place=place: whole.read([place])[0] if held else None for place in places]
    adding = estimator._row_sums(samples, whole.n, *readers)
    if adding is None:
        return None
    sums, answer = adding
    for run in whole.chunks(places, RUN):
        sums.add(*_complete(run, options.missing))
    found, p_value = answer()
    quantiles = None if found.uncertainty is None or options.confidence is None else found.uncertainty()
    ci = None if quantiles is None or options.confidence is None else quantiles.interval(options.confidence)
    doubts = [*part.status.reasons, *found.status.reasons]
    if options.confidence is not None and (ci is None or found.value not in ci):
        ci, doubts = None, [*doubts, no_interval("none can be had from these rows")]
    result = replace(
        part.to("nats"),
        value=float(found.value),
        ci=ci,
        quantiles=quantiles,
        status=Status().because(*{reason.code: reason for reason in doubts}.values()),
        n_samples=sums.n,
        n_dropped=whole.n - sums.n,
        pointwise=None,
        pointwise_constant=0.0,
        diagnostics=dict(found.diagnostics),
        notes=(
            *part.notes,
            f"All {sums.n} rows were added up; what speaks against the value was looked for in a part.",
        ),
    )
    return result.to(options.unit), p_value


def _complete(run: list[Column], missing: str) -> list[Column]:
    """The rows of a run that have no gap, all of them finite."""
    gone = np.zeros(run[0].n, dtype=bool)
    for column in run:
        if np.isinf(column.values).any():
            raise DataError(sentence(column.name, "must be finite", "infinite values", "clip or remove them"))
        gone |= np.isnan(column.values)
    if gone.any() and missing == "raise":
        got, hint = f"{int(gone.sum())} in a run of {len(gone)} rows", 'missing="drop" keeps complete rows'
        raise DataError(sentence("x and y", "must have no missing values", got, hint))
    return [replace(column, values=column.values[~gone]) for column in run] if gone.any() else run
