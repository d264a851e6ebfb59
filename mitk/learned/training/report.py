"""The report of a training: throughput, learning curves, error and coverage on held-out sets."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mitk.learned.network.model import SHIPPED
from mitk.learned.network.stretching import calibrated
from mitk.learned.training.calibration import Calibration, Sets, calibration_of, raw_quantiles, whereabouts
from mitk.learned.training.recipe import Recipe

LINES = 8


@dataclass(frozen=True)
class Judgement:
    """Answers for held-out sets, each calibrated on the other half of them.

    Attributes
    ----------
    quantiles : ndarray of shape (b, q)
        Nats.
    levels : ndarray of shape (q,)
    truth, n, family : ndarray of shape (b,)
    surprise : ndarray of shape (b,)
    families : tuple of str
        Names by the numbers in `family`.
    """

    quantiles: np.ndarray
    levels: np.ndarray
    truth: np.ndarray
    n: np.ndarray
    family: np.ndarray
    surprise: np.ndarray
    families: tuple[str, ...]

    @property
    def mae(self) -> float:
        """Mean absolute error of the median, nats."""
        return float(np.abs(self._off(slice(None))).mean())

    @property
    def coverage(self) -> float:
        """Share of truths in the 90 % interval."""
        return float(self.inside(0.9).mean())

    def inside(self, confidence: float) -> np.ndarray:
        """Whether the truth lies in the central interval of that level."""
        low, high = (int(np.argmin(np.abs(self.levels - 0.5 * (1.0 + s * confidence)))) for s in (-1.0, 1.0))
        return (self.quantiles[:, low] <= self.truth) & (self.truth <= self.quantiles[:, high])

    def row(self, chosen: np.ndarray) -> list[str]:
        """Number of sets, errors, coverage of intervals and width of the 90 % one, as cells of a table."""
        off = self._off(chosen)
        low, high = (int(np.argmin(np.abs(self.levels - level))) for level in (0.05, 0.95))
        width = np.median(self.quantiles[chosen, high] - self.quantiles[chosen, low])
        shares = (self.inside(0.5)[chosen].mean(), self.inside(0.9)[chosen].mean(), np.mean(self.surprise[chosen] > 1))
        return [
            str(len(off)),
            *(f"{value:.4f}" for value in (np.abs(off).mean(), np.mean(off**2), off.mean(), width)),
            *(f"{share:.3f}" for share in shares),
        ]

    def _off(self, chosen: Any) -> np.ndarray:
        return (self.quantiles[:, len(self.levels) // 2] - self.truth)[chosen]


def measured(
    networks: Sequence[dict[str, np.ndarray]],
    scale: dict[str, np.ndarray],
    border: dict[str, np.ndarray],
    sets: Sets,
    families: Sequence[str],
    how: Calibration,
) -> Judgement:
    """Answer held-out sets, the even ones calibrated on the odd ones and the other way round."""
    raw, where = raw_quantiles(networks, scale, sets), whereabouts(scale, border, sets)
    information, n, family = (sets["facts"][:, i].astype(np.float64) for i in (0, 1, 4))
    even = np.arange(len(n)) % 2 == 0
    quantiles = np.empty_like(raw)
    for half in (even, ~even):
        other = ~half if (~half).any() else half
        there, here = ({stage: values[part] for stage, values in where.items()} for part in (other, half))
        found = calibration_of(raw[other], sets["facts"][other], there, how)
        quantiles[half] = calibrated(raw[half], here, found)
    far = where["surprise"]
    return Judgement(quantiles, found["levels"], information, n, family.astype(int), far, tuple(families))


def report(recipe: Recipe, place: Path, judgement: Judgement, sizes: dict[str, int], checksum: str) -> str:
    """Markdown."""
    edges = [0, *recipe.calibration.rows, np.inf]
    ranges = []
    for low, high in itertools.pairwise(edges):
        chosen = (judgement.n > low) & (judgement.n <= high)
        if chosen.any():
            ranges.append(
                [f"{judgement.n[chosen].min():.0f} to {judgement.n[chosen].max():.0f}", *judgement.row(chosen)]
            )
    everything = np.ones(len(judgement.n), dtype=bool)
    by_family = [
        [name, *judgement.row(judgement.family == i)]
        for i, name in enumerate(judgement.families)
        if (judgement.family == i).any()
    ]
    columns = ["sets", "MAE", "MSE", "bias", "width", "in 50 %", "in 90 %", "guard"]
    size = (place / SHIPPED).stat().st_size
    return "\n".join(
        [
            "# A trained MIST",
            "",
            f"{SHIPPED}: {size / 1e6:.2f} MB, SHA-256 `{checksum}`.",
            f"Trained on {sizes['sets']} simulated sets with mitk {recipe.facts()['mitk']}, calibrated on "
            f"{sizes['held_out']} others; the recipe is in the file and in recipe.json.",
            "",
            "## Simulation",
            "",
            _throughput(place / "sets" / "times.jsonl"),
            "",
            "## Learning curves",
            "",
            *_table(["network", "step", "loss", "held-out loss", "seconds"], _curves(recipe, place)),
            "",
            "Seconds count from the last start of the training.",
            "",
            "## Held-out sets",
            "",
            "Errors of the median in nats; median width of the 90 % interval; shares of truths in the intervals; share "
            "of sets at which the guard is raised. Each half of the sets is calibrated on the other.",
            "",
            *_table(["n", *columns], [*ranges, ["all", *judgement.row(everything)]]),
            "",
            *_table(["family", *columns], by_family),
            "",
        ]
    )


def _throughput(times: Path) -> str:
    lines = [json.loads(line) for line in times.read_text(encoding="utf-8").splitlines()]
    if not lines:
        return "The sets were there before."
    sets, seconds = sum(line["sets"] for line in lines), sum(line["seconds"] for line in lines)
    return f"{sets / seconds:.0f} sets a second and process ({sets} sets, {os.cpu_count()} cores)."


def _curves(recipe: Recipe, place: Path) -> Iterable[list[str]]:
    for seed in recipe.seeds:
        text = (place / f"network-{seed}" / "curve.jsonl").read_text(encoding="utf-8")
        lines = [json.loads(line) for line in text.splitlines()]
        for i in sorted({round(i) for i in np.linspace(0, len(lines) - 1, LINES)}):
            line = lines[i]
            values = (line["loss"], line.get("held_out", np.nan))
            yield [str(seed), str(line["step"]), *(f"{value:.4f}" for value in values), f"{line['seconds']:.0f}"]


def _table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    rule = ["---", *("---:" for _ in head[1:])]
    return ["| " + " | ".join(cells) + " |" for cells in (head, rule, *rows)]
