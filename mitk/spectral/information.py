"""Diffusion spectral mutual information: how much less spread the points are within the classes of y."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mitk.data.options import FitOptions
from mitk.data.samples import Prepared, Samples, Side, admit
from mitk.data.screening import without_constants
from mitk.errors import ParameterError, sentence
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.hyperparameters import one_of, whole
from mitk.results.reason import Reason, Status
from mitk.results.record import NATS_PER_UNIT, MIEstimate
from mitk.spectral.clusters import WAYS, clustered
from mitk.spectral.diffusion import Diffusion, configured, saturation
from mitk.spectral.kernels import value_order
from mitk.spectral.subsets import Subsets, check_subsets
from mitk.tags import Tags

# Mean number of rows of a class below which entropies of classes say little.
FEW_ROWS = 10
# Entropy of the labels, as a share of that of as many equal classes, below which the sizes are called unequal.
UNEQUAL = 0.9


@dataclass(frozen=True)
class _Side:
    """A side before its role is known: coordinates, and classes where there are any."""

    points: np.ndarray
    codes: np.ndarray | None

    def __getitem__(self, rows: np.ndarray) -> _Side:
        return _Side(self.points[rows], None if self.codes is None else self.codes[rows])


@dataclass(frozen=True)
class _Embedding:
    """Coordinates of x and the bandwidth chosen from all of its rows, which subsets keep."""

    points: np.ndarray
    bandwidth: float

    def __getitem__(self, rows: np.ndarray) -> _Embedding:
        return _Embedding(self.points[rows], self.bandwidth)


@dataclass(frozen=True, kw_only=True)
class DSMI(Diffusion, Estimator):
    """Diffusion spectral mutual information: a score of how well labels tell the clusters of x apart.

    It is not mutual information. It can exceed the entropy of y, depends on n, on the scale of x and on which side is
    which, and is never compared with information.

    Parameters
    ----------
    bandwidth : float or {"half-median"}, default "half-median"
        The kernel's sigma. Half the median distance between rows of x, taken once and kept for every class and subset:
        it gives three clusters about the same score in 5 to 500 dimensions, where no fixed number does. The published
        program takes 10.
    time : float, default 1.0
        Diffusion time t, a power of the operator. Large times count clusters.
    density_power : float, default 0.0
        0 as in the published program, 1/2 as its text has it, 1 for Laplace-Beltrami.
    standardize : bool, default False
        Give each numeric column of x, and of a y that is clustered, standard deviation 1 first. Off, as published.
    approximation : {"auto", "exact", "lanczos", "features"}, default "auto"
        As in `DSE`, for each class and subset.
    max_samples : int, default 10,000
        More rows are thinned at random, but for "features".
    clusters : int, default 10
        Clusters of a y that is neither labels nor numbers of few levels; 10 as published. ln(clusters) is then about
        the most the score reaches.
    clustering : {"kmeans", "quantiles", "uniform", "spectral"}, default "kmeans"
        How they are found. k-means takes any number of columns; "uniform" (bins of equal width) and "spectral" (10
        nearest neighbours) are what the published program does with one and with several columns.
    repeats : int, default 5
        Random subsets of the size of each class that it is compared with; 5 as published.
    permutations : int, default 0
        Shuffles of the labels behind the null mean and standard deviation in ``diagnostics``; 20 give the sd to 16 %.
        They cost as much as the classes, each time. For a p-value take `mitk.permutation_test`.
    seed : int, default 0
        Of subsets, clusters, shuffles, approximations and resampling intervals.

    Notes
    -----
    With classes b of n_b rows, ``p_b = n_b / n``, and R uniform subsets S_br of all rows with ``|S_br| = n_b``:

        DSMI = sum_b p_b [ 1/R sum_r DSE(x_S_br) - DSE(x_b) ].

    Sizes match because DSE grows with n. Classes of one size share their subsets. ``unit="bits"`` gives what the paper
    prints. Rows of labels in x lie in the 0/1 metric.

    ``diagnostics``: the bandwidth; entropies of each class and of its subsets, the entropy of the labels and the null's
    mean and sd, all in nats; the cluster of each row where y was clustered.

    The interval is for the score of infinitely many rows at this bandwidth; where the score still drifts with n, which
    is the rule, the result says so and is UNRELIABLE as a statement about them.

    References
    ----------
    * D. Liao, C. Liu et al., "Assessing neural network representations during training using noise-resilient
      diffusion spectral entropy", CISS (2024), arXiv:2312.04823.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1, 2], 100)
    >>> x = 20.0 * np.eye(3)[y] + 0.1 * rng.standard_normal((300, 3))   # three clusters, at most log2 3 = 1.585 bits
    >>> print(DSMI().fit(x, y, confidence=None, unit="bits"))
    1.559 bits, DSMI(), n=300
    """

    clusters: int = 10
    clustering: str = "kmeans"
    repeats: int = 5
    permutations: int = 0

    @property
    def tags(self) -> Tags:
        """Clusters in x that labels, or clusters of y, account for; a score."""
        return Tags(
            summary="a score, not information: how well labels tell clusters of x apart",
            data=frozenset({"continuous", "tied", "count", "label"}),
            invariances=frozenset({"affine"}) if self.standardize else frozenset(),
            kind="score",
            quantity="dsmi",
            min_n=40,
            symmetric=False,
            stochastic=True,
            differentiable=True,
        )

    def check(self) -> None:
        """Raise ParameterError for a bad option of the operator, the clusters or the subsets."""
        self.check_operator()
        whole("clusters", self.clusters, 2)
        whole("repeats", self.repeats, 1)
        whole("permutations", self.permutations, 0)
        one_of("clustering", self.clustering, tuple(WAYS))

    def _finish(self, found: Found, prepared: Prepared) -> Found:
        """Adds the null of shuffled labels when `permutations` ask for it."""
        if not self.permutations:
            return found
        value = self.shuffled_value(prepared.samples)
        rng = np.random.default_rng([self.seed, 1])
        null = np.array([value(rng.permutation(prepared.samples.n)) for _ in range(self.permutations)])
        sd = float(null.std(ddof=1)) if len(null) > 1 else math.nan
        return replace(
            found,
            diagnostics={**found.diagnostics, "null_mean_nats": float(null.mean()), "null_sd_nats": sd},
        )

    def shuffled_value(self, samples: Samples) -> Callable[[np.ndarray], float]:
        """Value in nats as a function of the order of y's rows; class sizes stay, so subsets are done once."""
        self.check_options()
        samples, _ = without_constants(samples)
        if samples.x.d == 0 or samples.y.d == 0:
            return lambda rows: 0.0
        prepared = self._match(self._prepared(samples))
        embedding, labels = prepared.x, prepared.y
        keep = self.thinned(embedding.points)
        kept = embedding if keep is None else embedding[keep]
        if keep is not None:
            # Which labels meet the thinned rows changes with the order, and class sizes with it.
            return lambda rows: self._score(kept, labels[rows][keep]).value
        references = self._references(kept, np.bincount(labels))

        def value(rows: np.ndarray) -> float:
            return self._score(kept, labels[rows], references=references).value

        return value

    def _prepare(self, side: Side) -> _Side:
        return _Side(self.points(side), side.codes() if _classes(side) else None)

    def _match(self, prepared: Prepared) -> Prepared:
        points, labels = prepared.x.points, prepared.y.codes
        if labels is None:
            labels = clustered(prepared.y.points, self.clustering, self.clusters, self.seed)
        return replace(prepared, x=_Embedding(points, self.width(points)), y=labels)

    def _value(self, prepared: Prepared) -> Found:
        state_x, state_y, samples = prepared.x, prepared.y, prepared.samples
        keep = self.thinned(state_x.points)
        if keep is not None:
            state_x, state_y = state_x[keep], state_y[keep]
        found = self._score(state_x, state_y)
        notes = list(found.notes)
        diagnostics = dict(found.diagnostics)
        if keep is not None:
            notes.insert(0, f"{len(keep)} of {samples.n} rows taken at random (max_samples); the score depends on n.")
        if not _classes(samples.y):
            notes.insert(0, f"y was cut into {int(state_y.max()) + 1} clusters ({self.clustering}).")
            if keep is None:
                diagnostics["cluster_of_row"] = tuple(state_y.tolist())
        return replace(found, notes=tuple(notes), diagnostics=diagnostics)

    def _subsample_rule(self, prepared: Prepared) -> tuple[int, float]:
        # With fixed bandwidth eigenvalues err by about 1 / n where they matter, and far more slowly where there are
        # more of them than rows; in between lies 1/2.
        return max(40, FEW_ROWS * (int(prepared.y.max()) + 1)), 0.5

    def _subsets(self, points: np.ndarray, sizes: np.ndarray) -> dict[int, list[np.ndarray]]:
        """Random subsets of the rows for each class size; they depend on the values, not on the order of the rows."""
        rng = np.random.default_rng(self.seed)
        order = value_order(points)
        shuffled = [order[rng.permutation(len(points))] for _ in range(self.repeats)]
        return {size: [rows[:size] for rows in shuffled] for size in np.unique(sizes).tolist()}

    def _references(self, x: _Embedding, sizes: np.ndarray) -> np.ndarray:
        """Mean entropy of the random subsets of each class's size, in nats."""
        drawn = self._subsets(x.points, sizes)
        values, _ = self.entropies(x.points, [rows for each in drawn.values() for rows in each], x.bandwidth)
        means = dict(zip(drawn, values.reshape(-1, self.repeats).mean(axis=1), strict=True))
        return np.array([means[size] for size in sizes.tolist()])

    def _score(
        self,
        x: _Embedding,
        labels: np.ndarray,
        *,
        subsets: Subsets | None = None,
        references: np.ndarray | None = None,
    ) -> Found:
        """The score of labelled points, in nats."""
        codes, labels = np.unique(labels, return_inverse=True)
        sizes = np.bincount(labels)
        if subsets is not None:
            drawn = [np.asarray(rows, dtype=np.int64) for each in subsets for rows in each]
            owner = np.repeat(np.arange(len(sizes)), [len(each) for each in subsets])
            values, _ = self.entropies(x.points, drawn, x.bandwidth)
            references = np.bincount(owner, values) / np.bincount(owner)
        elif references is None:
            references = self._references(x, sizes)
        n = len(labels)
        order = np.argsort(labels, kind="stable")
        members = np.split(order, np.cumsum(sizes)[:-1])
        own, errors = self.entropies(x.points, members, x.bandwidth)
        p = sizes / n
        value = float(p @ (references - own))
        label_entropy = float(-(p * np.log(p)).sum())
        largest = int(np.argmax(sizes))
        doubts = saturation(float(references[largest]), x.points[members[largest]], self.time)
        if n < FEW_ROWS * len(sizes):
            text = f"{len(sizes)} classes have {n / len(sizes):.1f} rows each on average, fewer than {FEW_ROWS}"
            doubts.append(Reason("few-rows", text, "collect more, or join classes"))
        parts = [
            {"label": int(code), "rows": int(size), "entropy_nats": float(entropy), "subsets_nats": float(reference)}
            for code, size, entropy, reference in zip(codes, sizes, own, references, strict=True)
        ]
        return Found(
            value,
            status=Status().because(*doubts),
            notes=tuple(_size_notes(p, value, label_entropy)),
            diagnostics={
                "bandwidth": x.bandwidth,
                "label_entropy_nats": label_entropy,
                "classes": parts,
                # Twice the classes' own: the subsets that they are compared with err as much.
                "approximation_error_nats": math.sqrt(2.0 * float((p**2 * errors**2).sum())),
            },
        )


def _classes(side: Side) -> bool:
    """Whether the levels of a side are classes: labels, or numbers of few levels unless the caller says otherwise."""
    return bool((side.discrete | (side.few & side.lattice)).all())


def dsmi(
    x: Any,
    y: Any,
    *,
    discrete: bool | None = None,
    subsets: Subsets | None = None,
    confidence: float | None = None,
    missing: str = "raise",
    unit: str = "bits",
    **hyperparameters: Any,
) -> MIEstimate:
    """Diffusion spectral mutual information in one call, in bits as published.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
        Points, such as the activations of a layer.
    y : array_like of shape (n,) or (n, dy)
        Labels, or numbers that are clustered.
    discrete : bool, optional
        Whether y holds labels. By default one column of integers, bools or strings does, however many they are, and
        otherwise what `DSMI` detects.
    subsets : sequence of k sequences of R row indices, optional
        The random subsets that each class, in the order of its label, is compared with; by default drawn from `seed`.
        `published_subsets` draws those of the published program.
    confidence : float or None, default None
        Nominal coverage of an interval, which costs some ten times as much.
    missing : {"raise", "drop"}, default "raise"
    unit : {"bits", "nats"}, default "bits"
    **hyperparameters
        Of `DSMI`.

    Returns
    -------
    MIEstimate
        Kind "score", quantity "dsmi".

    Raises
    ------
    DataError, DataTypeError, ParameterError

    Examples
    --------
    >>> import numpy as np
    >>> from mitk.spectral import published_subsets
    >>> rng = np.random.default_rng(1)
    >>> y = np.repeat(np.arange(3), 20)
    >>> x = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])[y] + rng.standard_normal((60, 2))
    >>> print(dsmi(x, y, bandwidth=1.0, subsets=published_subsets(y)))       # the published program: 0.822857
    0.823 bits, DSMI(bandwidth=1.0), n=60
    """
    estimator: DSMI = configured(DSMI, hyperparameters)
    if discrete is None:
        kind = getattr(y, "dtype", None)
        one = np.ndim(y) == 1 or (np.ndim(y) == 2 and np.shape(y)[1] == 1)
        discrete = True if one and isinstance(kind, np.dtype) and kind.kind in "biu" else None
    if subsets is None:
        return estimator.fit(x, y, discrete_y=discrete, confidence=confidence, missing=missing, unit=unit)
    estimator.check_options(FitOptions(confidence=confidence, unit=unit))
    if confidence is not None or missing != "raise":
        raise ParameterError(
            sentence("subsets", 'must come with confidence=None and missing="raise"', "other options", "leave one out")
        )
    samples = admit(x, y, discrete_y=discrete).samples
    prepared = estimator._match(estimator._prepared(samples))
    check_subsets(subsets, np.bincount(prepared.y), samples.n)
    found = estimator._score(prepared.x, prepared.y, subsets=subsets)
    return MIEstimate(
        found.value,
        status=found.status,
        notes=found.notes,
        diagnostics=dict(found.diagnostics),
        kind="score",
        quantity="dsmi",
        n_samples=samples.n,
        dim_x=samples.x.d,
        dim_y=samples.y.d,
        estimator=estimator.info(),
    ).to(unit)


def _size_notes(p: np.ndarray, value: float, label_entropy: float) -> list[str]:
    """What unequal classes do to the score."""
    bit = NATS_PER_UNIT["bits"]
    notes = []
    if len(p) > 1 and label_entropy < UNEQUAL * math.log(len(p)):
        notes.append(
            f"Classes are of unequal size (shares {p.min():.2g} to {p.max():.2g}): tight clusters count alike whatever "
            f"their size, so the score may exceed the entropy of the labels, {label_entropy / bit:.3f} bits."
        )
    if value > label_entropy + 1e-9:
        notes.append(
            f"The score exceeds the entropy of the labels ({value / bit:.3f} > {label_entropy / bit:.3f} bits), which "
            "no mutual information can."
        )
    return notes
