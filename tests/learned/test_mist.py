"""The pretrained estimator as its users meet it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from mitk import MIST, estimate
from mitk.distributions import Gaussian, Student, x_shape
from mitk.errors import DataError, ParameterError, UnsupportedError
from mitk.learned.network import model
from mitk.learned.network.stretching import LEVELS

pytestmark = pytest.mark.filterwarnings("ignore::mitk.MITKWarning")


@pytest.mark.parametrize(
    ("law", "tolerance"),
    [
        (Gaussian.from_information(0.5, 2), 0.15),
        (Gaussian.from_information(3.0, 8), 0.35),
        (Student.identity(3, 3, 2.0), 0.12),
        (x_shape(), 0.15),
    ],
    ids=["normal", "normal in 8 columns", "Student", "X"],
)
def test_finds_the_information_of_laws_that_moments_see_and_of_those_they_do_not(law, tolerance):
    # 500 rows: the tolerance is some five standard errors of the best there is.
    result = MIST().fit(*law.sample(500, seed=3))
    assert result.value == pytest.approx(law.mutual_information, abs=tolerance)
    assert result.ci.low <= result.value <= result.ci.high
    assert result.status.ok


def test_independence_is_near_0():
    rng = np.random.default_rng(0)
    values = [MIST().fit(*rng.standard_normal((2, 400, 2))).value for _ in range(20)]
    assert np.mean(np.abs(values)) < 0.05


def test_intervals_at_any_level_come_from_the_quantiles():
    result = MIST().fit(*Gaussian.bivariate(0.7).sample(200, seed=1))
    assert result.ci.method == "quantiles"
    widths = [result.interval(level).width for level in (0.5, 0.9, 0.99, 0.999)]
    assert widths == sorted(widths)
    inner = result.diagnostics["quantiles"][1:-1]
    assert len(inner) == len(LEVELS)
    assert result.interval(0.9).low == pytest.approx(inner[LEVELS.index(0.05)])


def test_many_pairs_get_the_answers_of_single_calls():
    rng = np.random.default_rng(0)
    pairs = [(x := rng.standard_normal((n, 2)), x[:, 0] + rng.standard_normal(n)) for n in (30, 100, 250)]
    for one, (x, y) in zip(MIST().fit_many(pairs), pairs, strict=True):
        alone = MIST().fit(x, y)
        assert one.value == pytest.approx(alone.value, abs=1e-5)
        assert one.ci.low == pytest.approx(alone.ci.low, abs=1e-5)
        assert (one.n_samples, one.dim_x, one.dim_y) == (len(x), 2, 1)


def test_too_many_rows_are_thinned_and_too_many_columns_projected_with_a_note():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((8 * MIST().model.rows + 1, 1))
    thinned = MIST().fit(x, x + rng.standard_normal(x.shape))
    assert thinned.value == pytest.approx(0.5 * np.log(2.0), abs=0.03)
    assert f"{8 * MIST().model.rows} of {len(x)} rows" in " ".join(thinned.notes)
    wide = rng.standard_normal((400, 3)) @ rng.standard_normal((3, 80)) + 0.1 * rng.standard_normal((400, 80))
    projected = MIST().fit(wide, wide[:, :2] + rng.standard_normal((400, 2)))
    assert "projected from 80 columns on 64" in " ".join(projected.notes)
    assert np.isfinite(projected.value)


def test_more_rows_than_the_network_has_seen_together_are_answered_in_parts():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2 * MIST().model.rows + 10, 1))
    y = x + rng.standard_normal(x.shape)
    result, rows = MIST().fit(x, y), rng.permutation(len(x))
    assert result.notes == ()
    assert result.value == pytest.approx(0.5 * np.log(2.0), abs=0.05)
    assert MIST().fit(y[rows], x[rows]).value == result.value


def test_rows_that_depend_on_each_other_get_a_subsampling_interval():
    rng = np.random.default_rng(0)
    x = np.repeat(rng.standard_normal(60), 5) + 0.1 * rng.standard_normal(300)
    result = MIST().fit(x, x + rng.standard_normal(300), groups=np.repeat(np.arange(60), 5))
    assert (result.ci.method, result.notes) == ("subsampling", ())
    with pytest.raises(UnsupportedError, match="only be by resampling on these data"):
        MIST().fit(x, x + rng.standard_normal(300), groups=np.repeat(np.arange(60), 5), interval="own")


def test_bits_are_bits_and_diagnostics_stay_in_nats():
    x, y = Gaussian.bivariate(0.7).sample(200, seed=1)
    nats, bits = MIST().fit(x, y), MIST().fit(x, y, unit="bits")
    for name in ("quantiles", "mean"):
        assert np.array_equal(bits.diagnostics[name], nats.diagnostics[name])
    assert bits.diagnostics["surprise"] == nats.diagnostics["surprise"]
    assert bits.interval(0.9).low * np.log(2.0) == pytest.approx(
        bits.diagnostics["quantiles"][1:-1][LEVELS.index(0.05)]
    )


def test_few_values_and_labels_are_not_for_it():
    rng = np.random.default_rng(0)
    codes = rng.integers(4, size=200)
    assert "few different values" in MIST().fit(codes, codes + rng.standard_normal(200)).status.text
    with pytest.raises(UnsupportedError, match="mixed-ksg"):
        MIST().fit(np.array(list("abcd"))[codes], rng.standard_normal(200))


@pytest.mark.parametrize(
    ("step", "truth"), [(0.1, 0.0), (0.25, 0.0), (0.1, 0.511)], ids=["rounded", "coarse", "dependent"]
)
def test_rounded_columns_are_as_good_as_others(step, truth):
    rng = np.random.default_rng(0)
    r = np.sqrt(-np.expm1(-2.0 * truth))
    x = rng.standard_normal((600, 2))
    y = r * x[:, :1] + np.sqrt(1.0 - r * r) * rng.standard_normal((600, 1))
    result = MIST().fit(np.round(x / step) * step, np.round(y / step) * step)
    assert result.value == pytest.approx(truth, abs=0.1)
    columns = MIST().fit(np.round(x[:, ::-1] / step) * step, np.round(y / step) * step)
    assert columns.value == pytest.approx(result.value, abs=1e-6)


def test_columns_that_repeat_others_add_nothing_when_projected():
    rng = np.random.default_rng(0)
    b = rng.standard_normal((400, 3))
    y = b + rng.standard_normal((400, 3))
    assert MIST().fit(np.hstack([b] * 25), y).value == pytest.approx(MIST().fit(b, y).value, abs=0.2)


def test_ranks_without_noise_are_no_measure():
    x = np.random.default_rng(0).standard_normal((500, 2))
    for y in (x[:, 1], -(x[:, 1] ** 3), np.exp(x[:, :1])):
        assert "have one order in all 500 rows" in MIST().fit(x, y).status.text
    assert MIST().fit(x, x[:, 1] + 0.01 * x[:, 0]).status.ok


@pytest.mark.parametrize(
    ("x", "error"),
    [(np.full(20, np.nan), DataError), (np.arange(19.0), DataError), (np.array(list("abcd" * 5)), UnsupportedError)],
    ids=["missing", "lengths", "labels"],
)
def test_many_pairs_come_through_the_same_door(x, error):
    y = np.random.default_rng(0).standard_normal(20)
    with pytest.raises(error):
        MIST().fit_many([(y, y[::-1]), (x, y)])
    assert MIST().fit_many([]) == []
    constant, few = MIST().fit_many([(np.ones(50), np.arange(50.0)), (y[:6], y[6:12])], confidence=None)
    assert (constant.value, few.status.code) == (0.0, "UNRELIABLE")


def test_weights_are_checked(tmp_path, monkeypatch):
    path = tmp_path / "other.safetensors"
    path.write_bytes(b"no weights")
    with pytest.raises(ParameterError, match="must be a file written by"):
        MIST(weights=str(path)).fit(*np.random.default_rng(0).standard_normal((2, 50)))
    save_file({"a": np.zeros(3)}, str(path))
    with pytest.raises(ParameterError, match="must be a file written by"):
        MIST(weights=str(path)).fit(*np.random.default_rng(0).standard_normal((2, 50)))
    (tmp_path / model.SHIPPED).write_bytes(b"changed")
    (tmp_path / f"{model.SHIPPED}.sha256").write_text("0" * 64)
    monkeypatch.setattr(model, "WEIGHTS", tmp_path)
    with pytest.raises(ParameterError, match="SHA-256"):
        model.shipped.__wrapped__()


def test_weights_of_a_file_are_read_again_only_when_it_changes(tmp_path):
    path = tmp_path / "own.safetensors"
    model.shipped().save(path)
    first = model.load(path)
    assert model.load(path) is first
    replace(first, card={"another": True}).save(path)
    assert model.load(path).card == {"another": True}


def test_weights_are_small_and_a_copy_gives_the_same(tmp_path):
    shipped = model.WEIGHTS / model.SHIPPED
    assert shipped.stat().st_size < 8e6
    model.shipped().save(tmp_path / "copy.safetensors")
    x, y = Gaussian.bivariate(0.5).sample(100, seed=0)
    own, other = (
        estimate(x, y, method="mist"),
        estimate(x, y, method="mist", weights=str(tmp_path / "copy.safetensors")),
    )
    assert own.value == other.value


def test_an_answer_needs_no_jax():
    code = (
        "import sys, numpy as np; from mitk import MIST; x = np.random.default_rng(0).standard_normal((2, 50)); "
        "MIST().fit(*x); print('jax' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
