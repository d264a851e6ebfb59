"""Pictures: what is drawn follows the result."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from mitk import permutation_test
from mitk.errors import MissingDependencyError, UnsupportedError
from mitk.results.interval import Interval
from mitk.results.reason import Status
from mitk.results.record import EstimatorInfo, MIEstimate
from mitk.show.plotting import plot_estimate


@pytest.fixture
def pyplot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


RESULT = MIEstimate(
    0.4, ci=Interval(0.3, 0.5, 0.95, "jackknife"), n_samples=100, estimator=EstimatorInfo("KSG", {"k": 5})
)


def test_value_interval_and_headline(pyplot):
    ax = RESULT.plot()
    assert ax.get_title(loc="left") == "0.400 nats [0.300, 0.500] (95 %)\nKSG(k=5), n=100"
    assert any(list(line.get_xdata()) == [0.3, 0.5] for line in ax.lines)
    assert "nats" in ax.get_xlabel()


def test_contributions_are_centred_on_the_value(pyplot):
    pointwise = np.random.default_rng(0).normal(0.5, 1.0, 400)
    result = MIEstimate(pointwise.mean() - 0.1, pointwise=pointwise, pointwise_constant=-0.1, unit="bits")
    assert not plot_estimate(result).patches
    ax = result.plot(contributions=True)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["400 rows", "value: their mean"]
    left, right = ax.patches[0].get_x(), ax.patches[-1].get_x() + ax.patches[-1].get_width()
    assert left == pytest.approx(pointwise.min() - 0.1)
    assert right == pytest.approx(pointwise.max() - 0.1)
    with pytest.raises(UnsupportedError, match="such as ksg"):
        RESULT.plot(contributions=True)


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
@pytest.mark.parametrize(("method", "readings"), [("gaussian", 1), ("screen", 2)])
def test_a_test_is_drawn_as_its_null_and_the_observed_value(pyplot, method, readings):
    x, e = np.random.default_rng(0).standard_normal((2, 60))
    test = permutation_test(x, x + e, method, 19)
    ax = test.plot()
    assert sum(patch.get_height() for patch in ax.patches) == 19
    assert list(ax.lines[0].get_xdata()) == [test.value] * 2
    assert ("of all readings together" in ax.get_title(loc="left")) == (readings == 2)
    shown = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    assert shown["19 surrogates (rows)"] in ax.patches
    assert shown[f"observed: {test.value:.3f} nats"] is ax.lines[0]


@pytest.mark.parametrize("pointwise", [None, [np.inf, np.inf]])
def test_unreliable_and_infinite_results_can_be_drawn(pyplot, pointwise, tmp_path):
    result = MIEstimate(np.inf, pointwise=pointwise, status=Status().because("Too good."))
    ax = plot_estimate(result, contributions=pointwise is not None)
    assert "UNRELIABLE" in ax.get_title(loc="left")
    ax.figure.savefig(tmp_path / "p.png")


def test_draws_on_given_axes(pyplot):
    ax = pyplot.subplots()[1]
    assert plot_estimate(RESULT, ax=ax) is ax


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingDependencyError, match=r"mitk\[plot\]"):
        plot_estimate(RESULT)
