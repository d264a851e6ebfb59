"""How far `estimate` errs on pairs of counts: ``python -W ignore -m benchmarks.counts``.

Poisson, negative binomial and geometric margins of one mean, independent or with a common summand: x = a + c and
y = b + c. Truths are sums over the joint probabilities. Printed are the mean absolute error, the coverage of 95 %
intervals and the share of UNRELIABLE results, for each word of the caller's on the columns.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

import mitk

# Shape of the negative binomial margins; Poisson laws have none.
SHAPES = {"poisson": math.inf, "negative binomial": 3.0, "geometric": 1.0}
MEANS = (1.0, 4.0, 20.0)
ROWS = (100, 300, 1000, 5000)
# Share of the mean that the common summand has.
SHARES = (0.0, 1 / 3, 2 / 3)
WORDS: dict[str, dict[str, Any]] = {"": {}, "discrete=False": {"discrete_x": False, "discrete_y": False}}


def probabilities(family: str, mean: float, part: float) -> np.ndarray:
    """Of 0, 1, 2, ... for the summand that has `part` of the mean; sums of parts have the whole law."""
    if part == 0.0:
        return np.ones(1)
    shape = SHAPES[family]
    law = stats.poisson(part * mean) if math.isinf(shape) else stats.nbinom(part * shape, shape / (shape + mean))
    found = law.pmf(np.arange(int(law.isf(1e-12)) + 2))
    return found / found.sum()


def information(family: str, mean: float, share: float) -> float:
    """Mutual information of a + c and b + c, in nats, summed over their joint probabilities."""
    if share == 0.0:
        return 0.0
    own, common = probabilities(family, mean, 1.0 - share), probabilities(family, mean, share)
    joint = np.zeros((len(own) + len(common) - 1,) * 2)
    for c, p in enumerate(common):
        joint[c : c + len(own), c : c + len(own)] += p * np.outer(own, own)
    alone = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    seen = joint > 0.0
    return float((joint[seen] * np.log(joint[seen] / alone[seen])).sum())


def draw(family: str, mean: float, share: float, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw n rows of a + c and b + c."""
    # Laws must not share their luck.
    rng = np.random.default_rng([seed, n, list(SHAPES).index(family), round(100 * mean), round(100 * share)])
    own, common = probabilities(family, mean, 1.0 - share), probabilities(family, mean, share)
    c = rng.choice(len(common), n, p=common)
    return rng.choice(len(own), n, p=own) + c, rng.choice(len(own), n, p=own) + c


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line a cell, and the means over cells."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default=",".join(map(str, ROWS)), help="numbers of rows")
    parser.add_argument("--sets", type=int, default=20, help="draws a cell")
    chosen = parser.parse_args(arguments)
    print(f"{'law':18} {'mean':>4} {'n':>5} {'truth':>6}  " + "  ".join(f"{w or 'default':>21}" for w in WORDS))
    cells = []
    for n, family, mean, share in itertools.product(map(int, chosen.rows.split(",")), SHAPES, MEANS, SHARES):
        truth = information(family, mean, share)
        found = np.empty((chosen.sets, len(WORDS), 3))
        for seed, (j, options) in itertools.product(range(chosen.sets), enumerate(WORDS.values())):
            r = mitk.estimate(*draw(family, mean, share, n, seed), effort="quick", **options)
            found[seed, j] = abs(r.value - truth), r.ci is not None and truth in r.ci, not r.status.ok
        cells.append(found.mean(axis=0))
        print(f"{family:18} {mean:4g} {n:5} {truth:6.3f}  " + _line(cells[-1]), flush=True)
    print(f"{'all':18} {'':4} {'':5} {'':6}  " + _line(np.mean(cells, axis=0)))


def _line(found: np.ndarray) -> str:
    """Error, coverage and share of UNRELIABLE for each word; shape (words, 3)."""
    return "  ".join(f"{error:7.4f} {covered:6.3f} {refused:6.3f}" for error, covered, refused in found)


if __name__ == "__main__":
    main()
