"""Sets of the paper's generator: read as they were written, judged in their bins, the worst left out."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import paper_sets
from benchmarks.studies import paper_generator
from mitk import MIST


@pytest.fixture
def folder(tmp_path):
    """A file of five small sets of normal pairs, in two bins."""
    rng = np.random.default_rng(0)
    sets = []
    for n, d in ((20, 2), (60, 3), (40, 2), (150, 2), (120, 4)):
        x = rng.standard_normal((n, d))
        y = 0.6 * x + 0.8 * rng.standard_normal((n, d))
        truth = np.array([-0.5 * d * np.log(0.64)])
        sets.append({"source": np.hstack([x, y]), "dimension": d, "target": truth, "distribution": f"pairs-{d}"})
    paper_generator.save(sets, tmp_path / "in-7.npz")
    return tmp_path, sets


def test_sets_are_read_as_they_were_written(folder):
    place, sets = folder
    found = paper_sets.read(place / "in-7.npz")
    assert [one.family for one in found] == [one["distribution"] for one in sets]
    for one, made in zip(found, sets, strict=True):
        np.testing.assert_allclose(np.hstack([one.x, one.y]), made["source"], rtol=1e-6)
        assert one.x.shape == one.y.shape
        assert one.information == pytest.approx(made["target"][0])


def test_a_line_for_each_bin_that_has_sets(folder):
    lines = paper_sets.table(folder[0], MIST())
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert [(row[0], row[1], row[2]) for row in cells] == [
        ("in distribution", "10-100", "3"),
        ("in distribution", "101-300", "2"),
        ("in distribution", "all", "5"),
    ]
    assert len({len(row) for row in cells}) == 1


def test_the_worst_are_left_out():
    values = np.array([4.0, 1.0, 9.0, 2.0])
    assert paper_sets.without(values, 2) == 1.5
    assert paper_sets.without(values, 0) == 4.0
    # One is always left.
    assert paper_sets.without(values, 10) == 1.0


def test_a_generator_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="pip install mist-statinf"):
        paper_generator.package()
