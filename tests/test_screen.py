"""The screen gives the numbers of the methods that it takes, their intervals and their doubts."""

import numpy as np
import pytest

from mitk import KSG, Discrete, GaussianCopula, MixedKSG, Screen, estimate, pairwise
from mitk.data.samples import admit
from mitk.many import shared_null
from mitk.numerics.lattices import neighbors_on_lattices

RNG = np.random.default_rng(0)
N = 300
Z, E = RNG.standard_normal((2, N, 8))
CODES = RNG.integers(0, 3, (N, 2))
NOISY = np.where(RNG.random((N, 2)) < 0.6, CODES, RNG.integers(0, 3, (N, 2)))
LABELS = {"discrete_x": True, "discrete_y": True}
NORMAL, MIXED = KSG(margins="normal"), MixedKSG(margins="normal")
FINE = MixedKSG(margins="normal", k=neighbors_on_lattices(N))

# What x and y hold -> the columns, options, the name of the method of the value, the method, and what tests read.
BOTH, ANY, MONOTONE = ["any shape", "monotone"], ["any shape"], ["monotone"]
TAKEN = {
    "a pair of numbers": (Z[:, 0], Z[:, 0] + E[:, 0], {}, "ksg", NORMAL, BOTH),
    "three numbers a side": (Z[:, :3], Z[:, :3] + E[:, :3], {}, "ksg", NORMAL, BOTH),
    "labels": (CODES[:, :1], NOISY[:, :1], LABELS, "discrete", Discrete(), ANY),
    "labels of two levels": (CODES[:, 0] > 0, NOISY[:, 0] > 0, {}, "discrete", Discrete(), BOTH),
    "counts that fill cells": (CODES[:, 0], NOISY[:, 0], {}, "discrete", Discrete(), BOTH),
    "many counts that fill cells": (CODES[:, [0] * 4], NOISY[:, [0] * 4], {}, "discrete", Discrete(), BOTH),
    "other counts": (np.rint(9.0 * E[:, 0]), np.rint(9.0 * Z[:, 0]), {}, "mixed-ksg", FINE, BOTH),
    "a coin and numbers": (Z[:, 0] > 0, Z[:, :2], {}, "mixed-ksg", MIXED, BOTH),
    "labels and numbers": (CODES[:, 0].astype(str), CODES[:, 0] + E[:, 0], {}, "mixed-ksg", MIXED, ANY),
    "numbers and labels": (CODES[:, 0] + E[:, 0], CODES[:, 0].astype(str), {}, "mixed-ksg", MIXED, ANY),
    "half zeros": (np.maximum(Z[:, 0], 0.0), Z[:, 0] + E[:, 0], {}, "mixed-ksg", MIXED, BOTH),
    "eight columns": (Z[:, :4], Z[:, :4] + E[:, :4], {}, "copula", GaussianCopula(), BOTH[::-1]),
    "sixteen columns": (Z, Z + E, {}, "copula", GaussianCopula(), MONOTONE),
}  # fmt: skip

pytestmark = pytest.mark.filterwarnings("ignore::mitk.MITKWarning")


@pytest.mark.parametrize("case", TAKEN)
def test_the_value_is_that_of_the_method_that_suits(case):
    x, y, options, name, method, read = TAKEN[case]
    found = Screen().fit(x, y, confidence=0.9, **options)
    expected = method.fit(x, y, confidence=0.9, **options)
    assert found.diagnostics[name] == found.value == expected.value
    assert (found.ci, found.kind, found.status.ok) == (expected.ci, expected.kind, expected.status.ok)
    assert any(note.startswith((f"Chose {name}:", f"Chose {name} ")) for note in found.notes)
    if "monotone" in read:
        assert found.diagnostics["copula"] == GaussianCopula().fit(x, y, confidence=None).value


def test_increasing_maps_change_no_choice():
    # Floats that repeat, and of two levels, are what whole numbers are.
    for x, y in ((np.exp(CODES[:, 0]), NOISY[:, 0]), (0.3 * (CODES[:, 0] > 0), np.exp(NOISY[:, 0]))):
        assert Screen().fit(x, y, confidence=None).value == Discrete().fit(x, y, **LABELS, confidence=None).value


def test_doubts_are_those_of_the_method():
    few = Screen().fit(Z[:40, 0], E[:40, 0], confidence=None)
    assert few.status.reasons == NORMAL.fit(Z[:40, 0], E[:40, 0], confidence=None).status.reasons != ()
    strong = Screen().fit(Z[:, 0], Z[:, 0] + 1e-6 * E[:, 0], confidence=None)
    assert [reason.code for reason in strong.status.reasons] == ["ceiling"]
    assert Screen().fit(CODES[:40, 0] > 0, NOISY[:40, 0] > 0, confidence=None).status.ok


def test_beyond_what_neighbors_resolve_the_copula_carries():
    x, y = Z[:, :4].round(1), (Z + E)[:, :4].round(1)
    rounded = Screen().fit(x, y, confidence=None)
    assert rounded.value == GaussianCopula().fit(x, y, confidence=None).value
    # It is not made for values that repeat.
    assert [reason.code for reason in rounded.status.reasons] == ["many-columns"]
    labels = Screen().fit(CODES[:, 0].astype(str), Z, confidence=None)
    assert labels.value == MIXED.fit(CODES[:, 0].astype(str), Z, confidence=None).value
    assert [reason.code for reason in labels.status.reasons] == ["many-columns"]


@pytest.mark.parametrize("case", TAKEN)
def test_values_of_other_orders_are_fits_of_the_shuffled_rows(case):
    x, y, options, _, _, read = TAKEN[case]
    samples = admit(x, y, **options).samples
    value, values = Screen().shuffled_value(samples), Screen().shuffled_values(samples)
    for order in (np.arange(N), np.random.default_rng(5).permutation(N)):
        fit = Screen().fit(x, np.asarray(y)[order], confidence=None, **options)
        assert list(values(order)) == read
        assert value(order) == next(iter(values(order).values())) == pytest.approx(fit.value, abs=1e-12)
        if "monotone" in read:
            assert values(order)["monotone"] == pytest.approx(fit.diagnostics["copula"], abs=1e-12)


def test_counts_that_fill_their_cells_with_labels_are_a_table_among_many_pairs(monkeypatch):
    monkeypatch.setattr(shared_null, "PERMUTATIONS", 0)
    rng = np.random.default_rng(6)
    base = rng.standard_normal(1000)
    frame = {
        "label": np.array(list("abc"))[np.digitize(base + rng.standard_normal(1000), [-0.5, 0.5])],
        "count": rng.poisson(2.0 * np.exp(0.5 * base)),
    }
    result = pairwise(frame, block=1)
    alone = estimate(frame["label"], frame["count"], "screen", block=1)
    together = result.results[0, 1]
    assert together.value == pytest.approx(alone.value, abs=1e-12)
    assert (together.ci.low, together.ci.high) == pytest.approx((alone.ci.low, alone.ci.high), abs=1e-8)
    assert result.answers.p_value[0] < 1e-6
