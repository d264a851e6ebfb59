"""Truths for mixed data, by formulas and sums written out here."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import ndtr, xlogy

from benchmarks.suites import suite

SUITE = suite("mixed")


def table_information(p):
    return float(xlogy(p, p).sum() - sum(xlogy(m, m).sum() for m in (p.sum(axis=0), p.sum(axis=1))))


def half_discrete(r, b):
    return np.log(2) + 0.5 * (np.log(2) + xlogy(b, b) + xlogy(1 - b, 1 - b)) - 0.25 * np.log(1 - r * r)


def poisson(inflation):
    """H(Y) - H(Y | X): a sum over counts, under an integral over x."""
    k = np.arange(150)

    def channel(x):
        return (1 - inflation) * stats.poisson.pmf(k, x) + inflation * (k == 0)

    margin = (1 - inflation) * 0.5 ** (k + 1) + inflation * (k == 0)
    given = integrate.quad(lambda x: -np.exp(-x) * xlogy(channel(x), channel(x)).sum(), 0, 45, limit=200)[0]
    return -xlogy(margin, margin).sum() - given


def rounded(step):
    """Cells of the bivariate normal distribution function, by inclusion and exclusion."""
    edges = (np.arange(int(12 / step) + 2) - int(6 / step) - 0.5) * step
    grid = np.stack(np.meshgrid(edges, edges, indexing="ij"), axis=-1)
    cdf = stats.multivariate_normal(cov=[[1, 0.75], [0.75, 1]]).cdf(grid)
    return table_information(np.maximum(np.diff(np.diff(cdf, axis=0), axis=1), 0.0))


def rounded_x():
    centres = 0.5 * np.arange(-14, 15)
    y, step = np.linspace(-9, 9, 2001, retstep=True)
    sd = np.sqrt(1 - 0.75**2)
    low, high = ((centres[:, None] + side - 0.75 * y) / sd for side in (-0.25, 0.25))
    # The step drops out of the ratio of the cells to their margins.
    return table_information(step * stats.norm.pdf(y) * np.maximum(ndtr(high) - ndtr(low), 0.0))


def symmetric(k, redraw):
    s = 1 - redraw * (1 - 1 / k)
    return np.log(k) + xlogy(s, s) + (1 - s) * np.log(redraw / k)


FORMULAS = {
    "smoothed-3-1": lambda: np.log(3) - 2 / 3 * np.log(2),
    "smoothed-5-1": lambda: np.log(5) - 4 / 5 * np.log(2),
    "smoothed-5-3": lambda: 3 * (np.log(5) - 4 / 5 * np.log(2)),
    "poisson-0": lambda: poisson(0.0),
    "poisson-0.15": lambda: poisson(0.15),
    "poisson-0.5": lambda: poisson(0.5),
    "half-discrete-0.8-0.8": lambda: half_discrete(0.8, 0.8),
    "half-discrete-0.9-0.9": lambda: half_discrete(0.9, 0.9),
    "rare-event": lambda: -0.95 * np.log(0.95) - 0.05 * np.log(0.05 / 3),
    "binary-label": lambda: 0.22423657,
    "rounded-0.5": lambda: rounded(0.5),
    "rounded-1": lambda: rounded(1.0),
    "rounded-0.5-x": rounded_x,
    "quantised-2": lambda: 2.0,
    "signs": lambda: table_information(np.array([[0.4, 0.1], [0.1, 0.4]])),
    "symmetric-10": lambda: symmetric(10, 0.3),
    # Relabelled at rate e among the other nine: as if drawn anew with probability 10 e / 9.
    "label-noise-10": lambda: symmetric(10, 1 - (1 - 0.3) * (1 - 0.2 * 10 / 9)),
    "erasures-4": lambda: 0.7 * symmetric(4, 0.1),
    "symmetric-50": lambda: symmetric(50, 0.5),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_truth_is_that_of_a_formula_of_its_own(name):
    assert SUITE.task(name).mutual_information == pytest.approx(FORMULAS[name](), abs=2e-6)


def test_truths_that_circulate_wrongly_are_right():
    assert SUITE.task("poisson-0.15").mutual_information == pytest.approx(0.229776, abs=1e-6)
    assert SUITE.task("half-discrete-0.8-0.8").mutual_information == pytest.approx(1.044932, abs=1e-6)


def test_rounding_loses_little_and_label_noise_much():
    truths = {task.name: task.mutual_information for task in SUITE.tasks}
    whole = -0.5 * np.log(1 - 0.75**2)
    assert truths["rounded-1"] < truths["rounded-0.5"] < truths["rounded-0.5-x"] < truths["rounded-0.1"] < whole
    assert truths["clouds-0.2"] < 0.6 * truths["clouds-0"]


@pytest.mark.parametrize(
    ("ordered", "shuffled"), [("labelled-50", "labelled-50-shuffled"), ("ordinal-10", "nominal-10")]
)
def test_codes_in_order_and_shuffled_are_one_law(ordered, shuffled):
    one, other = SUITE.task(ordered), SUITE.task(shuffled)
    assert one.mutual_information == pytest.approx(other.mutual_information, abs=1e-12)
    assert one.rank_class == other.rank_class
    # In order, the correlation of the codes is strong; shuffled, it is gone.
    strong, weak = (np.corrcoef(np.hstack(task.sample(2000)).T)[0, 1] for task in (one, other))
    assert strong > 0.9
    assert abs(weak) < 0.5


def test_labels_have_two_to_fifty_levels():
    levels = {len(np.unique(SUITE.task(f"labelled-{k}").sample(2000)[0])) for k in (2, 5, 10, 50)}
    assert levels == {2, 5, 10, 50}
