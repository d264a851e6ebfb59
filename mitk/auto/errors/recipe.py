"""The recipe of the learned errors: what is simulated, and how they are fitted."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mitk.auto.errors.evidence import NAMES
from mitk.errors import ParameterError, sentence
from mitk.estimator import VERSION
from mitk.learned.prior.combination import COMBINATION_FAMILIES
from mitk.learned.prior.meta import WEIGHTS, Prior
from mitk.learned.training.simulation import Simulated, reserved_set
from mitk.learned.training.tables import built, plain, read_table

PACKAGED = Path(__file__).parent / "recipe.toml"


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """How the errors are fitted.

    Parameters
    ----------
    steps, batch : int, default 350 and 128
        Of gradient descent, and sets in each.
    rate : float, default 0.01
    decay : float, default 0.3
        Towards the errors that are assumed where nothing is learned.
    unasked : float, default 0.1
        Share of readings that are left out in a step, so that none is leant on alone.
    tails : float, default 0.3
        Weight of the logarithmic score beside the continuous ranked probability score; it keeps tails honest.
    strange : float, default 2
        Weight of a family that MIST never sees: how much to trust it is learned from these alone.
    independent : float, default 4
        Weight of the family "independent".
    folds : int, default 4
        Into which strange families are dealt, each judged by a fit without it; margins come from there.
    margins : float, default 0.5
        Power of these margins: data may be of a law like those that were learned of, which need none, or of another.
    """

    steps: int = 350
    batch: int = 128
    rate: float = 0.01
    decay: float = 0.3
    unasked: float = 0.1
    tails: float = 0.3
    strange: float = 2.0
    independent: float = 4.0
    folds: int = 4
    margins: float = 0.5

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("batch", 1), ("folds", 2)):
            if getattr(self, name) < least:
                raise ParameterError(sentence(f"training.{name}", f"must be at least {least}", getattr(self, name)))
        for name in ("rate", "strange", "independent"):
            if not getattr(self, name) > 0.0:
                raise ParameterError(sentence(f"training.{name}", "must be above 0", getattr(self, name)))
        for name in ("decay", "tails"):
            if not getattr(self, name) >= 0.0:
                raise ParameterError(sentence(f"training.{name}", "must be at least 0", getattr(self, name)))
        if not 0.0 <= self.margins <= 1.0:
            raise ParameterError(sentence("training.margins", "must lie in [0, 1]", self.margins))
        if not 0.0 <= self.unasked < 1.0:
            raise ParameterError(sentence("training.unasked", "must lie in [0, 1)", self.unasked))


@dataclass(frozen=True, kw_only=True)
class ErrorRecipe:
    """All that determines how readings are taken to err.

    Parameters
    ----------
    prior : Prior
        Laws that MIST is trained on; the sets are those that its own recipe reserves.
    strangers : Prior
        Laws that MIST never sees. Its families are added to `COMBINATION_FAMILIES`, each of which has the share 1.
    familiar, strange : int, default 3000 and 4000
        Sets of either; rounded up to whole files.
    held_out : tuple of str, default ("teacher", "side-by-side")
        Strange families that are judged alone: neither fitted nor in the margins.
    shard : int, default 100
        Sets in a file, which is what an interrupt may cost.
    seed : int, default 1
        Of the simulation.
    training : Fitting

    Raises
    ------
    ParameterError
    """

    prior: Prior = field(default_factory=Prior)
    strangers: Prior = field(default_factory=lambda: Prior(families=COMBINATION_FAMILIES))
    familiar: int = 3_000
    strange: int = 4_000
    held_out: tuple[str, ...] = ("teacher", "side-by-side")
    shard: int = 100
    seed: int = 1
    training: Fitting = field(default_factory=Fitting)

    def __post_init__(self) -> None:
        for name in ("familiar", "strange", "shard"):
            if getattr(self, name) < 1:
                raise ParameterError(sentence(name, "must be at least 1", getattr(self, name)))
        if self.seed < 0:
            raise ParameterError(sentence("seed", "must be at least 0", self.seed))
        own = self.strangers
        # Where a prior names no families, its weights are those of MIST.
        shares = {} if not own.families and dict(own.weights) == dict(WEIGHTS) else dict(own.weights)
        if set(shares) != set(own.families):
            got = ", ".join(sorted(set(shares) - set(own.families)))
            raise ParameterError(sentence("strangers.weights", "must name families in strangers.families", got))
        taken = sorted(set(self.prior.weights) & set(own.families))
        if taken:
            raise ParameterError(sentence("strangers.families", "must not be families of prior", ", ".join(taken)))
        weights = dict.fromkeys(COMBINATION_FAMILIES, 1.0) | shares
        families = {**COMBINATION_FAMILIES, **own.families}
        unknown = sorted(set(self.held_out) - set(families))
        if unknown:
            raise ParameterError(sentence("held_out", "must name strange families", ", ".join(unknown)))
        object.__setattr__(self, "strangers", Prior(weights, own.rows, own.max_dim, families))

    @property
    def shards(self) -> tuple[range, range]:
        """Numbers of the files of familiar sets, and of strange ones."""
        first = -(-self.familiar // self.shard)
        return range(first), range(first, first - (-self.strange // self.shard))

    def drawn(self, shard: int, place: int) -> Simulated:
        """Set `place` of a file."""
        familiar, strange = self.shards
        prior, first = (self.prior, 0) if shard in familiar else (self.strangers, strange.start)
        return reserved_set(prior, (shard - first) * self.shard + place, seed=self.seed)

    @property
    def families(self) -> list[str]:
        """Names of all families, those that MIST knows first."""
        return [*self.prior.weights, *self.strangers.weights]

    def facts(self) -> dict[str, Any]:
        """The recipe as plain values, with what is written down of each set."""
        return {"mitk": VERSION, "evidence": list(NAMES), **plain(self)}


def read_error_recipe(path: str | os.PathLike[str]) -> ErrorRecipe:
    """The recipe in a TOML file, or that of the packaged errors for "default".

    Raises
    ------
    ParameterError
        For a key that is not there or a value of another type or outside its rule.

    Examples
    --------
    >>> read_error_recipe("default").training.folds
    4
    """
    return built(ErrorRecipe, read_table(path, PACKAGED))
