"""Judge selectors of features by what classifiers make of them: ``python -m benchmarks.studies.selection``.

Five times five stratified folds of three data sets of scikit-learn: each selector takes ten columns of the rows of four
folds, and classifiers (five nearest neighbours, logistic regression, both on standardised columns) that see its first
five or all ten are scored on the fifth. Stability is Kuncheva's index of the sets that 25 fits took: 1 where all are
the same, 0 where they agree as chance would. Seconds are medians of one run in which the selectors take turns.
``--out`` keeps what was selected, fold by fold, and the same call goes on after an interrupt. ``--speed`` times larger
jobs instead.

The others: ``pip install mrmr_selection feature_engine fast-select``; those that are not installed are left out.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.feature_selection import mutual_info_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler

from mitk.selection import MutualInformationSelector

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Selector = Callable[[Floats, Ints, int], Sequence[int]]

DATA = {"wine": load_wine, "breast cancer": load_breast_cancer, "digits": load_digits}
SIZES = (5, 10)
CLASSIFIERS = {
    "neighbours": lambda: make_pipeline(StandardScaler(), KNeighborsClassifier(5)),
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)),
}


def ours(criterion: str, method: str = "binning") -> Selector:
    """Ours, by a criterion."""

    def select(X: Floats, y: Ints, most: int) -> Sequence[int]:
        selector = MutualInformationSelector(criterion, n_features=most, method=method)
        return selector.fit(X, y).path_.tolist()

    return select


def best_alone(X: Floats, y: Ints, most: int) -> Sequence[int]:
    """SelectKBest of scikit-learn's mutual information."""
    return np.argsort(-mutual_info_classif(X, y, random_state=0), kind="stable")[:most].tolist()


def mrmr_selection(X: Floats, y: Ints, most: int) -> Sequence[int]:
    """F-statistics over correlations."""
    import pandas as pd
    from mrmr import mrmr_classif

    frame, target = pd.DataFrame(X), pd.Series(y)
    return [int(j) for j in mrmr_classif(frame, target, K=most, show_progress=False, n_jobs=1)]


def feature_engine(rule: str) -> Selector:
    """Its MRMR by mutual information; constant columns are left out, which it refuses."""

    def select(X: Floats, y: Ints, most: int) -> Sequence[int]:
        import pandas as pd
        from feature_engine.selection import MRMR

        order: list[str] = []

        class Told(MRMR):
            """Tells the order, which the fitted selector does not keep: each column taken is compared with the rest."""

            def _calculate_redundance(self, rest: pd.DataFrame, taken: pd.Series) -> Floats:
                order.append(str(taken.name))
                return super()._calculate_redundance(rest, taken)

        varied = np.flatnonzero(np.ptp(X, axis=0) > 0.0)
        frame = pd.DataFrame(X[:, varied], columns=[f"c{j}" for j in varied])
        fitted = Told(method=rule, max_features=most, regression=False, random_state=0).fit(frame, pd.Series(y))
        last = set(frame.columns) - set(fitted.features_to_drop_) - set(order)
        return [int(name[1:]) for name in (*order, *last)]

    return select


def fast_select(rule: str) -> Selector:
    """Its mRMR, of columns cut into five bins of equal mass: it takes codes."""

    def select(X: Floats, y: Ints, most: int) -> Sequence[int]:
        from fast_select import mRMR

        varied = np.flatnonzero(np.ptp(X, axis=0) > 0.0)
        cut = KBinsDiscretizer(5, encode="ordinal", strategy="quantile", quantile_method="averaged_inverted_cdf")
        codes = cut.fit_transform(X[:, varied]).astype(np.int32)
        fitted = mRMR(n_features_to_select=most, method=rule, backend="cpu").fit(codes, y)
        return varied[np.asarray(fitted.top_features_)[:most]].tolist()

    return select


SELECTORS: dict[str, tuple[str, Selector]] = {
    "mitk cmim": ("mitk", ours("cmim")),
    "mitk jmi": ("mitk", ours("jmi")),
    "mitk jmim": ("mitk", ours("jmim")),
    "mitk mrmr": ("mitk", ours("mrmr")),
    "mitk mim": ("mitk", ours("mim")),
    "mitk cmim gaussian": ("mitk", ours("cmim", "gaussian")),
    "SelectKBest": ("sklearn", best_alone),
    "mrmr-selection": ("mrmr", mrmr_selection),
    "fast-select MID": ("fast_select", fast_select("MID")),
    "fast-select MIQ": ("fast_select", fast_select("MIQ")),
    "feature-engine MID": ("feature_engine", feature_engine("MID")),
    "feature-engine MIQ": ("feature_engine", feature_engine("MIQ")),
}


def kuncheva(sets: Sequence[frozenset[int]], d: int) -> float:
    """Mean over pairs of sets of k of d columns of (r d - k^2) / (k (d - k)), with r columns in both."""
    k = len(sets[0])
    shared = [len(one & other) for place, one in enumerate(sets) for other in sets[:place]]
    return float(np.mean([(r * d - k * k) / (k * (d - k)) for r in shared]))


def run(
    data: Sequence[str], names: Sequence[str], repeats: int, out: Path | None
) -> dict[str, dict[str, list[dict[str, object]]]]:
    """What each selector took in each fold, and its seconds; kept in a file as it goes."""
    found = json.loads(out.read_text()) if out is not None and out.exists() else {}
    for title in data:
        X, y = DATA[title](return_X_y=True)
        folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=repeats, random_state=0)
        of_data = found.setdefault(title, {})
        for fold, (train, _) in enumerate(folds.split(X, y)):
            for name in names:
                kept = of_data.setdefault(name, [])
                if len(kept) > fold:
                    continue
                select = SELECTORS[name][1]
                start = time.perf_counter()
                taken = [int(j) for j in select(X[train], y[train], max(SIZES))]
                seconds = time.perf_counter() - start
                kept.append({"seconds": seconds, "taken": taken})
                if out is not None:
                    out.write_text(json.dumps(found))
    return found


def report(
    found: dict[str, dict[str, list[dict[str, object]]]], data: Sequence[str], names: Sequence[str], repeats: int
) -> None:
    """Print accuracies with the standard error over folds, stability and seconds."""
    for title in data:
        X, y = DATA[title](return_X_y=True)
        folds = list(RepeatedStratifiedKFold(n_splits=5, n_repeats=repeats, random_state=0).split(X, y))
        print(f"\n{title}: {len(X)} rows, {X.shape[1]} columns, {len(np.unique(y))} classes")
        heads = [f"{name} {k}" for k in SIZES for name in CLASSIFIERS] + [f"stability {k}" for k in SIZES]
        print(f"{'':20s}" + "".join(f"{head:>15s}" for head in (*heads, "seconds")))
        for name in names:
            kept = found[title][name][: len(folds)]
            cells = []
            for k in SIZES:
                for make in CLASSIFIERS.values():
                    scores = [
                        make().fit(X[train][:, one["taken"][:k]], y[train]).score(X[test][:, one["taken"][:k]], y[test])
                        for (train, test), one in zip(folds, kept, strict=True)
                    ]
                    cells.append(f"{np.mean(scores):.4f} ({np.std(scores, ddof=1) / len(scores) ** 0.5:.4f})")
            sets = {k: [frozenset(one["taken"][:k]) for one in kept] for k in SIZES}
            cells += [f"{kuncheva(sets[k], X.shape[1]):.3f}" for k in SIZES]
            cells.append(f"{np.median([one['seconds'] for one in kept]):.3f}")
            print(f"{name:20s}" + "".join(f"{cell:>15s}" for cell in cells), flush=True)


def speed(columns: int, rows: int, most: int, with_others: bool) -> None:
    """Time digits by JMI, and many columns by mRMR beside those who read mutual information."""
    X, y = load_digits(return_X_y=True)
    ours("jmi")(X, y, 2)
    start = time.perf_counter()
    ours("jmi")(X, y, 10)
    print(f"digits, 10 of 64 columns by JMI: {time.perf_counter() - start:.2f} s")
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, columns))
    y = (X[:, :10].sum(axis=1) + rng.standard_normal(rows) > 0.0).astype(np.int64)
    start = time.perf_counter()
    ours("mrmr")(X, y, most)
    mine = time.perf_counter() - start
    print(f"{columns} columns x {rows} rows, {most} by mRMR: {mine:.2f} s")
    for name in ("feature-engine MID",) if with_others and find_spec("feature_engine") else ():
        start = time.perf_counter()
        SELECTORS[name][1](X, y, most)
        seconds = time.perf_counter() - start
        print(f"{name}: {seconds:.1f} s, {seconds / mine:.1f} times as long", flush=True)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="*", choices=list(DATA), default=list(DATA))
    parser.add_argument("--selectors", nargs="*", choices=list(SELECTORS))
    parser.add_argument("--repeats", type=int, default=5, help="how often the rows are parted into five folds")
    parser.add_argument("--out", type=Path, help="a JSON file that keeps what was selected")
    parser.add_argument("--speed", action="store_true", help="time larger jobs instead")
    parser.add_argument("--columns", type=int, default=2000, help="of the job that --speed times")
    parser.add_argument("--alone", action="store_true", help="do not time others")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.speed:
        return speed(options.columns, 1000, 20, not options.alone)
    names = options.selectors or [name for name, (package, _) in SELECTORS.items() if find_spec(package)]
    found = run(options.data, names, options.repeats, options.out)
    report(found, options.data, names, options.repeats)
    return None


if __name__ == "__main__":
    main()
