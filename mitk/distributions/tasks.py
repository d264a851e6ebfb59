"""Every task of the BMI benchmark by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from mitk.distributions.base import Distribution
from mitk.distributions.contaminated import Inliers
from mitk.distributions.elliptical import Student
from mitk.distributions.gaussian import Gaussian
from mitk.distributions.maps import Chain, Map, Mapped, Spiral, SwissRoll
from mitk.distributions.mixed import binary_label
from mitk.distributions.monotone import Asinh, Bimodal, NormalCDF, WigglyX, WigglyY, half_cube
from mitk.distributions.shapes import ai, concentric, four_balls, galaxy, u_shape, waves, x_shape
from mitk.distributions.uniform import AdditiveUniform
from mitk.errors import ParameterError, sentence

_Maker = Callable[[], Distribution]


def _normal() -> Gaussian:
    return Gaussian.bivariate(0.75)


def _both(law: Callable[[], Distribution], make: Callable[[], Map]) -> _Maker:
    return lambda: Mapped(law(), make(), make())


def _spiral(law: Callable[[], Distribution]) -> _Maker:
    return lambda: Mapped(law(), Spiral(0, 1), Spiral(1, 2))


def _two_pair(dim: int) -> Callable[[], Gaussian]:
    return lambda: Gaussian.sparse(dim, dim)


def _dense(dim: int) -> Callable[[], Gaussian]:
    return lambda: Gaussian.dense(dim, dim)


def _student(dim: int, dof: int) -> Callable[[], Student]:
    return lambda: Student.identity(dim, dim, dof)


def _bimodal() -> Mapped:
    return Mapped(_normal(), Bimodal(0.3, 0.0, 5.0), Bimodal(0.5, -1.0, 3.0), label="1v1-bimodal-0.75")


def _swiss_roll() -> Mapped:
    law = Mapped(_normal(), Chain((SwissRoll(), NormalCDF())), NormalCDF())
    return law.named("swissroll_x-normal_cdf-1v1-normal-0.75")


def _inliers(dim: int, share: float) -> _Maker:
    label = f"mult-sparse-w-inliers-{dim}-{dim}-2-2.0-{share}"
    return lambda: Inliers(Gaussian.sparse(dim, dim), share, label=label)


def _bmi40() -> dict[str, _Maker]:
    makers: list[_Maker] = [
        _normal,
        _both(_normal, NormalCDF),
        lambda: AdditiveUniform(0.1),
        lambda: AdditiveUniform(0.75),
        _bimodal,
        lambda: Mapped(_normal(), WigglyX(), WigglyY()),
        _both(_normal, half_cube),
        _student(1, 1),
        _both(_student(1, 1), Asinh),
        _swiss_roll,
        *[_dense(dim) for dim in (2, 3, 5, 25, 50)],
        *[_two_pair(dim) for dim in (2, 3, 5, 25)],
        *[_student(*key) for key in ((2, 1), (2, 2), (3, 2), (3, 3), (5, 2), (5, 3))],
        *[_both(_two_pair(dim), NormalCDF) for dim in (3, 5, 25)],
        *[_both(_two_pair(dim), half_cube) for dim in (3, 5, 25)],
        *[_spiral(_two_pair(dim)) for dim in (3, 5, 25)],
        *[_spiral(_both(_two_pair(dim), NormalCDF)) for dim in (3, 5, 25)],
        *[_both(_student(*key), Asinh) for key in ((2, 1), (3, 2), (5, 2))],
    ]
    return {make().name: make for make in makers}


def _mixtures() -> dict[str, _Maker]:
    makers: list[_Maker] = [
        x_shape,
        ai,
        waves,
        galaxy,
        *[lambda key=key: concentric(*key) for key in ((3, 5), (5, 5), (3, 10), (5, 10), (25, 5))],
        *[_inliers(dim, share) for share in (0.2, 0.5) for dim in (5, 25)],
    ]
    return {make().name: make for make in makers}


def _extras() -> dict[str, _Maker]:
    makers: list[_Maker] = [four_balls, u_shape, binary_label]
    return {make().name: make for make in makers}


@cache
def _groups() -> dict[str, dict[str, _Maker]]:
    return {"bmi40": _bmi40(), "mixtures": _mixtures(), "extras": _extras()}


def bmi_names(group: str = "bmi40") -> tuple[str, ...]:
    """Names of the tasks of a group, in the published order.

    Parameters
    ----------
    group : {"bmi40", "mixtures", "extras"}, default "bmi40"
        The forty of :cite:`czyz2023`, the thirteen mixtures of :cite:`czyz2025`, and three more from its text.

    Examples
    --------
    >>> len(bmi_names()), len(bmi_names("mixtures"))
    (40, 13)
    """
    if group not in _groups():
        raise ParameterError(sentence("group", f"must be one of {', '.join(_groups())}", group))
    return tuple(_groups()[group])


def bmi_task(name: str) -> Distribution:
    """Return the benchmark task of that name.

    Examples
    --------
    >>> law = bmi_task("spiral-multinormal-sparse-3-3-2-2.0")
    >>> law.dim_x, round(law.mutual_information, 6)
    (3, 1.021651)
    """
    for group, makers in _groups().items():
        if name in makers:
            return _made(group, name)
    raise ParameterError(sentence("name", "must be a name that bmi_names lists", name))


# Laws never change, so one is kept of each, with what it has worked out.
@cache
def _made(group: str, name: str) -> Distribution:
    return _groups()[group][name]()
