"""Tables that are not in memory: of them columns are read as they are needed."""

from __future__ import annotations

from mitk.data.sources.contract import ColumnSource, StoredColumn
from mitk.data.sources.opening import memory_of, open_source, readable
from mitk.data.sources.part import PartOfRows

__all__ = ["ColumnSource", "PartOfRows", "StoredColumn", "memory_of", "open_source", "readable"]
