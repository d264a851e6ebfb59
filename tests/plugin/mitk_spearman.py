"""Mutual information from Spearman's rank correlation: an estimator of one's own in forty lines."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from mitk import Estimator, Found, Prepared, Tags
from mitk.errors import ParameterError


@dataclass(frozen=True, kw_only=True)
class SpearmanGaussian(Estimator):
    """Mutual information of a pair of columns with a Gaussian copula, from Spearman's rank correlation.

    Parameters
    ----------
    correct : bool, default True
        Take off the bias of 1 / 2n nats that chance correlation gives.
    """

    correct: bool = True

    @property
    def tags(self) -> Tags:
        """What it is for and what it promises; `mitk.testing.check_estimator` holds it to that."""
        return Tags(
            summary="monotone dependence of two columns, from Spearman's rank correlation",
            invariances=frozenset({"affine", "monotone"}),
            multivariate=False,
            interval="jackknife",
            min_n=20,
        )

    def check(self) -> None:
        """Raise ParameterError when an option breaks its rule."""
        if not isinstance(self.correct, bool):
            raise ParameterError(f"`correct` must be True or False; got {self.correct!r}.")

    def _value(self, prepared: Prepared) -> Found:
        samples = prepared.samples
        ranks_x, ranks_y = rankdata(samples.x.values[:, 0]), rankdata(samples.y.values[:, 0])
        spearman = np.corrcoef(ranks_x, ranks_y)[0, 1]
        rho = 2.0 * math.sin(math.pi / 6.0 * spearman)  # the correlation of a Gaussian with this rank correlation
        value = math.inf if abs(rho) > 1.0 - 1e-12 else -0.5 * math.log1p(-(rho**2))
        return Found(value - self.correct / (2.0 * samples.n), diagnostics={"spearman": float(spearman)})
