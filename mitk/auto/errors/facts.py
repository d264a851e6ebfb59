"""What tells how a reading errs: few facts, of its own, so that what is learned of them holds for other laws too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from mitk.auto.combination import LEAST_ERROR, SMALL
from mitk.auto.errors.evidence import METHODS, Evidence

# Standard deviations beyond which a fact tells no more.
FAR = 3.0

Fact = Callable[[Evidence], np.ndarray]


def log_rows(e: Evidence) -> np.ndarray:
    """Logarithm of the number of rows."""
    return np.log(e["rows"])


def alone(e: Evidence) -> np.ndarray:
    """Whether the network does not count: columns of one side determine each other, or it did not answer."""
    return np.isnan(e["mist.value"]).astype(float)


def joint(e: Evidence) -> np.ndarray:
    """Logarithm of the dimension of both sides together."""
    return np.log(np.maximum(e["joint"], 1.0))


def own_verdict(e: Evidence) -> np.ndarray:
    """Whether residuals do not doubt themselves."""
    return e["residual-entropy.ok"]


def normality(e: Evidence) -> np.ndarray:
    """How far ranks read more than correlations do, in their errors, squeezed."""
    error = np.hypot(half_width(e, "copula"), half_width(e, "gaussian"))
    return np.arcsinh((e["copula.value"] - e["gaussian.value"]) / error)


def surpassed(e: Evidence) -> np.ndarray:
    """How far residuals, which show at least what they show, read more than the network, in their errors, squeezed."""
    error = np.hypot(half_width(e, "mist"), half_width(e, "residual-entropy"))
    return np.arcsinh(np.maximum(e["residual-entropy.value"] - e["mist.value"], 0.0) / error)


def magnitude(method: str) -> Fact:
    """Logarithm of what a method reads, from a twentieth of a nat on."""
    return lambda e: np.log(SMALL + np.maximum(e[f"{method}.value"], 0.0))


def half_width(e: Evidence, method: str) -> np.ndarray:
    """Half the width of a reading's interval at 95 %, nats."""
    return np.maximum(0.5 * (e[f"{method}.high"] - e[f"{method}.low"]), LEAST_ERROR)


FACTS: Mapping[str, tuple[Fact, ...]] = MappingProxyType(
    {
        "mist": (log_rows, magnitude("mist"), surpassed),
        "ksg": (joint, log_rows, magnitude("ksg"), alone),
        "residual-entropy": (own_verdict, log_rows, magnitude("residual-entropy")),
        "copula": (normality, magnitude("copula")),
        "gaussian": (normality, magnitude("gaussian")),
    }
)


def facts(e: Evidence, scale: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Facts (b, f) of each method, standardised and cut off far out; an unknown one is as usual."""
    found = {}
    for method in METHODS:
        z = (raw(e, method) - scale[f"{method}.mean"]) / scale[f"{method}.deviation"]
        found[method] = np.where(np.isfinite(z), np.clip(z, -FAR, FAR), 0.0)
    return found


def raw(e: Evidence, method: str) -> np.ndarray:
    """Facts (b, f) of a method as they stand; NaN where unknown."""
    return np.column_stack([fact(e) for fact in FACTS[method]])
