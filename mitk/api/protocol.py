"""`Protocol`: any estimator, taken through the checks that a number should survive before it is believed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from mitk.data.options import FitOptions
from mitk.data.samples import Admitted, Prepared, Samples
from mitk.errors import DataError, MITKError, ParameterError, sentence
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.hyperparameters import whole
from mitk.inference import gates, ladder_gates
from mitk.inference.extrapolation import Extrapolation, extrapolate
from mitk.inference.ladder import Ladder, climb
from mitk.inference.permutation import choose_surrogate, permutation_null, permutation_outcome
from mitk.inference.resampling import master_order, unit_labels
from mitk.parallel import spread
from mitk.progress import progress_bar
from mitk.registry import BUILT_IN, make_estimator
from mitk.results.record import EstimatorInfo, MIEstimate
from mitk.tags import Tags

LEVELS, LEVELS_TRAINED = 10, 6
# Fewest rows of a chunk, whatever the wrapped estimator could do with.
SMALLEST = 20

Run = Callable[[Callable[[Any], Any], list[Any]], list[Any]]


@dataclass(frozen=True, kw_only=True)
class Protocol(Estimator):
    """Any estimator, with its value extrapolated to infinitely many rows and the checks that may refuse it.

    Parameters
    ----------
    seed : int, default 0
        Of the chunks and the surrogates, and of an estimator given by name.
    estimator : Estimator or str, default "infonce"
        What is put to the test: configured, or by name. The default is a trained critic, because it makes no
        assumption on kinds, shapes or dimensions of the columns, and because what can go wrong with it is what these
        checks look for; an estimator by neighbours or ranks has its own checks, and is a second opinion from this one.
    levels : int, optional
        Most chunks that rows are cut into. By default 10, or 6 where every fit trains a network; a line needs 5.
    capacities : tuple of int, default (2, 8, 32)
        Columns of the codes (`embedding`) of a trained critic, increasing, among which a plateau is looked for; empty
        for no sweep. Estimators without such a field skip it.
    restarts : int, default 3
        Fits of all rows from different seeds, for estimators that depend on one.
    permutations : int, default 19
        Surrogates without dependence, 0 for none; 19 suffice for p = 0.05.
    n_jobs : int, default 1
        Processes for chunks, seeds, capacities and surrogates, through joblib; -1 takes all cores. Changes no number.
    progress : bool, default False
        Whether to show a bar on a terminal.

    Notes
    -----
    The rows are cut into g = 1, 2, ... disjoint chunks of one random order (whole groups, or runs of a series), and
    every chunk is estimated afresh. In the linear region of the level means,

        I(n / g) = I + (a / n) g,

    the value is the height I at g = 0. The standard error adds in squares what the drawn rows have in common (pooled
    subsample variance of Holmes and Nemenman), how far levels lie off the line, and what seeds change: the error of the
    line alone, which is the published one, leaves out the first, and missed 4.0 bits by three of its own widths.

    UNRELIABLE means that a check failed: fewer than five levels; a ladder that bends; a value that one level decides; a
    value that still rises with the critic; seeds that disagree; or what the wrapped estimator doubts about all rows
    (ceiling, memory, training cut short). Too few rows for the latent columns, n < K^2 / I, and a value that surrogates
    reach are notes.

    Surrogates go through the whole ladder, except where fits are trained: then the fit of all rows, as chosen, is
    repeated.

    Diagnostics (nats): ``levels``, ``level_values``, ``level_means``, ``chunk_rows``, ``intercept``, ``slope``,
    ``levels_used``, ``curvature``, ``standard_errors``, ``capacities``, ``capacity_values``, ``latent_size``,
    ``restart_values``, ``null``, ``observed`` (what the null is compared with), ``p_value``, ``whole_value`` (of all
    rows, not extrapolated) and ``whole``, its diagnostics.

    The kind is that of the wrapped estimator, but a lower bound by a critic that passed the sweep is an estimate: the
    line may end above the truth.

    References
    ----------
    * E. Abdelaleem, K. M. Martini, I. Nemenman, "Accurate estimation of mutual information in high dimensional data",
      arXiv:2506.00330 (2025).
    * C. M. Holmes, I. Nemenman, "Estimation of mutual information for real-valued data with error bars and controlled
      bias", Physical Review E 100, 022404 (2019).

    Examples
    --------
    >>> import numpy as np
    >>> from mitk import KSG
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(1000)
    >>> y = 0.8 * x + 0.6 * rng.standard_normal(1000)      # truth: 0.511 nats
    >>> r = Protocol(estimator=KSG(), permutations=0).fit(x, y)
    >>> 0.511 in r.ci, r.status.code, int(r.diagnostics["levels"][-1])
    (True, 'OK', 10)
    """

    estimator: Estimator | str = "infonce"
    levels: int | None = None
    capacities: tuple[int, ...] = (2, 8, 32)
    restarts: int = 3
    permutations: int = 19
    n_jobs: int = 1
    progress: bool = False

    @property
    def tags(self) -> Tags:
        """Those of the wrapped estimator, as far as chunks keep them."""
        inner = self._wrapped()
        own = inner.tags
        return replace(
            own,
            summary=BUILT_IN["protocol"][1],
            # Ranks decide who meets whom in a chunk, and other maps change them.
            invariances=own.invariances & {"affine", "monotone"},
            kind="estimate" if self._sweeps(inner) and own.kind == "lower" else own.kind,
            interval="own",
            min_n=5 * max(own.min_n, SMALLEST),
            conditional=False,
            pointwise=False,
            differentiable=False,
        )

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        if not isinstance(self.estimator, (str, Estimator)) or isinstance(self.estimator, Protocol):
            raise ParameterError(
                sentence("estimator", "must be a name or an Estimator, other than Protocol", repr(self.estimator))
            )
        for name, least in (("restarts", 1), ("permutations", 0)):
            whole(name, getattr(self, name), least)
        if self.levels is not None:
            whole("levels", self.levels, 2)
        whole("n_jobs", self.n_jobs, -1)
        if self.n_jobs == 0:
            raise ParameterError(sentence("n_jobs", "must be a whole number other than 0", 0, "-1 takes all"))
        if not isinstance(self.progress, (bool, np.bool_)):
            raise ParameterError(sentence("progress", "must be True or False", repr(self.progress)))
        given = self.capacities
        if not isinstance(given, (tuple, list)):
            raise ParameterError(sentence("capacities", "must be a tuple of whole numbers", repr(given)))
        for capacity in given:
            whole("capacities", capacity, 1)
        if list(given) != sorted(set(given)):
            raise ParameterError(sentence("capacities", "must increase", repr(given)))
        self._wrapped().check_options()

    def info(self) -> EstimatorInfo:
        """As of every estimator, without what changes no number, and with the wrapped estimator in its short form."""
        info = super().info()
        kept = {name: value for name, value in info.params.items() if name not in ("n_jobs", "progress")}
        if isinstance(self.estimator, Estimator):
            kept["estimator"] = str(self.estimator.info())
        return replace(info, params=kept)

    def _wrapped(self) -> Estimator:
        if isinstance(self.estimator, Estimator):
            return self.estimator
        made = make_estimator(self.estimator, {"seed": self.seed})
        if isinstance(made, Protocol):
            raise ParameterError(sentence("estimator", "must be another than the protocol itself", self.estimator))
        return made

    def _sweeps(self, inner: Estimator) -> bool:
        return len(self.capacities) > 0 and any(f.name == "embedding" for f in fields(inner))

    def _value(self, prepared: Prepared) -> Found:
        samples = prepared.samples
        inner = self._wrapped().sized_for(samples.n)
        trained = inner.tags.trained
        levels = self.levels or (LEVELS_TRAINED if trained else LEVELS)
        sweep = list(self.capacities) if self._sweeps(inner) else []
        seeds = self.restarts if inner.tags.stochastic else 1
        steps = max(len(sweep), 1) + seeds - 1 + levels * (levels + 1) // 2 - 1
        with progress_bar("Protocol", steps + self.permutations, shown=bool(self.progress)) as advance:
            run = self._runner(advance)
            inner, whole, capacity_values, notes = self._swept(inner, sweep, samples, run)
            if not math.isfinite(whole.value):
                # A ladder of infinities has no line; the estimator's own verdict stands.
                return Found(whole.value, status=whole.status, notes=whole.notes, diagnostics=whole.diagnostics)
            values = self._seeds(inner, whole, samples, run)
            ladder = self._climbed(inner, levels, samples, whole.value, run)
            found = self._extrapolated(inner, ladder, values)
            null, null_notes = self._null(inner, levels, samples, trained, advance)
        observed = whole.value if trained else found.value
        p_value = permutation_outcome(observed, null, "rows").p_value if len(null) else None
        capacities = np.array(sweep, dtype=np.int64)
        size = self._size(samples, capacities, capacity_values)
        doubts = [
            *whole.status.reasons,
            *ladder_gates.enough_levels(found, ladder, self._unsaturated(inner, ladder), self._smallest(inner)),
            *ladder_gates.curvature(found),
            *ladder_gates.leverage(found),
            *ladder_gates.plateau(capacities, capacity_values, found.sampling),
            *gates.restarts(values),
        ]
        notes += ladder_gates.resolved(values, found.value, p_value) + null_notes
        if found.value > found.standard_error:
            notes += ladder_gates.latent_rows(size, found.value, samples.n)
        return Found(
            found.value,
            uncertainty=found.quantiles,
            status=whole.status.because(*doubts),
            notes=tuple(notes),
            diagnostics={
                "levels": ladder.levels,
                "level_values": ladder.values,
                "level_means": ladder.means,
                "chunk_rows": ladder.chunk_rows,
                "intercept": found.value,
                "slope": found.slope,
                "levels_used": found.levels_used,
                "curvature": found.curvature,
                "parabola": found.parabola,
                "without_first": found.without_first,
                "standard_errors": {
                    "sampling": found.sampling,
                    "residual": found.residual,
                    "training": found.training,
                },
                "capacities": capacities,
                "capacity_values": capacity_values,
                "capacity": getattr(inner, "embedding", None),
                "latent_size": size,
                "restart_values": values,
                "null": null,
                "observed": observed,
                "p_value": p_value,
                "whole_value": whole.value,
                "whole": whole.diagnostics,
            },
        )

    def _runner(self, advance: Callable[..., None]) -> Run:
        """A map over jobs, in turn or through joblib."""

        def run(one: Callable[[Any], Any], jobs: list[Any]) -> list[Any]:
            done = []
            for result in spread(one, jobs, self.n_jobs):
                done.append(result)
                advance()
            return done

        return run

    def _swept(
        self, inner: Estimator, sweep: list[int], samples: Samples, run: Run
    ) -> tuple[Estimator, MIEstimate, np.ndarray, list[str]]:
        """The wrapped estimator at the capacity chosen, its fit of all rows, and the values of the sweep."""
        if not sweep:
            notes = ["No capacity to sweep: the estimator has no `embedding`."] if self.capacities else []
            return inner, run(lambda one: _whole_fit(one, samples), [inner])[0], np.empty(0), notes
        tried = [replace(inner, embedding=capacity) for capacity in sweep]  # type: ignore[call-arg]
        found = run(lambda one: _whole_fit(one, samples), tried)
        values = np.array([one.value for one in found])
        # The best of lower bounds is the nearest; of others, the leanest critic on the plateau.
        reached = values if inner.tags.kind == "lower" else np.minimum(values, ladder_gates.PLATEAU_SHARE * values[-1])
        best = int(np.argmax(np.where(np.isfinite(reached), reached, -np.inf)))
        return tried[best], found[best], values, [f"Chose codes of {sweep[best]} columns among {_listed(sweep)}."]

    def _seeds(self, inner: Estimator, whole: MIEstimate, samples: Samples, run: Run) -> np.ndarray:
        """Values of all rows, one a seed."""
        if not inner.tags.stochastic:
            return np.array([whole.value])
        others = [replace(inner, seed=inner.seed + k) for k in range(1, self.restarts)]
        return np.array([whole.value, *run(lambda one: _value(one, samples), others)])

    def _climbed(self, inner: Estimator, levels: int, samples: Samples, first: float | None, run: Run | None) -> Ladder:
        order, labels = master_order(samples, self.seed), unit_labels(samples)
        smallest = self._smallest(inner)
        ladder = climb(
            lambda rows: _value(inner, samples.take(rows)),
            order,
            labels,
            levels=levels,
            smallest=smallest,
            first=first,
            run=run,
        )
        if len(ladder.levels) < 2:
            rule = f"must have at least {2 * smallest} rows, for two chunks of {smallest}"
            raise DataError(sentence("x", rule, samples.n, "fit the estimator without the protocol"))
        return ladder

    def _smallest(self, inner: Estimator) -> int:
        return max(inner.tags.min_n, SMALLEST)

    def _unsaturated(self, inner: Estimator, ladder: Ladder) -> int:
        most = inner.tags.ceiling
        # Tags state a ceiling one nat above where doubts begin.
        tops = [math.inf if most is None else most(int(rows)) - 1.0 for rows in ladder.chunk_rows]
        return ladder_gates.unsaturated(ladder, np.array(tops))

    def _extrapolated(self, inner: Estimator, ladder: Ladder, seeds: np.ndarray) -> Extrapolation:
        return extrapolate(ladder, seeds if inner.tags.stochastic else None, self._unsaturated(inner, ladder))

    def _null(
        self, inner: Estimator, levels: int, samples: Samples, trained: bool, advance: Callable[..., None]
    ) -> tuple[np.ndarray, list[str]]:
        """Values of surrogates, and notes."""
        if not self.permutations:
            return np.empty(0), []
        try:
            kind = choose_surrogate(samples, "auto")
        except (DataError, ParameterError) as error:
            return np.empty(0), [f"No null: {error}"]

        def surrogate(order: np.ndarray) -> float:
            paired = samples.permuted(order)
            if trained:
                return _value(inner, paired)
            climbed = self._climbed(inner, levels, paired, None, None)
            return self._extrapolated(inner, climbed, climbed.values[0]).value

        null = permutation_null(surrogate, samples, kind, self.permutations, self.seed, self.n_jobs)
        advance(self.permutations)
        return null, []

    def _size(self, samples: Samples, capacities: np.ndarray, values: np.ndarray) -> int:
        """Latent columns: what the sweep needs, and never more than there are."""
        narrow = min(samples.x.d, samples.y.d)
        return min(ladder_gates.latent_size(capacities, values), narrow) if len(values) else narrow


def _whole_fit(estimator: Estimator, samples: Samples) -> MIEstimate:
    return estimator.fit_admitted(Admitted(samples, (), 0), FitOptions(confidence=None))


def _value(estimator: Estimator, samples: Samples) -> float:
    try:
        return _whole_fit(estimator, samples).value
    except (MITKError, np.linalg.LinAlgError):
        # A chunk may be too small or too poor for a method that can do with the whole; the ladder ends there.
        return math.nan


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
