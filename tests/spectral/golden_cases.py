"""Data of the golden values: what the published program was run on."""

import json
from pathlib import Path

import numpy as np

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text())
VALUES, SUBSETS, LABELS = GOLDEN["values"], GOLDEN["subsets"], GOLDEN["labels"]


def gauss():
    return np.random.default_rng(0).standard_normal((50, 3))


def blobs():
    rng = np.random.default_rng(1)
    y = np.repeat(np.arange(3), 20)
    return np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])[y] + rng.standard_normal((60, 2)), y


def imbalanced():
    rng = np.random.default_rng(2)
    y = np.repeat([0, 1], [45, 15])
    return 3.0 * y[:, None] + rng.standard_normal((60, 4)), y


def scalar():
    rng = np.random.default_rng(3)
    y = rng.standard_normal(80)
    return np.column_stack([y, -y]) + 0.5 * rng.standard_normal((80, 2)), y


def vector():
    rng = np.random.default_rng(4)
    y = (6.0 * np.eye(4)[:, :3])[np.repeat(np.arange(4), 25)] + rng.standard_normal((100, 3))
    mixing = rng.standard_normal((3, 5))
    return y @ mixing + 0.3 * rng.standard_normal((100, 5)), y


def separated():
    rng = np.random.default_rng(5)
    y = np.repeat(np.arange(3), 30)
    return np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]])[y] + 0.001 * rng.standard_normal((90, 2)), y
