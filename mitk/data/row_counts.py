"""How many rows the sides have, which must be the same number, and rows rather than columns."""

from __future__ import annotations

from mitk.data.columns import Column
from mitk.errors import DataError, sentence

# From this many columns for each row on, the array is far more likely transposed than meant.
WIDE_COLUMNS_PER_ROW = 10


def common_length(read: dict[str, list[Column]]) -> int:
    """The number of rows of columns by side; raises DataError for different numbers, fewer than two, or wide sides."""
    shapes = {}
    for what, columns in read.items():
        if not columns:
            raise DataError(sentence(what, "must have at least one column", "none"))
        shapes[what] = (len(columns[0].values), len(columns))
    n, dx = shapes["x"]
    for what, (m, dy) in shapes.items():
        if n != m:
            hint = ""
            if n == dy or m == dx or 1 in (n, m):
                hint = f"samples go in rows; pass {'x.T' if dx == m or n == 1 else f'{what}.T'}"
            raise DataError(
                sentence("x", f"must have as many rows as `{what}`", f"shapes {(n, dx)} and {(m, dy)}", hint)
            )
    for what, (_, d) in shapes.items():
        if d >= WIDE_COLUMNS_PER_ROW * n > 0:
            raise DataError(
                sentence(
                    what,
                    f"must have fewer than {WIDE_COLUMNS_PER_ROW} columns a row",
                    f"shape {(n, d)}",
                    f"samples go in rows; pass {what}.T, or reduce the dimension first",
                )
            )
    if n < 2:
        raise DataError(sentence("x", "must have at least 2 rows", f"{n}"))
    return n
