"""Informations by any method: many pairs together where it can, joint ones by fits of two columns with the target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mitk.data.columns import Column
from mitk.data.options import FitOptions
from mitk.estimator import Estimator
from mitk.many.ready import Ready, ready
from mitk.many.tiles import Failure, Recipe, answered_together
from mitk.many.units import Units
from mitk.selection.informations import Informations
from mitk.selection.reading import Features, Target
from mitk.selection.tables import binned


@dataclass(frozen=True, eq=False)
class Fits(Informations):
    """Informations that a method reads from pairs, and from two columns with the target.

    I(f; s | y) = I(f, s; y) - I(f; y) - I(s; y) + I(f; s), of which the first is one fit for each column. The classes'
    own informations I(f; s), averaged, would be answered together, but each class has so few rows that their errors
    decide: with neighbours the columns that JMI took of 455 rows of tumours agreed to 0.5 (Kuncheva), and to 0.8 by
    joint fits.

    Attributes
    ----------
    features : Features
    target : Target
    recipe : Recipe
    y : Column
        The target.
    order : ndarray of shape (n,), optional
        That of the rows of selected columns; those of the target are in it.
    own : ndarray of shape (d,), optional
        I(f; y) in the order of the columns, where rows are shuffled.
    """

    features: Features
    target: Target
    recipe: Recipe
    y: Column
    order: np.ndarray | None = None
    own: np.ndarray | None = None

    @property
    def d(self) -> int:
        """Number of columns."""
        return self.features.shape[1]

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.features.shape[0]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Those to select from."""
        return tuple(self.features.columns())

    @cached_property
    def relevance(self) -> np.ndarray:
        """I(f; y), shape (d,)."""
        return self._with(self.y, self.target.label or None)

    def beside(self, s: int, conditional: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """I(f; s) and I(f; s | y)."""
        if self.order is None:
            partner, redundancy = self.columns[s], self._among(s)
        else:
            partner = replace(self.columns[s], values=self.columns[s].values[self.order])
            redundancy = self._with(partner, None)
        if not conditional:
            return redundancy, np.zeros(self.d)
        own = self.relevance if self.own is None else self.own
        joint = np.array([0.0 if f == s else self._joint(self.columns[f], partner) for f in range(self.d)])
        return redundancy, joint - self.relevance - own[s] + redundancy

    def interactions(self, columns: np.ndarray) -> np.ndarray:
        """I(f, g; y) - I(f; y) - I(g; y), shape (c, c)."""
        found = np.full((len(columns), len(columns)), -np.inf)
        for i, f in enumerate(columns.tolist()):
            for j, g in enumerate(columns[:i].tolist()):
                joint = self._joint(self.columns[f], self.columns[g])
                found[i, j] = found[j, i] = joint - self.relevance[f] - self.relevance[g]
        return found

    def shuffled(self, order: np.ndarray) -> Fits:
        """With the target's and the selected columns' rows in another order."""
        y = replace(self.y, values=self.y.values[order])
        return replace(self, y=y, order=order, own=self.relevance)

    def entropies(self) -> tuple[np.ndarray, float]:
        """Those of binned columns: densities have no scale of their own."""
        return binned(self.features, self.target).entropies()

    @cached_property
    def _units(self) -> Units:
        return _units(self.columns, (None,) * self.d)

    @cached_property
    def _ready(self) -> Ready:
        return ready(self._units, None)

    def _among(self, s: int) -> np.ndarray:
        """I(f; s) of columns in their own order, which are ranked once."""
        others = np.delete(np.arange(self.d), s)
        pairs = np.column_stack([np.minimum(others, s), np.maximum(others, s)])
        found = np.zeros(self.d)
        found[others] = self._answers(self._units, self._ready, pairs)
        return found

    def _with(self, partner: Column, told: bool | None) -> np.ndarray:
        """Informations of each column with another, shape (d,)."""
        units = _units((*self.columns, partner), (*(None,) * self.d, told))
        pairs = np.column_stack([np.arange(self.d), np.full(self.d, self.d)])
        return self._answers(units, ready(units, None), pairs)

    def _answers(self, units: Units, columns: Ready, pairs: np.ndarray) -> np.ndarray:
        """Informations of pairs of places (m, 2) with the first the smaller, shape (m,)."""
        found = np.empty(len(pairs))
        at = {pair: place for place, pair in enumerate(map(tuple, pairs.tolist()))}
        rest = pairs
        if self.recipe.together:
            answers, _, rest = answered_together(self.recipe, columns, pairs)
            found[[at[pair] for pair in zip(answers.x.tolist(), answers.y.tolist(), strict=True)]] = answers.value
        for i, j in rest.tolist():
            first, second = units.columns[i][0], units.columns[j][0]
            found[at[i, j]] = self._fit([first], units.told(i), second, units.told(j))
        return found

    def _joint(self, first: Column, second: Column) -> float:
        return self._fit([first, second], [None, None], self.y, [self.target.label or None])

    def _fit(self, x: list[Column], told_x: list[bool | None], y: Column, told_y: list[bool | None]) -> float:
        sides = {str(place): column for place, column in enumerate(x)}
        outcome, _ = self.recipe.attempt(sides, {"y": y}, told_x, told_y)
        if isinstance(outcome, Failure):
            raise outcome.kind(outcome.text)
        return float(outcome.value)


def _units(columns: tuple[Column, ...], told: tuple[bool | None, ...]) -> Units:
    names = tuple(column.name for column in columns)
    return Units(names, tuple((column,) for column in columns), tuple((word,) for word in told))


def fitted(features: Features, target: Target, estimator: Estimator, name: str) -> Fits:
    """Columns and target ready for the fits of a method registered under a name."""
    # The order of rows means nothing to a selection; intervals and tests of each pair would not be looked at.
    recipe = Recipe(estimator, name, FitOptions(confidence=None, block=1), test=False)
    return Fits(features, target, recipe, Column(target.values, "y", target.label))
