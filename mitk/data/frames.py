"""Tables of results in the kind of frame that the caller brought."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

KINDS = ("pandas", "polars", "pyarrow")


def frame_kind(data: Any) -> str:
    """What kind of frame some data are: "pandas", "polars" or "pyarrow"; the one installed for anything else.

    "dict" where none of pandas and polars is installed.
    """
    root = type(data).__module__.partition(".")[0]
    if root in KINDS:
        return root
    return next((name for name in ("pandas", "polars") if find_spec(name)), "dict")


def as_frame(columns: Mapping[str, np.ndarray], kind: str) -> Any:
    """A frame of a kind from columns (m,) by name; a plain dictionary for "dict".

    Examples
    --------
    >>> as_frame({"a": np.arange(2)}, "dict")
    {'a': array([0, 1])}
    """
    if kind == "dict":
        return dict(columns)
    import narwhals.stable.v2 as nw

    # Lists of text are what every kind of frame takes for text.
    plain = {name: column.tolist() if column.dtype == object else column for name, column in columns.items()}
    return nw.from_dict(plain, backend=kind).to_native()  # type: ignore[arg-type]
