"""The forty tasks of the BMI benchmark, by their published names."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.suites import Suite, Task
from mitk.distributions import bmi_names, bmi_task

# Family, rank class and spread of the pointwise information (nats), by name of task.
FACTS = json.loads(Path(__file__).with_name("bmi.json").read_text(encoding="utf-8"))


def published(name: str) -> Task:
    """Task of that name, with its recorded place in the ranking."""
    facts = FACTS[name]
    return Task(name, bmi_task(name), facts["family"], facts["rank_class"], known_sd=facts["pointwise_sd"])


SUITE = Suite(
    "bmi40",
    tuple(published(name) for name in bmi_names("bmi40")),
    sizes=(1000, 10000),
    seeds=5,
    summary="the forty BMI tasks",
)
