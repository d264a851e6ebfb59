"""Reading any container of data into float64 columns with their kinds."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import fractions
import numbers
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from mitk.data.column import Column
from mitk.data.number_text import EXACT_INTEGER, read_cell, read_numbers
from mitk.data.row_labels import check_labels
from mitk.errors import DataError, DataTypeError, ParameterError, sentence
from mitk.numerics.lattices import value_count

ColumnKind = Literal["continuous", "tied", "count", "label"]

# Floats that share their value with another row in at most this share of the rows are as good as untied.
TIED_SHARE = 0.05
# Names in a note.
SHOWN = 5
# Numbers whose digits Python keeps.
EXACT_TYPES = (numbers.Integral, decimal.Decimal, fractions.Fraction)


def column_kind(column: Column, values: np.ndarray, discrete: bool | None = None) -> ColumnKind:
    """Decide whether a column is a label, a count, tied or continuous.

    Strings, categories and booleans are labels, and so are whole numbers of one or two levels, whose order carries
    nothing. Other whole numbers are counts when any value repeats, else continuous. Other columns are tied when
    more than 5 % of the rows share their value with another row, else continuous. `discrete` overrules.

    Parameters
    ----------
    column : Column
        Where name and nature come from.
    values : ndarray of shape (n,)
        Complete rows of the column.
    discrete : bool, optional
        The user's word: True is a label, False never one.
    """
    if column.nominal and discrete is False and not np.isin(values, (0.0, 1.0)).all():
        raise DataError(
            sentence(column.name, "holds labels and can only be discrete", "discrete=False", "encode it as numbers")
        )
    if discrete or (column.nominal and discrete is None):
        return "label"
    counts = np.unique(values, return_counts=True)[1]
    n = len(values)
    ties = counts[counts > 1].sum()
    if np.array_equal(values, np.rint(values)):
        if discrete is None and len(counts) <= 2:
            return "label"
        return "count" if ties else "continuous"
    return "tied" if ties > TIED_SHARE * n else "continuous"


def kind_choices(discrete: Any, d: int, what: str) -> list[bool | None]:
    """The caller's word on the kind of each of `d` columns; None leaves a column to detection.

    Parameters
    ----------
    discrete : bool, None, or sequence of these of length d
    d : int
    what : str
        Name of the argument, for messages.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> kind_choices(True, 2, "discrete_x"), kind_choices([None, False], 2, "discrete_x")
    ([True, True], [None, False])
    """
    given = np.asarray(discrete).tolist() if hasattr(discrete, "__array__") else discrete
    if given is None or isinstance(given, (bool, np.bool_)):
        return [given if given is None else bool(given)] * d
    # Anything else has a truth value too, "no" and 2 among them, which is hardly what was meant.
    entries = given if isinstance(given, (list, tuple)) else [given]
    wrong = [one for one in entries if not (one is None or isinstance(one, (bool, np.bool_)))]
    if wrong or entries is not given:
        rule = "must be True, False or None, for all columns or in a list with one for each"
        raise ParameterError(sentence(what, rule, " ".join(repr((wrong or entries)[0]).split())))
    if len(given) != d:
        raise ParameterError(sentence(what, f"must be one bool or {d}", f"{len(given)} values"))
    return [None if one is None else bool(one) for one in given]


def kind_notes(
    columns: Sequence[Column],
    kinds: Sequence[ColumnKind],
    values: np.ndarray,
    told: Sequence[bool | None],
    what: str,
) -> list[str]:
    """Say what columns were taken for unless they are continuous or the caller decided, and how to overrule it.

    Parameters
    ----------
    columns : sequence of Column
    kinds : sequence of {"continuous", "tied", "count", "label"}
    values : ndarray of shape (n, d)
        Complete rows.
    told : sequence of bool or None
        The caller's word on each column.
    what : str
        Name of the side, "x" or "y".
    """
    judged = [j for j, word in enumerate(told) if word is None]
    names = [column.name for column in columns]

    def some(chosen: list[int], sized: bool = False) -> str:
        shown = [names[j] + (f" ({value_count(values[:, j])} levels)" if sized else "") for j in chosen[:SHOWN]]
        return ", ".join(shown) + (f" and {len(chosen) - SHOWN} more" if len(chosen) > SHOWN else "")

    notes = []
    if labels := [j for j in judged if kinds[j] == "label"]:
        notes.append(f"Taken as labels, whose order means nothing: {some(labels)}.")
    if counts := [j for j in judged if kinds[j] == "count"]:
        notes.append(
            f"Taken as counts, whole numbers in their order: {some(counts, True)}; "
            f"discrete_{what}=True takes them as labels."
        )
    if tied := [j for j in judged if kinds[j] == "tied"]:
        notes.append(f"Taken as numbers that repeat values: {some(tied)}; discrete_{what}=True takes them as labels.")
    return notes


def read_columns(data: Any, what: str) -> list[Column]:
    """Read arrays, lists, series and frames into columns.

    Parameters
    ----------
    data : array_like of shape (n,) or (n, d), or a pandas, polars, pyarrow or JAX object
        Also a mapping of names to such columns, and a `Column` read before.
    what : str
        Name of the argument, for messages.

    Returns
    -------
    list of Column

    Raises
    ------
    DataTypeError
        For complex numbers, dates, sparse matrices and values of mixed types.
    DataError
        For shapes other than (n,) and (n, d).
    """
    if isinstance(data, Column):
        return [data.loaded()]
    if isinstance(data, Mapping):
        return _mapping_columns(data, what)
    data = _whole_arrow(data)
    if not isinstance(data, (np.ndarray, list, tuple)):
        import narwhals.stable.v2 as nw

        try:
            wrapped = nw.from_native(data, pass_through=True, allow_series=True)
            duplicated = isinstance(wrapped, nw.DataFrame) and len(set(wrapped.columns)) < len(wrapped.columns)
        except nw.exceptions.DuplicateError:
            duplicated = True
        if duplicated:
            raise DataError(sentence(what, "must have columns of different names", "a name twice"))
        if isinstance(wrapped, nw.LazyFrame):
            raise DataTypeError(sentence(what, "must hold data", "a lazy frame", "call .collect() or .compute() first"))
        if isinstance(wrapped, nw.DataFrame):
            return [_series_column(column, str(column.name)) for column in wrapped.iter_columns()]
        if isinstance(wrapped, nw.Series):
            return [_series_column(wrapped, str(wrapped.name or what))]
    array = _as_array(data, what)
    if array.ndim == 1:
        return [_array_column(array, what)]
    mask = np.ma.getmaskarray(array) if isinstance(array, np.ma.MaskedArray) else None
    plain = np.ma.getdata(array)
    return [
        _array_column(plain[:, j] if mask is None else np.ma.array(plain[:, j], mask=mask[:, j]), f"{what}[{j}]")
        for j in range(array.shape[1])
    ]


def _whole_arrow(data: Any) -> Any:
    """Pieces of Arrow's columns and tables as these, which keep integers beside missing values; else the data."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None and isinstance(data, arrow.Array):
        return arrow.chunked_array([data])
    if arrow is not None and isinstance(data, arrow.RecordBatch):
        return arrow.Table.from_batches([data])
    return data


def _mapping_columns(data: Mapping[Any, Any], what: str) -> list[Column]:
    columns: list[Column] = []
    for name, part in data.items():
        read = read_columns(part, str(name))
        columns += [replace(read[0], name=str(name))] if len(read) == 1 else read
    lengths = sorted({len(column.values) for column in columns})
    if len(lengths) > 1:
        raise DataError(sentence(what, "must hold columns of one length", f"lengths {lengths}"))
    check_labels(**{what: data})
    return columns


def _as_array(data: Any, what: str) -> np.ndarray:
    if hasattr(data, "tocsr"):
        raise DataTypeError(sentence(what, "must be dense", "a sparse matrix", "call .toarray()"))
    if isinstance(data, np.ndarray):
        array = np.asarray(data) if isinstance(data, np.matrix) else data
    else:
        try:
            array = np.asarray(data)
            if isinstance(data, (list, tuple)) and _blurred(array, data):
                array = np.array(data, dtype=object)
        except (ValueError, TypeError) as error:
            raise DataError(
                sentence(what, "must have shape (n,) or (n, d)", f"rows of different lengths ({error})")
            ) from error
        except Exception as error:  # Whatever an object of another library does when it is asked for an array.
            raise DataTypeError(
                sentence(what, "must be readable as an array", f"{type(error).__name__} ({error})")
            ) from error
    if array.dtype.names is not None:
        raise DataTypeError(
            sentence(what, "must be a plain array", "a structured array", "stack its fields as columns")
        )
    if array.ndim not in (1, 2):
        shape = f"a single {type(data).__name__}" if array.ndim == 0 else f"shape {array.shape}"
        raise DataError(
            sentence(
                what,
                "must have shape (n,) or (n, d)",
                shape,
                "pass a list or array with a row a sample"
                if array.ndim == 0
                else "flatten each sample: x.reshape(len(x), -1)",
            )
        )
    return array


def _blurred(array: np.ndarray, data: Sequence[Any]) -> bool:
    """Whether NumPy may have made one type of several, which objects keep: [1, "a"] text, [2**60 + 1, 0.5] floats.

    And of rows such as [True, 0.5] numbers.
    """
    kind = array.dtype.kind
    if kind in "US" or (kind == "f" and bool((np.abs(array) > EXACT_INTEGER).any())):
        return True
    if kind not in "iuf" or array.ndim != 2 or not len(array) or not isinstance(data[0], (list, tuple)):
        return False
    flags = np.flatnonzero(((array == 0) | (array == 1)).all(axis=0))
    return any(isinstance(data[0][j], (bool, np.bool_)) for j in flags.tolist())


def _array_column(values: np.ndarray, name: str) -> Column:
    if isinstance(values, np.ma.MaskedArray):
        present = ~np.ma.getmaskarray(values)
        array = np.ma.getdata(values)
        # What lies under a mask is anything, often a sentinel: nothing may depend on it.
        column = _array_column(array[present], name)
        filled = np.full(len(array), np.nan)
        filled[present] = column.values
        return replace(column, values=filled)
    kind = values.dtype.kind
    if kind == "U":
        codes = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("=")).view(np.uint32)
        if codes.size and codes.max() > sys.maxunicode:
            raise DataTypeError(sentence(name, "must hold text", "numbers that stand for no letters"))
    if kind in "OUST":
        return _object_column(values.tolist(), name)
    if kind in "iu":
        return Column(_from_integers(values), name)
    if kind in "fb":
        return Column(values.astype(np.float64), name, nominal=kind == "b")
    raise _type_error(name, values.dtype)


def _series_column(series: Any, name: str) -> Column:
    import narwhals.stable.v2 as nw

    dtype = series.dtype
    if dtype in (nw.Object, nw.Unknown, nw.String, nw.Binary):
        return _object_column(series.to_list(), name)
    null = series.is_null().to_numpy()
    if dtype == nw.Categorical or isinstance(dtype, nw.Enum):
        labels = series.cast(nw.String).to_list()
        return _label_column([None if gone else v for v, gone in zip(labels, null, strict=True)], name)
    if dtype == nw.Boolean:
        flags = [np.nan if gone else float(v) for v, gone in zip(series.to_list(), null, strict=True)]
        return Column(np.array(flags), name, nominal=True)
    if dtype.is_numeric():
        values = np.asarray(series.fill_null(0).to_numpy() if null.any() else series.to_numpy())
        if values.dtype.kind == "c":
            raise _type_error(name, values.dtype)
        if values.dtype.kind in "iu":
            whole = np.full(len(values), np.nan)
            whole[~null] = _from_integers(values[~null])
            return Column(whole, name)
        return Column(np.where(null, np.nan, values.astype(np.float64)), name)
    raise _type_error(name, dtype)


def _object_column(items: Sequence[Any], name: str) -> Column:
    missing = [_is_missing(v) for v in items]
    present = [v for v, gone in zip(items, missing, strict=True) if not gone]
    if all(isinstance(v, (bool, np.bool_)) for v in present):
        nominal = bool(present)
    elif all(isinstance(v, (numbers.Real, decimal.Decimal)) for v in present):
        nominal = False
    elif all(isinstance(v, (str, bytes)) for v in present):
        texts = [v if isinstance(v, str) else v.decode("utf-8", "backslashreplace") for v in present]
        return _text_column(texts, np.array(missing, dtype=bool), name)
    else:
        types = sorted({type(v).__name__ for v in present})
        raise _type_error(name, " and ".join(types))
    values = np.full(len(items), np.nan)
    try:
        if all(isinstance(v, EXACT_TYPES) and _is_whole(v) for v in present):
            values[~np.array(missing, dtype=bool)] = _from_integers(np.array([int(v) for v in present], dtype=object))
        else:
            values[~np.array(missing, dtype=bool)] = [float(v) for v in present]
    except OverflowError as error:
        raise DataError(sentence(name, "must fit into float64", str(error), "divide it first")) from error
    return Column(values, name, nominal)


def _is_whole(number: Any) -> bool:
    finite = not isinstance(number, decimal.Decimal) or number.is_finite()
    return finite and bool(number == int(number))


def _from_integers(values: np.ndarray) -> np.ndarray:
    """Whole numbers as float64; if its digits do not hold all, less their least, which leaves their differences."""
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    if max(-least, most) <= EXACT_INTEGER:
        return values.astype(np.float64)
    with contextlib.suppress(OverflowError):
        # Numbers beyond floats may have differences that are not.
        floats = [float(v) for v in values.tolist()]
        if all(int(number) == whole for number, whole in zip(floats, values.tolist(), strict=True)):
            return np.array(floats)
    # Over a wider range not all differences have room: those from the bulk of the rows count, not from an outlier.
    origin = least if most - least <= EXACT_INTEGER else int(np.sort(values)[len(values) // 2])
    return np.array([float(int(v) - origin) for v in values.tolist()])


def _text_column(texts: Sequence[str], missing: np.ndarray, name: str) -> Column:
    """Labels, or numbers that were left as text: 12.3% and 1,031.5, but not 3, which may be a code."""
    if texts and read_cell(texts[0]) is not None:
        values = read_numbers(texts).values
        if values is not None and not all(text.strip().removesuffix(".0").isdecimal() for text in texts):
            filled = np.full(len(missing), np.nan)
            filled[~missing] = _from_integers(values) if values.dtype == object else values
            note = f"`{name}` holds numbers as text, such as {texts[0]!r}; discrete=True takes them as labels."
            return Column(filled, name, note=note)
    labels: list[str | None] = [None] * len(missing)
    for place, text in zip(np.flatnonzero(~missing), texts, strict=True):
        labels[place] = text
    return _label_column(labels, name)


def _label_column(labels: Sequence[str | None], name: str) -> Column:
    levels = {label: code for code, label in enumerate(sorted({v for v in labels if v is not None}))}
    codes = np.array([np.nan if v is None else float(levels[v]) for v in labels])
    return Column(codes, name, nominal=True, levels=tuple(levels))


def _is_missing(item: Any) -> bool:
    if item is None or type(item).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(item, decimal.Decimal):
        # A signalling NaN may not even be compared.
        return item.is_nan()
    return isinstance(item, (float, np.floating)) and bool(item != item)


def _type_error(name: str, got: Any) -> DataTypeError:
    text = str(got)
    hints = {
        "complex": "pass real and imaginary parts as two columns",
        "date": "pass a number, such as seconds since the start",
        "time": "pass a number, such as seconds since the start",
        "duration": "pass a number, such as seconds",
    }
    if isinstance(got, (datetime.date, datetime.timedelta)):
        text = type(got).__name__
    hint = next((h for key, h in hints.items() if key in text.lower()), "convert it to numbers or strings")
    return DataTypeError(sentence(name, "must hold real numbers, booleans or labels", text, hint))
