"""Relations without noise: the information has no bound, whatever a method says."""

from __future__ import annotations

import numpy as np

from mitk.data.samples import Samples
from mitk.numerics.interpolation import seems_function

# What to do about them.
ADD_NOISE = "add the noise that measurements have, or ask how much is lost in a channel"


def exact_relation(samples: Samples) -> tuple[str, str] | None:
    """Names of a column and of that which it is a function of as far as the rows tell, of one continuous column a side.

    None where neither is one, where there are more columns, or where values repeat. One row of each group is looked at:
    those of a group may be near each other on both sides, or the same.
    """
    if samples.groups is not None:
        samples = samples.take(np.unique(samples.groups, return_index=True)[1])
    x, y = samples.x, samples.y
    if x.kinds != ("continuous",) or y.kinds != ("continuous",):
        return None
    for one, other in ((x, y), (y, x)):
        if seems_function(one.values[:, 0], other.values[:, 0]):
            return other.names[0], one.names[0]
    return None
