"""Flow matching, diffusion, bridges and latent codes on a normal pair: one shape, so that each compiles once."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
import pytest

from mitk import FMMI, LMI, MINDE, TRE
from mitk.errors import ParameterError
from mitk.variational.diffusion import log_ratios, weights

R, N = 0.9, 800
INFORMATION = -0.5 * math.log1p(-R * R)
QUICK = {"steps": 200, "width": 24, "depth": 1, "folds": 2, "batch": 128}
METHODS = {
    "fmmi": FMMI(**QUICK, draws=16),
    "minde": MINDE(**QUICK, draws=16),
    "tre": TRE(**QUICK, bridges=2, embedding=4),
    "lmi": LMI(**QUICK, embedding=1),
}


@pytest.fixture(scope="module")
def sides():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((N, 1))
    return x, R * x + math.sqrt(1 - R * R) * rng.standard_normal((N, 1)), rng.standard_normal((N, 1))


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize("name", METHODS)
def test_normal_pair_and_strangers(name, sides):
    x, y, stranger = sides
    found = METHODS[name].fit(x, y)
    # The pointwise information scatters by R; short training costs up to a tenth of a nat.
    assert found.value == pytest.approx(INFORMATION, abs=4 * R / math.sqrt(N) + 0.12)
    assert found.ci.method == "cross-fitting"
    nothing = METHODS[name].fit(x, stranger)
    assert abs(nothing.value) < 0.12


def test_weights_integrate_the_range_of_levels():
    """The mean of one over the density is the length of the range that the levels cover."""
    uniform = (np.arange(200_000) + 0.5) / 200_000
    at = log_ratios(jnp.asarray(uniform, jnp.float32))
    assert float(jnp.mean(weights(at))) == pytest.approx(float(at[-1] - at[0]), rel=1e-2)


def test_denoising_of_a_gaussian_pair_is_its_information():
    """The formula itself, with the exact predictions of noise of a normal pair."""
    uniform = (np.arange(20_000) + 0.5) / 20_000
    at = np.asarray(log_ratios(jnp.asarray(uniform, jnp.float32)), dtype=np.float64)
    signal, rest = 1 / (1 + np.exp(-at)), 1 / (1 + np.exp(at))
    # Mean squared error of the noise e in s y + r e, for y of variance v: s^2 v / (s^2 v + r^2).
    error = [signal * v / (signal * v + rest) for v in (1.0, 1.0 - R * R)]
    total = np.mean(0.5 * (error[0] - error[1]) * np.asarray(weights(jnp.asarray(at, jnp.float32))))
    assert total == pytest.approx(INFORMATION, abs=0.01)


@pytest.mark.parametrize(
    ("estimator", "name"),
    [(FMMI(draws=0), "draws"), (MINDE(form="best"), "form"), (TRE(bridges=0), "bridges"), (LMI(k=0), "k")],
)
def test_bad_hyperparameters(estimator, name, sides):
    with pytest.raises(ParameterError, match=name):
        estimator.fit(*sides[:2])
