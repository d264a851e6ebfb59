"""Cosines of noisy sums: a law of three variables that is far from normal and from any monotone map of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import jv, xlogy

from mitk.distributions.base import CHUNK, Truth, check_number, check_whole
from mitk.distributions.conditional import ConditionalDistribution, Triple
from mitk.distributions.quadrature import refined

# Harmonics whose factor exp(-k^2 noise^2 / 2) is below this exponent are left out.
EXPONENT = 40.0


@dataclass(frozen=True, eq=False, repr=False)
class CosinePair(ConditionalDistribution):
    """X = cos(a'Z + e) and Y = cos(2 coupling X + b'Z + e'), with normal Z of mean and variance 1.

    Parameters
    ----------
    columns_z : int, default 1
    coupling : float, default 0.5
        0 makes x and y independent given z.
    noise : float, default 0.5
        Standard deviation of e and e', at least 0.1.
    weights_seed : int, default 0
        Draws a and b, positive and of unit norm; of a single column both are 1.

    Notes
    -----
    The post-nonlinear sets that tests of conditional independence are judged on, after :cite:`mukherjee2020`, where the
    coupling is drawn uniformly from (0, 1). The angle of y in (0, pi) is a folded and wrapped normal,
    q(t; m) = (1 + 2 sum_k exp(-k^2 s^2 / 2) cos k m cos k t) / pi with m = 2 coupling x + b'z. Given u = a'z alone,
    exp(2 i k coupling x) has the mean sum_m i^m J_m(2 k coupling) exp(-m^2 s^2 / 2) c_m cos m u, c_0 = 1 and else 2
    (Jacobi and Anger), so p(y | z) is a cosine series too. I = E h(Y | Z) - E h(Y | X, Z), whose entropies are sums
    over a grid of angles, and their means over z sums of Fourier series; grids are refined to 1e-10.

    Examples
    --------
    >>> law = CosinePair(5, 1.0)
    >>> law.name, law.truth, round(law.conditional_mutual_information, 4)
    ('cosine-5-1', 'quadrature', 0.3635)
    """

    columns_z: int = 1
    coupling: float = 0.5
    noise: float = 0.5
    weights_seed: int = 0

    def __post_init__(self) -> None:
        check_whole("columns_z", self.columns_z)
        check_number("coupling", self.coupling, 0.0)
        check_number("noise", self.noise, 0.1)
        check_whole("weights_seed", self.weights_seed, 0)

    @property
    def dims(self) -> tuple[int, int, int]:
        """One column of x and y, and those of z."""
        return 1, 1, self.columns_z

    @property
    def truth(self) -> Truth:
        """Quadrature; without coupling it is 0."""
        return "quadrature" if self.coupling else "closed form"

    @cached_property
    def conditional_mutual_information(self) -> float:
        """I(X; Y | Z) in nats, worked out when first asked for."""
        return refined(self._information) if self.coupling else 0.0

    @cached_property
    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """The weights a and b of the columns of z."""
        a, b = np.random.default_rng(self.weights_seed).random((2, self.columns_z))
        return a / np.linalg.norm(a), b / np.linalg.norm(b)

    @cached_property
    def _fading(self) -> np.ndarray:
        """exp(-k^2 noise^2 / 2) for k = 0, 1, ... until it is next to nothing."""
        k = np.arange(int(np.ceil(np.sqrt(2.0 * EXPONENT) / self.noise)) + 1)
        return np.exp(-0.5 * (k * self.noise) ** 2)

    def _waves(self, k: np.ndarray) -> np.ndarray:
        """Factors (len(k), harmonics) of cos m u in the mean of exp(2 i k coupling x) given u = a'z."""
        m = np.arange(len(self._fading))
        return jv(m, 2.0 * self.coupling * k[:, None]) * (1j**m * np.where(m, 2.0, 1.0) * self._fading)

    def _known(self, m: np.ndarray) -> np.ndarray:
        """Coefficients (harmonics, n) of the density of y's angle, for a mean angle m (n,)."""
        return self._fading[:, None] * np.cos(np.arange(len(self._fading))[:, None] * m)

    def _unknown(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Coefficients (harmonics, n) of the density of y's angle given z alone, by u = a'z and v = b'z."""
        k = np.arange(len(self._fading))
        turned = self._waves(k) @ np.cos(k[:, None] * u)
        return self._fading[:, None] * (np.exp(1j * k[:, None] * v) * turned).real

    def _entropies(self, coefficients: np.ndarray, k: int) -> np.ndarray:
        """Entropy of the angle for each column of coefficients, by the trapezoid rule over half a turn."""
        angles, step = np.linspace(0.0, np.pi, 8 * k * len(self._fading) + 1, retstep=True)
        weight = np.full(len(angles), step)
        weight[[0, -1]] *= 0.5
        cosines = np.cos(np.arange(len(self._fading))[:, None] * angles)
        parts = []
        for own in np.array_split(coefficients, -(-coefficients.shape[1] * len(angles) // CHUNK), axis=1):
            density = _summed(own.T @ cosines, own)
            parts.append(-xlogy(density, density) @ weight)
        return np.concatenate(parts)

    def _information(self, k: int) -> float:
        """Mean over z of h(Y | z) - h(Y | X, z), on grids k times as fine.

        Turning y's mean by pi mirrors its angle, so entropies have the period 2 pi in u and pi in v and in m: they are
        Fourier series, and the mean of each of their terms over normal projections of z is known.
        """
        n = 32 * k
        u, v = np.pi * np.arange(2 * n) / n, np.pi * np.arange(n) / n
        grid = self._entropies(self._unknown(np.repeat(u, n), np.tile(v, 2 * n)), k).reshape(2 * n, n)
        turns = 2.0 * np.fft.fftfreq(n, 1.0 / n)
        waves = self._mean_wave(np.fft.fftfreq(2 * n, 0.5 / n)[:, None], turns)
        unknown = (np.fft.fft2(grid) / grid.size * waves).real.sum()
        m = np.arange(len(self._fading))
        means = self._waves(turns) * 0.5 * (self._mean_wave(m, turns[:, None]) + self._mean_wave(-m, turns[:, None]))
        known = (np.fft.fft(self._entropies(self._known(v), k)) / n * means.sum(axis=1)).real.sum()
        return float(unknown - known)

    def _mean_wave(self, p: np.ndarray, q: np.ndarray) -> np.ndarray:
        """Mean of exp(i p a'z + i q b'z) over z."""
        a, b = self.weights
        return np.exp(1j * (p * a.sum() + q * b.sum()) - 0.5 * (p * p + q * q + 2.0 * float(a @ b) * p * q))

    def _name(self) -> str:
        return f"cosine-{self.columns_z}-{self.coupling:g}"

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        a, b = self.weights
        z = 1.0 + rng.standard_normal((n, self.columns_z))
        x = np.cos(z @ a + self.noise * rng.standard_normal(n))
        y = np.cos(2.0 * self.coupling * x + z @ b + self.noise * rng.standard_normal(n))
        return x[:, None], y[:, None], z

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        a, b = self.weights
        cosines = np.cos(np.arange(len(self._fading))[:, None] * np.arccos(np.clip(y[:, 0], -1.0, 1.0)))
        known, unknown = self._known(2.0 * self.coupling * x[:, 0] + z @ b), self._unknown(z @ a, z @ b)
        return np.log(_summed((known * cosines).sum(axis=0), known)) - np.log(
            _summed((unknown * cosines).sum(axis=0), unknown)
        )


def _summed(series: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Density of an angle: the sum over harmonics counts all but the first twice; rounding may leave it below 0."""
    first = coefficients[0] if series.ndim == 1 else coefficients[0][:, None]
    return np.maximum(2.0 * series - first, 1e-300) / np.pi
