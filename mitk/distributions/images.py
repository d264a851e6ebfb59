"""Images with known information: drawn from a few numbers, or real digits that share labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Self

import numpy as np
from scipy.optimize import brentq
from scipy.special import xlogy

from mitk.distributions.base import Distribution, check_number, check_whole
from mitk.distributions.discrete import Table
from mitk.distributions.gaussian import Gaussian
from mitk.distributions.maps import Map, Mapped, need
from mitk.distributions.uniform import correlated_uniform
from mitk.errors import DataError, ParameterError, sentence

# Standard deviation of a plate and smallest side of a rectangle, as shares of the image.
PLATE_WIDTH = 0.2
LEAST_SIDE = 0.2
# Of the backgrounds of digits.
BACKGROUND_SEED = 8


@dataclass(frozen=True, eq=False)
class GaussianPlate(Map):
    """Two numbers in (0, 1) drawn as an image: a Gaussian bump with its centre there, row by row of pixels.

    Parameters
    ----------
    size : int, default 16
        Pixels a side; the output has size^2 columns in (0, 1].

    Examples
    --------
    >>> image = GaussianPlate(5)(np.array([[0.5, 0.0]])).reshape(5, 5)
    >>> [int(i) for i in np.unravel_index(image.argmax(), image.shape)]
    [2, 0]
    """

    size: int = 16

    def __post_init__(self) -> None:
        check_whole("size", self.size, 3)

    @property
    def name(self) -> str:
        """With the size."""
        return f"plate({self.size})"

    def dim_out(self, dim: int) -> int:
        """Size^2, from two."""
        need("dim", dim, 2)
        return self.size**2

    def _forward(self, values: np.ndarray) -> np.ndarray:
        grid = np.linspace(0.0, 1.0, self.size)
        rows, columns = (np.exp(-0.5 * ((grid - values[:, j, None]) / PLATE_WIDTH) ** 2) for j in (0, 1))
        return (rows[:, :, None] * columns[:, None, :]).reshape(len(values), -1)

    def _backward(self, values: np.ndarray) -> np.ndarray:
        # The log image is quadratic in the pixel with known curvature: its mean slopes give the centre.
        grid = np.linspace(0.0, 1.0, self.size)
        logs = np.log(values).reshape(-1, self.size, self.size) * PLATE_WIDTH**2
        centred = grid - grid.mean()
        slopes = [logs.mean(axis=2) @ centred, logs.mean(axis=1) @ centred]
        own = 0.5 * (grid**2) @ centred
        return np.column_stack([(slope + own) / (grid @ centred) for slope in slopes])


@dataclass(frozen=True, eq=False)
class Rectangle(Map):
    """Four numbers in (0, 1) drawn as a filled rectangle with smooth (anti-aliased) edges.

    Parameters
    ----------
    size : int, default 16
        Pixels a side, at least 10; the output has size^2 columns in [0, 1]: the share of each pixel that is covered.

    Notes
    -----
    Numbers 1 and 2 give the top and bottom, 3 and 4 the left and right edge: 0.8 (1 - sqrt(1 - u)), and uniform
    beyond it with a side of at least 0.2. Keep images as floats: rounded to 8 bits the map is no longer injective.

    Examples
    --------
    >>> Rectangle(10)(np.array([[0.5, 0.5, 0.5, 0.5]])).shape
    (1, 100)
    """

    size: int = 16

    def __post_init__(self) -> None:
        check_whole("size", self.size, 10)

    @property
    def name(self) -> str:
        """With the size."""
        return f"rectangle({self.size})"

    def dim_out(self, dim: int) -> int:
        """Size^2, from four."""
        need("dim", dim, 4)
        return self.size**2

    def _forward(self, values: np.ndarray) -> np.ndarray:
        cover = []
        for u, v in ((values[:, 0], values[:, 1]), (values[:, 2], values[:, 3])):
            start = (1.0 - LEAST_SIDE) * (1.0 - np.sqrt(1.0 - u))
            end = start + LEAST_SIDE + v * (1.0 - LEAST_SIDE - start)
            pixel = np.arange(self.size)
            reach = np.minimum(end[:, None] * self.size, pixel + 1.0) - np.maximum(start[:, None] * self.size, pixel)
            cover.append(np.clip(reach, 0.0, 1.0))
        return (cover[0][:, :, None] * cover[1][:, None, :]).reshape(len(values), -1)

    def _backward(self, values: np.ndarray) -> np.ndarray:
        image = values.reshape(-1, self.size, self.size)
        numbers = []
        # Some row and some column are covered in full, so the maxima are the profiles themselves.
        for profile in (image.max(axis=2), image.max(axis=1)):
            first = (profile > 0.0).argmax(axis=1)
            start = (first + 1.0 - profile[np.arange(len(profile)), first]) / self.size
            side = profile.sum(axis=1) / self.size
            room = 1.0 - LEAST_SIDE - start
            numbers += [1.0 - (1.0 - start / (1.0 - LEAST_SIDE)) ** 2, (side - LEAST_SIDE) / room]
        return np.column_stack(numbers)


def plates(information: float, size: int = 16) -> Mapped:
    """Pairs of plates whose two coordinates share `information` nats in all.

    Examples
    --------
    >>> law = plates(2.5)
    >>> law.dim_x, round(law.mutual_information, 6)
    (256, 2.5)
    """
    return Mapped(
        correlated_uniform(Gaussian.from_information(information, 2)), GaussianPlate(size), GaussianPlate(size)
    )


def rectangles(information: float, size: int = 16) -> Mapped:
    """Pairs of rectangles whose four edge numbers share `information` nats in all.

    Examples
    --------
    >>> law = rectangles(3.0)
    >>> law.dim_x, round(law.mutual_information, 6)
    (256, 3.0)
    """
    return Mapped(correlated_uniform(Gaussian.from_information(information, 4)), Rectangle(size), Rectangle(size))


def gaussian_field(size: int = 8, rows: int = 4, noise: float = 0.5, length: float = 2.0) -> Gaussian:
    """X a random smooth image, y its first rows seen in noise: a law for checks of consistency with a known answer.

    Parameters
    ----------
    size : int, default 8
        Pixels a side; x has size^2 columns, row by row of the image.
    rows : int, default 4
        Rows that y shows, from the top.
    noise : float, default 0.5
        Standard deviation of what is added to y; the image has unit variance.
    length : float, default 2.0
        Pixels over which the correlation falls by e.

    Notes
    -----
    I = 1/2 ln det(I + S / noise^2), S the covariance exp(-distance / length) of the pixels shown.

    Examples
    --------
    >>> [round(gaussian_field(6, rows).mutual_information, 3) for rows in (1, 3, 6)]
    [4.145, 11.227, 21.845]
    """
    check_whole("size", size, 2)
    check_whole("rows", rows)
    check_number("noise", noise, 0.0, open_low=True)
    check_number("length", length, 0.0, open_low=True)
    if rows > size:
        raise ParameterError(sentence("rows", f"must be at most size = {size}", rows))
    pixels = np.indices((size, size)).reshape(2, -1)
    distance = np.sqrt(((pixels[:, :, None] - pixels[:, None, :]) ** 2).sum(axis=0))
    image = np.exp(-distance / length)
    shown = image[:, : rows * size]
    corner = shown[: rows * size] + noise**2 * np.eye(rows * size)
    label = f"gaussian-field-{size}-{rows}-{noise:g}-{length:g}"
    return Gaussian(np.block([[image, shown], [shown.T, corner]]), size**2, label=label)


@lru_cache(maxsize=1)
def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return images / 16.0, labels


@dataclass(frozen=True, eq=False, repr=False)
class DigitImages(Distribution):
    """Real handwritten digits (scikit-learn's, 8 x 8 pixels) whose classes go through a channel :cite:`lee2024`.

    Parameters
    ----------
    labels : Table
        The law of one pair of classes; label i stands for the i-th of `classes`.
    patches : int, default 1
        Independent images side by side, 64 columns each.
    classes : tuple of int, optional
        Digits in use; 0, 1, 2, ... by default.
    background : float, default 0.0
        Standard deviation of what is added to each patch: one of 50 smooth random images, drawn anew for every patch.

    Notes
    -----
    I = patches x the information of the labels, because the class is a function of the image: no image of the pool
    has two classes. The pool is small (about 180 images a class, halved so that x and y never show the same one), so
    images are drawn **with replacement**; an estimator that tells images apart one by one may exploit that.
    Backgrounds come from a finite pool and nothing is clipped, so that the class stays a function of the image.

    Examples
    --------
    >>> law = DigitImages.shared_bits(10, information=4.0)
    >>> law.dim_x, round(law.mutual_information, 6)
    (640, 4.0)
    """

    labels: Table
    patches: int = 1
    classes: tuple[int, ...] = field(default=())
    background: float = 0.0

    def __post_init__(self) -> None:
        check_whole("patches", self.patches)
        check_number("background", self.background, 0.0)
        r, c = self.labels.table.shape
        classes = tuple(self.classes) or tuple(range(r))
        if r != c or len(classes) != r or not set(classes) <= set(range(10)) or len(set(classes)) != r:
            raise ParameterError(
                sentence("classes", f"must be {r} different digits, one a label of a square table", classes)
            )
        object.__setattr__(self, "classes", classes)

    @classmethod
    def shared_bits(
        cls, bits: int, information: float | None = None, *, flip: float = 0.0, background: float = 0.0
    ) -> Self:
        """Zeros and ones, each patch a bit that y shares but for a flip.

        Parameters
        ----------
        bits : int
            Patches.
        information : float, optional
            Nats in all, at most bits ln 2; it sets `flip`.
        flip : float, default 0.0
            Probability that a bit of y differs, where no information is given.
        background : float, default 0.0
            Standard deviation of what is added to each patch.
        """
        check_whole("bits", bits)
        if information is not None:
            check_number("information", information, 0.0, bits * np.log(2.0))
            flip = _flip(information / bits)
        label = f"digits-{bits}-bits-" + (f"{information:g}" if information is not None else f"flip-{flip:g}")
        label += f"-background-{background:g}" if background else ""
        return cls(Table.binary_symmetric(flip), bits, background=background, label=label)

    @property
    def dim_x(self) -> int:
        """64 a patch."""
        return 64 * self.patches

    @property
    def dim_y(self) -> int:
        """64 a patch."""
        return 64 * self.patches

    @property
    def mutual_information(self) -> float:
        """Patches times the information of the labels, in nats."""
        return self.patches * self.labels.mutual_information

    @property
    def pointwise_sd(self) -> float:
        """Exact, in nats."""
        return float(np.sqrt(self.patches) * self.labels.pointwise_sd)

    def _name(self) -> str:
        return f"digits-{self.patches}-{self.labels.name}"

    @cached_property
    def _pools(self) -> list[np.ndarray]:
        images, labels = _digits()
        return [images[labels == digit] for digit in self.classes]

    @cached_property
    def _backgrounds(self) -> np.ndarray:
        """The pool of what may be added to a patch, shape (50, 64), or one blank."""
        if not self.background:
            return np.zeros((1, 64))
        image = gaussian_field(8, 1).covariance[:64, :64]
        return self.background * np.random.default_rng(BACKGROUND_SEED).multivariate_normal(np.zeros(64), image, 50)

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        codes = self.labels.draw_codes(rng, n * self.patches)
        sides = []
        for half, code in enumerate(codes):
            side = np.empty((n * self.patches, 64))
            for label, pool in enumerate(self._pools):
                own = np.flatnonzero(code == label)
                side[own] = pool[half::2][rng.integers(len(pool[half::2]), size=len(own))]
            if self.background:
                side += self._backgrounds[rng.integers(len(self._backgrounds), size=len(side))]
            sides.append(side.reshape(n, -1))
        return sides[0], sides[1]

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        ratios = self.labels._ratios[self._read("x", x, 0), self._read("y", y, 1)]
        return ratios.reshape(len(x), self.patches).sum(axis=1)

    def _read(self, name: str, side: np.ndarray, half: int) -> np.ndarray:
        """Label of each patch, found among the images of the pool."""
        known = {
            (image + added).tobytes(): label
            for label, pool in enumerate(self._pools)
            for image in pool[half::2]
            for added in self._backgrounds
        }
        patches = np.ascontiguousarray(side.reshape(-1, 64))
        try:
            return np.array([known[patch.tobytes()] for patch in patches])
        except KeyError:
            raise DataError(sentence(name, "must hold images of the pool", "another image")) from None


def _flip(each: float) -> float:
    """Flip probability up to 1/2 at which a fair bit passes `each` nats."""

    def excess(q: float) -> float:
        return float(np.log(2.0) + xlogy(q, q) + xlogy(1.0 - q, 1.0 - q)) - each

    if excess(0.0) <= 0.0:
        return 0.0
    return 0.5 if each == 0.0 else float(brentq(excess, 0.0, 0.5, xtol=1e-16))
