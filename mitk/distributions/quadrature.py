"""Expectations by quadrature, each refined until two grids agree."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import gammaln

# Two successive grids must agree to this many nats.
TOLERANCE = 1e-10


def refined(rule: Callable[[int], float], start: int = 1, limit: int = 64) -> float:
    """`rule(k)` for k = start, 2 start, ... until two values agree to TOLERANCE or k passes `limit`."""
    k, value = start, rule(start)
    while k < limit:
        k *= 2
        finer = rule(k)
        if abs(finer - value) < TOLERANCE:
            return finer
        value = finer
    return value


def chi_square_mean(function: Callable[[np.ndarray], np.ndarray], d: int) -> float:
    """E f(Q) for Q chi-square with `d` degrees of freedom.

    The trapezoid rule in t = ln Q, whose integrand vanishes at both ends with all its derivatives, converges
    faster than any power of the step.
    """

    def rule(k: int) -> float:
        t, step = np.linspace(-90.0 / d, np.log(d + 40.0 * np.sqrt(d) + 200.0), 250 * k, retstep=True)
        q = np.exp(t)
        log_density = 0.5 * d * (t - np.log(2.0)) - 0.5 * q - gammaln(0.5 * d)
        return float(step * (np.exp(log_density) * function(q)).sum())

    return refined(rule)


def unit_interval_mean(function: Callable[[np.ndarray], np.ndarray]) -> float:
    """E f(U) for U uniform on (0, 1), by the tanh-sinh rule, which forgives logarithms at the ends."""

    def rule(k: int) -> float:
        t, step = np.linspace(-3.2, 3.2, 64 * k + 1, retstep=True)
        inner = 0.5 * np.pi * np.sinh(t)
        u = 1.0 / (1.0 + np.exp(-2.0 * inner))
        weight = 0.25 * np.pi * np.cosh(t) / np.cosh(inner) ** 2
        return float(step * (weight * function(u)).sum())

    return refined(rule)


def normal_mean(function: Callable[[np.ndarray], np.ndarray]) -> float:
    """E f(Z) for Z standard normal, by the trapezoid rule."""

    def rule(k: int) -> float:
        z, step = np.linspace(-12.0, 12.0, 120 * k + 1, retstep=True)
        return float(step * (np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi) * function(z)).sum())

    return refined(rule)
