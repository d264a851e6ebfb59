"""Tables of pairs: targets, blocks, p and q, frames, what is held, interrupted work, networks, pictures."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest

from mitk import MITKWarning, PairwiseResult, estimate, pairwise
from mitk.errors import DataError, ParameterError
from mitk.inference.multiple import adjusted
from mitk.many.held import PValues
from mitk.many.tiles import Recipe
from mitk.numerics.triangles import explained_edges

pytestmark = pytest.mark.filterwarnings("ignore:Of .* pairs:mitk.errors.MITKWarning")


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    a, b, e, noise = rng.standard_normal((4, 200))
    return {"a": a, "b": b, "c": a + 0.5 * b + 0.3 * e, "noise": noise, "label": np.where(a + b > 0.0, "u", "v")}


def pairs_of(result: PairwiseResult) -> list[tuple[str, str]]:
    return [(result.names[i], result.names[j]) for i, j in result.results]


def test_targets_by_name_and_as_columns(data):
    by_name = pairwise(data, targets="label")
    assert pairs_of(by_name) == [(name, "label") for name in ("a", "b", "c", "noise")]
    assert by_name.targets == ("label",)
    assert by_name.n_pairs == 4
    features = {name: data[name] for name in ("a", "b", "c", "noise")}
    as_column = pairwise(features, targets=data["label"])
    np.testing.assert_array_equal(as_column.answers.value, by_name.answers.value)
    two = pairwise(data, "gaussian", targets=["c", "noise"], discrete=None)
    assert ("a", "c") in pairs_of(two)
    assert ("a", "b") not in pairs_of(two)
    assert pairs_of(two).count(("c", "noise")) == 1
    assert two.n_pairs == len(two.answers) == 7


@pytest.mark.parametrize(
    ("targets", "text"),
    [
        ("z", "names of columns"),
        (["a", "z"], "names of columns"),
        (np.zeros(3), "as many rows"),
    ],
)
def test_wrong_targets(data, targets, text):
    with pytest.raises((ParameterError, DataError), match=text):
        pairwise(data, targets=targets)


def test_few_rows_are_doubted_not_failed():
    rng = np.random.default_rng(0)
    for n in (5, 7):
        result = pairwise(rng.standard_normal((n, 3)))
        assert result.counts() == {"OK": 0, "UNRELIABLE": 3, "failed": 0}


def test_columns_that_are_all_targets(data):
    both = {name: data[name] for name in ("a", "c")}
    assert pairs_of(pairwise(both, targets=["a", "c"])) == [("a", "c")]
    with pytest.raises(DataError, match="beside the targets"):
        pairwise({"a": data["a"]}, targets="a")


def test_rare_labels_raise_no_false_alarms():
    rng = np.random.default_rng(1)
    rare = {f"e{k}": np.isin(np.arange(60), rng.choice(60, 2, replace=False)) for k in range(60)}
    p_values = pairwise(rare, confidence=None, block=1).answers.p_value
    # Two such columns share a row in one pair of fifteen: p is then that of the table, 4 / 60.
    assert (p_values <= 0.01).mean() < 0.01


def test_a_target_among_the_columns_is_told(data):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(data)
    with pytest.raises(ParameterError, match='pass targets="label"'):
        pairwise(frame, targets=frame.label)


def test_blocks_are_taken_as_wholes(data):
    result = pairwise(data, "gaussian", blocks={"left": ["a", "b"], "right": ["c", "noise"]})
    x, y = ({name: data[name] for name in names} for names in (("a", "b"), ("c", "noise")))
    assert result.results[0, 1] == estimate(x, y, "gaussian")
    assert result.names == ("left", "right")
    with pytest.raises(ParameterError, match="must name columns"):
        pairwise(data, "gaussian", blocks={"left": ["a", "q"], "right": ["c"]})


def test_labels_that_name_rows_are_left_out(data):
    data["id"] = [f"patient {k}" for k in range(200)]
    with pytest.warns(MITKWarning, match="names do: id"):
        result = pairwise(data, targets="label")
    assert "id" not in result.names
    assert "id" in result.notes[0]
    # Who says that they are labels means it.
    told = pairwise(data, "discrete", discrete=[None] * 5 + [True], blocks={"id": "id", "label": "label"})
    assert told.names == ("id", "label")


def by_hand(p_values: np.ndarray, correct: str) -> list[float]:
    """The definition: the smallest level at which each is found."""
    m = len(p_values)
    harmonic = sum(1.0 / j for j in range(1, m + 1))
    q = []
    for p in p_values:
        if correct == "bonferroni":
            q.append(min(m * p, 1.0))
            continue
        times = {"bh": 1.0, "by": harmonic}[correct]
        above = [times * m * other / sum(r <= other for r in p_values) for other in p_values if other >= p]
        q.append(min(1.0, *above, 2.0))
    return q


@pytest.mark.parametrize("correct", ["bh", "by", "bonferroni"])
def test_adjusted_p_values(correct):
    p_values = np.random.default_rng(1).uniform(size=40) ** 3
    p_values[7] = p_values[9]
    assert adjusted(p_values, correct) == pytest.approx(by_hand(p_values, correct), abs=1e-12)
    with_gap = np.concatenate([[np.nan], p_values])
    assert np.isnan(adjusted(with_gap, correct)[0])
    np.testing.assert_array_equal(adjusted(with_gap, correct)[1:], adjusted(p_values, correct))
    counted = PValues()
    counted.add(with_gap)
    # Counted in steps of a thousandth, never too small.
    some = counted.adjusted(p_values[:5], correct)
    assert some == pytest.approx(adjusted(p_values, correct)[:5], rel=2e-3)
    assert (some >= adjusted(p_values, correct)[:5] * (1.0 - 1e-9)).all()


def test_what_is_held_counts_all(data):
    whole = pairwise(data)
    order = np.argsort(-whole.answers.value)
    few = pairwise(data, top=3)
    assert sorted(pairs_of(few)) == sorted(pairs_of(whole)[k] for k in order[:3])
    above = pairwise(data, threshold=float(whole.answers.value[order[4]]))
    assert len(above.answers) == 5
    for held in (few, above):
        places = [whole.places[pair] for pair in held.results]
        assert held.q_values == pytest.approx(whole.q_values[places], rel=2e-3)
        assert held.n_pairs == 10
    assert len(pairwise(data, threshold=50.0).frame()) == 0
    assert "more" not in str(few)
    bits = pairwise(data, threshold=float(whole.answers.value[order[4]]) / np.log(2.0) - 1e-9, unit="bits")
    assert len(bits.answers) == 5


@pytest.mark.parametrize("options", [{"top": 0}, {"top": True}, {"threshold": "much"}, {"correct": "holm"}])
def test_wrong_choices_of_what_is_held(data, options):
    with pytest.raises(ParameterError, match=next(iter(options))):
        pairwise(data, **options)


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_frames_in_the_callers_kind(data, kind):
    module = pytest.importorskip(kind)
    frame = module.table(data) if kind == "pyarrow" else module.DataFrame(data)
    result = pairwise(frame, targets="label")
    out = result.frame()
    assert type(out).__module__.startswith(kind)
    names = out.column_names if kind == "pyarrow" else list(out.columns)
    assert names == [
        "x", "y", "value", "low", "high", "p", "q", "correlation", "status", "reason", "method", "n",
    ]  # fmt: skip
    assert type(result.top(2)) is type(out)
    assert len(result.top(2)) == 2
    assert type(result.matrix()) is type(out)
    assert len(result.matrix()) == 4


def test_frame_of_numbers(data):
    pandas = pytest.importorskip("pandas")
    result = pairwise({name: data[name] for name in ("a", "b", "c")}, "gaussian")
    frame = result.frame()
    assert isinstance(frame, pandas.DataFrame)
    assert (frame.low <= frame.value).all()
    assert (frame.value <= frame.high).all()
    assert (frame.q >= frame.p).all()
    assert frame.correlation.to_numpy() == pytest.approx(
        [float(result.results[pair].correlation) for pair in result.results]
    )
    matrix = result.matrix()
    assert list(matrix.index) == list(matrix.columns) == ["a", "b", "c"]
    np.testing.assert_array_equal(matrix.to_numpy(), result.values)


def test_p_values_are_small_where_there_is_something(data):
    result = pairwise({**data, "square": data["a"] ** 2 + 0.1 * data["noise"]})
    q = dict(zip(pairs_of(result), result.q_values, strict=True))
    assert q["a", "square"] < 1e-3
    assert q["a", "c"] < 1e-3
    assert q["a", "label"] < 1e-3
    assert min(q["a", "b"], q["b", "noise"], q["noise", "label"]) > 0.01
    assert np.isnan(pairwise(data, "gaussian", test=False).q_values).all()


@pytest.mark.parametrize("ending", ["parquet", "csv", "json"])
def test_tables_are_written(data, tmp_path, ending):
    out = tmp_path / f"pairs.{ending}"
    result = pairwise(data, "copula", targets="c", discrete=None, out=out)
    assert out.exists()
    assert not out.with_name(f"{out.name}.tiles").exists()
    if ending == "json":
        assert json.loads(out.read_text()) == json.loads(json.dumps(result.to_dict(), allow_nan=False))
    elif ending == "csv":
        assert len(out.read_text().splitlines()) == 1 + len(result.answers)
    else:
        written = pytest.importorskip("polars").read_parquet(out)
        np.testing.assert_array_equal(written["value"].to_numpy(), result.answers.value)


def test_interrupted_work_goes_on(data, tmp_path, monkeypatch):
    out = tmp_path / "pairs.json"
    many = {f"{name}{k}": np.roll(data[name], k) for k in range(9) for name in ("a", "b")}
    options = {"interval": "own", "test": False}
    expected = pairwise(many, "gaussian", **options)
    attempt, done = Recipe.attempt, []

    def failing(self, *sides):
        done.append(1)
        if len(done) == 130:
            raise KeyboardInterrupt
        return attempt(self, *sides)

    monkeypatch.setattr(Recipe, "attempt", failing)
    with pytest.raises(KeyboardInterrupt):
        pairwise(many, "gaussian", **options, out=out)
    assert not out.exists()
    with pytest.raises(DataError, match="tiles of another call"):
        pairwise(many, "gaussian", **{**options, "interval": "jackknife"}, out=out)
    first = len(done)
    tile = sorted(out.with_name(f"{out.name}.tiles").glob("0*.npz"))[0]
    whole = tile.read_bytes()
    tile.write_bytes(whole[:-50])
    with pytest.raises(DataError, match=f"{tile.name}.*remove that file"):
        pairwise(many, "gaussian", **options, out=out)
    tile.write_bytes(whole)
    resumed = pairwise(many, "gaussian", **options, out=out)
    # What was done before the interrupt is not done again, up to a tile.
    assert first > 120
    assert len(done) - first < 153 - 119
    np.testing.assert_array_equal(resumed.answers.value, expected.answers.value)
    np.testing.assert_array_equal(resumed.answers.low, expected.answers.low)
    assert out.exists()
    assert not out.with_name(f"{out.name}.tiles").exists()
    assert len(json.loads(out.read_text())["pairs"]) == 153


def test_wrong_files_are_found_before_the_first_pair(data, tmp_path, monkeypatch):
    monkeypatch.setattr(Recipe, "attempt", lambda *_: pytest.fail("a pair was tried"))
    with pytest.raises(ParameterError, match="must end in"):
        pairwise(data, out=tmp_path / "pairs.xlsx")
    with pytest.raises(ParameterError, match="folder that is there"):
        pairwise(data, out=tmp_path / "nowhere" / "pairs.csv")


def test_weakest_edges_of_triangles_by_hand():
    rng = np.random.default_rng(2)
    nodes = 12
    edges = [pair for pair in combinations(range(nodes), 2) if rng.random() < 0.6]
    value = dict(zip(edges, rng.uniform(size=len(edges)), strict=True))
    for tolerance in (0.0, 0.2):
        expected = []
        for i, j in edges:
            others = [k for k in range(nodes) if k not in (i, j)]
            both = [(value.get(tuple(sorted((i, k))), 0.0), value.get(tuple(sorted((j, k))), 0.0)) for k in others]
            expected.append(any(min(pair) * (1.0 - tolerance) > value[i, j] for pair in both))
        x, y = np.array(edges).T
        found = explained_edges(x, y, np.array(list(value.values())), nodes, tolerance)
        assert found.tolist() == expected


def test_a_chain_has_no_edge_between_its_ends(data):
    rng = np.random.default_rng(3)
    a = rng.standard_normal(400)
    b = a + 0.5 * rng.standard_normal(400)
    c = b + 0.5 * rng.standard_normal(400)
    result = pairwise({"a": a, "b": b, "c": c, "d": rng.standard_normal(400)}, "copula")
    network = result.network()
    assert (len(network), network.pruned) == (2, 1)
    assert network.neighbors("b") in (["a", "c"], ["c", "a"])
    assert len(result.network(prune=None)) == 3
    assert len(network.frame()) == 2
    with pytest.raises(ParameterError, match="prune"):
        result.network(prune="aracne")
    with pytest.raises(ParameterError, match="test"):
        pairwise(data, "gaussian", test=False).network()


def test_pictures(data):
    pytest.importorskip("matplotlib").use("Agg")
    bars = pairwise(data, targets="label").plot()
    assert [text.get_text() for text in bars.get_yticklabels()][-1] == "noise"
    result = pairwise({name: data[name] for name in ("a", "b", "c", "noise")}, "copula")
    heat = result.plot(of="correlation")
    assert len(heat.get_xticklabels()) == 4
    assert result.network().plot() is not None
    with pytest.raises(ParameterError, match="of"):
        result.plot(of="p")


def test_text_of_targets_and_of_few(data):
    lines = str(pairwise(data, targets="label")).splitlines()
    assert len(lines) == 1 + 4 + 1
    assert lines[-1].startswith("nats")
    assert len(str(pairwise(data, top=2)).splitlines()) == 1 + 2 + 1
