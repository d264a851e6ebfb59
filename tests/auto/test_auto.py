"""`Auto` where one method alone is wrong, where it must doubt, and what it says of it."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm, ortho_group

from mitk import Auto, MITKWarning, ParameterError, estimate
from mitk.auto import readings
from mitk.auto.combination import OFTEN, STRAY, Reading
from mitk.auto.readings import Readings
from mitk.data.options import FitOptions
from mitk.data.samples import admit
from mitk.registry import make_estimator

QUICK = Auto(effort="quick")
N = 1500


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def methods(result):
    return [reading["method"] for reading in result.diagnostics["readings"]]


def angles():
    """Cosine and sine of two angles seen in wrapped normal noise, 4+4 columns."""
    sd, rng = 0.142, np.random.default_rng(0)
    angle = rng.uniform(0.0, 2.0 * np.pi, (N, 2))
    noisy = angle + sd * rng.standard_normal((N, 2))
    # The wrapped normal of so small a deviation is a normal.
    truth = 2.0 * (math.log(2.0 * np.pi) - 0.5 * math.log(2.0 * np.pi * np.e * sd**2))
    return np.hstack([np.cos(angle), np.sin(angle)]), np.hstack([np.cos(noisy), np.sin(noisy)]), truth


def embedding():
    """A pair of correlated normals, each as five functions of it."""
    u = normal(N)
    v = u + 0.1 * normal(N, seed=1)
    x, y = (np.column_stack([t, t**2, np.sin(2.0 * t), np.cos(2.0 * t), t**3]) for t in (u, v))
    return x, y, 0.5 * math.log(101.0)


def softmax():
    """Three normals as four shares that sum to one, against the normals in noise."""
    z = normal(N, 3)
    shares = np.exp(np.hstack([z, np.zeros((N, 1))]))
    return shares / shares.sum(axis=1, keepdims=True), z + 0.35 * normal(N, 3, seed=1), 1.5 * math.log(1.0 + 0.35**-2)


def rotated():
    """Ten pairs of r = .999, each side rotated: ranks and neighbours lose what residuals see."""
    x, r = normal(N, 10), 0.999
    y = r * x + math.sqrt(1.0 - r**2) * normal(N, 10, seed=1)
    turn_x, turn_y = (ortho_group.rvs(10, random_state=seed) for seed in (0, 1))
    return x @ turn_x, y @ turn_y, -5.0 * math.log(1.0 - r**2)


def squares():
    """y = x^2 in noise, two columns: what no rank correlation sees."""
    noise, x = 0.5, normal(N, 2)
    y = x**2 + noise * normal(N, 2, seed=1)
    a, v = np.linspace(-6.0, 6.0, 1201), np.linspace(-2.5, 30.0, 3001)
    p = np.trapezoid(norm.pdf(a) * norm.pdf(v[:, None], a**2, noise), a, axis=1)
    entropy = -np.trapezoid(p * np.log(np.maximum(p, 1e-300)), v)
    return x, y, 2.0 * (entropy - 0.5 * math.log(2.0 * np.pi * np.e * noise**2))


def classes():
    """Two classes four standard deviations apart, through a 0/1 label."""
    label = np.random.default_rng(0).integers(0, 2, N)

    def loss(t):
        p = 0.5 * (norm.pdf(t) + norm.pdf(t - 4.0))
        return -p * math.log(p) if p > 0.0 else 0.0

    truth = quad(loss, -10.0, 14.0)[0] - 0.5 * math.log(2.0 * np.pi * np.e)
    return label, 4.0 * label + normal(N), truth


def far_clusters():
    """Ten classes in 64 columns, far apart: ln 10."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 10, N)
    return label.astype(str), 3.0 * rng.standard_normal((10, 64))[label] + rng.standard_normal((N, 64)), math.log(10.0)


@pytest.mark.parametrize("data", [embedding, softmax, rotated, squares, classes, far_clusters])
def test_it_is_right_where_one_method_alone_is_not(data):
    x, y, truth = data()
    result = QUICK.fit(x, y)
    assert result.status.ok
    assert result.kind == "estimate"
    assert truth in result.ci or result.value == pytest.approx(truth, rel=0.05)
    assert result.value == pytest.approx(truth, rel=0.15)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_neighbours_alone_leave_much_open_and_hold_the_truth():
    x, y, truth = angles()
    result = QUICK.fit(x, y)
    assert result.value == pytest.approx(truth, rel=0.1)
    assert truth in result.ci


def test_one_side_that_determines_the_other_has_no_bound():
    x = normal(N, 2)
    with pytest.warns(MITKWarning, match="determine the other exactly"):
        result = QUICK.fit(x, x.sum(axis=1))
    assert [reason.code for reason in result.status.reasons] == ["exact"]


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_columns_that_determine_each_other_in_many_dimensions_are_doubted():
    codes = normal(400, 25)
    x = np.tanh(codes @ normal(25, 300, seed=1) / 5.0)
    result = QUICK.fit(x, x + 0.5 * normal(400, 300, seed=2))
    assert not result.status.ok


@pytest.mark.parametrize("d", [1, 3])
def test_independent_sides_have_none(d):
    values = [QUICK.fit(normal(500, d, seed=s), normal(500, d, seed=s + 100)) for s in range(12)]
    assert np.mean([abs(r.value) for r in values]) < 0.03
    assert sum(r.ci.low > 0.0 for r in values) <= 2


def test_intervals_hold_the_truth_of_a_normal_pair():
    truth, inside = -0.5 * math.log(1.0 - 0.6**2), 0
    for seed in range(20):
        x, e = normal(2, 300, seed=seed)
        inside += truth in QUICK.fit(x, 0.6 * x + 0.8 * e).ci
    assert inside >= 17


def test_rows_of_one_group_feign_nothing():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(25), 20)
        x, y = rng.standard_normal((2, 25))[:, groups] + 0.2 * rng.standard_normal((2, 500))
        result = Auto(effort="quick")._fit_checked(admit(x, y, groups=groups).samples, FitOptions())
        assert 0.0 in result.ci


def test_a_repeated_row_costs_no_more_than_another():
    x = normal(6000, 4)
    label = x[:, 0] > 0.0
    x[1], label[1] = x[0], label[0]
    taken = QUICK.fit(x, label).diagnostics["readings"]
    assert {reading["method"]: reading["n_samples"] for reading in taken}["mixed-ksg"] == 5000


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize(
    ("x", "y", "asked"),
    [
        (normal(300), normal(300, seed=1), ["ksg", "mist", "residual-entropy", "copula", "gaussian"]),
        (normal(80), normal(80, seed=1), ["ksg", "mist", "copula", "gaussian"]),
        (normal(300, 6), normal(300), ["ksg", "mist", "residual-entropy", "copula", "gaussian"]),
        (np.maximum(normal(300), 0.0), normal(300, seed=1), ["mixed-ksg", "mist", "copula"]),
        (normal(300) > 0.0, normal(300, seed=1), ["mixed-ksg", "classifier"]),
        (normal(300) > 0.0, normal(300, seed=1) > 0.0, ["discrete"]),
    ],
)
def test_which_methods_are_asked_follows_from_the_data(x, y, asked):
    assert methods(QUICK.fit(x, y)) == asked


def test_a_table_is_answered_by_one_method():
    x, y = normal(400) > 0.0, normal(400, seed=1) > 0.5
    alone = estimate(x, y, "discrete")
    result = QUICK.fit(x, y)
    assert (result.value, result.ci.low, result.ci.high) == (alone.value, alone.ci.low, alone.ci.high)


def test_notes_say_who_stands_apart_and_why():
    x = normal(N)
    notes = " ".join(QUICK.fit(x, x**2 + 0.3 * normal(N, seed=1)).notes)
    assert "Combined ksg" in notes
    assert "copula is" in notes
    assert "not monotone" in notes


def test_the_explanation_prints_every_reading():
    x, e = normal(2, 300)
    result = QUICK.fit(x, x + e, unit="bits")
    text = result.explain()
    assert all(f"  {method}" in text for method in methods(result))
    assert text.splitlines()[0] == str(result)
    shown = float(text.split("ksg")[1].split()[0])
    read = result.diagnostics["readings"][0]
    assert shown == pytest.approx(read["value"] / math.log(2.0), abs=0.0006)
    weighed = float(text.split("weighed as")[1].split()[0])
    assert weighed == pytest.approx(read["weighed"]["value"] / math.log(2.0), abs=0.0006)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_what_does_not_count_is_not_weighed():
    for read in QUICK.fit(*angles()[:2]).diagnostics["readings"]:
        assert (read["weighed"] is None) == (read["method"] != "ksg")


def test_timings_are_no_part_of_equality():
    x, e = normal(2, 200)
    assert QUICK.fit(x, x + e) == QUICK.fit(x, x + e)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize(
    ("effort", "apart", "trained"),
    [
        ("quick", True, None),
        ("balanced", True, False),
        ("balanced", False, None),
        ("thorough", False, True),
    ],
)
def test_critics_are_trained_by_effort_and_need(effort, apart, trained, monkeypatch):
    calls = []

    def train(self, *, thorough):
        calls.append(thorough)
        return [Reading("anchored", 3.2, 3.0, 3.4, OFTEN, STRAY, n_samples=self.samples.n)]

    monkeypatch.setattr(Readings, "trained", train)
    x = normal(2000, 4)
    y = x**2 + 0.3 * normal(2000, 4, seed=1) if apart else x + normal(2000, 4, seed=1)
    result = Auto(effort=effort).fit(x, y)
    assert calls == ([] if trained is None else [trained])
    assert ("anchored" in methods(result)) == (trained is not None)
    assert any(note.startswith("Trained anchored") for note in result.notes) == (trained is not None)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_a_critic_narrows_what_quick_readings_leave_open(monkeypatch):
    # A smaller and faster critic than the one as it comes, which takes half a minute for the same answer.
    small = {"steps": 400, "rate": 5e-3, "folds": 2, "embedding": 8, "width": 32, "depth": 1}
    monkeypatch.setattr(readings, "make_estimator", lambda name, options: make_estimator(name, options | small))
    x = normal(2000, 3)
    y = x**2 + 0.5 * normal(2000, 3, seed=1)
    quick, balanced = (Auto(effort=effort).fit(x, y) for effort in ("quick", "balanced"))
    assert "anchored" in methods(balanced)
    assert balanced.ci.width < quick.ci.width
    # Three independent columns of .8027 nats each, by quadrature.
    assert balanced.value == pytest.approx(2.408, rel=0.15)


def test_efforts_are_three():
    with pytest.raises(ParameterError, match="`effort` must be one of quick, balanced, thorough"):
        Auto(effort="more").fit(normal(20), normal(20, seed=1))


def test_many_rows_are_read_in_part_and_said_so():
    x, e = normal(2, 30_000)
    result = QUICK.fit(x, x + e)
    assert any(note.startswith("Of 30000 rows a part was read by") for note in result.notes)
    assert result.value == pytest.approx(0.5 * math.log(2.0), abs=0.02)


def test_rows_are_chosen_by_their_values():
    x, e = normal(2, 25_000)
    order = np.random.default_rng(0).permutation(25_000)
    one, other = Readings(admit(x, e).samples, 0), Readings(admit(x[order], e[order]).samples, 0)
    assert set(x[one.part(2000)]) == set(x[order][other.part(2000)])


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_numbers_of_any_size_may_be_labels():
    x = np.random.default_rng(0).choice([-1e300, 1e150, 3.0], 300)
    assert QUICK.fit(x, normal(300), discrete_x=True).value == pytest.approx(0.0, abs=0.1)
