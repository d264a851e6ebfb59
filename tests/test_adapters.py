"""Conditional independence as causal-learn, tigramite and pgmpy ask for it; stand-ins where these are missing."""

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from mitk import KSG, MissingDependencyError, ParameterError, UnknownMethodError, UnsupportedError, permutation_test
from mitk.adapters import causal_learn, pgmpy, tigramite
from mitk.adapters.asking import Asking

MODULES = (causal_learn, tigramite, pgmpy)
CIT = "causallearn.utils.cit"
BASE = "tigramite.independence_tests.independence_tests_base"
LINKS = {("a", "c"), ("b", "c"), ("c", "d"), ("d", "e")}


def system(n, seed):
    """a and b act on c, c on d, d on e: bent, and to and fro."""
    a, b, c, d, e = np.random.default_rng(seed).standard_normal((5, n))
    c = np.tanh(2.0 * a) + np.abs(b) + 0.4 * c
    d = c + np.sin(2.0 * c) / 2.0 + 0.5 * d
    e = (d - 1.0) ** 2 / 2.0 + 0.5 * e
    return np.column_stack([a, b, c, d, e])


def series(n, seed):
    """0 acts on 1 after one step without any correlation, 1 on 2 after two, and each on itself."""
    rng = np.random.default_rng(seed)
    v, noise = np.zeros((n + 100, 3)), rng.standard_normal((n + 100, 3))
    for t in range(2, n + 100):
        v[t] = 0.6 * v[t - 1] + noise[t]
        v[t, 1] += 0.8 * abs(v[t - 1, 0])
        v[t, 2] += 0.5 * v[t - 2, 1]
    return v[100:]


def install(monkeypatch, name, **content):
    for end in [i for i, letter in enumerate(name) if letter == "."]:
        monkeypatch.setitem(sys.modules, name[:end], ModuleType(name[:end]))
    module = ModuleType(name)
    vars(module).update(content)
    monkeypatch.setitem(sys.modules, name, module)


@pytest.fixture
def cit(monkeypatch):
    """`causallearn.utils.cit`, or what of it the adapter stands on."""
    causal_learn._test_class.cache_clear()
    try:
        from causallearn.utils import cit
    except ImportError:
        pass
    else:
        yield cit
        return

    class CIT_Base:  # noqa: N801
        def __init__(self, data, cache_path=None, **kwargs):
            self.data, self.pvalue_cache = data, {"data_hash": "of data"}

        def check_cache_method_consistent(self, method_name, parameters_hash):
            self.method = method_name

        def get_formatted_XYZ_and_cachekey(self, X, Y, condition_set):  # noqa: N802
            x, y = sorted((int(X), int(Y)))
            given = sorted(set(map(int, condition_set or [])))
            return [x], [y], given, f"{x};{y}" + ("|" + ".".join(map(str, given)) if given else "")

    registry = {}
    install(monkeypatch, CIT, CIT_Base=CIT_Base, register_ci_test=registry.__setitem__)
    yield SimpleNamespace(CIT=lambda data, method, **options: registry[method](data, **options))
    causal_learn._test_class.cache_clear()


@pytest.fixture
def cond_ind_test(monkeypatch):
    """tigramite's base class, or what of it the adapter stands on."""
    tigramite._test_class.cache_clear()
    try:
        from tigramite.independence_tests.independence_tests_base import CondIndTest
    except ImportError:
        pass
    else:
        yield CondIndTest
        return

    class CondIndTest:
        def __init__(self, seed, significance, sig_samples, mask_type, verbosity):
            self.significance, self.sig_samples = significance, sig_samples

        def set_dataframe(self, dataframe):
            self.dataframe = dataframe

    install(monkeypatch, BASE, CondIndTest=CondIndTest)
    yield CondIndTest
    tigramite._test_class.cache_clear()


def test_a_missing_package_is_named(monkeypatch):
    for module, name, package in ((causal_learn, CIT, "causal-learn"), (tigramite, BASE, "tigramite")):
        module._test_class.cache_clear()
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(MissingDependencyError, match=rf"`{package}` must be installed.*mitk\[adapters\]"):
            module.mutual_information_test()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"n_permutations": 0}, ParameterError),
        ({"method": "kgs"}, UnknownMethodError),
        ({"method": "ksg", "neighbours": 3}, ParameterError),
        ({"method": KSG(k=3), "k": 5}, ParameterError),
        # It would answer until the first condition comes.
        ({"method": "binning"}, UnsupportedError),
    ],
)
def test_options_are_checked_before_any_data(options, error, cit, cond_ind_test):
    for module in MODULES:
        data = () if module is not pgmpy else (np.zeros((9, 3)),)
        with pytest.raises(error):
            module.mutual_information_test(*data, **options)


def test_labels_go_by_name_or_place():
    names = ["a", "b", 0]
    assert Asking().labels(names) == [None, None, None]
    assert Asking(discrete=False).labels(names) == [False, False, False]
    assert Asking(discrete="b").labels(names) == [None, True, None]
    assert Asking(discrete=("a", 1, 0)).labels(names) == [True, True, True]
    for wrong in (["c"], [3], [-1], [True], [1.5]):
        with pytest.raises(ParameterError, match="columns are 'a', 'b', 0"):
            Asking(discrete=wrong).labels(names)


@pytest.mark.parametrize("options", [{}, {"method": "gaussian", "seed": 3}, {"method": KSG(k=4), "stop_early": False}])
def test_causal_learn_gets_the_p_values_of_permutation_test(options, cit):
    data = system(120, 0)
    name = causal_learn.mutual_information_test(n_permutations=39, **options)
    test = cit.CIT(data, name)
    assert test.method == name == causal_learn.mutual_information_test(n_permutations=39, **options)
    for x, y, given in ((0, 3, [2]), (1, 0, []), (4, 2, (3, 1))):
        low, high = sorted((x, y))
        columns = data[:, sorted(given)] if given else None
        expected = permutation_test(data[:, low], data[:, high], n_permutations=39, given=columns, block=1, **options)
        assert test(x, y, given) == test(np.int64(y), x, given) == expected.p_value
        assert expected in test.results.values()
    assert len(test.results) == 3
    again = pickle.loads(pickle.dumps(test))
    assert again(0, 3, [2]) == test(0, 3, [2])
    assert again(1, 4) == test(1, 4)


def test_causal_learn_may_call_numbers_labels_and_hold_text(cit):
    rng = np.random.default_rng(0)
    code, x, y = rng.integers(0, 4, 120), *rng.standard_normal((2, 120))
    data = np.column_stack([code, x + (code == 2), y + (code == 2)])
    options = {"n_permutations": 39, "block": 1}
    expected = permutation_test(x + (code == 2), y + (code == 2), given=code, discrete_given=True, **options)
    assert expected.surrogate == "strata"
    name = causal_learn.mutual_information_test(discrete=[0], n_permutations=39)
    assert cit.CIT(data, name)(1, 2, [0]) == expected.p_value
    data = data.astype(object)
    data[:, 0] = np.array(["p", "q", "r", "s"])[code]
    assert cit.CIT(data, causal_learn.mutual_information_test(n_permutations=39))(1, 2, [0]) == expected.p_value
    with pytest.raises(ParameterError, match="the columns are 0, 1, 2"):
        cit.CIT(data, causal_learn.mutual_information_test(discrete=[3]))


def test_tigramite_gets_the_value_and_p_of_permutation_test(cond_ind_test):
    rng = np.random.default_rng(0)
    array = np.vstack([rng.standard_normal((4, 120)), rng.integers(0, 3, 120)])
    array[1] += array[2] + array[4]
    test = tigramite.mutual_information_test(n_permutations=39, block=1)
    assert isinstance(test, cond_ind_test)
    assert (test.significance, test.measure) == ("shuffle_test", "mutual_information")
    xyz, types = np.array([0, 1, 2, 2, 2]), np.zeros((5, 120), dtype=bool)
    types[4] = True
    for used, kinds, told in ((5, types, [None, None, True]), (4, None, None), (2, None, None)):
        given = array[2:used].T if used > 2 else None
        expected = permutation_test(array[0], array[1], n_permutations=39, given=given, discrete_given=told, block=1)
        asked = {"array": array[:used], "xyz": xyz[:used], "data_type": kinds}
        assert test.get_dependence_measure(**asked) == expected.value
        assert test.get_shuffle_significance(value=expected.value, **asked) == expected.p_value
        p, null = test.get_shuffle_significance(value=expected.value, return_null_dist=True, **asked)
        assert p == expected.p_value
        assert null.tolist() == sorted(expected.null)
    for copied in (deepcopy(test), pickle.loads(pickle.dumps(test))):
        assert copied.get_dependence_measure(array[:2], xyz[:2]) == test.get_dependence_measure(array[:2], xyz[:2])


def test_tigramite_has_a_series_without_a_condition_and_single_rows_given_one(cond_ind_test):
    noise = np.random.default_rng(0).standard_normal((3, 200))
    array = np.vstack([np.cumsum(noise[:2], axis=1), noise[2]])
    for block, alone, given in (("unconditional", None, 1), (None, None, None), (1, 1, 1), (8, 8, 8)):
        test = tigramite.mutual_information_test(n_permutations=39, block=block)
        for xyz, rows in ((np.array([0, 1]), alone), (np.array([0, 1, 2]), given)):
            condition = array[2] if len(xyz) == 3 else None
            expected = permutation_test(*array[:2], n_permutations=39, given=condition, block=rows)
            assert (expected.surrogate == "circular shifts") == (rows != 1)
            assert test.get_shuffle_significance(array[: len(xyz)], xyz, 0.0) == expected.p_value


def test_tigramite_takes_labels_by_name_and_leaves_the_data_as_they_are(cond_ind_test):
    test = tigramite.mutual_information_test(discrete=["kind", 0])
    vectors = {0: [(0, 0)], 1: [(1, 0)], 2: [(2, 0), (3, 0)]}
    data = SimpleNamespace(
        values={0: np.zeros((9, 4))}, data_type=None, mask=None, vector_vars=vectors, var_names=["a", "b", "kind"]
    )
    test.set_dataframe(data)
    assert test.dataframe.data_type[0].tolist() == [[1, 0, 1, 1]] * 9
    assert data.data_type is None
    with pytest.raises(ParameterError, match="the columns are 'a', 'b', 'kind'"):
        tigramite.mutual_information_test(discrete=["sort"]).set_dataframe(data)


def test_pgmpy_gets_the_values_and_p_of_permutation_test():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(system(120, 1), columns=list("abcde"))
    frame["kind"] = pandas.Categorical(np.where(frame["a"] > 0.5, "high", "low"))
    frame["text"] = np.where(frame["b"] > 0, "yes", "no")
    test = pgmpy.mutual_information_test(frame, n_permutations=39)
    for x, y, given in (("a", "d", ["c"]), ("e", "b", []), ("b", "kind", ["a", "text"]), ("text", "c", ("b",))):
        low, high = sorted((x, y), key=list(frame).index)
        columns = frame[sorted(given, key=list(frame).index)] if given else None
        expected = permutation_test(frame[low], frame[high], n_permutations=39, given=columns, block=1)
        assert test.run_test(x, y, given) == test.run_test(y, x, given) == (expected.value, expected.p_value)
        assert test.effect_size_ == test.statistic_ - expected.null_mean
        assert test(x, y, given, significance_level=expected.p_value)
        assert not test(x, y, given, significance_level=expected.p_value + 1e-9, data=frame)
    assert len(test.results) == 4
    plain = pgmpy.mutual_information_test(frame[list("abcde")].to_numpy(), n_permutations=39)
    assert plain.run_test(0, 3, {2}) == test.run_test("a", "d", {"c"})


def test_pgmpy_is_told_of_wrong_columns():
    test = pgmpy.mutual_information_test({"a": range(9), "b": range(9)}, n_permutations=19)
    for wrong in (("a", "c"), ("a", "b", ["c"]), ("a", "a"), ("a", "b", ["b"])):
        with pytest.raises(ParameterError, match="must"):
            test(*wrong)


def test_threads_get_the_same_answers():
    data = system(100, 2)
    questions = [(x, y, [z]) for x in range(2) for y in range(2, 4) for z in (4,)]
    alone = pgmpy.mutual_information_test(data, n_permutations=19)
    expected = [alone.run_test(*question) for question in questions]
    shared = pgmpy.mutual_information_test(data, n_permutations=19)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda question: shared.run_test(*question), questions)) == expected


@pytest.mark.filterwarnings("ignore")
def test_pc_of_causal_learn_finds_bent_links():
    search = pytest.importorskip("causallearn.search.ConstraintBased.PC")
    test = causal_learn.mutual_information_test(n_permutations=199)
    graph = search.pc(system(400, 0), 0.02, indep_test=test, show_progress=False)
    found = {("abcde"[i], "abcde"[j]) for i, j in np.argwhere(np.triu(graph.G.graph != 0))}
    assert found == LINKS
    # a and b meet in c, and d and e follow.
    assert [graph.G.graph[i, j] for i, j in ((2, 0), (2, 1), (3, 2), (4, 3))] == [1, 1, 1, 1]


@pytest.mark.filterwarnings("ignore")
def test_fci_of_causal_learn_takes_the_same_name():
    search = pytest.importorskip("causallearn.search.ConstraintBased.FCI")
    test = causal_learn.mutual_information_test(n_permutations=199)
    graph, _ = search.fci(system(400, 0), test, 0.02, show_progress=False)
    assert {("abcde"[i], "abcde"[j]) for i, j in np.argwhere(np.triu(graph.graph != 0))} == LINKS


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("variant", ["stable", "parallel"])
def test_pc_of_pgmpy_finds_bent_links(variant):
    pandas, search = pytest.importorskip("pandas"), pytest.importorskip("pgmpy.causal_discovery")
    frame = pandas.DataFrame(system(400, 0), columns=list("abcde"))
    test = pgmpy.mutual_information_test(frame, n_permutations=199)
    found = search.PC(variant=variant, ci_test=test, significance_level=0.02, n_jobs=2, show_progress=False).fit(frame)
    assert {tuple(sorted(link)) for link in found.skeleton_.edges()} == LINKS
    assert set(found.causal_graph_.directed_edges) == LINKS


@pytest.mark.filterwarnings("ignore")
def test_pc_of_pgmpy_passes_categories_as_labels():
    pandas, search = pytest.importorskip("pandas"), pytest.importorskip("pgmpy.causal_discovery")
    rng = np.random.default_rng(0)
    kind, x = rng.choice(["p", "q", "r"], 400), rng.standard_normal(400)
    y = np.where(kind == "q", x, np.where(kind == "p", 1.0 + x**2, -1.0)) + 0.5 * rng.standard_normal(400)
    frame = pandas.DataFrame({"kind": pandas.Categorical(kind), "x": x, "y": y, "z": y**2 + rng.standard_normal(400)})
    test = pgmpy.mutual_information_test(frame, n_permutations=199)
    found = search.PC(ci_test=test, significance_level=0.02, n_jobs=1, show_progress=False).fit(frame)
    assert {tuple(sorted(link)) for link in found.skeleton_.edges()} == {("kind", "y"), ("x", "y"), ("y", "z")}


@pytest.mark.filterwarnings("ignore")
def test_pcmci_finds_lagged_links():
    pcmci, processing = pytest.importorskip("tigramite.pcmci"), pytest.importorskip("tigramite.data_processing")
    test = tigramite.mutual_information_test(n_permutations=199)
    search = pcmci.PCMCI(processing.DataFrame(series(300, 0)), test, verbosity=0)
    p_values = search.run_pcmci(tau_min=1, tau_max=2, pc_alpha=0.2)["p_matrix"][:, :, 1:]
    found = {(int(i), int(j), int(lag) + 1) for i, j, lag in np.argwhere(p_values <= 0.01)}
    assert found == {(0, 0, 1), (1, 1, 1), (2, 2, 1), (0, 1, 1), (1, 2, 2)}
