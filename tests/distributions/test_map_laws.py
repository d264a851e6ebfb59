"""Maps: undone exactly, composed without loss, and as published."""

from __future__ import annotations

import numpy as np
import pytest
from distribution_cases import IMAGES, MAPS, PAIR
from scipy import stats
from scipy.linalg import expm

from mitk.distributions import (
    AppendNoise,
    Asinh,
    Bimodal,
    Chain,
    DeepTeacher,
    DigitImages,
    Duplicate,
    Exp,
    Gaussian,
    GaussianPlate,
    Linear,
    Mapped,
    NormalCDF,
    Power,
    RandomEmbedding,
    Rectangle,
    Rotation,
    Spiral,
    SwissRoll,
    Table,
    WigglyX,
    WigglyY,
    correlated_uniform,
    gaussian_field,
    half_cube,
)
from mitk.errors import DataError, ParameterError, UnsupportedError

N = 40_000
each_map = pytest.mark.parametrize(("step", "law"), MAPS, ids=[step.name for step, _ in MAPS])


@each_map
def test_a_map_is_undone(step, law):
    x, _ = law.sample(500, seed=1)
    out = step.draw(x, np.random.default_rng(0))
    assert out.shape == (500, step.dim_out(x.shape[1]))
    np.testing.assert_allclose(step.inverse(out), x, atol=1e-9)


@each_map
def test_a_mapped_law_keeps_its_information(step, law):
    mapped = Mapped(law, step, None)
    assert mapped.mutual_information == law.mutual_information
    assert mapped.dim_x == step.dim_out(law.dim_x)
    assert mapped.name == f"{step.name}_x-{law.name}"
    x, y = mapped.sample(300, seed=2)
    base = law.pointwise(*law.sample(300, seed=2))
    np.testing.assert_allclose(mapped.pointwise(x, y), base, atol=1e-6)


def test_maps_compose_and_say_so():
    law = Mapped(Mapped(PAIR, NormalCDF(), NormalCDF()), Spiral(0, 1), Spiral(1, 0))
    assert law.name == f"spiral-normal_cdf-{PAIR.name}"
    assert Mapped(PAIR, Chain((Spiral(), NormalCDF())), Asinh()).name == f"spiral-normal_cdf_x-asinh_y-{PAIR.name}"
    assert Mapped(PAIR, None, half_cube()).name == f"half_cube_y-{PAIR.name}"
    assert Mapped(PAIR).name == PAIR.name
    assert law.mutual_information == PAIR.mutual_information
    assert law.truth == "closed form"


def test_a_chain_is_its_maps_from_right_to_left():
    x = PAIR.sample(50)[0]
    np.testing.assert_array_equal(Chain((Asinh(), Exp()))(x), np.arcsinh(np.exp(x)))


def test_spirals_are_the_published_ones():
    x = np.random.default_rng(0).standard_normal((20, 3))
    for first, second in ((0, 1), (1, 2)):
        generator = np.zeros((3, 3))
        generator[first, second], generator[second, first] = -1.0, 1.0
        expected = [expm(generator * (row @ row) / 3) @ row for row in x]
        np.testing.assert_allclose(Spiral(first, second)(x), expected, atol=1e-12)
        np.testing.assert_allclose(np.linalg.norm(Spiral(first, second, 4.0)(x), axis=1), np.linalg.norm(x, axis=1))


@pytest.mark.parametrize("step", [WigglyX(), WigglyY(), Power(1.5), Power(0.3), Asinh(), Exp(), NormalCDF()])
def test_column_maps_increase(step):
    t = np.linspace(-6, 6, 20_001)[:, None]
    assert (np.diff(step(t)[:, 0]) > 0).all()


def test_bimodal_columns_have_the_stated_margin():
    x = np.random.default_rng(0).standard_normal((N, 1))
    out = Bimodal(0.3, 0.0, 5.0)(x)[:, 0]
    assert stats.kstest(out, lambda t: 0.3 * stats.norm.cdf(t) + 0.7 * stats.norm.cdf(t - 5)).pvalue > 1e-4
    # Far tails keep their order and come back.
    tails = np.array([[-30.0], [-9.0], [9.0], [30.0]])
    np.testing.assert_allclose(Bimodal(0.5, -1.0, 3.0).inverse(Bimodal(0.5, -1.0, 3.0)(tails)), tails, rtol=1e-9)


def test_the_swiss_roll_is_the_published_one():
    t = 1.5 * np.pi * (1 + 2 * 0.3)
    np.testing.assert_allclose(SwissRoll()(np.array([[0.3]])), [[t * np.cos(t) / 21, t * np.sin(t) / 21]])


def test_embeddings_are_frozen_and_spread_over_all_columns():
    x = PAIR.sample(2_000)[0]
    step = RandomEmbedding(2, 500, 1)
    out = step(x)
    np.testing.assert_array_equal(out, RandomEmbedding(2, 500, 1)(x))
    assert (out != RandomEmbedding(2, 500, 2)(x)).all()
    assert (out.std(axis=0) > 0.05).all()
    # Not linear: the centred columns span more than the two dimensions that went in.
    singular = np.linalg.svd(out - out.mean(axis=0), compute_uv=False)
    assert singular[2] > 0.02 * singular[0]
    np.testing.assert_allclose(step.inverse(out), x, atol=1e-8)


def linear_information(x, y):
    """What canonical correlations of a joint normal law would pass, in nats, without its bias of d^2 / 2n."""
    basis = [np.linalg.svd(side - side.mean(axis=0), full_matrices=False) for side in (x, y)]
    kept = [u[:, s > 1e-9 * s[0]] for u, s, _ in basis]
    rho = np.linalg.svd(kept[0].T @ kept[1], compute_uv=False)
    return -0.5 * np.log1p(-(rho**2)).sum() - kept[0].shape[1] * kept[1].shape[1] / (2 * len(x))


def test_a_deep_teacher_hides_its_information_from_what_is_linear():
    latent = Gaussian.from_information(4.0 * np.log(2.0), 10)
    law = Mapped(latent, DeepTeacher(10, 60, 1), DeepTeacher(10, 60, 2))
    x, y = law.sample(4_000, seed=0)
    assert linear_information(x, y) < 3.0 * np.log(2.0)
    np.testing.assert_allclose(law.map_x.inverse(x[:100]), latent.sample(4_000, seed=0)[0][:100], atol=1e-9)
    straight = Mapped(latent, DeepTeacher(10, 60, 1, gain=0.01), DeepTeacher(10, 60, 2, gain=0.01))
    assert linear_information(*straight.sample(4_000, seed=0)) > 3.7 * np.log(2.0)


def test_noise_is_independent_and_drawn_anew():
    law = Mapped(PAIR, AppendNoise(2), AppendNoise(2, 3.0))
    x, y = law.sample(N, seed=0)
    correlation = np.corrcoef(np.hstack([x, y]).T)
    assert np.abs(correlation[2:4, [0, 1, 4, 5, 6, 7]]).max() < 5 / np.sqrt(N)
    assert y[:, 2].std() == pytest.approx(3.0, rel=4.5 / np.sqrt(2 * N))
    with pytest.raises(UnsupportedError, match=r"map\.draw"):
        AppendNoise(2)(x)


def test_copies_are_copies():
    x = PAIR.sample(5)[0]
    np.testing.assert_array_equal(Duplicate(2)(x), np.hstack([x, x, x]))


@pytest.mark.parametrize("law", IMAGES, ids=lambda law: law.name)
def test_drawn_images_are_undone(law):
    x, y = law.sample(200, seed=0)
    assert x.shape == (200, 256)
    assert x.min() >= 0.0
    assert x.max() <= 1.0 + 1e-12
    hidden = law.distribution.sample(200, seed=0)
    np.testing.assert_allclose(law.map_x.inverse(x), hidden[0], atol=1e-9)
    np.testing.assert_allclose(law.pointwise(x, y), law.distribution.pointwise(*hidden), atol=1e-4)


def test_a_plate_has_its_bump_where_it_should():
    image = GaussianPlate(21)(np.array([[0.25, 0.8]])).reshape(21, 21)
    assert np.unravel_index(image.argmax(), image.shape) == (5, 16)
    assert image.max() == pytest.approx(1.0)


def test_a_rectangle_covers_its_area():
    u = np.array([[0.0, 0.0, 0.0, 1.0], [0.5, 0.5, 0.2, 0.9]])
    images = Rectangle(16)(u).reshape(2, 16, 16)
    assert images[0].sum() / 256 == pytest.approx(0.2 * 1.0)
    start = 0.8 * (1 - np.sqrt(1 - u[1, [0, 2]]))
    sides = 0.2 + u[1, [1, 3]] * (0.8 - start)
    assert images[1].sum() / 256 == pytest.approx(sides.prod())


def test_a_field_has_the_ratio_of_determinants():
    for rows in (1, 4):
        law = gaussian_field(5, rows, 0.7)
        shown = law.covariance[: 5 * rows, : 5 * rows]
        expected = 0.5 * np.linalg.slogdet(np.eye(5 * rows) + shown / 0.49)[1]
        assert law.mutual_information == pytest.approx(expected, rel=1e-9)
        assert (law.dim_x, law.dim_y) == (25, 5 * rows)
    x, y = law.sample(N, seed=0)
    # y - x on the shown rows is the noise, of standard deviation 0.7.
    assert (y - x[:, :20]).std() == pytest.approx(0.7, rel=0.01)


def test_digits_share_the_bits_they_should():
    law = DigitImages.shared_bits(10, 4.0)
    assert law.mutual_information == pytest.approx(4.0, abs=1e-9)
    assert DigitImages.shared_bits(3, 3 * np.log(2)).mutual_information == pytest.approx(3 * np.log(2))
    assert DigitImages.shared_bits(3, 0.0).mutual_information == pytest.approx(0.0, abs=1e-12)
    assert DigitImages.shared_bits(2, flip=0.1).mutual_information == pytest.approx(2 * 0.368064, abs=1e-5)
    x, y = law.sample(300, seed=0)
    assert (x.shape, y.shape) == ((300, 640), (300, 640))
    assert x.min() >= 0.0
    assert x.max() <= 1.0


def test_no_digit_is_on_both_sides_and_none_has_two_classes():
    law = DigitImages(Table.noiseless([0.5, 0.5]), 4)
    x, y = law.sample(2_000, seed=0)
    left, right = ({row.tobytes() for row in side.reshape(-1, 64)} for side in (x, y))
    assert not left & right
    images = [{image.tobytes() for image in pool} for pool in DigitImages(Table.symmetric(10, 0.5))._pools]
    assert len(set.union(*images)) == sum(len(pool) for pool in images)
    with pytest.raises(DataError, match="images of the pool"):
        law.pointwise(np.zeros((1, 256)), np.zeros((1, 256)))


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: Mapped(PAIR, np.exp), "map_x"),
        (lambda: Mapped(PAIR, SwissRoll()), "dim"),
        (lambda: Mapped(PAIR, Spiral(1, 2)), "dim"),
        (lambda: Mapped(PAIR, Linear(np.eye(3))), "matrix"),
        (lambda: Linear([[1.0, 1.0], [1.0, 1.0]]), "matrix"),
        (lambda: Power(0.0), "exponent"),
        (lambda: RandomEmbedding(5, 4), "columns"),
        (lambda: DeepTeacher(5, hidden=(8,)), "hidden"),
        (lambda: DeepTeacher(5, gain=0.0), "gain"),
        (lambda: Mapped(PAIR, RandomEmbedding(3, 9)), "dim"),
        (lambda: Mapped(correlated_uniform(Gaussian.dense(3, 3)), GaussianPlate()), "dim"),
        (lambda: Rectangle(5), "size"),
        (lambda: gaussian_field(4, 5), "rows"),
        (lambda: DigitImages.shared_bits(2, 3.0), "information"),
        (lambda: DigitImages(Table.symmetric(3, 0.1), classes=(1, 2)), "classes"),
    ],
)
def test_wrong_parameters_are_refused(make, what):
    with pytest.raises(ParameterError, match=f"`{what}` must"):
        make()


def test_a_map_wants_rows_and_columns():
    with pytest.raises(DataError, match="shape"):
        Rotation()(np.zeros(3))
