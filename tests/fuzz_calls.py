"""Made calls for `tests/fuzz.py`: entry points, methods with options right and wrong, and data that go with them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from fuzz_data import ODD_NAMES, Made, column, contained, odd, with_gaps

from mitk import measures
from mitk.registry import BUILT_IN, estimator_class

SIZES = (0, 1, 2, 3, 5, 8, 13, 20, 30, 40, 60, 80, 120, 200, 400, 5000)
CHANCES = np.array([1, 1, 2, 2, 4, 8, 10, 14, 16, 16, 12, 6, 3, 1.5, 0.6, 0.06])
MOST_ROWS = max(SIZES)
ALL = ("number", "number", "number", "number", "whole", "few", "flag", "text")
NUMBERS = ("number", "number", "number", "number", "number", "whole")
LABELS = ("few", "few", "flag", "text", "whole")
# Method -> how often it is asked, and the kinds of columns of x and of y that it is made for.
METHODS: dict[str, tuple[float, tuple[str, ...], tuple[str, ...]]] = {
    "gaussian": (3, NUMBERS, NUMBERS),
    "cca": (2, NUMBERS, NUMBERS),
    "copula": (3, NUMBERS, NUMBERS),
    "discrete": (4, LABELS, LABELS),
    "screen": (5, ALL, ALL),
    "binning": (4, NUMBERS, NUMBERS),
    "ksg": (5, NUMBERS, NUMBERS),
    "mixed-ksg": (4, ALL, ALL),
    "kde": (2, NUMBERS, NUMBERS),
    "residual-entropy": (3, NUMBERS, NUMBERS),
    "mist": (3, NUMBERS, NUMBERS),
    "classifier": (2, ALL, LABELS),
    "dsmi": (2, NUMBERS, LABELS),
    "sliced-mi": (1, NUMBERS, NUMBERS),
    "wasserstein": (2, NUMBERS, NUMBERS),
    "protocol": (1.5, NUMBERS, NUMBERS),
}
ENTRIES = {"estimate": 0.65, "fit": 0.07, "permutation_test": 0.1, "pairwise": 0.13, "measure": 0.05}
TESTED = ("screen", "gaussian", "cca", "copula", "ksg", "mixed-ksg")
CONDITIONAL = ("auto", "gaussian", "cca")
TRAINED = tuple(name for name in BUILT_IN if name not in METHODS and name != "auto")
# Right values of options, where any number of the type would not do; those of a network are few, so that its program
# is compiled once.
NETWORK: dict[str, tuple[Any, ...]] = {
    "steps": (10,), "folds": (2,), "batch": (16,), "width": (4,), "depth": (1,), "embedding": (2,), "bridges": (2,),
    "draws": (2,), "blocks": (1,), "bins": (4,),
}  # fmt: skip
VALUES: dict[str, tuple[Any, ...]] = {
    "k": (1, 2, 3, 5, 10), "lnc": (True, False), "variant": (1, 2), "correction": ("none", "miller-madow", "shuffle"),
    "rule": ("equal-mass", "equal-width", "freedman-diaconis"), "bins": (None, 2, 5, 20), "slices": (1, 3),
    "discrete correction": ("plug-in", "grassberger", "chao-shen", "nsb", "james-stein", "miller-madow"),
    "bandwidth": ("silverman", "scott", "likelihood", 0.3, 2.0), "dsmi bandwidth": ("half-median", 0.5, 3.0),
    "margins": ("raw", "standard", "normal"), "form": ("mean", "max"), "neighbors": (1, 3), "time": (0.0, 0.5, 3.0),
    "density_power": (0.0, 0.5, 1.0), "standardize": (True, False), "max_samples": (20, 100, 10_000), "repeats": (1, 2),
    "approximation": ("auto", "exact"), "clusters": (2, 3), "permutations": (0, 2),
    "clustering": ("kmeans", "quantiles", "uniform", "spectral"), "metric": ("l2", "l1sum", "discrete"),
    "folds": (2, 4),
    "method": ("held-out", "exact", "sliced", "gaussian", "sinkhorn"), "fit_rows": (30, 60), "max_rows": (60, 1000),
    "nulls": (0, 1, 3), "projections": (5, 20), "epsilon": (0.05, 1.0), "transport_constant": (None, 1.0),
    "estimator": ("copula", "gaussian", "screen", "ksg"), "levels": (None, 5, 6), "capacities": ((), (2,)),
    "restarts": (1, 2), "n_jobs": (1,), "progress": (False,), "effort": ("quick",), "weights": (None,),
}  # fmt: skip
# Always set, since the defaults take seconds.
CHEAP: dict[str, dict[str, Any]] = {
    "sliced-mi": {"slices": 2}, "dsmi": {"repeats": 1}, "wasserstein": {"fit_rows": 60, "nulls": 1, "projections": 10},
    "protocol": {"estimator": "copula", "permutations": 1}, "auto": {"effort": "quick"},
}  # fmt: skip
WRONG: tuple[Any, ...] = (
    -1, 0, 1.5, "x", "", None, float("nan"), float("inf"), -float("inf"), [], (), {}, True, b"", 1j, "5", np.int64(3),
    np.float32(0.5), np.array(2), np.array([1, 2]), object, [1], {"a": 1}, 1e308, np.bool_(True), np.str_("raw"), ...,
)  # fmt: skip
MEASURES = (
    "kde_mi", "pairwise_mi", "adjusted_mi", "variation_of_information", "clustering_complexity", "channel_mi",
    "clustering_distortion", "clustering_objective", "pmi_table", "npmi_table", "ppmi_table",
)  # fmt: skip


@dataclass
class Call:
    """A call that may be made from any container: the entry point, its method, sides and options."""

    entry: str
    method: Any
    sides: dict[str, list[Made]]
    names: list[str]
    options: dict[str, Any]
    odd: dict[str, Any]

    def arguments(self, rng: np.random.Generator) -> dict[str, Any]:
        """Sides and groups, each in some container."""
        made: dict[str, Any] = {}
        for side, columns in self.sides.items():
            names = [f"{side}{name}" for name in self.names[: len(columns)]]
            labelled = side == "x" and "groups" not in self.sides
            made[side] = contained(rng, columns, names, labelled)[1]
        return made | self.odd


def wrong(rng: np.random.Generator) -> Any:
    return WRONG[int(rng.integers(len(WRONG)))]


def hyperparameters(rng: np.random.Generator, name: str) -> dict[str, Any]:
    """Options of a method, from its fields."""
    made = dict(CHEAP.get(name, {}))
    trained = name in TRAINED
    for field in fields(estimator_class(name)):
        if trained and field.name in NETWORK:
            made[field.name] = NETWORK[field.name][0]
        chance = rng.random()
        known = VALUES.get(f"{name} {field.name}", VALUES.get(field.name))
        if chance < 0.2 and known is not None and not trained:
            made[field.name] = known[int(rng.integers(len(known)))]
        elif chance > 0.988 and field.name not in ("seed", "effort"):
            made[field.name] = wrong(rng)
    if rng.random() < 0.01:
        made["kk"] = 3
    return made


def fit_options(rng: np.random.Generator, n: int, widths: dict[str, int]) -> dict[str, Any]:
    """Options of a fit, a few of them wrong."""

    def one(*values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    made: dict[str, Any] = {}
    if rng.random() < 0.2:
        made["unit"] = one("bits", "nats")
    if rng.random() < 0.25:
        made["confidence"] = one(None, 0.5, 0.8, 0.9, 0.99, 0.999, np.float32(0.5))
    if rng.random() < 0.12 and n <= 60:
        made["interval"] = one("own", "subsampling", "jackknife", "default")
    if rng.random() < 0.3:
        made["missing"] = one("drop", "raise")
    for side, width in widths.items():
        if rng.random() < 0.08:
            each = [one(True, False, None) for _ in range(width)]
            made[f"discrete_{side}"] = one(True, False, each, tuple(each), np.array([True] * width))
    if rng.random() < 0.1:
        made["block"] = one(1, 2, 5, "auto", "auto", n, n + 5)
    if rng.random() < 0.06:
        made["thin"] = one(1, 2, 3, n, n + 1)
    if rng.random() < 0.2:
        made["seed"] = one(1, 12345, 2**32, 2**63, 2**200, np.int64(7))
    if rng.random() < 0.04:
        named = ["unit", "confidence", "interval", "missing", "discrete_x", "block", "thin", "seed", "groups"]
        made[one(*named)] = wrong(rng)
    return made


def draw(rng: np.random.Generator, trained: float, most: int = MOST_ROWS) -> Call:
    """A call on at most so many rows; `trained` is the share of those that train a network."""
    entry = str(
        rng.choice(["estimate", "fit", "permutation_test", "pairwise", "measure"], p=[0.65, 0.07, 0.1, 0.13, 0.05])
    )
    trains = rng.random() < trained
    if trains:
        entry = "estimate"
    names = list(METHODS)
    chances = np.array([METHODS[name][0] for name in names])
    method = str(rng.choice(names, p=chances / chances.sum()))
    if entry in ("estimate", "fit") and rng.random() < 0.25:
        method = "auto"
    if trains:
        method = str(rng.choice(TRAINED))
    if entry in ("permutation_test", "pairwise") and (rng.random() < 0.5 or method == "classifier"):
        method = "screen"
    n = min(int(rng.choice(SIZES, p=CHANCES / CHANCES.sum())), most)
    if n > 200 and method in ("kde", "dsmi", "wasserstein", "protocol", "sliced-mi", "classifier", "residual-entropy"):
        n = 60
    n = 40 if trains else n
    if entry == "measure":
        return measure_call(rng, n)
    kinds = METHODS[method][1:] if method in METHODS and rng.random() < 0.85 else (ALL, ALL)
    if trains:
        kinds = (("number",), ("few", "flag") if method == "njee" else ("number",))
    widths = (1,) if n > 400 or trains else (1, 1, 1, 1, 1, 1, 2, 2, 3, 6, 15) if n > 20 else (1, 1, 1, 1, 1, 2, 3)
    x = [column(rng, n, kinds[0]) for _ in range(int(rng.choice(widths)))]
    y = [column(rng, n, kinds[1], x[0] if j == 0 else None) for j in range(int(rng.choice(widths)))]
    if rng.random() < 0.03 and n:
        y = x
    sides = {"x": x, "y": y}
    if entry in ("estimate", "fit") and rng.random() < (0.15 if method in CONDITIONAL else 0.02):
        sides["given"] = [column(rng, n, NUMBERS, x[0]) for _ in range(int(rng.choice((1, 1, 2))))]
    options = fit_options(rng, n, {side: len(columns) for side, columns in sides.items()})
    gapped = n > 0 and rng.random() < 0.12
    if gapped:
        side = str(rng.choice(list(sides)))
        sides[side] = with_gaps(rng, sides[side])
        if rng.random() < 0.85:
            options["missing"] = "drop"
    if rng.random() < 0.08 and n:
        sides["groups"] = [Made("whole", rng.integers(0, max(2, n // int(rng.choice([2, 4]))), n).tolist())]
        if rng.random() < 0.3:
            sides["groups"] = [Made("text", [f"g{v}" for v in sides["groups"][0].items])]
        options.pop("block", None)
    chosen = hyperparameters(rng, method)
    labels = [f"{j}" for j in range(40)]
    if rng.random() < 0.05:
        labels[0] = str(rng.choice(ODD_NAMES))
    call = Call(entry, method, sides, labels, {**options, **chosen}, {})
    if entry == "permutation_test":
        as_test(rng, call)
    elif entry == "pairwise":
        as_pairs(rng, call, n)
    elif entry == "fit":
        # A class says so itself, in Python's words.
        chosen.pop("kk", None)
        seed = options.pop("seed", 0)
        call.options = {"fit": options, "make": {"seed": seed, **chosen}}
    if rng.random() < 0.07:
        side = str(rng.choice([*call.sides, *call.sides, "groups"] if entry != "pairwise" else ["data", "targets"]))
        call.odd[side] = odd(rng, n)
        call.sides.pop(side, None)
    return call


def as_test(rng: np.random.Generator, call: Call) -> None:
    """Make a permutation test of a call."""
    for name in ("unit", "confidence", "interval", "discrete_given"):
        call.options.pop(name, None)
    call.sides.pop("given", None)
    call.options["n_permutations"] = int(rng.choice([1, 5, 9, 19]))
    if rng.random() < 0.2:
        call.options["surrogate"] = str(rng.choice(["rows", "groups", "circular shifts", "blocks", "auto"]))
    if rng.random() < 0.02:
        call.options[str(rng.choice(["n_permutations", "surrogate", "n_jobs"]))] = wrong(rng)


def as_pairs(rng: np.random.Generator, call: Call, n: int) -> None:
    """Make a table of pairs of a call."""
    columns = [*call.sides.pop("x"), *call.sides.pop("y")]
    # Pairs that are not answered together are permuted, each for itself.
    alone = "groups" in call.sides or "block" in call.options or any(made.gaps for made in columns)
    columns = columns[: 2 if alone else 6]
    call.sides.pop("given", None)
    if rng.random() < 0.6 and n:
        columns.append(column(rng, n, ALL, columns[0]))
    told = [call.options.pop(f"discrete_{side}", None) for side in ("x", "y", "given")]
    if any(word is not None for word in told):
        call.options["discrete"] = [[True, False, None][int(rng.integers(3))] for _ in columns]
    call.sides["data"] = columns
    call.options["names"] = [f"c{j}" for j in range(len(columns))]
    # Others are permuted 199 times for it.
    call.options["test"] = bool(rng.random() < 0.6) and call.method in TESTED
    chance = rng.random()
    if chance < 0.2:
        call.options["targets"] = ["c0", ["c0"], ["c0", "c1"]][int(rng.integers(3))]
    elif chance < 0.3:
        call.sides["targets"] = [column(rng, n, ALL, columns[0])]
    elif chance < 0.4 and len(columns) > 2:
        call.options["blocks"] = {"left": ["c0", "c1"], "right": call.options["names"][2:]}
    elif chance < 0.5:
        call.options.pop("names")
    if rng.random() < 0.4:
        call.options["correct"] = ["by", "bonferroni", None, "bh"][int(rng.integers(4))]
    if rng.random() < 0.03 and n <= 60:
        call.options["correct"] = "max"
    if rng.random() < 0.15:
        call.options["top"] = int(rng.integers(1, 4))
    if rng.random() < 0.15:
        call.options["threshold"] = float(rng.choice([-1.0, 0.0, 0.1, 50.0]))
    if rng.random() < 0.04:
        named = ["top", "threshold", "names", "targets", "blocks", "correct", "discrete", "test"]
        call.options[str(rng.choice(named))] = wrong(rng)


def measure_call(rng: np.random.Generator, n: int) -> Call:
    """A call of a measure, on data of its shape."""
    name = str(rng.choice(MEASURES))
    n = min(n, 60)
    options: dict[str, Any] = {}
    if name in ("kde_mi", "pairwise_mi", "clustering_distortion", "clustering_objective"):
        wide = int(rng.choice((1, 2, 3)))
        sides = {"x": [column(rng, n, NUMBERS) for _ in range(wide)]}
        labelled = name.startswith("clustering")
        sides["y"] = [column(rng, n, LABELS if labelled else NUMBERS) for _ in range(1 if labelled else wide)]
        if name == "kde_mi":
            options = {"tau": float(rng.choice([1e-3, 0.5, 1e6])), "confidence": [None, 0.95][int(rng.integers(2))]}
    elif name in ("adjusted_mi", "variation_of_information"):
        sides = {side: [column(rng, n, LABELS)] for side in "xy"}
    elif name == "clustering_complexity":
        sides = {"x": [column(rng, n, LABELS)]}
    else:
        sides = {"x": [column(rng, n, ("few", "number", "whole")) for _ in range(int(rng.integers(1, 6)))]}
    if name in ("variation_of_information", "pmi_table", "channel_mi") and rng.random() < 0.3:
        options["unit"] = ["bits", "nats", 3][int(rng.integers(3))]
    call = Call("measure", getattr(measures, name), sides, [f"{j}" for j in range(9)], options, {})
    if rng.random() < 0.07:
        call.odd["x"] = odd(rng, n)
        call.sides.pop("x")
    return call
