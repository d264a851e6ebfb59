"""Estimators that do what estimators must not."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass

from mitk import Estimator, Found, Prepared, Samples, Tags


@dataclass(frozen=True, kw_only=True)
class Zero(Estimator):
    """Says zero; prints, to be a nuisance on the pipe to the parent.

    Parameters
    ----------
    pause : float
        Seconds to sleep first.
    """

    pause: float = 0.0

    @property
    def tags(self) -> Tags:
        return Tags(summary="zero")

    def _value(self, prepared: Prepared) -> Found:
        print("hello from process", os.getpid())
        time.sleep(self.pause)
        return Found(0.0, diagnostics={"pid": os.getpid()})


@dataclass(frozen=True, kw_only=True)
class Hangs(Zero):
    """Never comes back on dependent data of much information."""

    def _value(self, prepared: Prepared) -> Found:
        samples = prepared.samples
        if strong(samples):
            time.sleep(1000)
        return Found(0.0)


@dataclass(frozen=True, kw_only=True)
class Crashes(Zero):
    """Takes its process down."""

    def _value(self, prepared: Prepared) -> Found:
        samples = prepared.samples
        if strong(samples):
            os.kill(os.getpid(), signal.SIGKILL)
        return Found(0.0)


@dataclass(frozen=True, kw_only=True)
class Raises(Zero):
    """Raises."""

    def _value(self, prepared: Prepared) -> Found:
        samples = prepared.samples
        if strong(samples):
            raise RuntimeError("too strong\nsecond line")
        return Found(0.0)


@dataclass(frozen=True, kw_only=True)
class ReturnsNan(Zero):
    """Returns nan."""

    def _value(self, prepared: Prepared) -> Found:
        samples = prepared.samples
        return Found(float("nan") if strong(samples) else 0.0)


@dataclass(frozen=True, kw_only=True)
class Flips(Zero):
    """Says its seed, so that the seed of a cell is seen to arrive."""

    def _value(self, prepared: Prepared) -> Found:
        return Found(float(self.seed))


def strong(samples: Samples) -> bool:
    """Whether this is the task of correlation 0.9 and not that of 0.3."""
    x, y = samples.x.values[:, 0], samples.y.values[:, 0]
    return float((x * y).mean() / (x.std() * y.std())) > 0.65
