"""One ranking over all suites: methods are compared pair by pair, on the cells that both ran."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from benchmarks.ranking import LEVEL, REPLICATES, family_weights, places
from benchmarks.scoring import Table, interval_score
from benchmarks.store import Row
from benchmarks.verdict import LEAST_TOLERANCE

# Errors and interval scores, in nats, below which there is nothing to choose.
LEAST = LEAST_TOLERANCE / 10.0
# Share of the suites that a method must have run to be ranked.
RANKED_SHARE = 0.5


@dataclass(frozen=True)
class Standing:
    """A line of the overall ranking.

    Attributes
    ----------
    method : str
    error, low, high : float
        Error as a multiple of the geometric mean of the ranked methods, with its bootstrap interval; nan where no
        cell links the method to them.
    winkler : float
        The same of the interval scores.
    suites : float
        How many suites the method ran, a part of one as a part.
    cells : int
        How many cells it ran, failed ones included.
    rank : int or None
        Shared by all that are tied with the first of their group; None for what ran on less than half of the suites.
    tied : bool
    """

    method: str
    error: float
    low: float
    high: float
    winkler: float
    suites: float
    cells: int
    rank: int | None = None
    tied: bool = False


def rank_overall(tables: Sequence[Table], seed: int = 0) -> list[Standing]:
    r"""Rank all methods by the mean log ratio of their errors on common cells.

    For methods :math:`i` and :math:`j`, :math:`W_{ij}` is the weight of the tasks that both ran, and :math:`R_{ij}`
    the weighted sum of :math:`\log(e_i / e_j)` over these, where :math:`e` is the mean absolute error over the seeds
    that both ran with. The scores :math:`s` of the ranked methods minimise

    .. math:: \sum_{i < j} W_{ij} (s_i - s_j - R_{ij} / W_{ij})^2, \qquad \sum_i s_i = 0.

    Suites weigh the same, within one its sizes, and then families, rank classes and tasks. What one of the two did not
    run is neither won nor lost; a failed cell was run, and has the error that it is charged. Methods that ran on less
    than half of the suites stay out of the fit: each is placed against the ranked ones alone.

    Returns
    -------
    list of Standing
        The ranked by their error, then the others by theirs.
    """
    tables = [table for table in tables if table.methods]
    methods = sorted({method for table in tables for method in table.methods})
    if not methods:
        return []
    covered, cells = _extent(tables, methods)
    ranked = covered >= RANKED_SHARE - 1e-9
    # Where nobody ran enough, all are compared with one another, and none is ranked.
    base = ranked if ranked.any() else np.ones(len(methods), dtype=bool)
    scores = fitted(*_ratios(tables, methods, _errors, REPLICATES, seed), base)
    winkler = fitted(*_ratios(tables, methods, _interval_scores, 0, seed), base)[0]
    suites = covered * len({table.suite for table in tables})

    def standing(m: int, low: float, high: float, rank: int | None = None, tied: bool = False) -> Standing:
        error, low, high, sharpness = (float(np.exp(value)) for value in (scores[0, m], low, high, winkler[m]))
        return Standing(methods[m], error, low, high, sharpness, float(suites[m]), int(cells[m]), rank, tied)

    found, own = [], np.flatnonzero(ranked)
    if len(own):
        for place in places([methods[m] for m in own], scores[0, own], scores[1:, own]):
            found.append(standing(methods.index(place.method), place.low, place.high, place.rank, place.tied))
    others = np.flatnonzero(~ranked)
    for m in others[np.argsort(scores[0, others], kind="stable")]:
        found.append(standing(m, *np.quantile(scores[1:, m], [0.5 - LEVEL / 2.0, 0.5 + LEVEL / 2.0])))
    return found


def fitted(ratios: np.ndarray, linked: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Least-squares scores of compared methods.

    Parameters
    ----------
    ratios, linked : ndarray of shape (replicates, m, m)
        Weighted sums of log ratios, row over column, and the weights.
    base : ndarray of bool, shape (m,)
        Methods that are fitted together, with mean 0; each other one is placed against these.

    Returns
    -------
    ndarray of shape (replicates, m)
        nan for a method that shares nothing with the base. Where parts of the base share nothing, each has mean 0.
    """
    own, others = np.flatnonzero(base), np.flatnonzero(~base)
    scores = np.full(ratios.shape[:2], np.nan)
    between, sums = linked[:, own][:, :, own], ratios[:, own][:, :, own].sum(axis=2)
    laplacian = np.eye(len(own)) * between.sum(axis=2)[:, None, :] - between
    scores[:, own] = np.einsum("bij,bj->bi", np.linalg.pinv(laplacian, hermitian=True), sums)
    weight, sums = linked[:, others][:, :, own], ratios[:, others][:, :, own].sum(axis=2)
    total = weight.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores[:, others] = (np.einsum("bij,bj->bi", weight, scores[:, own]) + sums) / total
    return scores


def log_ratios(
    table: Table, values: Mapping[str, np.ndarray], draws: np.ndarray, shares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted sums over common tasks of the log ratios of two methods, and the weights of these tasks.

    Parameters
    ----------
    table : Table
    values : mapping of str to ndarray of shape (tasks, seeds)
        For each method what is compared, in nats; nan where it did not run.
    draws : ndarray of shape (replicates, tasks, seeds)
        How often each seed is drawn.
    shares : ndarray of shape (replicates, families)
        How much each family weighs.

    Returns
    -------
    ratios, linked : ndarray of shape (replicates, methods, methods)
        In the order of ``table.methods``.
    """
    stacked = np.stack([values[method] for method in table.methods])
    known = np.isfinite(stacked)
    weights = shares @ family_weights(table).T
    ratios = np.zeros((len(draws), len(stacked), len(stacked)))
    linked = np.zeros_like(ratios)
    # Most pairs ran the same cells, whose means are then taken once.
    pairs: dict[bytes, list[tuple[int, int]]] = {}
    for i, j in combinations(range(len(stacked)), 2):
        pairs.setdefault((known[i] & known[j]).tobytes(), []).append((i, j))
    for common, members in pairs.items():
        cells = np.frombuffer(common, dtype=bool).reshape(known.shape[1:])
        tasks = np.flatnonzero(cells.any(axis=1))
        if not len(tasks):
            continue
        own = sorted({m for pair in members for m in pair})
        logs = np.log(np.maximum(_means(stacked[own][:, tasks], cells[tasks], draws[:, tasks]), LEAST))
        sums = np.einsum("bt,bmt->bm", weights[:, tasks], logs)
        for i, j in members:
            ratios[:, i, j] = sums[:, own.index(i)] - sums[:, own.index(j)]
            ratios[:, j, i] = -ratios[:, i, j]
            linked[:, i, j] = linked[:, j, i] = weights[:, tasks].sum(axis=1)
    return ratios, linked


def _means(values: np.ndarray, cells: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Means over drawn seeds of common cells, (replicates, m, tasks); the plain mean where none of them is drawn."""
    filled = np.where(cells, values, 0.0)
    drawn = draws * cells
    count = drawn.sum(axis=2)[:, None]
    plain = filled.sum(axis=2) / cells.sum(axis=1)
    return np.where(count > 0, np.einsum("bts,mts->bmt", drawn, filled) / np.maximum(count, 1e-300), plain)


def _ratios(
    tables: Sequence[Table],
    methods: Sequence[str],
    values: Callable[[Table, str], np.ndarray],
    replicates: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """`log_ratios` summed over tables, each by its share: first of the rows themselves, then of resampled ones."""
    rng = np.random.default_rng(seed)
    ratios = np.zeros((1 + replicates, len(methods), len(methods)))
    linked = np.zeros_like(ratios)
    for table, share in zip(tables, _shares(tables), strict=True):
        (count, seeds), families = table.errors[table.methods[0]].shape, family_weights(table).shape[1]
        draws = np.ones((1 + replicates, count, seeds))
        draws[1:] = rng.multinomial(seeds, np.full(seeds, 1.0 / seeds), size=(replicates, count))
        shares = np.full((1 + replicates, families), 1.0 / families)
        shares[1:] = rng.multinomial(families, np.full(families, 1.0 / families), size=replicates) / families
        own = [methods.index(method) for method in table.methods]
        place = np.ix_(range(1 + replicates), own, own)
        ratio, link = log_ratios(table, {method: values(table, method) for method in table.methods}, draws, shares)
        ratios[place] += share * ratio
        linked[place] += share * link
    return ratios, linked


def _shares(tables: Sequence[Table]) -> list[float]:
    """Weight of each table: equal over suites, then over the sizes of one; they add up to 1."""
    suites = [table.suite for table in tables]
    return [1.0 / len(set(suites)) / suites.count(suite) for suite in suites]


def _extent(tables: Sequence[Table], methods: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The weight of what each method ran, 1 for everything, and the number of its cells."""
    covered, cells = np.zeros(len(methods)), np.zeros(len(methods), dtype=int)
    for table, share in zip(tables, _shares(tables), strict=True):
        weights = family_weights(table).mean(axis=1)
        for method in table.methods:
            ran = np.isfinite(_errors(table, method))
            covered[methods.index(method)] += share * (weights @ ran.any(axis=1))
            cells[methods.index(method)] += ran.sum()
    return covered, cells


def _errors(table: Table, method: str) -> np.ndarray:
    """Absolute errors, (tasks, seeds), with what failed cells are charged; nan for what was not run."""
    return np.where(np.isnan(_by_cell(table, method, lambda row: 0.0)), np.nan, table.errors[method])


def _interval_scores(table: Table, method: str) -> np.ndarray:
    """Interval scores, (tasks, seeds); nan where there is no interval."""
    return _by_cell(table, method, interval_score)


def _by_cell(table: Table, method: str, value: Callable[[Row], float]) -> np.ndarray:
    rows = [[table.cells.get((method, task["name"], seed)) for seed in table.all_seeds] for task in table.tasks]
    return np.array([[math.nan if row is None else value(row) for row in own] for own in rows])
