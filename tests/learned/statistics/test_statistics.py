"""The statistics ignore the order of rows and columns, which side is which, and increasing maps of columns."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mitk import KSG
from mitk.learned.statistics.canonical import pairing
from mitk.learned.statistics.features import CURVED_TOKENS, TOKENS, VIEW_ROWS, features
from mitk.learned.statistics.formulas import controlled, standardised
from mitk.learned.statistics.neighbors import NEIGHBORS, neighbor_information, planar_information
from mitk.learned.statistics.raw import RAW, raw_statistics
from mitk.learned.statistics.sides import nearest, side_statistics

SHAPES = [(10, 1, 1), (40, 3, 2), (300, 5, 5), (60, 40, 35), (700, 2, 1)]


def sides(n, dx, dy, seed=0):
    rng = np.random.default_rng(seed)
    x, noise = rng.standard_normal((n, dx)), rng.standard_normal((n, dy))
    return x, noise + x @ rng.standard_normal((dx, dy)) / dx


def assert_same(a, b):
    for name, left, right in zip(a._fields, a, b, strict=True):
        np.testing.assert_allclose(left, right, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("shape", SHAPES)
def test_order_of_rows_columns_and_sides_does_not_matter(shape):
    x, y = sides(*shape)
    rng = np.random.default_rng(1)
    rows = rng.permutation(len(x))
    found = features(x, y)
    assert_same(found, features(x[rows], y[rows]))
    assert_same(found, features(x[:, rng.permutation(x.shape[1])], y[:, rng.permutation(y.shape[1])]))
    assert_same(found, features(y, x))


def test_rows_that_mirror_each_other_are_told_apart():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((60, 1))
        # Ranks (a, b) in one row and (b, a) in another, thirty times.
        y = np.roll(x.reshape(30, 2), 1, axis=1).reshape(60, 1)
        rows = rng.permutation(60)
        for one, other in zip(features(x, y), features(x[rows], y[rows]), strict=True):
            np.testing.assert_array_equal(one, other)


def tied_sides(kind, n, seed):
    """Sides whose ties do not tell which side, column or row is which: as many on one as on the other."""
    rng = np.random.default_rng(seed)
    x, y = sides(n, 2, 2, seed)
    positive, half = (lambda v: np.maximum(v - np.median(v, axis=0), 0.0)), (lambda v: v > np.median(v, axis=0))
    return {
        "half zeros": lambda: (positive(x[:, :1]), positive(y[:, :1])),
        "opposed": lambda: (positive(x[:, :1]), positive(-x[:, :1])),
        "halves": lambda: (half(x[:, :1]) * 1.0, half(y[:, :1]) * 1.0),
        "ranks in fours": lambda: (np.argsort(np.argsort(x[:, :1], 0), 0) // 4.0, rng.permutation(n)[:, None] // 4.0),
        "several columns": lambda: (positive(x), positive(y)),
        "several halves": lambda: (half(x) * 1.0, half(y) * 1.0),
        "the same columns": lambda: (positive(x), positive(x)[:, ::-1]),
        "shared columns": lambda: (positive(np.hstack([x, y[:, :1]])), positive(np.hstack([y, x[:, :1]]))),
        "repeated columns": lambda: (positive(x[:, [0, 1, 0]]), positive(y)),
        "coins": lambda: tuple(rng.integers(2, size=(2, n, 3)) * 1.0),
        "one side": lambda: (positive(x), y),
    }[kind]()


@pytest.mark.parametrize(
    "kind",
    [
        *("half zeros", "opposed", "halves", "ranks in fours", "several columns", "several halves"),
        *("the same columns", "shared columns", "repeated columns", "coins", "one side"),
    ],
)
def test_order_does_not_matter_among_ties(kind):
    rng = np.random.default_rng(1)
    for seed, n in enumerate((12, 40, 40, 300, 300)):
        x, y = tied_sides(kind, n, seed)
        rows = rng.permutation(n)
        found = features(x, y)
        assert_same(found, features(x[rows], y[rows]))
        assert_same(found, features(x[:, rng.permutation(x.shape[1])], y[:, rng.permutation(y.shape[1])]))
        assert_same(found, features(y, x))


def test_columns_that_can_be_exchanged_together_are_told_apart():
    # Every pattern of four coins once: nothing tells any column from another, however long one looks.
    patterns = np.array(np.meshgrid(*[[0.0, 1.0]] * 4)).reshape(4, -1).T
    found = features(patterns[:, :2], patterns[:, 2:])
    for order in ([1, 0, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 0, 1, 2]):
        rows = np.random.default_rng(0).permutation(16)
        moved = patterns[rows][:, order]
        assert_same(found, features(moved[:, :2], moved[:, 2:]))


def test_increasing_maps_of_columns_matter_to_the_last_statistics_alone():
    x, y = sides(200, 3, 2)
    one, other = features(x, y), features(np.exp(x), np.arctan(y))
    assert np.abs(one.overall[-RAW:] - other.overall[-RAW:]).max() > 0.1
    assert_same(one._replace(overall=one.overall[:-RAW]), other._replace(overall=other.overall[:-RAW]))


def test_scale_and_shift_do_not_matter():
    x, y = sides(200, 3, 2)
    assert_same(features(x, y), features(1e200 * x + 1e201, 1e-200 * y))


def test_straight_relations_of_columns_are_read_to_the_last_digit():
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.standard_normal((5, 5)))
    x = rng.standard_normal((2000, 5))
    y = (0.9999 * x + math.sqrt(1.0 - 0.9999**2) * rng.standard_normal(x.shape)) @ turn
    found = raw_statistics(x, y)[0]
    assert found == pytest.approx(-2.5 * math.log(1.0 - 0.9999**2), abs=0.15)


def test_dimensions_of_a_side_are_those_of_its_surface():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0.0, 2.0 * np.pi, (2000, 2))
    zx, zy = (
        standardised(side) for side in (np.hstack([np.cos(angle), np.sin(angle)]), rng.standard_normal((2000, 2)))
    )
    found = side_statistics(zx, zy, pairing(zx, zy), nearest)
    # Sums of both sides; then those of both together; the information that entropies tell.
    assert found[2] == pytest.approx(4.0, abs=0.6)
    assert found[10] == pytest.approx(4.0, abs=0.6)
    assert found[12] == pytest.approx(0.0, abs=0.5)


def test_planar_information_is_ksg_on_normal_scores():
    x, y = sides(400, 1, 1)
    expected = [KSG(k=k, margins="normal").fit(x, y, confidence=None).value for k in NEIGHBORS]
    np.testing.assert_allclose(planar_information([(x[:, 0], y[:, 0])], NEIGHBORS)[0], expected, atol=1e-9)


def test_controls_take_the_chance_of_the_asked_rows_away():
    rng = np.random.default_rng(0)
    p = rng.standard_normal((4000, 1))
    q = 0.7 * p + math.sqrt(0.51) * rng.standard_normal(p.shape)
    by = np.hstack([p * q, p * p, q * q])
    parts = (by @ np.array([1.0, -0.5, -0.5]))[None]
    plain, found = parts[:, :200].mean(axis=1), controlled(parts[:, :200], by)
    assert abs(found - parts.mean()) < 0.1 * abs(plain - parts.mean())
    assert controlled(parts, by) == pytest.approx(parts.mean())


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_and_padding(shape):
    found = features(*sides(*shape))
    pairs = min(shape[1], shape[2], TOKENS)
    assert found.pairs == pairs
    assert not found.tokens[pairs:].any()
    assert np.abs(found.tokens[:pairs]).sum(axis=1).all()
    assert found.curved.shape[0] == CURVED_TOKENS
    assert found.rows_kept == min(shape[0], VIEW_ROWS)
    assert not found.rows[:, found.rows_kept :].any()
    assert all(np.isfinite(values).all() for values in found[:4])


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: (np.zeros((30, 2)), rng.standard_normal((30, 1))),
        lambda rng: (rng.integers(2, size=(50, 2)).astype(float), rng.integers(3, size=(50, 1)).astype(float)),
        lambda rng: (np.repeat(rng.standard_normal((20, 1)), 3, axis=1), rng.standard_normal((20, 2))),
        lambda rng: (np.arange(12.0)[:, None], np.arange(12.0)[:, None]),
    ],
    ids=["constant", "few values", "copies", "equal"],
)
@pytest.mark.filterwarnings("error")
def test_poor_data_give_finite_statistics(make):
    found = features(*make(np.random.default_rng(0)))
    assert all(np.isfinite(values).all() for values in found[:4])


def test_neighbour_information_is_ksg():
    x, y = sides(400, 2, 1)
    expected = [KSG(k=k, margins="raw").fit(x, y, confidence=None).value for k in NEIGHBORS]
    np.testing.assert_allclose(neighbor_information(x, y), expected, atol=1e-4)
