"""The MIST paper's test sets, by its authors' generator: ``python benchmarks/studies/paper_generator.py --out DIR``.

It runs in an environment of its own, where ``pip install mist-statinf==0.1.1`` has put the generator and an old jax,
and needs nothing of mitk. The published sets are those of seed 90; ``--seed 1000 --count 14`` makes 14 others, of
3,000 sets of at most 100 rows and twice as many of 100 to 300 and of 300 to 500. ``python -m benchmarks.paper_sets
DIR`` judges them.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import pickle
import random
import sys
import tempfile
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

PUBLISHED = 90
# Our names of the two sets, and the files of their configurations.
CONFIGURATIONS = {"in": "test_imd.yaml", "out": "test_oomd.yaml"}


def package() -> Path:
    """Folder of `mist_statinf`, made importable without what its own start loads: torch and a model."""
    spec = importlib.util.find_spec("mist_statinf")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("mist_statinf is not installed here: pip install mist-statinf==0.1.1")
    folder = Path(spec.submodule_search_locations[0])
    bare = types.ModuleType("mist_statinf")
    bare.__path__ = [str(folder)]
    sys.modules["mist_statinf"] = bare
    return folder


def generated(folder: Path, configuration: str, seed: int) -> list[dict[str, Any]]:
    """The sets of one configuration, as the authors' command makes them from `seed`."""
    yaml = importlib.import_module("yaml")
    maker = importlib.import_module("mist_statinf.data.meta_dataset").MIRegressionGenerator
    what = yaml.safe_load((folder / "configs" / "data_generation" / configuration).read_text())
    random.seed(seed)
    # Theirs is the global generator.
    np.random.seed(seed)  # noqa: NPY002
    with tempfile.TemporaryDirectory() as place:
        maker(
            number_meta_datapoints=what["number_meta_datapoints"],
            n_row_range=tuple(what["n_row_range"]),
            meta_distribution=what["meta_distribution"],
            n_dim=what["n_dim"],
            output_folder=place,
        ).generate(what["grid_params"])
        found: list[dict[str, Any]] = pickle.loads((Path(place) / "meta_dataset.pkl").read_bytes())
    return found


def save(sets: list[dict[str, Any]], path: Path) -> None:
    """All sets in one file: the rows of each side by side in ``values``, their sizes, truths and families."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(
            file,
            values=np.concatenate([one["source"].ravel() for one in sets]).astype(np.float32),
            rows=np.array([one["source"].shape[0] for one in sets]),
            columns=np.array([one["dimension"] for one in sets]),
            truth=np.array([float(one["target"][0]) for one in sets]),
            family=np.array([one["distribution"] for one in sets]),
        )
    part.rename(path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the files that are not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="folder of the files")
    parser.add_argument("--seed", type=int, default=PUBLISHED, help="the first seed (default: the published one)")
    parser.add_argument("--count", type=int, default=1, help="seeds in turn (default: 1)")
    options = parser.parse_args(arguments)
    folder, out = package(), Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    for seed in range(options.seed, options.seed + options.count):
        for name, configuration in CONFIGURATIONS.items():
            path = out / f"{name}-{seed}.npz"
            if not path.exists():
                sets = generated(folder, configuration, seed)
                save(sets, path)
                print(f"{path}: {len(sets)} sets", flush=True)


if __name__ == "__main__":
    main()
