"""Which laws MIST was trained on, which only a learned combination may see, and which neither ever sees.

``python -m benchmarks.seen --out docs/seen.md`` writes the page. Figures are honest where the law is in the last
column; no law leaves it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.studies.drawn_laws import HELD_OUT
from benchmarks.suites import MODULES, suite
from mitk.learned.prior.combination import COMBINATION_FAMILIES
from mitk.learned.prior.meta import FAMILIES, WEIGHTS

MIST, COMBINATION, NEITHER = "MIST", "combination", "neither"


class Seen(NamedTuple):
    """By whom laws are seen, and as what: families of the prior or of the combination, or why they are kept apart."""

    by: str
    as_what: str


def _mist(as_what: str) -> Seen:
    return Seen(MIST, as_what)


def _neither(why: str) -> Seen:
    return Seen(NEITHER, why)


_LABELS = _neither("labels, counts or ties, which MIST does not take")
_DEPENDENT = _neither("rows that depend on one another")
_KEPT = "kept apart as it stands"
# Suite -> family of its tasks -> by whom seen.
SUITES: Mapping[str, Mapping[str, Seen]] = {
    "smoke": {
        "gaussian": _mist("`elliptical`"),
        "additive": _mist("`blocks`"),
        "discrete": _LABELS,
        "independent": _mist("`independent`"),
    },
    "null": {
        "normal": _mist("`independent`"),
        "uniform": _mist("`independent`"),
        "heavy tails": _mist("`independent`"),
        "clusters": _neither("margins of waves, galaxies and concentric shells are among them"),
        "copies": _mist("`independent`"),
        "mixed": _LABELS,
        "discrete": _LABELS,
        "images": _neither("margins of digits"),
        "series": _DEPENDENT,
    },
    "bmi40": {
        "bivariate": _mist("`elliptical`; a bimodal margin is undone by ranks"),
        "additive-uniform": _mist("`blocks`"),
        "student": _mist("`elliptical`, `mist`"),
        "embedding": _neither("a Swiss roll"),
        "normal-dense": _mist("`mist`"),
        "normal-2pair": _mist("`mist`"),
        "normal-2pair-cdf": _mist("`mist`"),
        "normal-2pair-halfcube": _mist("`mist`"),
        "normal-2pair-spiral": _neither("spirals"),
        "normal-2pair-cdf-spiral": _neither("spirals"),
    },
    "bmi-mixtures": {
        "mixture-x": _mist("`clusters`, `shapes` (strokes that cross)"),
        "mixture-ai": _mist("`clusters`, `shapes` (strokes)"),
        "mixture-waves": _neither("waves"),
        "mixture-galaxy": _neither("galaxies"),
        "mixture-concentric": _neither("concentric shells"),
        "mixture-inliers": Seen(COMBINATION, "`contaminated`"),
        "mixture": _mist("`clusters`, `shapes`"),
        "mixed": _LABELS,
    },
    "gaussian": {"pairs": _mist("`elliptical`, `rotated`"), "dense": _mist("`mist`")},
    "highdim": {
        "normal": _mist("`rotated`, `strong`"),
        "spiral": _neither("spirals"),
        "uniform margins": _mist("`elliptical`, `strong`: margins that are mixed afterwards"),
        "smoothed uniform": _mist("`blocks`, `mist`, `strong`"),
        "student": _mist("`elliptical`"),
        "teacher": Seen(COMBINATION, "`teacher`"),
        "embedding": _neither("the embeddings of `random`"),
        "deep teacher": Seen(COMBINATION, "`teacher`"),
        "copies and noise": _mist("`redundant` (copies), `blocks` (noise)"),
        "noise": _mist("`blocks`"),
        "rotated noise": _mist("`rotated`"),
    },
    "small": {
        **dict.fromkeys(("normal-dense", "normal-sparse", "normal-2pair", "normal-lvm"), _mist("`mist`")),
        **dict.fromkeys(("student-dense", "student-sparse", "student-2pair", "additive"), _mist("`mist`")),
        "rotated": _mist("`rotated`, `elliptical`"),
        "unequal sides": _mist("`elliptical`"),
        "one column": _mist("`blocks`"),
        "mixture": _mist("`clusters`"),
        "not monotone": Seen(COMBINATION, "`ball` (a disc); a U is seen by MIST, a noisy direction by neither"),
    },
    "timeseries": {
        **dict.fromkeys(("coupled", "windows", "slow", "driven", "loop", "amplitudes", "independent"), _DEPENDENT),
        "coin": _LABELS,
    },
    "images": {
        "plates": _neither(_KEPT),
        "rectangles": _neither(_KEPT),
        "digits": _neither(_KEPT),
        "digits before a background": _neither(_KEPT),
        "spot before a background": _neither(_KEPT),
        "rows of a field": _neither(_KEPT),
    },
    "staircase": {
        "normal": _neither(f"{_KEPT}; normal pairs are in `strong`"),
        "swiss roll": _neither(_KEPT),
        "additive": _neither(f"{_KEPT}; its kind is in `mist` and `strong`"),
        "student": _neither(f"{_KEPT}; its kind is in `elliptical`"),
    },
    "intervals": {
        "normal": _mist("`elliptical`"),
        "student": _mist("`elliptical`"),
        "uniform margins": _mist("`elliptical`"),
        "additive": _mist("`blocks`"),
        "discrete": _LABELS,
        "mixture": _mist("`clusters`"),
        "half discrete": _LABELS,
    },
    "random": {
        **dict.fromkeys(
            ("normal-dense", "normal-sparse", "normal-2pair", "normal-lvm", "student-dense", "student-sparse",
             "student-2pair", "additive"),
            _neither(f"{_KEPT}; its kind is in `mist`"),
        ),
        "normal": _neither(f"{_KEPT}; its kind is in `elliptical`"),
        "rotated": _neither(f"{_KEPT}; its kind is in `rotated`"),
        "spiral": _neither("spirals"),
        "swiss-roll": _neither(_KEPT),
        "bimodal": _neither(f"{_KEPT}; ranks make it a normal pair"),
        "embedded": _neither(_KEPT),
        "heavy": _neither(f"{_KEPT}; its kind is in `elliptical`"),
        "elliptical": _neither(_KEPT),
        "mixture": _neither(f"{_KEPT}; its kind is in `clusters`"),
        "smoothed": _neither(f"{_KEPT}; its kind is in `blocks`"),
        "log-gamma": _neither("log-gamma-exponential laws"),
        "direction": _neither(_KEPT),
        "table": _LABELS,
        "levels": _LABELS,
    },
    "conditional": {
        **dict.fromkeys(
            ("gaussian", "chains", "mixed", "post-nonlinear", "tables", "transfer", "channels", "warped"),
            _neither("conditional information"),
        ),
    },
    "selfconsistency": {
        **dict.fromkeys(("baseline", "data processing", "additivity"), _neither("fields and digits, several fits")),
    },
    "invariance": {
        **dict.fromkeys(
            ("monotone", "affine", "rotation", "bijection", "permuted columns", "permuted rows", "appended noise",
             "duplicated column", "float32", "swap"),
            _neither("several fits of one sample"),
        ),
    },
    "highmi": {
        "normal": _mist("`strong`"),
        "student": _mist("`elliptical` up to 12 nats"),
        "smoothed uniform": _mist("`strong`"),
        "log-gamma-exponential": _neither("log-gamma-exponential laws"),
        "noisy functions": _mist("`shapes`, up to 3 nats a column"),
    },
    "mixed": {
        **dict.fromkeys(
            ("label and number", "count and number", "points and density", "plane and label", "ties", "two labels"),
            _LABELS,
        ),
    },
    "heavy": {
        "student": _mist("`elliptical`"),
        "monotone": _mist("`elliptical`: ranks undo increasing maps"),
        "outliers": Seen(COMBINATION, "`contaminated`"),
        "idle columns": _mist("`redundant` (copies)"),
    },
}  # fmt: skip


INTRODUCTION = """# Laws, and who has seen them

A learned estimator is as good as the laws it was trained on, so each figure says whether its law was among them.
**MIST** is trained on the families of its [recipe](mist-training.md), here with their shares ([model card](mist.md)).
A learned **combination** of methods may also learn from the laws of the second table, to which MIST is a stranger.
**Neither** sees the third kind: targets on those are printed apart, and no law leaves it.
`python -m benchmarks.seen --out docs/seen.md` writes this page.
"""


def summary_of(family: object) -> str:
    """First line of a docstring, without its full stop."""
    return (family.__doc__ or "").strip().splitlines()[0].rstrip(".")


def page() -> str:
    """The page in Markdown."""
    lines = [
        INTRODUCTION,
        "## Seen by MIST and by the combination",
        "",
        "| family | share | laws |",
        "| --- | --- | --- |",
        *(f"| `{name}` | {WEIGHTS[name]:.2f} | {summary_of(family)} |" for name, family in FAMILIES.items()),
        "",
        "## Seen by the combination only",
        "",
        "| family | laws |",
        "| --- | --- |",
        *(f"| `{name}` | {summary_of(family)} |" for name, family in COMBINATION_FAMILIES.items()),
        "",
        "## Seen by neither",
        "",
        "Drawn anew by `python -m benchmarks.learned --sections held-out`: " + ", ".join(HELD_OUT) + ". Of the suites,",
        "`random`, `staircase` and `images` as they stand, and all that the next table says.",
        "",
        "## Suites",
        "",
        "| suite | family | seen by | as |",
        "| --- | --- | --- | --- |",
    ]
    for name, families in SUITES.items():
        lines += [f"| {name} | {family} | {seen.by} | {seen.as_what} |" for family, seen in families.items()]
    return "\n".join(lines) + "\n"


def families_of(name: str) -> set[str]:
    """Families of the tasks of a suite."""
    return {task.family for task in suite(name).tasks}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="Markdown file; the page is printed otherwise")
    options = parser.parse_args(arguments)
    missing = [name for name in MODULES if set(SUITES.get(name, ())) != families_of(name)]
    if missing:
        raise SystemExit(f"These suites have families that the table does not know, or lack some: {', '.join(missing)}")
    if options.out:
        Path(options.out).write_text(page(), encoding="utf-8")
    else:
        print(page(), end="")


if __name__ == "__main__":
    main()
