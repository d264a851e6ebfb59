"""The third side: I(x; y | given) by partial correlations, and how every other method refuses it."""

import json
import math

import numpy as np
import pytest

from mitk import CCA, KSG, Gaussian, GaussianCopula, UnsupportedError, estimate
from mitk.auto import conditional
from mitk.data.samples import admit
from mitk.errors import DataError, ParameterError
from mitk.inference.conditional_surrogates import exchanged
from mitk.registry import BUILT_IN, make_estimator, methods_with
from mitk.testing.data import dependent_data

CONDITIONAL = ["auto", "ksg", "mixed-ksg", "discrete", "gaussian", "cca", "copula", "screen", "anchored"]
RNG = np.random.default_rng(5)
N = 2000
Z = RNG.standard_normal((N, 2))
X = Z @ [[1.0, 0.5], [0.0, 2.0]] + RNG.standard_normal((N, 2))
Y = Z[:, 0] - Z[:, 1] + 0.7 * X[:, 0] + RNG.standard_normal(N)


def determinants(x, y, z):
    """1/2 ln(|S_xz| |S_yz| / |S_xyz| |S_z|), the plug-in conditional information of normal rows, nats."""

    def log_determinant(*sides):
        return np.linalg.slogdet(np.atleast_2d(np.cov(np.column_stack(sides).T)))[1]

    return 0.5 * (log_determinant(x, z) + log_determinant(y, z) - log_determinant(x, y, z) - log_determinant(z))


@pytest.mark.parametrize("method", [Gaussian(), CCA()])
def test_value_is_the_ratio_of_determinants_less_its_bias(method):
    result = method.fit(X, Y, given=Z)
    assert result.value + result.diagnostics["bias"] == pytest.approx(determinants(X, Y, Z), abs=1e-10)
    assert (result.quantity, result.dim_x, result.dim_y, result.dim_given) == ("conditional_mi", 2, 1, 2)
    # y is 0.7 of x and unit noise, given z: ln(1 + 0.49) / 2.
    assert 0.5 * np.log(1.49) in result.ci
    assert result.ci.high - result.ci.low < 0.1


@pytest.fixture
def alone(monkeypatch):
    """Fits that ask for no other opinion, which takes ten times as long as value and interval."""
    monkeypatch.setattr(Gaussian, "_other_opinion", lambda *_: ())


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.usefixtures("alone")
def test_bias_is_exact_and_intervals_cover():
    # x and y share z alone, so that the truth is 0; 20 rows with 6 columns of z would give 0.05 nats more without it.
    values, held = [], 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        z = rng.standard_normal((25, 6))
        x, y = (z.sum(axis=1) + rng.standard_normal(25) for _ in range(2))
        result = Gaussian().fit(x, y, given=z)
        values.append(result.value)
        held += 0.0 in result.ci
    assert np.mean(values) == pytest.approx(0.0, abs=4.0 * np.std(values) / 200**0.5)
    assert held / 200 >= 0.95 - 4.0 * np.sqrt(0.95 * 0.05 / 200)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.usefixtures("alone")
def test_interval_covers_dependence_given_the_condition():
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        z = rng.standard_normal((200, 2))
        x = z[:, 0] + rng.standard_normal(200)
        y = 3.0 * z[:, 1] + x + rng.standard_normal(200)
        # Given z, y is the noise of x and noise of its own: ln(2) / 2.
        held += 0.5 * np.log(2.0) in Gaussian().fit(x, y, given=z).ci
    assert 0.95 - 4.0 * np.sqrt(0.95 * 0.05 / 100) <= held / 100


def test_blocks_groups_missing_rows_and_labels_pass_through():
    gaps = Z.copy()
    gaps[5, 1] = np.nan
    dropped = Gaussian().fit(X, Y, given=gaps, missing="drop", groups=np.repeat(np.arange(200), 10))
    keep = np.arange(N) != 5
    assert dropped.value == Gaussian().fit(X[keep], Y[keep], given=Z[keep]).value
    assert dropped.n_dropped == 1
    flag = Z[:, 0] > 0
    by_label = Gaussian().fit(X, Y, given=flag)
    assert by_label.value == pytest.approx(Gaussian().fit(X, Y, given=flag.astype(float)).value, abs=1e-12)
    for interval in ("subsampling", "jackknife", "own"):
        assert 0.5 * np.log(1.49) in Gaussian().fit(X, Y, given=Z, interval=interval).ci
    runs = Gaussian().fit(X, Y, given=Z, block=20)
    assert 0.5 * np.log(1.49) in runs.ci


def test_what_is_left_of_y_is_shuffled_and_the_condition_stays_with_x():
    samples = admit(X, Y, given=Z).samples
    value = Gaussian().shuffled_value(samples)
    order = np.random.default_rng(0).permutation(N)
    assert value(np.arange(N)) == pytest.approx(Gaussian().fit(X, Y, given=Z).value, abs=1e-12)
    exchanged_y = exchanged(samples)(order).y.values
    assert value(order) == pytest.approx(Gaussian().fit(X, exchanged_y, given=Z).value, abs=1e-12)


def test_few_rows_for_the_columns_of_the_condition_are_unreliable():
    with pytest.warns(match="too few for 21 columns"):
        result = Gaussian().fit(X[:20, 0], Y[:20], given=RNG.standard_normal((20, 20)))
    assert np.isfinite(result.value)
    assert not result.status.ok


def test_the_door_checks_the_condition_like_the_sides():
    with pytest.raises(
        DataError, match=r"`x` must have as many rows as `given`; got shapes \(2000, 2\) and \(1999, 2\)"
    ):
        estimate(X, Y, given=Z[1:])
    with pytest.raises(ParameterError, match="`discrete_given` must come with `given`"):
        estimate(X, Y, discrete_given=True)
    with pytest.raises(DataError, match="infinite"):
        estimate(X, Y, given=np.where(Z > 3.0, np.inf, Z))


def test_auto_asks_neighbours_and_the_copula_and_says_whom_it_took():
    result = estimate(X, Y, given=Z)
    assert [reading["method"] for reading in result.diagnostics["readings"]] == ["mixed-ksg", "copula"]
    assert 0.5 * np.log(1.49) in result.ci
    assert result.notes[0].startswith("Took ")


def test_auto_reads_what_smooth_fits_leave():
    rng = np.random.default_rng(6)
    z, u, e = rng.standard_normal((3, 1000))
    x, y = 2.0 * np.sin(2.0 * z) + u, np.exp(z) + 0.6 * u + 0.8 * e
    truth = -0.5 * np.log(1.0 - 0.36)
    result = estimate(x, y, given=z)
    assert result.status.ok
    assert abs(result.value - truth) < 0.05
    assert truth in result.ci
    # A linear fit on the condition leaves both bent.
    assert abs(GaussianCopula().fit(x, y, given=z, confidence=None).value - truth) > 0.05


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize("name", [name for name in BUILT_IN if name not in (*CONDITIONAL, "protocol")])
def test_every_other_method_refuses_in_one_sentence_that_names_those_that_have_it(name):
    estimator = make_estimator(name, {})
    data = dependent_data(estimator.tags)[0]
    with pytest.raises(
        UnsupportedError, match=rf"takes no condition.*methods that take one: {', '.join(CONDITIONAL)}"
    ) as caught:
        estimator.fit(data.x, data.y, given=data.x, **data.options)
    assert "\n" not in str(caught.value)


def test_methods_with_a_condition():
    assert methods_with("conditional") == CONDITIONAL
    with pytest.raises(UnsupportedError, match="takes no condition"):
        KSG(variant=2).fit(np.ones(50), Y[:50], given=Z[:50])


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize(
    ("name", "make"),
    [
        # Given z, the sides share a square, a product, or the condition itself through a square: no line shows it.
        ("square", lambda z, x, e: (x + z, x**2 + 0.5 * e)),
        ("condition bends y", lambda z, x, e: (z + x, z**2 + x + 0.5 * e)),
        ("condition scales both", lambda z, x, e: (np.exp(z) * x, np.exp(z) * e)),
    ],
)
def test_what_is_not_linear_is_not_ok(name, make):
    for seed in range(10):
        z, x, e = np.random.default_rng(seed).standard_normal((3, 1000))
        assert not Gaussian().fit(*make(z, x, e), given=z).status.ok, name


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_what_is_linear_is_ok():
    trusted = []
    for seed in range(10):
        z, x, e, flag = np.random.default_rng(seed).standard_normal((4, 1000))
        trusted.append(Gaussian().fit(x + z, x - 2.0 * z + e, given=z).status.ok)
        trusted.append(Gaussian().fit(x + z, e - 2.0 * z, given=z).status.ok)
        trusted.append(Gaussian().fit(x + z, e + (flag > 0), given=np.column_stack([z, flag > 0.0])).status.ok)
    assert np.mean(trusted) >= 0.9


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, q, a: (rng.binomial(2, 0.4 + 0.2 * q), 2.0 * q + rng.standard_normal(1000), q),
        lambda rng, q, a: (rng.binomial(2, 0.2 + 0.5 * q), rng.binomial(2, 0.3 + 0.3 * q), q),
        lambda rng, q, a: (rng.poisson(4 + 2 * q), q + rng.standard_normal(1000), q),
        lambda rng, q, a: (g := rng.binomial(2, 0.3, 1000), 0.5 * g + a + rng.standard_normal(1000), a),
    ],
)
def test_counts_with_a_condition_are_ok(draw):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        x, y, given = draw(rng, rng.integers(0, 2, 1000), rng.standard_normal(1000))
        assert Gaussian().fit(x, y, given=given).status.ok


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_counts_that_follow_a_square_of_the_condition_are_not():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        z, e = rng.standard_normal((2, 1000))
        assert not Gaussian().fit(rng.poisson(np.exp(z**2 / 2.0).clip(0.0, 20.0)), z**2 + 0.5 * e, given=z).status.ok


def test_a_condition_is_a_third_side_of_the_command_line(run, tmp_path):
    z, e, f = np.random.default_rng(0).standard_normal((3, 300))
    path = tmp_path / "data.csv"
    np.savetxt(path, np.column_stack([z + e, z + e + f, z]), delimiter=",", header="a,b,c", comments="")
    sides = ("--x", "a", "--y", "b", "--given", "c", "--method", "gaussian")
    code, out, err = run("estimate", str(path), *sides, "--json")
    told = json.loads(out)
    assert (code, err, told["quantity"]) == (0, "", "conditional_mi")
    assert told["value"] == pytest.approx(Gaussian().fit(z + e, z + e + f, given=z).value, abs=1e-9)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize("rho", [0.5, 0.75])
def test_auto_keeps_linear_fits_where_columns_are_many_for_the_rows(rho):
    rng = np.random.default_rng(8)
    z, u, e = rng.standard_normal((3, 200, 20))
    x, y = z + u, np.exp(z + rho * u + np.sqrt(1.0 - rho**2) * e)
    truth = -10.0 * np.log(1.0 - rho**2)
    result = estimate(x, y, given=z)
    # Normal after ranks, up to what exp(z) bends: within a fifth of 2.9 and of 8.3 nats.
    assert abs(result.value - truth) < 0.2 * truth


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize("columns", [1, 2])
def test_intervals_reach_where_neighbours_of_more_rows_would_be(columns, monkeypatch):
    rng = np.random.default_rng(0)
    z, x, e = rng.standard_normal((300, columns)), *rng.standard_normal((2, 300))
    y = x**2 + z[:, 0] + 0.5 * e
    halves = []
    monkeypatch.setattr(conditional, "of_halves", lambda name, samples: halves[-1])
    halves.append(math.nan)
    plain = estimate(x, y, given=z, effort="quick")
    halves.append(plain.value - 0.05)
    reached = estimate(x, y, given=z, effort="quick")
    # Half of the rows lack 2^(2 / d) times as much as all.
    still_missing = 0.05 / (2.0 ** (2.0 / (columns + 2)) - 1.0)
    # Doubted neighbours are believed to rise as much again.
    assert reached.value == pytest.approx(plain.value + 0.05 * (not plain.status.ok))
    assert reached.ci.high - plain.ci.high == pytest.approx(still_missing, rel=0.05)
    assert reached.ci.low == pytest.approx(plain.ci.low, abs=1e-9)
