import numpy as np
import pytest

from mitk.numerics.lattices import neighbors_on_lattices, points_of_mass, spreadings, value_count, well_filled


def test_values_are_counted():
    assert [value_count(np.array(v)) for v in ([], [3.0], [2.0, 2.0], [1.0, 3.0, 1.0, 2.0])] == [0, 1, 1, 3]


def test_cells_are_well_filled_with_ten_rows_each_and_next_to_none_alone():
    assert well_filled(np.repeat(np.arange(10), 10))
    assert not well_filled(np.repeat(np.arange(11), 10)[:109])
    # One row in a hundred alone is more than .5 %, one in two hundred is not.
    assert not well_filled(np.append(np.zeros(99), 1.0))
    assert well_filled(np.append(np.zeros(199), 1.0))


def test_points_of_mass_tower_over_a_near_continuum():
    smooth = np.linspace(1.0, 2.0, 50)
    half = np.concatenate([np.zeros(50), smooth])
    assert (points_of_mass(half, 8) == np.where(half == 0.0, 0, -1)).all()
    two = np.concatenate([np.zeros(50), np.full(50, 3.0), smooth])
    assert (points_of_mass(two, 8) == np.select([two == 0.0, two == 3.0], [0, 1], -1)).all()
    # A tenth of the rows is the least, and so is the number asked for.
    assert (points_of_mass(np.concatenate([np.zeros(5), smooth]), 2) == -1).all()
    assert (points_of_mass(half, 51) == -1).all()


@pytest.mark.parametrize("mean", [0.5, 1.0, 4.0, 20.0])
def test_steps_of_counts_are_no_points_of_mass(mean):
    rng = np.random.default_rng(0)
    for n in (100, 1000, 20_000):
        assert (points_of_mass(rng.poisson(mean, n).astype(float), 8) == -1).all()
        assert (points_of_mass(rng.geometric(1.0 / (1.0 + mean), n).astype(float), 8) == -1).all()


def test_few_rows_of_few_values_are_spread_more_often():
    few = np.arange(100.0)[:, None] % 5
    assert spreadings(few) == 8
    assert spreadings(np.tile(few, (6, 1))) == 4
    assert spreadings(np.tile(few, (100, 1))) == 2
    # Three rows a value are too few for the order within cells to matter.
    assert spreadings(np.arange(99.0)[:, None] % 33) == 2
    assert spreadings(np.empty((100, 0))) == 2


def test_neighbors_follow_a_power_of_the_rows():
    # 256^(3/8) is 8; few rows cannot bear as many, and beyond twenty there is nothing to gain.
    assert [neighbors_on_lattices(n) for n in (20, 48, 60, 256, 100_000)] == [3, 3, 4, 8, 20]
