"""Kernel density estimator of mutual information."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mitk.data.samples import Prepared, Samples, Side
from mitk.data.screening import crowded_columns
from mitk.errors import DataError, ParameterError, sentence
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.numerics.gaussian_mi import full_rank
from mitk.numerics.kernel_density import leave_one_out_log_sums
from mitk.numerics.ranks import standardised
from mitk.remedies import compare_with
from mitk.results.reason import Reason, Status
from mitk.tags import Tags

RULES = ("silverman", "scott", "likelihood")
# Multiples of Silverman's bandwidth that the likelihood is compared on, and the rows it is computed from.
FACTORS = np.geomspace(0.1, 1.5, 12)
LIKELIHOOD_ROWS = 1000
# Share of the rows of a column on its most frequent value from which on the likelihood is no guide.
MOST_REPEATED = 0.05
# Nats below 0 that chance may put a value at independence.
LEAST_BELOW = 0.05


@dataclass(frozen=True, kw_only=True)
class KDE(Estimator):
    """Mutual information from leave-one-out kernel densities with a product Gaussian kernel.

    Parameters
    ----------
    bandwidth : {"likelihood", "silverman", "scott"} or float, default "likelihood"
        In standard deviations of the columns, the same for the joint density and both margins, whose biases
        then partly cancel. "likelihood" takes the multiple of Silverman's value with the largest
        leave-one-out likelihood of the joint density (from up to 1,000 rows).
    seed : int, default 0
        Only used by resampling intervals.

    Notes
    -----
    ``I = 1/n sum_i ln f_-i(x_i, y_i) / f_-i(x_i) f_-i(y_i)`` nats, ``f_-i`` the kernel density from the other rows.
    Silverman: h = (4 / (d + 2) n)^(1 / (d + 4)); Scott: h = n^(-1 / (d + 4)); d = dx + dy.
    Time grows with n^2; memory is linear.

    Fails for heavy tails and skew (one bandwidth cannot serve bulk and tail), above about 4 columns in all, and
    where the density has edges.

    References
    ----------
    * Y.-I. Moon, B. Rajagopalan and U. Lall, "Estimation of mutual information using kernel density
      estimators", Physical Review E 52 (1995).
    * B. W. Silverman, "Density Estimation for Statistics and Data Analysis" (1986).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(1000)
    >>> y = 0.8 * x + 0.6 * rng.standard_normal(1000)     # truth: 0.511 nats
    >>> abs(KDE().fit(x, y).value - 0.511) < 0.06
    True
    """

    bandwidth: str | float = "likelihood"

    @property
    def tags(self) -> Tags:
        """Smooth densities in few dimensions; columns are standardised."""
        return Tags(
            summary="smooth densities in few dimensions; Gaussian kernels",
            data=frozenset({"continuous"}),
            invariances=frozenset({"affine"}),
            min_n=50,
            max_dim=4,
            pointwise=True,
        )

    def check(self) -> None:
        """Raise ParameterError for an unknown rule or a bandwidth that is not positive."""
        number = isinstance(self.bandwidth, (int, float, np.number)) and not isinstance(self.bandwidth, bool)
        known = isinstance(self.bandwidth, str) and self.bandwidth in RULES
        if not (known or (number and 0.0 < float(self.bandwidth) < math.inf)):
            raise ParameterError(
                sentence(
                    "bandwidth",
                    f"must be one of {', '.join(RULES)} or a positive number",
                    repr(self.bandwidth),
                )
            )

    def _prepare(self, side: Side) -> np.ndarray:
        columns = standardised(side.values)
        # Columns that others of their side determine add no density: white ones that span them hold the same.
        spanning = full_rank(side.values)
        return columns if spanning.shape[1] == columns.shape[1] else spanning

    def _value(self, prepared: Prepared) -> Found:
        state_x, state_y, samples = prepared.x, prepared.y, prepared.samples
        if samples.n < 3:
            raise DataError(sentence("x", "must have at least 3 rows for KDE", samples.n))
        h, cut_off = self._width(state_x, state_y)
        both = np.column_stack([state_x, state_y])
        log_x, log_y, log_xy = (leave_one_out_log_sums(points, h) for points in (state_x, state_y, both))
        # The kernels' normalising constants cancel, one factor n - 1 stays.
        pointwise = log_xy - log_x - log_y + math.log(samples.n - 1)
        status = Status()
        if cut_off:
            text = "The density is sharper than the narrowest kernel tried, and the truth may be larger"
            status = status.because(Reason("bandwidth", text, compare_with(samples, self)))
        return Found(float(pointwise.mean()), pointwise=pointwise, status=status, diagnostics={"bandwidth": h})

    def _doubts(self, found: Found, samples: Samples, tags: Tags) -> list[Reason]:
        doubts = super()._doubts(found, samples, tags)
        doubts += crowded_columns(samples, 'transform them, or use method="ksg" with margins="normal"')
        if found.pointwise is not None:
            error = float(found.pointwise.std()) / math.sqrt(samples.n)
            if found.value < -max(LEAST_BELOW, error):
                text = f"The value is {found.value:.2g} nats and none can be below 0: kernels do not suit the density"
                doubts.append(Reason("below-zero", text, compare_with(samples, self)))
        return doubts

    def _subsample_rule(self, prepared: Prepared) -> tuple[int, float]:
        # The bias follows the squared bandwidth, which falls as n^(-1 / (d + 4)).
        return 40, 2.0 / (prepared.samples.x.d + prepared.samples.y.d + 4)

    def _width(self, x: np.ndarray, y: np.ndarray) -> tuple[float, bool]:
        """The bandwidth, and whether the likelihood would have liked it narrower than the grid."""
        n, d = len(x), x.shape[1] + y.shape[1]
        if not isinstance(self.bandwidth, str):
            return float(self.bandwidth), False
        if self.bandwidth == "scott":
            return n ** (-1.0 / (d + 4)), False
        silverman = (4.0 / ((d + 2) * n)) ** (1.0 / (d + 4))
        if self.bandwidth == "silverman" or max(map(_repeated, (*x.T, *y.T))) > MOST_REPEATED:
            # The likelihood of values that repeat grows without bound as kernels become narrow.
            return silverman, False
        rows = np.arange(n)
        if n > LIKELIHOOD_ROWS:
            # By value, so that the order of the rows does not matter.
            rows = np.lexsort((y[:, 0], x[:, 0]))[:: -(-n // LIKELIHOOD_ROWS)]
        m = len(rows)
        shrink = (m / n) ** (1.0 / (d + 4))
        widths = silverman * FACTORS / shrink
        both = np.column_stack([x, y])[rows]
        scores = [leave_one_out_log_sums(both, h).mean() - d * math.log(h) for h in widths]
        best = int(np.argmax(scores))
        return float(widths[best] * shrink), best == 0


def _repeated(column: np.ndarray) -> float:
    """Share of rows of a column (n,) that have its most frequent value; 0 where none repeats."""
    counts = np.unique(column, return_counts=True)[1]
    return float(counts.max()) / len(column) if counts.max() > 1 else 0.0
