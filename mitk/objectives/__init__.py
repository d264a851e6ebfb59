"""Objectives of a score matrix as pure JAX functions: train your own representations or critics with them.

A critic scores pairs: ``scores[i, j] = f(x_i, y_j)``. The diagonal holds the pairs that were drawn together, all else
pairs of strangers, which stand for the product of the marginals; so no pair of the joint law leaks into the product.
Every function takes such a square matrix, or, with ``product=``, joint scores of any shape and product scores of any
shape. Every value is in nats and is to be **maximised**, unless it says that it is a loss. E_p is the mean over the
joint law, E_q over the product of the marginals, f the critic, sp the softplus.

What an objective trains and what is read off the trained critic are two choices: train with `js`, read with `dv`.
"""

from mitk.objectives.densities import barber_agakov, club, l1out
from mitk.objectives.scores import (
    dv,
    fdime,
    flo,
    infonce,
    interpolated,
    js,
    mine,
    nwj,
    off_diagonal,
    plug_in,
    smile,
    tuba,
    wpc,
)

__all__ = [
    "barber_agakov",
    "club",
    "dv",
    "fdime",
    "flo",
    "infonce",
    "interpolated",
    "js",
    "l1out",
    "mine",
    "nwj",
    "off_diagonal",
    "plug_in",
    "smile",
    "tuba",
    "wpc",
]
