"""Mixed sets of conditional independence, by a public generator: ``python benchmarks/studies/mixed_sets.py --out DIR``.

It runs in an environment of its own, where ``pip install dagsampler==0.5.0 networkx`` has put the generator, and needs
nothing of mitk. Graphs are random: eight nodes, an edge with probability 0.35, a quarter of them binary and a quarter
categorical of two, three or five levels, weights of at least 0.5. Of each graph, and for one, three and five columns of
z, it takes a pair that z separates and the empty set does not, and a pair of neighbours. One file for each number of
columns of z and of rows holds ``--count`` sets of either kind, which ``python -m benchmarks.independence --sets DIR``
judges; the same seed and count make the same sets.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import itertools
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

NODES = 8
ROWS = (250, 1000)
CONDITIONS = (1, 3, 5)
LEVELS = (2, 3, 5)
# A column beyond this is the generator's overflow.
LARGEST = 1e6

Place = tuple[int, int, bool]


def simulated(seed: int, n: int) -> dict[str, Any]:
    """A graph and its rows: ``dag``, ``data`` (a frame), and what kind each node is."""
    generator = importlib.import_module("dagsampler").CausalDataGenerator
    levels = {f"N{i}": int(np.random.default_rng([seed, i]).choice(LEVELS)) for i in range(NODES)}
    return generator(
        {
            "simulation_params": {
                "n_samples": n,
                "seed_structure": seed,
                "seed_data": 10 * seed + n,
                "binary_proportion": 0.25,
                "categorical_proportion": 0.25,
                "random_weight_min_abs": 0.5,
                "categorical_parent_metric_form_policy": "stratum_means",
            },
            "graph_params": {"type": "random", "n_nodes": NODES, "edge_prob": 0.35},
            "node_params": {node: {"cardinality": count} for node, count in levels.items()},
        }
    ).simulate()


def chosen(
    dag: Any,
    usable: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    size: int,
    dependent: bool,
    rng: np.random.Generator,
) -> tuple[str, ...] | None:
    """The first pair that serves, and the columns of its condition; None where no pair does."""
    separates = importlib.import_module("networkx.algorithms.d_separation").is_d_separator
    for a, b in pairs:
        if (dag.has_edge(a, b) or dag.has_edge(b, a)) != dependent:
            continue
        subsets = list(itertools.combinations([node for node in usable if node not in (a, b)], size))
        if not subsets:
            continue
        rng.shuffle(subsets)
        if not dependent:
            if separates(dag, {a}, {b}, set()):
                continue
            subsets = [subset for subset in subsets if separates(dag, {a}, {b}, set(subset))]
            if not subsets:
                continue
        return a, b, *subsets[0]
    return None


def sets_of(seed: int, n: int, wanted: Sequence[Place], rng: np.random.Generator) -> dict[Place, dict[str, np.ndarray]]:
    """A set for each wanted place (rows, columns of z, dependent) that the graph of a seed has one for."""
    made = simulated(seed, n)
    dag, data = made["dag"], made["data"]
    kinds = {node: told["type"] for node, told in made["parametrization"]["nodes"].items()}
    usable = [
        node
        for node in dag.nodes
        if data[node].nunique() > 1 and np.isfinite(data[node]).all() and data[node].abs().max() < LARGEST
    ]
    pairs = list(itertools.combinations(usable, 2))
    rng.shuffle(pairs)
    found = {}
    for place in wanted:
        nodes = chosen(dag, usable, pairs, place[1], place[2], rng)
        if nodes is not None:
            values = data[list(nodes)].to_numpy(float)
            labels = np.array([kinds[node] != "continuous" for node in nodes])
            found[place] = {"x": values[:, 0], "y": values[:, 1], "z": values[:, 2:], "labels": labels}
    return found


def drawn(count: int, seed: int) -> dict[Place, list[dict[str, np.ndarray]]]:
    """`count` sets of every place, from one graph after the other."""
    found: dict[Place, list[dict[str, np.ndarray]]] = {
        (n, size, dependent): [] for n in ROWS for size in CONDITIONS for dependent in (False, True)
    }
    while any(len(sets) < count for sets in found.values()):
        seed += 1
        rng = np.random.default_rng([seed, 77])
        for n in ROWS:
            wanted = [place for place in found if place[0] == n and len(found[place]) < count]
            if not wanted:
                continue
            try:
                made = sets_of(seed, n, wanted, rng)
            except Exception as error:
                # Some graphs of the generator have no rows.
                print(f"seed {seed}: {error}", file=sys.stderr)
                break
            for place, one in made.items():
                found[place].append(one)
    return found


def save(found: dict[Place, list[dict[str, np.ndarray]]], out: Path) -> list[Path]:
    """One file for each number of rows and of columns of z: nulls first."""
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for n, size in itertools.product(ROWS, CONDITIONS):
        both = [found[n, size, dependent] for dependent in (False, True)]
        sets = [one for side in both for one in side]
        arrays = {name: np.stack([one[name] for one in sets]) for name in ("x", "y", "z", "labels")}
        dependent = np.repeat([False, True], [len(side) for side in both])
        path = out / f"mixed-{size}-{n}.npz"
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez_compressed(file, **arrays, dependent=dependent, family=np.array(f"mixed-{size}"))
        part.rename(path)
        paths.append(path)
    return paths


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, type=Path, help="folder of the files")
    parser.add_argument("--count", type=int, default=500, help="sets of either kind in a file (default: 500)")
    parser.add_argument("--seed", type=int, default=0, help="graphs have the seeds above it (default: 0)")
    options = parser.parse_args(arguments)
    if importlib.util.find_spec("dagsampler") is None:
        raise SystemExit("dagsampler is not installed here: pip install dagsampler==0.5.0 networkx")
    warnings.simplefilter("ignore")
    for path in save(drawn(options.count, options.seed), options.out):
        print(path)


if __name__ == "__main__":
    main()
