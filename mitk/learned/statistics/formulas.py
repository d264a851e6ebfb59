"""Statistics as formulas over an array's own namespace: NumPy's answer a fit, JAX's have a gradient.

What is found by ranks, by neighbours or by decompositions of matrices comes in; each library has its own way to it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from mitk.numerics.gaussian_mi import gaussian_bias

# Columns whose polynomials are taken, and pairs of polynomial variates that are kept.
COLUMNS, KEPT = 12, 4
# Below these a variance, and a moment whose logarithm is taken, are none.
LEAST_VARIANCE, LEAST_MOMENT = 1e-12, 1e-9

# Added to the variances of controls, which are of the order of 1.
CONTROL_RIDGE = 0.02

# An array of NumPy or of JAX.
Array = Any


class Pairing(NamedTuple):
    """Two sides brought face to face; r = min(dx, dy).

    Attributes
    ----------
    informations : list of 4 arrays of shape (r,)
        -1/2 ln(1 - s^2) of the canonical correlations at each ridge, largest first.
    p, q : array of shape (n, r)
        Paired variates of unit variance.
    white_x, white_y : array of shape (n, dx), (n, dy)
        All variates of a side, those without a partner included.
    spectrum_x, spectrum_y : array of shape (dx,), (dy,)
        Eigenvalues of the sides' correlation matrices, largest first.
    block_x, block_y, block_xy : array
        Correlation matrices.
    plain : float
        Gaussian information without a ridge, nats; only where n > dx + dy + 2.
    """

    informations: list[Array]
    p: Array
    q: Array
    white_x: Array
    white_y: Array
    spectrum_x: Array
    spectrum_y: Array
    block_x: Array
    block_y: Array
    block_xy: Array
    plain: Array


def deviation(values: Array) -> Array:
    """Standard deviation of each column, and a small number for a constant one."""
    xp = values.__array_namespace__()
    return xp.sqrt(xp.maximum(values.var(axis=0), LEAST_VARIANCE))


def standardised(values: Array) -> Array:
    """Columns of mean 0 and standard deviation 1; constant ones are 0."""
    return (values - values.mean(axis=0)) / deviation(values)


def information(r: Array, least: float = 1e-7) -> Array:
    """-1/2 ln(1 - r^2) of correlations, those above 1 - `least` taken for it; single precision knows 1e-7."""
    xp = r.__array_namespace__()
    return -0.5 * xp.log1p(-(xp.minimum(xp.abs(r), 1.0 - least) ** 2))


def signed_information(r: Array) -> Array:
    """-1/2 ln(1 - r^2) with the sign of r."""
    return r.__array_namespace__().sign(r) * information(r, 1e-6)


def largest(values: Array, axis: int = 0) -> Array:
    """Maximum along an axis, whose gradient goes to one place.

    That of JAX's maximum is shared among the values equal to it, and is not finite where a compiler computes the
    values anew with other rounding, so that none is.
    """
    xp = values.__array_namespace__()
    return xp.take_along_axis(values, xp.argmax(values, axis=axis, keepdims=True), axis=axis).squeeze(axis)


def log_radius(white: Array) -> Array:
    """Standardised logarithm of the squared length of each white row."""
    return standardised(white.__array_namespace__().log((white * white).sum(axis=1) + 1e-9))


def basis(white: Array) -> Array:
    """Polynomials of the first canonical variates of a side, standardised; shape (n, f), f at most 60."""
    xp = white.__array_namespace__()
    u = xp.clip(white[:, :COLUMNS], -5.0, 5.0)
    m = u.shape[1]
    squared = xp.minimum((white * white).mean(axis=1, keepdims=True), 9.0)
    parts = [u, u * u, u * squared, squared]
    few = min(m, 4)
    parts += [u[:, i : i + 1] * u[:, i + 1 : few] for i in range(few - 1)]
    parts.append(u[:, :few] * u[:, :few] * u[:, :few])
    if m <= 3:
        parts += [u[:, i : i + 1] ** 2 * u[:, j : j + 1] for i in range(m) for j in range(m) if j != i]
    if m <= 2:
        parts += [xp.sin(1.5 * u), xp.cos(1.5 * u), xp.sin(3.0 * u), xp.cos(3.0 * u)]
    return standardised(xp.hstack(parts))


def curved_statistics(p: Array, q: Array, inside: Array, outside: Array) -> Array:
    """Statistics (k, 8) of polynomial variates p and q (n, k), whose correlations in and out of sample are (2, k)."""
    xp = p.__array_namespace__()
    p2, q2 = p * p, q * q
    fourth_p, fourth_q = xp.log((p2 * p2).mean(axis=0) + 1e-3), xp.log((q2 * q2).mean(axis=0) + 1e-3)
    found = [
        signed_information(outside.mean(axis=0)),
        signed_information(-largest(-outside)),
        signed_information(inside.mean(axis=0)),
        fourth_p + fourth_q,
        xp.abs(fourth_p - fourth_q),
        xp.log((p2 * q2).mean(axis=0) + 1e-3),
        xp.abs(p * q).mean(axis=0),
        xp.log(xp.abs(p - q).mean(axis=0) + 1e-3),
    ]
    return xp.clip(xp.stack(found, axis=1), -20.0, 20.0)


def best_columns(zx: Array, zy: Array) -> tuple[Array, Array, list[Array]]:
    """The pair of columns that themselves or whose squares correlate most, and all columns' best, linear and any.

    Returns
    -------
    axis_x, axis_y : array of shape (n,)
    peaks : list of 4 arrays of shape (dx,), (dy,), (dx,), (dy,)
        -1/2 ln(1 - r^2) of each column's best partner, largest first: linear of x and of y, then of either kind.
    """
    xp = zx.__array_namespace__()
    n, dx = zx.shape
    dy = zy.shape[1]
    wide_x, wide_y = xp.hstack([zx, standardised(zx * zx)]), xp.hstack([zy, standardised(zy * zy)])
    cross = xp.abs(wide_x.T @ wide_y / n)
    straight = cross[:dx, :dy]
    either = xp.maximum(xp.maximum(straight, cross[dx:, :dy]), xp.maximum(cross[:dx, dy:], cross[dx:, dy:]))
    place = xp.argmax(either)
    peaks = [
        information(xp.sort(largest(values, axis), axis=0)[::-1]) for values in (straight, either) for axis in (1, 0)
    ]
    return xp.take(zx, place // dy, axis=1), xp.take(zy, place % dy, axis=1), peaks


def controls(paired: Pairing) -> Array:
    """Of each row what most of a normal law's log ratio is made of, and what is known of all rows; shape (n, 9)."""
    xp = paired.p.__array_namespace__()
    p, q = paired.p[:, :3], paired.q[:, :3]
    return xp.hstack([p * q, p * p, q * q])


def controlled(parts: Array, by: Array) -> Array:
    """Means of contributions (k, m) of the first m rows, less what the controls (n, c) say that these rows are unusual.

    The regression of the contributions on the controls tells what they would be at the controls' mean of all rows.
    """
    xp = parts.__array_namespace__()
    m = parts.shape[1]
    own = by[:m]
    away = own - own.mean(axis=0)
    spread = away.T @ away / m + CONTROL_RIDGE * xp.eye(by.shape[1])
    slopes = xp.linalg.solve(spread, away.T @ (parts - parts.mean(axis=1, keepdims=True)).T / m)
    return parts.mean(axis=1) - (own.mean(axis=0) - by.mean(axis=0)) @ slopes


def token_statistics(paired: Pairing, peaks: Sequence[Array], count: int) -> Array:
    """Statistics (count, 21) of the first canonical pairs."""
    xp = paired.p.__array_namespace__()
    p, q = paired.p[:, :count], paired.q[:, :count]
    p2, q2 = p * p, q * q
    fourth_p, fourth_q = _log((p2 * p2).mean(axis=0)), _log((q2 * q2).mean(axis=0))
    gap = p - q
    third_p, third_q = p * (p2 - 3.0), q * (q2 - 3.0)
    skew_p, skew_q = (p * (q2 - 1.0)).mean(axis=0), (q * (p2 - 1.0)).mean(axis=0)
    spectrum_x, spectrum_y = (xp.log(xp.maximum(s[:count], 1e-6)) for s in (paired.spectrum_x, paired.spectrum_y))
    best = [values[:count] for values in peaks]
    found = [values[:count] for values in paired.informations]
    found += [
        _log((p2 * q2).mean(axis=0)),
        fourth_p + fourth_q,
        xp.abs(fourth_p - fourth_q),
        xp.abs(p * q).mean(axis=0),
        xp.log(xp.abs(gap).mean(axis=0) + 1e-6),
        _log((gap * gap).mean(axis=0)),
        ((p2 - 1.0) * (q2 - 1.0)).mean(axis=0),
        (third_p * third_q).mean(axis=0) / 6.0,
        (p * third_q + third_p * q).mean(axis=0),
        xp.abs((p * third_q - third_p * q).mean(axis=0)),
        xp.sqrt(skew_p**2 + skew_q**2 + 1e-12),
        best[0] + best[1],
        xp.abs(best[0] - best[1]),
        best[2] + best[3],
        xp.abs(best[2] - best[3]),
        spectrum_x + spectrum_y,
        xp.abs(spectrum_x - spectrum_y),
    ]
    return xp.clip(xp.stack(found, axis=1), -20.0, 20.0)


def overall_statistics(zx: Array, zy: Array, paired: Pairing, radius_x: Array, radius_y: Array) -> Array:
    """Sizes, informations of all pairs, radii, tails and correlations of the whole; shape (31,)."""
    xp = zx.__array_namespace__()
    n, dx = zx.shape
    dy = zy.shape[1]
    low, high = min(dx, dy), max(dx, dy)
    enough = n > dx + dy + 2
    bias = gaussian_bias(n, dx, dy) if enough else 0.0
    square_x, square_y = (zx * zx).sum(axis=1), (zy * zy).sum(axis=1)
    wide_x, wide_y = (deviation(square) / math.sqrt(2.0 * d) for square, d in ((square_x, dx), (square_y, dy)))
    flat_x, flat_y, tail_x, tail_y = (_log((s**2 * s**2).mean()) for s in (zx, zy, paired.white_x, paired.white_y))
    block_x, block_y = xp.abs(paired.block_x).mean(), xp.abs(paired.block_y).mean()
    across = paired.block_xy
    sizes = (math.log(n), math.log(low), math.log(high), low / 16.0, high / 16.0, min((dx + dy) / n, 5.0))
    found = [
        *sizes,
        float(enough),
        *(values.sum() for values in paired.informations),
        *(largest(values) for values in paired.informations),
        min(bias, 20.0),
        paired.plain - bias,
        *both(deviation(radius_x), deviation(radius_y)),
        (radius_x * radius_y).mean(),
        (standardised(square_x) * standardised(square_y)).mean(),
        *both(wide_x, wide_y),
        flat_x + flat_y,
        *both(tail_x, tail_y),
        *both(block_x, block_y),
        xp.abs(across).mean(),
        xp.log((across**2).mean() * n + 1e-6),
        across.mean(),
    ]
    return xp.stack([xp.asarray(value) for value in found])


def both(of_x: Array, of_y: Array) -> tuple[Array, Array]:
    """A value of each side, so that it does not matter which is which: their sum and their distance."""
    return of_x + of_y, abs(of_x - of_y)


def _log(values: Array) -> Array:
    return values.__array_namespace__().log(values + LEAST_MOMENT)
