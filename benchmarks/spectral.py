"""Spectral entropies against the published program and their own approximations: ``python -m benchmarks.spectral``.

``speed --peer-python PATH`` times mitk and the program `dse-dsmi`, installed for the Python at PATH, in turn on the
same points and prints best times, ratios and values. ``errors`` compares Lanczos quadrature, random features and
thinning with all eigenvalues. ``blobs`` prints the scores of three clusters beside their information.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mitk import MITKWarning
from mitk.spectral import dse, dsmi, published_subsets

# Runs in the other Python: a line of JSON in, a line of JSON out.
PEER = """
import json, sys, time
from dse_dsmi import diffusion_spectral_entropy as dse, diffusion_spectral_mutual_information as dsmi
import numpy as np
for line in sys.stdin:
    job = json.loads(line)
    data = np.load(job["path"])
    start = time.perf_counter()
    if job["case"] == "dse":
        value = dse(data["x"], gaussian_kernel_sigma=job["sigma"])
    else:
        value = dsmi(data["x"], data["y"], gaussian_kernel_sigma=job["sigma"])[0]
    print(json.dumps([float(value), time.perf_counter() - start]), flush=True)
"""


@contextmanager
def peer(python: str) -> Iterator[Callable[[str, np.ndarray, np.ndarray, float], tuple[float, float]]]:
    """A function that has the other program answer: value in bits, and seconds."""
    worker = subprocess.Popen([python, "-I", "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdin is not None
    assert worker.stdout is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "points.npz"

        def ask(case: str, x: np.ndarray, y: np.ndarray, sigma: float) -> tuple[float, float]:
            np.savez(path, x=x, y=y)
            worker.stdin.write(json.dumps({"case": case, "path": str(path), "sigma": sigma}) + "\n")
            worker.stdin.flush()
            answer = worker.stdout.readline()
            if not answer:
                raise SystemExit(f"dse-dsmi cannot be run by {python}")
            value, seconds = json.loads(answer)
            return value, seconds

        yield ask
        worker.stdin.close()
        worker.wait()


def points(n: int, d: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Normal points in ten weakly separated classes."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 10, n)
    return rng.standard_normal((n, d)) + rng.standard_normal((10, d))[y], y


def timed(call: Callable[[], Any]) -> tuple[float, float]:
    """Value and seconds of a call."""
    start = time.perf_counter()
    value = float(call())
    return value, time.perf_counter() - start


def speed(python: str, repeats: int) -> None:
    """Print best times of mitk and of the published program, taken in turn."""
    cases: list[tuple[str, str, int, dict[str, Any]]] = [
        ("dse, exact", "dse", 1000, {"approximation": "exact"}),
        ("dse, exact", "dse", 2000, {"approximation": "exact"}),
        ("dse, Lanczos", "dse", 2000, {"approximation": "lanczos"}),
        ("dsmi, 10 classes", "dsmi", 2000, {}),
    ]
    print(f"{'case':<18}{'n':>6}{'d':>4}{'mitk [ms]':>11}{'dse-dsmi [ms]':>15}{'ratio':>7}{'difference [bits]':>19}")
    with peer(python) as ask:
        for name, case, n, options in cases:
            x, y = points(n, 50)
            sigma = float(np.sqrt(50))
            if case == "dse":
                ours = partial(dse, x, bandwidth=sigma, **options)
            else:
                ours = partial(dsmi, x, y, bandwidth=sigma, subsets=published_subsets(y), **options)
            ours()
            mine, theirs = [], []
            for _ in range(repeats):
                value, seconds = timed(ours)
                mine.append(seconds)
                other, seconds = ask(case, x, y, sigma)
                theirs.append(seconds)
            print(
                f"{name:<18}{n:>6}{50:>4}{1e3 * min(mine):>11.0f}{1e3 * min(theirs):>15.0f}"
                f"{min(theirs) / min(mine):>7.1f}{value - other:>19.1e}",
                flush=True,
            )


def errors(seeds: int) -> None:
    """Print the largest error of each approximation over seeds, in bits, at the default bandwidth and half of it."""
    print(f"{'points':<26}{'sigma':>8}{'exact':>8}{'Lanczos':>10}{'stated':>9}{'features':>10}{'half the rows':>15}")
    n = 2000
    for d, heavy in ((50, False), (500, False), (20, False), (10, False), (3, False), (5, True)):
        rng = np.random.default_rng(d)
        x = rng.standard_t(2, (n, d)) if heavy else rng.standard_normal((n, d))
        default = dse(x, max_samples=n).diagnostics["bandwidth"]
        for factor in (1.0, 0.5):
            sigma = factor * default
            exact = dse(x, bandwidth=sigma, approximation="exact").value
            found: dict[str, list[float]] = {"lanczos": [], "features": [], "half": [], "stated": []}
            for seed in range(seeds):
                result = dse(x, bandwidth=sigma, approximation="lanczos", seed=seed)
                found["lanczos"].append(abs(result.value - exact))
                found["stated"].append(result.diagnostics["approximation_error_nats"] / np.log(2.0))
                half = dse(x, bandwidth=sigma, approximation="exact", max_samples=n // 2, seed=seed)
                found["half"].append(half.value - exact)
            features = dse(x, bandwidth=sigma, approximation="features")
            print(
                f"{f'{n} x {d}, ' + ('Student 2' if heavy else 'normal'):<26}{factor:>8g}{exact:>8.3f}"
                f"{max(found['lanczos']):>10.1e}{np.mean(found['stated']):>9.0e}{features.value - exact:>+10.3f}"
                f"{np.mean(found['half']):>+15.3f}",
                flush=True,
            )


def blobs(seeds: int) -> None:
    """Print DSMI of three normal clusters with corrupted labels beside their information, in bits."""
    n, k = 600, 3
    print(f"{'d':>5}{'corrupted':>11}{'information':>13}{'half-median':>13}{'sigma 10':>10}{'sigma sqrt(d)':>15}")
    for d in (5, 20, 100, 500):
        for r in (0.0, 0.2, 0.4, 1.0):
            a, b = 1.0 - r + r / k, r / k
            truth = np.log2(k) + a * np.log2(a) + (b * np.log2(b) * (k - 1) if b else 0.0)
            rows = []
            for seed in range(seeds):
                rng = np.random.default_rng(seed)
                y = rng.integers(0, k, n)
                x = (2.0 * rng.standard_normal((k, d)))[y] + rng.standard_normal((n, d))
                y = np.where(rng.random(n) < r, rng.integers(0, k, n), y)
                rows.append([dsmi(x, y, bandwidth=sigma).value for sigma in ("half-median", 10.0, float(np.sqrt(d)))])
            means = np.mean(rows, axis=0)
            print(f"{d:>5}{r:>11g}{truth:>13.3f}{means[0]:>13.3f}{means[1]:>10.3f}{means[2]:>15.3f}", flush=True)


def main() -> None:
    """Run one of the three tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spectral", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("table", choices=("speed", "errors", "blobs"))
    parser.add_argument("--peer-python", default=sys.executable, help="a Python that has dse-dsmi")
    parser.add_argument("--repeats", type=int, default=5, help="timed calls of each, or seeds")
    options = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MITKWarning)
        if options.table == "speed":
            speed(options.peer_python, options.repeats)
        elif options.table == "errors":
            errors(options.repeats)
        else:
            blobs(options.repeats)


if __name__ == "__main__":
    main()
