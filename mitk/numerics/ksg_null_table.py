"""Make the table of `ksg_null` by simulation, in about ten minutes: ``python -m mitk.numerics.ksg_null_table OUT``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from mitk.numerics.ksg_null import FEWEST, ROWS_A_NEIGHBOR
from mitk.numerics.rank_neighbors import rank_information

NEIGHBORS = (1, 2, 3, 4, 5, 7, 10, 14, 20)
USUAL = 3
ROWS = (10, 14, 20, 32, 50, 80, 130, 250, 500, 1000, 2500, 6000, 15000)
# Permutations, and rows of all of them; twice as many for the usual number of neighbours.
MOST, ROWS_IN_ALL, LEAST = 400_000, 24_000_000, 4000
# Columns that are paired with each other at once: such pairs are independent two by two.
COLUMNS = 400
# Normal quantiles, and how many permutations must lie beyond one for it to be used.
QUANTILES = np.arange(-3.5, 4.26, 0.25)
BEYOND = 25
# Error of the fitted form, in standard deviations.
FORM = 0.003
# The highest power of the normal quantile and of n^(-1/2).
DEGREE = 5


def shuffled_values(n: int, k: int, count: int, seed: list[int]) -> np.ndarray:
    """Estimates of independent columns of n rows, shape (count,), nats."""
    rng = np.random.default_rng(seed)
    found: list[np.ndarray] = []
    while count > 0:
        columns = min(int(np.sqrt(2 * count)) + 2, COLUMNS)
        ranks = rng.permuted(np.tile(np.arange(n, dtype=np.int32), (columns, 1)), axis=1).T
        pairs = np.column_stack(np.triu_indices(columns, 1))[:count]
        found.append(rank_information(np.asfortranarray(ranks), pairs, k)[0])
        count -= len(pairs)
    return np.concatenate(found)


def simulated_quantiles(n: int, k: int) -> tuple[int, np.ndarray]:
    """How many permutations were drawn, and quantiles, nan where too few of them lie beyond."""
    count = min(MOST, max(ROWS_IN_ALL // n, LEAST)) * (2 if k == USUAL else 1)
    p = ndtr(QUANTILES)
    found = np.quantile(shuffled_values(n, k, count, [7, n, k]), p)
    found[np.minimum(p, 1.0 - p) * count < BEYOND] = np.nan
    return count, found


def fitted(rows: np.ndarray, counts: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Coefficients by powers of the normal quantile and of n^(-1/2) of sqrt(n) times quantiles, least squares.

    Parameters
    ----------
    rows, counts : ndarray of shape (r,)
    quantiles : ndarray of shape (r, q)
        Of r numbers of rows.
    """
    scaled = quantiles * np.sqrt(rows)[:, None]
    p, density = ndtr(QUANTILES), np.exp(-0.5 * QUANTILES**2) / np.sqrt(2.0 * np.pi)
    spread = np.array([np.interp(1.0, QUANTILES, q) - np.interp(-1.0, QUANTILES, q) for q in scaled]) / 2.0
    error = spread[:, None] * np.sqrt(p * (1.0 - p) / (density**2 * counts[:, None]) + FORM**2)
    # Higher powers of the normal quantile vanish with n, as those of Cornish and Fisher do: sums of many contributions
    # are normal. Without this the tails of many rows, where few permutations reach, could turn back.
    i, j = np.nonzero(np.add.outer(-np.arange(DEGREE + 1), np.arange(DEGREE + 1)) >= -1)
    # Of about unit size.
    terms = QUANTILES[None, :, None] ** i * np.sqrt(FEWEST / rows)[:, None, None] ** j
    known = np.isfinite(scaled)
    found = np.linalg.lstsq(terms[known] / error[known][:, None], scaled[known] / error[known], rcond=None)[0]
    coefficients = np.zeros((DEGREE + 1, DEGREE + 1))
    coefficients[i, j] = found * FEWEST ** (0.5 * j)
    return coefficients


def main() -> None:
    """Simulate, fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    table = {}
    for k in NEIGHBORS:
        rows = np.array([n for n in ROWS if n >= max(FEWEST, ROWS_A_NEIGHBOR * k + 1)])
        counts, quantiles = zip(*(simulated_quantiles(int(n), k) for n in rows), strict=True)
        coefficients = fitted(rows, np.array(counts), np.array(quantiles))
        table[str(k)] = [[float(f"{c:.7g}") for c in row] for row in coefficients]
        print(f"k = {k}: {sum(counts)} permutations", flush=True)
    out.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
