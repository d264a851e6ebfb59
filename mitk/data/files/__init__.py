"""Reading a table of named columns from a file: text, NumPy and Parquet, never running code found in it."""

from __future__ import annotations

from mitk.data.files.options import ReadOptions
from mitk.data.files.reading import read_table
from mitk.data.files.table import Table

__all__ = ["ReadOptions", "Table", "read_table"]
