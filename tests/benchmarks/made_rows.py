"""Rows as the runner writes them, made by hand."""

from __future__ import annotations


def row(method="m", task="a", seed=0, value=0.0, truth=0.0, n=100, suite="s", family="f", **more):
    """A row as the runner writes it, with what a test does not care about filled in."""
    return {
        "key": f"{suite}{task}{n}{seed}{method}",
        "suite": suite,
        "suite_version": 1,
        "task": task,
        "n": n,
        "seed": seed,
        "method": method,
        "family": family,
        "rank_class": more.pop("rank_class", task),
        "dim_x": 1,
        "dim_y": 1,
        "truth": truth,
        "truth_error": 0.0,
        "truth_kind": "closed form",
        "noise_floor": None,
        "oracle": None,
        "value": value,
        "kind": "estimate",
        "quantity": "mi",
        "status": "OK",
        "versions": "python",
        "machine": "here",
        "command": "run",
        "seconds": 0.5,
        **({"failure": "raised", "reason": "ValueError: no"} if value is None else {}),
        **more,
    }
