"""The meta-distribution: which laws, how many rows, how many columns a learned estimator is trained on."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from mitk.errors import ParameterError, sentence
from mitk.learned.prior import densities, embeddings, even, families, low_rank, patches, redundant, spectra
from mitk.learned.prior.families import Draw, Family
from mitk.learned.prior.independent import independent

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "mist": families.mist,
        "elliptical": families.elliptical,
        "blocks": families.blocks,
        "clusters": families.clusters,
        "bent": families.bent,
        "independent": independent,
        "shapes": low_rank.shapes,
        "collinear": low_rank.collinear,
        "surfaces": low_rank.surfaces,
        "rotated": spectra.rotated,
        "strong": spectra.strong,
        "planar": densities.planar,
        "even": even.even,
        "redundant": redundant.redundant,
        "embedded": embeddings.embedded,
        "patches": patches.patches,
    }
)
WEIGHTS = MappingProxyType(
    {
        "mist": 0.20,
        "elliptical": 0.06,
        "blocks": 0.08,
        "clusters": 0.07,
        "bent": 0.08,
        "independent": 0.06,
        "shapes": 0.08,
        "collinear": 0.03,
        "surfaces": 0.02,
        "rotated": 0.09,
        "strong": 0.05,
        "planar": 0.05,
        "even": 0.04,
        "redundant": 0.04,
        "embedded": 0.03,
        "patches": 0.02,
    }
)
Side = Callable[[np.ndarray], np.ndarray]
# What the network's statistics can be had from, what it can tell apart, and draws before a family is given up.
LEAST_ROWS, TOP, TRIES = 10, 60.0, 1000


@dataclass(frozen=True)
class Prior:
    """A distribution over joint laws and numbers of rows.

    Parameters
    ----------
    weights : mapping of str to float, optional
        Share of each family, by its name in `FAMILIES` or in `families`; need not add up to 1. By default those of
        `WEIGHTS`, or equal shares of `families` when there are any.
    rows : tuple of (float, int, int, bool)
        Shares of ranges of n: (share, least, most, whether uniform rather than log-uniform).
    max_dim : int, default 144
        Sides with more columns are drawn again.
    families : mapping of str to callable or str, optional
        Families of your own: ``family(rng, n)`` returns a `Draw`, n rows of each side and the information between
        them in nats. A "package.module:function" is imported where it is needed.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> Prior({"mist": 3, "independent": 1}, max_dim=16).max_dim
    16
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    rows: tuple[tuple[float, int, int, bool], ...] = (
        (0.15, 10, 500, True),
        (0.60, 10, 2_000, False),
        (0.25, 2_000, 20_000, False),
    )
    max_dim: int = 144
    families: Mapping[str, Family | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.weights:
            equal = dict.fromkeys(self.families, 1.0)
            object.__setattr__(self, "weights", equal or dict(WEIGHTS))
        known = [*FAMILIES, *self.families]
        for name, share in self.weights.items():
            if name not in known:
                raise ParameterError(sentence("prior.weights", f"must name families: {', '.join(known)}", repr(name)))
            if not 0.0 <= share < math.inf:
                raise ParameterError(sentence(f"prior.weights.{name}", "must be a share of at least 0", share))
        if sum(self.weights.values()) <= 0.0:
            raise ParameterError(sentence("prior.weights", "must have a positive share", "none"))
        for name, family in self.families.items():
            if name in FAMILIES or name not in self.weights:
                rule = "must be a name of its own" if name in FAMILIES else "must have a share in prior.weights"
                raise ParameterError(sentence(f"prior.families.{name}", rule, repr(name)))
            named(family, f"prior.families.{name}")
        if not self.rows or sum(row[0] for row in self.rows) <= 0.0:
            raise ParameterError(sentence("prior.rows", "must have a range of positive share", "none"))
        for row in self.rows:
            share, least, most, _ = row
            if not 0.0 <= share < math.inf or not LEAST_ROWS <= least <= most:
                rule = f"must hold [share, least, most, uniform] with {LEAST_ROWS} <= least <= most"
                raise ParameterError(sentence("prior.rows", rule, list(row)))
        if self.max_dim < 1:
            raise ParameterError(sentence("prior.max_dim", "must be at least 1", self.max_dim))

    def draw(self, seed: int | np.random.SeedSequence) -> tuple[str, Draw]:
        """One data set: the name of its family, its rows and its information in nats.

        Raises
        ------
        ParameterError
            When a family of your own does not draw what it must.

        Examples
        --------
        >>> family, draw = Prior().draw(0)
        >>> draw.x.shape[0] == draw.y.shape[0]
        True
        """
        rng = np.random.default_rng(seed)
        names = list(self.weights)
        shares = np.array([self.weights[name] for name in names], dtype=float)
        name = names[int(rng.choice(len(names), p=shares / shares.sum()))]
        n = self._rows(rng)
        family = FAMILIES[name] if name in FAMILIES else named(self.families[name], f"prior.families.{name}")
        for _ in range(TRIES):
            draw = columns(name, family(rng, n), n)
            if draw.information < -1e-9:
                rule = "must draw an information of at least 0 nats"
                raise ParameterError(sentence(f"prior.families.{name}", rule, draw.information))
            good = np.isfinite(draw.information) and np.isfinite(draw.x).all() and np.isfinite(draw.y).all()
            if good and draw.information < TOP and max(draw.x.shape[1], draw.y.shape[1]) <= self.max_dim:
                return name, draw
        rule = f"must draw finite sides of at most {self.max_dim} columns and less than {TOP:.0f} nats"
        raise ParameterError(sentence(name, rule, f"none in {TRIES} draws"))

    def _rows(self, rng: np.random.Generator) -> int:
        shares = np.array([row[0] for row in self.rows])
        _, least, most, uniform = self.rows[int(rng.choice(len(shares), p=shares / shares.sum()))]
        if uniform:
            return int(rng.integers(least, most + 1))
        return round(math.exp(rng.uniform(math.log(least), math.log(most))))


@dataclass(frozen=True)
class Pushed:
    """A family seen through a map of each side."""

    family: Family
    map_x: Side | None
    map_y: Side | None

    def __call__(self, rng: np.random.Generator, n: int) -> Draw:
        """Draw, then map."""
        draw = columns("family", self.family(rng, n), n)
        x = draw.x if self.map_x is None else self.map_x(draw.x)
        y = draw.y if self.map_y is None else self.map_y(draw.y)
        return Draw(x, y, draw.information)


def pushed(family: Family | str, map_x: Side | None = None, map_y: Side | None = None) -> Family:
    """The family with each side pushed through an invertible map, which keeps the information.

    Parameters
    ----------
    family : callable or str
        A family of your own, or the name of one in `FAMILIES`.
    map_x, map_y : callable, optional
        From rows of shape (n, d) to rows of shape (n, e), one to one: a normalising flow fitted to your data, a
        rotation, a curve. It may have more columns than it is given. Nothing checks that it is one to one. By
        default the side stays as it is. Every process needs a copy: what joblib can pickle will do.

    Returns
    -------
    callable
        A family for ``Prior(families={...})``.

    Notes
    -----
    MIST sees columns by their ranks, so a map that only rescales single columns changes nothing; one that mixes them
    does.

    Examples
    --------
    >>> import numpy as np
    >>> swirl = pushed("clusters", map_x=lambda x: x + 0.5 * np.sin(x[:, ::-1]))
    >>> before, after = (f(np.random.default_rng(0), 50) for f in (FAMILIES["clusters"], swirl))
    >>> before.information == after.information, bool((before.x == after.x).all())
    (True, False)
    """
    if isinstance(family, str) and family in FAMILIES:
        family = FAMILIES[family]
    return Pushed(named(family, "family"), map_x, map_y)


def named(family: Family | str, what: str) -> Family:
    """The family itself, imported when it is given as "package.module:function"."""
    rule = 'must be a callable (rng, n) or the "package.module:function" of one'
    if isinstance(family, str):
        module, colon, function = family.partition(":")
        if not (colon and module and function):
            raise ParameterError(sentence(what, rule, repr(family)))
        try:
            family = getattr(importlib.import_module(module), function)
        except (ImportError, AttributeError) as error:
            raise ParameterError(sentence(what, rule, f"{family!r} ({error})")) from error
    if not callable(family):
        raise ParameterError(sentence(what, rule, repr(family)))
    return family


def columns(name: str, draw: Any, n: int) -> Draw:
    """What a family returned, as `Draw` of sides with two axes."""
    try:
        x, y, information = draw
        sides = [np.asarray(side, dtype=np.float64) for side in (x, y)]
        sides = [side[:, None] if side.ndim == 1 else side for side in sides]
        if all(side.ndim == 2 and len(side) == n and side.shape[1] for side in sides):
            return Draw(sides[0], sides[1], float(information))
        got = f"sides of shapes {np.shape(x)} and {np.shape(y)} for n={n}"
    except (TypeError, ValueError) as error:
        got = str(error)
    raise ParameterError(sentence(name, "must draw (x, y, information) with n rows of each side", got))
