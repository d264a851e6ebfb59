"""The training loop on a one-parameter learner: interrupts, recovery, batches, the choice of steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mitk.variational.training import Plan, _Orders, merged, train

N = 64
PLAN = Plan(steps=400, batch=16, rate=0.05)
X = np.random.default_rng(0).standard_normal((N, 1)).astype("float32")
Y = 2.0 * X
FOLDS = np.array([0, 1])
ROWS = np.array([np.arange(32), np.arange(32, 64)])


class Slope(nnx.Module):
    """y = a x, from a = 0 or what is given."""

    def __init__(self, start=0.0):
        self.slope = nnx.Param(jnp.reshape(jnp.asarray(start, jnp.float32), (1,)))


@dataclass(frozen=True)
class SlopeLearner:
    """Least squares; numbers beyond `breaks` are not finite."""

    breaks: float = np.inf

    def module(self, rngs: nnx.Rngs, **given: Any) -> Slope:
        return Slope(**given)

    def loss(self, module, x, y, key, memory):
        off = jnp.mean((y - x * module.slope[...]) ** 2)
        return jnp.where(jnp.abs(module.slope[...][0]) > self.breaks, jnp.nan, off), memory

    def score(self, module, x, y, key):
        return -jnp.mean((y - x * module.slope[...]) ** 2)


def fit(learner=SlopeLearner(), plan=PLAN, **options):
    return train(learner, plan, X, Y, ROWS, ROWS[::-1], folds=FOLDS, **options)


def test_members_reach_the_least_squares():
    trained = fit()
    for k in range(2):
        slope = float(merged(SlopeLearner(), trained.member(k)).slope[...][0])
        assert slope == pytest.approx(2.0, abs=0.01)
    assert trained.steps[0] == 0
    assert trained.held_out[0].mean() < trained.held_out[-1].mean()
    assert not trained.failed
    assert not trained.interrupted


def test_members_start_from_what_is_given():
    trained = fit(given={"start": np.array([2.0, 2.0])})
    assert trained.held_out[0] == pytest.approx(np.zeros(2), abs=1e-9)
    # Nothing is better than the start, so training soon stops.
    assert trained.steps[-1] < PLAN.steps


def test_the_same_seed_gives_the_same_numbers():
    first, second, other = fit(seed=1), fit(seed=1), fit(seed=2)
    assert np.array_equal(first.held_out, second.held_out)
    assert not np.array_equal(first.held_out[:3], other.held_out[:3])
    # NumPy's seeds have no end.
    assert np.isfinite(fit(seed=2**63).held_out).all()


def test_an_interrupt_is_raised_or_returns_the_best_so_far():
    def stop(step, value):
        if step >= 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(progress=stop)
    trained = fit(progress=stop, on_interrupt="return")
    assert trained.interrupted
    assert trained.steps[-1] == 100


def test_numbers_that_are_not_finite_send_training_back():
    """Steps of 0.05 jump from 2 beyond any border; a rate that is too large for it is given up with a note."""
    trained = fit(SlopeLearner(breaks=1.0))
    assert trained.failed
    assert any("finite" in note for note in trained.notes)
    assert np.isfinite(trained.parameters).all()
    assert np.isfinite(trained.held_out).all()


def test_batches_hold_no_row_twice_and_miss_few():
    orders = _Orders(np.tile(np.arange(50), (3, 1)), 16, np.random.default_rng(0))
    taken = np.asarray(orders.take(40))
    assert taken.shape == (3, 40, 16)
    assert all(len(set(batch)) == 16 for member in taken.tolist() for batch in member)
    assert set(taken[0].ravel().tolist()) == set(range(50))
    assert not np.array_equal(taken[0], taken[1])


def test_a_fold_has_no_say_in_the_choice_of_its_own_step():
    """Each member's checkpoint is the best of the other fold's curve."""
    trained = fit()
    for k in range(2):
        others = trained.held_out[:, FOLDS[k] != FOLDS].mean(axis=1)
        assert others[trained.chosen[k]] >= others.max() - 1e-3
