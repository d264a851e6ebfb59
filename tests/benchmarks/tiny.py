"""A suite of two tasks, to be found by its module."""

from benchmarks.suites import Suite, Task
from benchmarks.suites.laws import gaussian

SUITE = Suite("tiny", (Task("weak", gaussian(0.3), "gaussian"), Task("strong", gaussian(0.9), "gaussian")), sizes=(30,))
