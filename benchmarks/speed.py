"""Time fast paths against their plain counterparts: ``python -m benchmarks.speed``.

Each row of the table is one problem, what it is measured against, and both
best times on this machine; the ratio says how many times faster mitk is. The jobs
of many pairs follow, which ``python -m benchmarks.many`` prints alone.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.many import print_jobs
from mitk import KSG, MITKWarning

Floats = NDArray[np.float64]


class Case(NamedTuple):
    """One comparison; ``ours`` and ``theirs`` take samples x and y of shape (n, dx) and (n, dy)."""

    name: str
    n: int
    dx: int
    dy: int
    ours: Callable[[Floats, Floats], object]
    theirs: Callable[[Floats, Floats], object] | None
    against: str


def kd_trees(x: Floats, y: Floats) -> None:
    """Count neighbours on each side with SciPy's trees, as KSG needs them."""
    from scipy.spatial import cKDTree

    joint = np.hstack([x, y])
    radius = cKDTree(joint).query(joint, 4, p=np.inf, workers=2)[0][:, -1]
    for side in (x, y):
        cKDTree(side).query_ball_point(side, np.nextafter(radius, 0), p=np.inf, workers=2, return_length=True)


def scikit_learn(x: Floats, y: Floats) -> None:
    """Estimate mutual information with scikit-learn."""
    from sklearn.feature_selection import mutual_info_regression

    mutual_info_regression(x, y[:, 0], n_neighbors=3)


def ksg(x: Floats, y: Floats) -> None:
    """Estimate with three neighbours and no interval."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MITKWarning)
        KSG(k=3).fit(x, y, confidence=None)


def ksg_with_interval(x: Floats, y: Floats) -> None:
    """Estimate with three neighbours and the default interval."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MITKWarning)
        KSG(k=3).fit(x, y)


CASES = [
    Case("ksg", 10_000, 5, 5, ksg, kd_trees, "cKDTree kNN and counts, two workers"),
    Case("ksg", 10_000, 10, 10, ksg, kd_trees, "cKDTree kNN and counts, two workers"),
    Case("ksg", 200, 1, 1, ksg, scikit_learn, "mutual_info_regression"),
    Case("ksg", 5_000, 1, 1, ksg, scikit_learn, "mutual_info_regression"),
    Case("ksg", 100_000, 1, 1, ksg, scikit_learn, "mutual_info_regression"),
    Case("interval", 10_000, 1, 1, ksg_with_interval, ksg, "the estimate alone"),
    Case("interval", 10_000, 5, 5, ksg_with_interval, ksg, "the estimate alone"),
    Case("interval", 100_000, 1, 1, ksg_with_interval, ksg, "the estimate alone"),
    Case("ksg", 1_000_000, 1, 1, ksg, None, ""),
]


def best_time(call: Callable[[Floats, Floats], object], x: Floats, y: Floats, repeats: int) -> float:
    """Return the shortest of several timed calls, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call(x, y)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default="", help="run cases whose name contains this")
    parser.add_argument(
        "--largest", type=int, default=10**6, help="skip cases with more samples; many pairs shrink too"
    )
    parser.add_argument("--repeats", type=int, default=3, help="timed calls, after one that is not")
    options = parser.parse_args()
    print(f"{'case':<12}{'n':>9}{'dx+dy':>7}{'mitk [ms]':>12}{'other [ms]':>12}{'ratio':>8}  against")
    for case in CASES:
        if options.only not in case.name or case.n > options.largest:
            continue
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(case.n, case.dx)), rng.normal(size=(case.n, case.dy))
        case.ours(x, y)
        ours = best_time(case.ours, x, y, options.repeats)
        line = f"{case.name:<12}{case.n:>9}{f'{case.dx}+{case.dy}':>7}{1e3 * ours:>12.2f}"
        if case.theirs is not None:
            theirs = best_time(case.theirs, x, y, options.repeats)
            line += f"{1e3 * theirs:>12.2f}{theirs / ours:>8.1f}  {case.against}"
        print(line, flush=True)
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB\n")
    print_jobs(options.only, min(options.largest / 10**6, 1.0))


if __name__ == "__main__":
    main()
