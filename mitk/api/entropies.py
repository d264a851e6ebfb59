"""`entropy`: how much there is to know of one side, in labels or in numbers."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mitk.classical.neighbor_base import MAX_NUMERIC
from mitk.data.options import FitOptions
from mitk.data.samples import FEW_LEVELS, LEVELS_PER_ROW, Side, admit_alone
from mitk.errors import DataError, MITKWarning, sentence
from mitk.estimator import MIN_ROWS, MIN_UNITS, VERSION
from mitk.hyperparameters import one_of
from mitk.inference.entropies import column_quantiles, label_quantiles
from mitk.inference.inflation import effective_units
from mitk.inference.resampling import unit_labels
from mitk.numerics.entropies import ENTROPIES
from mitk.numerics.lattices import points_of_mass
from mitk.numerics.ranks import standardised
from mitk.numerics.sample_entropy import NEIGHBORS, column_entropy_contributions
from mitk.numerics.ties import has_ties, pair_keys, spread
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason, Status, no_interval
from mitk.results.record import EstimatorInfo, MIEstimate

CORRECTION = "grassberger"
# Rows that neighbours in two columns need; in more columns, as many times 2^(1/2) for each.
ROWS = 20 * (NEIGHBORS + 1)
# Fewest rows of a point of mass.
MASS_ROWS = 8
AS_LABELS = "taken as labels; discrete=False takes them as numbers."
SPREAD = "Repeated values were spread over the cells that round to them; discrete=True takes them as labels."


def entropy(
    x: Any,
    *,
    correction: str = CORRECTION,
    confidence: float | None = 0.95,
    missing: str = "raise",
    discrete: bool | Sequence[bool] | None = None,
    unit: str = "nats",
    groups: Any = None,
    block: int | str | None = None,
    thin: int | None = None,
) -> MIEstimate:
    """Estimate the entropy of labels, or the differential entropy of numbers, with an interval and a verdict.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
        Labels (strings, booleans, categories, whole numbers or others of few values that repeat) or numbers; several
        columns are one joint variable. Labels beside numbers are refused: their entropies are of different kinds.
    correction : str, default "grassberger"
        How the bias of labels is corrected: "plug-in", "miller-madow", "grassberger", "chao-shen", "nsb" or
        "james-stein", as in `Discrete`. Grassberger's has the least bias where some levels are rare, at hardly more
        variance. Numbers do not use it.
    confidence : float or None, default 0.95
        Nominal coverage of the interval; None turns it off.
    missing : {"raise", "drop"}, default "raise"
    discrete : bool or sequence of bool, optional
        The caller's word on the kind of the columns: True says labels, False numbers.
    unit : {"nats", "bits"}, default "nats"
    groups : array_like of shape (n,), optional
        Labels of rows that depend on each other.
    block : int or "auto", optional
        For a series, as in `estimate`.
    thin : int, optional
        Take every `thin`-th row only.

    Returns
    -------
    MIEstimate
        Of quantity "entropy" for labels, which is at least 0 for the law, or "differential_entropy" for numbers, which
        has any sign and changes with the unit of the columns. ``dim_y`` is 0.

    Raises
    ------
    DataError, DataTypeError, ParameterError

    Notes
    -----
    Labels: H = -sum p ln p, by the correction named; the interval is that of the rows' -ln p.

    Numbers: h = sum_j h(x_j) - C. Each h(x_j) is the mean of ln(x_(i+m) - x_(i-m)) - psi(g_i) + psi(n + 1) over the
    sorted values (Vasicek 1976), g_i the gaps in the window and m = n^(1/4), of less error than nearest neighbours for
    light and heavy tails, edges and mixtures. C is the total correlation, by the neighbours of Kraskov et al. on normal
    scores, k = 3: it has no bias where columns are independent, unlike the joint volumes of Kozachenko and Leonenko.
    Repeated values are spread over the cells that round to them.

    More than six columns of numbers are UNRELIABLE.

    References
    ----------
    * O. Vasicek, "A test for normality based on sample entropy", Journal of the Royal Statistical Society B 38 (1976).
    * A. Kraskov, H. Stögbauer and P. Grassberger, "Estimating mutual information", Physical Review E 69 (2004).
    * P. Grassberger, "Entropy estimates from insufficient samplings", arXiv:physics/0307138 (2003).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> h = entropy(rng.standard_normal(1000))                # truth: ln(2 pi e) / 2 = 1.419 nats
    >>> h.quantity, 1.419 in h.ci
    ('differential_entropy', True)
    >>> h = entropy(rng.integers(1, 7, 1000), unit="bits")    # a die: log2 6 = 2.585 bits
    >>> h.quantity, 2.585 in h.ci
    ('entropy', True)
    """
    start = time.perf_counter()
    one_of("correction", correction, tuple(ENTROPIES))
    FitOptions(confidence=confidence, missing=missing, unit=unit, block=block, thin=thin).check()
    admitted = admit_alone(x, missing=missing, discrete=discrete, groups=groups, block=block, thin=thin)
    samples = admitted.samples
    units = unit_labels(samples)
    side, notes = _varying(samples.x)
    described = MIEstimate(
        math.nan,
        n_samples=samples.n,
        n_dropped=admitted.n_dropped,
        dim_x=samples.x.d,
        dim_y=0,
        block=samples.block,
        notes=(*admitted.notes, *notes),
        estimator=EstimatorInfo("entropy", {} if correction == CORRECTION else {"correction": correction}, VERSION),
    )
    told = _labels_entropy if _as_labels(side) else _numbers_entropy
    found, quantiles = told(described, side, units, correction)
    doubts: tuple[Reason, ...] = ()
    if samples.n < MIN_ROWS:
        text = f"n={samples.n} is below {MIN_ROWS} rows, from which no value can be relied on"
        doubts += (Reason("few-rows", text, "collect more"),)
    if samples.dependent and (several := effective_units(units)) < MIN_UNITS:
        text = f"About {several:.0f} independent units are too few for an interval"
        doubts += (Reason("few-units", text, "collect more"),)
    found = replace(found, status=found.status.because(*doubts))
    if confidence is not None and quantiles is not None:
        found = replace(found, quantiles=quantiles, ci=quantiles.interval(confidence))
    if not found.status.ok:
        warnings.warn(found.status.text, MITKWarning, stacklevel=2)
    return replace(found.to(unit), seconds=time.perf_counter() - start)


def _varying(side: Side) -> tuple[Side, list[str]]:
    """The side without constant columns that may be labels, but for one where there is nothing else; and notes."""
    constant = (np.ptp(side.values, axis=0) == 0.0) & _may_be_labels(side)
    if not constant.any():
        return side, []
    notes = [f"`{name}` is constant and adds nothing." for name in np.array(side.names)[constant]]
    if constant.all():
        constant[0] = False
    return side.columns(~constant), notes


def _may_be_labels(side: Side) -> np.ndarray:
    """Which columns are labels, or numbers that are counted as such unless the caller objects, shape (d,)."""
    free = np.array([word is not False for word in side.told], dtype=bool)
    counts = np.array([kind == "count" for kind in side.kinds], dtype=bool)
    counts &= side.repeats(max(FEW_LEVELS, LEVELS_PER_ROW * side.n))
    constant = np.ptp(side.values, axis=0) == 0.0
    return free & (side.few | counts | constant)


def _as_labels(side: Side) -> bool:
    """Whether all columns are labels rather than numbers; DataError where some are."""
    labels = _may_be_labels(side)
    if labels.any() and not labels.all():
        names = np.array(side.names)
        raise DataError(
            sentence(
                "x",
                "must hold labels alone or numbers alone",
                f"labels ({', '.join(names[labels])}) and numbers ({', '.join(names[~labels])})",
                "discrete=True takes all as labels, discrete=False as numbers; the entropy of the labels plus the mean "
                "of that of the numbers within each is that of both",
            )
        )
    return bool(labels.all())


def _labels_entropy(
    described: MIEstimate, side: Side, units: np.ndarray, correction: str
) -> tuple[MIEstimate, Quantiles | None]:
    codes = side.codes()
    counts = np.bincount(codes)
    value = ENTROPIES[correction](counts, len(counts)) if len(counts) > 1 else 0.0
    quantiles, doubts = label_quantiles(codes, value, units)
    if len(counts) > 1 and set(side.kinds) != {"label"}:
        described = replace(described, notes=(*described.notes, f"{len(counts)} levels, {AS_LABELS}"))
    found = replace(
        described,
        value=value,
        quantity="entropy",
        status=Status().because(*doubts),
        diagnostics={"levels": len(counts), "plug_in": ENTROPIES["plug-in"](counts, len(counts))},
    )
    return found, quantiles


def _degenerate(values: np.ndarray) -> Reason | None:
    """Why columns (n, d) have no density, if they have none."""
    if any((points_of_mass(column, MASS_ROWS) >= 0).any() for column in values.T):
        text = "Many rows share one value beside others that are spread: the differential entropy is minus infinity"
        return Reason(
            "not-finite", text, "pass whether a row has that value as a label, and the other rows by themselves"
        )
    constant = (np.ptp(values, axis=0) == 0.0).any()
    if constant or np.linalg.matrix_rank(standardised(values)) < values.shape[1]:
        text = "The columns lie in fewer dimensions, where their differential entropy is minus infinity"
        return Reason("not-finite", text, "leave out columns that others determine")
    return None


def _numbers_entropy(
    described: MIEstimate, side: Side, units: np.ndarray, correction: str
) -> tuple[MIEstimate, Quantiles | None]:
    n, d = side.values.shape
    described = replace(described, quantity="differential_entropy")
    if reason := _degenerate(side.values):
        return replace(described, value=-math.inf, status=Status().because(reason)), None
    tied = np.array([has_ties(column) for column in side.values.T], dtype=bool)
    columns = side.values
    if tied.any():
        columns = spread(columns, tied, pair_keys(columns, columns), 0, evenly=False)
        described = replace(described, notes=(*described.notes, SPREAD))
    contributions = column_entropy_contributions(columns)
    quantiles, doubts = column_quantiles(columns, contributions, units)
    if d > MAX_NUMERIC:
        text = f"{d} columns of numbers are beyond the {MAX_NUMERIC} that neighbours resolve"
        doubts += (Reason("many-columns", text, "reduce the dimension"),)
    elif d > 1 and n < (needed := ROWS * 2.0 ** (d / 2.0 - 1.0)):
        doubts += (Reason("few-rows", f"n={n} is few for {d} columns of numbers", f"{needed:.0f} or more would do"),)
    value = float(contributions.mean())
    found = replace(described, value=value, status=Status().because(*doubts), pointwise=contributions)
    if not math.isfinite(value):
        return replace(found, status=found.status.because(no_interval("the value is not finite"))), None
    return found, quantiles
