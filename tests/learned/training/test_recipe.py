"""Recipes: what may be written in TOML and in Python, and what is said of mistakes."""

from __future__ import annotations

import pickle
import tomllib
from dataclasses import fields

import made_families
import numpy as np
import pytest

from mitk.errors import ParameterError
from mitk.learned import FAMILIES, Calibration, Prior, Recipe, Training, pushed, read_recipe
from mitk.learned.prior.meta import WEIGHTS
from mitk.learned.training.recipe import PACKAGED


def test_a_recipe_is_read(tiny):
    recipe = read_recipe(tiny)
    assert (recipe.sets, recipe.seeds, recipe.training.width) == (200, (0, 1), 8)
    assert recipe.prior.weights == {"elliptical": 2.0, "independent": 1.0}
    assert recipe.prior.rows == ((1.0, 20, 120, True),)
    assert recipe.training.decay == Training().decay
    assert recipe.shards == (range(2), range(2, 6))


def test_the_packaged_recipe_leaves_nothing_implicit():
    stated = tomllib.loads(PACKAGED.read_text())
    assert set(stated) == {f.name for f in fields(Recipe)}
    assert set(stated["prior"]) == {f.name for f in fields(Prior)} - {"families"}
    assert set(stated["training"]) == {f.name for f in fields(Training)} - {"seed"}
    assert set(stated["calibration"]) == {f.name for f in fields(Calibration)}
    assert set(read_recipe("default").prior.weights) <= set(FAMILIES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stes = 1", "`stes` must be a key of a recipe; .* it has prior, sets, "),
        ("[training]\nstep = 1", r"`training.step` must be a key of \[training\]; .* it has steps, batch"),
        ("[training]\nseed = 1", "`training.seed` must be a key"),
        ("sets = 1.5", "`sets` must be an integer; got 1.5"),
        ("sets = true", "`sets` must be an integer; got True"),
        ("sets = 0", "`sets` must be at least 1"),
        ("seeds = 3", "`seeds` must be a list, each an integer; got 3"),
        ("seeds = [1, 'a']", r"`seeds\[1\]` must be an integer; got 'a'"),
        ("seeds = [1, 1]", "`seeds` must hold different"),
        ("training = 1", "`training` must be a table"),
        ("[training]\nrate = 'fast'", "`training.rate` must be a number; got 'fast'"),
        ("[training]\nrate = nan", "`training.rate` must be at least 0"),
        ("[training]\nwidth = 30", "`training.width` must be a multiple of 4"),
        ("[prior]\nrows = [[1, 20, 120]]", r"`prior.rows\[0\]` must be \[a number, an integer, an integer, true or"),
        ("[prior]\nrows = [[1, 5, 120, true]]", "`prior.rows` must hold .* 10 <= least"),
        ("[prior.weights]\nellipse = 1", "`prior.weights` must name families: mist, elliptical, .*'ellipse'"),
        ("[prior.weights]\nmist = -1", "`prior.weights.mist` must be a share"),
        ("[prior.weights]\nmist = 0", "`prior.weights` must have a positive share"),
        ("[prior.families]\nmine = 3", '`prior.families.mine` must be "package.module:function"; got 3'),
        ("[prior.families]\nmine = 'nowhere'", "`prior.families.mine` must be a callable .* got 'nowhere'"),
        ("[prior.families]\nmine = 'made_families:nil'", "`prior.families.mine` .*no attribute 'nil'"),
        ("[prior.families]\nmist = 'made_families:pair'", "`prior.families.mist` must be a name of its own"),
        ("[prior]\nweights.mist = 1\nfamilies.mine = 'made_families:pair'", "`prior.families.mine` must have a share"),
        ("sets = ", "`config` must be a file in TOML"),
    ],
)
def test_mistakes_are_named(tmp_path, text, said):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(ParameterError, match=said):
        read_recipe(path)


def test_a_file_that_is_not_there():
    with pytest.raises(ParameterError, match="`config` must be a file in TOML, or default"):
        read_recipe("none.toml")


def test_the_seed_of_a_network_is_set_in_one_place():
    with pytest.raises(ParameterError, match=r"`training.seed` must be left to seeds; got 3. Hint: seeds = \[3\]"):
        Recipe(training=Training(seed=3))


def test_shares_by_default():
    assert Prior().weights == dict(WEIGHTS)
    assert Prior(families={"a": made_families.pair, "b": made_families.short}).weights == {"a": 1.0, "b": 1.0}


def test_a_family_of_ones_own_by_name_and_by_callable():
    by_name = Prior({"mine": 1, "mist": 0}, families={"mine": "made_families:pair"})
    name, draw = pickle.loads(pickle.dumps(by_name)).draw(3)
    same = Prior({"mine": 1, "mist": 0}, families={"mine": made_families.pair}).draw(3)[1]
    assert name == "mine"
    assert draw.x.shape == same.x.shape == (len(draw.x), 1)
    np.testing.assert_array_equal(draw.y, same.y)


@pytest.mark.parametrize(
    ("family", "said"),
    [
        (made_families.short, "`mine` must draw .* with n rows of each side"),
        (made_families.endless, "`mine` must draw finite sides of at most 144"),
        (lambda rng, n: None, "`mine` must draw"),
    ],
)
def test_a_family_that_does_not_draw_what_it_must(family, said):
    with pytest.raises(ParameterError, match=said):
        Prior(families={"mine": family}).draw(0)


def test_shares_are_kept():
    prior = Prior({"mine": 3, "other": 1}, families=dict.fromkeys(("mine", "other"), made_families.pair))
    share = np.mean([prior.draw(seed)[0] == "mine" for seed in range(600)])
    assert abs(share - 0.75) < 4.0 * np.sqrt(0.75 * 0.25 / 600)


def shear(x):
    return np.column_stack([x[:, 0], np.sin(x[:, 0])])


def test_pushed_maps_each_side_and_keeps_the_information():
    both = pickle.loads(pickle.dumps(pushed(made_families.pair, map_x=shear, map_y=np.exp)))
    plain, mapped = (family(np.random.default_rng(0), 50) for family in (made_families.pair, both))
    np.testing.assert_array_equal(mapped.x, shear(plain.x[:, None]))
    np.testing.assert_array_equal(mapped.y, np.exp(plain.y[:, None]))
    assert mapped.information == plain.information == pytest.approx(0.2231, abs=1e-4)
    # By default a side stays as it is.
    same = pushed("clusters")(np.random.default_rng(0), 50)
    np.testing.assert_array_equal(same.x, FAMILIES["clusters"](np.random.default_rng(0), 50).x)


def test_facts_name_what_is_callable(tiny):
    once, again = (
        Recipe(prior=Prior(families={"mine": pushed(made_families.pair, map_y=shear)})).facts() for _ in range(2)
    )
    assert once == again
    assert once["prior"]["families"]["mine"]["family"] == "made_families:pair"
    assert once["prior"]["families"]["mine"]["map_y"].endswith(":shear")
