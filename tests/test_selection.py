"""Selecting features: formulas by hand, closed forms, the exclusive or, chance, and scikit-learn's tools."""

from __future__ import annotations

import itertools
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix, random_array
from scipy.stats import binom
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from mitk import KSG, Binning, DataError, DataTypeError, Discrete, Gaussian, ParameterError, UnsupportedError, estimate
from mitk.selection import MutualInformationSelector, information_correlation, score_mutual_information
from mitk.selection.criteria import CRITERIA, LEAST_REDUNDANCY
from mitk.selection.methods import informations
from mitk.selection.reading import Features, Target, read_target
from mitk.selection.tables import Bins

PLUG_IN = Discrete(correction="plug-in")


def coded(X):
    return Features(np.asarray(X, dtype=float), tuple(f"x{j}" for j in range(X.shape[1])), (False,) * X.shape[1])


def entropy(*columns):
    counts = np.unique(np.column_stack(columns), axis=0, return_counts=True)[1]
    p = counts / counts.sum()
    return -(p * np.log(p)).sum()


def shared(a, b):
    return entropy(a) + entropy(b) - entropy(a, b)


def shared_given(a, b, y):
    return entropy(a, y) + entropy(b, y) - entropy(a, b, y) - entropy(y)


def score_by_hand(name, f, selected, y):
    """The criterion as its paper writes it, from entropies of counts."""
    relevance = shared(f, y)
    if not selected:
        return relevance
    redundancy = np.array([shared(f, s) for s in selected])
    joint = np.array([entropy(f, s) + entropy(y) - entropy(f, s, y) for s in selected])
    given = np.array([shared_given(f, y, s) for s in selected])
    own = np.array([shared(s, y) for s in selected])
    return {
        "mim": relevance,
        "mifs": relevance - redundancy.sum(),
        "mrmr": relevance - redundancy.mean(),
        "mrmr-quotient": relevance / max(redundancy.mean(), LEAST_REDUNDANCY),
        "jmi": (joint - own).mean(),
        "jmim": joint.min(),
        "cife": relevance + (given - relevance).sum(),
        "cmim": given.min(),
        "disr": np.mean([j / entropy(f, s, y) for j, s in zip(joint, selected, strict=True)]),
    }[name]


@pytest.mark.parametrize("name", CRITERIA)
def test_paths_and_scores_are_those_of_the_papers(name):
    rng = np.random.default_rng(1)
    hidden = rng.integers(0, 3, (3, 400))
    y = hidden[0] + (hidden[1] > 1)
    noisy = [np.where(rng.random(400) < 0.6, h, rng.integers(0, 3, 400)) for h in (*hidden, hidden[0], hidden[1])]
    X = np.column_stack(noisy)
    fitted = MutualInformationSelector(name, n_features=4, method=PLUG_IN).fit(X, y)
    path = []
    for _ in range(4):
        scores = [-np.inf if j in path else score_by_hand(name, X[:, j], X[:, path].T.tolist(), y) for j in range(5)]
        path.append(int(np.argmax(scores)))
        assert fitted.scores_[path[-1]] == pytest.approx(max(scores), abs=1e-10)
    assert fitted.path_.tolist() == path
    assert fitted.ranking_[path].tolist() == [1, 2, 3, 4]
    assert fitted.relevance_ == pytest.approx([shared(f, y) for f in X.T])
    assert fitted.redundancy_[path[2]] == pytest.approx(np.mean([shared(X[:, path[2]], X[:, s]) for s in path[:2]]))


def test_tables_of_levels_are_those_of_discrete():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 3, 300)
    X = np.column_stack([y + rng.integers(0, 2, 300), rng.integers(0, 9, 300)])
    expected = [Discrete().fit(x, y, discrete_x=True, discrete_y=True, confidence=None).value for x in X.T]
    assert score_mutual_information(X, y, method="discrete") == pytest.approx(expected, abs=1e-12)


def test_correlations_are_those_of_gaussian():
    X, y = load_diabetes(return_X_y=True)
    source = informations(coded(X[:, [0, 2, 3]]), Target(y, False), "gaussian")
    fit = partial(Gaussian().fit, confidence=None, block=1)
    assert source.relevance == pytest.approx([fit(x, y).value for x in X[:, [0, 2, 3]].T], abs=1e-12)
    redundancy, conditional = source.beside(1)
    assert redundancy[0] == pytest.approx(fit(X[:, 0], X[:, 2]).value, abs=1e-12)
    assert conditional[0] == pytest.approx(fit(X[:, 0], X[:, 2], given=y).value, abs=1e-12)


def test_classes_are_what_indicators_tell():
    X, y = load_wine(return_X_y=True)
    indicators = (y[:, None] == [1, 2]).astype(float)
    fit = partial(Gaussian().fit, confidence=None, block=1)
    source = informations(coded(X), Target(y.astype(float), True), "gaussian")
    assert source.relevance == pytest.approx([fit(x, indicators).value for x in X.T], abs=1e-12)
    assert source.beside(6)[1][0] == pytest.approx(fit(X[:, 0], X[:, 6], given=indicators).value, abs=1e-12)


def test_any_method_reads_pairs_and_joint_informations():
    X, y = load_wine(return_X_y=True)
    X = X[:, [0, 6, 12]] + 1e-6 * np.random.default_rng(0).standard_normal((178, 3))
    source = informations(coded(X), Target(y.astype(float), True), "screen")
    value = lambda a, b, **told: estimate(a, b, "screen", confidence=None, block=1, **told).value  # noqa: E731
    told = {"discrete_y": True}
    assert source.relevance == pytest.approx([value(x, y, **told) for x in X.T], abs=1e-9)
    redundancy, conditional = source.beside(1)
    assert redundancy[2] == pytest.approx(value(X[:, 2], X[:, 1]), abs=1e-9)
    joint = value(X[:, [2, 1]], y, **told)
    assert conditional[2] - redundancy[2] == pytest.approx(joint - source.relevance[2] - source.relevance[1], abs=1e-9)
    assert source.interactions(np.arange(3))[2, 1] == pytest.approx(conditional[2] - redundancy[2], abs=1e-9)


@pytest.mark.parametrize("method", ["binning", "discrete", "gaussian"])
def test_sparse_columns_are_read_as_dense_ones(method):
    rng = np.random.default_rng(3)
    X = np.rint(5 * random_array((300, 8), density=0.2, rng=rng).toarray())
    y = (X[:, 0] + X[:, 1] + rng.integers(0, 2, 300) > 1).astype(int)
    dense, sparse = (
        MutualInformationSelector("jmi", n_features=5, method=method, lookahead=2).fit(of, y)
        for of in (X, csr_matrix(X))
    )
    assert sparse.path_.tolist() == dense.path_.tolist()
    assert sparse.scores_ == pytest.approx(dense.scores_, abs=1e-9)
    assert sparse.transform(csr_matrix(X)).toarray() == pytest.approx(X[:, np.sort(dense.path_)])


def test_tables_too_large_to_lay_out_are_counted():
    rng = np.random.default_rng(4)
    X, y = rng.permutation(1000)[:, None] * np.ones((1, 2)), rng.integers(0, 40, 1000)
    # Each level of x has one row: I = H(y).
    for of in (X, csr_matrix(X)):
        assert score_mutual_information(of, y, method=PLUG_IN) == pytest.approx([entropy(y)] * 2)


def test_bins_hold_equal_shares_and_no_slivers():
    bins = Bins(100, 5)
    # From two to five, each from two starts; the first and last of the second hold half a share.
    values = np.random.default_rng(0).permutation(100).astype(float)
    sizes = [np.bincount(codes).tolist() for codes in bins.codes(values, False)]
    assert sizes[0] == [50, 50]
    assert sizes[1] == [25, 50, 25]
    assert sizes[6] == [20] * 5
    assert sizes[7] == [10, 20, 20, 20, 20, 10]
    # Half of the rows are 0: the next tenth goes with them, up to the quantile .6.
    half = np.concatenate([np.zeros(50), np.arange(1.0, 51.0)])
    assert np.bincount(bins.codes(half, False)[6]).tolist() == [60, 20, 20]
    # Nearly all are: what is not 0 is kept apart.
    most = np.concatenate([np.zeros(94), np.arange(1.0, 7.0)])
    assert all(codes.max() >= 1 for codes in bins.codes(most, False))
    assert bins.codes(half, True)[0].max() == 50


def exclusive_or(seed, n=2000):
    rng = np.random.default_rng(seed)
    a, b, c = rng.integers(0, 2, (3, n))
    return np.column_stack([a, b, c, c, c, rng.standard_normal((n, 15))]), 2 * (a ^ b) + c


def found_exactly(selector):
    a, b, *one = sorted(selector.path_.tolist())
    return (a, b) == (0, 1) and len(one) == 1 and one[0] in (2, 3, 4)


def times_found(seeds, name, lookahead):
    fits = (MutualInformationSelector(name, n_features=3, lookahead=lookahead).fit(*exclusive_or(s)) for s in seeds)
    return sum(map(found_exactly, fits))


@pytest.mark.parametrize("name", ["cmim", "jmi", "mrmr", "mrmr-quotient"])
def test_pairs_find_what_only_two_columns_tell_together(name):
    assert times_found(range(3), name, 2) == 3
    assert times_found(range(3), name, 1) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cmim", "jmi"])
def test_pairs_find_it_in_each_of_twenty(name):
    assert times_found(range(20), name, 2) == 20


def false_inclusions(runs, n, **options):
    """Runs in which any of twenty columns of noise is taken."""
    count = 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        X, y = rng.standard_normal((n, 20)), rng.integers(0, 2, n)
        count += len(MutualInformationSelector(stop="test", **options).fit(X, y).path_) > 0
    return count


def test_noise_is_seldom_taken():
    # At most 5 %; 19 permutations hold the level as 99 do.
    assert false_inclusions(60, 100, n_permutations=19) <= binom.ppf(0.999, 60, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"criterion": "jmi"}, {"method": "gaussian"}], ids=str)
def test_noise_is_seldom_taken_of_many(options):
    assert false_inclusions(400, 150, **options) <= 20 + 2 * np.sqrt(400 * 0.05 * 0.95)


def test_the_test_lets_pass_what_tells_and_no_copies():
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((2, 400))
    X = np.column_stack([rng.standard_normal((400, 6)), a, b, a, a + b > 5])
    fitted = MutualInformationSelector(n_features=None, stop="test").fit(X, a + b > 0)
    assert sorted(fitted.path_.tolist()) == [6, 7]
    assert fitted.p_values_[:2].tolist() == [0.01, 0.01]
    assert fitted.p_values_[2] > 0.05


def test_copies_are_never_worth_taking():
    X, y = load_breast_cancer(return_X_y=True)
    doubled = np.hstack([X, X])
    fitted = MutualInformationSelector(n_features=8).fit(doubled, y)
    assert len(set(fitted.path_ % 30)) == 8


def test_numbers_as_targets():
    rng = np.random.default_rng(6)
    X = rng.standard_normal((500, 6))
    y = np.abs(X[:, 2]) + X[:, 4] + 0.3 * rng.standard_normal(500)
    assert sorted(MutualInformationSelector(n_features=2).fit(X, y).path_.tolist()) == [2, 4]
    assert MutualInformationSelector(n_features=2, method=KSG(k=5)).fit(X, y).get_support()[[2, 4]].all()


@pytest.mark.parametrize(
    ("y", "label"),
    [
        (["a", "b"] * 50, True),
        (np.arange(100) % 10, True),
        (np.arange(100) % 30, False),
        (np.linspace(0, 1, 100), False),
        (pd.Series([True, False] * 50), True),
    ],
)
def test_kinds_of_targets(y, label):
    assert read_target(y, None, 100).label is label
    assert read_target(np.arange(100) % 30, True, 100).label


def test_in_pipelines_grids_and_clones():
    X, y = load_wine(return_X_y=True, as_frame=True)
    pipe = make_pipeline(MutualInformationSelector(), LogisticRegression(max_iter=5000))
    grid = GridSearchCV(
        pipe,
        {"mutualinformationselector__n_features": [1, 6], "mutualinformationselector__method": ["copula", Gaussian()]},
        cv=2,
    ).fit(X, y)
    assert grid.best_params_["mutualinformationselector__n_features"] == 6
    selector = MutualInformationSelector("jmi", n_features=2, method=Binning(bins=4))
    assert clone(selector).get_params() == selector.get_params()
    assert clone(selector).fit(X, y).path_.tolist() == selector.fit(X, y).path_.tolist()


def test_frames_stay_frames():
    X, y = load_wine(return_X_y=True, as_frame=True)
    out = MutualInformationSelector(n_features=2).set_output(transform="pandas").fit_transform(X, y)
    assert list(out.columns) == [name for name in X.columns if name in out.columns]
    assert out.shape == (178, 2)
    pl = pytest.importorskip("polars")
    frame = pl.from_pandas(X)
    fitted = MutualInformationSelector(n_features=2).set_output(transform="polars").fit(frame, y.to_numpy())
    assert fitted.transform(frame).columns == list(out.columns)
    assert fitted.get_feature_names_out().tolist() == list(out.columns)


def test_labels_among_columns():
    rng = np.random.default_rng(7)
    y = rng.integers(0, 2, 300)
    frame = pd.DataFrame(
        {"noise": rng.standard_normal(300), "town": np.where(rng.random(300) < 0.8, y, 1 - y), "flag": y == 1}
    )
    frame["town"] = frame["town"].map({0: "Ulm", 1: "Bonn"}).astype("category")
    fitted = MutualInformationSelector(n_features=2).set_output(transform="pandas").fit(frame, y)
    assert fitted.path_[0] == 2
    assert fitted.transform(frame)["flag"].tolist() == (y == 1).tolist()
    assert score_mutual_information(frame, y).argmax() == 2
    with pytest.raises(DataError, match=r"`X` must have no gaps.*town"):
        MutualInformationSelector().fit(frame.assign(town=frame["town"].where(frame.index > 3)), y)
    frame["town"] = rng.choice(["Ulm", "Bonn", "Trier"], 300)
    with pytest.raises(UnsupportedError, match=r"`method` must suit the columns.*town"):
        MutualInformationSelector(method="gaussian").fit(frame, y)


def test_scores_and_correlations_for_others():
    X, y = load_wine(return_X_y=True, as_frame=True)
    assert SelectKBest(score_mutual_information, k=3).fit_transform(X, y).shape == (178, 3)
    chosen = X[["alcohol", "flavanoids", "total_phenols"]]
    square = chosen.corr(method=information_correlation)
    value = estimate(chosen["alcohol"], chosen["flavanoids"], "screen", confidence=None, block=1).nonnegative
    assert square.loc["alcohol", "flavanoids"] == pytest.approx(np.sqrt(-np.expm1(-2.0 * value)))
    assert (square.to_numpy() == square.to_numpy().T).all()


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"criterion": "best"}, ParameterError, "`criterion` must be one of mim, "),
        ({"n_features": 0}, ParameterError, "`n_features` must be a whole number of at least 1"),
        ({"lookahead": 3}, ParameterError, "`lookahead` must be 1 or 2"),
        ({"stop": "early"}, ParameterError, "`stop` must be one of test"),
        ({"stop": "test", "level": 0.01, "n_permutations": 19}, ParameterError, "take at least 99"),
        ({"level": 2}, ParameterError, "`level` must be a number between 0 and 1"),
        ({"discrete_target": "no"}, ParameterError, "`discrete_target` must be True, False or None"),
        ({"method": "discrete"}, UnsupportedError, '"discrete" takes labels and whole numbers'),
        ({"method": "kgs"}, ValueError, "did you mean 'ksg'"),
    ],
)
def test_errors_are_sentences(options, error, text):
    X, y = load_wine(return_X_y=True)
    with pytest.raises(error, match=text):
        MutualInformationSelector(**options).fit(X, y)


def test_sparse_columns_are_refused_by_methods_of_dense_ones():
    X, y = load_wine(return_X_y=True)
    with pytest.raises(DataTypeError, match=r"`X` must be dense for method .ksg.*\.toarray"):
        MutualInformationSelector(method="ksg").fit(csr_matrix(X), y)


def test_fewer_columns_than_asked_are_all_taken():
    X, y = load_wine(return_X_y=True)
    fitted = MutualInformationSelector(n_features=50).fit(X, y)
    assert sorted(fitted.path_.tolist()) == list(range(13))
    assert sorted(fitted.ranking_.tolist()) == list(range(1, 14))


@pytest.mark.parametrize(("lookahead", "stop"), [*itertools.product([1, 2], [None, "test"])])
def test_the_same_call_selects_the_same(lookahead, stop):
    X, y = load_wine(return_X_y=True)
    one, other = (
        MutualInformationSelector(
            "jmim", method="copula", n_features=3, lookahead=lookahead, stop=stop, n_permutations=19
        ).fit(X, y)
        for _ in range(2)
    )
    assert one.path_.tolist() == other.path_.tolist()
    assert (one.scores_ == other.scores_).all()


def test_the_picture_of_a_path():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    X, y = load_wine(return_X_y=True, as_frame=True)
    fitted = MutualInformationSelector(n_features=4).fit(X, y)
    ax = fitted.plot()
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels[:4] == X.columns[fitted.path_].tolist()
    assert len(labels) == 7
    pyplot.close("all")
