"""The condition that many pairs share: columns of the data by name, or columns of their own."""

from __future__ import annotations

from typing import Any

from mitk.data.columns import Column, kind_choices, read_columns
from mitk.errors import DataError, ParameterError, sentence


def read_condition(
    columns: list[Column], choices: list[bool | None], given: Any, discrete_given: Any
) -> tuple[tuple[Column, ...], tuple[bool | None, ...], set[int]]:
    """Columns of a condition, the caller's word on their kinds, and their places where they are among `columns`.

    Parameters
    ----------
    columns : list of Column
        Of the data.
    choices : list of (bool or None)
        The caller's word on each.
    given : str, list of str, array_like of shape (n,) or (n, dz), frame, or None
    discrete_given : bool or sequence of (bool or None), optional

    Raises
    ------
    DataError, DataTypeError, ParameterError
    """
    if given is None:
        if discrete_given is not None:
            raise ParameterError(sentence("discrete_given", "must come with `given`", "no `given`"))
        return (), (), set()
    names = [column.name for column in columns]
    asked = [given] if isinstance(given, str) else given
    if isinstance(asked, (list, tuple)) and asked and all(isinstance(name, str) for name in asked):
        missing = [name for name in asked if name not in names]
        if not missing:
            places = list(dict.fromkeys(names.index(name) for name in asked))
            told = tuple(choices[k] for k in places)
            if discrete_given is not None:
                told = tuple(kind_choices(discrete_given, len(places), "discrete_given"))
            return tuple(columns[k].loaded() for k in places), told, set(places)
        if len(asked) != columns[0].n:
            raise ParameterError(sentence("given", "must be names of columns, or columns", repr(missing[0])))
    found = read_columns(given, "given")
    n = columns[0].n
    if found[0].n != n:
        raise DataError(sentence("given", f"must have as many rows as `data`, {n}", found[0].n))
    return tuple(found), tuple(kind_choices(discrete_given, len(found), "discrete_given")), set()
