"""What selection asks of a method: pairs of columns, and pairs given the target."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np


class Informations(ABC):
    """Informations of d columns with a target and with each other, in nats."""

    @property
    @abstractmethod
    def d(self) -> int:
        """Number of columns."""

    @property
    @abstractmethod
    def n(self) -> int:
        """Number of rows."""

    @property
    @abstractmethod
    def relevance(self) -> np.ndarray:
        """I(f; y) of each column, shape (d,)."""

    @abstractmethod
    def beside(self, s: int, conditional: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """I(f; s) and I(f; s | y) of each column with a selected one, shape (d,) each; those of s have no meaning.

        The second are 0 where they are not wanted.
        """

    @abstractmethod
    def interactions(self, columns: np.ndarray) -> np.ndarray:
        """I(f, g; y) - I(f; y) - I(g; y) = I(f; g | y) - I(f; g) of places (c,), shape (c, c).

        The diagonal is minus infinity.
        """

    @abstractmethod
    def shuffled(self, order: np.ndarray) -> Informations:
        """The same with the rows of the target and of selected columns in another order, together.

        Columns that are not selected keep what they share with each other, and share nothing else.
        """

    @abstractmethod
    def entropies(self) -> tuple[np.ndarray, float]:
        """Entropies of the columns, (d,), and of the target, of the cells that numbers are binned into."""
