"""Frames of Dask, whose columns the cluster gathers where they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mitk.data.column import Column
from mitk.data.columns import read_columns
from mitk.data.sources.contract import ColumnSource, check_run


class DaskFrameSource(ColumnSource):
    """A frame of Dask; on a cluster its partitions are held there, and workers take columns from each other.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame
    """

    def __init__(self, frame: Any) -> None:
        self.names = tuple(str(name) for name in frame.columns)
        # From the same partitions again and again: they are read once where there is a cluster to hold them.
        self.frame = frame.persist() if _has_cluster() else frame
        self.lengths = [int(length) for length in self.frame.map_partitions(len).compute()]
        self.n = sum(self.lengths)

    def read(self, places: Sequence[int], rows: slice | None = None) -> list[Column]:
        """As `ColumnSource.read`; of a run of rows the partitions are gathered that it lies in."""
        names = list(self.frame.columns)
        frame, before = self.frame[[names[place] for place in places]], 0
        if rows is not None:
            ends = [sum(self.lengths[: k + 1]) for k in range(len(self.lengths))]
            first = next(k for k, end in enumerate(ends) if end > rows.start)
            last = next(k for k, end in enumerate(ends) if end >= rows.stop)
            before = ends[first] - self.lengths[first]
            frame = frame.partitions[first : last + 1]
        found = _gathered(frame)
        if rows is not None:
            found = found.iloc[rows.start - before : rows.stop - before]
            for name in found.select_dtypes("integer").columns:
                check_run(str(name), found[name].min(), found[name].max())
        return [read_columns(found.iloc[:, k], self.names[place])[0] for k, place in enumerate(places)]


def _has_cluster() -> bool:
    from importlib.util import find_spec

    if not find_spec("distributed"):
        return False
    from distributed import default_client

    try:
        default_client()
    except ValueError:
        return False
    return True


def _gathered(frame: Any) -> Any:
    """The frame in memory; within a task of a cluster without holding up its worker."""
    try:
        from distributed import get_worker, worker_client

        get_worker()
    except (ImportError, ValueError):
        return frame.compute()
    with worker_client() as client:
        return client.compute(frame).result()
