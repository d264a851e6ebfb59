"""Codes of a variational autoencoder against principal components, on bent images of normal variates."""

from __future__ import annotations

import numpy as np
import pytest

from mitk import Anchored
from mitk.errors import ParameterError
from mitk.variational.anchor import principal
from mitk.variational.codes import gaussian_codes

FAST = {"steps": 60, "width": 16, "embedding": 4, "folds": 2}


def bent(rng, latent, columns=60):
    """A smooth image of latent columns in more columns: a random layer of tanh units."""
    units = np.tanh(1.5 * (latent @ rng.standard_normal((latent.shape[1], 8)) + rng.standard_normal(8)))
    return units @ rng.standard_normal((8, columns))


def explained(latent, codes):
    """Share of the latent variance that is linear in the codes."""
    design = np.column_stack([codes, np.ones(len(codes))])
    rest = latent - design @ np.linalg.lstsq(design, latent, rcond=None)[0]
    return 1.0 - rest.var() / latent.var()


def test_codes_are_normal_and_nearer_to_what_was_bent_than_components():
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((2000, 2))
    components = principal(bent(rng, latent), 8)
    codes = gaussian_codes(components, 2, width=32, steps=1500)
    assert codes.shape == (2000, 2)
    # The share that components leave is more than halved.
    assert 1.0 - explained(latent, codes) < 0.5 * (1.0 - explained(latent, components[:, :2]))
    np.testing.assert_allclose(np.cov(codes.T), np.eye(2), atol=0.2)
    short = [gaussian_codes(components, 2, width=32, steps=50) for _ in range(2)]
    np.testing.assert_array_equal(*short)


def sides(n=1000):
    rng = np.random.default_rng(1)
    shared = rng.standard_normal((n, 2))
    other = 0.9 * shared + np.sqrt(1.0 - 0.81) * rng.standard_normal((n, 2))
    return bent(rng, shared), bent(rng, other)


def test_anchored_takes_codes_where_they_hold_more(monkeypatch):
    x, y = sides()
    monkeypatch.setattr(
        "mitk.variational.anchored.gaussian_codes",
        lambda side, dim, seed: gaussian_codes(side, dim, width=32, steps=600, seed=seed),
    )
    monkeypatch.setattr("mitk.variational.anchored.informative_components", lambda x, y, least, seed: (2, 2))
    plain, coded = (Anchored(codes=codes, **FAST).fit(x, y) for codes in ("principal", "autoencoder"))
    truth = -np.log(1.0 - 0.81)
    assert plain.value + 0.05 < coded.value < truth + 0.1
    assert any("took the place" in note for note in coded.notes)


def test_anchored_keeps_components_that_hold_more(monkeypatch):
    x, y = sides(400)
    noise = np.random.default_rng(2)
    monkeypatch.setattr(
        "mitk.variational.anchored.gaussian_codes", lambda side, dim, seed: noise.standard_normal((len(side), dim))
    )
    plain, coded = (Anchored(codes=codes, **FAST).fit(x, y) for codes in ("principal", "autoencoder"))
    assert plain.value == coded.value
    assert any("held no more" in note for note in coded.notes)


def test_narrow_sides_have_no_codes():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((300, 2))
    found = Anchored(codes="autoencoder", **FAST).fit(x, x + rng.standard_normal((300, 2)))
    assert not any("autoencoder" in note for note in found.notes)


def test_only_known_codes():
    with pytest.raises(ParameterError, match="`codes` must be one of"):
        Anchored(codes="pca").fit(np.zeros((200, 1)), np.zeros((200, 1)))
