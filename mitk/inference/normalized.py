"""Mutual information of labels as a share of their entropies, with its confidence distribution."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mitk.inference.distribution import PROBABILITIES
from mitk.inference.inflation import effective_units, unit_variance
from mitk.inference.tables import table_quantiles
from mitk.numerics.entropies import ENTROPIES
from mitk.numerics.tables import Table, information, pointwise_cells
from mitk.results.interval import Quantiles

# What the information is divided by, from the entropies of x, of y and of both, in nats.
NORMALIZATIONS: dict[str, Callable[[float, float, float], float]] = {
    "min": lambda x, y, joint: min(x, y),
    "max": lambda x, y, joint: max(x, y),
    "sqrt": lambda x, y, joint: float(np.sqrt(max(x, 0.0) * max(y, 0.0))),
    "mean": lambda x, y, joint: 0.5 * (x + y),
    "joint": lambda x, y, joint: joint,
}
STEP = 1e-6
# Rows of cells beside which others may have been missed.
RARE = 2


class Normalized(NamedTuple):
    """A share, the parts it is made of in nats, and its confidence distribution."""

    value: float
    information: float
    entropies: tuple[float, float, float]
    quantiles: Quantiles


def normalized(table: Table, normalization: str, correction: str, labels: np.ndarray) -> Normalized:
    """Information over a mean of entropies, all by one correction.

    The interval is that of the information, whose arms are multiplied by what the denominator, estimated from the same
    rows, leaves of them: sd(i - v e) / sd(i), where i are the rows' contributions to the information, e those to the
    denominator, v the share; over the denominator. Where one side determines the other, or cells have one or two rows,
    another cell of share q may have been missed with probability (1 - q)^n, which costs up to H(q, 1 - q) + q.

    Parameters
    ----------
    table : Table
        Which knows the cell of each row.
    normalization : str
        A key of `NORMALIZATIONS`.
    correction : str
        A key of `mitk.numerics.entropies.ENTROPIES`.
    labels : ndarray of shape (n,)
        Unit of each row.
    """
    assert table.cell is not None
    n = len(table.cell)
    entropy, levels = ENTROPIES[correction], (len(table.x), len(table.y))
    entropies = entropy(table.x, levels[0]), entropy(table.y, levels[1]), entropy(table.joint, levels[0] * levels[1])
    found, divide = information(table, correction), NORMALIZATIONS[normalization]
    by = divide(*entropies)
    value = found / by
    surprise = np.column_stack(
        [-np.log(table.x[table.cell_x] / n), -np.log(table.y[table.cell_y] / n), -np.log(table.joint / n)]
    )
    # By the chain rule, from the slopes of the denominator.
    slopes = [(divide(*(np.array(entropies) + STEP * np.eye(3)[j])) - by) / STEP for j in range(3)]
    shares = pointwise_cells(table), pointwise_cells(table) - value * (surprise @ slopes)
    whole, left = (unit_variance(part[table.cell][:, None], labels)[0] for part in shares)
    kept = float(np.sqrt(left / whole)) if whole > 0.0 else 1.0
    dependent = labels if effective_units(labels) < n else None
    quantiles = np.array(table_quantiles(table, found, dependent, PROBABILITIES).values)
    arms = (quantiles - found) * kept / by
    # Where independence is not excluded, nor is 0.
    arms = np.where((quantiles <= 0.0) & (np.array(PROBABILITIES) < 0.5), np.minimum(arms, -value), arms)
    if len(table.joint) == max(levels) or table.joint.min() <= RARE:
        missed = -np.expm1(np.log1p(-np.array(PROBABILITIES[::-1])) / effective_units(labels))
        cost = (-missed * np.log(missed) - (1.0 - missed) * np.log1p(-missed) + missed) / by
        arms = np.where(np.array(PROBABILITIES) < 0.5, -np.hypot(arms, cost), arms)
    return Normalized(value, found, entropies, Quantiles(PROBABILITIES, tuple((value + arms).tolist()), "inversion"))
