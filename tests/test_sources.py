"""Tables outside of memory: the numbers of those in memory, what is read of long ones, and how much memory it takes."""

from __future__ import annotations

import datetime
import os
import pickle
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mitk import MITKWarning, estimate, pairwise
from mitk.data.columns import read_columns
from mitk.data.sources import PartOfRows, memory_of, open_source
from mitk.errors import DataError, ParameterError

pytestmark = pytest.mark.filterwarnings("ignore:Of .* pairs:mitk.errors.MITKWarning")
RNG = np.random.default_rng(0)
N = 500
A, B, C = RNG.standard_normal((3, N))
COLUMNS = {
    "a": A,
    "b": A + B,
    "c": C,
    "label": np.where(A + C > 0.0, "u", "v"),
    "count": np.floor(2.0 * B),
    "gaps": np.where(C > 1.5, np.nan, A),
}


def assert_same(one, two):
    assert one.names == two.names
    for name in ("x", "y", "value", "low", "high", "p_value", "n_samples"):
        np.testing.assert_array_equal(getattr(one.answers, name), getattr(two.answers, name))
    np.testing.assert_array_equal(one.q_values, two.q_values)
    assert one.answers.reasons.tolist() == two.answers.reasons.tolist()


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    """The columns in a file of five groups of rows, and as a table in memory."""
    arrow, files = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path_factory.mktemp("files") / "table.parquet"
    table = arrow.table(COLUMNS)
    files.write_table(table, path, row_group_size=100)
    return path, table


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("copula", {}),
        ("gaussian", {"targets": "a"}),
        ("copula", {"threshold": 0.1}),
        ("copula", {"top": 3}),
        pytest.param("screen", {}, marks=pytest.mark.slow),
    ],
)
def test_a_file_has_the_numbers_of_its_table_in_memory(parquet, method, options):
    path, table = parquet
    found = pairwise(path, method, memory="100MB", missing="drop", **options)
    assert_same(pairwise(table, method, missing="drop", **options), found)


def test_columns_that_cannot_be_read_are_left_out_by_name(tmp_path):
    arrow, files = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"a": A, "when": [datetime.date(2020, 1, 1)] * N, "b": A + B, "lists": [[1.0]] * N})
    files.write_table(table, tmp_path / "odd.parquet")
    with pytest.warns(MITKWarning, match="Left out: `when` must hold"):
        found = pairwise(tmp_path / "odd.parquet", "copula")
    with pytest.warns(MITKWarning, match="Left out: `when` must hold"):
        assert_same(pairwise(table.drop_columns(["lists"]), "copula"), found)
    assert found.names == ("a", "b")


def test_blocks_that_are_dropped_and_read_again_change_nothing(monkeypatch, tmp_path):
    from mitk.many import run, tiles

    monkeypatch.setattr(tiles, "CELLS", 6 * N)
    monkeypatch.setattr(tiles, "FEWEST", 1)
    x = RNG.standard_normal((N, 14)) + A[:, None]
    np.save(tmp_path / "x.npy", x)
    whole = pairwise(x, "copula")
    # A gigabyte holds all; a block that takes as much holds two.
    assert_same(whole, pairwise(tmp_path / "x.npy", "copula"))
    assert_same(whole, pairwise(tmp_path / "x.npy", "copula", n_jobs=2))
    monkeypatch.setattr(run, "OF_BLOCK", 1_000_000)
    assert_same(whole, pairwise(tmp_path / "x.npy", "copula", memory="100MB"))
    assert_same(pairwise(x, "copula", targets=x[:, 0] + B), pairwise(tmp_path / "x.npy", "copula", targets=x[:, 0] + B))


@pytest.mark.parametrize("order", ["C", "F"])
def test_mapped_files_and_arrays_in_chunks(tmp_path, order):
    x = np.asarray(RNG.standard_normal((N, 6)), order=order)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")

    class InChunks:
        """What Zarr, HDF5 and Dask have in common."""

        shape, dtype, chunks = x.shape, x.dtype, (100, 2)

        def __getitem__(self, key):
            return x[key]

    whole = pairwise(x, "gaussian")
    for data in (mapped, InChunks(), str(tmp_path / "x.npy")):
        assert_same(whole, pairwise(data, "gaussian", memory=1e8))
    source = pickle.loads(pickle.dumps(open_source(mapped)))
    assert isinstance(source.array, np.memmap)
    assert len(pickle.dumps(source)) < 1_000
    np.testing.assert_array_equal(source.read([4, 1], slice(7, 30))[0].values, x[7:30, 4])


def test_zarr(tmp_path):
    zarr = pytest.importorskip("zarr")
    x = RNG.standard_normal((N, 4))
    stored = zarr.open(str(tmp_path / "x.zarr"), mode="w", shape=x.shape, chunks=(100, 2), dtype="f8")
    stored[:] = x
    assert_same(pairwise(x, "gaussian"), pairwise(stored, "gaussian"))
    assert_same(pairwise(x, "gaussian"), pairwise(tmp_path / "x.zarr", "gaussian"))


def test_arrays_of_dask():
    arrays = pytest.importorskip("dask.array")
    x = RNG.standard_normal((N, 4))
    assert_same(pairwise(x, "gaussian"), pairwise(arrays.from_array(x, chunks=(100, 2)), "gaussian"))


def test_other_files_are_read_whole(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "\n".join(f"{a},{a + b}" for a, b in zip(A, B, strict=True)))
    assert_same(pairwise({"a": A, "b": A + B}, "copula"), pairwise(path, "copula"))
    with pytest.raises(ParameterError, match="other files are read whole"):
        pairwise(path, "copula", memory="200MB")


def test_a_run_of_rows_of_a_file_is_that_of_its_columns(parquet):
    path, table = parquet
    source = open_source(path)
    assert (source.names, source.n) == (tuple(COLUMNS), N)
    for place, column in enumerate(read_columns(table, "data")):
        [run] = source.read([place], slice(150, 320))
        np.testing.assert_array_equal(run.values, column.values[150:320])
        chunks = [chunk[0] for chunk in source.chunks([place], 60)]
        np.testing.assert_array_equal(np.concatenate([chunk.values for chunk in chunks]), column.values)


def long(columns, **options):
    """A source of which four fifths are read, in a budget in which a whole column can be seen."""
    array = np.column_stack(list(columns.values()))

    class InChunks:
        shape, dtype, chunks = array.shape, array.dtype, (100, 1)

        def __getitem__(self, key):
            return array[key]

    return PartOfRows(open_source(InChunks()), 160 * (4 * len(array) // 5), seed=3)


@pytest.mark.filterwarnings("ignore:Read .* rows:mitk.errors.MITKWarning")
@pytest.mark.parametrize("method", ["gaussian", "discrete", "binning"])
def test_what_adds_up_is_of_all_rows(method):
    columns = {"count": np.floor(A), "other": np.floor(A + B)} if method == "discrete" else {"a": A, "b": A + B}
    found = pairwise(long(columns), method).results[0, 1]
    alone = estimate(*columns.values(), method)
    assert found.n_samples == N
    if method == "gaussian":
        # Sums in another order.
        assert found.value == pytest.approx(alone.value, abs=1e-12)
        assert (found.ci.low, found.ci.high) == pytest.approx((alone.ci.low, alone.ci.high), abs=1e-9)
    else:
        assert (found.value, found.ci) == (alone.value, alone.ci)
    assert any("All 500 rows were added up" in note for note in found.notes)


def test_other_methods_say_what_they_read():
    source = long({"a": A, "b": A + B})
    with pytest.warns(MITKWarning, match="Read 384 of 500 rows, in 64 runs at places drawn with seed 3"):
        result = pairwise(source, "copula", names=["a", "b"])
    rows = np.concatenate([np.arange(run.start, run.stop) for run in source.runs])
    assert len(np.unique(rows)) == 384
    assert result.answers.value[0] == pairwise({"a": A[rows], "b": (A + B)[rows]}, "copula").answers.value[0]
    assert "384 of 500" in result.notes[0]


@pytest.mark.filterwarnings("ignore:Read .* rows:mitk.errors.MITKWarning")
def test_labels_of_runs_go_by_their_texts(parquet):
    path, _ = parquet
    part = PartOfRows(open_source(path), 160 * 128, seed=0)
    [label] = part.read([3])
    rows = np.concatenate([np.arange(run.start, run.stop) for run in part.runs])
    assert label.levels == ("u", "v")
    assert [label.levels[int(code)] for code in label.values] == COLUMNS["label"][rows].tolist()
    found = pairwise(part, "discrete", targets="label").results
    alone = estimate({"count": COLUMNS["count"]}, {"label": COLUMNS["label"]}, "discrete")
    assert next(r for r in found.values() if getattr(r, "n_samples", 0) == N).value == alone.value


def test_whole_numbers_whose_digits_floats_lack_are_not_read_in_runs():
    big = np.arange(N) + 2**60
    with pytest.raises(DataError, match="within 2\\^53"):
        long({"big": big}).read([0])


@pytest.mark.parametrize("memory", ["1MB", "much", 0, True, "1.2.3GB", float("nan")])
def test_wrong_budgets(memory):
    with pytest.raises(ParameterError, match="memory"):
        memory_of(memory)
    assert memory_of("0.2 GB") == memory_of(2e8) == 200_000_000


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(DataError, match="nothing there"):
        pairwise(tmp_path / "none.parquet")
    (tmp_path / "no.parquet").write_bytes(b"PAR1 not at all PAR1")
    with pytest.raises(DataError, match="must be a Parquet file"):
        pairwise(tmp_path / "no.parquet")


# What getrusage says of a process begins with what that which started it had: a worker with many tests behind it.
PEAK = """
import re, sys
from pathlib import Path
from mitk import pairwise
pairwise(sys.argv[1], "gaussian", targets="c0", memory="100MB")
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def test_of_a_mapped_file_little_is_held(monkeypatch, tmp_path):
    from mitk.data.sources import contract
    from mitk.many import run, tiles

    monkeypatch.setattr(contract, "BATCH", 80_000)
    monkeypatch.setattr(tiles, "CELLS", 80_000)
    monkeypatch.setattr(tiles, "FEWEST", 1)
    # Two blocks of one column are held.
    monkeypatch.setattr(run, "OF_BLOCK", 1_000_000)
    x = np.asfortranarray(RNG.standard_normal((40_000, 90)))
    np.save(tmp_path / "x.npy", x)
    pairwise(x[:100, :3], "gaussian", targets=x[:100, 3])
    tracemalloc.start()
    found = pairwise(tmp_path / "x.npy", "gaussian", targets=x[:, 0] + x[:, 1], memory="100MB")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.n_pairs == 90
    # The table has 29 MB. Judging the order of the rows takes thirty times a column, a third of one.
    assert peak < 12e6


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_memory_follows_the_budget(tmp_path):
    arrow, files = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "large.parquet"
    column = RNG.standard_normal(300_000)
    # 144 MB, of which a few columns may be held; read whole, they and what is made of them take five times as much.
    with files.ParquetWriter(
        path, arrow.schema([(f"c{k}", arrow.float64()) for k in range(60)]), use_dictionary=False
    ) as file:
        for start in range(0, 300_000, 100_000):
            rows = column[start : start + 100_000]
            file.write_table(arrow.table({f"c{k}": np.roll(rows, k) for k in range(60)}))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # Imports take 130 MB, and what is made of the columns in hand.
    assert int(done.stdout) < 400_000


KILLED = """
import os, sys
from mitk import pairwise
from mitk.many.store import TileStore
save = TileStore.save

def dying(self, tile, *found):
    save(self, tile, *found)
    if len(list(self.folder.glob("0*.npz"))) == 3:
        os.kill(os.getpid(), 9)

TileStore.save = dying
pairwise(sys.argv[1], "gaussian", out=sys.argv[2], memory="100MB")
"""


def test_a_killed_call_goes_on_with_another_budget(tmp_path, monkeypatch):
    x = RNG.standard_normal((N, 80)) + A[:, None]
    np.save(tmp_path / "x.npy", x)
    out = tmp_path / "pairs.json"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "x.npy"), str(out)], env=environment)
    assert done.returncode == -9
    assert len(list((tmp_path / "pairs.json.tiles").glob("0*.npz"))) == 3
    assert_same(pairwise(x, "gaussian"), pairwise(tmp_path / "x.npy", "gaussian", out=out, memory="1GB"))
    assert out.exists()


def test_the_command_line_reads_within_a_budget(run, tmp_path):
    np.save(tmp_path / "x.npy", np.column_stack([A, A + B, C]))
    path = str(tmp_path / "x.npy")
    whole = run("rank", path, "--target", "0", "--method", "copula", "--json", "--jobs", "1")
    assert (
        run("rank", path, "--target", "0", "--method", "copula", "--json", "--jobs", "1", "--memory", "200MB") == whole
    )
    code, _, err = run("matrix", "example", "--memory", "200MB")
    assert code == 2
    assert "`--memory` goes with .parquet and .npy" in err
