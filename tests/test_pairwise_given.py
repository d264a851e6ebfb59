"""Many pairs given a condition."""

import json

import numpy as np
import pytest

from mitk import DataError, ParameterError, estimate, pairwise

RNG = np.random.default_rng(0)
Z, A, B, C = RNG.standard_normal((4, 300))
DATA = {"a": Z + A, "b": Z + B, "c": Z + A + C, "z": Z}


def test_pairs_that_the_condition_explains_are_told_from_others():
    plain = pairwise({name: DATA[name] for name in "abc"})
    assert (plain.q_values < 0.01).all()
    given = pairwise(DATA, given="z")
    assert given.names == ("a", "b", "c")
    q = dict(zip(["ab", "ac", "bc"], given.q_values, strict=True))
    assert q["ac"] < 0.01 < min(q["ab"], q["bc"])


def test_values_are_those_of_estimate():
    result = pairwise(DATA, "ksg", given="z", test=False)
    expected = estimate(DATA["a"], DATA["c"], "ksg", given=Z)
    found = result.results[0, 2]
    assert (found.value, found.ci, found.quantity) == (expected.value, expected.ci, "conditional_mi")


def test_condition_of_columns_of_its_own_targets_and_blocks():
    data = {name: DATA[name] for name in "abc"}
    own = pairwise(data, given=Z, targets="c", confidence=None)
    named = pairwise(DATA, given=["z"], targets="c", confidence=None)
    assert np.array_equal(own.values, named.values, equal_nan=True)
    assert own.q_values.tolist() == named.q_values.tolist()
    blocks = pairwise(DATA, "gaussian", given="z", blocks={"left": ["a", "b"], "right": ["c"]}, test=False)
    both = np.column_stack([DATA["a"], DATA["b"]])
    assert blocks.values[0, 1] == estimate(both, DATA["c"], "gaussian", given=Z).value


def test_constant_condition_gives_the_same_values():
    data = {name: DATA[name] for name in "abc"}
    given = pairwise(data, "ksg", given=np.ones(300), test=False, confidence=None)
    assert np.array_equal(given.values, pairwise(data, "ksg", test=False, confidence=None).values, equal_nan=True)


def test_processes_and_stored_tiles_change_nothing(tmp_path):
    serial = pairwise(DATA, given="z", confidence=None)
    parallel = pairwise(DATA, given="z", confidence=None, n_jobs=2)
    stored = pairwise(DATA, given="z", confidence=None, out=tmp_path / "pairs.json")
    for other in (parallel, stored):
        assert np.array_equal(serial.values, other.values, equal_nan=True)
        assert serial.q_values.tolist() == other.q_values.tolist()


def test_wrong_conditions():
    with pytest.raises(ParameterError, match="must not be among the targets"):
        pairwise(DATA, given="z", targets=["z"])
    with pytest.raises(DataError, match="must have as many rows"):
        pairwise(DATA, given=Z[:100])
    with pytest.raises(ParameterError, match="must come with `given`"):
        pairwise(DATA, discrete_given=True)
    with pytest.raises(ParameterError, match="one by one"):
        pairwise(DATA, given="z", correct="max")


def test_command_line(run, tmp_path):
    path = tmp_path / "data.csv"
    np.savetxt(path, np.column_stack(list(DATA.values())), delimiter=",", header="a,b,c,z", comments="", fmt="%.17g")
    for arguments, expected in (
        (("matrix", str(path)), pairwise(DATA, given="z")),
        (("rank", str(path), "--target", "c"), pairwise(DATA, given="z", targets="c")),
    ):
        code, out, _ = run(*arguments, "--given", "z", "--json")
        assert code == 0
        for found, known in zip(json.loads(out)["pairs"], expected.to_dict()["pairs"], strict=True):
            assert [found[key] for key in ("x", "y", "p", "q")] == [known[key] for key in ("x", "y", "p", "q")]
