"""Whether one column is a function of another as far as the rows tell."""

from __future__ import annotations

import numpy as np

# Fewer rows tell too little; more tell no more.
FEWEST, MOST = 30, 10_000
# How many times as large the errors of twice as far neighbours are, from which on no noise is seen: noise alone leaves
# them alike, 1.9 at most in 98 of 100 sets of 30 rows, and smooth functions without noise make them six times as large.
RISE = 3.5
ROUNDING = 1e-12


def seems_function(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether y (n,) interpolates between its neighbours along x (n,), of few ties, better the nearer these are.

    The line through rows i - s and i + s in the order of x misses y_i by a noise that does not depend on s, plus the
    bend of the function, about s^2 f''(x) / 2 times squared gaps. So where the median miss rises steeply from s = 1 to
    2, what noise there is lies below what these rows resolve, and the information has no bound that they could tell.

    Examples
    --------
    >>> x, noise = np.random.default_rng(0).standard_normal((2, 200))
    >>> seems_function(x, np.sin(3.0 * x)), seems_function(x, np.sin(3.0 * x) + 0.01 * noise)
    (True, False)
    """
    if len(x) < FEWEST:
        return False
    if len(x) > MOST:
        # Those in the middle are as dense as all.
        ends = (len(x) - MOST) // 2, (len(x) + MOST) // 2
        low, high = np.partition(x, ends)[list(ends)]
        inside = (x >= low) & (x <= high)
        x, y = x[inside], y[inside]
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    near, far = (_miss(x, y, step) for step in (1, 2))
    return near <= ROUNDING * float(np.median(np.abs(y - np.median(y)))) or far > RISE * near


def _miss(x: np.ndarray, y: np.ndarray, step: int) -> float:
    """Median distance of y from the line through the rows `step` before and after."""
    before, here, after = slice(None, -2 * step), slice(step, -step), slice(2 * step, None)
    span = x[after] - x[before]
    # Three rows of one value have no order: any share serves.
    share = np.divide(x[here] - x[before], span, out=np.full(len(span), 0.5), where=span > 0.0)
    return float(np.median(np.abs(y[here] - (1.0 - share) * y[before] - share * y[after])))
