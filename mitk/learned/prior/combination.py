"""Laws that MIST is never trained on and that what learns to combine several methods may see.

What such a combination says of its own error must hold where MIST is a stranger, so it learns from laws of both kinds:
those of the prior, and these. ``Prior(families=COMBINATION_FAMILIES)`` draws them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from scipy.special import digamma, gammaln

from mitk.distributions import (
    DeepTeacher,
    Gaussian,
    Inliers,
    LinearSeries,
    Map,
    SeriesWindows,
    SoftplusTeacher,
    StudentMixture,
    UniformBall,
)
from mitk.learned.prior.channels import channels
from mitk.learned.prior.families import Draw, Family, normal_draw, seen_turned
from mitk.learned.prior.spectra import diagonal, spectrum

# Draws behind the truth of a Student mixture: a standard error of about 0.01 nats.
DRAWS = 8000
# Columns a side that laws side by side take at most.
WIDEST = 64


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def ball(rng: np.random.Generator, n: int) -> Draw:
    """A uniform point of a ball, its columns dealt to both sides; two of them at times."""
    parts = [UniformBall(*(int(d) for d in rng.integers(1, 7, 2))) for _ in range(int(rng.integers(1, 3)))]
    rows = [part.sample(n, _seed(rng)) for part in parts]
    x, y = (np.hstack([row[side] for row in rows]) for side in (0, 1))
    return Draw(x, y, sum(part.mutual_information for part in parts))


def shares(rng: np.random.Generator, n: int) -> Draw:
    """Shares of a whole that follow Dirichlet's law: some of them are x, others y, and some are not seen."""
    k, m, unseen = (int(d) for d in rng.integers(1, 6, 3))
    strength = np.exp(rng.uniform(math.log(0.3), math.log(6.0), k + m + unseen))
    rest = strength[k + m :].sum()
    rows = rng.dirichlet(np.append(strength[: k + m], rest), n)
    own_x, own_y = strength[:k], strength[k : k + m]
    information = (
        dirichlet_entropy(np.append(own_x, own_y.sum() + rest))
        + dirichlet_entropy(np.append(own_y, own_x.sum() + rest))
        - dirichlet_entropy(np.concatenate([own_x, own_y, [rest]]))
    )
    return Draw(rows[:, :k], rows[:, k : k + m], information)


def dirichlet_entropy(strength: np.ndarray) -> float:
    """Entropy of Dirichlet's law in nats, all shares but one being coordinates."""
    total = float(strength.sum())
    log_beta = float(gammaln(strength).sum() - gammaln(total))
    own = float(((strength - 1.0) * digamma(strength)).sum())
    return log_beta + (total - len(strength)) * float(digamma(total)) - own


def order_statistics(rng: np.random.Generator, n: int) -> Draw:
    """The i-th and the j-th smallest of a few uniform numbers, one to three times side by side.

    With the gaps (i, j - i, N + 1 - j) of Dirichlet's law: h of the two margins minus h of the gaps.
    """
    sides: list[list[np.ndarray]] = [[], []]
    information = 0.0
    for _ in range(int(rng.integers(1, 4))):
        many = int(rng.integers(2, 31))
        i, j = sorted(int(place) for place in rng.permutation(many)[:2] + 1)
        gaps = np.array([i, j - i, many + 1 - j], dtype=float)
        rows = rng.dirichlet(gaps, n)
        sides[0].append(rows[:, 0])
        sides[1].append(rows[:, 0] + rows[:, 1])
        margins = (np.array([gaps[0], gaps[1] + gaps[2]]), np.array([gaps[0] + gaps[1], gaps[2]]))
        information += sum(dirichlet_entropy(margin) for margin in margins) - dirichlet_entropy(gaps)
    return Draw(np.column_stack(sides[0]), np.column_stack(sides[1]), information)


def windows(rng: np.random.Generator, n: int) -> Draw:
    """Past of a driver and future of what it drives, in one to sixteen steps each; rows independent."""
    memory = rng.uniform(-0.95, 0.95, 2)
    # Three times in ten the driver is strong.
    drive = rng.uniform(0.2, 1.5) if rng.random() < 0.7 else math.exp(rng.uniform(math.log(1.5), math.log(12.0)))
    series = LinearSeries(np.array([[memory[0], 0.0], [drive, memory[1]]]))
    width_x, width_y, lag = (int(d) for d in rng.integers((1, 1, 0), (17, 17, 3)))
    law = SeriesWindows(series, width_x, width_y, lag).rows
    x, y = law.sample(n, _seed(rng))
    return Draw(x, y, max(law.mutual_information, 0.0))


def contaminated(rng: np.random.Generator, n: int) -> Draw:
    """A normal pair, or two alike, among columns of noise; in a share of the rows y is that of another row."""
    dx, dy = (int(d) for d in rng.integers(1, 7, 2))
    pairs = min(dx, dy, int(rng.integers(1, 3)))
    correlations = np.full(pairs, math.sqrt(rng.uniform(0.2, 0.98)))
    law = Inliers(Gaussian.from_canonical_correlations(correlations, dx, dy), float(rng.uniform(0.05, 0.6)))
    x, y = law.sample(n, _seed(rng))
    return Draw(x, y, law.mutual_information)


def student_mixture(rng: np.random.Generator, n: int) -> Draw:
    """Two to five clusters with heavy tails, in one to four columns a side."""
    dx, dy = (int(d) for d in rng.integers(1, 5, 2))
    many, d = int(rng.integers(2, 6)), dx + dy
    roots = rng.standard_normal((many, d, d + 1)) / math.sqrt(d + 1.0)
    law = StudentMixture(
        rng.dirichlet(np.full(many, 3.0)),
        rng.uniform(0.0, 4.0) * rng.standard_normal((many, d)),
        [root @ root.T + 0.05 * np.eye(d) for root in roots],
        dx,
        dofs=np.exp(rng.uniform(math.log(1.5), math.log(20.0), many)),
    )
    known = law.pointwise(*law.sample(DRAWS, _seed(rng)))
    x, y = law.sample(n, _seed(rng))
    return Draw(x, y, max(float(np.mean(known)), 0.0))


def teacher(rng: np.random.Generator, n: int) -> Draw:
    """Normal variates behind frozen networks of many outputs."""
    k = int(rng.integers(1, 9))
    correlations = spectrum(rng, k)
    if rng.random() < 0.3:
        # Three to twenty nats.
        aim = math.exp(rng.uniform(math.log(3.0), math.log(20.0))) * rng.dirichlet(np.full(k, 5.0))
        correlations = -np.sort(-np.sqrt(-np.expm1(-2.0 * np.minimum(aim, 6.0))))
    draw = normal_draw(rng, n, diagonal(correlations, k, k))
    columns = int(rng.integers(32, 129))
    soft = rng.random() < 0.5
    maps: list[Map] = [
        SoftplusTeacher(k, columns, _seed(rng), 16) if soft else DeepTeacher(k, columns, _seed(rng)) for _ in range(2)
    ]
    return Draw(maps[0](draw.x), maps[1](draw.y), draw.information)


# Laws of few columns that are set side by side or whose sides are exchanged for those of others.
SMALL: tuple[Family, ...] = (ball, shares, order_statistics, contaminated, student_mixture, channels)


def side_by_side(rng: np.random.Generator, n: int) -> Draw:
    """Three to ten draws of one of the small laws, in up to sixty-four columns a side."""
    law = SMALL[rng.integers(len(SMALL))]
    sides: list[list[np.ndarray]] = [[], []]
    information = 0.0
    for _ in range(int(rng.integers(3, 11))):
        draw = law(rng, n)
        if any(sum(p.shape[1] for p in (*side, own)) > WIDEST for side, own in zip(sides, draw[:2], strict=True)):
            break
        sides[0].append(draw.x)
        sides[1].append(draw.y)
        information += draw.information
    return Draw(np.hstack(sides[0]), np.hstack(sides[1]), information)


def unrelated(rng: np.random.Generator, n: int) -> Draw:
    """Sides of two of these laws, or of the rows of one that do not meet: 0 nats, often in many columns."""
    laws = (*SMALL, side_by_side, side_by_side, windows, teacher)
    one = laws[rng.integers(len(laws))](rng, 2 * n)
    if rng.random() < 0.5:
        return Draw(one.x[:n], one.y[n:], 0.0)
    other = laws[rng.integers(len(laws))](rng, n)
    return Draw(one.x[:n], other.y, 0.0)


def _turned(family: Family) -> Family:
    """The family as it may reach a reader: sides exchanged, at times turned."""

    def drawn(rng: np.random.Generator, n: int) -> Draw:
        return seen_turned(rng, family(rng, n), 0.25)

    drawn.__name__, drawn.__doc__ = family.__name__, family.__doc__
    # Recipes tell families apart by it.
    drawn.__qualname__ = f"COMBINATION_FAMILIES.{family.__name__}"
    return drawn


COMBINATION_FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "ball": _turned(ball),
        "shares": _turned(shares),
        "order-statistics": _turned(order_statistics),
        "windows": _turned(windows),
        "contaminated": _turned(contaminated),
        "student-mixture": _turned(student_mixture),
        "teacher": teacher,
        "channels": _turned(channels),
        "side-by-side": _turned(side_by_side),
        "unrelated": _turned(unrelated),
    }
)
