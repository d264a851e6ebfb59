"""Tables that are not in memory: of them columns are read as they are needed."""

from __future__ import annotations

from mitk.data.sources.contract import ColumnSource, StoredColumn, batches, loaded, stored_columns
from mitk.data.sources.opening import MEMORY, memory_of, open_source, readable
from mitk.data.sources.part import PartOfRows

__all__ = [
    "MEMORY",
    "ColumnSource",
    "PartOfRows",
    "StoredColumn",
    "batches",
    "loaded",
    "memory_of",
    "open_source",
    "readable",
    "stored_columns",
]
