"""The protocol over estimators whose behaviour is known, and over ones made to fail each check."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.signal import lfilter

from mitk import (
    KSG,
    Binning,
    Estimator,
    Found,
    Gaussian,
    GaussianCopula,
    MIEstimate,
    MITKWarning,
    Protocol,
    Tags,
    estimate,
)
from mitk.distributions import Gaussian as Normal
from mitk.errors import DataError, ParameterError

NAT = Normal.from_information(0.5)
X, Y = NAT.sample(600, seed=3)


@dataclass(frozen=True, kw_only=True)
class Made(Estimator):
    """The information of a normal pair of that correlation, changed as asked."""

    embedding: int = 4
    rising: float = 0.0
    collapse: float = 0.0
    spread: float = 0.0
    most: float = math.inf

    @property
    def tags(self):
        return Tags(
            summary="made for tests",
            kind="lower",
            stochastic=True,
            trained=True,
            min_n=20,
            ceiling=None if self.most == math.inf else lambda n: self.most + 1.0,
        )

    def _value(self, prepared):
        samples = prepared.samples
        rho = np.corrcoef(samples.x.values[:, 0], samples.y.values[:, 0])[0, 1]
        value = -0.5 * math.log(1.0 - rho**2) if self.collapse == 0.0 else 0.5
        value += self.rising * math.log(self.embedding) - self.collapse * (600 / samples.n) ** 2
        return Found(value + self.spread * np.random.default_rng(self.seed).standard_normal())


def fit(made, x=X, y=Y, **options):
    return Protocol(estimator=made, **{"permutations": 0, **options}).fit(x, y)


@pytest.mark.parametrize("made", [KSG(), GaussianCopula(), Gaussian()], ids=lambda made: type(made).__name__)
def test_closed_forms_lie_in_the_interval(made):
    r = fit(made)
    assert r.status.ok, r.status.reasons
    assert 0.5 in r.interval(0.99)
    assert (r.kind, r.ci.method, r.dim_x) == (made.tags.kind, "ladder", 1)
    assert 0.2 < r.ci.width / (2 * 1.96 * NAT.pointwise_sd / math.sqrt(600)) < 4.0


def test_a_bias_of_one_over_n_is_taken_out():
    """Equal-mass bins, uncorrected, are too high by (bins - 1)^2 / 2n for independent columns (Miller)."""
    x, y = np.random.default_rng(5).standard_normal((2, 4000))
    made = Binning(bins=8, correction="none")
    whole = made.fit(x, y, confidence=None).value
    bias = 49 / 8000
    assert whole > 0.5 * bias
    r = fit(made, x, y, levels=6)
    # The value of independent bins scatters by sqrt(2 x 49) / 2n, and the line adds about as much.
    assert abs(r.value) < 4 * 2 * math.sqrt(98) / 8000
    assert r.diagnostics["slope"] == pytest.approx(bias, rel=0.5)


def test_every_sweep_that_rises_is_refused_and_the_plateau_is_not():
    with pytest.warns(MITKWarning, match="rises"):
        assert not fit(Made(rising=0.3)).status.ok
    r = fit(Made())
    assert r.status.ok
    assert r.kind == "estimate"
    assert r.diagnostics["capacity_values"].shape == (3,)
    assert r.diagnostics["latent_size"] == 1
    assert Protocol(estimator=Made(), capacities=()).tags.kind == "lower"


def test_bent_ladders_seeds_that_differ_and_ceilings_are_refused():
    with pytest.warns(MITKWarning, match="proportion"):
        assert not fit(Made(collapse=0.01)).status.ok
    with pytest.warns(MITKWarning, match="Restarts differ"):
        assert not fit(Made(spread=5.0)).status.ok
    with pytest.warns(MITKWarning, match="near the most"):
        r = fit(Made(most=0.55))
    assert r.diagnostics["levels_used"] < 5


def test_short_ladders_are_refused_with_a_value_and_an_interval():
    with pytest.warns(MITKWarning, match="of the 5 levels"):
        r = fit(GaussianCopula(), X[:60], Y[:60])
    assert r.value == pytest.approx(GaussianCopula().fit(X[:60], Y[:60]).value)
    assert r.ci is not None
    with pytest.raises(DataError, match="two chunks"):
        fit(GaussianCopula(), X[:30], Y[:30])


def test_the_null_goes_through_the_same_ladder():
    r = fit(GaussianCopula(), permutations=19, levels=5)
    assert r.diagnostics["p_value"] == 0.05
    assert np.abs(r.diagnostics["null"]).max() < 0.1
    independent = fit(GaussianCopula(), X, np.roll(Y, 100), permutations=19, levels=5)
    assert independent.diagnostics["p_value"] > 0.05
    assert any("Not resolved from 0" in note for note in independent.notes)


def test_groups_and_runs_stay_whole():
    groups = np.repeat(np.arange(100), 6)
    r = Protocol(estimator=GaussianCopula(), permutations=2, levels=5).fit(X, Y, groups=groups)
    assert (r.diagnostics["chunk_rows"] % 6 == 0).all()
    r = Protocol(estimator=GaussianCopula(), permutations=2, levels=5).fit(X, Y, block=10)
    assert (r.diagnostics["chunk_rows"] % 10 == 0).all()
    series = lfilter([1.0], [1.0, -0.8], np.random.default_rng(0).standard_normal((2, 1000)))
    r = Protocol(estimator=GaussianCopula(), permutations=2, levels=5).fit(*series)
    assert 5 < r.block < 50
    # The last run of all may be shorter.
    assert set(r.diagnostics["chunk_rows"] % r.block) <= {0, 1000 % r.block}


def test_jobs_change_nothing_and_results_survive_json():
    alone, shared = (fit(GaussianCopula(), permutations=2, n_jobs=jobs) for jobs in (1, 2))
    assert alone == shared
    assert MIEstimate.from_json(alone.to_json(pointwise=True)) == alone
    assert "estimator='GaussianCopula()'" in str(alone.estimator)


def test_by_name():
    r = estimate(X, Y, method="protocol", estimator="copula", permutations=0)
    assert r.value == pytest.approx(fit(GaussianCopula()).value)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"estimator": 3}, "estimator"),
        ({"estimator": Protocol()}, "estimator"),
        ({"estimator": "protocol"}, "estimator"),
        ({"levels": 1}, "levels"),
        ({"capacities": (8, 2)}, "capacities"),
        ({"capacities": 8}, "capacities"),
        ({"restarts": 0}, "restarts"),
        ({"permutations": -1}, "permutations"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"progress": 2}, "progress"),
    ],
)
def test_wrong_parameters_are_refused(options, what):
    with pytest.raises(ParameterError, match=what):
        Protocol(**options).fit(X, Y)


def test_a_trained_critic_is_swept_restarted_and_drawn(tmp_path):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from mitk import InfoNCE

    small = InfoNCE(steps=4, width=4, depth=0, folds=2, batch=16)
    x, y = X[:500], Y[:500]
    with pytest.warns(MITKWarning):  # Four steps learn nothing, and three levels are too few.
        r = Protocol(estimator=small, levels=2, capacities=(1, 2), restarts=2, permutations=2).fit(x, y)
    assert r.diagnostics["capacity_values"].shape == r.diagnostics["restart_values"].shape == (2,)
    assert r.kind == "estimate"
    ax = r.plot()
    assert len(ax.figure.axes) == 3
    assert "chunks" in ax.get_xlabel()
    ax.figure.savefig(tmp_path / "p.png")
    alone = matplotlib.pyplot.subplots()[1]
    assert r.to("bits").plot(alone) is alone
    assert "bits" in alone.get_ylabel()
    matplotlib.pyplot.close("all")
