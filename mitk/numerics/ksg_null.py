"""P-values of independence for nearest neighbours on normal scores, from a table of how they scatter."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.special import ndtr

# Written by `python -m mitk.numerics.ksg_null_table`.
TABLE = Path(__file__).with_name("ksg_null.json")
# Fewest rows that the table holds for, and for each neighbour.
FEWEST, ROWS_A_NEIGHBOR = 10, 3
# Normal quantiles between which the table was fitted; beyond them it is continued.
LOWEST, HIGHEST = -3.25, 4.0
# Normal quantiles at which values are compared: down to p = 1e-300.
GRID = np.linspace(-10.0, 37.0, 9401)


def null_is_known(n: int, k: int) -> bool:
    """Whether `ksg_p_values` has p-values for n rows and k neighbours."""
    return 1 <= k <= max(_coefficients()) and n >= max(FEWEST, ROWS_A_NEIGHBOR * _next(k) + 1)


def ksg_p_values(values: np.ndarray, n: int, k: int) -> np.ndarray:
    """Chance that independent columns give as much as each of some estimates.

    Parameters
    ----------
    values : ndarray of shape (m,)
        Estimates of Kraskov, Stögbauer and Grassberger (the first of them) on normal scores without ties, in nats.
    n, k : int
        Rows and neighbours, of which `null_is_known`.

    Returns
    -------
    ndarray of shape (m,)
        Upper tails, never 0.

    Notes
    -----
    Without ties the scores of all columns are the same, so that under independence an estimate is that of a random
    permutation: its distribution depends on n and k alone. It was simulated once for k = 1, 2, 3, 4, 5, 7, 10, 14
    and 20 at 13 sizes from 10 to 15,000 rows, 4,000 to 800,000 permutations each, and its quantiles fitted by

        sqrt(n) Q(w) = sum_ij c_ij w^i n^(-j/2),  i, j = 0 to 5, i <= j + 1,

    with w the normal quantile of the same probability: a p-value for any n is the normal tail of the w at which Q is
    the value. Above w = 4 (p = 3e-5) Q goes on as a parabola, of the slope and the curvature that it has there, as the
    quantiles of a gamma law nearly do; for more than 15,000 rows the powers of n are continued, to a normal law.

    On permutations that the table was not made from, p-values of k = 3 are uniform up to a Kolmogorov distance of 0.007
    at n = 137, 700, 1,500 and 4,000 (20,000 each: chance alone gives 0.0096 once in twenty times) and 0.016 at n = 12
    and 17. Of 2 million permutations at n = 100, the shares with p of at most 0.05, 1e-2, 1e-3, 1e-4 and 1e-5 are 1.00,
    0.99, 0.99, 1.18 and 0.95 times that, with standard errors of up to 0.07 from 1e-4 on and 0.2 at 1e-5. Below 25 rows
    the steps of the statistic show: up to 1.2 times. P-values below 1e-6 are the parabola's word alone.
    """
    return ndtr(-np.interp(values, _grid_quantiles(n, k), GRID))


def null_quantiles(w: np.ndarray, n: int, k: int) -> np.ndarray:
    """Estimates of independent columns, in nats, that are as likely to be exceeded as normal quantiles w (m,).

    Between the neighbours of the table they are interpolated in ln k.
    """
    if k in _coefficients():
        return _tabulated(w, n, k)
    above = _next(k)
    below = max(other for other in _coefficients() if other < k)
    share = np.log(k / below) / np.log(above / below)
    return (1.0 - share) * _tabulated(w, n, below) + share * _tabulated(w, n, above)


@lru_cache(maxsize=16)
def _grid_quantiles(n: int, k: int) -> np.ndarray:
    return null_quantiles(GRID, n, k)


def _next(k: int) -> int:
    """The least number of neighbours in the table that is at least k."""
    return min(other for other in _coefficients() if other >= k)


def _tabulated(w: np.ndarray, n: int, k: int) -> np.ndarray:
    powers = n ** (-0.5 * np.arange(_coefficients()[k].shape[1]))
    polynomial = np.polynomial.Polynomial(_coefficients()[k] @ powers)
    inner = np.clip(w, LOWEST, HIGHEST)
    beyond = w - inner
    curvature = np.where(beyond > 0.0, max(float(polynomial.deriv(2)(HIGHEST)), 0.0), 0.0)
    found = polynomial(inner) + beyond * polynomial.deriv()(inner) + 0.5 * curvature * beyond**2
    return found / np.sqrt(n)


@lru_cache(maxsize=1)
def _coefficients() -> dict[int, np.ndarray]:
    """Of each k, by powers of the normal quantile and of n^(-1/2)."""
    return {int(k): np.array(rows) for k, rows in json.loads(TABLE.read_text(encoding="utf-8")).items()}
