"""One way in for files of every kind."""

from __future__ import annotations

from pathlib import Path

from mitk.data.files.arrays import read_npy, read_npz
from mitk.data.files.example import EXAMPLE, example
from mitk.data.files.options import ReadOptions
from mitk.data.files.parquet import read_parquet
from mitk.data.files.source import TEXT, source_of
from mitk.data.files.table import Table
from mitk.data.files.text import read_text
from mitk.errors import DataError, sentence

READERS = {**dict.fromkeys(TEXT, read_text), ".npy": read_npy, ".npz": read_npz, ".parquet": read_parquet}


def read_table(path: str | Path, options: ReadOptions | None = None) -> Table:
    r"""Read a file of columns.

    Parameters
    ----------
    path : str or Path
        ``.csv``, ``.tsv``, ``.txt``, ``.tab`` or ``.dat`` with cells separated by commas, semicolons, tabs, bars or
        blanks; ``.npy`` with an array of shape (n,) or (n, d), whose columns are named 0, 1, ...; ``.npz`` with such
        arrays, each a column ``name`` or a set of columns ``name[0]``, ``name[1]``, ...; ``.parquet``; each of them
        also with ``.gz``. ``-`` is standard input, ``example`` a table that comes with mitk.
    options : ReadOptions, optional

    Returns
    -------
    Table
        Whose columns are read when they are asked for.

    Raises
    ------
    DataError, DataTypeError, ParameterError
        In one sentence, for whatever is wrong with the file.
    MissingDependencyError
        For Parquet without polars.

    Notes
    -----
    A column of a text file is numeric when every cell that is not missing is a number, all written in one way. Arrays
    are never unpickled, so a file cannot run code.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "data.csv"
    >>> _ = path.write_text("height,sex\n1.71,f\n,m\n")
    >>> table = read_table(path)
    >>> table.columns["height"].tolist(), table.columns["sex"].tolist()
    ([1.71, nan], ['f', 'm'])
    """
    options = options or ReadOptions()
    if str(path) == EXAMPLE:
        return example()
    name = str(path)
    try:
        source = source_of(path, options)
        name = source.name
        if source.kind not in TEXT:
            options.for_text_only(source.name)
        return READERS[source.kind](source, options)
    except OSError as error:
        raise DataError(sentence(name, "must be readable", error.strerror or str(error))) from error
