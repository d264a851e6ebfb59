"""Text files as people have them: headers, numbers, missing values, layouts and encodings, each read or refused."""

from __future__ import annotations

import gzip
import io
import sys

import numpy as np
import pytest

from mitk.data.files import ReadOptions, Table, read_table
from mitk.errors import DataError, ParameterError
from mitk.numerics.lattices import value_count


def table_of(tmp_path, text: str | bytes, name: str = "t.csv", **options) -> Table:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, ReadOptions(**options))


def lists(table: Table) -> dict[str, list]:
    return {name: column.tolist() for name, column in table.columns.items()}


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        ("a,b\n1,2\n3,4\n", ["a", "b"], False),
        ("2,0,1\n1.5,2,3\n3,4,5\n", [":1", ":2", ":3"], True),
        # What pandas writes of a frame without names, with and without names of rows.
        ("0,1,2\n.5,1.5,2\n1,3,4\n", ["0", "1", "2"], True),
        (",0,1\n0,5,2\n1,3,4\n", [":1", "0", "1"], True),
        # Words above words, where one comes again, and where none does.
        ("anna,f\nbob,m\neve,f\n", [":1", ":2"], True),
        ("name,sex\nanna,f\nbob,m\n", ["name", "sex"], True),
        # A word above numbers is a name, whatever stands beside it.
        ("age,2020\n31,5.5\n40,6\n", ["age", "2020"], True),
        ("fr,2020,1.5\nde,2021,2.5\n", [":1", ":2", ":3"], True),
        ("a,b\nNA,x\n1,y\n", ["a", "b"], False),
        ("1.5\n2\n", [":1"], True),
    ],
)
def test_a_header_is_what_does_not_look_like_the_rows_under_it(tmp_path, text, names, said):
    table = table_of(tmp_path, text)
    assert table.names == names
    assert bool(table.remarks) == said
    rows = text.count("\n")
    for header, n in (("yes", rows - 1), ("no", rows)):
        told = table_of(tmp_path, text, header=header)
        assert not told.remarks
        assert len(told.columns[told.names[0]]) == n


NUMBERS = {
    "grouped": ('"1,031.5",987', [1031.5, 987.0]),
    "millions": ('"1,031,000",987', [1031000.0, 987.0]),
    "in India": ('"1,00,000.5",7', [100000.5, 7.0]),
    "German": ("1.031;50;2", None),
    "dollars": ("$3,-$4.50", [3.0, -4.5]),
    "euros": ("3 €,4.5€", [3.0, 4.5]),
    "in brackets": ("(3),4", [-3.0, 4.0]),
    "per cent": ("5%,12.3 %", [5.0, 12.3]),
    "Fortran": ("1.0D+00,-2.5d-01", [1.0, -0.25]),
    "minus": ("\u22125,3", [-5.0, 3.0]),
    "exact": ("9007199254740993,9007199254740994", [9007199254740993, 9007199254740994]),
    "grouped and exact": ('"9,007,199,254,740,993",1', [9007199254740993, 1]),
    "beyond float64's digits": ("1e300,2", [1e300, 2.0]),
}


@pytest.mark.parametrize("kind", [name for name, (_, values) in NUMBERS.items() if values])
def test_numbers_as_people_write_them(tmp_path, kind):
    cells, values = NUMBERS[kind]
    first, last = cells.rsplit(",", 1)
    table = table_of(tmp_path, f"a,b\n{first},x\n{last},y\n")
    assert table.columns["a"].tolist() == values


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1,5", "2,25"], [1.5, 2.25]),
        (["1.031,50", "987"], [1031.5, 987.0]),
        (["1.031.000", "987"], [1031000.0, 987.0]),
        (["1'031.50", "987"], [1031.5, 987.0]),
        (["1 031,50", "987"], [1031.5, 987.0]),
        (["1\u202f031", "987"], [1031.0, 987.0]),
        # Digits that are not grouped tell that the mark is no group's.
        (["1.031", "1987"], [1.031, 1987.0]),
        (["1,031", "1987"], [1.031, 1987.0]),
        (["1.031", "0.5"], [1.031, 0.5]),
        (["0,031", "1,987"], [0.031, 1.987]),
    ],
)
def test_decimal_commas_and_groups(tmp_path, separator, cells, values):
    lines = [separator.join(["a", "b"]), *(separator.join([cell, "x"]) for cell in cells)]
    assert table_of(tmp_path, "\n".join(lines) + "\n").columns["a"].tolist() == values


@pytest.mark.parametrize("cell", ["1.031", "1,031"])
def test_a_column_that_could_be_either_is_refused_unless_the_file_or_the_user_tells(tmp_path, cell):
    text = f"a;b\n{cell};2\n987;3\n"
    with pytest.raises(
        DataError, match=r"`a` must tell its decimal mark; got '1.031' in line 2, which is .* --decimal"
    ):
        table_of(tmp_path, text).select(["a"])
    for mark in ".,":
        value = 1.031 if mark in cell else 1031.0
        assert table_of(tmp_path, text, decimal=mark).columns["a"].tolist() == [value, 987.0]
        # Another column shows the mark.
        table = table_of(tmp_path, text.replace(";3", f";3{mark}5"))
        assert table.columns["a"].tolist() == [value, 987.0]
        assert ("a" in table.notes) == (value == 1031.0)
    table = table_of(tmp_path, text)
    table.labels.add("a")
    assert table.columns["a"].tolist() == [cell, "987"]
    assert table_of(tmp_path, text).columns["b"].tolist() == [2.0, 3.0]


def test_commas_between_cells_make_the_point_the_decimal_mark(tmp_path):
    table = table_of(tmp_path, 'a,b\n1.031,"1,031"\n987,987\n')
    assert lists(table) == {"a": [1.031, 987.0], "b": [1031.0, 987.0]}
    assert list(table.notes) == ["b"]
    assert "--decimal ," in table.notes["b"]


@pytest.mark.parametrize(
    ("first", "second"), [("5%", "0.07"), ("$3", "€4"), ("1.5", '"2,5"'), ('"1,031.5"', '"1.031,5"')]
)
def test_numbers_that_are_not_written_in_one_way_are_refused(tmp_path, first, second):
    text = f"a,b\n{first},1\n{second},2\n"
    table = table_of(tmp_path, text)
    shown = " and ".join(f"'{cell.strip(chr(34))}' in line {k}" for k, cell in ((2, first), (3, second)))
    with pytest.raises(DataError) as caught:
        table.select(["a"])
    assert f"`a` must write its numbers in one way; got {shown}. Hint: --discrete a" in str(caught.value)
    found, why = table.readable(table.names)
    assert (list(found), len(why)) == (["b"], 1)
    table.labels.add("a")
    assert value_count(np.arange(len(set(table.columns["a"].tolist())))) == 2


@pytest.mark.parametrize("word", ["", "NA", "nan", "NULL", "null", "None", "N/A", "#N/A", "?", ".", "#DIV/0!", "<NA>"])
def test_usual_words_for_missing_values(tmp_path, word):
    table = table_of(tmp_path, f"a,b\n1,x\n{word},{word}\n3,y\n")
    np.testing.assert_array_equal(table.columns["a"], [1.0, np.nan, 3.0])
    assert table.columns["b"].tolist() == ["x", None, "y"]


def test_columns_of_nothing_and_cells_of_two_lines(tmp_path):
    table = table_of(tmp_path, 'a,b,c\n,1,"1\n2"\nNA,2,"3\n4"\n')
    np.testing.assert_array_equal(table.columns["a"], [np.nan, np.nan])
    assert table.columns["c"].tolist() == ["1\n2", "3\n4"]
    assert table_of(tmp_path, 'a;b\n"1,5\n2";1\n2,5;2\n').columns["a"].tolist() == ["1,5\n2", "2,5"]


def test_words_for_missing_values_that_are_told(tmp_path):
    text = "a,b\n-999,x\n1,missing\n-999.0,None\n"
    table = table_of(tmp_path, text, na="-999, Missing")
    np.testing.assert_array_equal(table.columns["a"], [np.nan, 1.0, np.nan])
    assert table.columns["b"].tolist() == ["x", None, None]
    assert table_of(tmp_path, text, na="=-999").columns["b"].tolist() == ["x", "missing", "None"]
    assert table_of(tmp_path, text, na="=").columns["a"].tolist() == [-999.0, 1.0, -999.0]
    np.testing.assert_array_equal(table_of(tmp_path, 'a,b\n"1,5",x\n2,y\n', na='"1,5"').columns["a"], [np.nan, 2.0])


LAYOUTS = {
    "numpy.savetxt": ("# a b\n1.0e+00 2.5e+00\n3.0e+00 4.0e+00\n", True),
    "blanks": ("   a    b\n   1  2.5\n   3    4  \n", False),
    "tabs and blanks": ("a \t b\n1 \t 2.5\n3 \t 4\n", False),
    "R": ('"a" "b"\n"1" 1 2.5\n"2" 3 4\n', True),
    "R, words": ("a,b\nr1,1,2.5\nr2,3,4\n", True),
    "Excel": ("sep=;\r\na;b\r\n1;2,5\r\n3;4\r\n", False),
    "quoted sep": ('"sep=\t"\na\tb\n1\t2.5\n3\t4\n', False),
    "bars": ("a|b\n1|2.5\n3|4\n", False),
    "comments": ("# by hand\n\n#\na,b\n1,2.5\n# a, b\n# and this\n3,4\n", True),
    "separators at the end": ("a,b,\n1,2.5,\n3,4,\n", False),
    "separators after rows": ("a,b\n1,2.5,\n3,4,\n", False),
    "rows of nothing": ("a,b\n1,2.5\n3,4\n,\n,\n", False),
    "one line end": ("a,b\r1,2.5\r3,4\r", False),
    "none at the end": ("a,b\n1,2.5\n3,4", False),
    "UTF-16": ("a\tb\n1\t2.5\n3\t4\n".encode("utf-16"), False),
    "UTF-32": ("a,b\n1,2.5\n3,4\n".encode("utf-32"), False),
    "mark of UTF-8": ("\ufeffa,b\n1,2.5\n3,4\n", False),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path, layout):
    text, said = LAYOUTS[layout]
    table = table_of(tmp_path, text, "t.txt")
    assert lists(table)["a"] == [1.0, 3.0]
    assert lists(table)["b"] == [2.5, 4.0]
    assert bool(table.remarks) == said


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('a,b\n1,"x\n2,y\n3,z\n', "unexpected end of data in line 4"),
        ('a,b\n1,"x"y\n2,z\n', "expected after '\"' in line 2"),
        ("a\n" + "x" * 200_000 + "\n", "field limit"),
        ("# " + "x" * 200_000 + "\n1,2\n3,4,5,6\n", "2 cells"),
    ],
)
def test_quotes_that_swallow_rows_and_endless_cells_are_refused(tmp_path, text, part):
    with pytest.raises(DataError) as caught:
        table_of(tmp_path, text)
    assert part in str(caught.value)


def test_comments_are_told_from_what_begins_like_them(tmp_path):
    table = table_of(tmp_path, "#N/A,1\n2,3\n#N/A,4\n")
    np.testing.assert_array_equal(table.columns[":1"], [np.nan, 2.0, np.nan])
    assert lists(table_of(tmp_path, "#ff0000,1\n#00ff00,2\n"))[":1"] == ["#ff0000", "#00ff00"]
    assert lists(table_of(tmp_path, "color,n\n#ff0000,1\n#00ff00,2\n"))["color"] == ["#ff0000", "#00ff00"]
    assert lists(table_of(tmp_path, "##x\n#CHROM\tPOS\nc1\t5\nc2\t7\n")) == {"CHROM": ["c1", "c2"], "POS": [5.0, 7.0]}


def test_one_column_with_decimal_commas_and_one_of_two_words(tmp_path):
    assert lists(table_of(tmp_path, "a\n1,5\n2,5\n")) == {"a": [1.5, 2.5]}
    assert lists(table_of(tmp_path, "kind\nred car\nblue car\n")) == {"kind": ["red car", "blue car"]}
    assert lists(table_of(tmp_path, "1,5;2,5\n3,5;4,5\n")) == {":1": [1.5, 3.5], ":2": [2.5, 4.5]}


def test_separators_that_are_told(tmp_path):
    assert table_of(tmp_path, "a,b;c\n1,2;3\n", sep="comma").names == ["a", "b;c"]
    assert table_of(tmp_path, "a:b\n1:2\n", sep=":").names == ["a", "b"]
    assert table_of(tmp_path, "a b\nx y\n", sep="space").names == ["a", "b"]


def test_encodings_that_are_told(tmp_path):
    text = "größe,b\n1,ü\n2,v\n"
    with pytest.raises(DataError, match=r"must be UTF-8 text; got byte 0xf6. Hint: --encoding cp1252"):
        table_of(tmp_path, text.encode("cp1252"))
    assert table_of(tmp_path, text.encode("cp1252"), encoding="cp1252").names == ["größe", "b"]
    with pytest.raises(DataError, match="--encoding utf-16-le"):
        table_of(tmp_path, text.encode("utf-16-le"))
    assert table_of(tmp_path, text.encode("utf-16-le"), encoding="utf-16-le").names == ["größe", "b"]
    for wrong in ("nonsense", "base64"):
        with pytest.raises(ParameterError, match="--encoding"):
            table_of(tmp_path, text, encoding=wrong)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"header": "maybe"}, "--header"),
        ({"decimal": ";"}, "--decimal"),
        ({"sep": "::"}, "--sep"),
        ({"limit": 0.0}, "--limit"),
        ({"limit": float("nan")}, "--limit"),
    ],
)
def test_wrong_options(options, part):
    with pytest.raises(ParameterError, match=part):
        ReadOptions(**options)


def test_packed_files_and_their_limit(tmp_path):
    text = "a,b\n" + "1,2\n" * 1000
    packed = gzip.compress(text.encode())
    assert len(table_of(tmp_path, packed, "t.csv.gz").columns["a"]) == 1000
    with pytest.raises(DataError, match="at most 1e-06 GB"):
        table_of(tmp_path, packed, "t.csv.gz", limit=1e-6)
    for broken in (text.encode(), packed[:-20], packed[:10]):
        with pytest.raises(DataError, match="gzip"):
            table_of(tmp_path, broken, "t.csv.gz")


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input(monkeypatch, packed):
    content = b"a;b\n1,5;x\n2;y\n"

    class Stdin:
        buffer = io.BytesIO(gzip.compress(content) if packed else content)

    monkeypatch.setattr(sys, "stdin", Stdin)
    assert lists(read_table("-")) == {"a": [1.5, 2.0], "b": ["x", "y"]}


def test_wide_files(tmp_path):
    # Lines longer than a cell may be, and names looked up once each.
    d = 20_000
    header = ",".join(f"column{j}" for j in range(d))
    row = ",".join(f"{j}.25" for j in range(d))
    table = table_of(tmp_path, f"{header}\n{row}\n{row}\n")
    assert len(header) > 131_072
    assert len(table.names) == d
    assert table.select([f":{d}"]) == {f"column{d - 1}": pytest.approx([d - 0.75] * 2)}
