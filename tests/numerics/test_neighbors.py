"""Every back-end returns what comparing all pairs in float64 would."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from joblib import Parallel, delayed
from numpy.testing import assert_array_equal

from mitk.numerics import neighbors
from mitk.numerics.neighbors import joint_neighbors, knn_distances, marginal_counts

BACKENDS = ["matrix", "trees", "strips", "rows", "boxes"]


def distances(points, labels=None):
    """All distances, computed the plain way."""
    gaps = np.abs(points[:, None] - points[None])
    matrix = gaps.max(axis=-1) if points.shape[1] else np.zeros((len(points), len(points)))
    return matrix if labels is None else np.where(labels[:, None] == labels, matrix, np.inf)


def brute_force(x, y, k, cells_x=None, cells_y=None):
    """The fields of JointNeighbors, from each row's distances to all others."""
    n = len(x)
    others = ~np.eye(n, dtype=bool)
    dx, dy = (distances(*side)[others].reshape(n, n - 1) for side in ((x, cells_x), (y, cells_y)))
    joint = np.maximum(dx, dy)
    asked = np.minimum(k, np.isfinite(joint).sum(axis=1))
    # Where nobody is asked, the radius is 0.
    ordered = np.hstack([np.zeros((n, 1)), np.sort(joint, axis=1)])
    radius = ordered[np.arange(n), asked]
    counts = [f(d, radius[:, None]).sum(axis=1) for d in (joint, dx, dy) for f in (np.less, np.less_equal)]
    radius_x, radius_y = (np.where(joint <= radius[:, None], d, 0.0).max(axis=1, initial=0.0) for d in (dx, dy))
    last = ((d <= r[:, None]).sum(axis=1) for d, r in ((dx, radius_x), (dy, radius_y)))
    return [asked, radius, *counts, radius_x, radius_y, *last]


def draw(rng, n, d):
    """Columns of one of many awkward kinds."""
    z = rng.normal(size=(n, d))
    kind = rng.integers(9)
    if kind == 1:
        z = z.round(1)
    elif kind == 2:
        z = z.round()
    elif kind == 3:
        z += 10.0 ** rng.integers(3, 13)
    elif kind == 4:
        z *= 10.0 ** rng.uniform(-8, 8, size=d)
    elif kind == 5:
        z = np.where(rng.random((n, d)) < 0.5, -0.0, z.round(1))
    elif kind == 6:
        z = z.round(1) + 1e6
    elif kind == 7:
        z = rng.standard_cauchy((n, d))
    elif kind == 8:
        z *= 10.0 ** rng.choice([-310, -200, 200, 300])
    if d and rng.random() < 0.2:
        z[:, rng.integers(d)] = rng.choice([0.0, -0.0, 3.3, 1e9])
    return z


def compare(rng, sizes, backends, ds=7, threads=1):
    """Draw one problem and compare back-ends on it."""
    n = int(rng.integers(*sizes))
    x, y = (draw(rng, n, d) for d in rng.integers(0, ds, 2))
    k = int(rng.choice([1, 2, 3, 5, n - 1, rng.integers(1, n + 3)]))
    cells = [rng.integers(0, rng.integers(1, 8), n) if rng.random() < 0.35 else None for _ in range(2)]
    expected = brute_force(x, y, k, *cells)
    codes = [neighbors._codes(labels, n) for labels in cells]
    rectangle = bool(rng.random() < 0.7)
    for backend in backends:
        found = neighbors._joint(x, y, k, *codes, rectangle, threads, backend)
        for name, values, right in zip(found._fields, found, expected, strict=True):
            if rectangle or name in found._fields[:8]:
                assert_array_equal(values, right, err_msg=f"{backend} {name}")
            else:
                assert values is None


@pytest.mark.parametrize("seed", range(4))
def test_every_backend_is_exact(seed):
    rng = np.random.default_rng(seed)
    for _ in range(60):
        compare(rng, (2, 61), BACKENDS)


@pytest.mark.parametrize("seed", range(100, 104))
def test_every_backend_is_exact_in_many_cases(seed):
    rng = np.random.default_rng(seed)
    for _ in range(int(os.environ.get("NEIGHBOR_CASES", "400"))):
        compare(rng, (2, 61), BACKENDS)


@pytest.mark.parametrize("seed", range(6))
def test_blocks_slices_and_threads_keep_exactness(seed):
    rng = np.random.default_rng(seed)
    for _ in range(4):
        compare(rng, (550, 900), BACKENDS, ds=4, threads=2)


@pytest.mark.parametrize("decimals", [None, 1])
@pytest.mark.parametrize(("n", "d"), [(2, 1), (60, 2), (300, 0), (300, 1), (300, 4), (700, 5), (5100, 1), (5100, 2)])
def test_one_space(n, d, decimals):
    points = np.random.default_rng(d).normal(size=(n, d))
    points = points if decimals is None else points.round(decimals)
    matrix = np.max([distances(points[:, [c]]) for c in range(d)], axis=0) if d else distances(points)
    radius = np.partition(matrix, min(3, n - 1), axis=1)[:, min(3, n - 1)]
    assert_array_equal(knn_distances(points, 3), radius)
    radii = np.where(np.arange(n) % 5 == 0, np.array([0.0, -1.0, np.inf, 0.3, 2.0])[np.arange(n) // 5 % 5], radius)
    opened, closed = marginal_counts(points, radii)
    assert_array_equal(opened, (matrix < radii[:, None]).sum(axis=1) - (radii > 0))
    assert_array_equal(closed, (matrix <= radii[:, None]).sum(axis=1) - (radii >= 0))


def test_boundary_that_a_rounded_sum_would_miss():
    x = np.array([[1.0], [0.0], [1e-17], [-1e-17], [3e-17], [2.0]])
    radii = np.ones(6)
    matrix = distances(x)
    for backend in ("trees", "strips", "rows"):
        opened, closed = neighbors._counts(np.repeat(x, 30, axis=0), np.repeat(radii, 30), 1, backend)
        assert_array_equal(opened[::30], 30 * (matrix < 1).sum(axis=1) - 1)
        assert_array_equal(closed[::30], 30 * (matrix <= 1).sum(axis=1) - 1)


@pytest.mark.parametrize("backend", ["trees", "rows"])
def test_row_order_is_irrelevant(backend):
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 300, 2)).round(1)
    order = rng.permutation(300)
    straight = neighbors._joint(x, y, 4, None, None, True, 2, backend)
    shuffled = neighbors._joint(x[order], y[order], 4, None, None, True, 1, backend)
    for a, b in zip(straight, shuffled, strict=True):
        assert_array_equal(a[order], b)


def test_doubtful_float32_gives_way_to_float64():
    x, y = np.random.default_rng(0).standard_cauchy((2, 700, 3)) * [1e9, 1.0, 1e-3]
    for rectangle in (False, True):
        found = neighbors._joint(x, y[:, ::-1], 3, None, None, rectangle, 2, "rows")
        expected = brute_force(x, y[:, ::-1], 3)
        for values, right in zip(found, expected, strict=True):
            assert values is None or (values == right).all()


@pytest.mark.parametrize(
    ("n", "dx", "dy", "cells", "backend"),
    [
        (150, 10, 10, 1, "matrix"),
        (5000, 2, 2, 300, "trees"),
        (5001, 1, 1, 1, "strips"),
        (10_000, 5, 5, 1, "rows"),
        (5001, 2, 2, 1, "boxes"),
        (100_000, 2, 2, 1, "boxes"),
        (100_000, 0, 1, 10, "trees"),
    ],
)
def test_choice_of_backend(n, dx, dy, cells, backend, monkeypatch):
    for compiled in ("mitk.numerics.neighbor_kernels", "mitk.numerics.neighbor_strips"):
        monkeypatch.delitem(sys.modules, compiled, raising=False)
    assert neighbors._backend(n, dx, dy, cells) == backend


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_rows(n):
    found = joint_neighbors(np.zeros((n, 2)), np.zeros((n, 1)), 3, rectangle=True)
    assert all((field == np.zeros(n)).all() for field in found)
    assert knn_distances(np.zeros((n, 2)), 1).shape == (n,)
    assert marginal_counts(np.zeros((n, 2)), np.ones(n))[1].sum() == 0


@pytest.mark.parametrize(
    ("x", "y", "k", "cells"),
    [
        (np.zeros((3, 1)), np.zeros((2, 1)), 1, None),
        (np.zeros((3, 1)), np.zeros((3, 1)), 0, None),
        (np.zeros(3), np.zeros((3, 1)), 1, None),
        (np.zeros((3, 1)), np.zeros((3, 1)), 1, np.zeros(2, int)),
        (np.array([[np.nan], [0.0]]), np.zeros((2, 1)), 1, None),
        (np.array([[1.7e308], [-1.7e308]]), np.zeros((2, 1)), 1, None),
    ],
)
def test_bad_arguments(x, y, k, cells):
    with pytest.raises(ValueError, match=r"rows|k must|matrix|shape|finite"):
        joint_neighbors(x, y, k, cells_x=cells)


def test_workers_use_one_thread():
    for backend in ("loky", "threading"):
        assert Parallel(2, backend=backend)(delayed(neighbors.usable_threads)() for _ in range(2)) == [1, 1]
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(neighbors.usable_threads).result() == neighbors.usable_threads()


SMALL = """
import sys, numpy as np
from mitk.numerics import neighbors
assert not {"numba", "sklearn", "scipy.spatial"} & set(sys.modules)
rng = np.random.default_rng(0)
for n, dx, dy in ((200, 6, 6), (1000, 2, 2), (5000, 1, 1), (5000, 0, 1)):
    neighbors.joint_neighbors(rng.normal(size=(n, dx)), rng.normal(size=(n, dy)), 3)
assert "numba" not in sys.modules
"""


def test_small_problems_do_not_import_numba():
    subprocess.run([sys.executable, "-c", SMALL], check=True)


def test_a_thousand_columns_are_not_too_many():
    assert neighbors._backend(1000, 500, 500, 1) == "rows"


@pytest.mark.parametrize("d", [2, 3, 5])
@pytest.mark.parametrize("kind", ["zeros", "lattice", "one place"])
def test_boxes_count_many_rows_in_one_place(d, kind):
    rng = np.random.default_rng(d)
    z = rng.standard_normal((400, d))
    points = {"zeros": z * (rng.random((400, d)) < 0.1), "lattice": z.round(), "one place": np.ones((400, d))}[kind]
    found = neighbors._joint(points, points[::-1].copy(), 3, None, None, True, 2, "boxes")
    expected = brute_force(points, points[::-1], 3)
    for values, right in zip(found, expected, strict=True):
        assert_array_equal(values, right)
