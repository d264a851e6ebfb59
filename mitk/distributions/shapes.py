"""Mixtures with a shape: the Bend-and-Mix laws of the pointwise-information literature, and outliers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

from mitk.distributions.base import check_number, check_whole
from mitk.distributions.gaussian import Gaussian, check_correlation
from mitk.distributions.maps import Chain, Linear, Map, Mapped, Spiral
from mitk.distributions.mixtures import GaussianMixture
from mitk.distributions.quadrature import chi_square_mean


def x_shape(correlation: float = 0.9) -> GaussianMixture:
    """Equal mixture of two standard bivariate normals of opposite correlation :cite:`czyz2025`.

    Examples
    --------
    >>> x_shape(0.9).name
    '1v1-X-0.9'
    """
    check_correlation(correlation)
    off = correlation * np.array([[0.0, 1.0], [1.0, 0.0]])
    law = GaussianMixture([0.5, 0.5], np.zeros((2, 2)), [np.eye(2) + off, np.eye(2) - off], 1)
    return law.named(f"1v1-X-{correlation}")


def ai() -> GaussianMixture:
    """Six narrow normals that draw the letters AI :cite:`czyz2025`.

    Examples
    --------
    >>> round(ai().mutual_information, 8)
    0.77595262
    """
    leg = 0.95 * np.sqrt(0.04 * 0.2)
    means = [[1.0, 0.0], [1.0, 1.0], [1.0, -1.0], [-0.8, -0.2], [-1.2, 0.0], [-0.4, 0.0]]
    dispersions = [
        np.diag([0.01, 0.2]),
        np.diag([0.05, 0.001]),
        np.diag([0.05, 0.001]),
        np.diag([0.03, 0.001]),
        np.array([[0.04, leg], [leg, 0.2]]),
        np.array([[0.04, -leg], [-leg, 0.2]]),
    ]
    return GaussianMixture(np.full(6, 1.0 / 6.0), means, dispersions, 1, label="1v1-AI")


def four_balls() -> GaussianMixture:
    """Two wide normals on the diagonal and two narrow ones off it :cite:`czyz2025`.

    Examples
    --------
    >>> round(four_balls().mutual_information, 8)
    0.36357744
    """
    means = [[-1.25, -1.25], [1.25, 1.25], [-2.5, 2.5], [2.5, -2.5]]
    dispersions = [np.eye(2), np.eye(2), 0.2 * np.eye(2), 0.2 * np.eye(2)]
    return GaussianMixture([0.3, 0.3, 0.2, 0.2], means, dispersions, 1, label="four-balls")


def u_shape() -> GaussianMixture:
    """Three normals that draw the letter U :cite:`czyz2025`.

    Examples
    --------
    >>> round(u_shape().mutual_information, 8)
    0.52091596
    """
    dispersions = [np.diag([0.2, 1.0]), np.diag([1.0, 0.2]), np.diag([0.2, 1.0])]
    means = [[-3.0, 0.0], [0.0, -3.0], [3.0, 0.0]]
    return GaussianMixture(np.full(3, 1.0 / 3.0), means, dispersions, 1, label="u-shape")


@dataclass(frozen=True, eq=False)
class Wave(Map):
    """Bend the first of two columns: x_1 + amplitude sin(frequency x_2).

    Examples
    --------
    >>> Wave(5.0, 3.0)(np.array([[0.0, np.pi / 6]])).round(3).tolist()
    [[5.0, 0.524]]
    """

    amplitude: float = 5.0
    frequency: float = 3.0

    def dim_out(self, dim: int) -> int:
        """Same as `dim`, at least 2."""
        check_whole("dim", dim, 2)
        return dim

    def _bend(self, values: np.ndarray) -> np.ndarray:
        return self.amplitude * np.sin(self.frequency * values[:, 1])

    def _forward(self, values: np.ndarray) -> np.ndarray:
        bent = values.copy()
        bent[:, 0] += self._bend(values)
        return bent

    def _backward(self, values: np.ndarray) -> np.ndarray:
        straight = values.copy()
        straight[:, 0] -= self._bend(values)
        return straight


def waves(components: int = 12, amplitude: float = 5.0, frequency: float = 3.0) -> Mapped:
    """A row of normals whose height cycles through four levels, bent into waves :cite:`czyz2025`.

    Examples
    --------
    >>> waves().name, round(waves().mutual_information, 8)
    ('2v1-waves-12-5.0-3.0', 1.30701737)
    """
    check_whole("components", components, 2)
    i = np.arange(components)
    means = 1.5 * np.column_stack([i, np.zeros(components), i % 4])
    dispersions = np.repeat(np.diag([0.1, 1.0, 0.1])[None], components, axis=0)
    law = GaussianMixture(np.full(components, 1.0 / components), means, dispersions, 2)
    shrink = Linear(np.diag([0.1, 0.5]), np.array([-0.8, 0.0]))
    label = f"2v1-waves-{components}-{float(amplitude)}-{float(frequency)}"
    return Mapped(law, Chain((shrink, Wave(amplitude, frequency))), None, label=label)


def galaxy(speed: float = 0.5, distance: float = 3.0) -> Mapped:
    """Two round normals wound up by a spiral :cite:`czyz2025`.

    Examples
    --------
    >>> galaxy().name, round(galaxy().mutual_information, 8)
    ('2v1-galaxy-0.5-3.0', 0.4942977)
    """
    means = 0.5 * distance * np.array([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]])
    law = GaussianMixture([0.5, 0.5], means, [np.eye(3), np.eye(3)], 2)
    return Mapped(law, Spiral(0, 1, speed), None, label=f"2v1-galaxy-{float(speed)}-{float(distance)}")


@dataclass(frozen=True, eq=False, repr=False)
class Concentric(GaussianMixture):
    """Shells: X given i is N(0, i^2 I), Y given i is N(i, 0.0001), i uniform; see `concentric`.

    Notes
    -----
    Y gives the component away, so I = ln K - H(component | radius of X): expectations over chi-square radii.

    Examples
    --------
    >>> type(concentric(5, 10)).__name__, round(concentric(5, 10).mutual_information, 8)
    ('Concentric', 0.75145121)
    """

    @property
    def integrable(self) -> bool:
        """Always true."""
        return True

    def _quadrature(self) -> float:
        k, d = len(self.means), self.dim_x
        scale = np.arange(1.0, k + 1.0)

        def doubt(q: np.ndarray) -> np.ndarray:
            total = np.zeros_like(q)
            for own in scale:
                exponents = -d * np.log(scale)[:, None] - 0.5 * own**2 * q / scale[:, None] ** 2
                exponents -= exponents.max(axis=0)
                posterior = np.exp(exponents) / np.exp(exponents).sum(axis=0)
                total -= xlogy(posterior, posterior).sum(axis=0) / k
            return total

        return float(np.log(k)) - chi_square_mean(doubt, d)


def concentric(dim_x: int, components: int) -> Concentric:
    """Concentric shells of normals and the number of the shell, with a little noise :cite:`czyz2025`.

    Examples
    --------
    >>> round(concentric(3, 5).mutual_information, 8)
    0.45542311
    """
    check_whole("dim_x", dim_x)
    check_whole("components", components, 2)
    i = np.arange(1.0, components + 1.0)
    means = np.column_stack([np.zeros((components, dim_x)), i])
    dispersions = np.stack([np.diag(np.append(np.full(dim_x, s * s), 1e-4)) for s in i])
    label = f"{dim_x}v1-concentric_gaussians-{components}"
    return Concentric(np.full(components, 1.0 / components), means, dispersions, dim_x, label=label)


def with_outliers(law: Gaussian, share: float, scale: float = 5.0) -> GaussianMixture:
    """A normal law in which a share of the rows has y replaced by independent normals of standard deviation `scale`.

    Examples
    --------
    >>> law = with_outliers(Gaussian.bivariate(0.9), 0.05)
    >>> law.truth, law.name
    ('quadrature', 'outliers(0.05,5)-1v1-normal-0.9')
    """
    check_number("share", share, 0.0, 1.0)
    check_number("scale", scale, 0.0, open_low=True)
    dx, d = law.dim_x, law.dim_x + law.dim_y
    noise = np.zeros((d, d))
    noise[:dx, :dx] = law.covariance[:dx, :dx]
    noise[dx:, dx:] = scale**2 * np.eye(law.dim_y)
    label = f"outliers({share:g},{scale:g})-{law.name}"
    return GaussianMixture([1.0 - share, share], np.zeros((2, d)), [law.covariance, noise], dx, label=label)
