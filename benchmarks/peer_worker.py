"""Estimates with another library, in the environment that has it: needs NumPy and that library, nothing of mitk.

JSON lines in and out, as in `benchmarks.worker`; started by `benchmarks.peers`.
"""

import base64
import json
import os
import sys
import time

import numpy as np


def scikit_learn(x, y):
    """One column a side; whichever is discrete decides which function is meant."""
    from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

    one_column(x, y)
    discrete_x, discrete_y = x.dtype.kind == "i", y.dtype.kind == "i"
    function = mutual_info_classif if discrete_y else mutual_info_regression
    return function(x, y[:, 0], discrete_features=discrete_x, n_neighbors=3, random_state=0)[0]


def ennemi(x, y):
    """One column a side."""
    from ennemi import estimate_mi

    one_column(x, y)
    discrete = {"discrete_x": x.dtype.kind == "i", "discrete_y": y.dtype.kind == "i"}
    return np.asarray(estimate_mi(y[:, 0], x[:, 0], k=3, **discrete)).ravel()[0]


def infomeasure(x, y):
    """KSG on the columns as they are; labels on one side are taken for numbers."""
    import infomeasure as im

    if x.dtype.kind == "i" and y.dtype.kind == "i":
        return im.mutual_information(x[:, 0], y[:, 0], approach="discrete", base="e")
    return im.mutual_information(x, y, approach="metric", k=3, base="e")


def npeet_plus(x, y):
    """The kept-up fork of Greg Ver Steeg's NPEET; bits unless told otherwise."""
    import npeet_plus as npeet

    discrete_x, discrete_y = x.dtype.kind == "i", y.dtype.kind == "i"
    if discrete_x and discrete_y:
        return npeet.midd(x, y, base=np.e)
    if discrete_x or discrete_y:
        # Its `midc` passes its arguments in the wrong order.
        return npeet.micd(*((y, x) if discrete_x else (x, y)), k=3, base=np.e)
    return npeet.mi(x, y, k=3, base=np.e)


def benchmark_mi(x, y):
    """The KSG of Czyz et al.: standardised columns, Euclidean distances within a side, clipped at 0."""
    if "i" in (x.dtype.kind, y.dtype.kind):
        raise ValueError("takes no labels")
    import bmi

    return bmi.estimators.KSGEnsembleFirstEstimator(neighborhoods=(3,)).estimate(x, y)


def benchmark_mi_infonce(x, y):
    """The InfoNCE of Czyz et al. at its defaults: hidden layers of 16 and 8, half of the rows held out."""
    if "i" in (x.dtype.kind, y.dtype.kind):
        raise ValueError("takes no labels")
    import bmi

    return bmi.estimators.InfoNCEEstimator(verbose=False).estimate(x, y)


PEERS = {
    "scikit-learn": ("scikit-learn", scikit_learn),
    "ennemi": ("ennemi", ennemi),
    "infomeasure": ("infomeasure", infomeasure),
    "npeet-plus": ("npeet-plus", npeet_plus),
    "benchmark-mi": ("benchmark-mi", benchmark_mi),
    "benchmark-mi-infonce": ("benchmark-mi", benchmark_mi_infonce),
}


def one_column(x, y):
    """Refuse what the library has no call for."""
    if x.shape[1] > 1 or y.shape[1] > 1:
        raise ValueError(f"takes one column a side, got {x.shape[1]} and {y.shape[1]}")


def unpacked(side):
    """Undo `benchmarks.peers.packed`."""
    return np.frombuffer(base64.b64decode(side["data"]), dtype=side["dtype"]).reshape(side["shape"]).copy()


def measure(job, seen, say):
    """Fields of a row; a shape that is new is estimated twice, first cold and then warm."""
    from importlib.metadata import PackageNotFoundError, version

    package, function = PEERS[job["peer"]]
    x, y = unpacked(job["x"]), unpacked(job["y"])
    row = {"kind": "estimate", "quantity": "mi", "unit": "nats", "status": "OK", "reasons": []}
    try:
        row["estimator"] = f"{package} {version(package)}"
    except PackageNotFoundError:
        row["estimator"] = package
    shape = (job["peer"], x.shape, y.shape)
    if shape not in seen:
        start = time.perf_counter()
        function(x, y)
        row["seconds_first"] = time.perf_counter() - start
        seen.add(shape)
        say({"stage": "first"})
    start = time.perf_counter()
    value = float(function(x, y))
    row["seconds"] = time.perf_counter() - start
    if not np.isfinite(value):
        return dict(row, value=None, failure="nan", reason=f"returned {value}")
    return dict(row, value=value)


def main():
    """Answer jobs until there are no more; what the library prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    seen = set()

    def say(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    say({"stage": "ready"})
    for line in sys.stdin:
        try:
            row = measure(json.loads(line), seen, say)
        except Exception as error:
            row = {"value": None, "failure": "raised", "reason": f"{type(error).__name__}: {error}"[:300]}
        say({"row": row})


if __name__ == "__main__":
    main()
