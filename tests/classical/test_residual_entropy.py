"""ResidualEntropy against closed forms, beyond what ranks and neighbours can return, and where it must refuse."""

import math

import numpy as np
import pytest

from mitk import ResidualEntropy, distributions
from mitk.errors import DataError, MITKWarning, ParameterError

pytestmark = pytest.mark.filterwarnings("ignore::mitk.MITKWarning")

ROWS = 1500

# Nats -> noise of the parabola and of the swing, from NoisyFunction.from_information, which takes seconds.
NOISE = {
    2.0: (0.03058205127, 0.05984853554),
    6.0: (4.53623375e-4, 8.447055531e-4),
    10.0: (8.112283806e-6, 1.488651487e-5),
}

LARGE = {
    "normal": lambda nats: distributions.Gaussian.from_information(nats, 1),
    "uniform margins": lambda nats: distributions.correlated_uniform(distributions.Gaussian.from_information(nats, 1)),
    "Student": lambda nats: distributions.Student.from_information(nats, 1, dof=2.0),
    "Cauchy": lambda nats: distributions.Student.from_information(nats, 1, dof=1.0),
    "smoothed uniform": distributions.smoothed_uniform,
    "log-gamma-exponential": distributions.LogGammaExponential.from_information,
    "parabola": lambda nats: distributions.NoisyFunction(distributions.parabola, NOISE[nats][0]),
    "uneven swing": lambda nats: distributions.NoisyFunction(
        distributions.swing, NOISE[nats][1], distributions.widening
    ),
}


@pytest.mark.parametrize(
    ("law", "nats"), [*((law, 10.0) for law in LARGE), ("uniform margins", 2.0), ("Cauchy", 2.0), ("uneven swing", 2.0)]
)
def test_large_information_of_a_pair(law, nats):
    x, y = LARGE[law](nats).sample(ROWS, 1)
    r = ResidualEntropy().fit(x, y)
    # Half of the 0.2 nats that are promised at n = 10,000, times the square root of 10,000 / 1,500.
    assert r.value == pytest.approx(nats, abs=0.25)
    assert r.status.ok


def test_nothing_is_found_where_nothing_is():
    values = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        values.append(ResidualEntropy().fit(rng.standard_normal(500), rng.random(500), confidence=None).value)
    assert np.mean(values) == pytest.approx(0.0, abs=4.0 * np.std(values) / math.sqrt(8) + 0.02)


@pytest.mark.parametrize(
    "law",
    [
        distributions.Gaussian.from_information(12.0, 6),
        distributions.Mapped(
            distributions.smoothed_uniform(12.0, 6), distributions.Rotation(1), distributions.Rotation(2)
        ),
    ],
    ids=["normal", "rotated smoothed uniform"],
)
def test_many_columns(law):
    x, y = law.sample(ROWS, 2)
    r = ResidualEntropy().fit(x, y)
    assert r.value == pytest.approx(12.0, rel=0.04)
    assert r.status.ok


def test_common_scale_of_heavy_tails():
    law = distributions.Student.from_information(10.0, 5, dof=5.0)
    x, y = law.sample(ROWS, 3)
    r = ResidualEntropy().fit(x, y, confidence=None)
    assert r.value == pytest.approx(10.0, rel=0.04)
    assert r.diagnostics["fit"]["entropy before"] == "radial"


def test_what_is_not_a_function_is_refused():
    rng = np.random.default_rng(4)
    angle = rng.uniform(0.0, 2.0 * math.pi, ROWS)
    circle = np.cos(angle), np.sin(angle)
    across = angle - math.pi
    cross = across, np.where(rng.random(ROWS) < 0.5, across, -across)
    for x, y in (circle, cross):
        noise = 1e-4 * rng.standard_normal((2, ROWS))
        r = ResidualEntropy().fit(x + noise[0], y + noise[1])
        assert not r.status.ok
        assert any("neighbours" in reason and "compare" in reason for reason in r.status.reasons)


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ("spiral-multinormal-sparse-25-25-2-2.0", "turns with the radius"),
        ("asinh-student-identity-5-5-2", "Neighbours find"),
    ],
)
def test_laws_of_many_columns_that_no_fit_or_entropy_suits_are_refused(task, reason):
    x, y = distributions.bmi_task(task).sample(1000, 0)
    with pytest.warns(MITKWarning, match=reason):
        r = ResidualEntropy().fit(x, y)
    assert not r.status.ok


def test_parabola_is_explained_one_way():
    law = distributions.NoisyFunction(distributions.parabola, NOISE[6.0][0])
    x, y = law.sample(ROWS, 5)
    forth, back = ResidualEntropy().fit(x, y), ResidualEntropy().fit(y, x)
    assert forth.value == pytest.approx(back.value, abs=1e-9)
    assert forth.diagnostics["fit"]["direction"] == "y given x"
    assert back.diagnostics["fit"]["direction"] == "x given y"
    bounds = forth.diagnostics["bounds"]
    assert bounds["y given x"] > bounds["x given y"] + 1.0
    assert forth.diagnostics["bound"] + forth.diagnostics["remainder"] == pytest.approx(forth.value, abs=1e-12)


def test_exact_relations_are_infinite_and_unreliable():
    x = np.random.default_rng(6).standard_normal((300, 2))
    for y in (x[:, :1], 3.0 - 2.0 * x, np.column_stack([x[:, 0], np.random.default_rng(7).standard_normal(300)])):
        r = ResidualEntropy().fit(x, y)
        assert r.value == math.inf
        assert not r.status.ok
        assert r.ci is None


@pytest.mark.parametrize("n", [160, 300, 2000])
@pytest.mark.parametrize("noise", [0.0, 1e-15])
def test_one_column_that_is_the_other_is_infinite_and_no_foreign_warning_comes(n, noise):
    for seed in range(2):
        x, e = np.random.default_rng(seed).standard_normal((2, n))
        for y in (x + noise * e, 3.0 - 2.0 * x + noise * e):
            r = ResidualEntropy().fit(x, y)
            assert r.value == math.inf
            assert not r.status.ok


@pytest.mark.parametrize("outlier", [1e10, 1e150, 1e300, 1e308])
def test_an_outlier_of_any_size_gives_an_interval_or_no_trust(outlier):
    x, e = np.random.default_rng(0).standard_normal((2, 300))
    y = 0.7 * x + 0.7 * e
    x[3] = outlier
    r = ResidualEntropy().fit(x, y)
    assert not r.status.ok or (r.value in r.ci and np.isfinite([r.ci.low, r.ci.high]).all())


def test_repeated_columns_change_nothing():
    rng = np.random.default_rng(8)
    x = rng.standard_normal((400, 2))
    y = x[:, :1] + rng.standard_normal((400, 1))
    plain = ResidualEntropy().fit(x[:, :1], y, confidence=None)
    again = ResidualEntropy().fit(np.column_stack([x[:, 0], 2.0 * x[:, 0] - 1.0]), y, confidence=None)
    assert again.value == pytest.approx(plain.value, abs=1e-6)


@pytest.mark.parametrize(("d", "n"), [(10, 300), (20, 800), (30, 800)])
def test_many_independent_columns_tell_nothing(d, n):
    found = []
    for seed in range(4):
        rng = np.random.default_rng([d, seed])
        found.append(ResidualEntropy().fit(rng.standard_normal((n, d)), np.exp(rng.standard_normal((n, d)) / 2.0)))
    # Variates that are used on the rows they were learned from read 0.06 to 0.13 here.
    error = np.sqrt(np.mean([((r.ci.high - r.ci.low) / 4.0) ** 2 for r in found]) / len(found))
    assert abs(np.mean([r.value for r in found])) < 4.0 * error
    assert sum(0.0 in r.ci for r in found) >= 3


def test_ties_are_spread_and_doubted():
    rng = np.random.default_rng(9)
    x = rng.standard_normal(1000)
    y = (x + 0.5 * rng.standard_normal(1000)).round(1)
    r = ResidualEntropy().fit(x.round(1), y)
    assert math.isfinite(r.value)
    assert not r.status.ok


def test_too_few_rows_are_one_sentence():
    rng = np.random.default_rng(10)
    with pytest.raises(DataError, match="at least 50 rows for 20 columns"):
        ResidualEntropy().fit(rng.standard_normal((45, 10)), rng.standard_normal((45, 10)))
    r = ResidualEntropy().fit(rng.standard_normal((150, 10)), rng.standard_normal((150, 10)))
    assert any("few for 20 columns" in reason for reason in r.status.reasons)


@pytest.mark.parametrize("k", [0, 1.5, True, "3"])
def test_k_is_checked(k):
    with pytest.raises(ParameterError, match="`k`"):
        ResidualEntropy(k=k).fit([1.0, 2.0, 3.0], [1.0, 3.0, 2.0])


def test_interval_covers_and_widens_for_groups():
    covered = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal(500)
        y = 0.8 * x + 0.6 * rng.standard_normal(500)
        covered += -math.log(0.6) in ResidualEntropy().fit(x, y).ci
    # At a coverage of 0.95, fewer than 9 of 12 happen once in four hundred.
    assert covered >= 9
    copies = np.repeat(np.arange(250), 2)
    free, grouped = ResidualEntropy().fit(x, y), ResidualEntropy().fit(x, y, groups=copies)
    # Fits leave out the group of a row, not the row alone.
    assert grouped.value == pytest.approx(free.value, abs=0.05)
    assert grouped.ci.method == free.ci.method == "rows"
