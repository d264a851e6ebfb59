"""Write breast_cancer.csv from the copy of the data that scikit-learn ships: `python docs/data/make.py`."""

from __future__ import annotations

import csv
from pathlib import Path

from sklearn.datasets import load_breast_cancer

PREFIX = "mean "


def main() -> None:
    data = load_breast_cancer()
    chosen = [j for j, name in enumerate(data.feature_names) if name.startswith(PREFIX)]
    names = [data.feature_names[j].removeprefix(PREFIX).replace(" ", "_") for j in chosen]
    with Path(__file__).with_name("breast_cancer.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*names, "diagnosis"])
        for row, label in zip(data.data, data.target, strict=True):
            writer.writerow([*(f"{row[j]:g}" for j in chosen), data.target_names[label]])


if __name__ == "__main__":
    main()
