"""Estimators that train a critic, on laws whose information is known, at sizes that train in seconds."""

from __future__ import annotations

import math
import warnings

import jax
import numpy as np
import pytest
from flax import nnx

from mitk import DV, KSG, Anchored, InfoNCE, MITKWarning, estimate
from mitk.errors import DataError, ParameterError
from mitk.variational.critics import CRITICS, critic
from mitk.variational.encoders import MLP, images

SMALL = {"steps": 150, "width": 24, "embedding": 8, "folds": 2, "batch": 64}
R = 0.8
INFORMATION = -0.5 * math.log1p(-R * R)


@pytest.fixture(scope="module")
def normal():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((800, 1))
    return x, R * x + math.sqrt(1 - R * R) * rng.standard_normal((800, 1))


def test_infonce_finds_a_normal_pair(normal):
    r = InfoNCE(**SMALL).fit(*normal)
    # The pointwise information of a normal pair has standard deviation R; training costs a few hundredths.
    assert r.value == pytest.approx(INFORMATION, abs=4 * R / math.sqrt(800) + 0.05)
    assert (r.kind, r.ci.method) == ("lower", "cross-fitting")
    assert INFORMATION in r.ci
    assert r.diagnostics["ceiling"] == pytest.approx(math.log(400))
    assert len(r.diagnostics["held_out_curve"]) == len(r.diagnostics["steps"])


def test_anchor_is_exact_where_the_law_is_gaussian():
    """Without a single useful step the anchor alone gives the information of many correlated columns."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((1000, 8))
    y = 0.6 * x + 0.8 * rng.standard_normal((1000, 8))
    r = Anchored(steps=1, width=8, embedding=4).fit(x, y)
    truth = -4.0 * math.log1p(-0.36)
    # Standard deviation of the pointwise information: sqrt(8) 0.6; the correlations are honest to first order.
    assert r.value == pytest.approx(truth, abs=4 * math.sqrt(8) * 0.6 / math.sqrt(1000))
    assert truth in r.ci


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_anchored_learns_what_the_copula_misses():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((800, 1))
    y = x**2 + 0.5 * rng.standard_normal((800, 1))
    r = Anchored(**SMALL | {"steps": 300, "rate": 1e-3}).fit(x, y)
    # Of some 0.8 nats a Gaussian sees next to nothing, and the first hundred steps more than half.
    assert KSG().fit(x, y).value > 0.6
    assert r.diagnostics["held_out_curve"][0] < 0.1
    assert 0.4 < r.value < 0.9


def test_anchored_projects_wide_sides():
    rng = np.random.default_rng(3)
    latent = rng.standard_normal((300, 2))
    x = latent @ rng.standard_normal((2, 60)) + 0.01 * rng.standard_normal((300, 60))
    y = (0.8 * latent + 0.6 * rng.standard_normal((300, 2))) @ rng.standard_normal((2, 2500))
    y += 0.3 * rng.standard_normal(y.shape)
    r = Anchored(steps=1, width=8, embedding=4).fit(x, y)
    assert any("projected" in note for note in r.notes)
    assert r.value == pytest.approx(-math.log1p(-0.64), abs=0.25)


def test_independent_rows_give_nothing():
    rng = np.random.default_rng(4)
    r = Anchored(**SMALL).fit(rng.standard_normal((800, 1)), rng.standard_normal((800, 1)))
    assert abs(r.value) < 0.03
    assert 0.0 in r.ci


def test_labels_are_welcome():
    rng = np.random.default_rng(5)
    label = rng.integers(0, 3, size=800)
    x = np.array([0.0, 4.0, 8.0])[label] + rng.standard_normal(800)
    r = InfoNCE(**SMALL).fit(x, np.array(["a", "b", "c"])[label])
    assert r.value == pytest.approx(math.log(3.0), abs=0.2)


def test_two_categories_only():
    rng = np.random.default_rng(6)
    a = rng.integers(0, 2, size=800)
    b = np.where(rng.random(800) < 0.9, a, 1 - a)
    truth = math.log(2) + 0.9 * math.log(0.9) + 0.1 * math.log(0.1)
    r = estimate(a, b, method="infonce", discrete_x=True, discrete_y=True, **SMALL)
    assert r.value == pytest.approx(truth, abs=0.1)


def test_fewer_rows_than_a_batch():
    rng, rows = np.random.default_rng(7), 9
    with pytest.warns(MITKWarning):
        r = InfoNCE(steps=20, width=8, embedding=4).fit(rng.standard_normal(rows), rng.standard_normal(rows))
    assert math.isfinite(r.value)
    assert not r.status.ok


def test_too_few_rows_is_one_sentence():
    with pytest.raises(DataError, match="at least 8"):
        InfoNCE().fit(np.arange(5.0), np.arange(5.0))


def test_exploding_critics_are_told():
    rng = np.random.default_rng(8)
    x = rng.standard_normal((200, 1))
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        r = DV(steps=60, width=8, embedding=4, rate=1e6, folds=2).fit(x, x)
    assert not r.status.ok
    assert not math.isnan(r.value) or any("finite" in reason for reason in r.status.reasons)


def test_few_rows_get_small_critics_unless_told():
    assert (InfoNCE().sized_for(1000).width, InfoNCE().sized_for(10_000).width) == (32, 64)
    assert InfoNCE(width=5).sized_for(1000) == InfoNCE(width=5, embedding=16, depth=1)
    assert Anchored().sized_for(1000) == Anchored()


def test_groups_stay_together():
    """Every row four times: folds that tore copies apart would let the critic remember them."""
    rng = np.random.default_rng(9)
    x, y = rng.standard_normal((2, 200, 1))
    index = np.repeat(np.arange(200), 4)
    r = InfoNCE(**SMALL).fit(x[index], y[index], groups=index)
    assert r.value < 0.1
    assert r.ci.method == "cross-fitting"


@pytest.mark.parametrize("kind", CRITICS)
def test_critics_score_all_pairs(kind):
    rng = np.random.default_rng(10)
    x, y = rng.standard_normal((6, 3)).astype("float32"), rng.standard_normal((4, 2)).astype("float32")
    for probabilistic in (False, True):
        f = critic(kind, 3, 2, embedding=5, width=8, probabilistic=probabilistic, rngs=nnx.Rngs(0))
        # Compiled as a whole: operation by operation takes ten times as long.
        scored = jax.jit(f)
        scores = np.asarray(scored(x, y))
        assert scores.shape == (6, 4)
        one = np.asarray(scored(x[2:3], y[1:2]))
        assert scores[2, 1] == pytest.approx(float(one[0, 0]), abs=1e-5)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_own_encoders(normal):
    x = np.repeat(normal[0], 64, axis=1) + 0.1 * np.random.default_rng(11).standard_normal((800, 64))
    encoder = (images((8, 8), channels=4, width=8), small_mlp)
    r = InfoNCE(**(SMALL | {"encoder": encoder, "steps": 60})).fit(x, normal[1])
    assert r.value > 0.2


def small_mlp(inputs, outputs, rngs):
    return MLP(inputs, outputs, width=8, depth=1, rngs=rngs)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"critic": "dot"}, "critic"),
        ({"objective": "elbo"}, "objective"),
        ({"evaluation": "js"}, "evaluation"),
        ({"margins": "ranks"}, "margins"),
        ({"folds": 1}, "folds"),
        ({"rate": 0.0}, "rate"),
        ({"encoder": 3}, "encoder"),
        ({"beta": -1.0}, "beta"),
        ({"on_interrupt": "stop"}, "on_interrupt"),
    ],
)
def test_bad_hyperparameters(options, name, normal):
    with pytest.raises(ParameterError, match=name):
        InfoNCE(**options).fit(*normal)
