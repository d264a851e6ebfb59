"""Small joint laws of known information from which the prior builds larger ones.

Every block returns rows `x` (n, dx) and `y` (n, dy) and the information between them in nats. Independent blocks side
by side add their informations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import digamma, gammaln, ndtri

Block = tuple[np.ndarray, np.ndarray, float]
Maker = Callable[[np.random.Generator, int], Block]

# Draws behind a Monte Carlo truth: a standard error of about 0.01 nats.
DRAWS = 6_000
GRID = 224
# Nodes of either part of a sum.
NODES = 400
# Centres along a curve, and cells of the plane a side.
CENTRES, CELLS = 480, 160


def correlation_of(information: float) -> float:
    """Correlation of a normal pair of that information: sqrt(1 - exp(-2 I))."""
    return math.sqrt(-math.expm1(-2.0 * information))


def draw_information(rng: np.random.Generator, top: float = 3.0) -> float:
    """Information of one pair in nats: log-uniform from 0.01 with a uniform part up to `top`."""
    return float(math.exp(rng.uniform(math.log(0.01), math.log(top))) if rng.random() < 0.6 else rng.uniform(0.0, top))


def normal_pair(rng: np.random.Generator, n: int) -> Block:
    """A normal pair."""
    information = draw_information(rng)
    r = correlation_of(information)
    x = rng.standard_normal((n, 1))
    y = r * x + math.sqrt(1.0 - r * r) * rng.standard_normal((n, 1))
    return x, y * rng.choice([-1.0, 1.0]), information


def additive_uniform_pair(rng: np.random.Generator, n: int) -> Block:
    """X uniform on (0, 1) and Y = X + uniform noise on (-e, e)."""
    width = rng.uniform(0.1, 2.0)
    x = rng.uniform(size=(n, 1))
    information = 0.25 / width if width > 0.5 else width - math.log(2.0 * width)
    return x, x + rng.uniform(-width, width, (n, 1)), information


def student_pair(rng: np.random.Generator, n: int) -> Block:
    """A bivariate Student law."""
    freedom = float(math.exp(rng.uniform(0.0, math.log(15.0))))
    information = draw_information(rng, 2.0) * (rng.random() < 0.7)
    r = correlation_of(information)
    x = rng.standard_normal((n, 1))
    y = r * x + math.sqrt(1.0 - r * r) * rng.standard_normal((n, 1))
    scale = 1.0 / np.sqrt(rng.chisquare(freedom, (n, 1)) / freedom)
    return x * scale, y * scale, information + student_excess(freedom, 1, 1)


def student_excess(freedom: float, dx: int, dy: int) -> float:
    """Information of a Student law beyond that of the normal law of the same dispersion, in nats."""

    def c(a: float) -> float:
        return float(gammaln(a / 2.0) - a / 2.0 * digamma(a / 2.0))

    return c(freedom) + c(freedom + dx + dy) - c(freedom + dx) - c(freedom + dy)


def clayton_pair(rng: np.random.Generator, n: int) -> Block:
    """Uniform margins with Clayton's copula, turned at random."""
    theta = float(math.exp(rng.uniform(math.log(0.1), math.log(8.0))))

    def draw(m: int) -> tuple[np.ndarray, np.ndarray]:
        u, w = rng.uniform(1e-12, 1.0, (2, m))
        return u, (u**-theta * (w ** (-theta / (1.0 + theta)) - 1.0) + 1.0) ** (-1.0 / theta)

    def log_density(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        log_sum = np.log(u**-theta + v**-theta - 1.0)
        return math.log1p(theta) - (1.0 + theta) * np.log(u * v) - (2.0 + 1.0 / theta) * log_sum

    return _copula(rng, n, draw, log_density)


def frank_pair(rng: np.random.Generator, n: int) -> Block:
    """Uniform margins with Frank's copula."""
    theta = float(math.exp(rng.uniform(math.log(0.5), math.log(30.0))))
    top = -math.expm1(-theta)

    def draw(m: int) -> tuple[np.ndarray, np.ndarray]:
        u, w = rng.uniform(1e-12, 1.0 - 1e-12, (2, m))
        a = np.exp(-theta * u)
        v = -np.log1p(-w * top / (w + (1.0 - w) * a)) / theta
        return u, np.clip(v, 1e-12, 1.0 - 1e-12)

    def log_density(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        below = top - np.expm1(-theta * u) * np.expm1(-theta * v)
        return math.log(theta * top) - theta * (u + v) - 2.0 * np.log(below)

    return _copula(rng, n, draw, log_density)


def _copula(rng: np.random.Generator, n: int, draw: Callable, log_density: Callable) -> Block:
    information = float(np.mean(log_density(*draw(DRAWS))))
    u, v = draw(n)
    if rng.random() < 0.5:
        u, v = 1.0 - u, 1.0 - v
    if rng.random() < 0.5:
        v = 1.0 - v
    return ndtri(np.clip(u, 1e-15, 1 - 1e-15))[:, None], ndtri(np.clip(v, 1e-15, 1 - 1e-15))[:, None], information


_LINKS: tuple[Callable[[np.ndarray, float], np.ndarray], ...] = (
    lambda x, a: x**2 + 0.3 * (a - 1.0) * x,
    lambda x, a: np.sin((0.5 + 1.5 * a) * x),
    lambda x, a: np.abs(x) + 0.3 * (a - 1.0) * x,
    lambda x, a: x**3 / 3.0 - (0.5 + a) * x,
    lambda x, a: np.tanh(3.0 * a * x),
    lambda x, a: np.floor((0.5 + a) * x + 0.3),
    lambda x, a: np.cos((0.5 + 2.0 * a) * x + a),
    lambda x, a: np.exp(0.7 * a * x),
)


def noisy_function_pair(rng: np.random.Generator, n: int) -> Block:
    """Y = f(X) + s(X) e: f of many shapes, s constant or growing with abs(X), e normal."""
    link = _LINKS[rng.integers(len(_LINKS))]
    a = rng.uniform(0.2, 2.0)
    scale = float(math.exp(rng.uniform(math.log(0.05), math.log(2.0))))
    growth = rng.uniform(0.2, 1.5) if rng.random() < 0.3 else 0.0
    uniform = rng.random() < 0.3

    def law_of_x(u: np.ndarray) -> np.ndarray:
        return (u - 0.5) * 4.0 if uniform else ndtri(u)

    def spread(x: np.ndarray) -> np.ndarray:
        return scale * (1.0 + growth * np.abs(x))

    x = law_of_x(rng.uniform(1e-12, 1.0 - 1e-12, (n, 1)))
    y = link(x, a) + spread(x) * rng.standard_normal((n, 1))
    nodes = law_of_x((np.arange(GRID) + 0.5) / GRID)
    return x, y, _noisy_information(link(nodes, a), spread(nodes))


def scale_pair(rng: np.random.Generator, n: int) -> Block:
    """Y = s(X) e: uncorrelated, only the spread of Y depends on X."""
    strength = rng.uniform(0.2, 2.0)
    even = rng.random() < 0.5
    floor = rng.uniform(0.02, 0.5)

    def spread(x: np.ndarray) -> np.ndarray:
        return floor + np.abs(x) ** strength if even else np.exp(strength * x)

    x = rng.standard_normal((n, 1))
    nodes = ndtri((np.arange(GRID) + 0.5) / GRID)
    information = _noisy_information(np.zeros_like(nodes), spread(nodes))
    return x, spread(x) * rng.standard_normal((n, 1)), information


def _noisy_information(mean: np.ndarray, spread: np.ndarray) -> float:
    """h(Y) - E ln s - h(e) of Y = mean + s e over equally likely nodes, e standard normal, in nats."""
    low, high = mean - 7.0 * spread, mean + 7.0 * spread
    # Equally likely values of Y, and between them where the density lives: quantiles of a mixture.
    edges = np.quantile(
        np.concatenate([mean + t * spread for t in (-2.5, -1.5, -0.7, 0.0, 0.7, 1.5, 2.5)]), np.linspace(0.0, 1.0, GRID)
    )
    edges = np.unique(np.concatenate([np.linspace(low.min(), high.max(), GRID), edges]))
    middle, width = (edges[1:] + edges[:-1]) / 2.0, np.diff(edges)
    density = normal_density(middle, mean, spread).mean(axis=1, dtype=np.float64)
    weight = density * width
    entropy = -float(np.sum(weight * np.log(np.maximum(density, 1e-300)))) / float(weight.sum())
    entropy += math.log(weight.sum())
    return entropy - float(np.mean(np.log(spread))) - 0.5 * math.log(2.0 * math.pi * math.e)


def normal_density(at: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Densities (a, m) at values (a,) of normals (m,); in float32, which is all that a truth of 0.01 nats needs."""
    root = np.float32(math.sqrt(0.5))
    scale = (root / spread).astype(np.float32)
    # Centred before it is rounded.
    centre = float(mean.mean())
    away = (at - centre).astype(np.float32)[:, None] * scale - (mean - centre).astype(np.float32) * scale
    np.multiply(away, away, out=away)
    np.negative(away, out=away)
    # Smaller densities are nothing beside these, and slow to multiply.
    np.maximum(away, -40.0, out=away)
    np.exp(away, out=away)
    away *= scale * np.float32(1.0 / math.sqrt(math.pi))
    return away


def noise_pair(rng: np.random.Generator, n: int) -> Block:
    """Y = X + e with X and e of different shapes: normal, Laplace, uniform, logistic."""
    shape_x, shape_e = rng.integers(4, size=2)
    scale = float(math.exp(rng.uniform(math.log(0.1), math.log(3.0))))
    x = _QUANTILES[shape_x](rng.uniform(1e-9, 1 - 1e-9, n))
    e = scale * _QUANTILES[shape_e](rng.uniform(1e-9, 1 - 1e-9, n))
    nodes = _QUANTILES[shape_x]((np.arange(NODES) + 0.5) / NODES)
    # y from the law itself, stratified: the mean of -ln p(y) over it is the entropy.
    strata = _QUANTILES[shape_e](rng.permutation((np.arange(NODES) + 0.5) / NODES))
    y = nodes + scale * strata
    gaps = ((y[:, None] - nodes) / scale).astype(np.float32)
    density = _DENSITIES[shape_e](gaps).mean(axis=1, dtype=np.float64) / scale
    information = -float(np.mean(np.log(density))) - math.log(scale) - _ENTROPIES[shape_e]
    return x[:, None], (x + e)[:, None], information


_QUANTILES: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    ndtri,
    lambda u: -np.sign(u - 0.5) * np.log1p(-2.0 * np.abs(u - 0.5)),
    lambda u: 2.0 * u - 1.0,
    lambda u: np.log(u) - np.log1p(-u),
)
_DENSITIES: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    lambda t: np.exp(-0.5 * t * t) / math.sqrt(2.0 * math.pi),
    lambda t: 0.5 * np.exp(-np.abs(t)),
    lambda t: 0.5 * (np.abs(t) <= 1.0),
    lambda t: (e := np.exp(-np.abs(t))) / (1.0 + e) ** 2,
)
_ENTROPIES = (0.5 * math.log(2.0 * math.pi * math.e), 1.0 + math.log(2.0), math.log(2.0), 2.0)


def mixture(rng: np.random.Generator, n: int, dx: int = 1, dy: int = 1) -> Block:
    """A mixture of normal laws with means and covariances at random, some of them crossing as an X."""
    d = dx + dy
    m = int(rng.integers(2, 6)) if rng.random() < 0.8 else int(rng.integers(6, 13))
    weights = rng.dirichlet(np.full(m, 3.0))
    spread = rng.uniform(0.0, 5.0) * (rng.random() < 0.8)
    means = spread * rng.standard_normal((m, d))
    if rng.random() < 0.3:
        corners = rng.choice([-1.0, 1.0], size=(m, d))
        means = spread * corners
    # At times the clusters alone make the sides depend on each other.
    round_all = rng.random() < 0.25
    roots = np.empty((m, d, d))
    for i in range(m):
        shape = rng.standard_normal((d, int(rng.integers(1, d + 2))))
        covariance = shape @ shape.T / d + math.exp(rng.uniform(-6.0, -1.0)) * np.eye(d)
        if round_all or rng.random() < 0.3:
            covariance = np.diag(np.diag(covariance))
        roots[i] = np.linalg.cholesky(covariance * math.exp(rng.uniform(-1.5, 0.5)))
    total = DRAWS + n
    which = rng.choice(m, size=total, p=weights)
    rows = means[which]
    noise = rng.standard_normal((total, d))
    for i in range(m):
        own = which == i
        rows[own] += noise[own] @ roots[i].T
    information = mixture_information(rows[:DRAWS], which[:DRAWS], weights, means, roots @ roots.transpose(0, 2, 1), dx)
    return rows[DRAWS:, :dx], rows[DRAWS:, dx:], information


def mixture_information(
    rows: np.ndarray, which: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray, dx: int
) -> float:
    """Mean log ratio of a normal mixture over rows of it, nats, those of component `which`; its own ratio as control.

    The log ratio of a row's own component has a known mean, that of the normal laws, and most of the variance of the
    whole where components are far apart or many columns depend strongly.
    """
    d = rows.shape[1]
    parts = [
        _mixture_logs(rows[:, s], weights, means[:, s], covariances[:, s, s])
        for s in (slice(0, d), slice(0, dx), slice(dx, d))
    ]
    tops = [logs.max(axis=0) for logs in parts]
    whole = [top + np.log(np.exp(logs - top).sum(axis=0)) for logs, top in zip(parts, tops, strict=True)]
    ratio = whole[0] - whole[1] - whole[2]
    own = [logs[which, np.arange(len(rows))] for logs in parts]
    logdet = [np.linalg.slogdet(covariances[:, s, s])[1] for s in (slice(0, d), slice(0, dx), slice(dx, d))]
    control = own[0] - own[1] - own[2] + np.log(weights)[which] - 0.5 * (logdet[1] + logdet[2] - logdet[0])[which]
    away = control - control.mean()
    slope = float(away @ ratio) / max(float(away @ away), 1e-12)
    return max(float(ratio.mean()) - slope * float(control.mean()), 0.0)


def _mixture_logs(rows: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """Logarithms of weight times density of each component, (m, r)."""
    logs = np.empty((len(weights), len(rows)))
    d = rows.shape[1]
    for i, (weight, mean, covariance) in enumerate(zip(weights, means, covariances, strict=True)):
        inverse = np.linalg.inv(np.linalg.cholesky(covariance))
        white = (rows - mean) @ inverse.T
        logs[i] = (
            math.log(weight)
            + float(np.log(np.diag(inverse)).sum())
            - 0.5 * d * math.log(2.0 * math.pi)
            - 0.5 * np.einsum("ij,ij->i", white, white)
        )
    return logs


def arc(rng: np.random.Generator, n: int) -> Block:
    """Points along an arc or a full circle of one or several loops with normal noise: X and Y its coordinates."""
    radius = 1.0
    noise = float(math.exp(rng.uniform(math.log(0.03), math.log(0.6))))
    span = rng.uniform(0.5, 1.0) * 2.0 * math.pi if rng.random() < 0.5 else 2.0 * math.pi
    start = rng.uniform(0.0, 2.0 * math.pi)
    twice = int(rng.integers(1, 4)) if rng.random() < 0.4 else 1
    ellipse = rng.uniform(0.5, 2.0)

    def at(angle: np.ndarray) -> np.ndarray:
        return np.stack([radius * np.cos(angle), ellipse * np.sin(twice * angle)], axis=1)

    centres = at(start + span * (np.arange(CENTRES) + 0.5) / CENTRES)
    rows = at(start + span * rng.uniform(size=n)) + noise * rng.standard_normal((n, 2))
    information = cloud_information(centres, np.full(CENTRES, 1.0 / CENTRES), (noise, noise))
    return rows[:, :1], rows[:, 1:], information


def cloud_information(centres: np.ndarray, weight: np.ndarray, noise: Sequence[float]) -> float:
    """Information between the coordinates of a mixture of normals in the plane, by quadrature, in nats.

    Centres (m, 2) of weights (m,), and the standard deviation of each coordinate around all of them.
    """
    near, cells = [], 1.0
    for i in (0, 1):
        low, high = centres[:, i].min() - 5.0 * noise[i], centres[:, i].max() + 5.0 * noise[i]
        grid = np.linspace(low, high, int(min(max((high - low) / (0.7 * noise[i]), 40), CELLS)))
        cells *= grid[1] - grid[0]
        near.append(normal_density(grid, centres[:, i], np.full(len(centres), noise[i])))
    weight = weight.astype(np.float32)
    joint = ((near[0] * weight) @ near[1].T).astype(np.float64)
    apart = ((near[0] @ weight)[:, None] * (near[1] @ weight)).astype(np.float64)
    logs = np.log(np.maximum(joint, 1e-300) / np.maximum(apart, 1e-300))
    return max(float((joint * logs).sum() / joint.sum()), 0.0)


SCALAR_BLOCKS: tuple[tuple[float, Maker], ...] = (
    (0.24, normal_pair),
    (0.10, additive_uniform_pair),
    (0.06, student_pair),
    (0.05, clayton_pair),
    (0.05, frank_pair),
    (0.20, noisy_function_pair),
    (0.08, scale_pair),
    (0.08, noise_pair),
    (0.09, mixture),
    (0.05, arc),
)
