"""Permutation tests of independence for any estimator, for independent rows, groups and series."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammaln

from mitk.errors import DataError, ParameterError, sentence
from mitk.inference.conditional_surrogates import CONDITIONAL, choose_conditional, conditional_orders
from mitk.parallel import one_thread, spread, workers
from mitk.results.record import SCHEMA_VERSION, plain

if TYPE_CHECKING:
    from mitk.data.samples import Samples

# Differences that rounding makes: absolute, and as a share.
ROUNDING = 1e-12
# Surrogates after which a test is looked at, and the p-value above which it then ends.
LOOKS, EASILY = (99, 299), 0.2
# Parts of its work that a worker is sent, so that one sees how far it is.
SHARES = 4


@dataclass(frozen=True)
class PermutationTest:
    """Outcome of a permutation test.

    Attributes
    ----------
    value : float
        Observed value of the estimator in `unit`.
    p_value : float
        (1 + b) / (1 + B), where b of B surrogates reach the observed statistic: the value, or what several readings
        make together (`mitk.permutation_test`), so that p may be small where the value alone is not unusual.
    null_mean, null_sd : float
        Of the value under the surrogates, in `unit`.
    null_quantiles : dict of float to float
        Quantiles of that at 0.5, 0.9, 0.95 and 0.99, in `unit`.
    n_permutations : int
        Surrogates finished.
    surrogate : {"rows", "groups", "circular shifts", "blocks", "neighbors", "strata", "residuals"}
    null : tuple of float
        The value under each surrogate in `unit`, in the order of their seeds.
    estimator : str
        The statistic, with its parameters.
    n_samples, n_dropped : int
        Rows used, and rows dropped for missing values.
    notes : tuple of str
    unit : str
        "nats", or the statistic's own.
    detectable : float
        How far the null's 95 % quantile lies above its mean, in `unit`: less information than that these rows would
        show, at the 5 % level, less than half of the time.
    dim_given : int
        Columns of the condition; 0 without one.
    statistics : dict of str to dict
        For each reading that the p-value is of, the value first: "observed", and "null_mean" and "null_sd" under the
        surrogates, in `unit`.

    Examples
    --------
    >>> import numpy as np
    >>> from mitk import Gaussian, permutation_test
    >>> x = np.random.default_rng(0).standard_normal((200, 2))
    >>> test = permutation_test(x[:, 0], x[:, 0] + x[:, 1], Gaussian(), 99)
    >>> test.p_value
    0.01
    """

    value: float
    p_value: float
    null_mean: float
    null_sd: float
    null_quantiles: dict[float, float]
    n_permutations: int
    surrogate: str
    null: tuple[float, ...]
    estimator: str = ""
    n_samples: int = 0
    n_dropped: int = 0
    notes: tuple[str, ...] = ()
    unit: str = "nats"
    statistics: dict[str, dict[str, float]] = field(default_factory=dict)
    detectable: float = float("nan")
    dim_given: int = 0

    def to_dict(self) -> dict[str, Any]:
        """A plain dictionary that JSON can hold."""
        return {"schema_version": SCHEMA_VERSION, **plain(self)}

    def plot(self, ax: Any = None) -> Any:
        """Draw the null and the observed value; needs the ``plot`` extra. Returns the matplotlib axes."""
        return importlib.import_module("mitk.show.plotting").plot_test(self, ax)

    def __str__(self) -> str:
        return f"p = {self.p_value:.3g} ({self.n_permutations} {self.surrogate}), value {self.value:.3f} {self.unit}"


def surrogate_rows(samples: Samples, surrogate: str, rng: np.random.Generator) -> np.ndarray:
    """Order in which one surrogate takes the rows of y, shape (n,).

    "rows" shuffles everything; "groups" exchanges whole groups of equal size and shuffles nothing within;
    "blocks" shuffles whole runs.
    """
    n = samples.n
    if surrogate == "rows":
        return rng.permutation(n)
    if surrogate == "blocks":
        size = samples.block or 1
        runs = [np.arange(start, min(start + size, n)) for start in range(0, n, size)]
        return np.concatenate([runs[i] for i in rng.permutation(len(runs))])
    assert samples.groups is not None
    order = np.arange(n)
    members: dict[int, list[np.ndarray]] = {}
    for group in range(int(samples.groups.max()) + 1):
        rows = np.flatnonzero(samples.groups == group)
        members.setdefault(len(rows), []).append(rows)
    for same_size in members.values():
        for target, source in zip(same_size, rng.permutation(len(same_size)), strict=True):
            order[target] = same_size[source]
    return order


def circular_shifts(n: int, most: int, rng: np.random.Generator) -> np.ndarray:
    """Up to `most` different shifts of n rows other than 0, in random order.

    The observed order is the shift by 0, one of n that are alike without dependence: near ones belong to them, and
    leaving them out would leave the observed one standing apart. No shift comes twice, lest p be too small.
    """
    return 1 + rng.permutation(n - 1)[:most]


def surrogates(samples: Samples, surrogate: str, n_permutations: int) -> int:
    """How many surrogates there will be: a series has no more circular shifts than rows."""
    return min(n_permutations, samples.n - 1) if surrogate == "circular shifts" else n_permutations


def permutation_null(
    value: Callable[[np.ndarray], Any],
    samples: Samples,
    surrogate: str,
    n_permutations: int,
    seed: int,
    n_jobs: int,
    advance: Callable[[int], None] = lambda done: None,
    enough: Callable[[np.ndarray], bool] | None = None,
) -> np.ndarray:
    """Surrogate values, shape (n_permutations,), or (n_permutations, r) of r readings each.

    Each has a seed of its own, so `n_jobs` changes nothing. `advance` is told how many more are done. `enough` is asked
    after some looks whether those so far will do.

    There are fewer circular shifts than asked for when the series has no more.
    """
    if surrogate == "circular shifts":
        shifts = circular_shifts(samples.n, n_permutations, np.random.default_rng(seed))
        jobs: list[Any] = [int(shift) for shift in shifts]
    else:
        jobs = list(np.random.SeedSequence(seed).spawn(n_permutations))
    draw = drawing(samples, surrogate, seed)

    def many(jobs: list[Any]) -> list[Any]:
        return [one(job) for job in jobs]

    def one(job: Any) -> Any:
        if isinstance(job, int):
            return value(np.roll(np.arange(samples.n), job))
        return value(draw(np.random.default_rng(job)))

    def finished(jobs: list[Any]) -> list[Any]:
        # Few shares for each worker: what the sides share may be sent with each.
        at_once = workers(n_jobs)
        shares = len(jobs) if at_once == 1 else min(SHARES * at_once, len(jobs))
        done = []
        for found in spread(many, [jobs[share::shares] for share in range(shares)], n_jobs):
            done.append(found)
            advance(len(found))
        return [done[i % shares][i // shares] for i in range(len(jobs))]

    looks = [look for look in LOOKS if look < len(jobs)] if enough is not None else []
    null: list[Any] = []
    with one_thread():
        for start, end in pairwise([0, *looks, len(jobs)]):
            null += finished(jobs[start:end])
            if enough is not None and end < len(jobs) and enough(np.array(null)):
                break
    return np.array(null)


def drawing(samples: Samples, surrogate: str, seed: int) -> Callable[[np.random.Generator], np.ndarray]:
    """How one surrogate, but for circular shifts, draws the order in which rows of y are taken."""
    if surrogate in CONDITIONAL:
        return conditional_orders(samples, surrogate, seed)
    return lambda rng: surrogate_rows(samples, surrogate, rng)


def exchange_notes(samples: Samples, surrogate: str, n_permutations: int) -> tuple[str, ...]:
    """What limits the p-value: shifts that there are not, groups that cannot be exchanged."""
    if surrogate == "circular shifts" and samples.n - 1 < n_permutations:
        return (f"Only {samples.n - 1} circular shifts exist, so p is at least {1 / samples.n:.2g}.",)
    if surrogate == "groups" and samples.groups is not None:
        sizes = np.bincount(samples.groups)
        same, counts = np.unique(sizes, return_counts=True)
        log_arrangements = float(gammaln(counts + 1.0).sum())
        moved = int((same * counts)[counts > 1].sum())
        few = log_arrangements < np.log(n_permutations)
        if moved < samples.n or few:
            ways = f", in {np.exp(log_arrangements):.3g} ways" if few else ""
            return (
                f"Groups are only exchanged for groups of the same size: {moved} of {samples.n} rows can move{ways}.",
            )
    return ()


def permutation_outcome(observed: float, null: np.ndarray, surrogate: str) -> PermutationTest:
    """Fold the observed and the surrogate values into a result."""
    # Equal tables give equal values up to rounding, and those must count as reached; so must what could not be had.
    reached = int(np.sum(~(null < observed) | np.isclose(null, observed, rtol=ROUNDING, atol=ROUNDING)))
    finite = null[np.isfinite(null)]
    points = (0.5, 0.9, 0.95, 0.99)
    return PermutationTest(
        value=float(observed),
        p_value=(1 + reached) / (1 + len(null)),
        null_mean=float(finite.mean()) if len(finite) else float("nan"),
        null_sd=float(finite.std(ddof=1)) if len(finite) > 1 else float("nan"),
        null_quantiles={q: float(np.quantile(null, q, method="higher")) for q in points},
        n_permutations=len(null),
        surrogate=surrogate,
        null=tuple(null.tolist()),
        detectable=float(np.quantile(finite, 0.95) - finite.mean()) if len(finite) else float("nan"),
    )


def joint_outcome(observed: Mapping[str, float], null: np.ndarray, surrogate: str) -> PermutationTest:
    """Fold observed readings by name, the value first, and those of the surrogates (B, r) into a result."""
    outcomes = {
        name: permutation_outcome(value, null[:, place], surrogate)
        for place, (name, value) in enumerate(observed.items())
    }
    first = next(iter(outcomes.values()))
    statistics = {
        name: {"observed": found.value, "null_mean": found.null_mean, "null_sd": found.null_sd}
        for name, found in outcomes.items()
    }
    p_value = first.p_value if len(outcomes) == 1 else joint_p_value(np.vstack([list(observed.values()), null]))
    return replace(first, p_value=p_value, statistics=statistics)


def joint_p_value(readings: np.ndarray) -> float:
    """The p-value of the smallest rank that a row of readings has in any of several.

    Parameters
    ----------
    readings : ndarray of shape (1 + B, r)
        Those observed, then those of B surrogates.

    Notes
    -----
    R_bj is the number of rows whose reading j is at least that of row b, S_b = min_j R_bj, and

        p = #{b: S_b < S_0, or S_b = S_0 and T_b >= T_0} / (1 + B),    T_b = max_j (s_bj - m_j) / sd_j,

    so that readings of any law count alike, and the standardised ones decide where two surrogates are first in one
    reading each. Ranks, m_j and sd_j are taken over all 1 + B rows, the observed one included, and do not change when
    these change places, so that under independence (S, T) has each place with the same probability: p is valid at any
    B, as for one reading (Westfall and Young 1993). Infinite values count as infinitely far, and are left out of m_j
    and sd_j; a reading that could not be had (nan), or never differs, says nothing. Differences within rounding count
    as reached, which only makes p larger.

    Examples
    --------
    >>> joint_p_value(np.array([[0.1, 3.0], [0.3, 0.1], [0.2, 0.0], [0.0, 0.2]]))
    0.25
    """
    smallest, largest, rounding = np.full(len(readings), len(readings)), np.full(len(readings), -np.inf), 0.0
    for reading in readings.T:
        known = reading[np.isfinite(reading)]
        center = float(known.mean()) if len(known) else 0.0
        scale = float(np.abs(known).max()) if len(known) else 0.0
        spread = float(known.std()) if len(known) else 0.0
        noise = ROUNDING * (1.0 + scale)
        smallest = np.minimum(smallest, _ranks_from_above(reading, noise))
        if spread <= noise:
            # All that are finite are equal; what is infinite still stands apart.
            standing = np.where(np.isfinite(reading), 0.0, reading)
        else:
            standing = (reading - center) / spread
            rounding = max(rounding, noise / spread)
        largest = np.fmax(largest, standing)
    reached = (smallest < smallest[0]) | ((smallest == smallest[0]) & (largest >= largest[0] - rounding))
    return int(reached.sum()) / len(readings)


def _ranks_from_above(values: np.ndarray, noise: float) -> np.ndarray:
    """How many of some values (m,) are at least each; those within noise are equal, and nan is least."""
    values = np.nan_to_num(values, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    with np.errstate(invalid="ignore"):
        # Equal infinities differ by nan.
        level = np.concatenate([[0], np.cumsum(np.diff(ordered) > noise)])
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[order] = len(values) - np.searchsorted(level, level)
    return ranks


def choose_surrogate(samples: Samples, surrogate: str) -> str:
    """The surrogate that suits the samples, or the one named, checked.

    Groups need at least two of one size; a series needs at least four blocks.
    """
    names = ("rows", "groups", "circular shifts", "blocks", *CONDITIONAL)
    if surrogate not in ("auto", *names):
        raise ParameterError(sentence("surrogate", f"must be auto or one of {', '.join(names)}", repr(surrogate)))
    if surrogate in CONDITIONAL and samples.given is None:
        raise ParameterError(sentence("surrogate", "must come with `given`", repr(surrogate)))
    alone = surrogate == "auto" and not samples.dependent
    if samples.given is not None and (alone or surrogate in ("rows", *CONDITIONAL)):
        return choose_conditional(samples, surrogate)
    if surrogate == "auto":
        surrogate = "groups" if samples.groups is not None else "circular shifts" if samples.block else "rows"
    if surrogate == "groups":
        if samples.groups is None:
            raise ParameterError(sentence("surrogate", "needs `groups`", "none"))
        sizes = np.bincount(np.bincount(samples.groups))
        if sizes.max() < 2:
            raise DataError(sentence("groups", "must include groups of equal size to exchange", "all sizes different"))
    if surrogate in ("circular shifts", "blocks") and samples.n < 4 * (samples.block or 1):
        raise ParameterError(
            sentence("block", f"must leave at least 4 runs in {samples.n} rows", samples.block, "take shorter runs")
        )
    return surrogate


def as_checked_count(n_permutations: Any) -> int:
    """A number of permutations, or a ParameterError."""
    number = isinstance(n_permutations, (int, np.integer)) and not isinstance(n_permutations, bool)
    if not number or n_permutations < 1:
        raise ParameterError(
            sentence("n_permutations", "must be a whole number of at least 1", repr(n_permutations), "999 is usual")
        )
    return int(n_permutations)
