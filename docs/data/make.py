"""Write the data of the examples from copies that other packages ship: `python docs/data/make.py`."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from sklearn.datasets import load_breast_cancer

PREFIX = "mean "
# Columns of statsmodels' macrodata, and what they are called here.
ECONOMY = {
    "year": "year",
    "quarter": "quarter",
    "realgdp": "product",
    "realcons": "consumption",
    "realinv": "investment",
    "cpi": "prices",
    "tbilrate": "interest",
    "unemp": "unemployment",
}


def write(name: str, rows: Iterable[Iterable[str]]) -> None:
    with Path(__file__).with_name(name).open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def breast_cancer() -> None:
    data = load_breast_cancer()
    chosen = [j for j, name in enumerate(data.feature_names) if name.startswith(PREFIX)]
    names = [data.feature_names[j].removeprefix(PREFIX).replace(" ", "_") for j in chosen]
    rows = [
        [*(f"{row[j]:g}" for j in chosen), data.target_names[label]]
        for row, label in zip(data.data, data.target, strict=True)
    ]
    write("breast_cancer.csv", [[*names, "diagnosis"], *rows])


def us_economy() -> None:
    from statsmodels.datasets import macrodata

    table = macrodata.load_pandas().data[list(ECONOMY)]
    write("us_economy.csv", [ECONOMY.values(), *([f"{value:.10g}" for value in row] for row in table.to_numpy())])


if __name__ == "__main__":
    breast_cancer()
    if find_spec("statsmodels"):
        us_economy()
