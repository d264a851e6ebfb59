"""The published tasks: names, dimensions and truths as recorded in bmi_tasks.json."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mitk.distributions import bmi_names, bmi_task
from mitk.errors import ParameterError

FACTS = json.loads(Path(__file__).with_name("bmi_tasks.json").read_text())
each_task = pytest.mark.parametrize("facts", FACTS, ids=[facts["name"] for facts in FACTS])


def test_groups_hold_the_published_names_in_order():
    names = [facts["name"] for facts in FACTS]
    assert list(bmi_names("bmi40") + bmi_names("mixtures") + bmi_names("extras")) == names
    assert len(bmi_names()) == 40


@each_task
def test_a_task_is_the_published_one(facts):
    law = bmi_task(facts["name"])
    assert law.name == facts["name"]
    assert (law.dim_x, law.dim_y) == (facts["dim_x"], facts["dim_y"])
    assert law.mutual_information == pytest.approx(facts["mutual_information"], rel=1e-9)
    assert law.mutual_information_error == 0.0
    if facts["ground_truth"] == "closed form":
        assert law.truth == "closed form"


@each_task
def test_densities_confirm_the_published_truth(facts):
    law = bmi_task(facts["name"])
    n = 4_000
    values = law.pointwise(*law.sample(n, seed=7))
    assert values.mean() == pytest.approx(facts["mutual_information"], abs=4.0 * values.std() / np.sqrt(n))
    if facts["pmi_sd"] is not None:
        # The spread of a heavy-tailed law is itself known to a few per cent from so many rows.
        assert values.std() == pytest.approx(facts["pmi_sd"], rel=0.15)


def test_an_unknown_name_is_refused():
    with pytest.raises(ParameterError, match="bmi_names"):
        bmi_task("1v1-nothing")
    with pytest.raises(ParameterError, match="bmi40, mixtures, extras"):
        bmi_names("bmi41")
