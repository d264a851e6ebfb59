"""Made data for `tests/fuzz.py`: columns of every kind, the containers that hold the same values, and odd data."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import fractions
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

EXACT = 2**53
WORDS = (
    "a", "b", "c", "yes", "no", "", " ", "A", "élevé", "大", "1.5%", "$3", "NA", "nan", "1", "2", "10", "x\ty",
    "new\nline", "\x1b[31mred", "e\u0301", "0.5", "very long " * 9,
)  # fmt: skip
ODD_NAMES = ("", " ", "x[0]", "a,b", "\x1b[31m", "naïve", "value", "x\ny", "0", "y" * 80)
Maker = Callable[[], Any]


@dataclass(frozen=True)
class Made:
    """One column: its kind, "number", "whole", "flag" or "text", and Python's own items, None where missing."""

    kind: str
    items: list[Any]

    @property
    def gaps(self) -> bool:
        return any(item is None for item in self.items)

    @property
    def floats(self) -> np.ndarray | None:
        """The numbers as float64, nan where missing; None where they do not fit, or are none."""
        if self.kind not in ("number", "whole") or any(isinstance(v, int) and abs(v) > EXACT for v in self.items):
            return None
        return np.array([np.nan if item is None else float(item) for item in self.items])


def numbers(rng: np.random.Generator, n: int, other: np.ndarray | None = None) -> np.ndarray:
    """One column of n numbers of some shape; with `other`, sometimes a function of it in noise."""
    normal = rng.standard_normal(n)
    with np.errstate(all="ignore"):
        if other is not None and rng.random() < 0.6:
            shape = [lambda v: v, lambda v: v, np.square, np.sin, np.abs, np.sign][int(rng.integers(6))]
            noise = rng.choice([0.0, 1e-12, 1e-6, 0.1, 0.5, 1.0]) * normal
            return np.nan_to_num(shape(other) + noise, posinf=1e300, neginf=-1e300)
        made = [
            lambda: normal,
            lambda: normal,
            lambda: normal,
            lambda: normal * 10.0 ** rng.integers(-320, 308),
            lambda: normal + 10.0 ** rng.integers(0, 17),
            lambda: np.round(normal, int(rng.integers(0, 3))),
            lambda: np.maximum(normal, 0.0),
            lambda: rng.integers(0, int(rng.integers(1, 12)), n).astype(float),
            lambda: rng.poisson(rng.uniform(0.05, 30.0), n).astype(float),
            lambda: rng.standard_t(1.0, n),
            lambda: np.exp(5.0 * normal),
            lambda: np.exp(normal),
            lambda: np.full(n, 3.0),
            lambda: np.where(np.arange(n) == n // 2, 10.0 ** rng.integers(2, 308), normal),
            lambda: np.where(np.arange(n) == n // 2, [np.inf, -np.inf][int(rng.integers(2))], normal),
            lambda: np.cumsum(normal),
            lambda: np.repeat(normal, 2)[:n],
            lambda: rng.choice([0.0, 1.0], n, p=[0.97, 0.03]),
            lambda: np.where(rng.random(n) < 0.9, 0.0, normal),
            lambda: np.where(rng.random(n) < 0.5, 1.7e308, -1.7e308),
            lambda: np.sort(normal),
            lambda: np.linspace(0.0, 1.0, n),
            lambda: 1.0 + normal * 1e-15,
        ][int(rng.integers(23))]()
    if rng.random() < 0.3:
        with np.errstate(all="ignore"):
            small = made.astype([np.float32, np.float16][int(rng.integers(2))])
        made = small.astype(float) if np.isfinite(small).all() else made
    return made


def whole_numbers(rng: np.random.Generator, n: int) -> list[int]:
    """Integers of some width, up to beyond those of machines."""
    kind = int(rng.integers(9))
    if kind < 4:
        return rng.integers(0, int(rng.choice([1, 2, 3, 5, 12])), n).tolist()
    if kind == 4:
        return rng.poisson(4.0, n).tolist()
    if kind == 5:
        return list(range(n))
    least = int(rng.choice(np.array([-(2**7), -(2**15), -(2**31), -(2**63), 2**63 - 2**11, EXACT - 3], dtype=object)))
    if kind == 6:
        return [least + int(v) for v in rng.integers(0, int(rng.choice([3, 100, 2**10])), n)]
    if kind == 7:
        return [int(v) for v in rng.integers(2**64 - 2**9, 2**64, n, dtype=np.uint64)]
    return [int(v) * 10 ** int(rng.choice([1, 15, 25, 400], p=[0.3, 0.3, 0.3, 0.1])) for v in rng.integers(-9, 9, n)]


def column(rng: np.random.Generator, n: int, kinds: tuple[str, ...], other: Made | None = None) -> Made:
    """One column of n rows of one of some kinds."""
    kind = kinds[int(rng.integers(len(kinds)))]
    if other is not None and rng.random() < 0.05 and other.kind in kinds:
        return other
    if kind == "number":
        base = None if other is None else other.floats
        base = None if base is None or not np.isfinite(base).all() else base
        items: list[Any] = numbers(rng, n, base).tolist()
    elif kind == "whole":
        items = whole_numbers(rng, n)
    elif kind == "flag":
        items = (rng.random(n) < rng.choice([0.02, 0.5, 0.5, 0.9])).tolist()
    elif kind == "few":
        kind, items = "number", rng.integers(0, int(rng.integers(1, 6)), n).astype(float).tolist()
    else:
        levels = (
            list(rng.choice(WORDS, int(rng.integers(1, 7)))) if rng.random() < 0.8 else [f"id{i}" for i in range(n)]
        )
        items = [str(levels[int(k)]) for k in rng.integers(0, len(levels), n)] if levels else []
    if other is not None and kind in ("flag", "text", "whole") and rng.random() < 0.4 and n:
        # A label or count that goes with the other column.
        order = {item: k for k, item in enumerate(sorted({str(item) for item in other.items}))}
        kept = sorted(set(items))
        items = [kept[order[str(item)] % len(kept)] for item in other.items]
    return Made(kind, items)


def with_gaps(rng: np.random.Generator, columns: list[Made]) -> list[Made]:
    """The columns, in some of which values are missing."""
    share = float(rng.choice([0.02, 0.1, 0.5, 1.0], p=[0.4, 0.4, 0.17, 0.03]))
    gone = rng.random((len(columns), len(columns[0].items))) < share
    return [Made(c.kind, [None if m else v for v, m in zip(c.items, row, strict=True)])
            for c, row in zip(columns, gone, strict=True)]  # fmt: skip


def objects(items: list[Any]) -> np.ndarray:
    made = np.empty(len(items), dtype=object)
    made[:] = items
    return made


def on_disk(values: np.ndarray) -> np.ndarray:
    """A memory map; the file is gone from its folder, and with the array from the disk."""
    with tempfile.TemporaryFile() as file:
        mapped = np.memmap(file, values.dtype, "w+", shape=(max(1, len(values)), *values.shape[1:]))
        mapped[: len(values)] = values
        return mapped[: len(values)]


def laid_out(values: np.ndarray) -> dict[str, Maker]:
    """The same array in other layouts."""
    made: dict[str, Maker] = {
        "array": values.copy,
        "reversed": lambda: values[::-1].copy()[::-1],
        "strided": lambda: np.repeat(values, 3, axis=0)[1::3],
        "read-only": lambda: np.frombuffer(values.tobytes(), values.dtype).reshape(values.shape),
        "unmasked": lambda: np.ma.array(values),
        "memmap": lambda: on_disk(values),
    }
    if values.dtype.itemsize > 1:
        made["swapped"] = lambda: values.astype(values.dtype.newbyteorder("S"))
    if values.ndim == 2:
        made["fortran"] = lambda: np.asfortranarray(values)
        made["middle"] = lambda: np.hstack([values[:, :1], values, values[:, :1]])[:, 1:-1]
        made["list of rows"] = values.tolist
        made["tuple of arrays"] = lambda: tuple(values)
        made["matrix"] = lambda: values.view(np.matrix)
    return made


def framed(name: str, values: Any, dtypes: tuple[Any, ...] = ()) -> dict[str, Maker]:
    """The same values as columns of frames."""
    made: dict[str, Maker] = {f"pandas {name}": lambda: pd.Series(values)}
    for dtype in dtypes:
        made[f"pandas {name} {dtype}"] = partial(pd.Series, values, dtype=dtype)
    plain = values.tolist() if isinstance(values, np.ndarray) and values.dtype == object else values
    made[f"polars {name}"] = lambda: pl.Series("s", plain, nan_to_null=False)
    made[f"pyarrow {name}"] = lambda: pa.array(plain, from_pandas=False)
    half = len(plain) // 2
    made[f"pyarrow {name} chunks"] = lambda: pa.chunked_array(
        [(whole := pa.array(plain, from_pandas=False))[:half], whole[half:]]
    )
    return made


def numeric(made: Made) -> dict[str, Maker]:
    """Containers of numbers."""
    items, floats = made.items, made.floats
    known = [item for item in items if item is not None]
    found: dict[str, Maker] = {
        "decimals": lambda: [decimal.Decimal("nan") if v is None else decimal.Decimal(v) for v in items]
    }
    if np.isfinite(np.array(known, dtype=float) if floats is not None else 0.0).all():
        found["fractions"] = lambda: [None if v is None else fractions.Fraction(v) for v in items]
    if floats is not None:
        found |= laid_out(floats)
        found |= framed("float", floats)
        found |= framed("float gaps", items, ("Float64", "double[pyarrow]")) if known else {}
        found["longdouble"] = lambda: floats.astype(np.longdouble)
        found["array.array"] = lambda: array.array("d", floats)
        gone = np.isnan(floats)
        found["masked"] = lambda: np.ma.array(np.where(gone, -1e30, floats), mask=gone)
        with np.errstate(over="ignore"):
            single, half = floats.astype(np.float32), floats.astype(np.float16)
        if np.array_equal(single, floats, equal_nan=True):
            found |= framed("float32", single) | {"float32": single.copy, "jax": lambda: on_device(single)}
        if np.array_equal(half, floats, equal_nan=True):
            found["float16"] = half.copy
    if made.kind == "whole" and known:
        for code in "bBhHiIqQ":
            limits = np.iinfo(code)
            if limits.min <= min(known) and max(known) <= limits.max:
                if not made.gaps:
                    found |= {f"{code} {key}": maker for key, maker in laid_out(np.array(items, dtype=code)).items()}
                    found |= framed(code, np.array(items, dtype=code))
                gone = np.array([item is None for item in items])
                filled = np.array([limits.min if v is None else v for v in items], dtype=code)
                found[f"{code} masked"] = partial(np.ma.array, filled, mask=gone)
                name = f"{'UI'[limits.min < 0]}{'' if limits.min < 0 else 'I'}nt{np.dtype(code).itemsize * 8}"
                found[f"pandas {name}"] = partial(pd.Series, objects(items), dtype=name)
                arrow = getattr(pa, name.lower())()
                found[f"pyarrow {name}"] = partial(pa.array, items, type=arrow)
                found[f"polars {name}"] = partial(pl.Series, "s", items, dtype=getattr(pl, name))
    return found


def on_device(values: np.ndarray) -> Any:
    import jax.numpy as jnp

    return jnp.asarray(values)


def texts(made: Made) -> dict[str, Maker]:
    """Containers of labels."""
    items = made.items
    found = framed("text", items, ("str", "object", "string"))
    levels = sorted({item for item in items if item is not None})
    # Categories of numbers are labels where their texts are numbers.
    if any(level[:1].isalpha() and level not in ("NA", "nan") for level in levels):
        found["polars category"] = lambda: pl.Series("s", items, dtype=pl.Categorical)
        found["pandas category"] = lambda: pd.Series(items, dtype="category")
        found["polars enum"] = lambda: pl.Series("s", items, dtype=pl.Enum(levels))
        found["pandas ordered"] = lambda: pd.Series(pd.Categorical(items, levels[::-1], ordered=True))
        found["pyarrow dictionary"] = lambda: pa.array(items).dictionary_encode()
    if levels:
        found["pyarrow large"] = lambda: pa.array(items, type=pa.large_string())
        found["StringDType"] = lambda: np.array(items, dtype=np.dtypes.StringDType(na_object=None))
    if not made.gaps and items:
        found |= laid_out(np.array(items, dtype="U"))
        found["wide"] = lambda: np.array(items, dtype="U200")
        if all(item.isascii() for item in items):
            found["bytes"] = lambda: np.array(items, dtype="S")
            found["list of bytes"] = lambda: [item.encode() for item in items]
    return found


def single(made: Made) -> dict[str, Maker]:
    """Every container that holds one column."""
    items = made.items
    found: dict[str, Maker] = {
        "list": items.copy,
        "tuple": lambda: tuple(items),
        "object": lambda: objects(items),
        "deque": lambda: collections.deque(items),
        "pandas object": lambda: pd.Series(objects(items), dtype=object),
    }
    if made.kind in ("number", "whole"):
        return found | numeric(made)
    if made.kind == "text":
        return found | texts(made)
    found |= framed("flag", items, ("boolean", "bool[pyarrow]"))
    if not made.gaps:
        found |= laid_out(np.array(items, dtype=bool))
    gone = np.array([item is None for item in items], dtype=bool)
    found["masked"] = lambda: np.ma.array([bool(item) for item in items], mask=gone, dtype=bool)
    return found


def chosen(rng: np.random.Generator, found: dict[str, Maker], start: str = "") -> tuple[str, Any]:
    names = [name for name in found if name.startswith(start)]
    name = names[int(rng.integers(len(names)))]
    return name, found[name]()


def contained(rng: np.random.Generator, columns: list[Made], names: list[str], labelled: bool) -> tuple[str, Any]:
    """The columns in some container, and its name; `labelled`, rows of a frame of pandas may have labels."""
    if len(columns) == 1 and rng.random() < 0.6:
        return chosen(rng, single(columns[0]))
    kinds = {made.kind for made in columns}
    found: dict[str, Maker] = {}
    blocks = [made.floats for made in columns]
    n = len(columns[0].items)
    if n and all(block is not None for block in blocks):
        found = laid_out(np.column_stack(blocks))
        found["pandas array"] = lambda: pd.DataFrame(np.column_stack(blocks))
        found["polars array"] = lambda: pl.DataFrame(np.column_stack(blocks))
        with np.errstate(over="ignore"):
            small = np.column_stack(blocks).astype(np.float32)
        if np.array_equal(small, np.column_stack(blocks), equal_nan=True):
            found |= {"float32": small.copy, "jax": lambda: on_device(small)}
    elif n and kinds == {"text"} and not any(made.gaps for made in columns):
        found = laid_out(np.column_stack([np.array(made.items, dtype="U") for made in columns]))
    elif n and kinds == {"flag"} and not any(made.gaps for made in columns):
        found = laid_out(np.column_stack([made.items for made in columns]))
    elif n and kinds == {"whole"} and not any(made.gaps for made in columns):
        for code in "qQ":
            limits = np.iinfo(code)
            if all(limits.min <= v <= limits.max for made in columns for v in made.items):
                found |= laid_out(np.column_stack([np.array(made.items, dtype=code) for made in columns]))
    whole = np.column_stack([objects(made.items) for made in columns])
    found["objects"] = whole.copy
    if n:
        # A list of no rows has no columns.
        found["rows"] = whole.tolist
    found["objects fortran"] = lambda: np.asfortranarray(whole)
    each = {name: single(made) for name, made in zip(names, columns, strict=True)}
    if rng.random() < 0.5:
        kind = ["dict", "pandas", "polars", "pyarrow"][int(rng.integers(4))]
        if not all(any(name.startswith(kind) for name in one) for one in each.values()):
            # Integers beyond 64 bits.
            kind = "dict"
        parts = {name: chosen(rng, one, "" if kind == "dict" else kind)[1] for name, one in each.items()}
        if kind == "pandas":
            frame = pd.DataFrame(parts)
            return kind, frame.set_axis([f"r{i}" for i in range(n)]) if labelled and rng.random() < 0.3 else frame
        return kind, {"dict": dict, "polars": pl.DataFrame, "pyarrow": pa.table}[kind](parts)
    return chosen(rng, found)


def odd(rng: np.random.Generator, n: int) -> Any:
    """Data that most calls must refuse; whatever is said of them, it is mitk's own word."""
    v = rng.standard_normal(n)
    days = pd.date_range("2020-01-01", periods=n)
    makers: list[Maker] = [
        lambda: v + 1j, lambda: days, lambda: days.to_numpy(), lambda: pd.Series(days),
        lambda: np.diff(days.to_numpy()), lambda: (i for i in v),
        lambda: [datetime.date(2020, 1, 1 + i % 28) for i in range(n)], lambda: [uuid.UUID(int=i) for i in range(n)],
        lambda: v[:1][0] if n else None, lambda: None, lambda: "text", lambda: b"bytes", lambda: 3,
        lambda: {1, 2, 3}, lambda: map(float, v), lambda: pl.LazyFrame({"x": v}), lambda: np.zeros((n, 2, 2)),
        list, dict, lambda: np.empty((0, 3)), lambda: np.empty((n, 0)), lambda: np.zeros((3, 40 * n + 40)),
        lambda: v[: n // 2], lambda: [[1.0, 2.0], [3.0]] * n, lambda: [1, "a", None, 2.5] * n, lambda: [{}] * n,
        lambda: [[1]] * n, lambda: np.array([(1, 2.0)] * n, dtype="i4,f8"), lambda: np.rec.fromarrays([v, v]),
        lambda: pl.Series([[1.0]] * n), lambda: pl.Series([{"a": 1}] * n), lambda: pl.Series([None] * n),
        lambda: pl.Series([datetime.timedelta(1)] * n), lambda: pl.Series([datetime.time(1)] * n),
        lambda: pl.Series([object()] * n, dtype=pl.Object), lambda: pa.array([None] * n), lambda: pa.array([[1]] * n),
        lambda: pa.array([{"a": 1}] * n), lambda: pa.array(days), lambda: pa.record_batch({"x": v}),
        lambda: pa.scalar(1.0), lambda: pd.DataFrame(np.zeros((n, 2)), columns=["a", "a"]),
        lambda: pd.DataFrame(np.zeros((n, 2)), columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
        lambda: pd.DataFrame({0: v, 1: v}), lambda: pd.Index(v), lambda: pd.Categorical(["a"] * n),
        lambda: pd.Series(v, dtype=pd.SparseDtype(float)), lambda: pd.Series(pd.interval_range(0, n)) if n else None,
        lambda: pd.Series(pd.period_range("2020", periods=n)), lambda: pd.Series([1 + 1j] * n), lambda: pd.NA,
        lambda: np.array([np.void(b"ab")] * n), lambda: memoryview(v), lambda: range(n), lambda: np.float64(1.0),
        lambda: [np.array(1.0)] * n, lambda: [float("nan")] * n, lambda: [None] * n, lambda: [...] * n,
        lambda: [decimal.Decimal("sNaN")] * n, lambda: [decimal.Decimal("inf")] * n, lambda: [10**400] * n,
        lambda: pl.DataFrame({"a": v, "b": [[1]] * n}), lambda: pl.Series([decimal.Decimal("1.5")] * n),
        lambda: pa.array([decimal.Decimal("1.5")] * n), lambda: np.ma.masked_all(n), lambda: np.ma.masked,
        lambda: {"a": v, "b": v[: n // 2]}, lambda: {"a": {"b": v}}, lambda: {1: v, "1": v}, lambda: type, lambda: len,
        lambda: np.array([b"\xff\xfe"] * n), lambda: np.array(["a\0b"] * n), lambda: v.astype("M8[s]").astype("m8[s]"),
        lambda: collections.OrderedDict(a=v), lambda: pd.DataFrame({"a": days, "b": v}), lambda: Broken(),
        lambda: np.array([{}, [1, 2], object()][:n] or [{}], dtype=object), lambda: bytearray(8 * n),
        lambda: pl.Series([b"\xff"] * n), lambda: [np.float32("nan"), *v[1:]] if n else [], lambda: sparse(v),
    ]  # fmt: skip
    return makers[int(rng.integers(len(makers)))]()


def sparse(values: np.ndarray) -> Any:
    from scipy.sparse import csr_array

    return csr_array(values[:, None])


class Broken:
    """What says it is an array, and is not."""

    def __array__(self, *args: Any, **options: Any) -> np.ndarray:
        raise RuntimeError("no array after all")
