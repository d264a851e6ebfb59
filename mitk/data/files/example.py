"""A table that comes with mitk, so that examples run anywhere."""

from __future__ import annotations

import numpy as np

from mitk.data.files.table import Table

EXAMPLE = "example"
PREFIX = "mean "


def example() -> Table:
    """Cell nuclei in images of breast tissue, 569 rows: ten measurements, and whether the mass was malignant.

    Notes
    -----
    The ten means of W. Wolberg, O. Mangasarian, N. Street, W. Street, "Breast Cancer Wisconsin (Diagnostic)", UCI
    Machine Learning Repository (1993), doi:10.24432/C5DW2B, CC BY 4.0, from the copy that scikit-learn ships.

    Examples
    --------
    >>> example().names[0], len(example().columns["diagnosis"])
    ('radius', 569)
    """
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    columns = {
        name.removeprefix(PREFIX).replace(" ", "_"): data.data[:, j]
        for j, name in enumerate(data.feature_names)
        if name.startswith(PREFIX)
    }
    return Table({**columns, "diagnosis": np.array(data.target_names, dtype=object)[data.target]})
