"""NumPy's files and Parquet: what is asked for is read, whatever lies beside it; hostile bytes are one sentence."""

from __future__ import annotations

import datetime
import decimal
import io
import struct
import sys
import warnings
import zipfile

import numpy as np
import pytest

from mitk import pairwise
from mitk.data.files import ReadOptions, Table, read_table
from mitk.errors import DataError, DataTypeError, MITKError, MITKWarning, ParameterError

polars = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def npy(shape: str, dtype: str = "<f8", numbers: int = 64) -> bytes:
    """A file of NumPy that claims a shape, with so many bytes of numbers."""
    head = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (-(11 + len(head)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + bytes(numbers)


def packed(path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (npy("(99999999999999,)"), "99999999999999"),
        (npy("(9223372036854775807, 9223372036854775807)"), "9223372036854775807"),
        (npy("(-8,)"), "shape"),
        (npy("(1.5,)"), "shape"),
        (npy("(2, 2, 2)"), "(2, 2, 2)"),
        (npy("()"), "()"),
        (npy("(0,)"), "at least one row"),
        (npy("(1, 20000000)", "|i1"), "columns"),
        (npy("(8,)", "|O"), "pickled"),
        (npy("(1,)", [("a", "<f8")]), "structured"),
        (npy("(4,)")[:70], "plain arrays"),
        (b"\x93NUMPY\x09\x09" + bytes(100), "plain arrays"),
        (b"hello", "another format"),
    ],
)
def test_absurd_arrays_are_one_sentence_alone_and_no_obstacle_beside_others(tmp_path, content, part):
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(MITKError) as caught:
        read_table(tmp_path / "a.npy")
    assert part in str(caught.value)
    packed(tmp_path / "a.npz", good=npy("(8,)"), bad=content)
    table = read_table(tmp_path / "a.npz")
    assert table.names == ["good"]
    assert "bad" in table.remarks[0]
    assert len(table.columns["good"]) == 8
    with pytest.raises(MITKError, match=r"`bad in a\.npz`"):
        table.select(["bad"])


def test_members_that_are_no_arrays_encrypted_or_packed_in_an_unknown_way(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "hello")
        archive.writestr("x.npy", npy("(8,)"))
    table = read_table(path)
    assert (table.names, table.remarks) == (["x"], ["Left out of a.npz, since they are no columns: notes.txt."])
    whole = path.read_bytes()
    for offsets, value, part in (((6, 8), b"\x01\x00", "encrypted"), ((8, 10), b"\x63\x00", "compression")):
        changed = bytearray(whole)
        for sign, offset in zip((b"PK\x03\x04", b"PK\x01\x02"), offsets, strict=True):
            place = changed.find(sign)
            while place >= 0:
                changed[place + offset : place + offset + 2] = value
                place = changed.find(sign, place + 4)
        path.write_bytes(changed)
        with pytest.raises(MITKError, match=part):
            read_table(path)


def test_bombs_expand_up_to_a_limit_and_only_where_asked_for(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(250_000), y=np.arange(5.0))
    few = ReadOptions(limit=0.001)
    assert read_table(tmp_path / "a.npz", few).select(["y"])["y"].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    with pytest.raises(DataError, match=r"`x in a.npz` must expand to at most 0.001 GB; got 0.002 GB.*--limit 1"):
        read_table(tmp_path / "a.npz", few).select(["x"])
    assert len(read_table(tmp_path / "a.npz").select(["x"])["x"]) == 250_000
    zeros = polars.zeros(500_000, dtype=polars.Int8, eager=True)
    polars.DataFrame({"a": zeros, "b": zeros}).write_parquet(tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 10_000
    between = ReadOptions(limit=0.005)
    assert len(read_table(tmp_path / "a.parquet", between).select(["a"])["a"]) == 500_000
    with pytest.raises(DataError, match=r"at most 0.005 GB; got 0.008 GB"):
        read_table(tmp_path / "a.parquet", between).select(["a", "b"])


def test_columns_of_one_array_are_read_without_the_others(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(12.0).reshape(3, 4))
    found = read_table(tmp_path / "a.npy").select([":2"])
    assert isinstance(found["1"].base, np.memmap)
    assert found["1"].tolist() == [1.0, 5.0, 9.0]


@pytest.mark.parametrize("content", [npy("(4,)", "<f8", 32), None])
def test_standard_input_tells_its_kind(monkeypatch, content):
    stream = io.BytesIO()
    if content is None:
        polars.DataFrame({"0": [0.0] * 4}).write_parquet(stream)

    class Stdin:
        buffer = io.BytesIO(content or stream.getvalue())

    monkeypatch.setattr(sys, "stdin", Stdin)
    assert list(read_table("-").columns["0"]) == [0.0] * 4


def odd(n: int = 30) -> pa.Table:
    rng = np.random.default_rng(0)
    return pa.table(
        {
            "a": rng.standard_normal(n),
            "list": [[1.0]] * n,
            "struct": [{"x": 1}] * n,
            "huge": pa.array([decimal.Decimal("1.5")] * n, pa.decimal256(50, 2)),
            "money": pa.array([decimal.Decimal(k) for k in range(n)], pa.decimal128(10, 2)),
            "bytes": [b"\xff", b"b", b"c"] * (n // 3),
            "day": [datetime.date(2020, 1, 1)] * n,
            "^.*$": rng.standard_normal(n),
        }
    )


def test_parquet_columns_of_other_types_are_no_obstacle(tmp_path):
    pq.write_table(odd(), tmp_path / "a.parquet")
    table = read_table(tmp_path / "a.parquet")
    assert [len(column) for column in table.select(["a", "^.*$", ":5"]).values()] == [30, 30, 30]
    for name, part in (("list", "List"), ("struct", "Struct"), ("huge", "50")):
        with pytest.raises((DataError, DataTypeError), match=rf"`{name}` must hold .*{part}"):
            table.select([name])
    found, why = table.readable(table.names)
    assert list(found) == ["a", "money", "bytes", "day", "^.*$"]
    assert len(why) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MITKWarning)
        result = pairwise(found, "screen")
    assert result.names == ("a", "money", "bytes", "^.*$")
    assert result.notes[0].startswith("Left out: `day` must hold")


def test_parquet_by_its_literal_path(tmp_path):
    names = {"w[1].parquet": "a", "w1.parquet": "b", "w*.parquet": "c", "year=2020/x.parquet": "d"}
    (tmp_path / "year=2020").mkdir()
    for path, name in names.items():
        polars.DataFrame({name: [1.0, 2.0]}).write_parquet(tmp_path / "made.parquet")
        (tmp_path / "made.parquet").rename(tmp_path / path)
    for path, name in names.items():
        assert read_table(tmp_path / path).names == [name]


def test_options_of_text_files_are_refused_for_others(tmp_path):
    np.save(tmp_path / "a.npy", np.ones(4))
    for options in ({"header": "no"}, {"na": "1"}, {"decimal": ","}, {"sep": ";"}, {"encoding": "utf-8"}):
        with pytest.raises(ParameterError, match=f"--{next(iter(options))}"):
            read_table(tmp_path / "a.npy", ReadOptions(**options))
    assert isinstance(read_table(tmp_path / "a.npy", ReadOptions(limit=2.0)), Table)
