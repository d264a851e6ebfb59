"""The thirteen BMI mixtures, and three more laws of the same literature."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.suites import Suite
from benchmarks.suites.bmi40 import published
from mitk.distributions import bmi_names

# The one task whose y is a label.
LABELLED = "disc-cont-binary"

_TASKS = [published(name) for group in ("mixtures", "extras") for name in bmi_names(group)]

SUITE = Suite(
    "bmi-mixtures",
    tuple(replace(task, options={"discrete_y": True}) if task.name == LABELLED else task for task in _TASKS),
    sizes=(1000, 5000),
    seeds=5,
    version=2,
    summary="the thirteen BMI mixtures, four balls, a U, and a plane with a label",
)
