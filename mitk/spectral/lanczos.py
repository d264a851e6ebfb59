"""Traces of functions of a large positive semidefinite matrix from a few hundred products with vectors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]

# Width and number of the blocks that find the large eigenvalues; the last two only correct the others.
WIDTH, BLOCKS, KEPT = 32, 8, 6
# Random probes of the rest, and the steps at which convergence is looked at.
PROBES, STEPS = 32, (8, 12, 18, 26, 36)
# Change of the entropy between two looks, in nats, at which the quadrature is good enough.
SETTLED = 1e-4
# Length of a new direction, as a share of the first, below which the Krylov space is exhausted.
SPENT = 1e-10
# Share of a trace that is left after deflation, above rounding errors.
RESOLVED = 1e-9
# Matrices of fewer rows are faster by LAPACK.
LEAST_ROWS = 800


@dataclass(frozen=True)
class Trace:
    """Trace of a function, and its deviation for each probe, from which errors of combinations follow."""

    value: float
    deviations: np.ndarray


class Probed:
    """What random probes saw of the spectrum of a matrix K.

    Parameters
    ----------
    matrix : ndarray of shape (n, n)
        Symmetric and positive semidefinite; n at least `LEAST_ROWS`.
    rng : numpy.random.Generator

    Notes
    -----
    Stochastic Lanczos quadrature (Ubaru, Chen and Saad 2017) with two reductions of variance.

    The large eigenvalues are deflated (as in Hutch++, Meyer et al. 2021): a block Krylov space P of 192 vectors gives
    tr f(T) with T = P' K P; two further blocks, which hold all that K couples P to, give the change of tr f when P
    and the rest are taken apart. The rest, (1 - P P') K (1 - P P'), is seen by 32 Rademacher probes.

    There f is replaced by f - (a + b x + c x^2), least squares over the quadrature's own nodes: the traces of 1, K and
    K^2 are known exactly, so only what a parabola does not fit is left to chance.
    """

    def __init__(self, matrix: np.ndarray, rng: np.random.Generator) -> None:
        n = len(matrix)
        basis, image = _krylov(matrix, rng)
        kept = WIDTH * KEPT
        projected = basis.T @ image
        projected = 0.5 * (projected + projected.T)
        inner, coupled = projected[:kept, :kept], image[:, :kept]
        self._matrix, self._basis = matrix, np.ascontiguousarray(basis[:, :kept])
        self._moments = np.array(
            [
                n - kept,
                np.trace(matrix) - np.trace(inner),
                # |(1 - PP') K (1 - PP')|^2, the coupling taken off both sides.
                np.vdot(matrix, matrix) - 2.0 * np.vdot(coupled, coupled) + np.vdot(inner, inner),
            ]
        )
        # Moments that are differences of nearly equal numbers are no help.
        resolved = self._moments[1:] > RESOLVED * np.array([np.trace(matrix), np.vdot(matrix, matrix)])
        self._degree = 2 if resolved.all() else int(resolved[0])
        probes = np.where(rng.random((n, PROBES)) < 0.5, -1.0, 1.0)
        probes -= self._basis @ (self._basis.T @ probes)
        self._length = np.linalg.norm(probes, axis=0)
        self._next, self._previous = probes / self._length, np.zeros_like(probes)
        self._diagonal: list[np.ndarray] = []
        self._off: list[np.ndarray] = [np.zeros(PROBES)]
        self._whole, self._outside = (
            np.maximum(np.linalg.eigvalsh(part), 0.0) for part in (projected, projected[kept:, kept:])
        )

    def advance(self, steps: int) -> None:
        """Lengthen the recurrence of every probe to `steps` steps."""
        while len(self._diagonal) < steps:
            vector = self._next
            image = self._matrix @ vector
            image -= self._basis @ (self._basis.T @ image)
            image -= self._off[-1] * self._previous
            self._diagonal.append(np.einsum("ij,ij->j", image, vector))
            image -= self._diagonal[-1] * vector
            self._off.append(np.linalg.norm(image, axis=0))
            self._previous, self._next = vector, image / np.maximum(self._off[-1], 1e-300)
        m, index = steps, np.arange(steps)
        tridiagonal = np.zeros((PROBES, m, m))
        tridiagonal[:, index, index] = np.array(self._diagonal[:m]).T
        off = np.array(self._off[1:m]).T
        tridiagonal[:, index[:-1], index[1:]] = tridiagonal[:, index[1:], index[:-1]] = off
        nodes, vectors = np.linalg.eigh(tridiagonal)
        self._nodes = np.maximum(nodes, 0.0)
        self._weights = vectors[:, 0, :] ** 2 * self._length[:, None] ** 2

    def trace(self, function: Function) -> Trace:
        """Trace of a function with f(0) = 0 of the matrix."""
        # tr f of P with its coupling to the rest, which the trace over the rest leaves out.
        large = float(function(self._whole).sum() - function(self._outside).sum())
        scale = max(self._moments[1] / self._moments[0], 1e-300)
        nodes, root = self._nodes.ravel() / scale, np.sqrt(self._weights.ravel())
        parabola = nodes[:, None] ** np.arange(self._degree + 1)
        values = function(self._nodes.ravel())
        fit = np.linalg.lstsq(parabola * root[:, None], values * root, rcond=1e-10)[0]
        left = (self._weights * (values - parabola @ fit).reshape(self._nodes.shape)).sum(axis=1)
        known = float(fit @ (self._moments / scale ** np.arange(3.0))[: self._degree + 1])
        return Trace(large + known + float(left.mean()), left - left.mean())


def lanczos_entropy(matrix: np.ndarray, *, power: float = 1.0, seed: int = 0) -> tuple[float, float]:
    """Shannon entropy in nats of the normalised spectrum of a matrix, and its standard error.

    Parameters
    ----------
    matrix : ndarray of shape (n, n)
        Symmetric and positive semidefinite, n at least `LEAST_ROWS`.
    power : float, default 1.0
        Of the eigenvalues before they are normalised.
    seed : int, default 0

    Returns
    -------
    value : float
    error : float
        From the spread of the probes and the last change of the quadrature.
    """
    seen = Probed(matrix, np.random.default_rng(seed))
    value, spread, change = math.inf, 0.0, math.inf
    for steps in STEPS:
        seen.advance(steps)
        before = value
        value, spread = _entropy(seen, power)
        change = abs(value - before)
        if change < max(SETTLED, 0.3 * spread):
            break
    return value, math.hypot(spread, change)


def _entropy(seen: Probed, power: float) -> tuple[float, float]:
    # H = ln Z - L / Z with Z = tr K^t and L = tr K^t ln K^t.
    total = seen.trace(lambda x: x**power)
    logs = seen.trace(lambda x: x**power * power * np.log(np.where(x > 0.0, x, 1.0)))
    ratio = logs.value / total.value
    each = (total.deviations * (1.0 + ratio) - logs.deviations) / total.value
    return math.log(total.value) - ratio, float(each.std(ddof=1)) / math.sqrt(PROBES)


def _krylov(matrix: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Orthonormal basis of a block Krylov space, shape (n, WIDTH * BLOCKS), and its image under the matrix."""
    n = len(matrix)
    block = np.linalg.qr(rng.standard_normal((n, WIDTH)))[0]
    blocks, images = [block], [matrix @ block]
    while len(blocks) < BLOCKS:
        basis = np.hstack(blocks)
        block, triangle = np.linalg.qr(images[-1] - basis @ (basis.T @ images[-1]))
        # Where the matrix leads nowhere new, rounding errors are all that is left; any direction does as well.
        spent = np.abs(np.diag(triangle)) < SPENT * np.linalg.norm(images[0], axis=0).max()
        block[:, spent] = rng.standard_normal((n, int(spent.sum())))
        for _ in range(2):
            block = np.linalg.qr(block - basis @ (basis.T @ block))[0]
        blocks.append(block)
        images.append(matrix @ block)
    return np.hstack(blocks), np.hstack(images)
