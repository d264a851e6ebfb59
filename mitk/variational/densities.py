"""Densities with an exact logarithm, as flax modules: triangular flows over an elliptical base, conditional or not.

A `Density` maps columns y to a law that is known, through maps whose Jacobians are: a linear regression on the
condition, a matrix, then blocks of a shift and a scale for each column (by a network of the condition and of the
columns before it) and a monotone rational-quadratic spline for each column. The base is a Student law of learned
degrees of freedom, so that normal and elliptical laws are exact before anything is trained.
"""

from __future__ import annotations

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from mitk.variational.encoders import MLP

Array = jax.Array
# Widest spline that is not fitted to data, in standard deviations each way.
REACH = 3.5
LEAST_BIN = 1e-3
# Of the exponential series of half a turn: to 1e-5 at an angle of 4.
TERMS = 10
# Radians of a turn per unit of the trained parameter, which the optimiser moves by its rate.
SPEED = 2.0
# Log scales that networks add are bounded smoothly by this.
LARGEST_LOG_SCALE = 4.0


class Spline(nnx.Module):
    """A monotone rational-quadratic spline for each column, linear outside its knots.

    Parameters
    ----------
    columns, bins : int
    knots : Array of shape (2, columns, bins + 1), optional
        Increasing abscissae and ordinates; the identity on [-3.5, 3.5] by default.

    References
    ----------
    * C. Durkan, A. Bekasov, I. Murray, G. Papamakarios, "Neural spline flows", NeurIPS 2019, arXiv:1906.04032.
    """

    def __init__(self, columns: int, bins: int, knots: Array | None = None) -> None:
        if knots is None:
            knots = jnp.broadcast_to(jnp.linspace(-REACH, REACH, bins + 1), (2, columns, bins + 1))
        steps = jnp.diff(knots, axis=2)
        slopes = steps[1] / steps[0]
        inner = jnp.sqrt(slopes[:, 1:] * slopes[:, :-1])
        slopes = jnp.concatenate([slopes[:, :1], inner, slopes[:, -1:]], axis=1)
        self.origin = nnx.Param(knots[:, :, 0])
        self.log_steps = nnx.Param(jnp.log(jnp.maximum(steps - LEAST_BIN, LEAST_BIN)))
        self.log_slopes = nnx.Param(jnp.log(slopes))

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Images of rows (n, columns) and the logarithm of their slopes (n, columns)."""
        steps = jnp.exp(self.log_steps[...]) + LEAST_BIN
        start = self.origin[...]
        knots = start[:, :, None] + jnp.concatenate(
            [jnp.zeros_like(steps[:, :, :1]), jnp.cumsum(steps, axis=2)], axis=2
        )
        slopes = jnp.exp(self.log_slopes[...])
        inside = jnp.clip(z, knots[0, :, 0], knots[0, :, -1])
        # Sums of the steps between bins: a gather's gradient is a scatter, which is slow on a CPU.
        above = (inside >= knots[0, :, 1:-1].T[:, None]).astype(z.dtype)
        table = jnp.stack([knots[0, :, :-1], knots[1, :, :-1], steps[0], steps[1], slopes[:, :-1], slopes[:, 1:]])
        passed = jnp.einsum("knj,pjk->pnj", above, jnp.diff(table, axis=2))
        left, bottom, width, height, first, second = table[:, None, :, 0] + passed
        at = (inside - left) / width
        rise, middle = height / width, at * (1.0 - at)
        below = rise + (first + second - 2.0 * rise) * middle
        image = bottom + height * (rise * at**2 + first * middle) / below
        slope = first * (1.0 - at) ** 2 + 2.0 * rise * middle + second * at**2
        log_slope = 2.0 * (jnp.log(rise) - jnp.log(below)) + jnp.log(slope)
        return image + jnp.exp(log_slope) * (z - inside), log_slope


class Masked(nnx.Module):
    """A network some of whose outputs see some of its inputs: those of lower rank.

    Parameters
    ----------
    inputs, outputs : tuple of int
        Rank of each input and output; 0 is seen by all outputs, whose ranks start at 1.
    width, depth : int
        Hidden layers.
    rngs : nnx.Rngs
    bias : Array, optional
        Of the last layer, whose weights start at 0; 0 by default.

    References
    ----------
    * M. Germain, K. Gregor, I. Murray, H. Larochelle, "MADE: masked autoencoder for distribution estimation", ICML
      2015, arXiv:1502.03509.
    """

    def __init__(
        self,
        inputs: tuple[int, ...],
        outputs: tuple[int, ...],
        *,
        width: int,
        depth: int,
        rngs: nnx.Rngs,
        bias: Array | None = None,
    ) -> None:
        self.inputs, self.outputs = inputs, outputs
        shapes = list(itertools.pairwise([len(inputs), *[width] * depth]))
        counts = [a * b for a, b in shapes]
        # One draw for all layers: every draw of its own costs compilation.
        drawn = jnp.split(jax.random.uniform(rngs.params(), (sum(counts),), minval=-1.0), np.cumsum(counts)[:-1])
        self.kernels = nnx.List(
            [nnx.Param(part.reshape(a, b) * math.sqrt(3.0 / a)) for part, (a, b) in zip(drawn, shapes, strict=True)]
        )
        self.biases = nnx.List([nnx.Param(jnp.zeros(b)) for _, b in shapes])
        self.last_kernel = nnx.Param(jnp.zeros((width, len(outputs))))
        self.last_bias = nnx.Param(jnp.zeros(len(outputs)) if bias is None else bias)

    def __call__(self, value: Array) -> Array:
        """Map rows of shape (n, inputs) to (n, outputs)."""
        rank = np.array(self.inputs)
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            # Equal shares of the units see ranks up to 0, 1, ...
            units = np.arange(bias.shape[-1]) % max(self.outputs)
            value = nnx.gelu(value @ (kernel[...] * (rank[:, None] <= units)) + bias[...])
            rank = units
        return value @ (self.last_kernel[...] * (rank[:, None] < np.array(self.outputs))) + self.last_bias[...]


class Triangular(nnx.Module):
    """A shift and a log scale for each column from a condition and the columns before it, 0 at the start.

    Parameters
    ----------
    columns, condition : int
        Columns of y and of the condition.
    width, depth : int
    rngs : nnx.Rngs
    """

    def __init__(self, columns: int, condition: int, *, width: int, depth: int, rngs: nnx.Rngs) -> None:
        ranks = tuple(range(1, columns + 1))
        self.network = Masked((0,) * condition + ranks, ranks * 2, width=width, depth=depth, rngs=rngs)

    def __call__(self, z: Array, condition: Array) -> tuple[Array, Array]:
        """Shift and log scale, both (n, columns)."""
        shift, log_scale = jnp.split(self.network(jnp.concatenate([condition, z], axis=1)), 2, axis=1)
        return shift, LARGEST_LOG_SCALE * jnp.tanh(log_scale / LARGEST_LOG_SCALE)


class Block(nnx.Module):
    """z -> spline((z - shift) / scale), columns in reverse order for the block that follows."""

    def __init__(
        self, columns: int, condition: int, *, width: int, depth: int, bins: int, knots: Array | None, rngs: nnx.Rngs
    ) -> None:
        self.triangular = Triangular(columns, condition, width=width, depth=depth, rngs=rngs)
        self.spline = Spline(columns, bins, knots)

    def __call__(self, z: Array, condition: Array) -> tuple[Array, Array]:
        """Images of rows (n, columns), and the log determinant of each, (n,)."""
        shift, log_scale = self.triangular(z, condition)
        image, log_slope = self.spline((z - shift) * jnp.exp(-log_scale))
        return image[:, ::-1], jnp.sum(log_slope - log_scale, axis=1)


class Density(nnx.Module):
    """ln q(y | c), or ln s(y) where the condition is always 0.

    Parameters
    ----------
    columns, condition : int
        Columns of y and of the condition.
    blocks, width, depth, bins : int
    rngs : nnx.Rngs
    regression : Array of shape (condition, columns), optional
        The linear part of the location, in the units of the residual, so that a step of the optimiser is a small one
        however strong the dependence; 0 by default.
    matrix : Array of shape (columns, columns), optional
        Rows of y are multiplied by it first; the unit matrix by default.
    offset : Array of shape (columns,), optional
        Added to the residual; 0 by default.
    tails : Array of shape (3,), optional
        1 / dof of the base; `g` and `nu` in ln scale(c) = g/2 ln((nu + |c|^2) / (nu + dim c)): with g = 1 the scale
        that an elliptical law of nu degrees of freedom has given c; with g = 0 none.
    knots : Array of shape (2, columns, bins + 1), optional
        Of the first block's spline.
    """

    def __init__(
        self,
        columns: int,
        condition: int,
        *,
        blocks: int,
        width: int,
        depth: int,
        bins: int,
        rngs: nnx.Rngs,
        regression: Array | None = None,
        matrix: Array | None = None,
        offset: Array | None = None,
        tails: Array | None = None,
        knots: Array | None = None,
    ) -> None:
        self.condition = condition
        self.regression = nnx.Param(jnp.zeros((condition, columns)) if regression is None else regression)
        self.offset = nnx.Param(jnp.zeros(columns) if offset is None else offset)
        self.matrix = nnx.Param(jnp.eye(columns) if matrix is None else matrix)
        tails = jnp.array([1e-3, 0.0, 1e3]) if tails is None else tails
        self.log_inverse_dof = nnx.Param(jnp.log(tails[0]))
        self.share, self.log_dof = nnx.Param(tails[1]), nnx.Param(jnp.log(tails[2]))
        sizes = {"width": width, "depth": depth, "bins": bins}
        first = [knots, *[None] * (blocks - 1)]
        self.blocks = nnx.List([Block(columns, condition + 1, knots=own, rngs=rngs, **sizes) for own in first])

    def __call__(self, y: Array, condition: Array) -> Array:
        """Log density of each row, (n,), nats."""
        matrix = self.matrix[...]
        z = y @ matrix.T - condition @ self.regression[...] + self.offset[...]
        log_det = jnp.full(y.shape[0], jnp.linalg.slogdet(matrix)[1])
        squared = jnp.sum(condition**2, axis=1)
        dof = jnp.exp(self.log_dof[...])
        log_scale = 0.5 * self.share[...] * jnp.log((dof + squared) / (dof + self.condition))
        z, log_det = z * jnp.exp(-log_scale)[:, None], log_det - log_scale * y.shape[1]
        radius = jnp.log1p(squared / self.condition)[:, None] - math.log(2.0)
        condition = jnp.concatenate([condition, radius], axis=1)
        for block in self.blocks:
            z, more = block(z, condition)
            log_det += more
        return log_det + log_student(z, jnp.exp(jnp.clip(self.log_inverse_dof[...], -8.0, 0.7)))


class Twist(nnx.Module):
    """b -> exp(t(|b|^2) G) b with an antisymmetric G, 0 at the start, and t = |b|^2 / d - 1, within [-1, 4].

    Rotations that grow with the norm keep norms and volumes, so densities need no Jacobian; spherical laws stay as
    they are.

    Parameters
    ----------
    columns : int
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.generator = nnx.Param(jnp.zeros((columns, columns)))

    def __call__(self, rows: Array) -> Array:
        """Turned rows, (n, columns)."""
        if self.columns == 1:
            return rows
        generator = SPEED * (self.generator[...] - self.generator[...].T)
        turn = jnp.clip(jnp.sum(rows**2, axis=1, keepdims=True) / self.columns - 1.0, -1.0, 4.0)

        def term(carry: tuple[Array, Array], order: Array) -> tuple[tuple[Array, Array], None]:
            total, last = carry
            last = turn / 2.0 / order * (last @ generator)
            return (total + last, last), None

        for _ in range(2):
            # Taylor's series of half the turn, twice.
            (rows, _last), _ = jax.lax.scan(term, (rows, rows), jnp.arange(1.0, TERMS + 1.0))
        return rows


class GaussianDensity(nnx.Module):
    """A normal law whose location and log scales, along learned directions, are a network's of the condition.

    Parameters
    ----------
    columns, condition : int
    width, depth : int
    rngs : nnx.Rngs
    regression, matrix, offset : Array, optional
        As in `Density`.
    """

    def __init__(
        self,
        columns: int,
        condition: int,
        *,
        width: int,
        depth: int,
        rngs: nnx.Rngs,
        regression: Array | None = None,
        matrix: Array | None = None,
        offset: Array | None = None,
    ) -> None:
        self.regression = nnx.Param(jnp.zeros((condition, columns)) if regression is None else regression)
        self.matrix = nnx.Param(jnp.eye(columns) if matrix is None else matrix)
        self.offset = nnx.Param(jnp.zeros(columns) if offset is None else offset)
        self.moments = MLP(condition, 2 * columns, width=width, depth=depth, zero=True, rngs=rngs)

    def __call__(self, y: Array, condition: Array) -> Array:
        """Log density of each row, (n,), nats."""
        matrix = self.matrix[...]
        z = y @ matrix.T - condition @ self.regression[...] + self.offset[...]
        shift, log_scale = jnp.split(self.moments(condition), 2, axis=1)
        log_scale = LARGEST_LOG_SCALE * jnp.tanh(log_scale / LARGEST_LOG_SCALE)
        z, log_det = (z - shift) * jnp.exp(-log_scale), jnp.linalg.slogdet(matrix)[1] - jnp.sum(log_scale, axis=1)
        return log_det - 0.5 * jnp.sum(z**2, axis=1) - 0.5 * z.shape[1] * math.log(2.0 * math.pi)


def log_student(z: Array, inverse_dof: Array) -> Array:
    """Log density of a standard Student law of rows z (n, d), nats, with 1 / dof; the normal law in the limit 0."""
    d = z.shape[1]
    half = 0.5 / inverse_dof
    # ln Gamma(a + d/2) - ln Gamma(a) - d/2 ln a for a = dof / 2, without the cancellation of two large logarithms.
    ratio = jnp.sum(jnp.log1p((np.arange(d // 2) + d % 2 / 2) / half))
    if d % 2:
        ratio += _half_step(half)
    tail = (half + d / 2.0) * jnp.log1p(jnp.sum(z**2, axis=1) * inverse_dof)
    return ratio - 0.5 * d * math.log(2.0 * math.pi) - tail


def _half_step(a: Array) -> Array:
    """Ln Gamma(a + 1/2) - ln Gamma(a) - 1/2 ln a by Stirling's series after eight steps of the recurrence."""
    b = a + 8.0
    steps = jnp.sum(jnp.log1p(0.5 / (a + np.arange(8.0))))
    return 0.5 * jnp.log1p(8.0 / a) - 1.0 / (8.0 * b) + 1.0 / (192.0 * b**3) - steps
