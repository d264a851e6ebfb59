"""Freeze what every method says on small data sets, and compare it bit for bit after a change.

    python tests/frozen.py write before.json
    python tests/frozen.py compare before.json      # exit code 1 and the differences, if there are any

Values depend on the machine in their last bits, so a file is compared where it was written.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

import mitk

QUICK = {"steps": 10, "width": 4, "embedding": 2, "depth": 1, "folds": 2, "batch": 16}
TRAINED: dict[str, list[dict[str, Any]]] = {
    **{name: [QUICK] for name in ("anchored", "infonce", "dv", "mine", "nwj", "js", "smile", "tuba", "flo", "fdime")},
    "tre": [{"steps": 10, "width": 4, "depth": 1, "folds": 2, "batch": 16}],
    "fmmi": [{"steps": 10, "width": 4, "depth": 1, "folds": 2, "batch": 16}],
    "minde": [{"steps": 10, "width": 4, "depth": 1, "folds": 2, "batch": 16}],
    "doe": [{"steps": 10, "width": 4, "folds": 2, "batch": 16}],
    "club": [{"steps": 10, "width": 4, "folds": 2, "batch": 16}],
    "njee": [{"steps": 10, "width": 4, "folds": 2, "batch": 16}],
    "lmi": [{"steps": 10, "width": 4, "folds": 2, "batch": 16}],
    "wasserstein": [{"fit_rows": 60}],
}
CLASSICAL: dict[str, list[dict[str, Any]]] = {
    "auto": [{}],
    "ksg": [{}, {"k": 5}, {"variant": 2}, {"margins": "normal"}, {"margins": "raw"}, {"k": 8, "lnc": True}],
    "mixed-ksg": [{}, {"margins": "normal"}],
    "binning": [{}, {"bins": 4}, {"rule": "equal-width"}, {"correction": "panzeri-treves"}, {"correction": "shuffle"}],
    "discrete": [
        {"correction": name} for name in ("miller-madow", "plug-in", "grassberger", "chao-shen", "nsb", "james-stein")
    ],
    "gaussian": [{}],
    "cca": [{}],
    "copula": [{}],
    "classifier": [{}],
    "mist": [{}],
    "dsmi": [{}],
    "residual-entropy": [{}],
    "sliced-mi": [{"slices": 10}],
    "kde": [{}, {"bandwidth": "silverman"}],
}


def data_sets() -> dict[str, tuple[Any, Any, dict[str, Any]]]:
    """Sets of all kinds, by name: x, y and options of the call."""
    rng = np.random.default_rng(7)
    n = 160
    z, e = rng.standard_normal((2, n, 4))
    y = 0.7 * z + np.sqrt(1.0 - 0.49) * e
    codes = rng.integers(0, 3, n)
    noisy = np.where(rng.random(n) < 0.7, codes, rng.integers(0, 3, n))
    series = np.zeros((n, 2))
    for i in range(1, n):
        series[i] = 0.8 * series[i - 1] + rng.standard_normal(2)
    return {
        "one column": (z[:, 0], y[:, 0], {}),
        "two and one": (z[:, :2], y[:, 0], {}),
        "four and four": (z, y, {}),
        "wide for its rows": (np.hstack([z, e])[:14], y[:14], {}),
        "square": (z[:, 0], z[:, 0] ** 2 + 0.3 * e[:, 0], {}),
        "rounded": (np.round(z[:, 0], 1), np.round(y[:, 0], 1), {}),
        "half zeros": (np.maximum(z[:, 0], 0.0), np.maximum(y[:, 0], 0.0), {}),
        "labels": (np.array(["a", "b", "c"])[codes], np.array(["u", "v", "w"])[noisy], {}),
        "whole numbers": (codes, noisy, {}),
        "label and number": (codes + 0.7 * e[:, 0], np.array(["a", "b", "c"])[codes], {}),
        "counts": (rng.poisson(4.0, n) + (h := rng.poisson(3.0, n)), rng.poisson(4.0, n) + h, {}),
        "series": (series[:, 0], series[:, 1], {}),
        "series in runs": (series[:, 0], series[:, 1] + series[:, 0], {"block": 10}),
        "groups": (z[:, 0], y[:, 0], {"groups": np.repeat(np.arange(20), 8)}),
        "missing": (np.where(rng.random(n) < 0.05, np.nan, z[:, 0]), y[:, 0], {"missing": "drop"}),
        "constant": (np.ones(n), y[:, 0], {}),
        "equal": (z[:, 0], z[:, 0], {}),
        "outlier": (np.append(z[1:, 0], 50.0), y[:, 0], {}),
        "few rows": (z[:12, 0], y[:12, 0], {}),
    }


def calls(trained: bool) -> Iterator[tuple[str, str, Any, Any, dict[str, Any]]]:
    """Every call: a key, the method, both sides, and options."""
    variants: list[dict[str, Any]] = [{}, {"confidence": None}, {"unit": "bits"}, {"interval": "jackknife"}]
    for name, options in CLASSICAL.items():
        for hyperparameters in options:
            for label, (x, y, given) in data_sets().items():
                for variant in variants:
                    settings = {**given, **hyperparameters, **variant}
                    if variant.get("interval") and (name in ("mist", "sliced-mi") or label == "few rows"):
                        continue
                    yield f"{name} {hyperparameters} {label} {variant}", name, x, y, settings
    if trained:
        for name, options in TRAINED.items():
            for hyperparameters in options:
                for label in ("one column", "two and one", "groups"):
                    x, y, given = data_sets()[label]
                    if name == "njee":
                        y = np.array(["u", "v"])[(np.ravel(y) > 0).astype(int)]
                    yield f"{name} {label}", name, x, y, {**given, **hyperparameters}
        x, y, _ = data_sets()["one column"]
        yield "protocol", "protocol", x, y, {"estimator": "copula", "levels": 5, "permutations": 2}


def outcome(method: str, x: Any, y: Any, options: dict[str, Any]) -> Any:
    """What comes back, in exact text: value, interval, status and notes, or the error."""
    try:
        r = mitk.estimate(x, y, method, **options)
    except Exception as error:  # Whatever comes out is what is compared.
        return f"{type(error).__name__}: {error}"
    ci = None if r.ci is None else [r.ci.low.hex(), r.ci.high.hex(), r.ci.method]
    return [
        float(r.value).hex(),
        ci,
        r.kind,
        r.quantity,
        r.unit,
        r.status.code,
        [str(s) for s in r.status.reasons],
        list(r.notes),
    ]


def frozen(trained: bool = True) -> dict[str, Any]:
    """The outcome of every call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {key: outcome(*call) for key, *call in calls(trained)}


def main(arguments: list[str]) -> int:
    """Write or compare."""
    action, path = arguments[:2]
    if action == "write":
        with open(path, "w", encoding="utf-8") as file:
            json.dump(frozen("classical" not in arguments), file, indent=0)
        return 0
    with open(path, encoding="utf-8") as file:
        before = json.load(file)
    now = json.loads(json.dumps(frozen("classical" not in arguments)))
    different = [key for key in now if now[key] != before.get(key)]
    for key in different:
        print(key, "\n  before", before.get(key), "\n  now   ", now[key])
    print(f"{len(different)} of {len(now)} calls differ.")
    return int(bool(different))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
