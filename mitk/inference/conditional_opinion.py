"""A second opinion on conditional information that was had by linear fits: what the fits leave is read again."""

from __future__ import annotations

from dataclasses import replace

from mitk.data.samples import Samples, Side
from mitk.inference.second_opinion import CheapReadings
from mitk.numerics.gaussian_mi import full_rank, unexplained
from mitk.results.reason import Reason

# Standard errors from which on something counts as left: more than for one reading, since there are two.
ERRORS_LEFT = 3.0


def conditional_opinion(samples: Samples, value: float, low: float, high: float) -> list[Reason]:
    """Reasons to doubt a conditional value that took dependence on the condition, and the rest, for linear.

    With residuals r of x and s of y on the condition z, a linear world has I(x; y | z) = I(r; s) and I(r; z) =
    I(s; z) = 0. Each is read as `second_opinion` does.

    Parameters
    ----------
    samples : Samples
        With a condition, without constant columns.
    value, low, high : float
        The estimate and its interval, in nats.

    Returns
    -------
    list of Reason

    Examples
    --------
    >>> import numpy as np
    >>> from mitk.data.samples import admit
    >>> x, z, e = np.random.default_rng(0).standard_normal((3, 1000))
    >>> linear = admit(x + z, x + 2.0 * z + e, given=z).samples
    >>> conditional_opinion(linear, 0.347, 0.3, 0.4)
    []
    >>> bent = admit(x + z, x + 2.0 * z**2 + e, given=z).samples
    >>> len(conditional_opinion(bent, 0.06, 0.03, 0.1)) > 0
    True
    """
    assert samples.given is not None
    given = full_rank(samples.given.values)
    left = {}
    for what, side in (("x", samples.x), ("y", samples.y)):
        columns = unexplained(full_rank(side.values), given)
        if columns.shape[1] == 0:
            return []
        left[what] = Side(columns, ("continuous",) * columns.shape[1], tuple(f"{what} left" for _ in columns.T))
    plain = replace(samples, given=None)
    doubts = CheapReadings(replace(plain, x=left["x"], y=left["y"])).against(value, low, high)
    for what, side in left.items():
        if CheapReadings(replace(plain, x=side, y=samples.given), ERRORS_LEFT).against(0.0, 0.0, 0.0):
            text = f"What a linear fit on the condition leaves of {what} still depends on the condition"
            doubts.append(Reason("condition-bends", text, "transform the columns until their relations are linear"))
    return doubts
