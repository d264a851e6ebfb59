"""The recipe of a trained MIST: what is simulated, how networks are trained on it, how they are calibrated."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mitk.errors import ParameterError, sentence
from mitk.estimator import VERSION
from mitk.learned.network.network import WIDTHS
from mitk.learned.prior.meta import Prior
from mitk.learned.training.calibration import Calibration
from mitk.learned.training.simulation import SHARD, Simulated, reserved_set
from mitk.learned.training.tables import built, plain, read_table
from mitk.learned.training.training import Training

PACKAGED = Path(__file__).parents[1] / "recipe.toml"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that determines a trained model.

    Parameters
    ----------
    prior : Prior
        The meta-distribution.
    sets : int, default 260000
        Simulated data sets to train on.
    held_out : int, default 10000
        Further ones, never trained on, for calibration and the report.
    reserved : int, default 30000
        Further ones that neither training nor calibration draws: what is learned of MIST's answers, learns from these.
        `reserved_set` draws them.
    shard : int, default 1000
        Data sets in a file, which is what an interrupt may cost; `sets` and `held_out` are rounded up to whole files.
    seed : int, default 1
        Of the simulation.
    seeds : tuple of int, default (0, 1)
        One of each network; their answers are averaged.
    training : Training
        How each network is trained; its `seed` is left to `seeds`.
    calibration : Calibration

    Raises
    ------
    ParameterError
    """

    prior: Prior = field(default_factory=Prior)
    sets: int = 260_000
    held_out: int = 10_000
    reserved: int = 30_000
    shard: int = SHARD
    seed: int = 1
    seeds: tuple[int, ...] = (0, 1)
    training: Training = field(default_factory=Training)
    calibration: Calibration = field(default_factory=Calibration)

    def __post_init__(self) -> None:
        for name in ("sets", "held_out", "shard"):
            if getattr(self, name) < 1:
                raise ParameterError(sentence(name, "must be at least 1", getattr(self, name)))
        for name in ("reserved", "seed"):
            if getattr(self, name) < 0:
                raise ParameterError(sentence(name, "must be at least 0", getattr(self, name)))
        if not self.seeds or min(self.seeds) < 0 or len(set(self.seeds)) < len(self.seeds):
            raise ParameterError(sentence("seeds", "must hold different seeds of at least 0", list(self.seeds)))
        if self.training.seed:
            hint = f"seeds = [{self.training.seed}]"
            raise ParameterError(sentence("training.seed", "must be left to seeds", self.training.seed, hint))

    @property
    def shards(self) -> tuple[range, range]:
        """Numbers of the files of the held-out sets, and of those to train on."""
        first = -(-self.held_out // self.shard)
        return range(first), range(first, first - (-self.sets // self.shard))

    def reserved_set(self, index: int) -> Simulated:
        """Set `index` of those that are kept out of training, from 0 to below `reserved`; drawn anew, always the same.

        Raises
        ------
        ParameterError

        Examples
        --------
        >>> found = Recipe().reserved_set(7)
        >>> again = Recipe().reserved_set(7)
        >>> found.family == again.family, bool((found.x == again.x).all()), found.information == again.information
        (True, True, True)
        """
        if not 0 <= index < self.reserved:
            raise ParameterError(sentence("index", f"must be from 0 to below reserved = {self.reserved}", index))
        return reserved_set(self.prior, index, seed=self.seed)

    def facts(self) -> dict[str, Any]:
        """The recipe as plain values; a callable as "package.module:function"; how many statistics of each kind."""
        return {"mitk": VERSION, "statistics": list(WIDTHS), **plain(self)}


def read_recipe(path: str | os.PathLike[str]) -> Recipe:
    """The recipe in a TOML file, or that of the packaged model for "default".

    Raises
    ------
    ParameterError
        For a key that is not there or a value of another type or outside its rule.

    Examples
    --------
    >>> read_recipe("default").prior.max_dim
    144
    """
    return built(Recipe, read_table(path, PACKAGED))
