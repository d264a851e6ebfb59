"""Subsampling with variance extrapolation: the interval for methods that duplicates would break."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mitk.data.samples import Samples
from mitk.inference.distribution import from_standard_error
from mitk.inference.jackknife import jackknife
from mitk.inference.resampling import partition, unit_labels
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason

Value = Callable[[np.ndarray], float]

DEGREES = 30
ROWS_A_PART = 300
PARTS = 10
LARGE, PARTS_LARGE = 10_000, 20
BIAS_CUTS = 3
SHIFTS, SHIFTS_LARGE = 16, 6
# A bias this small, in nats and as a share of the value, is left to the interval.
NEGLIGIBLE = 0.02
NEGLIGIBLE_SHARE = 0.05
# Likewise what a series yields without dependence, which the interval holds: beyond this the value says too little.
SERIAL, SERIAL_SHARE = 0.1, 0.1


def drift(bias: float, unit: str) -> Reason:
    """The reason of a value that would be another one with more rows, by a bias."""
    text = f"The estimate still {'falls' if bias > 0 else 'rises'} with n: its bias is about {bias:+.2g} {unit}, more"
    remedy = "collect more rows, reduce the dimension, or compare with another method"
    return Reason("drift", f"{text} than twice its spread", remedy)


def subsampling(
    value: Value,
    full: float,
    samples: Samples,
    *,
    smallest: int,
    bias_exponent: float = 0.5,
    shifted: Value | None = None,
    seed: int = 0,
    unit: str = "nats",
) -> tuple[Quantiles | None, tuple[Reason, ...]]:
    """Interval from disjoint subsamples, the variance extrapolated to all rows (Holmes and Nemenman 2019).

    Rows are cut at random into g disjoint parts. The variance of an information estimate is B / n, so the
    sample variance s2 of the g values gives s2 / g for all rows; cuts are repeated until they have 30 degrees of
    freedom. Nothing is drawn twice, so no artificial neighbours at distance zero arise. Parts hold about 300
    rows, in which the law B / n holds to a few per cent (in much smaller ones the error comes out too small), and at
    least `smallest`; from ten thousand rows on one cut into 20 parts must do.

    Smaller parts (ten of them, where they fit) show the bias. If it falls as n^-a, the drift from parts to whole
    D = v(n) - mean v(n/g) leaves -D / (g^a - 1). It lengthens the interval on the side it points to, and makes
    the result unreliable when it is more than twice the standard error and 5 % of the value.

    Parameters
    ----------
    value : callable
        Estimate in nats from the given row numbers.
    full : float
        Estimate in nats from all rows.
    samples : Samples
    smallest : int
        Fewest rows a part may have.
    bias_exponent : float, default 0.5
        The power a with which the method's bias falls.
    shifted : callable, optional
        Estimate in nats with the rows of y in the given order. For a series, circular shifts of y show what it yields
        without dependence. It yields as much on top of what there is (measured from 0 to 2 nats), so the interval is
        centred on the value less their mean, and drawn out to hold the value; their standard deviation, of all rows, is
        the least that the standard error may be.
    seed : int
    unit : str, default "nats"
        For the sentences.

    Returns
    -------
    Quantiles or None
    tuple of Reason

    Notes
    -----
    With too few rows for two parts the delete-group jackknife takes over, whose subsets are larger.
    """
    labels = unit_labels(samples)
    units = int(labels.max()) + 1
    n = samples.n
    most = min(n // smallest, units // 2)
    rng = np.random.default_rng(seed)
    serial = scatter = 0.0
    if shifted is not None and samples.block is not None:
        serial, scatter = _without_dependence(shifted, samples, rng)
    if most < 2:
        return jackknife(value, full, samples, seed=seed, below=serial)
    parts = PARTS_LARGE if n >= LARGE else min(max(n // ROWS_A_PART, 2), PARTS)
    parts = min(parts, most)
    cuts = 1 if parts == PARTS_LARGE else math.ceil(DEGREES / (parts - 1))
    values = _ladder_step(value, labels, parts, cuts, rng)
    if not np.isfinite(values).all():
        return None, (
            Reason("no-interval", "No interval: some subsets of the rows have no finite value", "collect more"),
        )
    error = math.sqrt(float(values.var(axis=1, ddof=1).mean()) / parts)
    bias_parts = max(parts, min(PARTS, most))
    if bias_parts > parts:
        values = _ladder_step(value, labels, bias_parts, BIAS_CUTS, rng)
    gain = bias_parts**bias_exponent - 1.0
    bias = (float(values.mean()) - full) / gain
    if shifted is not None and samples.block is not None:
        # Parts hold fewer runs, within which rows are near in value; what is left of that in the whole, shifts show.
        bias = min(bias, 0.0)
    doubts = []
    # The drift of an unbiased estimate scatters about as much as the estimate itself.
    if abs(bias) > max(2.0 * error / gain, 2.0 * error, NEGLIGIBLE, NEGLIGIBLE_SHARE * abs(full)):
        doubts.append(drift(bias, unit))
    if serial > max(2.0 * error, SERIAL, SERIAL_SHARE * abs(full)):
        text = (
            f"Without any dependence the same series would give {serial:+.2g} {unit}, since rows near in time are near"
        )
        remedy = "pass block=1 if the order of the rows means nothing; a series needs many more rows"
        doubts.append(Reason("series", f"{text} in value", remedy))
    degrees = min(cuts * (parts - 1), DEGREES, units - 1)
    quantiles = from_standard_error(
        full - serial,
        max(error, scatter),
        degrees,
        "subsampling",
        below=max(bias, 0.0),
        above=max(-bias, 0.0),
    )
    return quantiles.enclosing(full), tuple(doubts)


def _ladder_step(value: Value, labels: np.ndarray, parts: int, cuts: int, rng: np.random.Generator) -> np.ndarray:
    """Values of the parts of each cut, shape (cuts, parts)."""
    return np.array([[value(rows) for rows in partition(labels, parts, rng)] for _ in range(cuts)])


def _without_dependence(shifted: Value, samples: Samples, rng: np.random.Generator) -> tuple[float, float]:
    """Mean, if positive, and standard deviation in nats of the values of a series when y is shifted against x.

    One circular shift is drawn from each of as many equal stretches of all that are by at least one run.
    """
    n, block = samples.n, samples.block or 1
    count = SHIFTS_LARGE if n >= LARGE else SHIFTS
    shifts = block + (np.arange(count) + rng.random(count)) / count * (n - 2 * block)
    values = np.array([shifted(np.roll(np.arange(n), int(shift))) for shift in shifts])
    return max(float(values.mean()), 0.0), float(values.std(ddof=1))
