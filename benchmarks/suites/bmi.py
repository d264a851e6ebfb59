"""The BMI tasks: laws by name from `mitk.distributions`, with the places of the ranking and the known truths."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.suites import Suite, Task
from mitk.distributions import bmi_names, bmi_task


class _Lazy:
    """A law built when it is first sampled, so that a suite is listed at no cost."""

    def __init__(self, name: str, dim_x: int, dim_y: int) -> None:
        self.name, self.dim_x, self.dim_y = name, dim_x, dim_y

    def __getattr__(self, attribute: str) -> object:
        return getattr(bmi_task(self.name), attribute)


def tasks(group: str) -> tuple[Task, ...]:
    """Tasks of a group of `mitk.distributions.bmi_names`, truths and pointwise sd from the table beside."""
    table = {row["name"]: row for row in json.loads(Path(__file__).with_name("bmi.json").read_text())}
    return tuple(
        Task(
            name,
            _Lazy(name, table[name]["dim_x"], table[name]["dim_y"]),
            family=table[name]["family"],
            rank_class=table[name]["rank_class"] or name,
            truth="quadrature" if group == "mixtures" else "closed form",
            known_information=table[name]["mutual_information"],
            known_error=0.0,
            known_sd=table[name]["pmi_sd"],
        )
        for name in bmi_names(group)
    )


def suite(name: str, group: str, summary: str) -> Suite:
    """A suite of one group."""
    return Suite(name, tasks(group), sizes=(1000, 10_000), seeds=3, summary=summary)
