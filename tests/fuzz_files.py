"""Commands on broken files: `python tests/fuzz_files.py COUNT --seed 0`.

CSV, NPY, NPZ and Parquet files, bytes of which were changed, cut, moved or swapped for what parsers stumble over. Each
command must end with 0, 2 or 3; with 2 in one sentence and nothing on standard output; never in a traceback, in a
warning of another library, or in what compiled code writes to standard error past Python.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import os
import sys
import tempfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mitk.cli import main

ROWS = 12
# What parsers stumble over.
TOKENS = (
    b'"', b"'", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\n\n", b"\n#", b"sep=;\n", b",,,", b";", b"\t",
    b" ", b"1e999", b"-inf", b"nan", b"NULL", b"5%", b"$3", b"1.031", b"1,5", b"9" * 30, b"9" * 5000, b"x" * 200_000,
    b"\x1b[31m", b"(", b"{}", b"-1", b"99999999999999", b"|O", b"<U9", b"PAR1", b"PK\x03\x04", b"\x93NUMPY",
    b"\x80\x04.",
)  # fmt: skip


def written(rng: np.random.Generator) -> tuple[str, bytes]:
    """Ending and bytes of a good file of four columns a, b, c and label."""
    values = rng.standard_normal((ROWS, 3)).round(int(rng.integers(0, 4)))
    label = np.array(["u", "v", "w, x"])[rng.integers(0, 3, ROWS)]
    columns = {"a": values[:, 0], "b": values[:, 1], "c": rng.integers(0, 5, ROWS), "label": label}
    kind = ["csv", "csv", "npy", "npz", "parquet"][int(rng.integers(5))]
    stream = io.BytesIO()
    if kind == "csv":
        separator = [",", ";", "\t", " ", "|"][int(rng.integers(5))]
        rows = [
            list(columns),
            *(
                [f"{v:g}" if k < 3 else f'"{v}"' for k, v in enumerate(row)]
                for row in zip(*columns.values(), strict=True)
            ),
        ]
        lines = rows[int(rng.integers(2)) :]
        text = "\n".join(separator.join(row) for row in lines) + "\n"
        stream.write(text.encode(["utf-8", "utf-16", "latin-1"][int(rng.choice(3, p=[0.8, 0.1, 0.1]))]))
        if rng.random() < 0.1:
            return ".csv.gz", gzip.compress(stream.getvalue(), mtime=0)
        return ".csv", stream.getvalue()
    if kind == "npy":
        np.save(stream, [values, values[:, 0], label, np.asfortranarray(values)][int(rng.integers(4))])
    elif kind == "npz":
        save = [np.savez, np.savez_compressed][int(rng.integers(2))]
        save(stream, **columns, wide=values, single=np.array(3.0), deep=np.zeros((2, 2, 2)))
    else:
        import polars

        compression = ["zstd", "snappy", "uncompressed", "gzip"][int(rng.integers(4))]
        polars.DataFrame({**columns, "label": label.tolist(), "list": [[1.0]] * ROWS}).write_parquet(
            stream, compression=compression
        )
    return f".{kind}", stream.getvalue()


def rewritten(rng: np.random.Generator, content: bytes) -> bytes:
    """A NumPy archive whose members, not whose frame, were broken, so that what is in them is reached."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as anew:
        for name in packed.namelist():
            part = packed.read(name)
            anew.writestr(name, broken(rng, part) if rng.random() < 0.4 else part)
    return made.getvalue()


def broken(rng: np.random.Generator, content: bytes) -> bytes:
    """The bytes with up to four changes."""
    changed = bytearray(content)
    for _ in range(int(rng.choice([0, 1, 2, 4], p=[0.05, 0.6, 0.25, 0.1]))):
        # Half of the changes where headers and footers are.
        ends = [int(rng.integers(0, max(1, min(len(changed), 120)))), int(rng.integers(0, len(changed) + 1))]
        place = min([*ends, max(0, len(changed) - ends[0])][int(rng.integers(3))], len(changed))
        size = int(rng.integers(1, 30))
        change = int(rng.integers(7))
        if change == 0 and place < len(changed):
            changed[place] ^= 1 << int(rng.integers(8))
        elif change == 1 and place < len(changed):
            changed[place] = int(rng.integers(256))
        elif change == 2:
            del changed[place : place + size]
        elif change == 3:
            changed[place:place] = TOKENS[int(rng.integers(len(TOKENS)))]
        elif change == 4:
            changed[place:place] = changed[place : place + size] * int(rng.integers(1, 4))
        elif change == 5:
            del changed[place:]
        else:
            digits = [k for k in range(len(changed)) if chr(changed[k]).isdecimal()]
            if digits:
                chosen = digits[int(rng.integers(len(digits)))]
                changed[chosen : chosen + 1] = [b"0", b"9", b"99999999999", b"-1", b"1.5"][int(rng.integers(5))]
    return bytes(changed)


def command_of(rng: np.random.Generator, path: Path) -> list[str]:
    """A command on a file, cheap to run."""
    sides = [["a", "b"], ["a", "label"], [":1", ":2"], [":1", ":3"], ["wide", "c"], [":1", ":4"]][int(rng.integers(6))]
    command = ["estimate", "estimate", "matrix", "test"][int(rng.integers(4))]
    given = [command, str(path), "--missing", "drop"]
    if command != "matrix":
        given += ["--x", sides[0], "--y", sides[1]]
    given += ["--permutations", "9"] if command == "test" else ["--confidence", "none"]
    given += ["--method", ["gaussian", "discrete", "screen", "screen"][int(rng.integers(4))]]
    told = [["--header", "no"], ["--header", "yes"], ["--decimal", ","], ["--na", "u,0"]] if ".csv" in path.name else []
    for options in (*told, ["--discrete", ":1"], ["--count", ":2"], ["--continuous", ":1"]):
        if rng.random() < 0.05:
            given += options
    return [*given, "--json"] if rng.random() < 0.5 else given


@contextlib.contextmanager
def captured(folder: Path) -> Iterator[dict[str, str]]:
    """What is written to both streams, by Python and past it."""
    found = {"out": "", "err": "", "past": ""}
    streams = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    kept = os.dup(2)
    with (folder / "past").open("w+b") as past:
        os.dup2(past.fileno(), 2)
        try:
            with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
                yield found
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            past.seek(0)
            found["past"] = past.read().decode("utf-8", "replace")
            for name, stream in zip(("out", "err"), streams, strict=True):
                stream.flush()
                found[name] = stream.buffer.getvalue().decode("utf-8")


def one_case(seed: int, number: int, folder: Path) -> int:
    """The exit code of one command; AssertionError for a fault."""
    rng = np.random.default_rng([seed, number])
    ending, content = written(rng)
    inside = ending == ".npz" and rng.random() < 0.5
    content = rewritten(rng, content) if inside else broken(rng, content)
    path = folder / f"case{number}{ending}"
    path.write_bytes(content)
    command = command_of(rng, path)
    with captured(folder) as found, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            main(command)
        except SystemExit as stop:
            code = int(stop.code or 0)
    told = f"{' '.join(command)} said {found}"
    assert code in (0, 2, 3), told
    assert not warned, f"{told} and warned {warned[0].message!r}"
    assert "unexpectedly" not in found["err"], told
    assert "Traceback" not in found["err"] + found["past"], told
    assert not found["past"], told
    assert "\x1b" not in found["out"] + found["err"], told
    lines = found["err"].splitlines()
    if code == 2:
        assert not found["out"], told
        assert len(lines) == 1, told
        assert lines[0].endswith("."), told
    else:
        assert all(line.startswith(("Note: ", "Failed: ")) for line in lines), told
    path.unlink()
    return code


def run(count: int, seed: int, start: int = 0) -> Counter[str]:
    """How `count` commands end; faults are printed with their number."""
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(start, start + count):
            try:
                ends[str(one_case(seed, number, Path(folder)))] += 1
            except Exception as error:  # Whatever it is, it is a fault to be printed.
                ends["fault"] += 1
                print(f"case {number}: {type(error).__name__}: {str(error)[-1500:]}")
    return ends


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0)
    given = parser.parse_args()
    found = run(given.count, given.seed, given.start)
    print(dict(found))
    sys.exit(1 if found["fault"] else 0)
