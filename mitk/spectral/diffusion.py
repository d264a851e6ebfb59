"""Diffusion spectral entropy: how many eigenvalues of a random walk on the points matter, on a log scale."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from mitk.data.columns import read_columns
from mitk.data.samples import Side, admit
from mitk.errors import ParameterError, sentence
from mitk.estimator import VERSION
from mitk.hyperparameters import one_of, positive, whole
from mitk.numerics.ranks import standardised
from mitk.results.reason import Reason, Status
from mitk.results.record import NATS_PER_UNIT, EstimatorInfo, MIEstimate
from mitk.spectral.entropy import check_unit, is_number, spectral_entropy, symmetric_eigenvalues
from mitk.spectral.features import features_entropy
from mitk.spectral.kernels import diffusion_matrix, half_median, padded_diffusion, value_order
from mitk.spectral.lanczos import LEAST_ROWS, lanczos_entropy

APPROXIMATIONS = ("auto", "exact", "lanczos", "features")
# Up to so many rows "auto" takes all eigenvalues, some two seconds of LAPACK.
EXACT_ROWS = 3000
# Subsets of up to so many rows are solved together, so many at a time.
STACKED, STACK = 64, 32
# Share of the range of the entropy at whose ends the bandwidth, not the data, makes the number.
SATURATED = 0.01
# Fewer rows are too few to tell.
SMALL = 10


@dataclass(frozen=True, kw_only=True)
class Diffusion:
    """What entropies of diffusion operators have in common: the hyperparameters of the operator, and its entropy."""

    bandwidth: float | str = "half-median"
    time: float = 1.0
    density_power: float = 0.0
    standardize: bool = False
    approximation: str = "auto"
    max_samples: int = 10_000
    seed: int = 0

    def check_operator(self) -> None:
        """Raise ParameterError for a bad hyperparameter of the operator."""
        if not (isinstance(self.bandwidth, str) and self.bandwidth == "half-median"):
            if isinstance(self.bandwidth, str) or not is_number(self.bandwidth):
                raise ParameterError(
                    sentence("bandwidth", 'must be "half-median" or a positive number', repr(self.bandwidth))
                )
            positive("bandwidth", self.bandwidth)
        positive("time", self.time)
        if not (is_number(self.density_power) and math.isfinite(self.density_power)):
            raise ParameterError(
                sentence("density_power", "must be a number", repr(self.density_power), "0, 1/2 and 1 are usual")
            )
        if not isinstance(self.standardize, (bool, np.bool_)):
            raise ParameterError(sentence("standardize", "must be True or False", repr(self.standardize)))
        one_of("approximation", self.approximation, tuple(APPROXIMATIONS))
        whole("max_samples", self.max_samples, 2)
        whole("seed", self.seed, 0)

    def points(self, side: Side) -> np.ndarray:
        """Columns as coordinates, shape (n, m): numbers as they are or standardised, labels in the 0/1 metric."""
        nominal = np.array(side.nominal or (False,) * side.d)
        numbers = side.values[:, ~nominal]
        parts = [standardised(numbers) if self.standardize and numbers.shape[1] else numbers]
        for column in side.values[:, nominal].T:
            parts.append((column[:, None] == np.unique(column)) / math.sqrt(2.0))
        return np.ascontiguousarray(np.hstack(parts))

    def width(self, points: np.ndarray) -> float:
        """The kernel's bandwidth for these points."""
        return half_median(points) if isinstance(self.bandwidth, str) else float(self.bandwidth)

    def entropy(self, points: np.ndarray, bandwidth: float) -> tuple[float, float]:
        """Entropy in nats of the operator on `points` (n, d), and the standard error of the approximation."""
        n = len(points)
        if n == 1:
            return 0.0, 0.0
        if self.approximation == "features":
            value = features_entropy(
                points, bandwidth, density_power=self.density_power, power=self.time, seed=self.seed
            )
            return value, math.nan
        matrix = diffusion_matrix(points, bandwidth, self.density_power)
        if n >= LEAST_ROWS and (self.approximation == "lanczos" or (self.approximation == "auto" and n > EXACT_ROWS)):
            return lanczos_entropy(matrix, power=self.time, seed=self.seed)
        return float(spectral_entropy(symmetric_eigenvalues(matrix, overwrite=True), power=self.time)), 0.0

    def entropies(
        self, points: np.ndarray, subsets: list[np.ndarray], bandwidth: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """`entropy` of many subsets of the rows: values and standard errors in nats, each of shape (len(subsets),)."""
        values, errors = np.zeros(len(subsets)), np.zeros(len(subsets))
        sizes = np.array([len(rows) for rows in subsets])
        small = np.flatnonzero(sizes <= STACKED) if self.approximation != "features" else np.array([], dtype=np.int64)
        # Those of like size together, so that little is padding.
        small = small[np.argsort(sizes[small], kind="stable")]
        for part in np.split(small, range(STACK, len(small), STACK)):
            if len(part):
                matrices = padded_diffusion(points, [subsets[i] for i in part], bandwidth, self.density_power)
                values[part] = spectral_entropy(np.linalg.eigvalsh(matrices), power=self.time)
        for i in np.setdiff1d(np.arange(len(subsets)), small):
            values[i], errors[i] = self.entropy(points[subsets[i]], bandwidth)
        return values, errors

    def thinned(self, points: np.ndarray) -> np.ndarray | None:
        """Rows to keep when there are more than `max_samples`, whatever their order; None to keep all."""
        n = len(points)
        if n <= self.max_samples or self.approximation == "features":
            return None
        return value_order(points)[np.sort(np.random.default_rng(self.seed).permutation(n)[: self.max_samples])]


@dataclass(frozen=True, kw_only=True)
class DSE(Diffusion):
    """Diffusion spectral entropy of a cloud of points.

    Parameters
    ----------
    bandwidth : float or {"half-median"}, default "half-median"
        The kernel's sigma. Half the median distance between rows scales with the data and serves few and many
        dimensions alike; the published program takes 10, in the units of the data.
    time : float, default 1.0
        Diffusion time t, a power of the operator. Large times count clusters.
    density_power : float, default 0.0
        How much of the density of the points is divided out: 0 as in the published program, 1/2 as its text has it, 1
        for the Laplace-Beltrami operator.
    standardize : bool, default False
        Give each column standard deviation 1 first. Off, as published: the scale of the data counts.
    approximation : {"auto", "exact", "lanczos", "features"}, default "auto"
        All eigenvalues up to 3,000 rows and stochastic Lanczos quadrature beyond; or one of them always (fewer than
        800 rows are always exact), or random Fourier features, which are linear in the number of rows.
    max_samples : int, default 10,000
        More rows are thinned at random, but for "features": memory grows with the square, 0.8 GB at 10,000.
    seed : int, default 0
        Of thinning, probes and features.

    Notes
    -----
    ``G_ij = exp(-|x_i - x_j|^2 / 2 sigma^2)``, ``q_i = sum_j G_ij``, ``A = G / (q_i q_j)^alpha``, ``r_i = sum_j A_ij``;
    lambda are the eigenvalues of ``A_ij / sqrt(r_i r_j)``, ``a_i = lambda_i^t / sum_j lambda_j^t``, and

        DSE = - sum_i a_i log a_i.

    Between 0 (all points alike, or sigma very large) and log n (sigma very small). Moving and rotating the points
    changes nothing, scaling does unless the bandwidth follows. It grows with n, and is no Shannon entropy. Time n^3
    when exact, n^2 by Lanczos.

    References
    ----------
    * D. Liao, C. Liu et al., "Assessing neural network representations during training using noise-resilient
      diffusion spectral entropy", CISS (2024), arXiv:2312.04823.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.repeat([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0], [9.0, 9.0]], 25, axis=0)
    >>> print(DSE(bandwidth=1.0).fit(x))                      # four places: two bits
    2.000 bits, DSE(bandwidth=1.0), n=100
    """

    def fit(self, x: Any, *, missing: str = "raise", unit: str = "bits") -> MIEstimate:
        """Diffusion spectral entropy of the rows of x.

        Parameters
        ----------
        x : array_like of shape (n,) or (n, d)
        missing : {"raise", "drop"}, default "raise"
        unit : {"bits", "nats"}, default "bits"
            Bits as published.

        Returns
        -------
        MIEstimate
            Kind "score", quantity "dse", without an interval: it describes these rows. ``diagnostics`` hold the
            bandwidth and the approximation's standard error in nats (nan where there is none).

        Raises
        ------
        DataError, DataTypeError, ParameterError
        """
        self.check_operator()
        check_unit(unit)
        columns = read_columns(x, "x")
        admitted = admit(x, np.zeros(len(columns[0].values) if columns else 0), missing=missing)
        side = admitted.samples.x
        varies = np.ptp(side.values, axis=0) > 0.0
        notes = [f"`{name}` is constant." for name in np.array(side.names)[~varies]]
        points = self.points(side.columns(varies))
        keep = self.thinned(points)
        if keep is not None:
            notes.append(f"{len(keep)} of {side.n} rows taken at random (max_samples); the entropy grows with n.")
            points = points[keep]
        if points.shape[1]:
            bandwidth = self.width(points)
            value, error = self.entropy(points, bandwidth)
        else:
            value, error, bandwidth = 0.0, 0.0, math.nan
        result = MIEstimate(
            value,
            kind="score",
            quantity="dse",
            status=Status().because(*saturation(value, points, self.time)),
            notes=tuple(notes),
            n_samples=side.n,
            n_dropped=admitted.n_dropped,
            dim_x=side.d,
            dim_y=0,
            estimator=operator_info(self),
            diagnostics={"bandwidth": bandwidth, "approximation_error_nats": error},
        )
        return result.to(unit)


def dse(x: Any, *, missing: str = "raise", unit: str = "bits", **hyperparameters: Any) -> MIEstimate:
    """Diffusion spectral entropy in one call: ``DSE(**hyperparameters).fit(x)``.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
    missing : {"raise", "drop"}, default "raise"
    unit : {"bits", "nats"}, default "bits"
    **hyperparameters
        Of `DSE`.

    Returns
    -------
    MIEstimate
        Kind "score", quantity "dse".

    Raises
    ------
    DataError, DataTypeError, ParameterError

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).standard_normal((50, 3))
    >>> print(dse(x, bandwidth=1.0))
    4.002 bits, DSE(bandwidth=1.0), n=50
    """
    return configured(DSE, hyperparameters).fit(x, missing=missing, unit=unit)


def configured(kind: Any, hyperparameters: dict[str, Any]) -> Any:
    """An instance of a dataclass, or a ParameterError naming the option it does not have."""
    allowed = [f.name for f in fields(kind)]
    for given in hyperparameters:
        if given not in allowed:
            hint = f"it has {', '.join(allowed)}"
            raise ParameterError(sentence(given, f"must be an option of {kind.__name__}", "none of that name", hint))
    return kind(**hyperparameters)


def operator_info(estimator: Any) -> EstimatorInfo:
    """Name, parameters that differ from the defaults, and version."""
    params = {f.name: getattr(estimator, f.name) for f in fields(estimator) if getattr(estimator, f.name) != f.default}
    return EstimatorInfo(type(estimator).__name__, params, VERSION)


def saturation(nats: float, points: np.ndarray, time: float) -> list[Reason]:
    """Reasons for doubt when the bandwidth is far too small or far too large for the points."""
    n, d = points.shape
    if d == 0 or n < SMALL:
        return []
    share = nats / math.log(n)
    if share > 1.0 - SATURATED:
        return [
            Reason(
                "bandwidth",
                f"The entropy is within 1 % of log n = {math.log(n) / NATS_PER_UNIT['bits']:.2f} bits: the bandwidth "
                "is far below the distances between rows, which all count as alone",
                'take a larger one, or "half-median"',
            )
        ]
    # Large times lower the entropy to the number of clusters, which may well be one.
    if share < SATURATED / 10.0 and time <= 1.0:
        return [
            Reason(
                "bandwidth",
                "The entropy is nearly 0: the bandwidth is far above the distances between rows, which all count as "
                "one",
                'take a smaller one, or "half-median"',
            )
        ]
    return []
