"""The network of pairs that share something, without the edges that others explain."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from mitk.data.frames import as_frame
from mitk.errors import ParameterError, sentence
from mitk.hyperparameters import one_of
from mitk.many.answers import FAILED

if TYPE_CHECKING:
    from mitk.many.result import PairwiseResult

PRUNINGS = ("dpi",)


class Network:
    """Units and the edges between those that share something.

    Attributes
    ----------
    result : PairwiseResult
        That it was made of.
    edges : ndarray of shape (m,), int64
        Places of the edges in ``result.answers``.
    pruned : int
        Edges that others explain.
    """

    def __init__(self, result: PairwiseResult, edges: np.ndarray, pruned: int) -> None:
        self.result = result
        self.edges = edges
        self.pruned = pruned

    def __len__(self) -> int:
        return len(self.edges)

    def frame(self) -> Any:
        """The edges, as `PairwiseResult.frame`, the strongest first."""
        columns = self.result.columns()
        order = self.edges[np.argsort(-self.result.answers.value[self.edges], kind="stable")]
        return as_frame({name: column[order] for name, column in columns.items()}, self.result.frame_kind)

    def neighbors(self, name: str) -> list[str]:
        """Names of the units that share an edge with one, the strongest first."""
        names, answers = self.result.names, self.result.answers
        if name not in names:
            raise ParameterError(sentence("name", "must be that of a column", repr(name)))
        place = names.index(name)
        mine = [k for k in self.edges.tolist() if place in (answers.x[k], answers.y[k])]
        mine.sort(key=lambda k: -answers.value[k])
        return [names[answers.y[k] if answers.x[k] == place else answers.x[k]] for k in mine]

    def plot(self, ax: Any = None) -> Any:
        """Draw it: the thicker an edge, the more its ends share. Needs the ``plot`` extra."""
        return importlib.import_module("mitk.show.network").plot_network(self, ax=ax)

    def __repr__(self) -> str:
        return f"<Network {len(self)} edges, {self.pruned} explained by others>"


def network_of(result: PairwiseResult, prune: str | None, level: float, tolerance: float) -> Network:
    """The network of a result; `PairwiseResult.network` documents it."""
    if prune is not None:
        one_of("prune", prune, PRUNINGS)
    for name, number, least in (("level", level, 0.0), ("tolerance", tolerance, -1e-300)):
        if not isinstance(number, (int, float)) or isinstance(number, bool) or not least < number < 1.0:
            raise ParameterError(sentence(name, "must be a number between 0 and 1", repr(number)))
    answers = result.answers
    if np.isnan(result.q_values).all():
        raise ParameterError(sentence("test", "must have been True for a network", "no p-values"))
    found = np.flatnonzero((result.q_values <= level) & (answers.status != FAILED) & (answers.value > 0.0))
    if prune is None or not len(found):
        return Network(result, found, 0)
    from mitk.numerics.triangles import explained_edges  # compiles, and is needed only here

    explained = explained_edges(answers.x[found], answers.y[found], answers.value[found], len(result.names), tolerance)
    return Network(result, found[~explained], int(explained.sum()))
