"""Time many pairs of columns against other packages and one by one: ``python -m benchmarks.many``.

Each row is one job: the pairs, seconds, and the rate; where a peer can do it, how many times faster mitk is in the same
run, after both gave the same numbers. ``--only`` picks rows by name, ``--share`` makes the large jobs smaller.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from mitk import MITKWarning, estimate, pairwise

Floats = NDArray[np.float64]
# Pairs that a peer is timed on.
PEER_PAIRS = 40


class Job(NamedTuple):
    """What was timed: ``peer`` is seconds a pair of another way, if there is one."""

    name: str
    pairs: int
    seconds: float
    peer: float | None = None
    against: str = ""


def timed(call: Callable[[], object]) -> tuple[float, object]:
    """Seconds of a call, and what it returned."""
    start = time.perf_counter()
    made = call()
    return time.perf_counter() - start, made


def normal_scores(x: Floats) -> Floats:
    """Scores that scikit-learn is fed, so that both do the same."""
    return ndtri(rankdata(x, axis=0) / (len(x) + 1.0))


def all_pairs_of_neighbours(share: float) -> Iterator[Job]:
    """KSG on normal scores without interval against scikit-learn's loop."""
    from sklearn.feature_selection import mutual_info_regression

    for n in (1000, 2000):
        x = np.random.default_rng(0).standard_normal((n, max(int(200 * share), 3)))
        x[:, 1:] += 0.5 * x[:, :1]
        pairwise(x[:, :3], "ksg", margins="normal")
        seconds, result = timed(lambda x=x: pairwise(x, "ksg", margins="normal", confidence=None, test=False))
        scores = normal_scores(x)
        most = min(PEER_PAIRS, x.shape[1] - 1)
        peer, theirs = timed(
            lambda scores=scores, most=most: [
                mutual_info_regression(scores[:, [0]], scores[:, j], n_neighbors=3, random_state=0)[0]
                for j in range(1, most + 1)
            ]
        )
        ours = np.maximum(result.values[0, 1 : most + 1], 0.0)
        assert np.abs(ours - theirs).max() < 0.01, "scikit-learn gives other numbers"
        yield Job(f"ksg, n={n}, no interval", result.n_pairs, seconds, peer / most, "scikit-learn's loop")


def many_neighbours(share: float) -> Iterator[Job]:
    """A thousand columns with p and q."""
    x = np.random.default_rng(0).standard_normal((1000, max(int(1000 * share**0.5), 3)))
    for jobs in (1, 2):
        seconds, result = timed(
            lambda jobs=jobs: pairwise(x, "ksg", margins="normal", confidence=None, n_jobs=jobs, threshold=0.05)
        )
        yield Job(f"ksg, n=1000, p and q, {jobs} cores", result.n_pairs, seconds)


def correlations(share: float) -> Iterator[Job]:
    """Copula and Gaussian with intervals above a threshold."""
    x = np.random.default_rng(0).standard_normal((2000, max(int(5000 * share**0.5), 3)))
    x[:, 1:100] += x[:, :1]
    for method in ("copula", "gaussian"):
        seconds, result = timed(lambda method=method: pairwise(x, method, threshold=0.01, n_jobs=2))
        yield Job(f"{method}, n=2000, threshold", result.n_pairs, seconds)


def binary_tables(share: float) -> Iterator[Job]:
    """Two thousand binary columns."""
    x = np.random.default_rng(0).integers(0, 2, (10_000, max(int(2000 * share**0.5), 3))).astype(bool)
    seconds, result = timed(lambda: pairwise(x, "discrete", threshold=0.001, n_jobs=2))
    yield Job("discrete, binary, n=10000", result.n_pairs, seconds)


def mixed_frames(share: float) -> Iterator[Job]:
    """Four kinds of columns in one frame, against a loop of `estimate`."""
    rng = np.random.default_rng(0)
    each = max(int(25 * share), 1)
    base = rng.standard_normal((1000, each))
    frame = {f"x{j}": base[:, j] for j in range(each)}
    frame |= {f"label{j}": np.array(list("abc"))[np.digitize(base[:, j] + rng.standard_normal(1000), [-0.5, 0.5])]
              for j in range(each)}  # fmt: skip
    frame |= {f"count{j}": rng.poisson(3.0 * np.exp(0.3 * base[:, j])) for j in range(each)}
    frame |= {f"rounded{j}": (base[:, j] + rng.standard_normal(1000)).round(2) for j in range(each)}
    names = list(frame)
    seconds, result = timed(lambda: pairwise(frame))
    chosen = [list(result.results)[k] for k in rng.choice(result.n_pairs, min(PEER_PAIRS, result.n_pairs), False)]
    loop = 0.0
    for i, j in chosen:
        one, alone = timed(
            lambda i=i, j=j: estimate({names[i]: frame[names[i]]}, {names[j]: frame[names[j]]}, method="screen")
        )
        assert abs(alone.value - result.values[i, j]) < 1e-9, "one by one gives other numbers"
        loop += one
    yield Job("screen, four kinds, n=1000", result.n_pairs, seconds, loop / len(chosen), "a loop of estimate")


def network(share: float) -> Iterator[Job]:
    """Regulators and genes with false discovery rate and pruning, as ARACNE has it."""
    genes, regulators = max(int(20_000 * share), 30), max(int(1800 * share), 3)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, genes))
    x[:, regulators:] += 0.7 * x[:, rng.integers(0, regulators, genes - regulators)]
    names = [f"g{j}" for j in range(genes)]
    for method, least in (("copula", 0.02), ("ksg", 0.05)):
        if method == "ksg" and share == 1.0:
            continue
        options = {"margins": "normal"} if method == "ksg" else {}
        start = time.perf_counter()
        result = pairwise(
            x, method, names=names, targets=names[:regulators], threshold=least, confidence=None, n_jobs=2, **options
        )
        edges = result.network()
        yield Job(f"{method}, {genes} genes, {len(edges)} edges", result.n_pairs, time.perf_counter() - start)


def one_target(share: float) -> Iterator[Job]:
    """Many columns against one."""
    x = np.random.default_rng(0).standard_normal((1000, max(int(5000 * share), 3)))
    for name, target in (("numbers", x[:, 0] + x[:, 1]), ("labels", np.where(x[:, 0] + x[:, 1] > 0, "a", "b"))):
        seconds, result = timed(lambda target=target: pairwise(x, targets=target))
        yield Job(f"screen, a target of {name}", result.n_pairs, seconds)


def very_many(share: float) -> Iterator[Job]:
    """Twenty thousand columns of which the largest thousand pairs are held."""
    x = np.random.default_rng(0).standard_normal((500, max(int(20_000 * share**0.5), 50)))
    seconds, result = timed(lambda: pairwise(x, "copula", top=1000, confidence=None, n_jobs=2))
    yield Job("copula, n=500, top 1000", result.n_pairs, seconds)


JOBS = (
    all_pairs_of_neighbours, many_neighbours, correlations, binary_tables, mixed_frames, network, one_target, very_many,
)  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="run jobs whose name contains this")
    parser.add_argument("--share", type=float, default=1.0, help="of the size of each job")
    options = parser.parse_args()
    print_jobs(options.only, options.share)


def print_jobs(only: str = "", share: float = 1.0) -> None:
    """Print a row for every job whose name contains a text, at a share of its size."""
    print(f"{'job':<42}{'pairs':>12}{'seconds':>9}{'pairs/s':>10}{'ratio':>7}  against")
    for job in JOBS:
        if only not in job.__name__:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MITKWarning)
            for done in job(share):
                line = f"{done.name:<42}{done.pairs:>12}{done.seconds:>9.1f}{done.pairs / done.seconds:>10.0f}"
                if done.peer is not None:
                    line += f"{done.peer * done.pairs / done.seconds:>7.1f}  {done.against}"
                print(line, flush=True)
        print(f"{'':<42}peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB", flush=True)


if __name__ == "__main__":
    main()
