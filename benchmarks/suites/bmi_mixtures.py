"""The thirteen BMI mixtures, and three more laws of the same literature."""

from __future__ import annotations

from benchmarks.suites import Suite
from benchmarks.suites.bmi40 import published
from mitk.distributions import bmi_names

SUITE = Suite(
    "bmi-mixtures",
    tuple(published(name) for group in ("mixtures", "extras") for name in bmi_names(group)),
    sizes=(1000, 5000),
    seeds=5,
    summary="the thirteen BMI mixtures, four balls, a U, and a plane with a label",
)
