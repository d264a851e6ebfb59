"""Ten tiny tasks that run in a minute, to see that everything works."""

from __future__ import annotations

import numpy as np

from benchmarks.suites import Suite, Task
from benchmarks.suites.laws import additive, gaussian, independent, monotone, table

_NOISY = 0.7 * np.eye(4) / 4 + 0.3 / 16

_CUBED = monotone(gaussian(0.9), lambda x: x**3, np.exp, "cubed-gaussian-0.9")

SUITE = Suite(
    "smoke",
    (
        Task("gaussian-0.5", gaussian(0.5), "gaussian"),
        Task("gaussian-0.9", gaussian(0.9), "gaussian", "gaussian-0.9"),
        Task("cubed-gaussian-0.9", _CUBED, "gaussian", "gaussian-0.9"),
        Task("gaussian-0.6-3d", gaussian(0.6, 3), "gaussian"),
        Task("gaussian-0.4-10d", gaussian(0.4, 10), "gaussian"),
        Task("additive-0.1", additive(0.1), "additive"),
        Task("additive-0.5", additive(0.5), "additive"),
        Task("symmetric-channel-4", table(_NOISY, "symmetric-channel-4"), "discrete"),
        Task(
            "independent-normal",
            independent("independent-normal", lambda g, n: g.standard_normal(n), lambda g, n: g.standard_normal(n)),
            "independent",
        ),
        Task(
            "independent-uniform-3d",
            independent(
                "independent-uniform-3d", lambda g, n: g.uniform(size=(n, 3)), lambda g, n: g.uniform(size=n), 3
            ),
            "independent",
        ),
    ),
    sizes=(500,),
    seeds=3,
    summary="ten tiny tasks: does everything work?",
)
