"""Labels, counts, ties and mixtures of points and densities, on one side or on both."""

from __future__ import annotations

import numpy as np

from benchmarks.suites import Suite, Task
from mitk.distributions import (
    GaussianMixture,
    HalfDiscrete,
    LabelledMixture,
    LabelledNormal,
    Quantised,
    RareEvent,
    RoundedGaussian,
    SmoothedDiscreteUniform,
    Table,
    ZeroInflatedPoisson,
    binary_label,
)

LABEL_X, LABEL_Y = {"discrete_x": True}, {"discrete_y": True}
BOTH = {**LABEL_X, **LABEL_Y}


def _clouds(label_noise: float) -> LabelledMixture:
    """Three normal clouds in the plane and their numbers, some of them wrong."""
    means = [[-1.5, 0.0], [1.5, 0.0], [0.0, 2.0]]
    shape = np.array([[1.0, 0.3], [0.3, 0.5]])
    law = GaussianMixture([0.5, 0.3, 0.2], means, [shape, np.eye(2), 0.3 * np.eye(2)], 1)
    labels = (1.0 - 1.5 * label_noise) * np.eye(3) + 0.5 * label_noise
    return LabelledMixture(law, labels, label=f"clouds-{label_noise:g}")


def _tasks() -> list[Task]:
    tasks = [
        Task(f"smoothed-{m}-{d}", SmoothedDiscreteUniform(m, 2.0, d), "label and number", options=LABEL_X)
        for m, d in ((3, 1), (5, 1), (5, 3))
    ]
    tasks += [Task(f"poisson-{p:g}", ZeroInflatedPoisson(p), "count and number") for p in (0.0, 0.15, 0.5)]
    tasks += [
        Task(f"half-discrete-{r:g}-{b:g}", HalfDiscrete(r, b), "points and density")
        for r, b in ((0.8, 0.8), (0.9, 0.9))
    ]
    tasks += [Task("rare-event", RareEvent(0.05, 3), "points and density")]
    tasks += [
        Task("binary-label", binary_label(), "plane and label", options=LABEL_Y),
        *(Task(f"clouds-{e:g}", _clouds(e), "plane and label", options=LABEL_Y) for e in (0.0, 0.2)),
    ]
    tasks += [Task(f"rounded-{step:g}", RoundedGaussian(0.75, step), "ties") for step in (0.1, 0.5, 1.0)]
    tasks += [Task("rounded-0.5-x", RoundedGaussian(0.75, 0.5, both=False), "ties")]
    for levels in (2, 5, 10, 50):
        # Ordered or shuffled codes carry the same information, so both count as one.
        copies = f"labelled-{levels}"
        tasks.append(Task(copies, LabelledNormal.steps(levels), "label and number", copies, options=LABEL_X))
        if levels > 2:
            shuffled = LabelledNormal.steps(levels, order_seed=levels)
            tasks.append(Task(f"{copies}-shuffled", shuffled, "label and number", copies, options=LABEL_X))
    tasks += [Task("quantised-2", Quantised.from_information(2.0), "label and number", options=LABEL_Y)]
    signs = Table([[0.4, 0.1], [0.1, 0.4]], values_x=[-1.0, 1.0], values_y=[-1.0, 1.0])
    # Neighbouring levels are likelier, so that an order of the codes can be exploited, until it is shuffled.
    code = np.arange(10.0)
    near = np.exp(-0.5 * (code[:, None] - code) ** 2)
    shuffled = near[:, np.random.default_rng(10).permutation(10)]
    tables = {
        "signs": signs,
        "symmetric-10": Table.symmetric(10, 0.3),
        "label-noise-10": Table.symmetric(10, 0.3).with_label_noise(0.2),
        "erasures-4": Table.symmetric(4, 0.1).with_erasures(0.3),
        "symmetric-50": Table.symmetric(50, 0.5),
        "ordinal-10": Table(near / near.sum()),
        "nominal-10": Table(shuffled / shuffled.sum()),
    }
    for name, table in tables.items():
        copies = "neighbours-10" if name.endswith("inal-10") else name
        tasks.append(Task(name, table, "two labels", copies, options=BOTH))
    return tasks


SUITE = Suite(
    "mixed",
    tuple(_tasks()),
    sizes=(1000,),
    seeds=5,
    summary="labels, counts, ties, and points beside densities",
)
