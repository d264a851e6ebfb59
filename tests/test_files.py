"""Reading tables: what becomes a number, a label or missing, and one sentence for whatever is wrong."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from mitk.data.columns import read_columns
from mitk.data.files import Table, read_table
from mitk.errors import DataError, DataTypeError, MissingDependencyError, MITKError, ParameterError


def written(tmp_path: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: Path, *parts: str, kind: type[MITKError] = DataError) -> None:
    with pytest.raises(kind) as caught:
        dict(read_table(path).columns)
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".")
    for part in parts:
        assert part in text


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_separators_marks_and_line_ends(tmp_path, separator, mark, newline):
    lines = [separator.join(row) for row in (["a", "b"], ["1", "x"], ["2.5", "y"])]
    table = read_table(written(tmp_path, mark + newline.join(lines) + newline))
    assert table.names == ["a", "b"]
    np.testing.assert_array_equal(table.columns["a"], [1.0, 2.5])
    assert table.columns["b"].tolist() == ["x", "y"]


def test_missing_cells_are_nan_or_none_and_reach_the_door_as_missing(tmp_path):
    table = read_table(written(tmp_path, "a,b\n1,x\n,\nNA,na\nNaN,NaN\n -2e3 , y \n"))
    np.testing.assert_array_equal(table.columns["a"], [1.0, np.nan, np.nan, np.nan, -2000.0])
    assert table.columns["b"].tolist() == ["x", None, None, None, "y"]
    a, b = read_columns(table.columns, "x")
    assert not a.nominal
    assert b.nominal
    np.testing.assert_array_equal(np.isnan(b.values), [False, True, True, True, False])


def test_a_column_with_one_odd_cell_is_labels_and_says_so(tmp_path):
    table = read_table(written(tmp_path, "a,b\n1,u\n2,v\noops,w\n4,u\n"))
    assert table.columns["a"].tolist() == ["1", "2", "oops", "4"]
    assert list(table.notes) == ["a"]
    assert (
        "1 of its 4 cells is not a number (first 'oops' in line 4); --na oops takes it as missing" in table.notes["a"]
    )


def test_underscores_do_not_make_numbers(tmp_path):
    assert read_table(written(tmp_path, "a,b\n1_0,1\n2_0,2\n")).columns["a"].tolist() == ["1_0", "2_0"]


def test_decimal_comma_in_semicolon_files(tmp_path):
    table = read_table(written(tmp_path, "a;b\n1,5;2\n-0,25;\n"))
    np.testing.assert_array_equal(table.columns["a"], [1.5, -0.25])


def test_quoted_separators_and_newlines_stay_in_their_cell(tmp_path):
    table = read_table(written(tmp_path, 'a,"b, c"\n1,"x, ""y""\nz"\n2,w\n'))
    assert table.names == ["a", "b, c"]
    assert table.columns["b, c"].tolist() == ['x, "y"\nz', "w"]


def test_labels_with_commas_do_not_mislead_the_sniffer(tmp_path):
    table = read_table(written(tmp_path, "a;b\nx, y;1\nz;2\n"))
    assert table.names == ["a", "b"]


def test_nameless_column_goes_by_its_position(tmp_path):
    assert read_table(written(tmp_path, ",a\n0,1.5\n1,2.5\n")).names == [":1", "a"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["empty"]),
        ("a,b\n", ["at least one row"]),
        ("a,b\n1,2\n3\n", ["2 cells", "1 in line 3"]),
        ("a,b\n1,2\n3,4,5\n", ["2 cells", "3 in line 3"]),
        ("a,b,a\n1,2,3\n", ["'a' twice"]),
        (b"a,b\n\xff\xfe,1\n", ["UTF-8"]),
    ],
)
def test_broken_text_is_refused_in_one_sentence(tmp_path, text, parts):
    refused(written(tmp_path, text), "t.csv", *parts)


def test_wrong_extension_missing_file_and_directory(tmp_path):
    refused(written(tmp_path, "a\n1\n", "t.xlsx"), ".csv", ".xlsx")
    refused(tmp_path / "none.csv", "nothing there")
    (tmp_path / "d.csv").mkdir()
    refused(tmp_path / "d.csv", "directory")


def test_npy_columns_are_numbered(tmp_path):
    data = np.arange(6.0).reshape(3, 2)
    np.save(tmp_path / "a.npy", data)
    table = read_table(tmp_path / "a.npy")
    assert table.names == ["0", "1"]
    np.testing.assert_array_equal(table.columns["1"], data[:, 1])
    np.save(tmp_path / "b.npy", np.array(["u", "v"]))
    assert read_table(tmp_path / "b.npy").columns["0"].tolist() == ["u", "v"]


def test_npz_arrays_are_columns_and_sets_of_columns(tmp_path):
    np.savez(tmp_path / "a.npz", y=np.arange(4), x=np.ones((4, 2)))
    assert sorted(read_table(tmp_path / "a.npz").names) == ["x[0]", "x[1]", "y"]
    np.savez(tmp_path / "b.npz", y=np.arange(4), x=np.ones(3))
    with pytest.raises(DataError, match=r"lengths \[3, 4\]"):
        read_columns(dict(read_table(tmp_path / "b.npz").columns), "x")
    np.savez(tmp_path / "c.npz", y=np.ones((2, 2, 2)))
    refused(tmp_path / "c.npz", "(2, 2, 2)")


class Bomb:
    """Unpickling this writes the file it names."""

    def __init__(self, target: str) -> None:
        self.target = target

    def __reduce__(self):
        return Path.touch, (Path(self.target),)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "raw.npy", "raw.npz"])
def test_pickles_are_never_executed(tmp_path, name):
    target, path = tmp_path / "executed", tmp_path / name
    bomb = np.array([Bomb(str(target)), 1], dtype=object)
    if name == "a.npy":
        np.save(path, bomb, allow_pickle=True)
    elif name == "a.npz":
        np.savez(path, fine=np.ones(2), bomb=bomb)
    else:
        path.write_bytes(pickle.dumps(Bomb(str(target))))
    if name == "a.npz":
        table = read_table(path)
        assert table.names == ["fine"]
        assert "bomb" in table.remarks[0]
        with pytest.raises(DataTypeError, match="pickled"):
            table.select(["bomb"])
    else:
        refused(path, name, "pickled", kind=DataTypeError)
    assert not target.exists()


def test_truncated_numpy_files(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones(100))
    whole = (tmp_path / "a.npz").read_bytes()
    refused(written(tmp_path, whole[:80], "cut.npz"), "NumPy", kind=DataTypeError)
    refused(written(tmp_path, b"", "cut.npy"), "NumPy", kind=DataTypeError)


def test_parquet_through_polars(tmp_path):
    polars = pytest.importorskip("polars")
    polars.DataFrame({"a": [1.5, None, 2.0], "b": ["u", "v", None]}).write_parquet(tmp_path / "a.parquet")
    table = read_table(tmp_path / "a.parquet")
    a, b = read_columns(table.columns, "x")
    assert (a.name, a.nominal, b.name, b.nominal) == ("a", False, "b", True)
    np.testing.assert_array_equal(a.values, [1.5, np.nan, 2.0])
    refused(written(tmp_path, "no", "b.parquet"), "Parquet")


def test_parquet_without_polars(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    refused(written(tmp_path, "x", "a.parquet"), "mitk[frames]", kind=MissingDependencyError)


def test_columns_go_by_name_by_array_or_by_position_after_a_colon():
    table = Table({"2": [1.0], "x[0]": [2.0], "x[1]": [3.0]})
    assert list(table.select(["2"])) == ["2"]
    assert list(table.select(["x"])) == ["x[0]", "x[1]"]
    assert list(table.select([":2", ":1"])) == ["x[0]", "2"]
    for wrong in (":0", ":4"):
        with pytest.raises(ParameterError, match="between :1 and :3"):
            table.select([wrong])
    with pytest.raises(ParameterError, match="by position they are :1 to :3"):
        table.select(["1"])
    with pytest.raises(ParameterError, match=r"'z'.*it has 2, x\[0\], x\[1\]"):
        table.select(["z"])


def test_mapping_of_unequal_columns_is_refused():
    with pytest.raises(DataError, match=r"lengths \[1, 2\]"):
        read_columns({"a": [1.0], "b": [1.0, 2.0]}, "x")
